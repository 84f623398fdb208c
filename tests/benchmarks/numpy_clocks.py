"""Where purchases of card holders go in one world, over columns: the frozen clocks of
`eum.engine.compiled.destination_choice`."""

from typing import NamedTuple

import numpy as np

from eum import rng
from eum.behavior.parameters import FROM_LARGE, FROM_ONLINE, FROM_OUTSIDE, FROM_SMALL, FROM_VISITOR
from eum.dimensions import LARGE, N_DISTRICTS, N_SECTORS, ONLINE, SEOUL
from eum.engine.state import DayInputs, StaticInputs
from tests.benchmarks.numpy_draws import draw_for, exponential, unit

STAYS = -1


class Buyers(NamedTuple):
    """Card purchases to be settled, one row each; all that the day knows of a purchase and of who makes it."""

    person: np.ndarray
    """intp: number of the person in the city."""
    key: np.ndarray
    """uint64"""
    home: np.ndarray
    sector: np.ndarray
    place: np.ndarray
    shop: np.ndarray
    """intp"""
    amount_krw: np.ndarray
    """int64"""
    affinity: np.ndarray
    """intp"""
    half: np.ndarray
    """uint64: 32 bits for the means of payment."""
    use_half: np.ndarray
    """uint64: 32 bits for the use of cashback."""
    response: np.ndarray
    """intp: which response to a price gap the purchase has."""

    def rows(self, index: np.ndarray) -> "Buyers":
        """Return some of the rows."""
        return Buyers(*(column[index] for column in self))


class Rates(NamedTuple):
    """What the person of each row gets on the next won: int64 basis points, and whether the own card is there."""

    city_bp: np.ndarray
    top_up_bp: np.ndarray
    own_card: np.ndarray

    def rows(self, index: np.ndarray) -> "Rates":
        """Return some of the rows."""
        return Rates(*(column[index] for column in self))


class Shopping(NamedTuple):
    """One world on one day: what does not differ between the rows."""

    standing: StaticInputs
    today: DayInputs
    world: int


def responses(home: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Return intp: which response to a price gap purchases have, by their place without policy."""
    outside = np.where(place == ONLINE, FROM_ONLINE, FROM_OUTSIDE)
    outside = np.where(home >= N_DISTRICTS, FROM_VISITOR, outside)
    return np.where(place < LARGE, FROM_SMALL, np.where(place < SEOUL, FROM_LARGE, outside))


def ordinary_rate_bp(rates: Rates, home: np.ndarray, district: np.ndarray | int) -> np.ndarray:
    """Return the cashback rate at ordinary small shops of a district."""
    return rates.city_bp + rates.top_up_bp * (home == district)


def plus_topup_bp(at: Shopping, rates: Rates, home: np.ndarray, district: np.ndarray | int) -> np.ndarray:
    """Return the Plus top-up that persons get at Plus shops of a district."""
    needs_own = at.today.plus_own_card[at.world, district] == 1
    has_it = (home == district) & (rates.own_card == 1)
    return at.today.plus_bp[at.world, district] * (has_it | (not needs_own if np.isscalar(district) else ~needs_own))


def plus_rate_bp(at: Shopping, rates: Rates, buyers: Buyers, district: np.ndarray | int) -> np.ndarray:
    """Return what the Plus shops of a district and trade give back on average."""
    rate = ordinary_rate_bp(rates, buyers.home, district) + plus_topup_bp(at, rates, buyers.home, district)
    return rate + at.today.plus_discount_bp[at.world, district * N_SECTORS + buyers.sector]


def speed_at(at: Shopping, buyers: Buyers, rate_bp: np.ndarray) -> np.ndarray:
    """Return float64: how fast clocks run at a rate; faster only for purchases that would be paid with the card."""
    pays = buyers.half < at.standing.usage_cut[buyers.affinity, rate_bp]
    return np.where(pays, at.standing.speed[buyers.response, rate_bp], 1.0)


class Race:
    """The clocks of some purchases: which has rung first so far, and when."""

    def __init__(self, at: Shopping, buyers: Buyers, rates: Rates, times: tuple) -> None:
        """Take the purchases that may move; `times` is (winning time, first wait, time of the own clock)."""
        self.at, self.buyers, self.rates = at, buyers, rates
        self.winning, self.wait, self.earliest = times
        self.choice = np.full(len(self.winning), STAYS, dtype=np.intp)

    def ring(self, rows: np.ndarray, time: np.ndarray, choice: np.ndarray | int) -> None:
        """Let clocks ring at a time: those that are the first so far are remembered."""
        is_first = time < self.earliest[rows]
        first = rows[is_first]
        self.earliest[first] = time[is_first]
        self.choice[first] = choice[is_first] if isinstance(choice, np.ndarray) else choice

    def residual(self, rows: np.ndarray, purpose: int, share: np.ndarray) -> np.ndarray:
        """Return how much longer the clocks of places with a share of all purchases have to go."""
        return exponential(draw_for(self.buyers.key[rows], purpose)) / share

    def first_district(self) -> np.ndarray:
        """Return intp: the district of the small shop that rings first of all small shops."""
        b, standing = self.buyers, self.at.standing
        target = unit(draw_for(b.key, rng.FIRST_DISTRICT)) * standing.small_share[b.home, b.sector]
        first = np.full(len(target), N_DISTRICTS - 1, dtype=np.intp)
        is_open = np.ones(len(target), dtype=bool)
        for d in range(N_DISTRICTS):
            target -= standing.place_share[b.home, b.sector, d]
            found = is_open & (target < 0.0)
            first[found] = d
            is_open &= ~found
        return first

    def run_leaders(self, first: np.ndarray) -> np.ndarray:
        """Let the first small shop of all ring; return its district where it is an ordinary one, else -1."""
        b, today, world = self.buyers, self.at.today, self.at.world
        share = today.plus_share[world, first * N_SECTORS + b.sector]
        leads = share > 0.0
        leads[leads] = unit(draw_for(b.key[leads], rng.PLUS_LEADS)) < share[leads]
        for is_plus in (True, False):
            rows = np.flatnonzero(leads == is_plus)
            some, rates, d = b.rows(rows), self.rates.rows(rows), first[rows]
            rate = plus_rate_bp(self.at, rates, some, d) if is_plus else ordinary_rate_bp(rates, some.home, d)
            time = (self.winning[rows] + self.wait[rows]) / speed_at(self.at, some, rate)
            self.ring(rows, time, d + N_DISTRICTS * is_plus)
        return np.where(leads, -1, first)

    def run_ordinary(self, district: int, leading: np.ndarray) -> None:
        """Let the ordinary shops of a district ring; no draw is made where they cannot be the first."""
        b, at = self.buyers, self.at
        speed = speed_at(at, b, ordinary_rate_bp(self.rates, b.home, district))
        ordinary = 1.0 - at.today.plus_share[at.world, district * N_SECTORS + b.sector]
        may = (leading != district) & (ordinary > 0.0) & ((self.winning + self.wait) / speed < self.earliest)
        rows = np.flatnonzero(may)
        if len(rows):
            share = at.standing.place_share[b.home[rows], b.sector[rows], district] * ordinary[rows]
            later = self.residual(rows, rng.ORDINARY_CLOCKS + district, share)
            self.ring(rows, (self.winning[rows] + (self.wait[rows] + later)) / speed[rows], district)

    def run_plus(self) -> None:
        """Let the Plus shops of all districts ring after the first of them, which is drawn from their shares."""
        b, at = self.buyers, self.at
        pull = at.today.plus_pull[at.world, b.home, b.sector]
        rows = np.flatnonzero(pull > 0.0)
        after = self.residual(rows, rng.PLUS_CLOCK, pull[rows])
        best = self.rates.city_bp[rows] + at.today.most_extra_bp[at.world]
        fastest = at.standing.speed[b.response[rows], best]
        may = (self.winning[rows] + (self.wait[rows] + after)) / fastest < self.earliest[rows]
        rows, after = rows[may], after[may]
        target = unit(draw_for(b.key[rows], rng.PLUS_DISTRICT)) * pull[rows]
        is_open = np.ones(len(rows), dtype=bool)
        for d in range(N_DISTRICTS):
            self.run_plus_of(d, (rows, after), target, is_open)

    def run_plus_of(self, district: int, who: tuple, target: np.ndarray, is_open: np.ndarray) -> None:
        """Let the Plus shops of one district ring. `who` is (rows, wait of the first Plus shop)."""
        at, rows = self.at, who[0]
        some, rates = self.buyers.rows(rows), self.rates.rows(rows)
        share = at.standing.place_share[some.home, some.sector, district]
        share = share * at.today.plus_share[at.world, district * N_SECTORS + some.sector]
        there = share != 0.0
        target -= share
        is_first = is_open & there & (target < 0.0)
        is_open &= ~is_first
        later = who[1].copy()
        others = np.flatnonzero(there & ~is_first)
        later[others] += self.residual(rows[others], rng.PLUS_CLOCKS + district, share[others])
        speed = speed_at(at, some, plus_rate_bp(at, rates, some, district))
        time = (self.winning[rows] + (self.wait[rows] + later)) / speed
        self.ring(rows[there], time[there], N_DISTRICTS + district)


def first_to_ring(at: Shopping, buyers: Buyers, rates: Rates, times: tuple) -> np.ndarray:
    """Return intp: -1 for the place without policy, d or 10 + d for ordinary or Plus shops of district d."""
    race = Race(at, buyers, rates, times)
    leading = race.run_leaders(race.first_district())
    for d in range(N_DISTRICTS):
        race.run_ordinary(d, leading)
    race.run_plus()
    return race.choice
