"""A fit of rows whose posterior is known, its certificate, and the same bytes however the work is done."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eum.artifacts import SealedFolder
from eum.calibration.bayes import results, workflow
from eum.calibration.bayes.posterior import PosteriorModel, predicted, synthetic
from eum.calibration.bayes.recovery import (
    EMULATOR,
    REJECTION,
    identification_label,
    posterior_of_synthetic,
    recovery_table,
)
from eum.calibration.bayes.training_set import TrainingSet
from eum.calibration.bayes.workflow import posterior_tables, prior_quantities, rank_counts
from eum.calibration.fit.rng_streams import normals
from eum.errors import StoppedError
from eum.runner.tasks import Task, TaskRunner
from tests.calibration.bayes.synthetic import SEEN, known_posterior, straight, tiny


@pytest.fixture(scope="module")
def family() -> tuple[PosteriorModel, TrainingSet, TrainingSet]:
    """Return a fitter of straight rows, its design and truths."""
    return straight(tiny())


def files(folder: Path) -> dict[str, bytes]:
    """Return the content of all files below a folder."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_an_emulator_of_straight_rows_makes_next_to_no_error(
    family: tuple[PosteriorModel, TrainingSet, TrainingSet],
) -> None:
    fitter, _, truths = family
    said = fitter.shocked.at(fitter.coordinates.of(truths.points))
    assert np.abs(said - truths.shocked).max() < 0.02
    assert np.sqrt(np.diag(fitter.shocked.error)).max() < 0.02


def test_the_posterior_is_the_known_one(family: tuple[PosteriorModel, TrainingSet, TrainingSet]) -> None:
    fitter, _, truths = family
    observed = synthetic(fitter, truths.shocked[0], 5)
    points = fitter.fit(observed, 1).points
    mean, covariance = known_posterior(fitter, observed)
    sd = np.sqrt(np.diag(covariance))
    assert np.abs((points.mean(axis=0) - mean) / sd)[:SEEN].max() < 0.25
    assert (points.std(axis=0) / sd)[:SEEN] == pytest.approx(np.ones(SEEN), abs=0.15)


def test_what_is_not_fitted_is_not_looked_at(family: tuple[PosteriorModel, TrainingSet, TrainingSet]) -> None:
    fitter, _, truths = family
    observed = truths.shocked[0].copy()
    before = fitter.fit(observed, 1).points
    left_out = np.setdiff1d(np.arange(len(observed)), fitter.family_fit.fitted)
    assert len(left_out) > 10
    observed[left_out] += 1000
    assert (fitter.fit(observed, 1).points == before).all()


def test_predictions_spread_as_noise_and_posterior_do(family: tuple[PosteriorModel, TrainingSet, TrainingSet]) -> None:
    fitter, *_ = family
    point = np.zeros((4000, len(fitter.coordinates.shares.T) + fitter.coordinates.n_parameters))
    draws = predicted(fitter, point, True, 3)
    sd = np.sqrt(np.diag(fitter.noise + fitter.shocked.error))
    assert draws.std(axis=0) / sd == pytest.approx(np.ones(len(sd)), abs=0.06)


@pytest.fixture(scope="module")
def refits(
    family: tuple[PosteriorModel, TrainingSet, TrainingSet], tmp_path_factory: pytest.TempPathFactory
) -> tuple[pd.DataFrame, Path]:
    """Return the table of refits by one worker, and where its units are kept."""
    folder = tmp_path_factory.mktemp("alone")
    with TaskRunner(folder) as many:
        return posterior_of_synthetic(*family, many, "mark"), folder


def test_the_certificate_separates_what_was_seen_from_what_was_not(
    family: tuple[PosteriorModel, TrainingSet, TrainingSet], refits: tuple[pd.DataFrame, Path]
) -> None:
    fitter = family[0]
    rows = recovery_table(fitter, refits[0].assign(family=fitter.family_fit.family), prior_quantities(fitter))
    parameters = rows[rows["kind"] == "parameter"].reset_index(drop=True)
    assert list(parameters["called"][:SEEN]) == ["estimated"] * SEEN
    assert set(parameters["called"][SEEN:]) == {"assumed"}
    headline = rows.set_index("name")["called"]
    assert headline["ratio net_city_sales"] == "estimated" and headline["rho"] == "assumed"
    assert (parameters["n_truths"] == 20).all()
    assert parameters["raw_90"].mean() == pytest.approx(0.9, abs=0.08)
    assert parameters["interval_score"][:SEEN].max() < parameters["rejection_interval_score"][:SEEN].min()
    counts = rank_counts(refits[0].assign(family="causal"), rows)
    assert (counts.filter(like="tenth_").sum(axis=1) == 20).all()


def test_both_methods_fit_every_truth(refits: tuple[pd.DataFrame, Path]) -> None:
    sizes = refits[0].groupby("method")["truth_number"].nunique()
    assert dict(sizes) == {EMULATOR: 20, REJECTION: 20}
    assert refits[0]["rank"].between(0, 1).all()


def test_two_workers_give_the_same_bytes(
    family: tuple[PosteriorModel, TrainingSet, TrainingSet], refits: tuple[pd.DataFrame, Path], tmp_path: Path
) -> None:
    with TaskRunner(tmp_path, 2) as many:
        posterior_of_synthetic(*family, many, "mark")
        many.run([Task("posterior", posterior_tables, family[0])], "posterior")
    with TaskRunner(refits[1]) as many:
        many.run([Task("posterior", posterior_tables, family[0])], "posterior")
    assert files(tmp_path) == files(refits[1])


def test_a_stopped_refit_goes_on_with_the_same_bytes(
    family: tuple[PosteriorModel, TrainingSet, TrainingSet], refits: tuple[pd.DataFrame, Path], tmp_path: Path
) -> None:
    def stop(n_done: int, n: int) -> None:
        if n_done == 1:
            raise StoppedError

    with pytest.raises(StoppedError), TaskRunner(tmp_path, on_unit=stop) as many:
        posterior_of_synthetic(*family, many, "mark")
    assert len(list((tmp_path / "units" / "mark").iterdir())) == 1
    with TaskRunner(tmp_path) as many:
        found = posterior_of_synthetic(*family, many, "mark")
    pd.testing.assert_frame_equal(found, refits[0])
    assert files(tmp_path / "units" / "mark") == files(refits[1] / "units" / "mark")


def test_a_posterior_is_kept_for_arviz_too(
    family: tuple[PosteriorModel, TrainingSet, TrainingSet], tmp_path: Path
) -> None:
    arviz = pytest.importorskip("arviz")
    draws = pd.DataFrame({"adoption_p": normals(1, 50), "s net_city_sales": normals(2, 50)})
    for name in ("a.nc", "b.nc"):
        results.export_netcdf(tmp_path / name, draws, draws + 1, draws[["adoption_p"]], {"payments": 3.0})
    data = arviz.from_netcdf(str(tmp_path / "a.nc"), engine="h5netcdf")
    assert data.posterior["adoption_p"].shape == (1, 50)
    assert (data.prior["adoption_p"].to_numpy()[0] == draws["adoption_p"] + 1).all()
    assert float(data.observed_data["payments"]) == 3.0
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()
    assert arviz.summary(data).loc["adoption_p", "mean"] == pytest.approx(draws["adoption_p"].mean(), abs=0.01)


def test_a_posterior_is_sealed_with_the_files_for_arviz(
    family: tuple[PosteriorModel, TrainingSet, TrainingSet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("arviz")
    fitter, design, _ = family
    family_fit = fitter.family_fit
    monkeypatch.setattr(workflow, "prepared_fit", lambda *_: [workflow.Prepared(fitter, design, None)])
    problem = workflow.FitProblem(family_fit.package, family_fit.definition, family_fit.errors, tmp_path)
    with TaskRunner(tmp_path) as many:
        workflow.fit_posterior(problem, many)
    assert "causal.nc" in files(tmp_path / results.POSTERIOR)
    assert SealedFolder(tmp_path / results.POSTERIOR).damage() == []


def test_names_say_what_data_leave() -> None:
    assert identification_label(0.79) == "estimated" and identification_label(0.81) == "assumed"
