"""Rows that are lived: the same bits each time, sums that agree, and readings that mean what they say."""

import datetime

import numpy as np
import pandas as pd
import pytest

from eum.calibration.anchoring import Inference
from eum.calibration.bayes.moment_functions import moments_of, months_in
from eum.calibration.bayes.moments import moments
from eum.calibration.bayes.parameters import dimensions, values_of
from eum.calibration.bayes.simulate import PLAIN, SHOCKED, SimulationJob, programme, rows_tables
from eum.calibration.priors import CENTRAL, ParameterDraw, drawn_parameters, target_shares
from eum.city.build import build_city
from eum.city.data import load_city_data
from eum.engine.expected.model import Expectation
from eum.engine.expected.prepare import prepared_city
from eum.errors import InputError
from eum.runner.tasks import TaskTables
from tests.calibration.bayes.synthetic import FAMILY, tiny

PACKAGE = load_city_data()
POINTS = np.stack([np.zeros(len(dimensions(PACKAGE))), np.full(len(dimensions(PACKAGE)), 0.5)])


@pytest.fixture(scope="module")
def centre() -> Inference:
    """Return choices to start from: those of the priors, which two rounds move to what the point states."""
    draw = ParameterDraw(FAMILY, CENTRAL, 1)
    return Inference(drawn_parameters(PACKAGE, draw), target_shares(PACKAGE, draw), {})


@pytest.fixture(scope="module")
def rows(centre: Inference) -> TaskTables:
    """Return two rows."""
    return rows_tables(SimulationJob(PACKAGE, tiny(), FAMILY, POINTS, centre))


class ByName:
    """Tables by name."""

    def __init__(self, tables: TaskTables) -> None:
        self._tables = tables

    def __getitem__(self, table: str, /) -> pd.DataFrame:
        """Return a table."""
        return self._tables[table]


def test_a_row_depends_on_its_point_alone(rows: TaskTables, centre: Inference) -> None:
    alone = rows_tables(SimulationJob(PACKAGE, tiny(), FAMILY, POINTS[1:], centre))
    for name, table in alone.items():
        half = rows[name].iloc[len(rows[name]) // 2 :].reset_index(drop=True)
        pd.testing.assert_frame_equal(table, half, check_exact=True)


def test_homes_and_trades_add_up_to_the_days(rows: TaskTables) -> None:
    lived = months_in(ByName(rows), SHOCKED, 2, tiny().start)
    paid = lived.daily[:, :, 0].sum(axis=1)
    assert lived.homes[:, -1, :, 0].sum(axis=1) == pytest.approx(paid, rel=1e-4)
    assert lived.trades[:, -1].sum(axis=1) == pytest.approx(paid, rel=1e-4)
    assert (lived.homes[..., 1] <= lived.homes[..., 0] + 1).all()


def test_size_classes_are_shares_that_rise_with_the_edge(rows: TaskTables) -> None:
    lived = months_in(ByName(rows), PLAIN, 2, tiny().start)
    below = lived.sizes[..., 0] / np.maximum(lived.sizes[..., 2], 1e-9)
    assert (np.diff(below, axis=2) >= 0).all() and below.max() <= 1 + 1e-9
    assert (lived.sizes[..., 1] <= lived.sizes[..., 3] + 1e-6).all()


def test_every_moment_can_be_read_and_the_worlds_differ_from_february_on(rows: TaskTables) -> None:
    chosen = moments(PACKAGE)
    shocked, plain = (moments_of(months_in(ByName(rows), world, 2, tiny().start), chosen) for world in (SHOCKED, PLAIN))
    assert shocked.shape == (2, len(chosen)) and np.isfinite(shocked).all()
    early = [m.end < datetime.date(2020, 2, 1) for m in chosen]
    assert (shocked[:, early] == plain[:, early]).all()
    names = [m.name for m in chosen]
    assert (shocked[:, names.index("payments_2020_04")] < plain[:, names.index("payments_2020_04")]).all()


def test_a_moment_of_days_not_simulated_is_reported_on_one_line(rows: TaskTables) -> None:
    late = moments(PACKAGE)[0]._replace(end=datetime.date(2020, 7, 31))
    with pytest.raises(
        InputError, match=r"moments.csv: 2020-07-31: expected a day of the fit, 2019-04-01 to 2020-06-30"
    ):
        moments_of(months_in(ByName(rows), SHOCKED, 2, tiny().start), (late,))


def test_the_parameters_of_a_point_are_those_that_were_simulated(rows: TaskTables) -> None:
    used = rows["parameters"].iloc[len(rows["parameters"]) // 2 :].set_index("name")["value"]
    for name, value in values_of(PACKAGE, POINTS[1]).items():
        if name in used:
            assert used[name] == value, name


def test_living_month_by_month_changes_no_bit() -> None:
    city = build_city(PACKAGE, 0.01, 1)
    parameters = drawn_parameters(PACKAGE, ParameterDraw(FAMILY, CENTRAL, 1))
    period = (datetime.date(2020, 1, 1), datetime.date(2020, 4, 30))
    prepared = prepared_city(city, parameters, period)
    whole, parts = (Expectation(prepared, programme(tiny())) for _ in range(2))
    whole.simulate()
    for month in (1, 2, 3, 4):
        parts.simulate(datetime.date(2020, month, {2: 29, 4: 30}.get(month, 31)))
    parts.simulate()
    assert (whole.daily == parts.daily).all()
    assert all((a == b).all() for a, b in zip(whole.account, parts.account, strict=True))
    assert whole.flows == parts.flows


def test_the_programme_of_the_fit_has_no_grant() -> None:
    assert programme(tiny()).grant == () and programme(tiny()).name == "incheon-2020"
