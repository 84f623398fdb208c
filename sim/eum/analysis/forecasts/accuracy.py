"""Scores of quantile forecasts, and what they are worth: coverage with its interval, effective number, comparison.

Everything here is a function of arrays; which rows belong together is decided in `score`.
"""

from typing import NamedTuple

import numpy as np
from scipy import stats

from eum.analysis.forecasts.registered import PROBABILITIES


def quantile_scores(quantiles: np.ndarray, truth: np.ndarray, probabilities: tuple[float, ...]) -> np.ndarray:
    """Return the quantile (pinball) score of each quantile, float64[n, k], in the unit of the truth; less is better.

    p (y - q) where the truth y lies above the quantile q of probability p, (1 - p) (q - y) where it lies below
    (Gneiting and Raftery 2007, "Strictly proper scoring rules"). `quantiles` is float64[n, k], `truth` float64[n]. A
    quantile that is infinitely far away has an infinite score.
    """
    p, distance = np.asarray(probabilities), truth[:, None] - quantiles
    return np.maximum(p * distance, (p - 1) * distance)


def weighted_interval_scores(quantiles: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the weighted interval score of five quantiles, float64[n], in the unit of the truth; less is better.

    Of K intervals (here of 50 and 90 %) with a_k = 1 - level: (|y - median| / 2 + sum of a_k / 2 times the interval
    score of level 1 - a_k) / (K + 1/2), which is twice the mean quantile score (Bracher et al. 2021, "Evaluating
    epidemic forecasts in an interval format", equations 1 to 3). `quantiles` is float64[n, 5] at `PROBABILITIES`.
    """
    return 2 * quantile_scores(quantiles, truth, PROBABILITIES).mean(axis=1)


def crps_of_quantiles(
    quantiles: np.ndarray, truth: np.ndarray, probabilities: tuple[float, ...] = PROBABILITIES
) -> np.ndarray:
    """Return the continuous ranked probability score as far as quantiles tell it, float64[n], in the unit of the truth.

    The CRPS is twice the integral of the quantile score over the probability (Laio and Tamea 2007, "Verification tools
    for probabilistic forecasts of continuous hydrological variables"). Here the integral is a sum of trapezia between
    the probabilities given, from 0 to 1, where the score vanishes. An approximation: with five quantiles that of a
    normal distribution comes out up to a fifth too small; with many it is exact.
    """
    ends = np.array([0.0, *probabilities, 1.0])
    weights = (ends[2:] - ends[:-2]) / 2
    return 2 * quantile_scores(quantiles, truth, probabilities) @ weights


class EffectiveNumber(NamedTuple):
    """How many independent errors a table of correlated ones is worth."""

    n: int
    """Errors that are there."""
    over_time: float
    """1 + 2 times the sum of autocorrelations: errors in a row that are worth one."""
    across: float
    """1 + (series - 1) times the mean correlation: series that are worth one."""

    @property
    def effective(self) -> float:
        """n over both factors, at least 1 (0 where there is no error)."""
        return max(1.0, self.n / (self.over_time * self.across)) if self.n else 0.0


def effective_number(errors: np.ndarray) -> EffectiveNumber:
    """Return the effective number of errors, float64[periods, series], NaN where there is none.

    n / (1 + 2 sum of rho_k) / (1 + (m - 1) r): rho_k is the autocorrelation at lag k, mean of the m series, summed over
    the initial monotone sequence (Geyer 1992, "Practical Markov chain Monte Carlo", section 3.3); r is the mean
    correlation between two series (Kish 1965, "Survey sampling", the design effect of a cluster). Both are about zero,
    the centre that errors of a right forecast have: an error that all share, or that stays, is one error. Neither
    factor is taken below 1. The product assumes that series are correlated alike at every lag.
    """
    there = np.isfinite(errors)
    z = np.where(there, errors, 0.0)
    size = np.sqrt((z**2).sum(axis=0))
    kept = size > 0
    n = int(there.sum())
    if not kept.any():
        return EffectiveNumber(n, 1.0, 1.0)
    unit = z[:, kept] / size[kept]
    return EffectiveNumber(n, _over_time(unit), _across(z[:, kept], there[:, kept]))


def _over_time(unit: np.ndarray) -> float:
    """Return 1 + 2 times the sum of autocorrelations of float64[periods, series], each series of length one."""
    n_periods = len(unit)
    rho = [float((unit[: n_periods - k] * unit[k:]).sum(axis=0).mean()) for k in range(n_periods)]
    rho += [0.0] * (n_periods % 2)
    pairs = np.minimum.accumulate([rho[k] + rho[k + 1] for k in range(0, n_periods, 2)])
    return max(1.0, 2 * float(pairs[pairs > 0].sum()) - 1)


def _across(z: np.ndarray, there: np.ndarray) -> float:
    """Return 1 + (m - 1) times the mean correlation of m series over the periods that two of them share."""
    m, mask = z.shape[1], there.astype(float)
    size = (z**2).T @ mask
    norm = np.sqrt(size * size.T)
    correlation = np.divide(z.T @ z, norm, out=np.full_like(norm, np.nan), where=norm > 0)
    pairs = correlation[np.triu_indices(m, 1)]
    pairs = pairs[np.isfinite(pairs)]
    return max(1.0, 1 + (m - 1) * float(pairs.mean())) if len(pairs) else 1.0


class DieboldMariano(NamedTuple):
    """A test of equal accuracy of two forecasts."""

    statistic: float
    """Negative where the first forecast loses less."""
    p_value: float
    """Two-sided."""
    n_periods: int
    n_lags: int
    """Autocovariances that the variance counts."""


def diebold_mariano(difference: np.ndarray, n_ahead: int | None = None) -> DieboldMariano:
    """Return the test of Diebold and Mariano (1995, "Comparing predictive accuracy") of float64[T]: loss of the first
    forecast less loss of the second, by period in order.

    Mean over the root of (c_0 + 2 sum of c_k for k below `n_ahead`) / T, corrected and set against Student's t of T - 1
    as by Harvey, Leybourne and Newbold (1997, "Testing the equality of prediction mean squared errors"). Where
    `n_ahead` is not given it is 1 + the whole part of the cube root of T. Where the sum is not positive, c_0 stands
    alone. Fewer than three periods, or differences that are all the same, give NaN.
    """
    t = len(difference)
    h = min(n_ahead or 1 + int(np.cbrt(t) + 1e-9), max(t - 1, 1))
    if t < 3 or np.ptp(difference) <= 1e-12 * np.abs(difference).max():
        return DieboldMariano(np.nan, np.nan, t, h - 1)
    centred = difference - difference.mean()
    covariance = [float(centred[: t - k] @ centred[k:]) / t for k in range(h)]
    variance = covariance[0] + 2 * sum(covariance[1:])
    if variance <= 0:
        variance, h = covariance[0], 1
    correction = (t + 1 - 2 * h + h * (h - 1) / t) / t
    statistic = float(difference.mean() / np.sqrt(variance / t) * np.sqrt(correction))
    return DieboldMariano(statistic, float(2 * stats.t.sf(abs(statistic), t - 1)), t, h - 1)
