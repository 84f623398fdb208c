"""The Plus decision of every small shop at the end of each month (rules: `eum.behavior.merchant_membership`)."""

import datetime
import math

import numpy as np

from eum import rng
from eum.behavior.merchant_membership import PlusOffer, ShopMonth, awareness_share, leaves_plus, plus_pays
from eum.behavior.parameters import Parameters
from eum.city.build import City
from eum.city.shops import SHOP_AGENTS, Shops
from eum.city.spending import sector_values
from eum.dimensions import N_DISTRICTS, N_SECTORS
from eum.engine.lookup_tables import cell_weight, most_share, plus_pull, plus_tables
from eum.engine.schedules import are_unchanged
from eum.engine.second_round import by_district
from eum.engine.state import AT_PLUS
from eum.jit import compiled, compiled_part
from eum.policy.timetable import DayTerms


@compiled
def drawn_attention(seed: int, day: int, attention: np.ndarray) -> None:
    """Write each shop's draw of a month's end into `attention` (uint32[n]): whether its owner thinks about Plus."""
    for shop in range(len(attention)):
        key = rng.day_key(seed, SHOP_AGENTS + shop, day)
        attention[shop] = rng.high_half(rng.draw(key, 0, rng.AWARE))


@compiled
def drawn_sales_expectations(seed: int, hope: np.ndarray) -> None:
    """Write what each owner expects relative to the mean, exponential, into `hope` (float64[n]).

    The first Plus shops are those who expect most (the same draw).
    """
    for shop in range(len(hope)):
        key = rng.day_key(seed, SHOP_AGENTS + shop, rng.NO_DAY)
        hope[shop] = rng.exponential(rng.draw(key, 0, rng.PLUS_START))


@compiled
def decide(
    shops: Shops, is_plus: np.ndarray, months: np.ndarray, cells: tuple, offer: tuple, aware: tuple, hope: np.ndarray,
    expectation: float,
) -> None:  # fmt: skip
    """Let every small shop decide, in place, about being a Plus shop.

    `cells` is (mean monthly sales per unit of weight, card share of sales, margin), float64[90] each; `offer` is (Plus
    top-up percent, fee support of Plus shops percent, of ordinary shops percent, band limit, worth of help in kind in
    won a month) by district; `aware` is (draw of each shop uint32[n], below which cut it thinks, uint64[90] by cell);
    owners differ in what they expect, `hope` float64[n] times `expectation`.
    """
    attention, aware_cut = aware
    for shop in range(len(is_plus)):
        if is_plus[shop] == 0:
            thinks = attention[shop] < aware_cut[shops.cell[shop]]
            if thinks and pays_to_be_plus(shops, shop, cells, offer, expectation * hope[shop]):
                is_plus[shop], months[shop] = 1, 0
        else:
            months[shop] += 1
            may_leave = leaves_plus(False, months[shop])
            if may_leave and not pays_to_be_plus(shops, shop, cells, offer, expectation * hope[shop]):
                is_plus[shop] = 0


@compiled_part
def pays_to_be_plus(shops: Shops, shop: int, cells: tuple, offer: tuple, hope: float) -> bool:
    """Return whether being a Plus shop pays for one shop (`plus_pays`); `cells` and `offer` as in `decide`."""
    per_weight, card_share, margin = cells
    plus_percent, fee_plus, fee_ordinary, band_limit, in_kind_krw = offer
    cell = shops.cell[shop]
    d = cell // N_SECTORS
    kept = fee_ordinary[d] if shops.band[shop] < band_limit[d] else 0.0
    sales = per_weight[cell] * shops.weight[shop]
    own = ShopMonth(sales, card_share[cell], margin[cell], shops.discount_bp[shop] / 100.0)
    return plus_pays(own, PlusOffer(plus_percent[d], fee_plus[d], kept, in_kind_krw[d]), hope)


@compiled
def count_plus(cell_start: np.ndarray, is_plus: np.ndarray, count: np.ndarray) -> None:
    """Write the Plus shops of each cell into `count` (float64[90]); shops are sorted by cell."""
    for cell in range(len(count)):
        here = 0
        for shop in range(cell_start[cell], cell_start[cell + 1]):
            here += is_plus[shop]
        count[cell] = here


@compiled
def write_aware_cuts(
    known: tuple, informed: np.ndarray, plus_share: np.ndarray, plus_open: np.ndarray, cuts: np.ndarray
) -> None:
    """Write the chance times 2**32 that an owner of a cell thinks about becoming a Plus shop into `cuts` (uint64[90]).

    `known` is (awareness per month, imitation); `informed` float64[10] what help in kind adds; `plus_share`
    float64[90].
    """
    base, imitation = known
    for cell in range(len(cuts)):
        district = cell // N_SECTORS
        share = awareness_share(base, informed[district], imitation, plus_share[cell])
        cuts[cell] = rng.unchecked_cut(share if plus_open[district] > 0 else 0.0)


def cell_averages(city: City, spend: np.ndarray, card_spend: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what owners know of their cell: whole-city monthly sales per unit of weight, card share, margin.

    Means of the cell and not a shop's own sample, which would be too few purchases at small scales.
    """
    return (*_known_to_owners(city.scale, cell_weight(city.shops), spend, card_spend), _margins(city))


def _margins(city: City) -> np.ndarray:
    return np.tile(sector_values(city.package, "contribution_margin_share"), N_DISTRICTS)


def _known_to_owners(
    scale: float, weight: np.ndarray, spend: np.ndarray, card_spend: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    small = spend[:, :, :N_DISTRICTS].sum(axis=0).T.ravel() + spend[:, :, -N_DISTRICTS:].sum(axis=0).T.ravel()
    card = by_district(card_spend).sum(axis=0).T.ravel()
    per_weight = np.divide(small / scale, weight, out=np.zeros(len(weight)), where=weight > 0)
    return per_weight, card / np.maximum(small, 1)


def help_by_district(city: City, parameter: str, in_kind: tuple[frozenset[str], ...]) -> np.ndarray:
    """Return float64[10]: an assumption about help in kind, added up over what each district's Plus shops are given.

    `parameter` is plus_help_worth_krw (won a month) or plus_help_awareness (share of owners a month).
    """
    rows = city.package.assumptions(parameter)
    worth = dict(zip(rows["item"], rows["value"].astype(float), strict=True))
    return np.array([math.fsum(worth.get(item, 0.0) for item in items) for items in in_kind])


class ShopOwners:
    """What the owners of small shops are like and know, whatever the policy; draws are made when first needed."""

    def __init__(self, city: City, parameters: Parameters) -> None:
        self.city, self.parameters = city, parameters
        self.n_small = city.shops.n_small
        self.hope = np.empty(self.n_small)
        drawn_sales_expectations(city.seed, self.hope)
        self.cell_weight, self._margin = cell_weight(city.shops), _margins(city)
        n_shops = np.bincount(city.shops.cell[: self.n_small], minlength=len(self.cell_weight))
        self._cell_size = np.maximum(n_shops, 1)
        self._attention: dict[datetime.date, np.ndarray] = {}
        self._help: dict[tuple[str, tuple[frozenset[str], ...]], np.ndarray] = {}

    def attention(self, date: datetime.date) -> np.ndarray:
        """Return uint32[n]: each shop's draw at the end of a month."""
        if date not in self._attention:
            attention = np.empty(self.n_small, dtype=np.uint32)
            drawn_attention(self.city.seed, date.toordinal(), attention)
            # Kept once it is whole: several threads may ask.
            self._attention[date] = attention
        return self._attention[date]

    def _given(self, parameter: str, in_kind: tuple[frozenset[str], ...]) -> np.ndarray:
        """Return float64[10]: `help_by_district`, read once for each kind of help."""
        key = (parameter, in_kind)
        if key not in self._help:
            self._help[key] = help_by_district(self.city, *key)
        return self._help[key] * self.parameters.plus_help_strength

    def _aware_cuts(self, is_plus: np.ndarray, terms: DayTerms, in_kind: tuple[frozenset[str], ...]) -> np.ndarray:
        """Return uint64[90]: chance times 2**32 that an owner of a cell thinks about becoming a Plus shop."""
        p, plus_share = self.parameters, np.zeros(len(self._cell_size))
        count_plus(self.city.shops.cell_start, is_plus, plus_share)
        plus_share /= self._cell_size
        cuts = np.zeros(len(plus_share), dtype=np.uint64)
        informed = self._given("plus_help_awareness", in_kind)
        write_aware_cuts((p.plus_awareness_per_month, p.plus_imitation), informed, plus_share, terms.plus_open, cuts)
        return cuts

    def decide(
        self, shops: tuple[np.ndarray, np.ndarray], date: datetime.date, terms: DayTerms,
        in_kind: tuple[frozenset[str], ...], spend: tuple[np.ndarray, np.ndarray],
    ) -> None:  # fmt: skip
        """Let the shops of one world decide at the end of a month, in place.

        `shops` is (membership uint8[n], months of it int64[n]) of the small shops; `in_kind` is what each district's
        Plus shops are given besides money; `spend` is the month's spending and card payments, [12, 9, 34] each, int64
        or float64. Where no programme honours Plus shops nobody decides.
        """
        if not terms.plus_open.any():
            return
        is_plus, months = shops
        offer = (
            terms.plus_bp / 100,
            terms.fee_plus_bp / 100,
            terms.fee_ordinary_bp / 100,
            terms.fee_ordinary_band,
            self._given("plus_help_worth_krw", in_kind),
        )
        cells = (*_known_to_owners(self.city.scale, self.cell_weight, *spend), self._margin)
        aware = (self.attention(date), self._aware_cuts(is_plus, terms, in_kind))
        extra = self.parameters.plus_expected_extra_share
        decide(self.city.shops, is_plus, months, cells, offer, aware, self.hope, extra)


class PlusShops:
    """Which shops are Plus shops in each world, and the tables the compiled day reads of them."""

    def __init__(self, city: City, parameters: Parameters, n_worlds: int) -> None:
        self.city, self.owners = city, ShopOwners(city, parameters)
        n = len(city.shops.cell)
        self.is_plus = np.zeros((n_worlds, n), dtype=np.uint8)
        self.is_plus[1:] = city.shops.first_plus
        self.months = np.zeros((n_worlds, n), dtype=np.int64)
        self._tables: dict[int, dict[str, np.ndarray]] = {}
        self._columns: dict[str, np.ndarray] = {}
        # As if every small shop were a Plus shop.
        self._all_sales = plus_tables(city.shops, self.owners.cell_weight, np.ones(n, dtype=np.uint8))["plus_sales"]
        self.sales: dict[str, np.ndarray] = {}
        """int64[W, 90, 5]: yearly sales of ordinary and of Plus shops by cell and sales band, under today's terms; made
        again when they change."""
        self._open = np.zeros((n_worlds, N_DISTRICTS), dtype=np.uint8)
        self._terms: list[DayTerms] = []

    def columns(self, terms: list[DayTerms]) -> dict[str, np.ndarray]:
        """Return the Plus columns of `Today` under the terms of each world: shops count where they give a discount."""
        if len(self._tables) == len(self.is_plus) and are_unchanged(terms, self._terms):
            return self._columns
        self._terms, is_open = terms, np.stack([t.plus_open for t in terms])
        if len(self._tables) < len(self.is_plus) or not np.array_equal(is_open, self._open):
            columns, self._open = self._stack(), is_open
            share = columns["plus_share"] * np.repeat(is_open, N_SECTORS, axis=1)
            pull = np.stack([plus_pull(self.city.places.share, s) for s in share])
            plus = columns.pop("plus_sales") * np.repeat(is_open, N_SECTORS, axis=1)[:, :, None]
            self.sales = {"plus_sales": plus, "ordinary_sales": self._all_sales - plus}
            most = np.stack([most_share(s) for s in share])
            self._columns = {**columns, "plus_share": share, "plus_pull": pull, "most_plus_share": most}
        return self._columns

    def _stack(self) -> dict[str, np.ndarray]:
        for world in set(range(len(self.is_plus))) - set(self._tables):
            self._tables[world] = plus_tables(self.city.shops, self.owners.cell_weight, self.is_plus[world])
        tables = [dict(self._tables[world]) for world in range(len(self.is_plus))]
        longest = max(len(t["plus_shop"]) for t in tables) or 1
        for t in tables:
            for name in ("plus_shop", "plus_cut"):
                t[name] = np.pad(t[name], (0, longest - len(t[name])))
        stacked = {name: np.stack([t[name] for t in tables]) for name in tables[0]}
        return {"shop_kind": self.city.shops.band + AT_PLUS * self.is_plus, **stacked}

    def decide(
        self,
        world: int,
        date: datetime.date,
        terms: DayTerms,
        in_kind: tuple[frozenset[str], ...],
        spend: tuple[np.ndarray, np.ndarray],
    ) -> None:
        """Let the shops of one world decide at the end of a month: see `Owners.decide`."""
        n = self.owners.n_small
        self.owners.decide((self.is_plus[world, :n], self.months[world, :n]), date, terms, in_kind, spend)
        if terms.plus_open.any():
            self._tables.pop(world, None)
