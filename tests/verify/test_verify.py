"""A stored study that is untouched passes every check; a digit changed anywhere in it or its report is told."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from sim.city.package import load_package
from sim.cli import app
from sim.errors import InputError
from sim.report import build_report
from sim.study.definition import StudyDefinition, load_definition
from sim.study.many import Many
from sim.study.run_study import ensemble_of, is_done, recorded_ensemble, run_study
from sim.study.store import partial_folder
from sim.verify import Asked, Check, Place, checks, place_of
from sim.verify.verify import record_check, runs_check, stored_check, summary_check

SAMPLE = Asked(1)


def tiny() -> StudyDefinition:
    """Return the study of Gyeyang with one family, one variant, two draws, one person in a thousand."""
    definition = load_definition("gyeyang-2020")
    variants = {"actual_10": definition.variants["actual_10"]}
    size = definition.size.model_copy(update={"scale": 0.001, "n_draws": 2, "n_seeds": 2})
    return definition.model_copy(update={"families": ("causal",), "variants": variants, "size": size})


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a finished tiny study with its report; tests must not change it."""
    folder = tmp_path_factory.mktemp("verify") / "gyeyang-2020"
    with Many(partial_folder(folder)) as many:
        run_study(ensemble_of(tiny(), load_package(), 1), folder, many)
    build_report(folder, folder / "report")
    return folder


@pytest.fixture
def copy(study: Path, tmp_path: Path) -> Path:
    """Return a copy of the study that a test may change."""
    return Path(shutil.copytree(study, tmp_path / study.name))


@contextmanager
def here(folder: Path) -> Iterator[Many]:
    """Give a way to run units in this process."""
    with Many(folder) as many:
        yield many


def record_of(folder: Path) -> dict:
    """Return the record of a study."""
    found: dict = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    return found


def without_report(folder: Path) -> dict[str, Check]:
    """Return the checks of a study alone, by the first word of their titles."""
    return {check.title.split()[0]: check for check in checks(Place(folder, None), SAMPLE, here)}


def test_an_untouched_study_passes_every_check_and_a_changed_page_does_not(study: Path, tmp_path: Path) -> None:
    runner = CliRunner()
    passed = runner.invoke(app, ["verify", str(study), "--runs", "1", "--workers", "1"])
    assert passed.exit_code == 0, passed.output
    assert passed.output.count("same  ") == 5 and "All the same." in passed.output
    moved = Path(shutil.copytree(study / "report", tmp_path / "elsewhere"))
    page = moved / "brief.en.html"
    text = page.read_text(encoding="utf-8")
    at = text.index("</data>") - 1
    page.write_text(f"{text[:at]}{(int(text[at]) + 1) % 10}{text[at + 1 :]}", encoding="utf-8", newline="\n")
    failed = runner.invoke(app, ["verify", str(moved), "--study", str(study), "--runs", "1", "--workers", "1"])
    assert failed.exit_code == 1
    assert "brief.en.html, line" in failed.output and "Something differs." in failed.output
    with pytest.raises(InputError, match="expected --study"):
        place_of(moved)


def test_a_changed_cell_of_a_table_is_told(copy: Path) -> None:
    path = copy / "tables" / "ladder.parquet"
    table = pd.read_parquet(path)
    table.loc[3, "ratio"] += 0.01
    table.to_parquet(path, index=False)
    found = without_report(copy)
    assert not found["stored"].holds and not found["tables"].holds and found["1"].holds
    assert found["tables"].differences[0].where == "tables/ladder.parquet, line 5, ratio"


def test_a_changed_run_is_told_by_its_hash_and_when_lived_again(copy: Path) -> None:
    record, (name,) = record_of(copy), [n for n in record_of(copy)["run_hashes"] if n.startswith("causal-001")]
    path = copy / "runs" / name / "funding.parquet"
    table = pd.read_parquet(path)
    table.loc[0, "krw"] += 1
    table.to_parquet(path, index=False)
    ensemble = recorded_ensemble(record, copy / "study.json")
    assert [f.where for f in stored_check(copy, record, {}).differences if f.where != "tables"] == [f"runs/{name}"]
    told = runs_check(copy, [name], ensemble, here).differences
    assert [finding.where for finding in told] == [f"runs/{name}/funding.parquet, line 2, krw"]


def test_a_changed_record_is_told(copy: Path) -> None:
    record = record_of(copy)
    ensemble = recorded_ensemble(record, copy / "study.json")
    assert record_check(record, ensemble).holds
    for key, value in (
        ("data_hash", "0" * 64),
        ("code_hash", "0" * 16),
        ("policy_hashes", {**record["policy_hashes"], "none": "0" * 64}),
        ("seed", record["seed"] + 1),
        ("scale", 0.5),
    ):
        (finding,) = record_check({**record, key: value}, ensemble).differences
        assert finding.where == f"study.json, {key}"
    other = record_check({**record, "libraries": {**record["libraries"], "numpy": "1.0"}}, ensemble)
    assert other.holds and "with numpy 1.0, here is" in other.notes[0]


def test_missing_runs_are_told(copy: Path) -> None:
    record = record_of(copy)
    shutil.rmtree(copy / "runs" / "centre-causal")
    found = stored_check(copy, record, {}).differences
    assert ("runs/centre-causal", "is missing") in found
    assert not runs_check(copy, ["centre-causal"], recorded_ensemble(record, copy), here).holds
    shutil.rmtree(copy / "runs")
    assert not summary_check(copy, record, {}, recorded_ensemble(record, copy)).holds


def test_a_study_that_is_done_is_known_by_its_record(study: Path) -> None:
    assert is_done(ensemble_of(tiny(), load_package(), 1), study, replace=False)
    with pytest.raises(InputError, match="holds another study"):
        is_done(ensemble_of(tiny(), load_package(), 2), study, replace=False)


def test_a_record_without_a_definition_is_told_on_one_line(study: Path) -> None:
    record = record_of(study)
    record["definition"]["families"] = 3
    with pytest.raises(InputError, match=r"study\.json: definition: .*; expected that of a study"):
        recorded_ensemble(record, study / "study.json")
    with pytest.raises(InputError, match="neither a study nor a report"):
        place_of(study / "tables")
