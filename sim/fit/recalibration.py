"""Intervals corrected by how often they held on synthetic truths.

Rodrigues, Prangle and Sisson (2018, "Recalibration: a general post-processing method for approximate Bayesian
computation", Computational Statistics and Data Analysis 124): where truths lie in their posteriors is measured on
synthetic truths; a posterior's quantile at p is replaced by its quantile at the p-th quantile of those ranks. Here the
ranks of all synthetic truths count alike, parameter by parameter.
"""

import numpy as np

LOWEST, HIGHEST = 0.85, 0.95
"""Coverage of 90 % intervals within which nothing is corrected."""


def is_needed(ranks: np.ndarray) -> bool:
    """Return whether intervals of 90 % held too seldom or too often on synthetic truths with these ranks."""
    covered = float(((ranks >= 0.05) & (ranks <= 0.95)).mean())
    return not LOWEST <= covered <= HIGHEST


def recalibrated(draws: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """Return draws (float64[n]) moved so that ranks like those given (float64[t]) would have been uniform.

    The order of draws stays, and with it how parameters go together.
    """
    n = len(draws)
    levels = np.quantile(ranks, (np.arange(n) + 0.5) / n)
    moved = np.empty(n)
    moved[np.argsort(draws, kind="stable")] = np.quantile(draws, np.sort(levels))
    return moved
