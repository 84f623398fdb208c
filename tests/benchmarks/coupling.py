"""How many purchases differ between two worlds, by how worlds share their draws; and what sharing saves.

A purchase has alternatives with weights; a policy multiplies some of them (speeds). Between the choice without and
with the policy at least so many purchases must differ as the shares do: half the sum of their absolute differences.
Compared are the clocks that the model uses, independent draws, and one uniform draw looked up in cumulative shares
(inverse distribution) with the alternatives in a fixed order, the best one that a search finds. All have closed forms.

Clocks: alternative j wins in both worlds if it rings before every i at its own time and at the changed speeds, that
is with probability w_j / sum_i w_i * max(1, s_i / s_j).
"""

import datetime
from typing import NamedTuple

import numpy as np

from eum import rng
from eum.behavior.destination_choice import attraction_factor
from eum.city.build import City
from eum.dimensions import LARGE, N_ALTERNATIVES, N_DISTRICTS, N_ORIGINS, N_SECTORS, SEOUL
from eum.engine.lookup_tables import cell_weight, plus_tables
from eum.engine.state import ACTIVE
from eum.policy.timetable import DayTerms
from tests.benchmarks import numpy_day
from tests.benchmarks.cases import MAY, POLICY, Morning, empty_evening, model_of, morning, parameters_of
from tests.benchmarks.numpy_cards import Buyers, Shopping, card_purchases, moves, pay_in_one_world, read_rates, stay
from tests.benchmarks.numpy_draws import agent_keys, day_keys, draw_for, high_half
from tests.benchmarks.timing import Figure, Say, computed

WAYS = ("clocks", "independent draws", "one draw, places in stored order", "one draw, best order found")


class Choice(NamedTuple):
    """Alternatives of one kind of purchase: shares without policy and speeds with it, float64[n]."""

    share: np.ndarray
    speed: np.ndarray

    @property
    def changed(self) -> np.ndarray:
        """Shares with the policy."""
        weight = self.share * self.speed
        return weight / weight.sum()


def moved_at_least(choice: Choice) -> float:
    """Return the smallest share of purchases that can differ: half the sum of the differences of shares."""
    return float(np.abs(choice.changed - choice.share).sum() / 2)


def moved_by_clocks(choice: Choice) -> float:
    """Return the share of purchases that differ when the clocks are frozen."""
    ratio = np.maximum(1.0, choice.speed[None, :] / choice.speed[:, None])
    return float(1 - (choice.share / (ratio @ choice.share)).sum())


def moved_by_independent_draws(choice: Choice) -> float:
    """Return the share that differs when each world draws for itself."""
    return float(1 - (choice.share * choice.changed).sum())


def moved_by_one_draw(choice: Choice, order: np.ndarray) -> float:
    """Return the share that differs when one uniform draw is looked up in cumulative shares in a given order."""
    before, after = np.cumsum(choice.share[order]), np.cumsum(choice.changed[order])
    start = np.maximum(np.concatenate([[0], before[:-1]]), np.concatenate([[0], after[:-1]]))
    return float(1 - np.maximum(np.minimum(before, after) - start, 0).sum())


def orders(n_outside: int) -> list[np.ndarray]:
    """Return four fixed orders of the alternatives of `city_choice`: as stored, and with what gets no cheaper first,
    last and in the middle. Stored are ordinary and Plus shops of ten districts, then what gets no cheaper."""
    stored = np.arange(2 * N_DISTRICTS + n_outside)
    dear, ordinary, plus = stored[2 * N_DISTRICTS :], stored[:N_DISTRICTS], stored[N_DISTRICTS : 2 * N_DISTRICTS]
    mixed = [(dear, ordinary, plus), (plus, ordinary, dear), (plus, dear, ordinary)]
    return [stored, *(np.concatenate(parts) for parts in mixed)]


class Cells(NamedTuple):
    """Kinds of purchases of a city and how often each happens (weights sum to one)."""

    choices: list[Choice]
    weights: np.ndarray

    def moved_by_one_draw(self, order: np.ndarray) -> float:
        """Return the mean share that differs under one order for all kinds."""
        moved = [moved_by_one_draw(choice, order) for choice in self.choices]
        return float(np.dot(moved, self.weights))

    def best_order(self, exchanges: int, seed: int = 1) -> np.ndarray:
        """Return the best order found: from the best of `orders`, exchanging two alternatives wherever that helps."""
        n = len(self.choices[0].share)
        best = min(orders(n - 2 * N_DISTRICTS), key=self.moved_by_one_draw)
        least, pairs = self.moved_by_one_draw(best), rng.lifetime_draws(seed, 0, 2 * exchanges, rng.SHOP)
        for i, j in (pairs % np.uint64(n)).astype(np.intp).reshape(-1, 2):
            tried = best.copy()
            tried[i], tried[j] = best[j], best[i]
            moved = self.moved_by_one_draw(tried)
            if moved < least:
                best, least = tried, moved
        return best

    def moved_shares(self, exchanges: int) -> dict[str, float]:
        """Return the mean share of purchases that differ, by way of sharing draws; and the least possible."""
        each = [(moved_at_least(c), moved_by_clocks(c), moved_by_independent_draws(c)) for c in self.choices]
        least, clocks, independent = (float(x) for x in self.weights @ np.array(each))
        stored = self.moved_by_one_draw(np.arange(len(self.choices[0].share)))
        found = self.moved_by_one_draw(self.best_order(exchanges))
        return {"least possible": least, **dict(zip(WAYS, (clocks, independent, stored, found), strict=True))}


def city_choice(city: City, terms: DayTerms, response: float, home: int, sector: int) -> Choice:
    """Return the alternatives of card holders of a home for a trade: ordinary and Plus shops of ten districts, and
    large stores and places outside the city; speeds of a purchase that is paid with the card."""
    share = city.places.share[home, sector]
    tables = plus_tables(city.shops, cell_weight(city.shops), city.shops.first_plus)
    cells = np.arange(N_DISTRICTS) * N_SECTORS + sector
    plus = tables["plus_share"][cells] * terms.plus_open
    small = share[:LARGE]
    rate = np.full(N_DISTRICTS, int(terms.tier_bp[1, 0]))
    if home < N_DISTRICTS and terms.card_launched[home]:
        rate[home] += terms.topup_bp[home, 0]
    at_plus = (
        rate + tables["plus_discount_bp"][cells] + terms.plus_bp * ((terms.plus_own_card == 0) | (rate > rate.min()))
    )
    speeds = [attraction_factor(response, bp / 100) for bp in (*rate, *at_plus)]
    weights = np.concatenate([small * (1 - plus), small * plus, share[LARGE:]])
    return Choice(weights / weights.sum(), np.array(speeds + [1.0] * (N_ALTERNATIVES - LARGE)))


def average_moved(there: Morning, policy: str, response: float, exchanges: int) -> dict[str, float]:
    """Return moved shares averaged over homes by people and over trades alike."""
    model = there.model
    terms = model.treasuries[[p.name for p in model.policies].index(policy)].open_day(model.date)
    people = np.bincount(model.city.residents.home, minlength=N_ORIGINS)[:N_DISTRICTS]
    homes = range(N_DISTRICTS)
    choices = [city_choice(model.city, terms, response, home, sector) for home in homes for sector in range(N_SECTORS)]
    weights = np.repeat(people / people.sum() / N_SECTORS, N_SECTORS)
    return Cells(choices, weights).moved_shares(exchanges)


def simulated_by_clocks(choice: Choice, n: int, seed: int = 1) -> float:
    """Return the share of n purchases that differ, by ringing every clock with draws of the model."""
    bits = rng.lifetime_draws(seed, 0, n * len(choice.share), rng.FIRST_CLOCK).reshape(n, -1)
    unit = ((bits >> np.uint64(11)).astype(float) + 0.5) * 2.0**-53
    rings = -np.log(unit) / choice.share
    return float((rings.argmin(axis=1) != (rings / choice.speed).argmin(axis=1)).mean())


def card_purchases_of(there: Morning) -> tuple[int, Buyers]:
    """Return how many purchases the day has, and those that may be paid with the card in some world."""
    standing, today = there.model.standing, there.today
    agents = agent_keys(int(standing.seed[0]), 0, len(standing.home))
    keys, tables = day_keys(agents, int(today.number[0])), numpy_day.day_tables(standing, today)
    n = tables.counts(high_half(draw_for(keys, rng.DAY)), standing.level.astype(np.intp))
    bought = numpy_day.drawn_purchases(standing, tables, agents, keys, (0, n))
    return len(bought.who), card_purchases(standing, today, there.model.state, 0, bought)


def differ_in_the_model(there: Morning, world: int) -> dict[str, float]:
    """Return the shares of all purchases of the day that are made elsewhere in a world, and that differ in anything."""
    n, buyers = card_purchases_of(there)
    state, tally = empty_evening(there)
    at = Shopping(there.model.standing, there.today, world)
    visits = pay_in_one_world(at, state, tally, buyers)
    return {
        "made elsewhere": float((visits.shop != buyers.shop).sum() / n),
        "made elsewhere or paid otherwise": float(visits.covered.sum() / n),
    }


def of_certain_payers(there: Morning, world: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (whether it goes elsewhere, share that should by the clocks), for purchases of card holders this morning
    who would pay with the card at every rate on offer: the closed form holds for them without a mixture.

    Every response to price must be the same in the model's parameters.
    """
    model, buyers = there.model, card_purchases_of(there)[1]
    standing, terms = model.standing, model.treasuries[world].open_day(model.date)
    at = Shopping(standing, there.today, world)
    rates = read_rates(at, buyers, model.state.month_to_date_krw[world][buyers.person])
    certain = (buyers.half < standing.usage_cut[buyers.affinity, rates.city_bp]) & ~rates.own_card
    certain &= (model.state.card[world][buyers.person] == ACTIVE) & (rates.city_bp == terms.tier_bp[1, 0])
    rows = np.flatnonzero(certain)
    buyers, rates = buyers.rows(rows), rates.rows(rows)
    elsewhere = np.zeros(len(rows), dtype=bool)
    elsewhere[moves(at, buyers, rates, stay(at, buyers, rates)[2])[0]] = True
    response = model.parameters.place_response_district
    expected = {}
    for home, sector in set(zip(buyers.home.tolist(), buyers.sector.tolist(), strict=True)):
        expected[home, sector] = moved_by_clocks(city_choice(model.city, terms, response, home, sector))
    return elsewhere, np.array([expected[cell] for cell in zip(buyers.home, buyers.sector, strict=True)])


def spent_outside(city: City, seed: int, days: int) -> tuple[int, int]:
    """Return residents' spending outside the city in some days of a run, without and with the policy, won."""
    period = (MAY[0], MAY[0] + datetime.timedelta(days=days - 1))
    model = model_of(city, ("none", POLICY), period, pairs=False, seed=seed)
    while model.running:
        model.step()
    outside = slice(SEOUL, N_ALTERNATIVES)
    common = model.total.common_spend[:N_DISTRICTS, :, outside].sum()
    return int(common), int(common + model.total.change_spend[1, :N_DISTRICTS, :, outside].sum())


def variance_ratio(spent: np.ndarray) -> float:
    """Return by how many runs of independent seeds one pair of worlds is worth, from int64[n, 2] by seed.

    The effect is the difference; its variance with independent seeds is the sum of those of both worlds.
    """
    return float(spent.astype(float).var(axis=0, ddof=1).sum() / np.diff(spent.astype(float), axis=1).var(ddof=1))


def coupling_figures(scale: float, seeds: int, exchanges: int, say: Say) -> list[Figure]:
    """Return moved shares for two pairs of worlds, and what paired runs save."""
    there, figures = morning(scale, ("none", POLICY, "gyeyang-2020-actual"), 0), []
    parameters = parameters_of(there.model.city)
    response = max(parameters[:5])
    for policy in (POLICY, "gyeyang-2020-actual"):
        say(f"moved shares, {policy}")
        note = f"homes by people, trades alike, paid with the card, response {response:.3g} per point"
        for way, share in average_moved(there, policy, response, exchanges).items():
            figures.append(computed(way, f"places, none and {policy}", "% of purchases", 100 * share, note))
    for what, share in differ_in_the_model(there, 1).items():
        note = "counted in one day of the model, all purchases of everybody"
        figures.append(computed(what, f"the model, none and {POLICY}", "% of purchases", 100 * share, note))
    rows = []
    for seed in range(1, seeds + 1):
        say(f"paired runs, {seed} of {seeds}")
        rows.append(spent_outside(there.model.city, seed, 14))
    return [*figures, _saving(np.array(rows), scale)]


def _saving(spent: np.ndarray, scale: float) -> Figure:
    """Return the variance ratio with its interval from drawing seeds again."""
    generator = np.random.default_rng(1)
    samples = (spent[generator.integers(0, len(spent), len(spent))] for _ in range(2000))
    # A sample of one seed alone, which happens with very few seeds, has no variance.
    low, high = np.quantile([variance_ratio(s) for s in samples if len(np.unique(s[:, 0])) > 1], [0.05, 0.95])
    note = f"residents' spending outside the city, 14 days at {scale * 100:g} %; min and max: 90 % interval"
    value = variance_ratio(spent)
    return Figure(
        "runs of independent seeds for one paired run", POLICY, value, "runs", float(low), float(high), len(spent), note
    )
