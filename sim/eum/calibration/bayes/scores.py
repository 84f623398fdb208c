"""How good intervals and forecasts are: coverage, interval score, CRPS, ranks, contraction."""

import numpy as np

LEVELS = (0.5, 0.8, 0.9)


def interval_score(low: np.ndarray, high: np.ndarray, truth: np.ndarray, level: float) -> np.ndarray:
    """Return the interval score (Gneiting and Raftery 2007, "Strictly proper scoring rules"): width, and what the truth
    lies outside by times 2 / (1 - level); less is better."""
    miss = np.maximum(low - truth, 0) + np.maximum(truth - high, 0)
    return high - low + 2 / (1 - level) * miss


def crps(draws: np.ndarray, truth: float) -> float:
    """Return the continuous ranked probability score of draws (float64[n]), in the unit of the truth: the absolute
    error of a single draw, less where the spread is right (Gneiting and Raftery 2007)."""
    ordered = np.sort(draws)
    n = len(ordered)
    spread = ((2 * np.arange(1, n + 1) - n - 1) * ordered).sum() / n**2
    return float(np.abs(ordered - truth).mean() - spread)


def rank_of_truth(draws: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the share of draws (float64[n, ...]) below the truth; over truths from the prior it is uniform where the
    posterior is right (Talts et al. 2018, "Validating Bayesian inference algorithms with simulation-based
    calibration")."""
    return (draws < truth).mean(axis=0) + 0.5 * (draws == truth).mean(axis=0)


def uniformity(ranks: np.ndarray, n_bins: int = 10) -> float:
    """Return chi-squared per degree of freedom of ranks in equal bins; near 1 where they are uniform."""
    counts = np.histogram(ranks, bins=n_bins, range=(0, 1))[0]
    expected = len(ranks) / n_bins
    return float(((counts - expected) ** 2 / expected).sum() / (n_bins - 1))
