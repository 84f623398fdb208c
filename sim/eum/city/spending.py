"""How much, how often and how large: spending levels of residents and the tables of purchases."""

from typing import NamedTuple

import numpy as np
from scipy import special

from eum.city.data import CityData
from eum.dimensions import N_SECTORS, SECTORS

N_LEVELS = 30
"""Spending levels with equally many residents: three to each decile."""

N_SIZES = 512
"""Equally likely sizes of a purchase around its mean."""

MOST_PURCHASES = 16
"""A resident makes fewer purchases than this in one day."""

SMALLEST_PURCHASE_KRW = 100


class Levels(NamedTuple):
    """Purchases by spending level; spending is card spending of residents by any means, as in the 2018 series."""

    spending_krw_per_year: np.ndarray
    """float64[30]: mean yearly spending of a resident of the level, won."""
    purchases_per_day: np.ndarray
    """float64[30]: mean number of purchases on an average day."""
    sector_cuts: np.ndarray
    """uint64[9]: cumulative shares of purchases (by number) by sector, times 2**32."""
    amount_krw: np.ndarray
    """int32[9, 30, 512]: equally likely amounts of a purchase, won in steps of ten."""


def sector_values(package: CityData, parameter: str) -> np.ndarray:
    """Return float64[9]: an assumption stated for each sector (0 where a sector has no row)."""
    rows = package.assumptions(parameter)
    by_sector = dict(zip(rows["sector"], rows["value"], strict=True))
    return np.array([float(by_sector.get(sector, 0.0)) for sector in SECTORS])


def mean_spending_krw(package: CityData) -> float:
    """Return the mean yearly card spending of a resident aged 14 and over, won (2018 series of the institute)."""
    total = package.fact("incheon", "card_spending_residents", 2018)
    return total / package.fact("incheon", "population_14_plus", 2020)


def lognormal_cell_means(log_sd: float, n_cells: int) -> np.ndarray:
    """Return float64[n]: means of equally likely cells of a lognormal with mean one.

    The mean of the cell between quantiles a and b is (Phi(z_b - s) - Phi(z_a - s)) * n.
    """
    edges = special.ndtri(np.linspace(0.0, 1.0, n_cells + 1))
    return np.diff(special.ndtr(edges - log_sd)) * n_cells


def build_levels(package: CityData, relative: np.ndarray) -> Levels:
    """Build the tables from the relative spending of the 30 levels, float64[30] with mean one."""
    spending = mean_spending_krw(package) * relative
    share, ticket = sector_values(package, "spending_share"), sector_values(package, "ticket_mean_krw")
    by_number = share / ticket
    mean_ticket = share.sum() / by_number.sum()
    often = relative ** package.assumption("purchase_frequency_elasticity")
    purchases = mean_spending_krw(package) / 365 / mean_ticket * often / often.mean()
    larger = np.divide(spending / 365, purchases * mean_ticket, out=np.ones(N_LEVELS), where=purchases > 0)
    sizes = lognormal_cell_means(package.assumption("ticket_log_sd"), N_SIZES)
    amounts = ticket[:, None, None] * larger[None, :, None] * sizes[None, None, :]
    rounded = np.maximum(np.rint(amounts / 10) * 10, SMALLEST_PURCHASE_KRW).astype(np.int32)
    cuts = np.rint(np.cumsum(by_number / by_number.sum()) * 2**32).astype(np.uint64)
    cuts[N_SECTORS - 1] = 2**32
    return Levels(spending, purchases, cuts, rounded)


def spending_index(package: CityData, year: int, strength: float) -> float:
    """Return what people spend in a year over what they spent in the base year: index ** strength.

    Of a year before or after those of the assumption `spending_index`, that of the nearest one.
    """
    rows = package.assumptions("spending_index")
    by_year = {int(item): float(value) for item, value in zip(rows["item"], rows["value"], strict=True)}
    return by_year[min(max(year, min(by_year)), max(by_year))] ** strength


def levels_at(levels: Levels, index: float) -> Levels:
    """Return levels whose purchases cost `index` times as much, in steps of ten won."""
    amounts = np.maximum(np.rint(levels.amount_krw * (index / 10)) * 10, SMALLEST_PURCHASE_KRW).astype(np.int32)
    return levels._replace(spending_krw_per_year=levels.spending_krw_per_year * index, amount_krw=amounts)


def count_cuts(purchases_per_day: np.ndarray, day_factor: float) -> np.ndarray:
    """Return uint64[30, 16]: cumulative Poisson shares times 2**32 of the number of purchases on a day.

    `day_factor` is the product of the weekday and month factors. The last column is 2**32, so a draw below
    2**32 always finds its number.
    """
    numbers = np.arange(MOST_PURCHASES)
    shares = special.pdtr(numbers[None, :], (purchases_per_day * day_factor)[:, None])
    cuts = np.rint(shares * 2**32).astype(np.uint64)
    cuts[:, -1] = 2**32
    return cuts
