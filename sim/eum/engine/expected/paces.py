"""What a day of an average active holder brings at each tier: won and number of card payments."""

from typing import NamedTuple

import numpy as np

from eum.jit import compiled_part


class PurchaseMoments(NamedTuple):
    """What a day of an average active holder brings at each tier, before the day's factor.

    R rows of usage: the four affinities, twice where a rate is remembered (`eum.engine.expected.perceived_use`).
    """

    paid: np.ndarray
    """float64[G, K, R, 30]: won paid with the card, new consumption out of cashback apart."""
    times: np.ndarray
    """float64[G, K, R, 30]: number of card payments."""
    square: np.ndarray
    """float64[G, R, 30]: sum of the squares of the won paid, first tier."""
    edge_krw: np.ndarray
    """float64[G, K - 1]: where the tiers end; rising, infinite where a group has fewer."""
    ticket_krw: np.ndarray
    """float64[30]: mean won of a purchase."""
    often: np.ndarray
    """float64[30]: purchases a day."""
    overshoot_krw: np.ndarray
    """float64[30]: by how much the purchase that reaches an edge goes beyond it, mean: E[X**2] / (2 E[X])."""


def new_pace(
    edge_krw: np.ndarray, value: np.ndarray, often: np.ndarray, square: np.ndarray, n_rows: int
) -> PurchaseMoments:
    """Return an empty pace for tiers that end at `edge_krw` (float64[G, K - 1]); the others are as in `fill_pace`."""
    n_groups, n_edges = edge_krw.shape
    cells = (n_groups, n_edges + 1, n_rows, value.shape[1])
    krw, times, squares = value.sum(axis=0), often.sum(axis=0), square.sum(axis=0)
    some = krw > 0
    ticket = np.divide(krw, times, out=np.ones(len(krw)), where=some)
    overshoot = np.divide(squares, 2 * krw, out=np.zeros(len(krw)), where=some)
    return PurchaseMoments(
        np.zeros(cells), np.zeros(cells), np.zeros((n_groups, *cells[2:])), edge_krw, ticket, times, overshoot
    )


@compiled_part
def fill_pace(
    flows: tuple, value: np.ndarray, often: np.ndarray, square: np.ndarray, by_sector: np.ndarray, pace: PurchaseMoments
) -> None:
    """Write a day's pace with the purchases of each trade multiplied by `by_sector` (float64[9]).

    `flows` is (purchases, won paid with the card) per one without policy, float64[G, K, R, 9] each; the others are
    float64[9, 30] as in `Population`. The squares grow with what is paid and with its size.
    """
    covered, paid = flows
    n_groups, n_tiers, n_rows, n_sectors = covered.shape
    for g in range(n_groups):
        for k in range(n_tiers):
            for a in range(n_rows):
                fill_pace_of(covered[g, k, a], paid[g, k, a], (value, often), by_sector,
                             (pace.paid[g, k, a], pace.times[g, k, a]))  # fmt: skip
        for a in range(n_rows):
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
def read_pace(pace: PurchaseMoments, forgetful: np.ndarray, cell: tuple, out: np.ndarray) -> float:
    """Write won paid and number of payments of a cell by tier into `out` (float64[2, K]) and return the sum of the
    squares: those of its affinity, or the mix of both rows by the weight of the first, float64[G, 4, 30, K]."""
    g, a, level = cell
    n_affinities = forgetful.shape[1]
    other = a + n_affinities
    if pace.paid.shape[2] == n_affinities:
        for k in range(out.shape[1]):
            out[0, k], out[1, k] = pace.paid[g, k, a, level], pace.times[g, k, a, level]
        return pace.square[g, a, level]
    for k in range(out.shape[1]):
        weight = forgetful[g, a, level, k]
        out[0, k] = weight * pace.paid[g, k, a, level] + (1.0 - weight) * pace.paid[g, k, other, level]
        out[1, k] = weight * pace.times[g, k, a, level] + (1.0 - weight) * pace.times[g, k, other, level]
    weight = forgetful[g, a, level, 0]
    return weight * pace.square[g, a, level] + (1.0 - weight) * pace.square[g, other, level]


def times_by_tier(pace: PurchaseMoments, forgetful: np.ndarray) -> np.ndarray:
    """Return float64[G, K, 4, 30]: number of payments of a cell by tier, both rows mixed as in `read_pace`."""
    n_affinities = forgetful.shape[1]
    if pace.times.shape[2] == n_affinities:
        return pace.times
    weight = forgetful.transpose(0, 3, 1, 2)
    return weight * pace.times[:, :, :n_affinities] + (1.0 - weight) * pace.times[:, :, n_affinities:]
