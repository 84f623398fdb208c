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

from eum.engine.expected.paces import PurchaseMoments, read_pace
from eum.engine.expected.perceived_use import weigh_rows
from eum.jit import compiled, compiled_part

_LOG_SHAPE_LOW, _LOG_SHAPE_STEP, _N_SHAPES = -5.0, 0.125, 97
_Z_LOW, _Z_STEP, _N_Z = -6.0, 0.0625, 193
_LOG_SIZE_LOW, _LOG_SIZE_STEP, _N_RATIOS = -8.0, 0.0625, 257
INCOME_DAYS = 28
"""Second-round income of a month is spent at once, by one in so many holders each day."""
MOST_TIERS = 13
"""Tiers of the city and of a district's top-up cut a month into at most this many parts."""


class Month(NamedTuple):
    """Where cells stand, mean of an active holder (float64[G, 4, 30], `reached` and `inside` also [.., edges])."""

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
    remembered: np.ndarray
    """float64[G, 4, 30]: rate remembered from own payments, share of one."""
    own: np.ndarray
    """float64[G, 4, 30]: own money charged on the card and not yet spent, won."""
    unpaid: np.ndarray
    """float64[G, 4, 30]: share of holders who have not paid with the card this calendar month."""
    fresh: np.ndarray
    """float64[G, 4, 30]: share of holders who have never paid with it."""


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
    times: np.ndarray
    """float64[G, 4, 30]: number of card payments, those out of second-round income too."""
    earned: np.ndarray
    """float64[G, 4, 30]: cashback earned."""
    crossed: np.ndarray
    """float64[G, 4, 30, K - 1]: share of holders whose month reached each edge today."""
    forgetful: np.ndarray
    """float64[G, 4, 30, K]: weight of the rows of people who remember no rate (`weigh_rows`)."""


def new_month(n_groups: int, n_levels: int, n_affinities: int, n_edges: int) -> Month:
    """Return a month of people who have paid nothing and hold no cashback."""
    cells, edges = (n_groups, n_affinities, n_levels), (n_groups, n_affinities, n_levels, n_edges)
    shapes = {**dict.fromkeys(Month._fields, cells), "reached": edges, "inside": edges}
    columns = {name: np.zeros(shape) for name, shape in shapes.items()}
    return Month(**{**columns, "unpaid": np.ones(cells), "fresh": np.ones(cells)})


def new_evening(month: Month) -> DayTotals:
    """Return an empty evening for the cells and edges of a month."""
    *cells, n_edges = month.reached.shape
    tiers = (*cells, n_edges + 1)
    return DayTotals(
        *(np.zeros(shape) for shape in (tiers, cells, cells, tiers, cells, cells, month.reached.shape, tiers))
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
def used_at_payment_krw(balance: float, ticket: float, rule: tuple, sizes: np.ndarray) -> float:
    """Return the mean won of cashback that a card payment uses.

    `rule` is (chance to use cashback, growth of it with what is held). With `uses_cashback` a payment x uses
    min(b, x) and growth * max(b - x, 0) of what is held, times the chance, and not more than min(b, x).
    """
    uses, growth = rule
    usable = usable_krw(balance, ticket, sizes)
    return min(uses * (usable + growth * (balance - usable)), usable)


@compiled_part
def used_of_income_krw(balance: float, income_krw: float, rule: tuple) -> float:
    """Return the same of a payment out of a month's second-round income, where the chance grows with what is held.

    These payments are so small that most of them would use cashback: the chance is at most one. What is held is taken
    as exponential. With a fixed chance they use next to nothing.
    """
    uses, growth = rule
    often = uses * growth * balance
    return often * -math.expm1(-income_krw / often) if often > 0.0 and income_krw > 0.0 else 0.0


@compiled_part
def simulate_cell(
    month: Month, pace: PurchaseMoments, evening: DayTotals, cell: tuple, rule: tuple, scratch: tuple
) -> None:
    """The day of a cell: what is paid, used and charged, by tier, and where the month stands in the evening.

    `rule` is (factor of the day, (chance that a payment uses cashback, growth of it), part of used cashback that is new
    consumption, won of second-round income that a holder spends at once, what perceived rates need).
    """
    g, a, level = cell
    factor, uses, new, income_krw, perception = rule
    ratios, stands, at_tier, table, sizes = scratch
    n_edges = pace.edge_krw.shape[1]
    weigh_rows(month.remembered[cell], evening.forgetful, cell, perception)
    square = read_pace(pace, evening.forgetful, cell, at_tier)
    use = used_at_payment_krw(month.balance[cell], pace.ticket_krw[level], uses, sizes)
    base = at_tier[0, 0] - (1.0 - new) * use * at_tier[1, 0]
    base = max(base, 0.0)
    for k in range(n_edges + 1):
        drift = at_tier[0, k] - (1.0 - new) * use * at_tier[1, k]
        ratios[k] = max(drift, 0.0) / base if base > 0.0 else 0.0
    month.latent[cell] += base * factor
    month.variance[cell] += square * factor
    stand(month, pace, cell, ratios, table, stands)
    share_tiers(month, evening, cell, stands)
    paid, times = 0.0, 0.0
    for k in range(n_edges + 1):
        paid += evening.tier[g, a, level, k] * at_tier[0, k] * factor
        times += evening.tier[g, a, level, k] * at_tier[1, k] * factor
    from_income = 0.0
    if income_krw > 0.0 and factor > 0.0:
        from_income = times / (factor * max(pace.often[level], 1e-300) * INCOME_DAYS)
    used = use * times + used_of_income_krw(month.balance[cell], income_krw, uses) * from_income
    evening.paid[cell], evening.times[cell] = paid, times + from_income
    evening.used[cell] = min(used, month.balance[cell], paid)
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
        evening.crossed[g, a, level, e] = max(stands[e, 0] - month.reached[g, a, level, e], 0.0)
        left, before = left - here, grown
        month.reached[g, a, level, e], month.inside[g, a, level, e] = stands[e, 0], stands[e, 1]
    evening.charged[g, a, level, len(stands)] = left


@compiled_part
def simulate_cells(
    month: Month, pace: PurchaseMoments, evening: DayTotals, rules: tuple, income: tuple, scratch: tuple
) -> None:
    """The day of every cell.

    `rules` is (factor, (chance to use cashback, growth of it), float64[G] part that is new consumption, what perceived
    rates need); `income` is (float64[G] second-round income of the day as a part of monthly spending, float64[30]
    monthly spending).
    """
    factor, uses, new, perception = rules
    gain, monthly_krw = income
    n_groups, n_affinities, n_levels = month.latent.shape
    for g in range(n_groups):
        for a in range(n_affinities):
            for level in range(n_levels):
                income_krw = gain[g] * INCOME_DAYS * monthly_krw[level]
                rule = (factor, uses, new[g], income_krw, perception)
                simulate_cell(month, pace, evening, (g, a, level), rule, scratch)
