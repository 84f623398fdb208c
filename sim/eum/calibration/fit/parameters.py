"""What a fit moves: parameters with their priors, on a scale where each prior is a standard normal.

A *score* is where a parameter lies in its prior, as a standard normal: the prior of all scores is independent normals,
and a fit works on scores. A point is float64[k], a score for each parameter of data/fit_parameters.csv.
"""

import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from eum.behavior.parameters import Parameters
from eum.city.data import CityData, Prior
from eum.errors import InputError

MOVED_BELOW = 0.8
"""A parameter is moved by the data where its posterior standard deviation is below this part of the prior's; the others
are prior-dominated."""
_Z95 = 1.6448536269514722


class FitParameter(NamedTuple):
    """One parameter: its prior has 5 % below `low90` and above `high90`, and is normal on each side of the centre on
    the scale of its transformation."""

    name: str
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

    Raises InputError for a name that is no parameter of behaviour, for one without a prior of its own, and for a prior
    that its transformation cannot hold.
    """
    found = []
    for _, row in package.table("fit_parameters").iterrows():
        name = str(row["parameter"])
        if name not in Parameters._fields:
            raise InputError(f"fit_parameters.csv: {name}: expected a parameter of behaviour")
        central, low, high, unit = _prior(package, row)
        lowest, highest = {"log": (0.0, np.inf), "logit": (0.0, 1.0)}[row["transformation"]]
        if not lowest < low < central < high < highest:
            raise InputError(
                f"fit_parameters.csv: {name}: {low:g}, {central:g}, {high:g}: expected a prior with a range around its "
                f"centre, that {row['transformation']} takes"
            )
        found.append(FitParameter(name, central, low, high, unit, str(row["transformation"])))
    return tuple(found)


def priors_of_origin(package: CityData, origin: datetime.date) -> tuple[FitParameter, ...]:
    """Return the parameters of a fit with priors that could have been stated at the end of a day.

    Raises InputError for a prior that rests on an observation of a period that ends later (column `rests_on` of
    data/fit_parameters.csv), or where that column cannot be read.
    """
    for _, row in package.table("fit_parameters").iterrows():
        for observation in filter(None, map(str.strip, str(row["rests_on"]).split(";"))):
            if _last_day(str(row["parameter"]), observation) > origin:
                raise InputError(
                    f"fit_parameters.csv: {row['parameter']}: rests_on: {observation}: expected nothing observed after "
                    f"{origin}, the origin of a forecast"
                )
    return fit_parameters(package)


def _last_day(name: str, observation: str) -> datetime.date:
    words = observation.split()
    try:
        first, last = map(datetime.date.fromisoformat, words[2:])
    except ValueError:
        first, last = datetime.date.max, datetime.date.min
    if len(words) != 4 or last < first:
        raise InputError(
            f"fit_parameters.csv: {name}: rests_on: {observation}: expected metric, scope, first and last day"
        )
    return last


def _scale(parameter: FitParameter, value: np.ndarray | float) -> np.ndarray:
    return np.asarray(np.log(value) if parameter.transformation == "log" else special.logit(value))


def _ends(parameter: FitParameter) -> tuple[float, float, float]:
    low, central, high = _scale(parameter, np.array([parameter.low90, parameter.central, parameter.high90])).tolist()
    return low, central, high


def value_at(parameter: FitParameter, score: np.ndarray | float) -> np.ndarray:
    """Return the values of a parameter at scores, in its unit."""
    z = np.asarray(score, dtype=float)
    low, central, high = _ends(parameter)
    on_scale = central + z / _Z95 * np.where(z > 0, high - central, central - low)
    return np.exp(on_scale) if parameter.transformation == "log" else special.expit(on_scale)


def score_of(parameter: FitParameter, value: np.ndarray | float) -> np.ndarray:
    """Return the scores of values in the parameter's unit: the inverse of `value_at`."""
    low, central, high = _ends(parameter)
    apart = _scale(parameter, value) - central
    return np.asarray(apart * _Z95 / np.where(apart > 0, high - central, central - low))


def identification_label(sd_left: float) -> str:
    """Return "moved" or "prior-dominated" for a posterior's standard deviation over the prior's."""
    return "moved" if sd_left < MOVED_BELOW else "prior-dominated"


def values_of(parameters: tuple[FitParameter, ...], point: np.ndarray) -> dict[str, float]:
    """Return the values of all parameters at a point (float64[k]), by name."""
    return {p.name: float(value_at(p, z)) for p, z in zip(parameters, point, strict=True)}
