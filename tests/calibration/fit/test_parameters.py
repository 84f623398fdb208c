"""Scores and values are each other's inverse; priors of an origin rest on nothing later; errors say what is wrong."""

import dataclasses
import datetime

import numpy as np
import pytest

from eum.analysis.validation.out_of_sample.fit_forecasts import FORECAST_ORIGINS
from eum.behavior.parameters import Parameters
from eum.calibration.fit.parameters import (
    FitParameter,
    fit_parameters,
    identification_label,
    priors_of_origin,
    score_of,
    value_at,
    values_of,
)
from eum.calibration.fit.rng_streams import normals
from eum.city.data import CityData, load_city_data
from eum.errors import InputError

ORIGIN = datetime.date(2020, 2, 29)


@pytest.fixture(scope="module")
def package() -> CityData:
    """Return the shipped data."""
    return load_city_data()


def changed(package: CityData, column: str, value: str, place: int = 0) -> CityData:
    """Return data with one cell of fit_parameters changed."""
    table = package.table("fit_parameters")
    table[column] = table[column].astype(object)
    table.loc[place, column] = value
    return dataclasses.replace(package, tables={**package.tables, "fit_parameters": table})


def test_scores_and_values_are_inverse(package: CityData) -> None:
    z = np.linspace(-4, 4, 81)
    for parameter in fit_parameters(package):
        assert score_of(parameter, value_at(parameter, z)) == pytest.approx(z, abs=1e-9), parameter.name
        assert (np.diff(value_at(parameter, z)) > 0).all()


def test_the_prior_has_five_percent_beyond_each_end(package: CityData) -> None:
    z = normals(1, 100_000)
    for parameter in fit_parameters(package)[::5]:
        values = value_at(parameter, z)
        assert (values < parameter.low90).mean() == pytest.approx(0.05, abs=0.003)
        assert (values > parameter.high90).mean() == pytest.approx(0.05, abs=0.003)
        assert np.median(values) == pytest.approx(parameter.central, rel=0.02)


def test_a_value_by_hand() -> None:
    parameter = FitParameter("x", 2.0, 1.0, 8.0, "ratio", "log")
    assert value_at(parameter, np.array([-1.6448536269514722, 0, 1.6448536269514722])) == pytest.approx([1, 2, 8])
    share = FitParameter("x", 0.5, 0.1, 0.9, "share", "logit")
    assert score_of(share, 0.9) == pytest.approx(1.6448536269514722)
    assert float(value_at(share, 40.0)) <= 1


def test_values_are_named_and_are_parameters_of_behaviour(package: CityData) -> None:
    parameters = fit_parameters(package)
    values = values_of(parameters, np.zeros(len(parameters)))
    assert values == {p.name: pytest.approx(p.central) for p in parameters}
    assert set(values) <= set(Parameters._fields)


def test_a_row_that_cannot_be_fitted_is_told_on_one_line(package: CityData) -> None:
    with pytest.raises(InputError, match="eagerness: expected a parameter of behaviour"):
        fit_parameters(changed(package, "parameter", "eagerness"))
    days = next(n for n, p in enumerate(fit_parameters(package)) if p.name == "charge_days")
    with pytest.raises(InputError, match=r"charge_days: .*: expected a prior with a range .* that logit takes"):
        fit_parameters(changed(package, "transformation", "logit", days))


def test_names_say_what_data_leave() -> None:
    assert identification_label(0.79) == "moved" and identification_label(0.8) == "prior-dominated"


# ---- priors and origins


@pytest.mark.parametrize("origin", FORECAST_ORIGINS, ids=str)
def test_no_prior_rests_on_what_was_published_after_an_origin(package: CityData, origin: datetime.date) -> None:
    assert priors_of_origin(package, origin) == fit_parameters(package)


@pytest.mark.parametrize("place", [0, 7])
def test_a_prior_that_rests_on_a_later_observation_is_caught(package: CityData, place: int) -> None:
    early = "payments incheon 2019-06-01 2019-06-30"
    name = fit_parameters(package)[place].name
    assert priors_of_origin(changed(package, "rests_on", early, place), ORIGIN)
    broken = changed(package, "rests_on", f"{early}; payments incheon 2020-02-01 2020-03-01", place)
    with pytest.raises(InputError, match=f"{name}: rests_on: payments incheon 2020-02-01 2020-03-01: expected nothing"):
        priors_of_origin(broken, ORIGIN)


@pytest.mark.parametrize("text", ["payments", "payments incheon 2019-06-01", "payments incheon 2019-06-30 2019-06-01",
                                  "payments incheon june 2019"])  # fmt: skip
def test_what_a_prior_rests_on_is_written_in_full(package: CityData, text: str) -> None:
    with pytest.raises(InputError, match=f"rests_on: {text}: expected metric, scope, first and last day"):
        priors_of_origin(changed(package, "rests_on", text), ORIGIN)
