"""What a fit is held against: published figures, and how far the model may be from each."""

import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.city.data import CityData
from eum.errors import InputError

FITTED, RESPONSE, BLIND, CHECK = "fit", "response", "blind", "check"
TO_FEBRUARY = (FITTED,)
WITH_RISE = (FITTED, RESPONSE)
"""Windows that a blind test and that the fit of record are fitted to."""


class Moment(NamedTuple):
    """One published figure, as the model reads it, on a scale where errors are normal."""

    name: str
    group: str
    quantity: str
    area: str
    item: str
    start: datetime.date
    end: datetime.date
    window: str
    scale: str
    published: float
    """The figure on its scale."""
    observation_sd: float
    discrepancy_sd: float
    engine_output: str
    source_id: str
    reason: str


def on_scale(scale: str, value: np.ndarray) -> np.ndarray:
    """Return values of a moment on its scale; what is not above zero (or a share of one) becomes a bound far out."""
    value = np.asarray(value, dtype=float)
    if scale == "log":
        return np.log(np.maximum(value, 1e-12))
    if scale == "logit":
        share = np.clip(value, 1e-9, 1 - 1e-9)
        return np.log(share / (1 - share))
    return value


def from_scale(scale: str, value: np.ndarray) -> np.ndarray:
    """Return values in the unit of the moment from its scale."""
    value = np.asarray(value, dtype=float)
    return np.exp(value) if scale == "log" else 1 / (1 + np.exp(-value)) if scale == "logit" else value


def _figure(package: CityData, key: str) -> float:
    """Return a published figure; percent become shares."""
    metric, scope, start, end = key.split()
    rows = package.observations(metric, scope)
    percent = len(rows) and str(rows["unit"].iloc[0]).startswith("percent")
    return package.observed(metric, scope, start, end) / (100 if percent else 1)


def _days(key: str) -> int:
    start, end = (datetime.date.fromisoformat(day) for day in key.split()[2:])
    return (end - start).days + 1


def _published(package: CityData, row: pd.Series) -> float:
    """Return the figure of a row, set against another where it names one: payments by day, joiners as a difference."""
    key, against = str(row["observed"]), str(row["against"])
    value = _figure(package, key)
    if not against:
        return value
    base = _figure(package, against)
    if row["quantity"] == "payments_growth":
        return (value / _days(key)) / (base / _days(against))
    return value - base if row["quantity"] == "joiners_growth" else value / base


_WORDS = ("name", "group", "quantity", "area", "item", "window", "scale", "engine_output", "source_id", "reason")


def moments(package: CityData) -> tuple[Moment, ...]:
    """Return the moments of data/moments.csv. Raises InputError for a row whose published figure its scale refuses."""
    found = []
    for _, row in package.table("moments").iterrows():
        value, scale = _published(package, row), str(row["scale"])
        if (scale != "level" and value <= 0) or (scale == "logit" and value >= 1):
            raise InputError(f"moments.csv: {row['name']}: {value:g}: expected a figure that the scale {scale} takes")
        found.append(
            Moment(
                start=datetime.date.fromisoformat(str(row["start"])[:10]),
                end=datetime.date.fromisoformat(str(row["end"])[:10]),
                published=float(on_scale(scale, np.array(value))),
                observation_sd=float(row["observation_sd"]),
                discrepancy_sd=float(row["discrepancy_sd"]),
                **{k: str(row[k]) for k in _WORDS},  # type: ignore[arg-type]
            )
        )
    return tuple(found)


class Noise(NamedTuple):
    """How far the published figures may be from the model at its best parameters."""

    covariance: np.ndarray
    """float64[m, m]: observation, stated discrepancy and the engine's measured error, on the moments' scales."""

    @property
    def sd(self) -> np.ndarray:
        """float64[m]"""
        return np.sqrt(np.diag(self.covariance))


def _engine_sd(chosen: tuple[Moment, ...], family: str, errors: pd.DataFrame) -> np.ndarray:
    """Return float64[m]: root mean square of the measured relative error of the expected engine, by moment."""
    own = errors[(errors["family"] == family) & (errors["choices"] == "same")]
    own = own[own["unit"].isin(["krw", "persons"])]  # the error of these is in percent
    by_output = np.sqrt(((own["error"] / 100) ** 2).groupby(own["output"]).mean())
    missing = sorted({m.engine_output for m in chosen if m.engine_output} - set(by_output.index))
    if missing:
        raise InputError(f"table of errors: {family} {missing[0]}: expected rows; measure: eum validate engine-error")
    return np.array([by_output[m.engine_output] if m.engine_output else 0.0 for m in chosen])


def noise_of(package: CityData, chosen: tuple[Moment, ...], family: str, errors: pd.DataFrame) -> Noise:
    """Return the noise of moments. `errors` is docs/expected-error.csv.

    Moments of a group share the part `fit_discrepancy_shared` of the variance of their discrepancy: a model that is too
    low in June is likely too low in July. Raises InputError where the engine's error was not measured.
    """
    shared = package.assumption("fit_discrepancy_shared")
    discrepancy = np.array([m.discrepancy_sd for m in chosen])
    together = np.equal.outer([m.group for m in chosen], [m.group for m in chosen])
    part = np.where(together, shared, 0.0) + (1 - shared) * np.eye(len(chosen))
    alone = np.array([m.observation_sd for m in chosen]) ** 2 + _engine_sd(chosen, family, errors) ** 2
    return Noise(np.outer(discrepancy, discrepancy) * part + np.diag(alone))
