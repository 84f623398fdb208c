"""A study has the same tables with any number of workers, goes on where it was stopped, stops when it is enough."""

import datetime
import shutil
from pathlib import Path

import pandas as pd
import pytest

from eum.analysis.experiments import ensemble as ensemble_module
from eum.analysis.experiments.definition import Precision, StudyDefinition, StudySize
from eum.analysis.experiments.ensemble import Ensemble, MemberJob
from eum.analysis.experiments.ready import STUDIES, asked_study, load_study
from eum.calibration.anchoring import Inference, inference_tables
from eum.calibration.priors import CENTRAL, ParameterDraw, drawn_parameters
from eum.city.data import load_city_data
from eum.runner.results_store import tables_hash
from eum.runner.tasks import TaskResults, TaskRunner, TaskTables

PACKAGE = load_city_data()
P = drawn_parameters(PACKAGE, ParameterDraw("causal", CENTRAL, 1))


@pytest.fixture(scope="module")
def small() -> StudyDefinition:
    """Return the study of Gyeyang cut down to one family, one variant and three weeks of a thousandth."""
    whole = load_study("gyeyang-2020").definition
    window = {"start": datetime.date(2020, 3, 1), "end": datetime.date(2020, 3, 21)}
    size = StudySize(scale=0.001, n_draws=2, n_seeds=2)
    variants = {"actual_10": whole.variants["actual_10"]}
    return whole.model_copy(update={**window, "size": size, "variants": variants, "families": ("causal",)})


def ensemble(definition: StudyDefinition, seed: int = 1) -> Ensemble:
    """Return the ensemble of a definition whose own policies, if any, are named by their whole path."""
    return Ensemble(asked_study(definition, STUDIES, "a study"), PACKAGE, seed)


def in_all(found: TaskResults) -> dict[str, pd.DataFrame]:
    """Return every table of the members."""
    return {name: found[name] for name in found.of(found.names[0])}


def test_one_and_two_workers_give_the_same_tables_and_finished_units_are_kept(
    small: StudyDefinition, tmp_path: Path
) -> None:
    asked = ensemble(small)
    first = asked.run(TaskRunner(tmp_path / "one")).tables
    with TaskRunner(tmp_path / "two", 2) as together:
        second = asked.run(together).tables
    assert len(first.names) == 4
    assert tables_hash(in_all(first)) == tables_hash(in_all(second))
    for name in ("centre-causal", *first.names):
        for path in (first.folder / name).iterdir():
            assert path.read_bytes() == (second.folder / name / path.name).read_bytes()

    lost, *kept = [second.folder / name for name in second.names]
    before = [path.stat().st_mtime_ns for path in kept]
    shutil.rmtree(lost)
    again = asked.run(TaskRunner(tmp_path / "two")).tables
    assert tables_hash(in_all(again)) == tables_hash(in_all(first))
    assert [path.stat().st_mtime_ns for path in kept] == before


def test_work_of_another_study_is_not_taken_up(small: StudyDefinition) -> None:
    other = small.model_copy(update={"end": datetime.date(2020, 3, 22)})
    assert len({ensemble(study, seed).mark for study in (small, other) for seed in (1, 2)}) == 4


def test_a_study_of_more_draws_takes_up_those_there_are(small: StudyDefinition) -> None:
    more = small.model_copy(update={"size": StudySize(scale=0.001, n_draws=9, n_seeds=3), "title_en": "More"})
    assert ensemble(more).mark == ensemble(small).mark
    finer = small.model_copy(update={"size": StudySize(scale=0.002, n_draws=2, n_seeds=2)})
    assert ensemble(finer).mark != ensemble(small).mark


def test_a_policy_changed_on_disk_is_another_study(small: StudyDefinition, tmp_path: Path) -> None:
    path, marks = tmp_path / "mine.toml", set()
    variants = {"mine": small.variants["actual_10"].model_copy(update={"district": str(path)})}
    for title in ("one", "two"):
        path.write_text(f'extends = "gyeyang-2020-actual"\ntitle_ko = "{title}"\ntitle_en = "{title}"\n')
        marks.add(ensemble(small.model_copy(update={"variants": variants})).mark)
    assert len(marks) == 2


def drawn(job: MemberJob) -> TaskTables:
    """Return the ladder of a member that was not simulated: the ratio is 1 and a little of its draw."""
    district = job.common.definition.variants["actual_10"].district
    row = {"variant": "actual_10", "baseline": "none", "policy": district, "scope": "city"}
    ratio = 1 + 0.1 * (-1) ** job.member.draw
    return {"ladder": pd.DataFrame([{**row, **job.member._asdict(), "rung": "net_city_sales",
                                     "denominator": "fiscal_cost", "ratio": ratio}])}  # fmt: skip


@pytest.mark.parametrize(("halfwidth_won", "n", "enough"), [(5.0, 20, True), (3.2, 30, True), (0.1, 45, False)])
def test_draws_are_added_until_the_wish_is_met(
    halfwidth_won: float, n: int, enough: bool, small: StudyDefinition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ensemble_module, "member_tables", drawn)
    monkeypatch.setattr(ensemble_module, "central_tables", lambda _: inference_tables(Inference(P, {}, {})))
    wished = {"size": StudySize(scale=0.001, n_draws=45, n_seeds=2), "enough": Precision(halfwidth_won=halfwidth_won)}
    tables, log = ensemble(small.model_copy(update=wished)).run(TaskRunner(tmp_path))
    assert len(tables.names) == n + 2
    assert log is not None and log["n"].iloc[-1] == n and log["enough"].iloc[-1] == enough
    assert not log["enough"].iloc[:-1].any()
    assert log["estimate_won"].iloc[-1] == pytest.approx(100, abs=0.3)
