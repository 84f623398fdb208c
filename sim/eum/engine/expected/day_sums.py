"""What all holders bought and claimed on a day, added up over cells of people."""

import numpy as np

from eum.engine.expected.monthly_tiers import DayTotals
from eum.jit import compiled_part


@compiled_part
def add_row(
    krw: float, used: float, value: np.ndarray, all_krw: np.ndarray, used_krw: np.ndarray, today: np.ndarray
) -> None:
    """Add purchases by trade (`krw` times `value`, float64[9]), and `used` of each won, to one row of sums (float64[9]
    each)."""
    for sector in range(len(value)):
        here = krw * value[sector]
        today[sector] += here
        all_krw[sector] += here
        used_krw[sector] += here * used


@compiled_part
def add_purchases(
    evening: DayTotals, mass: np.ndarray, value: np.ndarray, factor: float, sums: tuple, today: np.ndarray
) -> None:
    """Add a day's purchases of active holders, won without policy, to `sums`: all, and those paid out of cashback.

    `mass` float64[G, 4, 30] active holders; `value` float64[30, 9] won a day by trade; `sums` float64[G, K, R, 9]
    twice; `today` float64[G, K, R, 9] takes all once more. Where a rate is remembered, both rows take their part.
    """
    all_krw, used_krw = sums
    n_groups, n_affinities, n_levels = mass.shape
    for g in range(n_groups):
        for a in range(n_affinities):
            other = a + n_affinities
            for level in range(n_levels):
                paid = evening.paid[g, a, level]
                used = evening.used[g, a, level] / paid if paid > 0.0 else 0.0
                for k in range(evening.tier.shape[3]):
                    weight = mass[g, a, level] * evening.tier[g, a, level, k] * factor
                    if weight <= 0.0:
                        continue
                    first = weight
                    if today.shape[2] > n_affinities:
                        first = weight * evening.forgetful[g, a, level, k]
                        add_row(weight - first, used, value[level],
                                all_krw[g, k, other], used_krw[g, k, other], today[g, k, other])  # fmt: skip
                    add_row(first, used, value[level], all_krw[g, k, a], used_krw[g, k, a], today[g, k, a])


@compiled_part
def part_at_home(at_home: np.ndarray, paid: np.ndarray, evening: DayTotals, cell: tuple, k: int) -> float:
    """Return the part of a cell's payments in a tier that is made in the home district, from `at_home` (float64[G, K,
    R]) and won paid (float64[G, K, R, 30])."""
    g, a, level = cell
    n_affinities = evening.paid.shape[1]
    if at_home.shape[2] == n_affinities:
        return at_home[g, k, a]
    other, weight = a + n_affinities, evening.forgetful[g, a, level, k]
    first, second = weight * paid[g, k, a, level], (1.0 - weight) * paid[g, k, other, level]
    both = first + second
    return (first * at_home[g, k, a] + second * at_home[g, k, other]) / both if both > 0.0 else 0.0


@compiled_part
def count_cells(
    mass: np.ndarray, paid: np.ndarray, evening: DayTotals, rates: tuple, claims: np.ndarray, sums: np.ndarray
) -> None:
    """Write the claims of cells into `claims` (float64[2, G, 4, 30]: on the city, on the home district, mean of an
    active holder) and add to `sums` (float64[G, 5]) paid, used, charged and both claims of all holders.

    `rates` is (city float64[G, K], top-up float64[G, K], part of payments at home float64[G, K, R]), shares of one;
    `paid` is that of `PurchaseMoments`.
    """
    city, top_up, at_home = rates
    n_groups, n_affinities, n_levels = mass.shape
    for g in range(n_groups):
        for a in range(n_affinities):
            for level in range(n_levels):
                weight, on_city, on_home, charged = mass[g, a, level], 0.0, 0.0, 0.0
                for k in range(city.shape[1]):
                    here = evening.charged[g, a, level, k]
                    charged += here
                    on_city += here * city[g, k]
                    on_home += here * top_up[g, k] * part_at_home(at_home, paid, evening, (g, a, level), k)
                claims[0, g, a, level], claims[1, g, a, level] = on_city, on_home
                sums[g, 0] += weight * evening.paid[g, a, level]
                sums[g, 1] += weight * evening.used[g, a, level]
                sums[g, 2] += weight * charged
                sums[g, 3] += weight * on_city
                sums[g, 4] += weight * on_home
