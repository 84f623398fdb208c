"""What a policy's terms mean to cells of people: tiers, rates at every alternative, where purchases go, what they
claim."""

from typing import NamedTuple

import numpy as np

from eum.behavior.parameters import Parameters
from eum.city.build import City
from eum.dimensions import DISTRICTS, N_DISTRICTS, N_ORIGINS, N_SECTORS, SALES_BANDS
from eum.engine.expected.destination_choice import (
    N_CARD_ALTERNATIVES,
    N_FLOWS,
    fill_claims,
    fill_flows,
    new_scratch,
    sum_up,
)
from eum.engine.expected.perceived_use import Perception, perception_of
from eum.engine.expected.population import Population
from eum.engine.expected.shops import ShopMix
from eum.engine.lookup_tables import N_RATES
from eum.errors import InputError
from eum.policy.arithmetic import BASIS, marginal_rate_bp
from eum.policy.model import HIGHEST_DISCOUNT_PERCENT, Policy
from eum.policy.timetable import NO_LIMIT_KRW, DayTerms

HEARD_BP = 10
"""Mean discounts of Plus shops are told to shoppers in steps of so many basis points: fewer rates to tell apart."""


class Groups(NamedTuple):
    """Homes, twice where the district's own card makes a difference."""

    home: np.ndarray
    """int64[G]"""
    own: np.ndarray
    """bool[G]: whether its people hold the card of their district."""

    def shares(self, population: Population, launch: dict[int, int], days: np.ndarray) -> np.ndarray:
        """Return float64[days, G]: share of the people of the home who are in the group on each day (date ordinals).

        `launch` is the ordinal of the day on which a district's own card comes out, by its index.
        """
        share = np.ones((len(days), len(self.home)))
        for g in np.flatnonzero(self.own):
            d = int(self.home[g])
            since, lags = days - launch[d], population.lags[d]
            has_card = np.searchsorted(lags, since, side="right") / max(len(lags), 1)
            share[:, g] = np.where(since >= 0, has_card, 0.0)
            share[:, d] = 1.0 - share[:, g]
        return share


def build_groups(policy: Policy) -> Groups:
    """Return the groups of people that a policy can treat differently."""
    topped = {top_up.district for top_up in policy.top_up}
    own_plus = {plus.area for plus in policy.plus if plus.card == "own"}
    districts = {card.district for card in policy.district_card}
    if "incheon" not in own_plus:
        districts &= topped | own_plus
    own = sorted(DISTRICTS.index(d) for d in districts)
    home = np.array([*range(N_ORIGINS), *own], dtype=np.int64)
    return Groups(home, np.arange(len(home)) >= N_ORIGINS)


class Regime(NamedTuple):
    """What rules between two changes: tiers, rates, flows of purchases, claims. G groups, K tiers, R rows of usage."""

    edge_krw: np.ndarray
    """float64[G, K - 1]"""
    city_bp: np.ndarray
    topup_bp: np.ndarray
    """float64[G, K]: rate of each tier, and what the district's top-up adds in its own shops."""
    flows: np.ndarray
    """float64[G, 9, K, R, N_FLOWS]: see `eum.engine.expected.destination_choice`."""
    paid: np.ndarray
    """float64[G, 9, K, R, 20]: won paid with the card per won without policy, by alternative."""
    at_home: np.ndarray
    """float64[G, K, R]: part of the won paid that is paid in the home district."""
    claims: np.ndarray
    """float64[G, K, R, 9, C]: Plus top-up and fee support per won without policy, where there is any."""
    claim_of: np.ndarray
    """int64[C]: what a column claims and where: Plus top-up in district d is d, fee support 10 + d."""
    covered_share: np.ndarray
    """float64[G, K, R, 9]: part of the number of purchases that is paid with the card."""
    paid_share: np.ndarray
    """float64[G, K, R, 9]: won paid with the card per won without policy."""
    shelf: ShopMix

    def perception(self, p: Parameters, affinity: np.ndarray) -> Perception:
        """Return what perceived rates need: people of a tier act on its rate, and on the top-up as far as they buy at
        home."""
        n = len(affinity)
        rate = self.city_bp[..., None] + self.topup_bp[..., None] * self.at_home[..., -n:]
        return perception_of(p, affinity, rate / 100.0, self.at_home.shape[-1])

    @property
    def rates(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The city's rate and the top-up by tier as shares of one, and `at_home`."""
        return self.city_bp / BASIS, self.topup_bp / BASIS, self.at_home


def _edges(groups: Groups, terms: DayTerms) -> np.ndarray:
    """Return float64[G, K - 1]: the month's spending at which a group's rates change, infinite where there is none."""
    rows = []
    for home, own in zip(groups.home, groups.own, strict=True):
        tiers = [(terms.tier_low_krw, terms.tier_high_krw, terms.tier_bp)]
        if own:
            tiers.append((terms.topup_low_krw[home], terms.topup_high_krw[home], terms.topup_bp[home]))
        ends = {int(e) for low, high, bp in tiers for e in (*low[bp > 0], *high[bp > 0])}
        rows.append(sorted(e for e in ends if 0 < e < NO_LIMIT_KRW))
    longest = max(1, *map(len, rows))
    return np.array([row + [np.inf] * (longest - len(row)) for row in rows], dtype=float)


def _tier_rates(groups: Groups, terms: DayTerms, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return int64[G, K] twice: the city's rate and the top-up that hold from each edge on."""
    starts = np.concatenate([np.zeros((len(edges), 1)), edges], axis=1)
    starts = np.where(np.isfinite(starts), starts, float(NO_LIMIT_KRW)).astype(np.int64)
    city, top_up = np.zeros_like(starts), np.zeros_like(starts)
    for g, (home, own) in enumerate(zip(groups.home, groups.own, strict=True)):
        for k, spent in enumerate(starts[g]):
            city[g, k] = marginal_rate_bp(spent, terms.tier_low_krw, terms.tier_high_krw, terms.tier_bp)
            if own:
                low, high = terms.topup_low_krw[home], terms.topup_high_krw[home]
                top_up[g, k] = marginal_rate_bp(spent, low, high, terms.topup_bp[home])
    return city, top_up


def _cashback_bp(groups: Groups, terms: DayTerms, tiers: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Return int64[G, K, 20]: the cashback rate at each alternative, without the shop's discount."""
    city, top_up = tiers
    rate = np.repeat(city[:, :, None], N_CARD_ALTERNATIVES, axis=2)
    for g, home in enumerate(groups.home):
        if home < N_DISTRICTS:
            rate[g, :, [home, N_DISTRICTS + home]] += top_up[g]
        rate[g, :, N_DISTRICTS:] += _plus_topup_bp(groups, terms, g)
    return rate


def _plus_topup_bp(groups: Groups, terms: DayTerms, g: int) -> np.ndarray:
    """Return int64[10]: the Plus top-up that a group gets at Plus shops of each district."""
    has_card = (np.arange(N_DISTRICTS) == groups.home[g]) & groups.own[g]
    return np.where((terms.plus_own_card == 1) & ~has_card, 0, terms.plus_bp)


def _claims(groups: Groups, terms: DayTerms, shelf: ShopMix, paid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return `claims` and `claim_of` of a regime."""
    plus = np.stack([_plus_topup_bp(groups, terms, g) for g in range(len(groups.home))]) / BASIS
    below = np.arange(len(SALES_BANDS)) < terms.fee_ordinary_band[:, None]
    ordinary = (shelf.small_band * below).sum(axis=-1) * terms.fee_ordinary_bp / BASIS
    on_plus = np.flatnonzero(plus.any(axis=0))
    on_fees = np.flatnonzero((terms.fee_plus_bp > 0) | (terms.fee_ordinary_bp > 0))
    claim_of = np.concatenate([on_plus, N_DISTRICTS + on_fees])
    n_groups, n_sectors, n_tiers, n_rows, _ = paid.shape
    claims = np.empty((n_groups, n_tiers, n_rows, n_sectors, len(claim_of)))
    fill_claims(paid, plus, (ordinary, terms.fee_plus_bp), claim_of, claims)
    return claims, claim_of


def _in_home_district(groups: Groups, paid: np.ndarray, paid_share: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return float64[G, K, R]: the part of card payments made in the home district."""
    lives_here, g = groups.home < N_DISTRICTS, np.arange(len(groups.home))
    home = np.where(lives_here, groups.home, 0)
    here = np.einsum("gska,s->gka", paid[g, ..., home] + paid[g, ..., N_DISTRICTS + home], value)
    return here / np.maximum(paid_share @ value, 1e-300) * lives_here[:, None, None]


def _flows(
    city: City, choice: tuple, groups: Groups, edges: np.ndarray, rate: np.ndarray, shelf: ShopMix
) -> np.ndarray:
    """Return the flows of a regime at the rates heard, int64[G, 9, K, 20]; `choice` as in `flows_at`."""
    highest = int(rate.max()) + round(HIGHEST_DISCOUNT_PERCENT * 100)
    if highest >= N_RATES:
        raise InputError(f"policies: cashback and discount of {highest / 100:g} percent; expected at most 100 percent")
    small = city.places.share[groups.home][:, :, :N_DISTRICTS]
    share = np.concatenate([small * (1 - shelf.plus_share), small * shelf.plus_share], axis=-1)
    kept = np.concatenate([np.ones_like(shelf.plus_share), 1 - shelf.discount_bp / BASIS], axis=-1)
    flows = np.zeros((*rate.shape[:3], len(choice[1]), N_FLOWS))
    people = (groups.home, 1 + np.isfinite(edges).sum(axis=1))
    shops = (kept, shelf.discount_mix)
    fill_flows(people, city.places.share, share, rate, shops, choice, new_scratch(), flows)
    return flows


def build_regime(
    city: City, choice: tuple, p: Parameters, value: np.ndarray, groups: Groups, terms: DayTerms, shelf: ShopMix
) -> Regime:
    """Work out the flows of all groups under the terms of a day and the Plus shops there are.

    `choice` is (`speeds`, `usage_table`), `value` float64[9] won by trade. Raises InputError for rates that
    add up to more than 100 percent.
    """
    edges = _edges(groups, terms)
    tiers = _tier_rates(groups, terms, edges)
    cashback = _cashback_bp(groups, terms, tiers)
    flows = _flows(city, choice, groups, edges, _rates_heard_bp(cashback, shelf), shelf)
    n_groups, _, n_tiers, n_rows, _ = flows.shape
    paid = np.empty((*flows.shape[:4], N_CARD_ALTERNATIVES))
    covered, paid_share = (np.empty((n_groups, n_tiers, n_rows, N_SECTORS)) for _ in range(2))
    sum_up(flows, cashback / BASIS * p.basket_response, paid, covered, paid_share)
    at_home = _in_home_district(groups, paid, paid_share, value)
    claims, claim_of = _claims(groups, terms, shelf, paid)
    return Regime(edges, *tiers, flows, paid, at_home, claims, claim_of, covered, paid_share, shelf)


def _rates_heard_bp(cashback: np.ndarray, shelf: ShopMix) -> np.ndarray:
    """Return int64[G, 9, K, 20]: cashback (int64[G, K, 20]) and mean discount at each alternative, as shoppers hear it.

    Clocks that nobody waits for take the rate of ordinary shops: fewer rates, fewer kinds of purchases.
    """
    heard = np.rint(shelf.discount_bp / HEARD_BP).astype(np.int64) * HEARD_BP
    rate = np.repeat(cashback[:, None], N_SECTORS, axis=1)
    plus = rate[..., N_DISTRICTS:] + heard[None, :, None, :]
    rate[..., N_DISTRICTS:] = np.where(shelf.plus_share[None, :, None, :] > 0, plus, rate[..., :N_DISTRICTS])
    return rate
