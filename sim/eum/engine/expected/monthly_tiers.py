"""Cells of people in expectation: what a cell pays with the card in a day, and how far it is in the month's tiers.

A cell is a group of homes (with or without the district's own card), a group of affinity and a spending level. Until
it reaches the first edge of the tiers, its month's charged spending is a compound Poisson process at the rates of the
first tier. That process (`latent`) never falls, so it says exactly when the first edge is reached; behind an edge
people go on at the pace of the next tier, so later edges lie further away for it by the ratio of the paces. Its law is
taken as the gamma with its mean and variance (two moments; exact for the mean).
"""

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from scipy import special

from eum.jit import compiled, compiled_part

_LOG_SHAPE_LOW, _LOG_SHAPE_STEP, _N_SHAPES = -5.0, 0.125, 97
_Z_LOW, _Z_STEP, _N_Z = -6.0, 0.0625, 193
_LOG_SIZE_LOW, _LOG_SIZE_STEP, _N_RATIOS = -8.0, 0.0625, 257
MOST_TIERS = 13
"""Tiers of the city and of a district's top-up cut a month into at most this many parts."""


class Month(NamedTuple):
    """Where cells stand, mean of an active holder (float64[G, 4, 30] and for the last two also [.., edges])."""

    latent: np.ndarray
    """Won charged this month as if the first tier had no end: mean."""
    variance: np.ndarray
    """The same: variance."""
    balance: np.ndarray
    """Cashback held, won."""
    reached: np.ndarray
    """Share of holders whose month has reached each edge."""
    inside: np.ndarray
    """Mean of the month's charged won up to each edge."""


class PurchaseMoments(NamedTuple):
    """What a day of an average active holder brings at each tier, before the day's factor."""

    paid: np.ndarray
    """float64[G, K, 4, 30]: won paid with the card, new consumption out of cashback apart."""
    times: np.ndarray
    """float64[G, K, 4, 30]: number of card payments."""
    square: np.ndarray
    """float64[G, 4, 30]: sum of the squares of the won paid, first tier."""
    edge_krw: np.ndarray
    """float64[G, K - 1]: where the tiers end; rising, infinite where a group has fewer."""
    ticket_krw: np.ndarray
    """float64[30]: mean won of a purchase."""
    overshoot_krw: np.ndarray
    """float64[30]: by how much the purchase that reaches an edge goes beyond it, mean: E[X**2] / (2 E[X])."""


class DayTotals(NamedTuple):
    """What a day brought, mean of an active holder."""

    tier: np.ndarray
    """float64[G, 4, 30, K]: share of the day's purchases made at the rates of each tier."""
    paid: np.ndarray
    """float64[G, 4, 30]: won paid with the card, without new consumption out of cashback."""
    used: np.ndarray
    """float64[G, 4, 30]: cashback spent."""
    charged: np.ndarray
    """float64[G, 4, 30, K]: charged won that earn each tier's rate."""


def new_month(n_groups: int, n_levels: int, n_affinities: int, n_edges: int) -> Month:
    """Return a month of people who have paid nothing and hold no cashback."""
    cells = (n_groups, n_affinities, n_levels)
    return Month(*(np.zeros(cells) for _ in range(3)), *(np.zeros((*cells, n_edges)) for _ in range(2)))


def new_evening(month: Month) -> DayTotals:
    """Return an empty evening for the cells and edges of a month."""
    *cells, n_edges = month.reached.shape
    tiers = (*cells, n_edges + 1)
    return DayTotals(np.zeros(tiers), np.zeros(cells), np.zeros(cells), np.zeros(tiers))


def new_pace(
    edge_krw: np.ndarray, value: np.ndarray, often: np.ndarray, square: np.ndarray, n_affinities: int
) -> PurchaseMoments:
    """Return an empty pace for tiers that end at `edge_krw` (float64[G, K - 1]); the others are as in `fill_pace`."""
    n_groups, n_edges = edge_krw.shape
    cells = (n_groups, n_edges + 1, n_affinities, value.shape[1])
    krw, times, squares = value.sum(axis=0), often.sum(axis=0), square.sum(axis=0)
    some = krw > 0
    ticket = np.divide(krw, times, out=np.ones(len(krw)), where=some)
    overshoot = np.divide(squares, 2 * krw, out=np.zeros(len(krw)), where=some)
    return PurchaseMoments(
        np.zeros(cells), np.zeros(cells), np.zeros((n_groups, *cells[2:])), edge_krw, ticket, overshoot
    )


@cache
def gamma_table() -> np.ndarray:
    """Return float64[97, 193]: chance that a gamma is below x, by the logarithm of its shape and by z.

    z is the cube-root normal score of x (Wilson and Hilferty 1931), in which the table is nearly straight.
    """
    shape = np.exp(_LOG_SHAPE_LOW + _LOG_SHAPE_STEP * np.arange(_N_SHAPES))[:, None]
    z = _Z_LOW + _Z_STEP * np.arange(_N_Z)
    root = np.maximum(z / (3.0 * np.sqrt(shape)) + 1.0 - 1.0 / (9.0 * shape), 0.0)
    return special.gammainc(shape, shape * root**3)


def size_table(sizes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return float64[257]: mean of min(balance, purchase) over the mean purchase, by the logarithm of balance over it.

    `sizes` are purchases relative to their mean, with weights. Between two uses cashback grows for an exponential time,
    so what is held when the next use comes is taken as exponential: E[min(B, X)] = E[b (1 - exp(-X / b))].
    """
    ratio = np.exp(_LOG_SIZE_LOW + _LOG_SIZE_STEP * np.arange(_N_RATIOS))[:, None]
    share = weights / weights.sum()
    # Not a matrix product: the last bits of one this large depend on the number of threads.
    return (ratio * -np.expm1(-sizes / ratio) * share).sum(axis=1)


@compiled
def gamma_below(shape: float, x: float, table: np.ndarray) -> float:
    """Return the chance that a gamma with a shape and scale one is below `x`, from `gamma_table` (error below 1e-3)."""
    half, centre, ratio = 3.0 * math.sqrt(shape), 1.0 - 1.0 / (9.0 * shape), x / shape
    lowest, highest = centre + _Z_LOW / half, centre - _Z_LOW / half
    if ratio >= highest * highest * highest:
        return 1.0
    if ratio <= 0.0 or (lowest > 0.0 and ratio <= lowest * lowest * lowest):
        return 0.0
    column = (half * (math.exp(math.log(ratio) / 3.0) - centre) - _Z_LOW) / _Z_STEP
    column = min(max(column, 0.0), _N_Z - 1.001)
    row = min(max((math.log(shape) - _LOG_SHAPE_LOW) / _LOG_SHAPE_STEP, 0.0), _N_SHAPES - 1.001)
    i, j = np.int64(row), np.int64(column)
    u, v = row - i, column - j
    low = table[i, j] * (1.0 - v) + table[i, j + 1] * v
    high = table[i + 1, j] * (1.0 - v) + table[i + 1, j + 1] * v
    return low * (1.0 - u) + high * u


@compiled
def reach_and_part(mean: float, variance: float, edge: float, table: np.ndarray) -> tuple:
    """Return (chance to reach an edge, mean of the part below it) of a gamma with two moments."""
    if mean <= 0.0 or edge > 60.0 * mean + 40.0 * variance / max(mean, 1e-9):
        return 0.0, mean
    shape, scale = mean * mean / variance, variance / mean
    below = gamma_below(shape, edge / scale, table)
    part = mean * gamma_below(shape + 1.0, edge / scale, table) + edge * (1.0 - below)
    return 1.0 - below, min(part, mean)


@compiled
def usable_krw(balance: float, ticket: float, sizes: np.ndarray) -> float:
    """Return the mean of min(balance, purchase) in won, from `size_table`."""
    if balance <= 0.0:
        return 0.0
    row = (math.log(balance / ticket) - _LOG_SIZE_LOW) / _LOG_SIZE_STEP
    if row <= 0.0:
        return balance
    row = min(row, _N_RATIOS - 1.001)
    i = np.int64(row)
    return ticket * (sizes[i] + (sizes[i + 1] - sizes[i]) * (row - i))


@compiled
def stand(
    month: Month, pace: PurchaseMoments, cell: tuple, ratios: np.ndarray, table: np.ndarray, out: np.ndarray
) -> None:
    """Write (share beyond, mean part below) of each edge of a cell into `out` (float64[edges, 2]).

    `ratios` are the paces of the tiers relative to the first, float64[K].
    """
    g, _, level = cell
    edges, over_krw = pace.edge_krw[g], pace.overshoot_krw[level]
    at, beyond, part, before = 0.0, 1.0, 0.0, 0.0
    for e in range(len(edges)):
        out[e, 0], out[e, 1] = 0.0, part
        if beyond < 1e-9:
            continue
        width = edges[e] - edges[e - 1] if e > 0 else edges[e]
        over = min(over_krw, width) if e == 1 else 0.0
        part += over * beyond
        if ratios[e] <= 0.0:
            beyond, out[e, 1] = 0.0, part
            continue
        at += over + (width - over) / ratios[e]
        reached, mass = reach_and_part(month.latent[cell], month.variance[cell], at, table)
        part += ratios[e] * max(mass - before - over * beyond, 0.0)
        beyond, before = reached, mass
        out[e, 0], out[e, 1] = reached, part


@compiled_part
def simulate_cell(
    month: Month, pace: PurchaseMoments, evening: DayTotals, cell: tuple, rule: tuple, scratch: tuple
) -> None:
    """The day of a cell: what is paid, used and charged, by tier, and where the month stands in the evening.

    `rule` is (factor of the day, chance that a payment uses cashback, part of used cashback that is new consumption).
    """
    g, a, level = cell
    factor, uses, new = rule
    ratios, stands, table, sizes = scratch
    n_edges = pace.edge_krw.shape[1]
    use = uses * usable_krw(month.balance[cell], pace.ticket_krw[level], sizes)
    base = pace.paid[g, 0, a, level] - (1.0 - new) * use * pace.times[g, 0, a, level]
    base = max(base, 0.0)
    for k in range(n_edges + 1):
        drift = pace.paid[g, k, a, level] - (1.0 - new) * use * pace.times[g, k, a, level]
        ratios[k] = max(drift, 0.0) / base if base > 0.0 else 0.0
    month.latent[cell] += base * factor
    month.variance[cell] += pace.square[g, a, level] * factor
    stand(month, pace, cell, ratios, table, stands)
    share_tiers(month, evening, cell, stands)
    paid, times = 0.0, 0.0
    for k in range(n_edges + 1):
        paid += evening.tier[g, a, level, k] * pace.paid[g, k, a, level] * factor
        times += evening.tier[g, a, level, k] * pace.times[g, k, a, level] * factor
    evening.paid[cell] = paid
    evening.used[cell] = min(use * times, month.balance[cell], paid)
    charge_tiers(month, evening, cell, stands, paid - (1.0 - new) * evening.used[cell])


@compiled_part
def share_tiers(month: Month, evening: DayTotals, cell: tuple, stands: np.ndarray) -> None:
    """Write the shares of the day's purchases made in each tier: the mean of morning and evening."""
    g, a, level = cell
    above = 1.0
    for e in range(len(stands)):
        beyond = 0.5 * (month.reached[g, a, level, e] + stands[e, 0])
        evening.tier[g, a, level, e] = max(above - beyond, 0.0)
        above = min(beyond, above)
    evening.tier[g, a, level, len(stands)] = above


@compiled_part
def charge_tiers(month: Month, evening: DayTotals, cell: tuple, stands: np.ndarray, charged: float) -> None:
    """Share the day's charged won among the tiers, by what the month's parts grew by, and turn to the evening."""
    g, a, level = cell
    left, before = charged, 0.0
    for e in range(len(stands)):
        grown = max(stands[e, 1] - month.inside[g, a, level, e], before)
        here = min(grown - before, left)
        evening.charged[g, a, level, e] = here
        left, before = left - here, grown
        month.reached[g, a, level, e], month.inside[g, a, level, e] = stands[e, 0], stands[e, 1]
    evening.charged[g, a, level, len(stands)] = left


@compiled_part
def simulate_cells(month: Month, pace: PurchaseMoments, evening: DayTotals, rules: tuple, scratch: tuple) -> None:
    """The day of every cell. `rules` is (factor, chance to use cashback, float64[G] part that is new consumption)."""
    factor, uses, new = rules
    n_groups, n_affinities, n_levels = month.latent.shape
    for g in range(n_groups):
        for a in range(n_affinities):
            for level in range(n_levels):
                simulate_cell(month, pace, evening, (g, a, level), (factor, uses, new[g]), scratch)


@compiled_part
def fill_pace(
    flows: tuple, value: np.ndarray, often: np.ndarray, square: np.ndarray, by_sector: np.ndarray, pace: PurchaseMoments
) -> None:
    """Write a day's pace with the purchases of each trade multiplied by `by_sector` (float64[9]).

    `flows` is (purchases, won paid with the card) per one without policy, float64[G, K, 4, 9] each; the others are
    float64[9, 30] as in `Population`. The squares grow with what is paid and with its size.
    """
    covered, paid = flows
    n_groups, n_tiers, n_affinities, n_sectors = covered.shape
    for g in range(n_groups):
        for k in range(n_tiers):
            for a in range(n_affinities):
                fill_pace_of(covered[g, k, a], paid[g, k, a], (value, often), by_sector,
                             (pace.paid[g, k, a], pace.times[g, k, a]))  # fmt: skip
        for a in range(n_affinities):
            pace.square[g, a] = 0.0
            for sector in range(n_sectors):
                times, won = covered[g, 0, a, sector], paid[g, 0, a, sector]
                size = won / times if times > 0.0 else 1.0
                for level in range(square.shape[1]):
                    pace.square[g, a, level] += won * size * by_sector[sector] * square[sector, level]


@compiled_part
def fill_pace_of(covered: np.ndarray, paid: np.ndarray, bought: tuple, by_sector: np.ndarray, out: tuple) -> None:
    """Write won paid and number of payments of one group, tier and affinity by level into `out` (float64[30] twice).

    `covered`, `paid` and `by_sector` are float64[9]; `bought` is won and purchases a day, float64[9, 30].
    """
    value, often = bought
    paid_krw, times = out
    paid_krw[:], times[:] = 0.0, 0.0
    for sector in range(len(covered)):
        for level in range(value.shape[1]):
            paid_krw[level] += paid[sector] * by_sector[sector] * value[sector, level]
            times[level] += covered[sector] * by_sector[sector] * often[sector, level]


@compiled_part
def add_purchases(
    evening: DayTotals, mass: np.ndarray, value: np.ndarray, factor: float, sums: tuple, today: np.ndarray
) -> None:
    """Add a day's purchases of active holders, won without policy, to `sums`: all, and those paid out of cashback.

    `mass` float64[G, 4, 30] active holders; `value` float64[30, 9] won a day by trade; `sums` float64[G, K, 4, 9]
    twice; `today` float64[G, K, 4, 9] takes all once more.
    """
    all_krw, used_krw = sums
    n_groups, n_affinities, n_levels = mass.shape
    for g in range(n_groups):
        for a in range(n_affinities):
            for level in range(n_levels):
                paid = evening.paid[g, a, level]
                used = evening.used[g, a, level] / paid if paid > 0.0 else 0.0
                for k in range(evening.tier.shape[3]):
                    weight = mass[g, a, level] * evening.tier[g, a, level, k] * factor
                    if weight <= 0.0:
                        continue
                    for sector in range(value.shape[1]):
                        krw = weight * value[level, sector]
                        today[g, k, a, sector] += krw
                        all_krw[g, k, a, sector] += krw
                        used_krw[g, k, a, sector] += krw * used


@compiled_part
def count_cells(mass: np.ndarray, evening: DayTotals, rates: tuple, claims: np.ndarray, sums: np.ndarray) -> None:
    """Write the claims of cells into `claims` (float64[2, G, 4, 30]: on the city, on the home district, mean of an
    active holder) and add to `sums` (float64[G, 5]) paid, used, charged and both claims of all holders.

    `rates` is (city float64[G, K], top-up float64[G, K], part of payments at home float64[G, K, 4]), shares of one.
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
                    on_home += here * top_up[g, k] * at_home[g, k, a]
                claims[0, g, a, level], claims[1, g, a, level] = on_city, on_home
                sums[g, 0] += weight * evening.paid[g, a, level]
                sums[g, 1] += weight * evening.used[g, a, level]
                sums[g, 2] += weight * charged
                sums[g, 3] += weight * on_city
                sums[g, 4] += weight * on_home


@compiled_part
def credit(
    month: Month, evening: DayTotals, mass: np.ndarray, claims: np.ndarray, parts: np.ndarray, homes: np.ndarray,
    cashback: np.ndarray,
) -> None:  # fmt: skip
    """Credit the day's cashback, take off what was used, and add what all holders earned to `cashback` (won, [12, 30]).

    `parts` is float64[G, 3]: what is paid of claims on the city and on the home district; Plus top-up per won paid.
    """
    n_groups, n_affinities, n_levels = month.balance.shape
    for g in range(n_groups):
        for a in range(n_affinities):
            for level in range(n_levels):
                earned = claims[0, g, a, level] * parts[g, 0] + claims[1, g, a, level] * parts[g, 1]
                earned += evening.paid[g, a, level] * parts[g, 2]
                month.balance[g, a, level] += earned - evening.used[g, a, level]
                cashback[homes[g], level] += mass[g, a, level] * earned


@compiled
def remixed_membership(month: Month, aside: np.ndarray, homes: np.ndarray, moves: np.ndarray) -> None:
    """Let people come and go: who comes starts the month from nothing and brings the cashback laid aside.

    `aside` float64[G, 4, 30] is cashback held by a dormant holder; `moves` float64[4, 12, 30] are by home and level
    the parts of active holders who were so in the morning and who came back, and of dormant ones likewise.
    """
    n_groups, n_affinities, n_levels = aside.shape
    for g in range(n_groups):
        home = homes[g]
        for a in range(n_affinities):
            for level in range(n_levels):
                stay, back = moves[0, home, level], moves[1, home, level]
                held, kept = month.balance[g, a, level], aside[g, a, level]
                month.balance[g, a, level] = held * stay + kept * back
                aside[g, a, level] = kept * moves[2, home, level] + held * moves[3, home, level]
                mean = month.latent[g, a, level]
                square = month.variance[g, a, level] + mean * mean
                month.latent[g, a, level] = stay * mean
                month.variance[g, a, level] = stay * square - stay * stay * mean * mean
                for e in range(month.reached.shape[3]):
                    month.reached[g, a, level, e] *= stay
                    month.inside[g, a, level, e] *= stay
