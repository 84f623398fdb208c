"""The posterior of parameters and of the sizes of discrepancies, given any part of the targets."""

import datetime
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from eum.calibration.fit.definition import FitSize
from eum.calibration.fit.discrepancy import SIZES, Conditional, Layout, conditional, sizes_at
from eum.calibration.fit.emulator import Emulator
from eum.calibration.fit.rng_streams import normals, stream_key
from eum.calibration.fit.sampler import Sampled, sample
from eum.calibration.fit.targets import Target

_JITTER = 1e-10


class FittedHistory(NamedTuple):
    """All that a fit needs: what runs would say of targets, and how far figures may be from that."""

    targets: tuple[Target, ...]
    emulator: Emulator
    """Of all targets, in their order."""
    layout: Layout
    n_parameters: int
    seed: int
    size: FitSize

    @property
    def observed(self) -> np.ndarray:
        """float64[m]: the published figures, ln."""
        return np.array([t.value for t in self.targets])

    def covariance(self, scores: np.ndarray) -> np.ndarray:
        """Return float64[m, m]: discrepancy, observation and emulation at the scores of sizes (float64[S])."""
        return self.layout.covariance(sizes_at(scores)) + self.emulator.error

    def until(self, last: datetime.date) -> np.ndarray:
        """Return int64[s]: the places of the targets known at the end of a day."""
        return np.array([n for n, t in enumerate(self.targets) if t.end <= last], dtype=np.int64)

    def log_likelihood(self, seen: np.ndarray, observed: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Return float64[n] of points (float64[n, k + S]: scores of parameters, then of sizes)."""
        k, part = self.n_parameters, np.ix_(seen, seen)
        emulated = self.emulator.at(points[:, :k])[:, seen]
        parts, rest = self.layout.parts[:, part[0], part[1]], self.layout.rest[part] + self.emulator.error[part]
        # All points at once: of few targets a loop takes longer than its algebra.
        factor = np.linalg.cholesky(rest + np.tensordot(sizes_at(points[:, k:]) ** 2, parts, axes=1))
        scaled = np.linalg.solve(factor, (observed[seen] - emulated)[:, :, None])[:, :, 0]
        log_roots = np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
        return np.asarray(-0.5 * (scaled**2).sum(axis=1) - log_roots)

    def fit(self, seen: np.ndarray, key: int, observed: np.ndarray | None = None) -> Sampled:
        """Draw points from the posterior given the targets at places `seen`; the same key gives the same bits.

        `observed` (float64[m]) stands in for the published figures.
        """
        values = self.observed if observed is None else observed
        nothing_given = np.empty((self.size.n_particles, 0))
        with threadpool_limits(1):
            return sample(
                lambda points: self.log_likelihood(seen, values, points),
                *(nothing_given, self.n_parameters + len(SIZES), self.size.n_moves, key),
            )

    def conditionals(self, points: np.ndarray, seen: np.ndarray, wanted: np.ndarray) -> Iterator[Conditional]:
        """Yield, for each point, what is known of the discrepancies of the targets `wanted` once those `seen` are."""
        places = np.concatenate([seen, wanted])
        layout, error = self.layout.at(places), self.emulator.error[np.ix_(places, places)]
        first, then = np.arange(len(seen)), np.arange(len(seen), len(places))
        for point in points:
            yield conditional(layout.covariance(sizes_at(point[self.n_parameters :])) + error, first, then)

    def predicted(
        self,
        points: np.ndarray,
        seen: np.ndarray,
        wanted: np.ndarray,
        key: int,
        observed: np.ndarray | None = None,
    ) -> np.ndarray:
        """Return float64[n, a]: draws of the targets `wanted` as they would be published, ln, at points of a posterior.

        Discrepancies are those that the targets `seen` leave; emulation's error is one of them.
        """
        k = self.n_parameters
        values = self.observed if observed is None else observed
        drawn = normals(stream_key(key, "predicted"), len(points), len(wanted))
        with threadpool_limits(1):
            emulated = self.emulator.at(points[:, :k])
            for n, given in enumerate(self.conditionals(points, seen, wanted)):
                factor = np.linalg.cholesky(given.covariance + _JITTER * np.eye(len(wanted)))
                mean = emulated[n, wanted] + given.gain @ (values[seen] - emulated[n, seen])
                drawn[n] = mean + factor @ drawn[n]
        return drawn


def kept_points(sampled: Sampled, n: int) -> np.ndarray:
    """Return float64[n, k + S]: draws of a posterior spread evenly over its particles."""
    return sampled.points[np.linspace(0, len(sampled.points) - 1, n).round().astype(np.int64)]
