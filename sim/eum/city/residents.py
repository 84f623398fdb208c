"""Residents of 14 and over, and visitors from Seoul and Gyeonggi, as columns."""

from typing import NamedTuple

import numpy as np
from scipy import special

from eum import rng
from eum.city.data import CityData
from eum.city.spending import N_LEVELS, mean_spending_krw
from eum.dimensions import AGE_BANDS, DISTRICTS, N_DISTRICTS, N_ORIGINS, ORIGINS
from eum.errors import InputError

N_AFFINITIES = 4
NEVER = np.uint16(65535)
"""Card lag of somebody who never takes the district's own card."""


class Residents(NamedTuple):
    """One row per person, sorted by home; visitors (homes 10 and 11) come last."""

    home: np.ndarray
    """uint8[n]: index into ORIGINS."""
    age: np.ndarray
    """uint8[n]: index into AGE_BANDS."""
    level: np.ndarray
    """uint8[n]: spending level 0 (lowest) to 29."""
    constrained: np.ndarray
    """uint8[n]: 1 for liquidity-constrained households."""
    affinity: np.ndarray
    """uint8[n]: how readily a holder takes the card out, group 0 to 3."""
    card_lag: np.ndarray
    """uint16[n]: days after a district's launch until the person has that card; 65535 is never."""
    income_day: np.ndarray
    """uint8[n]: day of the month, 1 to 28, on which second-round income is spent."""


def apportioned_counts(total: int, weights: np.ndarray) -> np.ndarray:
    """Split a whole number by weights with the largest-remainder rule; int64, sums to `total` exactly.

    What has a weight of zero gets nothing. Nothing can be split by weights that are all zero.
    """
    if total == 0:
        return np.zeros(len(weights), dtype=np.int64)
    exact = total * np.asarray(weights, dtype=np.float64) / np.sum(weights)
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole


def home_counts(package: CityData, scale: float) -> np.ndarray:
    """Return int64[12]: persons simulated by home at a scale.

    Residents of 14 and over follow the estimated registered population of December 2019. Visitors are as many
    as it takes for their spending to be the published share of card spending in the city (Bank of Korea 2014); where
    that share is zero there are none.
    """
    population = np.array([package.fact(d, "population_dec2019_estimate", 2019) for d in DISTRICTS])
    residents = package.fact("incheon", "population_14_plus", 2020)
    inside = package.fact("incheon", "card_spending_residents_inside", 2018)
    inflow_share = package.fact("incheon", "inflow_share_bok", 2014) / 100
    spent = inside * inflow_share / (1 - inflow_share)
    each = mean_spending_krw(package) * package.assumption("visitor_share_spent_in_incheon")
    origins = np.array([package.fact("incheon", f"inflow_origin_{o}_bok", 2014) for o in ORIGINS[N_DISTRICTS:]])
    n_residents, n_visitors = round(residents * scale), round(spent / each * scale) if spent > 0 else 0
    if n_residents == 0:
        raise InputError(
            f"--scale: {scale:g}: nobody of {residents:,.0f} residents is simulated; expected a larger one"
        )
    return np.concatenate([apportioned_counts(n_residents, population), apportioned_counts(n_visitors, origins)])


def _quantiles(block: np.ndarray, bits: np.ndarray) -> np.ndarray:
    """Return float64[n] in (0, 1): evenly spaced within each block, in the order of the draws.

    `block` numbers the blocks from 0, fewer than 65,536.
    """
    order = np.argsort(bits, kind="stable")
    # NumPy sorts 16 bits by counting.
    order = order[np.argsort(block[order].astype(np.uint16), kind="stable")]
    sizes = np.bincount(block)
    starts = np.cumsum(sizes) - sizes
    rank = np.arange(len(block)) - starts[block[order]]
    quantile = np.empty(len(block))
    quantile[order] = (rank + 0.5) / sizes[block[order]]
    return quantile


def _pick(shares: np.ndarray, quantile: np.ndarray) -> np.ndarray:
    """Return uint8[n]: the category in whose cumulative share each quantile lies."""
    inner = np.cumsum(shares)[:-1] / np.sum(shares)
    return np.searchsorted(inner, quantile, side="right").astype(np.uint8)


def _relative_spending(package: CityData, age: np.ndarray, quantile: np.ndarray) -> np.ndarray:
    by_age = package.assumptions("spending_relative_by_age").set_index("item")["value"]
    factor = np.array([by_age[band] for band in AGE_BANDS])
    log_sd = package.assumption("spending_log_sd")
    spending = factor[age] * np.exp(log_sd * special.ndtri(quantile))
    return spending / spending.mean()


def _relative_levels(level: np.ndarray, spending: np.ndarray) -> np.ndarray:
    """Return float64[30]: mean spending of each level, with a mean of one.

    With fewer than thirty persons some levels are empty: they lie on a line between their neighbours, and the mean of
    one is that of the persons.
    """
    n = np.bincount(level, minlength=N_LEVELS)
    some = np.flatnonzero(n)
    means = np.bincount(level, spending, N_LEVELS)[some] / n[some]
    if len(some) == N_LEVELS:
        return means / means.mean()
    relative = np.interp(np.arange(N_LEVELS), some, means)
    return relative / np.average(relative, weights=n)


def _card_lags(package: CityData, home: np.ndarray, bits: np.ndarray) -> np.ndarray:
    names = ("district_card_share", "district_card_pickup_half_days")
    # Visitors have no district's card.
    columns = (
        [*(package.assumption(name, area=d) for d in DISTRICTS), *[0.0] * (N_ORIGINS - N_DISTRICTS)] for name in names
    )
    takes, half = (np.array(column)[home] for column in columns)
    u = (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
    lag = -half * np.log2(1.0 - np.minimum(u / np.maximum(takes, 1e-300), 1 - 1e-12))
    return np.where(u < takes, np.minimum(lag, 65534), NEVER).astype(np.uint16)


def build_residents(package: CityData, scale: float, seed: int) -> tuple[Residents, np.ndarray]:
    """Build the persons of a city and the relative spending of the 30 levels (float64[30], mean one).

    Age bands, spending and constrained households meet their margins within each home to one person.
    """
    home = np.repeat(np.arange(len(ORIGINS)), home_counts(package, scale))
    n = len(home)

    def bits(purpose: int) -> np.ndarray:
        return rng.lifetime_draws(seed, 0, n, purpose)

    shares = package.assumptions("age_share").set_index("item")["value"]
    age = _pick(np.array([shares[band] for band in AGE_BANDS]), _quantiles(home, bits(rng.AGE)))
    spending = _relative_spending(package, age, _quantiles(home * len(AGE_BANDS) + age, bits(rng.LEVEL)))
    rank = np.empty(n, dtype=np.int64)
    rank[np.argsort(spending, kind="stable")] = np.arange(n)
    level = (rank * N_LEVELS // n).astype(np.uint8)
    constrained = package.prior("constrained_share", "causal").central
    columns = Residents(
        home=home.astype(np.uint8),
        age=age,
        level=level,
        constrained=(_quantiles(home, bits(rng.CONSTRAINED)) < constrained).astype(np.uint8),
        affinity=(bits(rng.AFFINITY) >> np.uint64(62)).astype(np.uint8),
        card_lag=_card_lags(package, home, bits(rng.CARD_LAG)),
        income_day=(1 + (bits(rng.MONTH_DAY) >> np.uint64(32)) % np.uint64(28)).astype(np.uint8),
    )
    return columns, _relative_levels(level, spending)
