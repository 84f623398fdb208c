"""Card use at the perceived rate in expectation: people mix the rate on the next won with the one they remember.

At a rate r and a rate remembered R, `usage_share` of what is perceived is
most * (1 - exp(-(1 - w) r / s) exp(-w R / s)), at most one, with w the weight of memory and s the scale: apart from the
limit it is a straight line in exp(-w R / s), and so is all that follows from it (flows, claims, accounts). They are
worked out for two kinds of people alone, who remember nothing and who remember everything given back; each cell is a
mix of them, every day.
"""

import math
from typing import NamedTuple

import numpy as np

from eum.behavior.parameters import Parameters
from eum.behavior.payment_choice import usage_share
from eum.engine.lookup_tables import N_RATES
from eum.jit import compiled_part, compiled_with_memory

SUPPORTS = (0.0, 1.0)
"""Rates remembered, shares of one, for which flows are worked out."""


class Perception(NamedTuple):
    """What perceived rates need under the rules of a day."""

    usage: np.ndarray
    """float64[G, K, 4, 4]: by tier and affinity the most that is paid with the card (beyond any limit), the factor
    exp(-(1 - w) r / s) at the tier's rate, and usage at both `SUPPORTS`."""
    memory: float
    """w / s per share of one remembered."""
    n_rows: int
    """Rows of usage: 4 where nothing is remembered, else 8."""


@compiled_with_memory
def usage_table(parameters: Parameters, affinity: np.ndarray) -> np.ndarray:
    """Return float64[4 or 8, 10001]: share of purchases paid with the card by affinity group and rate in basis points.

    Where memory has weight the first four rows are those of people who remember nothing, the others of people who
    remember everything given back.
    """
    weight, n = parameters.usage_memory_weight, len(affinity)
    most, scale = parameters.usage_max_share, parameters.usage_rate_scale_percent
    usage = np.empty((n * 2 if weight > 0.0 else n, N_RATES))
    for row in range(len(usage)):
        remembered = 100.0 * SUPPORTS[row // n]
        for bp in range(N_RATES):
            rate = (1.0 - weight) * (bp / 100.0) + weight * remembered
            usage[row, bp] = usage_share(rate, most, scale, affinity[row % n])
    return usage


def perception_of(p: Parameters, affinity: np.ndarray, rate_percent: np.ndarray, usage_rows: int) -> Perception:
    """Return what perceived rates need; `rate_percent` is float64[G, K, 4], the rate at which people of a tier buy."""
    weight, scale = p.usage_memory_weight, p.usage_rate_scale_percent
    usage = np.empty((*rate_percent.shape, 4))
    usage[..., 0] = p.usage_max_share * affinity
    usage[..., 1] = np.exp(-(1.0 - weight) * rate_percent / scale)
    for column, remembered in enumerate(SUPPORTS, start=2):
        far = math.exp(-weight * 100.0 * remembered / scale)
        usage[..., column] = np.minimum(usage[..., 0] * (1.0 - usage[..., 1] * far), 1.0)
    return Perception(usage, 100.0 * weight / scale, usage_rows)


@compiled_part
def usage_at(perception: Perception, g: int, k: int, a: int, remembered: float) -> float:
    """Return the share of purchases paid with the card in a tier by people who remember a rate, share of one."""
    usage = perception.usage[g, k, a]
    return min(usage[0] * (1.0 - usage[1] * math.exp(-perception.memory * remembered)), 1.0)


@compiled_part
def weigh_rows(remembered: float, forgetful: np.ndarray, cell: tuple, perception: Perception) -> None:
    """Write the weight of the rows of people who remember nothing in a cell into `forgetful` (float64[G, 4, 30, K]).

    Usage at the tier's rate then is the one at the rate remembered; at other rates too, but for the limit of one.
    """
    g, a, level = cell
    n_affinities = perception.usage.shape[2]
    if perception.n_rows == n_affinities:
        return
    fades = math.exp(-perception.memory * remembered)
    for k in range(perception.usage.shape[1]):
        usage = perception.usage[g, k, a]
        here = min(usage[0] * (1.0 - usage[1] * fades), 1.0)
        forgetful[g, a, level, k] = (usage[3] - here) / (usage[3] - usage[2]) if usage[3] > usage[2] else 0.0
