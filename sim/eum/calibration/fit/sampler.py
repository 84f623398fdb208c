"""Draws from a posterior under independent standard normals, with some coordinates given and never learnt about.

A particle has its own values of what is given, drawn elsewhere, and keeps them: the other coordinates are drawn from
their posterior at these values. So what is given keeps its distribution whatever is observed, and its uncertainty is
handed on in full: the cut distribution of Plummer (2015, "Cuts in Bayesian graphical models", Statistics and Computing
25). Particles start in the prior and are led to the posterior over rising powers of the likelihood. Moves are
Metropolis steps that keep the normal with the particles' regression on what is given and its residual covariance, so
that large ones are accepted where the posterior is nearly normal; each half of the particles moves by the normal of
the other half (Goodman and Weare 2010).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import linalg

from eum.calibration.fit.rng_streams import normals, stream_key, uniforms

LogLikelihood = Callable[[np.ndarray], np.ndarray]
"""float64[n] of float64[n, d + g]: coordinates that move, then those given."""
_N_TEMPERATURES = 30
_POWER = 3
"""Temperatures rise with this power of their number: slowly at first, where the likelihood tells most."""
_LAST_MOVES = 10
"""Times as many moves at the posterior itself as at a temperature before."""
_SMALLEST, _LARGEST, _STEP = 0.05, 0.95, 0.6
_WISHED = 0.4


class Sampled(NamedTuple):
    """Draws, equally weighted, and how they were come by."""

    points: np.ndarray
    """float64[n, d + g]"""
    temperatures: tuple[float, ...]
    accepted: tuple[float, ...]
    """Share of moves accepted at each temperature."""


class _Normal(NamedTuple):
    """Normals about the regression of particles on what is given, with one covariance."""

    mean: np.ndarray
    """float64[n, d]"""
    factor: np.ndarray

    def log_density(self, points: np.ndarray) -> np.ndarray:
        centred = linalg.solve_triangular(self.factor, (points - self.mean).T, lower=True)
        return -0.5 * (centred**2).sum(axis=0)


def _normal_of(points: np.ndarray, given: np.ndarray, at: np.ndarray) -> _Normal:
    """Return normals about the regression of points on what is given, at other values of that (float64[m, g])."""
    coefficients = np.linalg.lstsq(_causes(given), points, rcond=None)[0]
    centred = points - _causes(given) @ coefficients
    covariance = centred.T @ centred / len(points)
    return _Normal(_causes(at) @ coefficients, np.linalg.cholesky(covariance + 1e-9 * np.eye(points.shape[1])))


def _causes(given: np.ndarray) -> np.ndarray:
    return np.hstack([np.ones((len(given), 1)), given])


class _Target(NamedTuple):
    """A likelihood to a power, at what is given."""

    likelihood: LogLikelihood
    given: np.ndarray
    temperature: float

    def log_likelihood(self, points: np.ndarray) -> np.ndarray:
        return self.likelihood(np.hstack([points, self.given]))

    def of(self, some: np.ndarray) -> "_Target":
        return self._replace(given=self.given[some])


def _moved(
    points: np.ndarray, log_like: np.ndarray, target: _Target, size: float, key: int
) -> tuple[np.ndarray, np.ndarray, float]:
    """Move every particle once, each half by the normal of the other; return points, log likelihoods, share accepted.

    A normal of the particles that are moved would draw them together a little each time.
    """
    noise = normals(stream_key(key, "move"), *points.shape)
    wish = np.log(uniforms(stream_key(key, "accept"), len(points)))
    points, log_like, n_taken = points.copy(), log_like.copy(), 0
    for half in (0, 1):
        is_mine = np.arange(len(points)) % 2 == half
        mine = target.of(is_mine)
        about = _normal_of(points[~is_mine], target.given[~is_mine], mine.given)
        old = points[is_mine]
        proposed = about.mean + np.sqrt(1 - size**2) * (old - about.mean) + size * noise[is_mine] @ about.factor.T
        new = mine.log_likelihood(proposed)
        ratio = target.temperature * (new - log_like[is_mine])
        ratio -= 0.5 * ((proposed**2).sum(axis=1) - (old**2).sum(axis=1))
        takes = wish[is_mine] < ratio + about.log_density(old) - about.log_density(proposed)
        points[is_mine] = np.where(takes[:, None], proposed, old)
        log_like[is_mine] = np.where(takes, new, log_like[is_mine])
        n_taken += int(takes.sum())
    return points, log_like, n_taken / len(points)


def sample(likelihood: LogLikelihood, given: np.ndarray, n_dimensions: int, n_moves: int, key: int) -> Sampled:
    """Draw from the posterior of a likelihood at what is given; the same key gives the same bits.

    `given` is float64[n, g], a row for each particle (g may be 0); `n_dimensions` other coordinates move, under
    independent standard normals, `n_moves` times at each temperature.
    """
    points, step_size = normals(stream_key(key, "first"), len(given), n_dimensions), _STEP
    log_like = _Target(likelihood, given, 0.0).log_likelihood(points)
    temperatures = [(k / _N_TEMPERATURES) ** _POWER for k in range(1, _N_TEMPERATURES + 1)]
    accepted = []
    for temperature in temperatures:
        target, rates = _Target(likelihood, given, temperature), []
        for move in range(n_moves * (_LAST_MOVES if temperature == 1.0 else 1)):
            at = stream_key(key, temperature, move)
            points, log_like, rate = _moved(points, log_like, target, step_size, at)
            step_size = min(max(step_size * float(np.exp(rate - _WISHED)), _SMALLEST), _LARGEST)
            rates.append(rate)
        accepted.append(float(np.mean(rates)))
    return Sampled(np.hstack([points, given]), tuple(temperatures), tuple(accepted))
