"""January to August 2019, simulated with the programme, without it, and without what the districts add; month by month.

Kept is what evaluators saw (sales by home, trade and place, a panel of shops, card payments, cashback), in every
world. Before May nobody in the model holds a card: 63,000 had one at the end of April, 707,000 at the end of July.
"""

import datetime
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from eum.behavior.parameters import Parameters, without_joining
from eum.city.build import City
from eum.dimensions import LARGE, N_DISTRICTS, PLUS
from eum.engine.model import CityModel
from eum.engine.observed_members import assign_observed_members, clear_cards
from eum.engine.results import Tables, record
from eum.policy.files import load_policy
from eum.policy.model import Policy

NONE, ACTUAL, CITY_ONLY = 0, 1, 2
"""Worlds: without any programme; as it was; as it was, but without what the districts add."""

POLICY = "incheon-2019-actual"
FIRST_DAY = datetime.date(2019, 1, 1)
PROGRAMME_DAY = datetime.date(2019, 5, 1)
"""The day after the first published count of members: the card's programme starts here."""
LAST_DAY = datetime.date(2019, 8, 31)
YEAR_BEFORE = (datetime.date(2018, 5, 1), datetime.date(2018, 8, 31))

PANEL_SHOPS = 3_800
"""At most so many small shops are followed, as in the panel of Gyeonggi: every k-th by number, with k as needed."""


class SimulatedSeries(NamedTuple):
    """What the months leave behind, won of the sample. W worlds, M months, S shops followed."""

    scale: float
    months: tuple[str, ...]
    """"2019-01" and so on."""
    spend: np.ndarray
    """int64[W, M, 12, 9, 34]: purchases by home, sector, destination."""
    card: np.ndarray
    """int64[W, M, 12, 9, 34]: card payments among them."""
    shop_sales: np.ndarray
    """int64[W, M, S]"""
    shop_card: np.ndarray
    """int64[W, M, S]"""
    cashback: np.ndarray
    """int64[W, M]"""
    year_before: np.ndarray
    """int64[4, 12, 9, 34]: purchases of May to August of the year before, which nobody paid for by card."""
    tables: Tables
    """The record of the run."""

    @property
    def after(self) -> np.ndarray:
        """bool[M]: the months with the programme."""
        return np.array(self.months) >= f"{PROGRAMME_DAY:%Y-%m}"

    @property
    def small_sales(self) -> np.ndarray:
        """int64[W, M, 10, 9]: sales of small shops by district and sector."""
        return small_sales(self.spend)


def small_sales(spend: np.ndarray) -> np.ndarray:
    """Return int64[..., 10, 9], sales of small shops by district and sector, from spend[..., 12, 9, 34]."""
    by_place = spend.sum(axis=-3)
    small = by_place[..., :N_DISTRICTS] + by_place[..., PLUS:]
    assert LARGE == N_DISTRICTS
    return np.swapaxes(small, -1, -2)


def without_districts(policy: Policy) -> Policy:
    """Return a policy without what the districts add: top-ups, their terms for Plus shops, fee support, own cards."""
    plus = tuple(p for p in policy.plus if p.area == "incheon")
    used = {part.budget for part in policy.city} | {part.budget for part in plus}
    changes = {
        "name": f"{policy.name}-city-only", "hash": f"{policy.hash} city only", "plus": plus,
        "top_up": (), "fee_support": (), "district_card": (),
        "budget": tuple(b for b in policy.budget if b.id in used),
    }  # fmt: skip
    return policy.model_copy(update=changes)


def worlds_of(policy: Policy) -> list[Policy]:
    """Return the three worlds of a policy, in the order of NONE, ACTUAL, CITY_ONLY."""
    return [load_policy("none"), policy, without_districts(policy)]


def panel_of(city: City) -> np.ndarray:
    """Return int[S], the numbers of the small shops followed."""
    n = city.shops.n_small
    return np.arange(0, n, -(-n // PANEL_SHOPS))


class _Book:
    """What the months so far add up to; the difference of two evenings is a month."""

    def __init__(self, model: CityModel, shops: np.ndarray) -> None:
        self.model, self.shops = model, shops
        self.booked = [column.copy() for column in self._so_far()]

    def _so_far(self) -> list[np.ndarray]:
        total = self.model.total
        sales = total.common_sales[self.shops] + total.change_sales[:, self.shops]
        spend = total.common_spend + total.change_spend
        return [spend, total.card_spend, sales, total.card_sales[:, self.shops]]

    def month(self) -> list[np.ndarray]:
        """Return what the month just closed added: spend, card, shop sales, shop card sales."""
        now = [column.copy() for column in self._so_far()]
        added = [new - old for new, old in zip(now, self.booked, strict=True)]
        self.booked = now
        return added


def _simulate_months(model: CityModel, shops: np.ndarray, on_day: Callable[[], object]) -> tuple[list[str], list]:
    months, book = [], _Book(model, shops)
    kept = []
    while model.running:
        month = f"{model.date:%Y-%m}"
        if model.date >= PROGRAMME_DAY:
            assign_observed_members(model)
        model.step()
        if model.date.day == 1 or not model.running:
            months.append(month)
            kept.append(book.month())
        on_day()
    return months, [np.stack(column) for column in zip(*kept, strict=True)]


def _model(city: City, policies: list[Policy], parameters: Parameters, seed: int) -> CityModel:
    """Return a model on its first morning of January 2019. Members of before May are not published: it is made for
    May, the cards are taken away again, and its days start earlier."""
    changed = without_joining(parameters)
    pairs = [(0, 1)] if len(policies) > 1 else []
    model = CityModel(city, policies, changed, (PROGRAMME_DAY, LAST_DAY), pairs, seed=seed)
    clear_cards(model)
    model.date = FIRST_DAY
    return model


def _year_before(city: City, parameters: Parameters, seed: int, on_day: Callable[[], object]) -> np.ndarray:
    model = _model(city, [load_policy("none")], parameters, seed)
    model.date, model.end = YEAR_BEFORE
    _, (spend, *_) = _simulate_months(model, panel_of(city), on_day)
    model.forget()
    return spend[:, 0]


def simulated_series(
    city: City, parameters: Parameters, policies: list[Policy], seed: int, on_day: Callable[[], object] = lambda: None
) -> SimulatedSeries:
    """Live January to August 2019 in three worlds (`worlds_of`) with members as published, and the year before."""
    model = _model(city, policies, parameters, seed)
    months, columns = _simulate_months(model, panel_of(city), on_day)
    spend, card, shop_sales, shop_card = (np.swapaxes(column, 0, 1) for column in columns)
    cashback = np.zeros((len(policies), len(months)), dtype=np.int64)
    tables = record(model)
    days, worlds = tables["daily"], len(policies)
    for date, krw in zip(days["date"][::worlds], days["cashback_krw"].to_numpy().reshape(-1, worlds), strict=True):
        cashback[:, months.index(date[:7])] += krw
    model.forget()
    before = _year_before(city, parameters, seed, on_day)
    return SimulatedSeries(city.scale, tuple(months), spend, card, shop_sales, shop_card, cashback, before, tables)


def number_of_days() -> int:
    """Return the days that one call of `simulated_series` simulates."""
    return (LAST_DAY - FIRST_DAY).days + (YEAR_BEFORE[1] - YEAR_BEFORE[0]).days + 2
