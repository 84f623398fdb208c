"""What a policy's terms mean to cells of people: tiers, rates at every clock, where purchases go, what they claim."""

import datetime
from typing import NamedTuple

import numpy as np

from sim.behavior.parameters import Parameters
from sim.city.build import City
from sim.city.levels import N_LEVELS, sector_values
from sim.compiled import compiled
from sim.engine.expected_people import Pace, size_table
from sim.engine.expected_place import N_CLOCKS, N_FLOWS, NET, fill_flows, new_scratch
from sim.engine.second_round import value_added_share
from sim.engine.start import first_cards
from sim.engine.tables import N_SMALL_CELLS, card_fees_bp
from sim.policy.arithmetic import BASIS, marginal_rate_bp
from sim.policy.model import HIGHEST_DISCOUNT_PERCENT, Policy
from sim.policy.timetable import NO_LIMIT_KRW, DayTerms
from sim.vocabulary import DISTRICTS, N_DISTRICTS, N_ORIGINS, N_SECTORS, SALES_BANDS

HEARD_BP = 10
"""Mean discounts of Plus shops are told to shoppers in steps of so many basis points: fewer rates to tell apart."""

LEVELS_TOGETHER = 2
"""Spending levels, of the thirty, that share a cell."""


class Population(NamedTuple):
    """The people of a city by cell, and what they buy on an average day without policy."""

    n: np.ndarray
    """float64[12, 30]: persons by home and spending level."""
    cards: np.ndarray
    """float64[3, 12, 30]: persons with no card, an active and a dormant one on the first morning."""
    lags: tuple[np.ndarray, ...]
    """Of each home, the sorted days until people take the district's own card."""
    constrained: np.ndarray
    """float64[12]: share of constrained households."""
    affinity: np.ndarray
    affinity_share: np.ndarray
    """float64[4]: how readily holders take the card out, and their shares."""
    often: np.ndarray
    """float64[9, 30]: purchases a day."""
    value: np.ndarray
    """float64[9, 30]: won a day."""
    square: np.ndarray
    """float64[9, 30]: sum of the squares of the won of a day's purchases."""
    monthly_krw: np.ndarray
    """float64[30]: ordinary monthly spending."""
    sizes: np.ndarray
    """float64[257]: see `sim.engine.expected_people.size_table`."""
    fee_bp: np.ndarray
    """int64[5]: merchant fee of the card by sales band."""
    storable: np.ndarray
    """float64[9]: share of purchases that can wait."""
    added_share: np.ndarray
    """float64[9]: city value added per won at the till."""


def _together(levels: np.ndarray) -> np.ndarray:
    """Return [..., L] sums of neighbouring spending levels of [..., 30]."""
    return levels.reshape(*levels.shape[:-1], -1, LEVELS_TOGETHER).sum(axis=-1)


def build_population(city: City, parameters: Parameters, date: datetime.date) -> Population:
    """Count the people of a city by cell; who holds the card on the first morning is the crowd's own draw, but for the
    share of members who are active, which is exact here."""
    people, levels = city.residents, city.levels
    members = first_cards(city, parameters, date) > 0
    n, members = (_count(city, column) for column in (np.ones(len(members)), members))
    active = parameters.active_over_subscribers * members
    chance = np.diff(levels.sector_cuts.astype(float) / 2**32, prepend=0.0)
    often = chance[:, None] * levels.purchases_per_day[None, :]
    amounts = levels.amount_krw.astype(float)
    return Population(
        n=n,
        cards=np.stack([n - members, active, members - active]),
        lags=tuple(np.sort(people.card_lag[people.home == h]) for h in range(N_ORIGINS)),
        constrained=np.bincount(people.home, people.constrained, N_ORIGINS) / np.maximum(n.sum(axis=1), 1),
        affinity=city.package.assumptions("card_affinity")["value"].to_numpy(float),
        affinity_share=np.bincount(people.affinity, minlength=4) / len(people.affinity),
        often=_mean(often),
        value=_mean(often * amounts.mean(axis=2)),
        square=_mean(often * (amounts**2).mean(axis=2)),
        monthly_krw=_mean(np.rint(levels.spending_krw_per_year / 12)),
        sizes=_sizes(chance, amounts[:, N_LEVELS // 2]),
        fee_bp=card_fees_bp(city, date.isoformat()),
        storable=sector_values(city.package, "storable_share"),
        added_share=value_added_share(city, parameters),
    )


def _count(city: City, weight: np.ndarray) -> np.ndarray:
    """Return float64[12, L]: persons with a weight by home and level of a cell."""
    cell = city.residents.home.astype(np.int64) * N_LEVELS + city.residents.level
    return _together(np.bincount(cell, weight, N_ORIGINS * N_LEVELS).reshape(N_ORIGINS, N_LEVELS))


def _mean(levels: np.ndarray) -> np.ndarray:
    return _together(levels) / LEVELS_TOGETHER


def _sizes(chance: np.ndarray, amounts: np.ndarray) -> np.ndarray:
    """Return the table of what cashback held can pay of a purchase, from the purchases of one level: float64[9, 512]
    and the chance of each trade. Levels differ in the mean alone, but for rounding."""
    relative = amounts / (chance @ amounts.mean(axis=1))
    return size_table(relative.ravel(), np.broadcast_to(chance[:, None], relative.shape).ravel())


class Groups(NamedTuple):
    """Homes, twice where the district's own card makes a difference."""

    home: np.ndarray
    """int64[G]"""
    own: np.ndarray
    """bool[G]: whether its people hold the card of their district."""

    def share(self, population: Population, terms: DayTerms, launch: dict[int, int], day: int) -> np.ndarray:
        """Return float64[G]: share of the people of the home who are in the group on a day (a date's ordinal)."""
        share = np.ones(len(self.home))
        for g in np.flatnonzero(self.own):
            d = int(self.home[g])
            since = day - launch[d] if terms.card_launched[d] else -1
            lags = population.lags[d]
            share[g] = np.searchsorted(lags, since, side="right") / max(len(lags), 1) if since >= 0 else 0.0
            share[d] = 1.0 - share[g]
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


class Shelf(NamedTuple):
    """What shops of each trade and district are like on a day: float64[9, 10] each, ordinary and Plus shops apart."""

    plus_share: np.ndarray
    discount_bp: np.ndarray
    """int64: mean discount of Plus shops."""
    discount_mix: np.ndarray
    """float64[9, 10, 8]: shares of discounts of 0, 1, 2 ... percent in the sales of Plus shops."""
    fee_share: np.ndarray
    """float64[9, 20]: merchant fee per won paid with the card, by clock."""
    small_band: np.ndarray
    """float64[9, 10, 5]: shares of the sales bands in the sales of ordinary shops."""


class Stock(NamedTuple):
    """Yearly sales of small shops as they stand, won."""

    by_band: np.ndarray
    """float64[2, 90, 5]: of ordinary and of Plus shops, by cell and sales band."""
    by_discount: np.ndarray
    """float64[90, 8]: of Plus shops, by cell and discount in percent."""


@compiled
def weigh_shops(shops: tuple, is_plus: np.ndarray, stock: Stock) -> None:
    """Add the sales of small shops to a stock. `shops` is (cell, band, weight, discount in basis points)."""
    cell, band, weight, discount_bp = shops
    for shop in range(len(is_plus)):
        stock.by_band[is_plus[shop], cell[shop], band[shop]] += weight[shop]
        if is_plus[shop] == 1:
            stock.by_discount[cell[shop], discount_bp[shop] // 100] += weight[shop]


def take_stock(city: City, is_plus: np.ndarray) -> Stock:
    """Return the sales of small shops by Plus membership (uint8[m])."""
    shops, n = city.shops, city.shops.n_small
    n_percents = int(HIGHEST_DISCOUNT_PERCENT) + 1
    stock = Stock(np.zeros((2, N_SMALL_CELLS, len(SALES_BANDS))), np.zeros((N_SMALL_CELLS, n_percents)))
    weigh_shops((shops.cell[:n], shops.band[:n], shops.weight[:n], shops.discount_bp[:n]), is_plus[:n], stock)
    return stock


def _shares(weights: np.ndarray) -> np.ndarray:
    return weights / np.maximum(weights.sum(axis=-1, keepdims=True), 1e-300)


def _by_sector(cells: np.ndarray) -> np.ndarray:
    """Return [9, 10, ...] of [90, ...] cells of small shops."""
    return np.ascontiguousarray(cells.reshape(N_DISTRICTS, N_SECTORS, *cells.shape[1:]).swapaxes(0, 1))


def build_shelf(stock: Stock, terms: DayTerms, fee_bp: np.ndarray) -> Shelf:
    """Describe the shops of the day from the stock, the terms of the day and the fees by sales band."""
    weight = stock.by_band.reshape(2, N_DISTRICTS, N_SECTORS, -1)
    is_open = (terms.plus_open > 0)[:, None, None]
    weight = np.stack([weight[0] + weight[1] * ~is_open, weight[1] * is_open])
    share = _shares(weight)
    fee = share @ (fee_bp / BASIS)
    mix, total = _shares(stock.by_discount), weight.sum(axis=-1)
    return Shelf(
        plus_share=(total[1] / total.sum(axis=0)).T,
        discount_bp=_by_sector(np.rint(mix @ (100.0 * np.arange(mix.shape[1]))).astype(np.int64)),
        discount_mix=_by_sector(mix),
        fee_share=np.concatenate([fee[0], fee[1]]).T,
        small_band=np.ascontiguousarray(share[0].transpose(1, 0, 2)),
    )


class Regime(NamedTuple):
    """What rules between two changes: tiers, rates, flows of purchases, claims. G groups, K tiers."""

    edge_krw: np.ndarray
    """float64[G, K - 1]"""
    city_bp: np.ndarray
    topup_bp: np.ndarray
    """float64[G, K]: rate of each tier, and what the district's top-up adds in its own shops."""
    flows: np.ndarray
    """float64[G, 9, K, 4, N_FLOWS]: see `sim.engine.expected_place`."""
    paid: np.ndarray
    """float64[G, 9, K, 4, 20]: won paid with the card per won without policy, by clock."""
    at_home: np.ndarray
    """float64[G, K, 4]: part of the won paid that is paid in the home district."""
    claims: np.ndarray
    """float64[G, 9, K, 4, 20]: Plus top-up, then fee support, by district, per won without policy."""
    fee_share: np.ndarray
    """float64[9, 20]"""

    @property
    def rates(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The city's rate and the top-up by tier as shares of one, and `at_home`."""
        return self.city_bp / BASIS, self.topup_bp / BASIS, self.at_home

    def pace(self, population: Population, by_sector: np.ndarray) -> Pace:
        """Return a day's pace with purchases of each trade multiplied by float64[9]."""
        covered = self.flows[..., :N_CLOCKS].sum(axis=-1)
        paid = self.paid.sum(axis=-1)
        size = np.divide(paid[:, :, 0], covered[:, :, 0], out=np.ones_like(paid[:, :, 0]), where=covered[:, :, 0] > 0)
        p, k = population, by_sector[:, None]
        value, often, square = p.value.sum(axis=0), p.often.sum(axis=0), p.square.sum(axis=0)
        return Pace(
            paid=np.einsum("gska,sl->gkal", paid, p.value * k),
            times=np.einsum("gska,sl->gkal", covered, p.often * k),
            square=np.einsum("gsa,sl->gal", paid[:, :, 0] * size, p.square * k),
            edge_krw=self.edge_krw,
            ticket_krw=value / often,
            overshoot_krw=square / (2 * value),
        )


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
    """Return int64[G, K, 20]: the cashback rate at each clock, without the shop's discount."""
    city, top_up = tiers
    rate = np.repeat(city[:, :, None], N_CLOCKS, axis=2)
    for g, home in enumerate(groups.home):
        if home < N_DISTRICTS:
            rate[g, :, [home, N_DISTRICTS + home]] += top_up[g]
        rate[g, :, N_DISTRICTS:] += _plus_topup_bp(groups, terms, g)
    return rate


def _plus_topup_bp(groups: Groups, terms: DayTerms, g: int) -> np.ndarray:
    """Return int64[10]: the Plus top-up that a group gets at Plus shops of each district."""
    has_card = (np.arange(N_DISTRICTS) == groups.home[g]) & groups.own[g]
    return np.where((terms.plus_own_card == 1) & ~has_card, 0, terms.plus_bp)


def _claims(groups: Groups, terms: DayTerms, shelf: Shelf, paid: np.ndarray) -> np.ndarray:
    plus = np.stack([_plus_topup_bp(groups, terms, g) for g in range(len(groups.home))]) / BASIS
    below = np.arange(len(SALES_BANDS)) < terms.fee_ordinary_band[:, None]
    ordinary = (shelf.small_band * below).sum(axis=-1) * terms.fee_ordinary_bp / BASIS
    top_up = paid[..., N_DISTRICTS:] * plus[:, None, None, None, :]
    fees = paid[..., :N_DISTRICTS] * ordinary[None, :, None, None, :]
    return np.concatenate([top_up, fees + paid[..., N_DISTRICTS:] * terms.fee_plus_bp / BASIS], axis=-1)


def _in_home_district(groups: Groups, paid: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return float64[G, K, 4]: the part of card payments made in the home district."""
    won = np.einsum("gskaj,s->gkaj", paid, value)
    part = np.zeros(won.shape[:3])
    for g, home in enumerate(groups.home):
        if home < N_DISTRICTS:
            here = won[g, :, :, home] + won[g, :, :, N_DISTRICTS + home]
            part[g] = here / np.maximum(won[g].sum(axis=-1), 1e-300)
    return part


def build_regime(
    city: City, parameters: Parameters, population: Population, groups: Groups, terms: DayTerms, shelf: Shelf
) -> Regime:
    """Work out the flows of all groups under the terms of a day and the Plus shops there are."""
    edges = _edges(groups, terms)
    tiers = _tier_rates(groups, terms, edges)
    cashback = _cashback_bp(groups, terms, tiers)
    small = city.places.share[groups.home][:, :, :N_DISTRICTS]
    share = np.concatenate([small * (1 - shelf.plus_share), small * shelf.plus_share], axis=-1)
    kept = np.concatenate([np.ones_like(shelf.plus_share), 1 - shelf.discount_bp / BASIS], axis=-1)
    rate = _rates_heard_bp(cashback, shelf)
    flows = np.zeros((*rate.shape[:3], len(population.affinity), N_FLOWS))
    usage = (parameters.usage_max_share, parameters.usage_rate_scale_percent)
    choice = (np.array(parameters[:5], dtype=float), usage, population.affinity)
    shops = (kept, shelf.discount_mix)
    people = (groups.home, 1 + np.isfinite(edges).sum(axis=1))
    fill_flows(people, city.places.share, share, rate, shops, choice, new_scratch(), flows)
    growth = np.repeat(cashback[:, None], N_SECTORS, axis=1) / BASIS * parameters.basket_response
    paid = flows[..., NET:] + flows[..., :N_CLOCKS] * growth[:, :, :, None, :]
    at_home = _in_home_district(groups, paid, population.value.sum(axis=1))
    claims = _claims(groups, terms, shelf, paid)
    return Regime(edges, *tiers, flows, paid, at_home, claims, shelf.fee_share)


def _rates_heard_bp(cashback: np.ndarray, shelf: Shelf) -> np.ndarray:
    """Return int64[G, 9, K, 20]: cashback (int64[G, K, 20]) and mean discount at each clock, as shoppers hear it.

    Clocks that nobody waits for take the rate of ordinary shops: fewer rates, fewer kinds of purchases.
    """
    heard = np.rint(shelf.discount_bp / HEARD_BP).astype(np.int64) * HEARD_BP
    rate = np.repeat(cashback[:, None], N_SECTORS, axis=1)
    plus = rate[..., N_DISTRICTS:] + heard[None, :, None, :]
    rate[..., N_DISTRICTS:] = np.where(shelf.plus_share[None, :, None, :] > 0, plus, rate[..., :N_DISTRICTS])
    return rate
