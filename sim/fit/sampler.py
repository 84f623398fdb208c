"""Draws from a posterior whose prior is independent standard normals: sequential Monte Carlo with tempering.

Particles start in the prior and are moved to the posterior over rising powers of the likelihood, each chosen so that
half of the particles count (Del Moral, Doucet and Jasra 2006, "Sequential Monte Carlo samplers"). Moves are Metropolis
steps that keep the normal with the particles' mean and covariance, so that large ones are accepted where the posterior
is nearly normal. The first particles are many, as they are used once.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import linalg

from sim.fit.keyed import key_of, normals, uniforms

LogLikelihood = Callable[[np.ndarray], np.ndarray]
"""float64[n] of float64[n, d]"""
_FIRST = 20
_ENOUGH = 0.5
_SMALLEST, _LARGEST, _STEP = 0.05, 0.95, 0.6


class Sampled(NamedTuple):
    """Draws, equally weighted, and how they were come by."""

    points: np.ndarray
    """float64[n, d]"""
    temperatures: tuple[float, ...]
    accepted: tuple[float, ...]
    """Share of moves accepted at each temperature."""
    log_evidence: float


class _Normal(NamedTuple):
    """The normal with the mean and covariance of particles."""

    mean: np.ndarray
    factor: np.ndarray

    def log_density(self, points: np.ndarray) -> np.ndarray:
        centred = linalg.solve_triangular(self.factor, (points - self.mean).T, lower=True)
        return -0.5 * (centred**2).sum(axis=0)


def _normal_of(points: np.ndarray) -> _Normal:
    mean = points.mean(axis=0)
    centred = points - mean
    covariance = centred.T @ centred / len(points)
    return _Normal(mean, np.linalg.cholesky(covariance + 1e-9 * np.eye(points.shape[1])))


def _weights(log_like: np.ndarray, step: float) -> np.ndarray:
    log_weight = step * (log_like - log_like.max())
    weight = np.exp(log_weight)
    return weight / weight.sum()


def _next_step(log_like: np.ndarray, left: float, wanted: float) -> float:
    """Return the largest rise of the temperature, up to what is left, at which `wanted` particles count."""
    if 1 / (_weights(log_like, left) ** 2).sum() >= wanted:
        return left
    low, high = 0.0, left
    for _ in range(60):
        middle = 0.5 * (low + high)
        if 1 / (_weights(log_like, middle) ** 2).sum() >= wanted:
            low = middle
        else:
            high = middle
    return low


def _resampled(weight: np.ndarray, n: int, u: float) -> np.ndarray:
    """Return n indices by systematic resampling (Kitagawa 1996)."""
    edges = np.cumsum(weight)
    return np.minimum(np.searchsorted(edges / edges[-1], (np.arange(n) + u) / n), len(weight) - 1)


def _moved(
    points: np.ndarray, log_like: np.ndarray, target: tuple[LogLikelihood, float], size: float, key: int
) -> tuple[np.ndarray, np.ndarray, float]:
    """Move every particle once; return points, their log likelihoods and the share accepted."""
    likelihood, temperature = target
    about = _normal_of(points)
    noise = normals(key_of(key, "move"), *points.shape)
    proposed = about.mean + np.sqrt(1 - size**2) * (points - about.mean) + size * noise @ about.factor.T
    new = likelihood(proposed)
    ratio = temperature * (new - log_like) - 0.5 * ((proposed**2).sum(axis=1) - (points**2).sum(axis=1))
    ratio += about.log_density(points) - about.log_density(proposed)
    takes = np.log(uniforms(key_of(key, "accept"), len(points))) < ratio
    return np.where(takes[:, None], proposed, points), np.where(takes, new, log_like), float(takes.mean())


def sample(likelihood: LogLikelihood, n_dimensions: int, size: tuple[int, int], key: int) -> Sampled:
    """Draw from the posterior of a likelihood under independent standard normals; the same key gives the same bits.

    `size` is (particles, moves at each temperature).
    """
    n, n_moves = size
    points = normals(key_of(key, "first"), _FIRST * n, n_dimensions)
    log_like = likelihood(points)
    temperature, evidence, step_size = 0.0, 0.0, _STEP
    temperatures: list[float] = []
    accepted: list[float] = []
    while temperature < 1.0:
        rise = _next_step(log_like, 1.0 - temperature, _ENOUGH * n)
        evidence += rise * log_like.max() + float(np.log(np.exp(rise * (log_like - log_like.max())).mean()))
        temperature = 1.0 if rise == 1.0 - temperature else temperature + rise
        at = key_of(key, len(temperatures))
        chosen = _resampled(_weights(log_like, rise), n, float(uniforms(key_of(at, "resample"), 1)[0]))
        points, log_like, rates = points[chosen], log_like[chosen], []
        for move in range(n_moves):
            target = (likelihood, temperature)
            points, log_like, rate = _moved(points, log_like, target, step_size, key_of(at, move))
            step_size = min(max(step_size * float(np.exp(rate - 0.4)), _SMALLEST), _LARGEST)
            rates.append(rate)
        temperatures.append(temperature)
        accepted.append(float(np.mean(rates)))
    return Sampled(points, tuple(temperatures), tuple(accepted), evidence)
