"""Sobol indices: the part of a ratio's variance that a factor explains alone, and with others.

Outputs of a Saltelli design (Saltelli et al. 2010, table 2): `a` and `b` are two independent samples, `swapped[j]` is
`a` with factor j taken from `b`. First-order: Saltelli et al. 2010; total: Jansen 1999. The family of evidence is
crossed with every point instead of sampled, so that its own indices carry no sampling error but that of the points.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from eum import rng
from eum.intervals import percentile_ends


class Outputs(NamedTuple):
    """What came out at the rows of a design: float64[points, families, ratios], `swapped` [factors, points, ...]."""

    a: np.ndarray
    b: np.ndarray
    swapped: np.ndarray

    def resampled(self, positions: np.ndarray) -> "Outputs":
        """Return the outputs of the points at these positions."""
        return Outputs(self.a[positions], self.b[positions], self.swapped[:, positions])


def _centred(o: Outputs) -> Outputs:
    mean = np.concatenate([o.a, o.b]).mean(axis=0)
    return Outputs(o.a - mean, o.b - mean, o.swapped - mean)


def _divided(parts: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return parts of a variance; not a number where nothing varies."""
    return np.where(whole > 0, parts / np.where(whole > 0, whole, 1.0), np.nan)


def within(o: Outputs) -> np.ndarray:
    """Return float64[2, factors, families, ratios]: first-order and total index of each factor in each family."""
    o = _centred(o)
    variance = np.concatenate([o.a, o.b]).var(axis=0)
    first = (o.b * (o.swapped - o.a)).mean(axis=1)
    total = ((o.swapped - o.a) ** 2).mean(axis=1) / 2
    return np.stack([_divided(first, variance), _divided(total, variance)])


def across(o: Outputs) -> np.ndarray:
    """Return float64[2, factors + 1, ratios]: the same over all families, each as likely; the family comes last.

    Its first-order index is the variance of the families' means, its total index the mean over points of the
    variance between families.
    """
    both = np.concatenate([o.a, o.b])
    variance = both.var(axis=(0, 1))
    mean = _centred(Outputs(o.a.mean(axis=1), o.b.mean(axis=1), o.swapped.mean(axis=2)))
    first = (mean.b * (mean.swapped - mean.a)).mean(axis=1)
    total = ((o.swapped - o.a) ** 2).mean(axis=(1, 2)) / 2
    family = both.mean(axis=0).var(axis=0), both.var(axis=1).mean(axis=0)
    parts = np.stack([np.vstack([first, family[0]]), np.vstack([total, family[1]])])
    return _divided(parts, variance)


def interactions(first: np.ndarray) -> np.ndarray:
    """Return what first-order indices (factors on the first axis) leave of the variance: with it they sum to one."""
    return 1 - first.sum(axis=0)


def positions(seed: int, resample: int, n: int) -> np.ndarray:
    """Return int64[n]: a resample with replacement of n things, drawn by key."""
    key = np.uint64(rng.day_key(seed, resample, 1))
    return np.array([int(rng.below(np.uint64(rng.draw(key, i, rng.RESAMPLE)), n)) for i in range(n)])


def index_interval(
    found: Callable[..., np.ndarray], sizes: tuple[int, ...], n_resamples: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the 5th and 95th percentile over resamples of what is found: it is given positions for each size."""
    every = [found(*(positions(seed + k, r, n) for k, n in enumerate(sizes))) for r in range(n_resamples)]
    return percentile_ends(np.stack(every))
