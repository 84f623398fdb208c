"""Moments and parameters against the figures and priors they come from, and what is told of bad ones."""

import datetime
import math

import numpy as np
import pandas as pd
import pytest

from eum.analysis.validation.engine_error import load_errors
from eum.calibration.bayes.definition import load_fit
from eum.calibration.bayes.moment_functions import MOMENT_QUANTITIES
from eum.calibration.bayes.moments import BLIND, FITTED, RESPONSE, Moment, from_scale, moments, noise_of, on_scale
from eum.calibration.bayes.naive_forecasts import GROWTH, LAST, RULE, naive
from eum.calibration.bayes.parameters import coordinates, dimensions, fit_parameters, stated_of, value_at
from eum.calibration.bayes.training_set import design_points, rows_mark, truth_points
from eum.city.data import CityData, load_city_data
from eum.errors import InputError
from tests.calibration.bayes.synthetic import FAMILY, REPOSITORY, tiny


@pytest.fixture(scope="module")
def package() -> CityData:
    """Return the data."""
    return load_city_data()


@pytest.fixture(scope="module")
def by_name(package: CityData) -> dict[str, Moment]:
    """Return the moments by name."""
    return {m.name: m for m in moments(package)}


def changed(package: CityData, table: str, row: str, column: str, value: object) -> CityData:
    """Return the data with one cell of a table changed, in the row of a name."""
    rows = package.table(table).copy()
    rows.loc[rows.iloc[:, 0] == row, column] = value
    return CityData(package.folder, "changed", {**package.tables, table: rows})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("payments_2020_01", math.log(135_517_000_000)),
        ("users_over_1m", math.log(0.0489 / 0.9511)),
        ("joiners_2020_01_02", 281.0),
        ("active_2019_05_06", math.log(337_400 / (497_945 - 337_400))),
        ("response_payments", math.log((183.3 / 31) / (114.7 / 29))),
        ("response_joiners", 1387 - 316.0),
        ("response_rate", math.log(8.85 / 3.72)),
    ],
)
def test_a_moment_is_its_published_figure(by_name: dict[str, Moment], name: str, expected: float) -> None:
    assert by_name[name].published == pytest.approx(expected, abs=1e-9)


def test_no_fitted_moment_looks_beyond_february(by_name: dict[str, Moment]) -> None:
    for moment in by_name.values():
        if moment.window == FITTED:
            assert moment.end <= datetime.date(2020, 2, 29), moment.name
        if moment.window in (BLIND, RESPONSE):
            assert moment.end > datetime.date(2020, 2, 29), moment.name


def test_sources_of_a_moment_are_those_of_its_figures(package: CityData) -> None:
    observed = package.table("observed")
    keys = observed[["metric", "scope", "period_start", "period_end"]].agg(" ".join, axis=1)
    for _, row in package.table("moments").iterrows():
        used = {key for key in (row["observed"], row["against"]) if key}
        for key in used:
            sources = set(observed.loc[keys == key, "source_id"])
            assert any(source in row["source_id"] for source in sources), row["name"]


def test_every_word_of_the_data_is_read_and_every_reader_is_used(package: CityData) -> None:
    assert set(package.table("moments")["quantity"]) <= set(MOMENT_QUANTITIES)
    assert set(MOMENT_QUANTITIES) == set(package.table("moments")["quantity"]) | {"users_below"}


def test_scales_go_there_and_back() -> None:
    for scale, values in {"log": [1e-3, 7.0], "logit": [0.01, 0.99], "level": [-3.0, 4.0]}.items():
        assert from_scale(scale, on_scale(scale, np.array(values))) == pytest.approx(values)


def test_noise_adds_observation_discrepancy_and_engine(package: CityData, by_name: dict[str, Moment]) -> None:
    errors = load_errors(REPOSITORY / "docs/expected-error.csv")
    chosen = tuple(by_name[name] for name in ("payments_2020_01", "payments_2020_02", "users_over_1m"))
    covariance = noise_of(package, chosen, FAMILY, errors).covariance
    shared = package.assumption("fit_discrepancy_shared")
    assert covariance[0, 1] == pytest.approx(shared * chosen[0].discrepancy_sd * chosen[1].discrepancy_sd)
    assert covariance[0, 2] == 0, "groups share nothing"
    own = errors.query("family == @FAMILY and choices == 'same' and output == 'card_payments'")["error"] / 100
    engine = (own**2).mean()
    assert engine > 0
    expected = chosen[0].observation_sd ** 2 + chosen[0].discrepancy_sd ** 2 + engine
    assert covariance[0, 0] == pytest.approx(expected)


def test_an_engine_whose_error_was_not_measured_is_refused(package: CityData, by_name: dict[str, Moment]) -> None:
    errors = load_errors(REPOSITORY / "docs/expected-error.csv").query("output != 'members'")
    with pytest.raises(InputError, match=r"causal members: expected rows; measure: eum validate engine-error$"):
        noise_of(package, tuple(by_name.values()), FAMILY, errors)


def test_a_moment_without_its_figure_is_reported_on_one_line(package: CityData) -> None:
    bad = changed(package, "moments", "payments_2019_04", "observed", "payments incheon 2019-04-02 2019-04-30")
    with pytest.raises(InputError, match=r"observed.csv: payments incheon 2019-04-02 2019-04-30: expected a row"):
        moments(bad)


def test_a_figure_that_its_scale_cannot_take_is_reported_on_one_line(package: CityData) -> None:
    bad = changed(package, "moments", "payments_2019_04", "scale", "logit")
    with pytest.raises(
        InputError, match=r"moments.csv: payments_2019_04: .*expected a figure that the scale logit takes"
    ):
        moments(bad)


def test_parameters_have_the_priors_of_the_data(package: CityData) -> None:
    for parameter in fit_parameters(package):
        ends = value_at(parameter, np.array([-1.6448536269514722, 0.0, 1.6448536269514722]))
        assert ends == pytest.approx([parameter.low90, parameter.central, parameter.high90]), parameter.name


def test_a_prior_that_a_transformation_cannot_take_is_reported_on_one_line(package: CityData) -> None:
    bad = changed(package, "fit_parameters", "launch_attention", "transformation", "logit")
    with pytest.raises(InputError, match=r"launch_attention: .* to .*: expected a range that logit takes"):
        fit_parameters(bad)


def test_stated_shares_are_those_between_knots(package: CityData) -> None:
    points = truth_points(package, tiny(), FAMILY)
    exact = np.array([list(stated_of(package, FAMILY, point).values()) for point in points])
    assert coordinates(package, FAMILY).stated(points) == pytest.approx(exact, abs=2e-4)


def test_shares_that_a_family_is_sure_of_are_no_coordinate(package: CityData) -> None:
    n = len(fit_parameters(package))
    for family, n_shares in (("causal", 4), ("iri2019", 3)):
        at = coordinates(package, family).of(np.zeros((2, len(dimensions(package)))))
        assert at.shape == (2, n + n_shares), family


def test_a_longer_design_begins_with_the_shorter_one_and_fills_the_prior(package: CityData) -> None:
    short, long = (design_points(package, tiny(n_design=n), FAMILY) for n in (64, 256))
    assert (long[:64] == short).all()
    assert np.abs(long.mean(axis=0)).max() < 0.1
    assert long.std(axis=0) == pytest.approx(np.ones(long.shape[1]), abs=0.1)
    assert (truth_points(package, tiny(n_truths=40), FAMILY)[:20] == truth_points(package, tiny(), FAMILY)).all()


def test_naive_forecasts_by_hand(package: CityData, by_name: dict[str, Moment]) -> None:
    march = naive(package, by_name["payments_2020_03"], (4.0, 10.0))
    a_day = 114_700_000_000 / 29
    assert math.exp(march[LAST]) == pytest.approx(31 * a_day)
    assert math.exp(march[RULE]) == pytest.approx(31 * a_day * 2.5)
    pace = a_day / (135_517_000_000 / 31)
    assert math.exp(march[GROWTH]) == pytest.approx(31 * a_day * pace ** (30 / 30))
    members = naive(package, by_name["members_2020_05_31"], (4.0, 10.0))
    assert math.exp(members[LAST]) == pytest.approx(929_528)
    assert math.exp(members[GROWTH]) == pytest.approx(929_528 * (929_528 / 921_750) ** (152 / 31))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("end = 2020-06-30", "end = 2020-06-29", "expected whole months"),
        ("n_design = 300", "n_design = 4", "size.n_design: 4: expected greater than or equal to 16"),
        ('"causal"', '"casual"', "expected some of survey, causal, iri2019"),
        ("n_moves", "moves", "size.n_moves: missing; expected a value"),
    ],
)
def test_a_bad_definition_is_reported_on_one_line(tmp_path, old: str, new: str, told: str) -> None:
    text = (REPOSITORY / "designs/fit-2019.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "bad.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_fit(str(tmp_path / "bad.toml"))
    assert told in str(error.value) and "\n" not in str(error.value)


def test_the_fit_of_record_can_be_read(package: CityData) -> None:
    definition = load_fit("fit-2019")
    assert definition.size.n_truths * len(definition.families) >= 200
    fitted = [m for m in moments(package) if m.window in (FITTED, RESPONSE)]
    assert 40 <= len(fitted) <= 60
    assert pd.Series([m.name for m in fitted]).is_unique


def test_rows_are_run_again_for_other_priors_and_not_for_other_moments(package: CityData) -> None:
    mark = rows_mark(package, tiny())
    assert rows_mark(changed(package, "moments", "payments_2019_04", "discrepancy_sd", 0.1), tiny()) == mark
    assert rows_mark(changed(package, "assumptions", "fit_discrepancy_shared", "value", 0.2), tiny()) == mark
    assert rows_mark(package, tiny(n_design=64, n_truths=40, n_particles=100)) == mark
    assert rows_mark(changed(package, "priors", "adoption_p", "central", 0.05), tiny()) != mark
    assert rows_mark(package, tiny(scale=0.02)) != mark
