"""A family whose rows are not lived: moments that are straight lines in the scores, so that the posterior is known."""

from pathlib import Path

import numpy as np
import pandas as pd

from eum.analysis.validation.engine_error import load_errors
from eum.calibration.bayes.definition import FitDefinition
from eum.calibration.bayes.moments import WITH_RISE, moments
from eum.calibration.bayes.parameters import dimensions
from eum.calibration.bayes.posterior import FamilyFit, PosteriorModel, fitter
from eum.calibration.bayes.training_set import TrainingSet, design_points, truth_points
from eum.calibration.fit.rng_streams import normals
from eum.city.data import CityData, load_city_data

REPOSITORY = Path(__file__).resolve().parents[3]
FAMILY = "causal"
SEEN = 5
"""Scores that moments depend on; the others are seen by nothing."""


def tiny(**size: object) -> FitDefinition:
    """Return a small fit of one family."""
    about = {"scale": 0.01, "n_design": 128, "n_refined": 0, "n_truths": 20, "n_particles": 400, "n_moves": 3, **size}
    return FitDefinition.model_validate({
        "name": "tiny", "title_ko": "작은 맞춤", "title_en": "A tiny fit", "policy": "incheon-2020",
        "start": "2019-04-01", "end": "2020-06-30", "families": [FAMILY], "size": about,
    })  # fmt: skip


def slopes(n_moments: int, n_scores: int) -> np.ndarray:
    """Return float64[k, m]: what a moment gains by each score."""
    found = np.zeros((n_scores, n_moments))
    found[:SEEN] = normals(99, SEEN, n_moments)
    return found


def rows_at(points: np.ndarray, package: CityData) -> TrainingSet:
    """Return rows at points whose moments are straight lines around the published figures."""
    published = np.array([m.published for m in moments(package)])
    said = published + points @ slopes(len(published), points.shape[1])
    headline = pd.DataFrame({"ratio net_city_sales": 1 + 0.3 * points[:, 0], "rho": 0.1 + 0.01 * points[:, -1]})
    return TrainingSet(points, said, said + 0.1, headline)


def straight(
    definition: FitDefinition, windows: tuple[str, ...] = WITH_RISE
) -> tuple[PosteriorModel, TrainingSet, TrainingSet]:
    """Return a fitter of straight rows, its design and truths."""
    package = load_city_data()
    family_fit = FamilyFit(
        package, definition, FAMILY, moments(package), windows, load_errors(REPOSITORY / "docs/expected-error.csv")
    )
    design = rows_at(design_points(package, definition, FAMILY), package)
    truths = rows_at(truth_points(package, definition, FAMILY), package)
    return fitter(family_fit, design), design, truths


def known_posterior(found: PosteriorModel, observed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and covariance of the posterior of straight rows, in closed form."""
    part = found.family_fit.fitted
    a = slopes(len(observed), len(dimensions(found.family_fit.package)))[:, part]
    weight = a @ np.linalg.inv(found.noise[np.ix_(part, part)])
    covariance = np.linalg.inv(np.eye(len(a)) + weight @ a.T)
    return covariance @ weight @ (observed - found.family_fit.published)[part], covariance
