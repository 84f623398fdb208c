"""Intervals corrected by how often they held on synthetic truths.

Rodrigues, Prangle and Sisson (2018, "Recalibration: a general post-processing method for approximate Bayesian
computation", Computational Statistics and Data Analysis 124): where truths lie in their posteriors is measured on
synthetic truths; a posterior's quantile at p is replaced by its quantile at the p-th quantile of those ranks. Here the
ranks of all parameters and truths count alike: too much confidence comes from emulator and sampler, which all share,
and a correction of each parameter by its own few hundred ranks would add as much chance as it takes out.
"""

import numpy as np


def recalibrated(draws: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """Return draws (float64[n]) moved so that ranks like those given (float64[t]) would have been uniform.

    The order of draws stays, and with it how parameters go together.
    """
    n = len(draws)
    levels = np.quantile(ranks, (np.arange(n) + 0.5) / n)
    moved = np.empty(n)
    moved[np.argsort(draws, kind="stable")] = np.quantile(draws, np.sort(levels))
    return moved
