"""The two kinds of 90 % interval, each computed here and nowhere else; and the standard error.

- `MEAN`: of the mean of independent runs (Student's t). It narrows with the number of runs: how well a mean is known.
- `PERCENTILES`: from the 5th to the 95th percentile of draws around their median. It does not narrow: how far draws lie
  apart, and with draws of the parameters what is not known of people and shops.

A share that was seen has an interval of its own (`binomial_interval`). Dates have a third range, `EXTREMES`: lower
median, earliest and latest. What is printed says which of them it is (`interval_words`); a table for machines has the
kind as a column.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

if TYPE_CHECKING:
    import pandas as pd
    from pandas.core.groupby import SeriesGroupBy

LEVEL = 0.9
"""Part of the truths, or of the draws, that an interval holds."""
LOW, HIGH = 0.05, 0.95
"""The ends of a percentile interval of that level."""

MEAN, PERCENTILES, EXTREMES, NONE = "mean", "percentiles", "extremes", "none"
"""Kinds of interval; NONE where there is a single run."""


class Interval(NamedTuple):
    """A figure and its interval, in the unit of the values it was made from."""

    value: float
    """Mean, or median."""
    low: float
    high: float
    """Ends; not a number where there is no interval."""
    n: int
    """Number of runs or draws."""
    kind: str
    """MEAN, PERCENTILES, EXTREMES or NONE."""

    @property
    def half_width(self) -> float:
        """Half of the interval's width."""
        return (self.high - self.low) / 2


def _without(values: np.ndarray) -> Interval:
    return Interval(float(values[0]) if len(values) == 1 else np.nan, np.nan, np.nan, len(values), NONE)


def mean_interval(values: Sequence[float] | np.ndarray) -> Interval:
    """Return the mean of independent runs and the 90 % interval of that mean (Student's t).

    A single run has no interval. Where any value is not a finite number, nothing is: no run is left out in silence.

    >>> round(mean_interval([1.0, 2.0, 3.0]).half_width, 3)
    1.686
    """
    seen = np.asarray(values, float)
    if len(seen) < 2 or not np.isfinite(seen).all():
        return _without(seen)
    mean = float(seen.mean())
    half = float(mean_half_width(seen))
    return Interval(mean, mean - half, mean + half, len(seen), MEAN)


def mean_half_width(values: np.ndarray) -> np.ndarray:
    """Return half of the 90 % interval of the mean over the first axis of float64[n, ...], n of two or more."""
    n = len(values)
    return special.stdtrit(n - 1, (1 + LEVEL) / 2) * standard_error(values)


def standard_error(values: np.ndarray) -> np.ndarray:
    """Return the standard error of the mean over the first axis of float64[n, ...]; of a single run not a number."""
    n = len(values)
    return values.std(axis=0, ddof=1) / np.sqrt(n) if n > 1 else np.full(np.shape(values)[1:], np.nan)


def percentile_interval(values: Sequence[float] | np.ndarray) -> Interval:
    """Return the median of draws and their 5th and 95th percentile (Hyndman and Fan's type 7).

    A single draw has no interval. Where any value is not a finite number, nothing is: no draw is left out in silence.

    >>> percentile_interval(list(range(101)))[:3]
    (50.0, 5.0, 95.0)
    """
    seen = np.asarray(values, float)
    if len(seen) < 2 or not np.isfinite(seen).all():
        return _without(seen)
    low, high = percentile_ends(seen)
    return Interval(float(np.median(seen)), float(low), float(high), len(seen), PERCENTILES)


def percentile_ends(values: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of the central part `level` of draws over the first axis of float64[n, ...]."""
    low, high = np.quantile(values, [0.5 - level / 2, 0.5 + level / 2], axis=0)
    return low, high


def percentile_columns(groups: "SeriesGroupBy", on_values: bool = False) -> "pd.DataFrame":
    """Return columns median, low, high (5th and 95th percentile) and n of the draws of each group of a table.

    `n` counts the draws in which the figure is a number; the others are in none of the three. With `on_values` all are
    draws themselves, as a date must be: where one lies between two draws, the low end is the earlier, the others the
    later.
    """
    import pandas as pd

    ways = ("higher", "lower", "higher") if on_values else ("linear",) * 3
    columns = zip(("median", "low", "high"), (0.5, LOW, HIGH), ways, strict=True)
    found = {name: groups.quantile(q, interpolation=way) for name, q, way in columns}
    return pd.DataFrame({**found, "n": groups.count()})


def binomial_interval(share: float, n: float, level: float = LEVEL) -> tuple[float, float]:
    """Return the interval (Clopper and Pearson) of a probability of which a share of n trials was seen.

    n need not be whole: with correlated trials it is their effective number (Korn and Graubard 1998, "Confidence
    intervals for proportions with small expected number of positive counts estimated from survey data").
    """
    hits, tail = share * n, (1 - level) / 2
    low = special.betaincinv(hits, n - hits + 1, tail) if hits > 0 else 0.0
    high = special.betaincinv(hits + 1, n - hits, 1 - tail) if n - hits > 1e-9 else 1.0
    return float(low), float(high)


def extremes(values: Sequence[float] | np.ndarray) -> Interval:
    """Return the lower median of dates or days, the earliest and the latest; infinity stands for never.

    >>> extremes([3.0, 1.0, float("inf"), 2.0])[:3]
    (2.0, 1.0, inf)
    """
    seen = np.sort(np.asarray(values, float))
    middle = seen[(len(seen) - 1) // 2]
    return Interval(float(middle), float(seen[0]), float(seen[-1]), len(seen), EXTREMES if len(seen) > 1 else NONE)


def interval_words(kind: str, n: int, of: str) -> str:
    """Return what a figure and its interval are, for a caption; `of` names the runs, as "seeds".

    >>> interval_words(MEAN, 5, "seeds")
    'mean of 5 seeds (± half of the 90 % interval of that mean)'
    """
    return {
        MEAN: f"mean of {n} {of} (± half of the 90 % interval of that mean)",
        PERCENTILES: f"median of {n} {of} (5th to 95th percentile of these)",
        EXTREMES: f"median of {n} {of} (earliest to latest)",
    }.get(kind, f"one of the {of}, no interval")
