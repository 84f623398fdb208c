"""Gaussian processes in place of the engine: what a row would say of each moment, and how wrong that may be.

Moments of a group have one process in common (same lengths, each its own size: Conti and O'Hagan 2010, "Bayesian
emulation of complex multi-output and dynamic computer models"), on top of a linear trend. Its error is measured by
leaving out a fifth of the rows at a time, over all moments together.
"""

import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import optimize

from eum.extras import extra

with extra("calibration"):
    from sklearn.exceptions import ConvergenceWarning  # type: ignore[import-untyped]
    from sklearn.gaussian_process import GaussianProcessRegressor  # type: ignore[import-untyped]
    from sklearn.gaussian_process.kernels import (  # type: ignore[import-untyped]
        RBF,
        ConstantKernel,
        Kernel,
        WhiteKernel,
    )

_FOLDS = 5
_ROWS_OF_LENGTHS = 200
"""Rows, at most, that the lengths of a process are found with; all rows are used to predict."""
_STEPS = 40
_SHRINK = 0.1
"""Part of the measured correlations of errors that is left out, as some are chance."""


class Process(NamedTuple):
    """The moments of a group: a linear trend and a Gaussian process of what it leaves."""

    columns: tuple[int, ...]
    mean: np.ndarray
    width: np.ndarray
    """float64[m]: of each moment over the rows."""
    trend: np.ndarray
    """float64[k + 1, m]"""
    kernel: Kernel
    lengths: np.ndarray
    """float64[k]"""
    rows: np.ndarray
    """float64[R, k]: coordinates of the rows over the lengths."""
    weights: np.ndarray
    """float64[R, m]: what each row adds, by how near it is."""

    def at(self, x: np.ndarray) -> np.ndarray:
        """Return float64[n, m]: moments at coordinates (float64[n, k])."""
        near = (x / self.lengths) @ self.rows.T
        near -= 0.5 * ((x / self.lengths) ** 2).sum(axis=1)[:, None]
        near -= 0.5 * (self.rows**2).sum(axis=1)
        left = np.exp(near, out=near) @ self.weights
        return self.mean + self.width * (_with_one(x) @ self.trend + left)


class Emulator(NamedTuple):
    """What rows would say at any coordinates."""

    processes: tuple[Process, ...]
    n_moments: int
    error: np.ndarray
    """float64[m, m]: covariance of emulated less simulated, measured on rows left out."""
    left_out: np.ndarray
    """float64[n, m]: those errors, row by row of the design."""

    def at(self, x: np.ndarray) -> np.ndarray:
        """Return float64[n, m]: moments at coordinates (float64[n, k])."""
        found = np.empty((len(x), self.n_moments))
        for process in self.processes:
            found[:, process.columns] = process.at(x)
        return found


def _with_one(x: np.ndarray) -> np.ndarray:
    return np.hstack([np.ones((len(x), 1)), x])


def _few_steps(objective: Callable, start: np.ndarray, bounds: np.ndarray) -> tuple[np.ndarray, float]:
    """Find lengths by a deterministic search of at most `_STEPS` steps."""
    pairs = [(float(low), float(high)) for low, high in bounds]
    options = {"maxiter": _STEPS}
    found = optimize.minimize(  # type: ignore[call-overload]
        objective, start, method="L-BFGS-B", jac=True, bounds=pairs, options=options
    )
    return found.x, float(found.fun)


def _process(x: np.ndarray, y: np.ndarray, columns: tuple[int, ...], kernel: Kernel | None) -> Process:
    """Fit the moments y (float64[n, m]) of a group; lengths are found where no kernel is given."""
    mean, width = y.mean(axis=0), y.std(axis=0)
    width = np.where(width > 1e-9, width, 1.0)
    scaled = (y - mean) / width
    # A weak pull to zero keeps the trend defined with few rows.
    with_one = _with_one(x)
    trend = np.linalg.solve(with_one.T @ with_one + 1e-3 * np.eye(with_one.shape[1]), with_one.T @ scaled)
    left = scaled - with_one @ trend
    if kernel is None:
        start = ConstantKernel(0.3, (1e-4, 1e2)) * RBF(np.full(x.shape[1], 4.0), (0.5, 100.0)) + WhiteKernel(
            0.01, (1e-6, 1.0)
        )
        part = slice(0, _ROWS_OF_LENGTHS)
        search = GaussianProcessRegressor(start, optimizer=_few_steps)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            kernel = search.fit(x[part], left[part]).kernel_
    process = GaussianProcessRegressor(kernel, optimizer=None).fit(x, left)
    smooth = kernel.k1
    weights = smooth.k1.constant_value * process.alpha_.reshape(len(x), -1)
    return Process(columns, mean, width, trend, kernel, smooth.k2.length_scale, x / smooth.k2.length_scale, weights)


def emulate(x: np.ndarray, y: np.ndarray, groups: tuple[str, ...], judged: np.ndarray | None = None) -> Emulator:
    """Return an emulator of moments y (float64[n, m], named groups) at coordinates x (float64[n, k]).

    Its error is measured on the rows `judged` (bool[n]), those that lie where it is used; all rows unless given.
    """
    processes, left_out = [], np.empty_like(y)
    fold = np.arange(len(x)) % _FOLDS
    for group in dict.fromkeys(groups):
        columns = tuple(i for i, name in enumerate(groups) if name == group)
        process = _process(x, y[:, columns], columns, None)
        processes.append(process)
        for f in range(_FOLDS):
            rest = _process(x[fold != f], y[fold != f][:, columns], columns, process.kernel)
            left_out[np.ix_(fold == f, columns)] = rest.at(x[fold == f]) - y[fold == f][:, columns]
    counted = left_out if judged is None else left_out[judged]
    spread = counted.T @ counted / len(counted)
    error = (1 - _SHRINK) * spread + _SHRINK * np.diag(np.diag(spread))
    return Emulator(tuple(processes), y.shape[1], error, left_out)
