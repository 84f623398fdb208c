"""What a fit moves: parameters with their priors, and the shares that a family of evidence states.

A *score* is where a parameter lies in its prior, as a standard normal: the prior of all scores is independent normals,
and a fit works on scores. A point is float64[n]: a score for each parameter, then one for each stated share.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from eum.calibration.priors import SHARES, dirichlet, shares_at
from eum.city.data import CityData, Prior
from eum.errors import InputError

_Z95 = 1.6448536269514722
_KNOTS = np.linspace(-6.0, 6.0, 2401)


class FitParameter(NamedTuple):
    """One parameter: its prior has 5 % below `low90` and above `high90`, and is normal on each side of the centre on
    the scale of its transformation."""

    name: str
    applies: str
    """behaviour, or city: then a city is built for each value."""
    central: float
    low90: float
    high90: float
    unit: str
    transformation: str


def _prior(package: CityData, row: pd.Series) -> Prior:
    name = str(row["parameter"])
    return package.prior(name, str(row["family"])) if row["prior"] == "priors" else package.range_of(name)


def fit_parameters(package: CityData) -> tuple[FitParameter, ...]:
    """Return the parameters of data/fit_parameters.csv with their priors.

    Raises InputError for a parameter without a prior of its own, or with one that its transformation cannot hold.
    """
    found = []
    for _, row in package.table("fit_parameters").iterrows():
        central, low, high, unit = _prior(package, row)
        lowest, highest = {"none": (-np.inf, np.inf), "log": (0.0, np.inf), "logit": (0.0, 1.0)}[row["transformation"]]
        name, range_ = str(row["parameter"]), f"{low:g} to {high:g}"
        if not low < central < high:
            raise InputError(f"fit_parameters.csv: {name}: {range_}: expected a prior with a range around its centre")
        if not (lowest < low and high < highest):
            raise InputError(
                f"fit_parameters.csv: {name}: {range_}: expected a range that {row['transformation']} takes"
            )
        found.append(FitParameter(name, str(row["applies"]), central, low, high, unit, str(row["transformation"])))
    return tuple(found)


def value_at(parameter: FitParameter, score: np.ndarray) -> np.ndarray:
    """Return the values of a parameter at scores, in its unit; without a transformation not below zero."""
    z, ends = np.asarray(score, dtype=float), np.array([parameter.low90, parameter.central, parameter.high90])
    if parameter.transformation == "log":
        return np.exp(_two_pieces(np.log(ends), z))
    if parameter.transformation == "logit":
        return special.expit(_two_pieces(special.logit(ends), z))
    return np.maximum(_two_pieces(ends, z), 0.0)


def _two_pieces(ends: np.ndarray, z: np.ndarray) -> np.ndarray:
    low, central, high = ends
    return central + z / _Z95 * np.where(z > 0, high - central, central - low)


def dimensions(package: CityData) -> tuple[str, ...]:
    """Return the names of the coordinates of a point."""
    return (*(p.name for p in fit_parameters(package)), *(f"stated_{share}" for share in SHARES))


def values_of(package: CityData, point: np.ndarray) -> dict[str, float]:
    """Return the values of all parameters at a point (float64[n])."""
    return {p.name: float(value_at(p, z)) for p, z in zip(fit_parameters(package), point, strict=False)}


def stated_of(package: CityData, family: str, point: np.ndarray) -> dict[str, float]:
    """Return the shares that a family states at a point (float64[n])."""
    return shares_at(package, family, [float(u) for u in special.ndtr(point[-len(SHARES) :])])


class Coordinates(NamedTuple):
    """What an emulator knows of a point: scores of the parameters, and stated shares on a comparable scale."""

    n_parameters: int
    shares: np.ndarray
    """float64[2401, 5]: gamma quantiles of the shares at scores from -6 to 6."""
    centre: np.ndarray
    width: np.ndarray
    """float64[5]: mean and standard deviation of each share over the prior."""

    def stated(self, points: np.ndarray) -> np.ndarray:
        """Return float64[n, 5]: stated shares at points (`stated_of`, between knots by straight lines)."""
        scores = points[:, self.n_parameters :].T
        gamma = np.stack([np.interp(z, _KNOTS, of) for z, of in zip(scores, self.shares.T, strict=True)], axis=1)
        return gamma / gamma.sum(axis=1, keepdims=True)

    def of(self, points: np.ndarray) -> np.ndarray:
        """Return float64[n, k] of points (float64[n, n_parameters + 5]); k leaves out shares that do not vary."""
        part = (self.stated(points) - self.centre) / np.where(self.width > 0, self.width, 1.0)
        # The first share is what the others leave.
        return np.hstack([points[:, : self.n_parameters], part[:, 1:][:, self.width[1:] > 0]])


@cache
def _gamma(shape: float) -> np.ndarray:
    return special.gammaincinv(shape, special.ndtr(_KNOTS)) if shape > 0 else np.zeros_like(_KNOTS)


def coordinates(package: CityData, family: str) -> Coordinates:
    """Return the coordinates of a family's points."""
    shapes = dirichlet(package, family)
    total, mean = shapes.sum(), shapes / shapes.sum()
    width = np.sqrt(mean * (1 - mean) / (total + 1))
    table = np.stack([_gamma(float(shape)) for shape in shapes], axis=1)
    return Coordinates(len(fit_parameters(package)), table, mean, width)
