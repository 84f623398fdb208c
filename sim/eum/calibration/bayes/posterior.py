"""A fit: published moments, rows and an emulator of them give draws from the posterior of a family."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import linalg
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from eum.calibration.bayes.definition import FitDefinition
from eum.calibration.fit.emulator import Emulator, emulate
from eum.calibration.bayes.moments import Moment, noise_of
from eum.calibration.bayes.parameters import Coordinates, coordinates, dimensions, fit_parameters, value_at
from eum.calibration.fit.rng_streams import normals, stream_key
from eum.calibration.fit.sampler import Sampled, sample
from eum.calibration.bayes.training_set import TrainingSet
from eum.city.data import CityData


class FamilyFit(NamedTuple):
    """What a family's fit is made of; nothing else enters it."""

    package: CityData
    definition: FitDefinition
    family: str
    chosen: tuple[Moment, ...]
    """All moments, fitted or not."""
    windows: tuple[str, ...]
    """Windows that are fitted to."""
    errors: pd.DataFrame
    """docs/expected-error.csv"""

    @property
    def fitted(self) -> np.ndarray:
        """int64[f]: places of the fitted moments among all."""
        return np.flatnonzero([m.window in self.windows for m in self.chosen])

    @property
    def published(self) -> np.ndarray:
        """float64[m]: published figures on their scales."""
        return np.array([m.published for m in self.chosen])


class PosteriorModel(NamedTuple):
    """A family's emulators and noise, ready to fit any observations of the moments."""

    family_fit: FamilyFit
    coordinates: Coordinates
    shocked: Emulator
    plain: Emulator
    """Of all moments, with the stated index of the epidemic and without."""
    headline: Emulator
    headline_names: tuple[str, ...]
    noise: np.ndarray
    """float64[m, m]: covariance of published figures and the engine at the best parameters."""

    def log_likelihood(self, observed: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Return float64[n] of points (float64[n, k]) for observed moments (float64[m]): normal errors of observation,
        discrepancy, engine and emulator."""
        part = np.ix_(self.family_fit.fitted, self.family_fit.fitted)
        factor = np.linalg.cholesky(self.noise[part] + self.shocked.error[part])
        emulated = self.shocked.at(self.coordinates.of(points))[:, self.family_fit.fitted]
        apart = linalg.solve_triangular(factor, (observed[self.family_fit.fitted] - emulated).T, lower=True)
        return -0.5 * (apart**2).sum(axis=0)

    def fit(self, observed: np.ndarray, key: int) -> Sampled:
        """Draw from the posterior given observed moments (float64[m]; what is not fitted is not looked at).

        The shares that the family states keep their prior: what became of a won is not observed, and payments that
        the model misses would otherwise be explained by additionality.
        """
        size, n_parameters = self.family_fit.definition.size, self.coordinates.n_parameters
        stated = normals(
            stream_key(key, "stated"), size.n_particles, len(dimensions(self.family_fit.package)) - n_parameters
        )
        with threadpool_limits(1):
            return sample(lambda points: self.log_likelihood(observed, points), stated, n_parameters, size.n_moves, key)


def fitter(family_fit: FamilyFit, rows: TrainingSet) -> PosteriorModel:
    """Learn emulators from the rows of a design."""
    at = coordinates(family_fit.package, family_fit.family)
    x, groups = at.of(rows.points), tuple(m.group for m in family_fit.chosen)
    names = tuple(rows.headlines.columns)
    with threadpool_limits(1):
        return PosteriorModel(
            family_fit,
            at,
            emulate(x, rows.shocked, groups),
            emulate(x, rows.plain, groups),
            emulate(x, rows.headlines.to_numpy(), ("headline",) * len(names)),
            names,
            noise_of(family_fit.package, family_fit.chosen, family_fit.family, family_fit.errors).covariance,
        )


def _with_error(values: np.ndarray, emulator: Emulator, key: int) -> np.ndarray:
    """Return emulated values with a draw of the emulator's error added."""
    factor = np.linalg.cholesky(emulator.error + 1e-12 * np.eye(len(emulator.error)))
    return values + normals(key, *values.shape) @ factor.T


def posterior_parameters(package: CityData, points: np.ndarray) -> pd.DataFrame:
    """Return the parameters at points (float64[n, k]), a column each, in their units."""
    return pd.DataFrame({p.name: value_at(p, points[:, i]) for i, p in enumerate(fit_parameters(package))})


def headline_draws(fitter: PosteriorModel, points: np.ndarray, key: int) -> pd.DataFrame:
    """Return headline numbers at points, a column each: emulated, with the emulator's error."""
    with threadpool_limits(1):
        values = _with_error(fitter.headline.at(fitter.coordinates.of(points)), fitter.headline, key)
    return pd.DataFrame(values, columns=list(fitter.headline_names))


def predicted(fitter: PosteriorModel, points: np.ndarray, shock: bool, key: int) -> np.ndarray:
    """Return float64[n, m]: all moments as they would be published if the model were right within its stated errors."""
    emulator = fitter.shocked if shock else fitter.plain
    with threadpool_limits(1):
        values = _with_error(emulator.at(fitter.coordinates.of(points)), emulator, stream_key(key, "emulator"))
        factor = np.linalg.cholesky(fitter.noise + 1e-12 * np.eye(len(fitter.noise)))
        return values + normals(stream_key(key, "noise"), *values.shape) @ factor.T


def synthetic(fitter: PosteriorModel, simulated: np.ndarray, key: int) -> np.ndarray:
    """Return float64[m]: moments of a simulated row (float64[m]) with noise as the likelihood assumes it."""
    factor = np.linalg.cholesky(fitter.noise + 1e-12 * np.eye(len(fitter.noise)))
    return simulated + factor @ normals(key, len(simulated))
