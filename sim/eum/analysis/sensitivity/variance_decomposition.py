"""What the variance of a ratio is made of: family, parameters, population, runs; they add up to all of it.

Nested: the families; in each the parameters; at a point of them the population; in it the runs. The law of total
variance takes the parts apart. Each estimator is unbiased, so a part of no size comes out as little below as above
zero and stays as it comes out.
"""

from typing import NamedTuple

import numpy as np

VARIANCE_PARTS = ("family", "parameters", "population", "runs")
"""Components in the order of the nesting."""


class Nested(NamedTuple):
    """Ratios by level: in expectation, and simulated."""

    expected: np.ndarray
    """float64[points, families, ratios]."""
    simulated: np.ndarray
    """float64[points, families, populations, runs, ratios]."""


def of_points(expected: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the variances float64[ratios] between families (each as likely) and of the parameters in a family.

    Points are crossed with families; what chance adds to the variance of the families' means is taken off.
    """
    n = len(expected)
    gaps = expected - expected.mean(axis=1, keepdims=True)
    between = gaps.mean(axis=0).var(axis=0) - (gaps.var(axis=0, ddof=1) / n).mean(axis=0)
    between = between if expected.shape[1] > 1 else np.zeros(expected.shape[2])
    return between, expected.var(axis=0, ddof=1).mean(axis=0)


def of_cells(simulated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the variances float64[ratios] between populations and between runs of one, means over the cells."""
    n_runs = simulated.shape[3]
    runs = simulated.var(axis=3, ddof=1).mean(axis=(0, 1, 2))
    between = simulated.mean(axis=3).var(axis=2, ddof=1).mean(axis=(0, 1))
    return between - runs / n_runs, runs


def components(nested: Nested) -> np.ndarray:
    """Return float64[4, ratios]: the variance that each of PARTS adds, in the unit of the ratios squared."""
    return np.stack([*of_points(nested.expected), *of_cells(nested.simulated)])
