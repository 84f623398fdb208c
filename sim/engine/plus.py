"""Which small shops are Plus shops: decided at the end of each month."""

import datetime
import math

import numpy as np

from sim import draws
from sim.behavior.merchant import awareness_share, expected_extra_sales_krw, joins_plus, leaves_plus
from sim.behavior.parameters import Parameters
from sim.city.build import City
from sim.city.levels import sector_values
from sim.city.shops import SHOP_AGENTS, Shops
from sim.compiled import compiled
from sim.engine.second_round import by_district
from sim.engine.tables import plus_pull, plus_tables, sales_by_band
from sim.policy.timetable import DayTerms
from sim.vocabulary import N_DISTRICTS, N_SECTORS


@compiled
def decide(
    shops: Shops,
    is_plus: np.ndarray,
    months: np.ndarray,
    cells: tuple,
    offer: tuple,
    aware_cut: np.ndarray,
    key: tuple,
    expectation: float,
) -> None:
    """Let every small shop decide, in place, about being a Plus shop.

    Owners differ in what they expect, exponentially around the mean; the first Plus shops are those who expect
    most (the same draw). `cells` is (mean monthly sales per unit of weight, card share of sales, margin), float64[90]
    each; `offer` is (Plus top-up percent, fee support of Plus shops percent, of ordinary shops percent, band limit,
    worth of help in kind in won a month) by district; `aware_cut` uint64[90]; `key` is (seed of the city, day).
    """
    per_weight, card_share, margin = cells
    plus_percent, fee_plus, fee_ordinary, band_limit, in_kind_krw = offer
    for shop in range(len(is_plus)):
        cell = shops.cell[shop]
        district = cell // N_SECTORS
        aware = draws.high_half(draws.draw(draws.day_key(key[0], SHOP_AGENTS + shop, key[1]), 0, draws.AWARE))
        if is_plus[shop] == 0 and aware >= aware_cut[cell]:
            continue
        sales = per_weight[cell] * shops.weight[shop]
        discount = shops.discount_bp[shop] / 100.0
        hope = expectation * draws.exponential(
            draws.draw(draws.day_key(key[0], SHOP_AGENTS + shop, draws.NO_DAY), 0, draws.PLUS_START)
        )
        extra = expected_extra_sales_krw(sales, card_share[cell], discount + plus_percent[district], hope)
        kept = fee_ordinary[district] if shops.band[shop] < band_limit[district] else 0.0
        fee_gain = sales * card_share[cell] * (fee_plus[district] - kept) / 100.0
        support = fee_gain + in_kind_krw[district]
        pays = joins_plus(extra, margin[cell], sales * card_share[cell], discount, support)
        if is_plus[shop] == 0:
            if pays:
                is_plus[shop], months[shop] = 1, 0
        else:
            months[shop] += 1
            if leaves_plus(pays, months[shop]):
                is_plus[shop] = 0


def cell_averages(city: City, spend: np.ndarray, card_spend: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what owners know of their cell: whole-city monthly sales per unit of weight, card share, margin.

    Means of the cell and not a shop's own sample, which would be too few purchases at small scales.
    """
    return (*_known_to_owners(city.scale, _cell_weight(city.shops), spend, card_spend), _margins(city))


def _cell_weight(shops: Shops) -> np.ndarray:
    """Return float64[90]: yearly sales of the small shops of each cell."""
    return np.bincount(shops.cell[: shops.n_small], shops.weight[: shops.n_small], N_DISTRICTS * N_SECTORS)


def _margins(city: City) -> np.ndarray:
    return np.tile(sector_values(city.package, "contribution_margin_share"), N_DISTRICTS)


def _known_to_owners(
    scale: float, weight: np.ndarray, spend: np.ndarray, card_spend: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    small = spend[:, :, :N_DISTRICTS].sum(axis=0).T.ravel() + spend[:, :, -N_DISTRICTS:].sum(axis=0).T.ravel()
    card = by_district(card_spend).sum(axis=0).T.ravel()
    return small / scale / weight, card / np.maximum(small, 1)


def help_by_district(city: City, parameter: str, in_kind: tuple[frozenset[str], ...]) -> np.ndarray:
    """Return float64[10]: an assumption about help in kind, added up over what each district's Plus shops are given.

    `parameter` is plus_help_worth_krw (won a month) or plus_help_awareness (share of owners a month).
    """
    rows = city.package.assumptions(parameter)
    worth = dict(zip(rows["item"], rows["value"].astype(float), strict=True))
    return np.array([math.fsum(worth.get(item, 0.0) for item in items) for items in in_kind])


class PlusShops:
    """Which shops are Plus shops in each world, and the tables the compiled day reads of them."""

    def __init__(self, city: City, parameters: Parameters, n_worlds: int) -> None:
        self.city, self.parameters = city, parameters
        n = len(city.shops.cell)
        self.is_plus = np.zeros((n_worlds, n), dtype=np.uint8)
        self.is_plus[1:] = city.shops.first_plus
        self.months = np.zeros((n_worlds, n), dtype=np.int64)
        self._cell_weight, self._margin = _cell_weight(city.shops), _margins(city)
        self._cell_size = np.bincount(city.shops.cell[: city.shops.n_small], minlength=len(self._cell_weight))
        self._all_sales = sales_by_band(city.shops, np.arange(city.shops.n_small))
        self._plus_sales = np.zeros((n_worlds, *self._all_sales.shape), dtype=np.int64)
        self.sales: dict[str, np.ndarray] = {}
        """int64[W, 90, 5]: yearly sales of ordinary and of Plus shops by cell and sales band, under today's terms."""
        self._tables: dict[int, dict[str, np.ndarray]] = {}
        self._columns: dict[str, np.ndarray] = {}
        self._help: dict[tuple[str, tuple[frozenset[str], ...]], np.ndarray] = {}

    def columns(self, terms: list[DayTerms]) -> dict[str, np.ndarray]:
        """Return the Plus columns of `Today` under the terms of each world: shops count where they give a discount."""
        if len(self._tables) < len(self.is_plus):
            self._columns = self._stack()
        is_open = np.stack([np.repeat(t.plus_open, N_SECTORS) for t in terms])
        share = self._columns["plus_share"] * is_open
        pull = np.stack([plus_pull(self.city.places.share, s) for s in share])
        sales = self._plus_sales * is_open[:, :, None]
        self.sales = {"plus_sales": sales, "ordinary_sales": self._all_sales - sales}
        return {**self._columns, "plus_share": share, "plus_pull": pull}

    def _stack(self) -> dict[str, np.ndarray]:
        for world in set(range(len(self.is_plus))) - set(self._tables):
            self._tables[world] = plus_tables(self.city.shops, self.is_plus[world])
        tables = [dict(self._tables[world]) for world in range(len(self.is_plus))]
        longest = max(len(t["plus_shop"]) for t in tables) or 1
        for t in tables:
            for name in ("plus_shop", "plus_cut"):
                t[name] = np.pad(t[name], (0, longest - len(t[name])))
        stacked = {name: np.stack([t[name] for t in tables]) for name in tables[0]}
        self._plus_sales = stacked.pop("plus_sales")
        return {"is_plus": self.is_plus, **stacked}

    def _given(self, parameter: str, in_kind: tuple[frozenset[str], ...]) -> np.ndarray:
        """Return float64[10]: `help_by_district`, read once for each kind of help."""
        key = (parameter, in_kind)
        if key not in self._help:
            self._help[key] = help_by_district(self.city, *key)
        return self._help[key] * self.parameters.plus_help_strength

    def _aware_cuts(self, world: int, terms: DayTerms, in_kind: tuple[frozenset[str], ...]) -> np.ndarray:
        """Return uint64[90]: chance times 2**32 that an owner of a cell thinks about becoming a Plus shop."""
        p = self.parameters
        shops = self.city.shops
        members = np.flatnonzero(self.is_plus[world, : shops.n_small])
        n = N_DISTRICTS * N_SECTORS
        plus_share = np.bincount(shops.cell[members], minlength=n) / self._cell_size
        told = self._given("plus_help_awareness", in_kind)
        share = [
            awareness_share(p.plus_awareness_per_month, told[c // N_SECTORS], p.plus_imitation, plus_share[c])
            * (terms.plus_open[c // N_SECTORS] > 0)
            for c in range(n)
        ]
        return np.array([draws.cut(s) for s in share], dtype=np.uint64)

    def decide(
        self,
        world: int,
        date: datetime.date,
        terms: DayTerms,
        in_kind: tuple[frozenset[str], ...],
        spend: tuple[np.ndarray, np.ndarray],
    ) -> None:
        """Let the shops of one world decide at the end of a month.

        `in_kind` is what each district's Plus shops are given besides money; `spend` is the month's spending
        and card payments, int64[12, 9, 34] each. Where no programme honours Plus shops nobody decides.
        """
        if not terms.plus_open.any():
            return
        p = self.parameters
        aware = self._aware_cuts(world, terms, in_kind)
        decide(
            self.city.shops,
            self.is_plus[world, : self.city.shops.n_small],
            self.months[world],
            (*_known_to_owners(self.city.scale, self._cell_weight, *spend), self._margin),
            (
                terms.plus_bp / 100,
                terms.fee_plus_bp / 100,
                terms.fee_ordinary_bp / 100,
                terms.fee_ordinary_band,
                self._given("plus_help_worth_krw", in_kind),
            ),
            aware,
            (self.city.seed, date.toordinal()),
            p.plus_expected_extra_share,
        )
        self._tables.pop(world, None)
