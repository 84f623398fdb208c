"""Posterior predictive checks: statistics as published, wider with discrepancies, and able to fail."""

import dataclasses
import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eum.analysis.forecasts.posterior_forecast import checked_posterior
from eum.calibration.fit.definition import load_fit
from eum.calibration.fit.discrepancy import SIZES
from eum.calibration.fit.earned import earned
from eum.calibration.fit.predictive_checks import (
    PREDICTIVE_CHECKS,
    predictive_checks,
    published_statistics,
    simulated_statistics,
)
from eum.calibration.fit.simulate import SimulatedHistory, simulated_history
from eum.calibration.fit.workflow import FitProblem
from eum.calibration.priors import CENTRAL, ParameterDraw, drawn_parameters
from eum.city.build import build_city
from eum.city.data import CityData, load_city_data
from eum.errors import InputError
from eum.runner.tasks import TaskRunner

RUNS = 60
NAMES = [check.name for check in PREDICTIVE_CHECKS]


@pytest.fixture(scope="module")
def package() -> CityData:
    """Return the shipped data."""
    return load_city_data()


@pytest.fixture(scope="module")
def history(package: CityData) -> SimulatedHistory:
    """Return one run to the end of 2022 of a very small city."""
    parameters = drawn_parameters(package, ParameterDraw("causal", CENTRAL, 1))
    return simulated_history(build_city(package, 0.0005, 1), parameters, datetime.date(2022, 12, 31), 1)


def scaled(history: SimulatedHistory, factor: float) -> SimulatedHistory:
    """Return a run in which everything is so many times as much."""
    days = history.days.copy()
    amounts = [name for name in days if name != "date"]
    days[amounts] = days[amounts] * factor
    return SimulatedHistory(days, history.months.assign(value=history.months["value"] * factor))


def checked(package: CityData, history: SimulatedHistory, score: float) -> pd.DataFrame:
    """Return the checks of many equal runs whose discrepancies all have one score of size."""
    sizes = np.full((RUNS, len(SIZES)), score)
    return predictive_checks(package, [history] * RUNS, sizes, 1).set_index("check")


def test_each_check_has_a_name_of_its_own_and_can_be_read_from_a_run(
    package: CityData, history: SimulatedHistory
) -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert np.isfinite(simulated_statistics(package, [history])).all()


@pytest.mark.parametrize(
    ("check", "published"),
    [
        ("payments 2020-07-01..2020-07-31", 271.4e9),
        ("subscribers 2020-12-31", 1_386_000),
        ("won per user 2020-09", 343e3),
        ("new members 2019-12", 929_528 - 921_750),
        ("new members a day 2020-03", 1387),
        ("issuance 2022-07-01..18 over 2022-06-01..18", -35.2),
        ("payments card_yeonsu 2022-07 over 2022-06", -30.6),
    ],
)
def test_statistics_are_those_that_were_published(package: CityData, check: str, published: float) -> None:
    assert published_statistics(package)[NAMES.index(check)] == pytest.approx(published, rel=3e-3)


def test_a_run_of_twice_the_amounts_doubles_amounts_and_leaves_ratios(
    package: CityData, history: SimulatedHistory
) -> None:
    once, twice = simulated_statistics(package, [history, scaled(history, 2.0)])
    ratio = pd.Series(twice / once, index=NAMES)
    is_amount = np.isin([c.unit for c in PREDICTIVE_CHECKS], ("krw", "persons", "shops"))
    is_amount &= np.array(NAMES) != "won per user 2020-09"
    assert ratio[is_amount].to_numpy() == pytest.approx(2)
    assert ratio[~is_amount].to_numpy() == pytest.approx(1)


def test_intervals_widen_with_discrepancies_and_a_run_far_away_is_beyond_all(
    package: CityData, history: SimulatedHistory
) -> None:
    narrow, wide = (checked(package, history, score) for score in (-2.0, 1.0))
    width = (wide["q95"] - wide["q05"]) / (narrow["q95"] - narrow["q05"])
    assert width["payments 2021-01-01..2021-12-31"] > 3
    assert width["new members a day 2020-03"] == pytest.approx(1), "no discrepancy is stated for these"
    far = checked(package, scaled(history, 30.0), 0.0)
    assert far.loc["payments 2021-01-01..2021-12-31", "within"] == 100


def test_a_figure_that_data_lack_is_named_before_any_run(package: CityData, tmp_path: Path) -> None:
    observed = package.table("observed")
    less = observed[observed["metric"] != "payments_change_jul2022"]
    lacking = dataclasses.replace(package, tables={**package.tables, "observed": less})
    says = r"observed\.csv: payments_change_jul2022 2022-07-01 2022-07-18 incheon: no"
    with TaskRunner(tmp_path) as many, pytest.raises(InputError, match=says):
        earned(lacking, many, 0.0005, 2, datetime.date(2022, 12, 31))
    problem = FitProblem(lacking, load_fit("fit-history"), tmp_path)
    with TaskRunner(tmp_path) as many, pytest.raises(InputError, match=says):
        checked_posterior(problem, many)
    assert not list(tmp_path.rglob("*.parquet"))
