"""A fit of forty small runs from the command line to its files; definitions that cannot be fitted are told."""

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from eum.calibration.fit.definition import FitDefinition, load_fit
from eum.calibration.fit.parameters import fit_parameters, score_of
from eum.calibration.fit.training_set import design_points, is_of_prior, runs_fingerprint
from eum.calibration.fit.workflow import draws_table
from eum.city.data import load_city_data
from eum.cli import app
from eum.errors import InputError
from tests.calibration.fit.synthetic import tiny, tiny_file

TABLES = ("posterior", "fit-parameters", "fit-figures", "fit-variance", "validation", "validation-scores", "recovery")
FILES = {*(f"{name}.csv" for name in TABLES), "fit-parameters.svg", "validation.md", "validation.svg", "recovery.md",
         "recovery.svg"}  # fmt: skip


@pytest.mark.slow
def test_a_fit_is_made_tested_and_written_and_repeated_to_the_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    definition = str(tiny_file(tmp_path))
    for folder, workers in (("one", "1"), ("two", "2")):
        for command in ("fit", "forecast", "recover"):
            words = ["calibrate", command, definition, "--workers", workers, "--folder", f"{folder}-runs"]
            done = CliRunner().invoke(app, [*words, "--out", folder])
            assert done.exit_code == 0, done.output
    first, second = ({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert set(first) == FILES and first == second
    draws = pd.read_csv(tmp_path / "one" / "posterior.csv")
    assert list(draws) == ["draw", *(p.name for p in fit_parameters(load_city_data()))]
    assert draws["draw"].tolist() == list(range(51))
    tests = pd.read_csv(tmp_path / "one" / "validation.csv")["test"]
    assert tests.iloc[0] == "untargeted" and tests.iloc[-1] == "block" and "origin 2019-06-30" in set(tests)


def test_draw_0_is_the_mean_of_scores_and_draws_are_in_their_units() -> None:
    package = load_city_data()
    parameters = fit_parameters(package)
    points = design_points(package, tiny())
    table = draws_table(package, points, 10)
    for i, parameter in enumerate(parameters):
        column = table[parameter.name].to_numpy()
        assert score_of(parameter, column)[0] == pytest.approx(points[:, i].mean(), abs=2e-5)
        assert score_of(parameter, column)[[1, -1]] == pytest.approx(points[[0, -1], i], abs=2e-5)


def test_a_longer_design_begins_with_the_shorter_and_fills_prior_and_centre() -> None:
    package = load_city_data()
    short, long = (design_points(package, tiny(n_runs=n)) for n in (40, 400))
    assert (long[:40] == short).all()
    anywhere = is_of_prior(400)
    assert long[anywhere].std() == pytest.approx(1, abs=0.1)
    assert long[~anywhere].std(axis=0).max() < 0.6


def test_runs_are_made_again_for_another_seed_and_scale_and_not_for_more_draws() -> None:
    package = load_city_data()
    mark = runs_fingerprint(package, tiny())
    assert runs_fingerprint(package, tiny(n_kept=60, n_particles=200)) == mark
    assert runs_fingerprint(package, tiny().model_copy(update={"seed": 2})) != mark
    assert runs_fingerprint(package, tiny(scale=0.001)) != mark


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"end": "2019-08-30"}, "expected the last day of a month"),
        ({"end": "2019-03-31"}, "expected the last day of a month, 2019-08-31 or later"),
        ({"size": {**tiny().size.model_dump(), "n_truths": 13}}, "n_truths: 13: expected at most three in ten"),
    ],
)
def test_a_definition_that_cannot_be_fitted_is_refused(change: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        FitDefinition.model_validate({**load_fit("fit-history").model_dump(), **change})


def test_a_centre_of_other_parameters_is_refused_before_any_run() -> None:
    definition = tiny().model_copy(update={"centre": {"adoption_p": 0.1}})
    with pytest.raises(InputError, match=r"centre: .*: expected the parameters of data/fit_parameters\.csv"):
        design_points(load_city_data(), definition)
