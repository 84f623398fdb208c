"""Tables that the compiled day looks up: built from the parameters once, never in the loop."""

from typing import NamedTuple

import numpy as np

from eum import rng
from eum.behavior.adoption import DAYS_PER_MONTH, card_hazards, daily_share, potential_share
from eum.behavior.destination_choice import attraction_factor
from eum.behavior.parameters import RESPONSES, Parameters
from eum.behavior.payment_choice import usage_share
from eum.city.build import City
from eum.city.shops import Shops
from eum.city.spending import Levels
from eum.dimensions import N_DISTRICTS, N_ORIGINS, N_SECTORS, SALES_BAND_HIGH_KRW, SALES_BANDS
from eum.engine.initial_conditions import turns
from eum.engine.state import ACTIVE, DORMANT, LATE, NO_CARD, ORDERED, StaticInputs
from eum.errors import InputError
from eum.finite import require_finite
from eum.jit import compiled_part, compiled_with_memory
from eum.policy.model import HIGHEST_DISCOUNT_PERCENT
from eum.policy.timetable import DayTerms

N_RATES = 10_001
"""Rates that tables know, in basis points: 0 to 100 %."""

HIGHEST_RATE_BP = N_RATES - 1
"""Nobody acts on more than everything given back."""

N_SMALL_CELLS = N_DISTRICTS * N_SECTORS

_HARDLY_ANY = 1e-200
"""Share of small shops where there are none: their alternatives ring after all others, and no wait is infinite."""


@compiled_with_memory
def usage_cuts(max_share: float, scale_percent: float, affinity: np.ndarray) -> np.ndarray:
    """Return uint64[4, 10001]: chance times 2**32 to pay with the card, by affinity group and rate in basis points."""
    cuts = np.empty((len(affinity), N_RATES), dtype=np.uint64)
    for group in range(len(affinity)):
        for bp in range(N_RATES):
            share = usage_share(bp / 100, max_share, scale_percent, affinity[group])
            cuts[group, bp] = rng.unchecked_cut(share)
    return cuts


@compiled_with_memory
def speeds(responses: np.ndarray) -> np.ndarray:
    """Return float64[5, 10001]: speed of an alternative by kind of purchase and rate in basis points."""
    speed = np.empty((len(responses), N_RATES))
    for kind in range(len(responses)):
        for bp in range(N_RATES):
            speed[kind, bp] = attraction_factor(responses[kind], bp / 100)
    return speed


def card_fees_bp(city: City, date: str) -> np.ndarray:
    """Return int64[5]: merchant fee of the e-eum card by sales band on a date, basis points of payments.

    A band without a printed e-eum rate takes the debit-card rate of the band. Raises as `scheme_fees_bp`.
    """
    return scheme_fees_bp(city, date, ("eeum", "debit_card"))


def scheme_fees_bp(city: City, date: str, schemes: tuple[str, ...]) -> np.ndarray:
    """Return int64[5]: merchant fee by sales band on a date, basis points of payments, of the first scheme printed.

    Above 3 billion won fees are negotiated and not printed: the highest printed rate stands in (data/fees.csv).
    Raises InputError when a band has no rate at all.
    """
    printed_percent = city.package.fees_percent(date)
    fees: list[float] = []
    for high in SALES_BAND_HIGH_KRW:
        printed = [printed_percent[high, scheme] for scheme in schemes if (high, scheme) in printed_percent]
        if not printed:
            wanted = " or ".join(schemes)
            raise InputError(f"data/fees.csv: no fee up to {high:,} won of sales on {date}; expected a row of {wanted}")
        fees.append(printed[0])
    return np.rint(np.array([*fees, fees[-1]]) * 100).astype(np.int64)


def packed_tables(cut: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return uint64: an alias table with both columns in one, the other in the upper half and the cut in the lower.

    A cut of 2**32 becomes 2**32 - 1; its row has itself as the other, so the one draw in 2**32 goes there too.
    """
    whole = np.minimum(cut, np.uint64(2**32 - 1))
    return (other.astype(np.uint64) << np.uint64(32)) | whole


def amounts_of(levels: Levels) -> dict[str, np.ndarray]:
    """Return the columns of StaticInputs that prices move: amounts of purchases and ordinary monthly spending."""
    monthly = np.rint(levels.spending_krw_per_year / 12).astype(np.int64)
    return {"amount_krw": levels.amount_krw.ravel(), "monthly_krw": monthly}


def standing_city(city: City) -> dict[str, np.ndarray]:
    """Return the columns of Standing that come from the city alone."""
    people, shops, places, levels = city.residents, city.shops, city.places, city.levels
    return {
        **people._asdict(),
        "sector_cuts": levels.sector_cuts,
        **amounts_of(levels),
        "place_share": places.share,
        "place_alias": packed_tables(places.alias_cut, places.alias_to).ravel(),
        "small_share": np.maximum(np.ascontiguousarray(places.share[:, :, :N_DISTRICTS].sum(axis=2)), _HARDLY_ANY),
        "cell_start": shops.cell_start,
        "shop_alias": packed_tables(shops.alias_cut, shops.alias_to),
        "band": shops.band,
        "discount_bp": shops.discount_bp,
    }


def build_standing(city: City, parameters: Parameters, seed: int, date: str) -> StaticInputs:
    """Build what no day changes from a city, a set of parameters, the seed of the draws and the first date."""
    affinity = city.package.assumptions("card_affinity")["value"].to_numpy(float)
    propensities = (parameters.mpc_other, parameters.mpc_constrained, parameters.basket_response)
    standing = StaticInputs(
        seed=np.array([seed], dtype=np.int64),
        usage_cut=usage_cuts(parameters.usage_max_share, parameters.usage_rate_scale_percent, affinity),
        speed=speeds(np.array(parameters[: len(RESPONSES)])),
        frozen_tastes=np.array([parameters.frozen_tastes > 0.5], dtype=np.uint8),
        habit_cut=np.array([rng.cut(parameters.habit_share)], dtype=np.uint64),
        use_cut=np.array([rng.cut(parameters.cashback_use_share)], dtype=np.uint64),
        use_growth=np.array([parameters.cashback_use_growth]),
        memory=np.rint([parameters.usage_memory_weight * 1e4, parameters.rate_learning_share * 1e6]).astype(np.int64),
        charge_ppm=np.rint([parameters.charge_days / DAYS_PER_MONTH * 1e6]).astype(np.int64),
        grant_cut=np.array([rng.cut(parameters.grant_use_share)], dtype=np.uint64),
        propensity_bp=np.rint(np.array(propensities) * 10_000).astype(np.int64),
        fee_bp=card_fees_bp(city, date),
        turn=turns(city, parameters),
        parameters=Parameters(*map(float, parameters)),
        **standing_city(city),
    )
    floats = ("speed", "place_share", "small_share")
    require_finite("what the day looks up", {name: getattr(standing, name) for name in floats})
    return standing


@compiled_with_memory
def potential_of(parameters: Parameters, rate_percent: np.ndarray) -> np.ndarray:
    """Return float64[12]: share of residents who would hold the card, by home, from the first-tier rate that residents
    of a home are offered (float64[12])."""
    p, potential = parameters, np.empty(N_ORIGINS)
    for home in range(N_ORIGINS):
        potential[home] = potential_share(
            rate_percent[home], p.reference_rate_percent, p.potential_share, p.potential_odds_ratio_5pp
        )
    return potential


class HomeRates(NamedTuple):
    """What moves the hazards of people without habit, by home: float64[W, 12] each."""

    felt_percent: np.ndarray
    """The rate that people expect of the card."""
    holders_share: np.ndarray
    """Share of members among residents."""
    potential: np.ndarray
    """Share of residents that would be (`potential_of`)."""
    attention: np.ndarray
    """Factor of a launch on joining."""


def card_cuts(parameters: Parameters, rates: HomeRates) -> dict[str, np.ndarray]:
    """Return `card_cut` and `most_card_cut` of `DayInputs`."""
    cuts = np.zeros((len(rates.potential), LATE + 1, N_ORIGINS), dtype=np.uint64)
    _fill_card_cuts(parameters, rates, cuts)
    return {"card_cut": cuts, "most_card_cut": cuts.max(axis=(1, 2))}


@compiled_with_memory
def _fill_card_cuts(parameters: Parameters, rates: HomeRates, cuts: np.ndarray) -> None:
    for world in range(len(cuts)):
        home_rates = (
            rates.felt_percent[world], rates.holders_share[world], rates.potential[world], rates.attention[world]
        )  # fmt: skip
        write_hazard_cuts(parameters, home_rates, cuts[world])


@compiled_part
def write_hazard_cuts(parameters: Parameters, rates: tuple, cuts: np.ndarray) -> None:
    """Write daily chances times 2**32 to join, go dormant, return and pay for the first time, by home, into `cuts`
    (uint64[5, 12]; the rows are those of persons with no card who would join, with an active, a dormant and an ordered
    one, and of persons with no card whom the rate does not move).

    `rates` are the columns of `HomeRates` of one world, float64[12] each. The hazards are those of
    `eum.behavior.adoption.card_hazards`.
    """
    felt_percent, holders_share, potential, attention = rates
    for home in range(N_ORIGINS):
        hazards = card_hazards(
            parameters, home < N_DISTRICTS, felt_percent[home], holders_share[home], potential[home], attention[home]
        )
        cuts[NO_CARD, home] = rng.unchecked_cut(daily_share(hazards.joining))
        cuts[ACTIVE, home] = rng.unchecked_cut(daily_share(hazards.dormancy))
        cuts[DORMANT, home] = rng.unchecked_cut(daily_share(hazards.returning))
        cuts[ORDERED, home] = rng.unchecked_cut(daily_share(hazards.first_use))
        cuts[LATE, home] = rng.unchecked_cut(daily_share(hazards.late_joining))


def cell_weight(shops: Shops) -> np.ndarray:
    """Return float64[90]: yearly sales of the small shops of each cell."""
    return np.bincount(shops.cell[: shops.n_small], shops.weight[: shops.n_small], N_SMALL_CELLS)


@compiled_with_memory
def _members(shops: Shops, is_plus: np.ndarray) -> tuple:
    """Go once through the small shops, which lie in the order of their cells; see `plus_tables` for the columns."""
    start, n = np.zeros(N_SMALL_CELLS + 1, dtype=np.int64), 0
    weight, discount = np.zeros(N_SMALL_CELLS), np.zeros(N_SMALL_CELLS)
    sales = np.zeros((N_SMALL_CELLS, len(SALES_BANDS)), dtype=np.int64)
    n_members = is_plus[: shops.cell_start[N_SMALL_CELLS]].sum()
    members, cuts = np.empty(n_members, dtype=np.int32), np.empty(n_members, dtype=np.uint64)
    for cell in range(N_SMALL_CELLS):
        for shop in range(shops.cell_start[cell], shops.cell_start[cell + 1]):
            if is_plus[shop] == 1:
                weight[cell] += shops.weight[shop]
                discount[cell] += shops.weight[shop] * shops.discount_bp[shop]
                sales[cell, shops.band[shop]] += shops.weight[shop]
                members[n], n = shop, n + 1
        running = np.int64(0)
        for k in range(start[cell], n):
            running += shops.weight[members[k]]
            cuts[k] = np.uint64(np.rint(running / weight[cell] * 2.0**32)) if k < n - 1 else np.uint64(2**32)
        start[cell + 1] = n
    return start, members, cuts, weight, discount, sales


def plus_tables(shops: Shops, all_weight: np.ndarray, is_plus: np.ndarray) -> dict[str, np.ndarray]:
    """Return the tables of Plus shops of one world from uint8[m] membership and the `cell_weight` of all small shops.

    `plus_share` float64[90] and `plus_discount_bp` int64[90] by cell of small shops; `plus_start` int64[91],
    `plus_shop` int32[M] and `plus_cut` uint64[M]: the Plus shops of each cell and their cumulative sales;
    `plus_sales` int64[90, 5]: their yearly sales by sales band, won. A cell without shops has a share of zero.
    """
    start, members, cuts, weight, discount, sales = _members(shops, is_plus)
    return {
        "plus_share": np.divide(weight, all_weight, out=np.zeros(N_SMALL_CELLS), where=all_weight > 0),
        "plus_discount_bp": np.rint(discount / np.maximum(weight, 1e-300)).astype(np.int64),
        "plus_start": start,
        "plus_shop": members,
        "plus_cut": cuts,
        "plus_sales": sales,
    }


def plus_pull(place_share: np.ndarray, plus_share: np.ndarray) -> np.ndarray:
    """Return float64[12, 9]: share of the Plus shops of all districts together, by home and sector.

    `place_share` is float64[12, 9, 24], `plus_share` float64[90] by cell of small shops.
    """
    pull = np.zeros((N_ORIGINS, N_SECTORS))
    for d in range(N_DISTRICTS):
        pull += place_share[:, :, d] * plus_share[d * N_SECTORS : (d + 1) * N_SECTORS]
    return pull


def most_share(plus_share: np.ndarray) -> np.ndarray:
    """Return float64[9]: the largest share of Plus shops of any district, by sector (`plus_share` is float64[90])."""
    return plus_share.reshape(N_DISTRICTS, N_SECTORS).max(axis=0)


def most_extra_bp(terms: DayTerms) -> int:
    """Return the most that top-up, Plus top-up and discount together can add to the city rate today."""
    discount = round(HIGHEST_DISCOUNT_PERCENT * 100) if terms.plus_open.any() else 0
    return int(terms.topup_bp.max() + terms.plus_bp.max() + discount)


def highest_tier(rate_bp: np.ndarray, high_krw: np.ndarray) -> dict[str, np.ndarray]:
    """Return the highest of the city's rates of each world, and the month's spending below which it can still be had.

    `rate_bp` and `high_krw` are int64[W, S, tiers], basis points and won; what is returned is int64[W] each.
    """
    most = rate_bp.max(axis=(1, 2))
    until = np.where(rate_bp == most[:, None, None], high_krw, 0).max(axis=(1, 2))
    return {"most_city_bp": most, "most_city_until_krw": until}
