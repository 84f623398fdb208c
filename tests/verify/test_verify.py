"""A stored study that is untouched passes every check; a digit changed anywhere in it or its report is told."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from eum.analysis.experiments.study import ensemble_of, is_done, recorded_ensemble, run_study, study_tables
from eum.artifacts import SealedFolder, seal_folder
from eum.city.data import load_city_data
from eum.cli import app
from eum.errors import InputError
from eum.output.report import build_report
from eum.output.report.i18n import LANGUAGES
from eum.runner.results_store import partial_folder, tables_hash
from eum.runner.tasks import TaskResults, TaskRunner
from eum.stored import sealed_tables, write_tables
from eum.verify import RunPlace, VerifyCheck, VerifySample, checks, place_of_run
from eum.verify.findings import found_differences
from eum.verify.verify import files_check, members_check, record_check, runs_check, summary_check
from tests.verify.own_trial import tiny

SAMPLE = VerifySample(1)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a finished tiny study with its report; its policies are no longer where they were. Tests must not change
    it."""
    mine = tmp_path_factory.mktemp("mine")
    folder = tmp_path_factory.mktemp("verify") / "own-trial"
    with TaskRunner(partial_folder(folder)) as many:
        run_study(ensemble_of(tiny(mine), load_city_data(), 1), folder, many)
    shutil.rmtree(mine)
    build_report(folder, folder / "report")
    return folder


@pytest.fixture
def copy(study: Path, tmp_path: Path) -> Path:
    """Return a copy of the study that a test may change."""
    return Path(shutil.copytree(study, tmp_path / study.name))


@contextmanager
def here(folder: Path) -> Iterator[TaskRunner]:
    """Give a way to run units in this process."""
    with TaskRunner(folder) as many:
        yield many


def record_of(folder: Path) -> dict:
    """Return the record of a study."""
    found: dict = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    return found


def without_report(folder: Path) -> dict[str, VerifyCheck]:
    """Return the checks of a study alone, by the first word of their titles."""
    return {check.title.split()[0]: check for check in checks(RunPlace(folder, None), SAMPLE, here)}


def test_an_untouched_study_passes_every_check_and_a_changed_page_does_not(study: Path, tmp_path: Path) -> None:
    runner = CliRunner()
    passed = runner.invoke(app, ["verify", str(study), "--runs", "1", "--workers", "1"])
    assert passed.exit_code == 0, passed.output
    assert passed.output.count("same: ") == 6 and "All the same." in passed.output
    moved = Path(shutil.copytree(study / "report", tmp_path / "elsewhere"))
    page = moved / "brief.en.html"
    text = page.read_text(encoding="utf-8")
    at = text.index("</data>") - 1
    page.write_text(f"{text[:at]}{(int(text[at]) + 1) % 10}{text[at + 1 :]}", encoding="utf-8", newline="\n")
    failed = runner.invoke(app, ["verify", str(moved), "--study", str(study), "--runs", "1", "--workers", "1"])
    assert failed.exit_code == 1
    assert "brief.en.html, line" in failed.output and "Something differs." in failed.output
    with pytest.raises(InputError, match=r"--study: .*: holds no study"):
        place_of_run(moved, tmp_path)


def test_a_changed_cell_of_a_table_is_told(copy: Path) -> None:
    path = copy / "tables" / "ladder.parquet"
    table = pd.read_parquet(path)
    table.loc[3, "ratio"] += 0.01
    table.to_parquet(path, index=False)
    found = without_report(copy)
    assert not found["stored"].holds and not found["tables"].holds and found["1"].holds and found["runs"].holds
    assert found["stored"].differences[0] == ("tables/ladder.parquet", "is not what was written (SHA256SUMS)")
    assert found["tables"].differences[0].where == "tables/ladder.parquet, line 5, ratio"


def test_a_changed_run_is_told_by_its_hash_and_when_lived_again(copy: Path) -> None:
    (name,) = [n for n in record_of(copy)["run_hashes"] if n.startswith("causal-001")]
    path = copy / "runs" / name / "funding.parquet"
    table = pd.read_parquet(path)
    table.loc[0, "krw"] += 1
    table.to_parquet(path, index=False)
    ensemble = recorded_ensemble(copy)
    assert [f.where for f in files_check(copy).differences] == [f"runs/{name}/funding.parquet", f"runs/{name}"]
    told = runs_check(copy, [name], ensemble, here).differences
    assert [finding.where for finding in told] == [f"runs/{name}/funding.parquet, line 2, krw"]


def test_a_changed_record_is_told(copy: Path) -> None:
    record = record_of(copy)
    ensemble = recorded_ensemble(copy)
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
    record, ensemble = record_of(copy), recorded_ensemble(copy)
    shutil.rmtree(copy / "runs" / "centre-causal")
    assert ("runs/centre-causal", "is missing") in files_check(copy).differences
    assert not members_check(copy, record, ensemble).holds
    assert not runs_check(copy, ["centre-causal"], ensemble, here).holds
    shutil.rmtree(copy / "runs")
    assert not summary_check(copy, record, ensemble).holds


def test_a_study_that_is_done_is_known_by_its_record(study: Path, tmp_path: Path) -> None:
    assert is_done(ensemble_of(tiny(tmp_path), load_city_data(), 1), study, replace=False)
    with pytest.raises(InputError, match=r"holds another study \(seed\)"):
        is_done(ensemble_of(tiny(tmp_path), load_city_data(), 2), study, replace=False)


def test_other_titles_need_no_other_runs(copy: Path, tmp_path: Path) -> None:
    asked, before = tiny(tmp_path), record_of(copy)
    asked = asked._replace(definition=asked.definition.model_copy(update={"title_en": "Better said"}))
    assert is_done(ensemble_of(asked, load_city_data(), 1), copy, replace=False)
    after = record_of(copy)
    assert after["title_en"] == after["definition"]["title_en"] == "Better said"
    assert {key for key in after if after[key] != before[key]} == {"title_en", "definition"}


def test_the_report_says_what_the_study_and_its_policies_are_called(study: Path) -> None:
    for name in ("brief", "technical", "evidence"):
        korean, english = ((study / "report" / f"{name}.{language}.html").read_text("utf-8") for language in LANGUAGES)
        assert "<h1>강화군 시험 연구</h1>" in korean and "<h1>A study of Ganghwa&#39;s own</h1>" in english
        assert "강화군 &lt;경제과&gt; · 강화-2020-1 · 2020년 7월 1일" in korean and "<경제과>" not in korean
        if name != "evidence":
            assert "강화 시험: 3% &lt;추가&gt;" in korean and "A trial in Ganghwa: 3 % &lt;more&gt;" in english
        for page, words in ((korean, ("계양e음", "발표 요율", "실제 요율")), (english, ("Gyeyang e-eum", "10% rate"))):
            assert not [word for word in words if word in page]
    technical = (study / "report" / "technical.en.html").read_text(encoding="utf-8")
    assert "Half as much" in technical and "Ganghwa-gun&#39;s own budget" in technical


def test_a_changed_or_missing_policy_is_told(copy: Path) -> None:
    kept = copy / "policies" / "never-seen-before.toml"
    text = kept.read_text(encoding="utf-8")
    kept.write_text(text.replace("rate_percent = 3", "rate_percent = 4"), encoding="utf-8")
    found = record_check(record_of(copy), recorded_ensemble(copy)).differences
    assert [finding.where for finding in found] == ["study.json, policy_hashes", "study.json, policy_files"]
    kept.unlink()
    with pytest.raises(InputError, match=r"never-seen-before\.toml: no such policy"):
        recorded_ensemble(copy)
    shutil.rmtree(copy / "policies")
    with pytest.raises(InputError, match=r"policies: missing; expected the files of the study's policies"):
        recorded_ensemble(copy)


def test_a_record_without_a_definition_is_told_on_one_line(study: Path, copy: Path) -> None:
    record = record_of(study)
    record["definition"]["families"] = 3
    (copy / "study.json").write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(InputError, match=r"study\.json: definition: .*; expected that of a study"):
        recorded_ensemble(copy)
    with pytest.raises(InputError, match="neither a study nor a report"):
        place_of_run(study / "tables")


@pytest.fixture
def report(study: Path, tmp_path: Path) -> Path:
    """Return a copy of a report alone that a test may change."""
    return Path(shutil.copytree(study / "report", tmp_path / "report"))


def alone(report: Path) -> list[VerifyCheck]:
    """Return the checks of a report without its study."""
    return list(checks(place_of_run(report), SAMPLE, here))


def test_a_report_alone_passes_its_own_checks(report: Path) -> None:
    found = alone(report)
    assert [check.title.split()[0] for check in found] == ["files", "tables", "numbers"]
    assert all(check.holds for check in found) and found[2].notes


@pytest.mark.parametrize("is_sealed_again", [False, True])
def test_a_changed_number_of_a_report_alone_is_told_even_if_its_sums_are_made_again(
    report: Path, is_sealed_again: bool
) -> None:
    page = report / "brief.en.html"
    text = page.read_text(encoding="utf-8")
    at = text.index("</data>") - 1
    page.write_text(f"{text[:at]}{(int(text[at]) + 1) % 10}{text[at + 1 :]}", encoding="utf-8", newline="\n")
    if is_sealed_again:
        seal_folder(report, SealedFolder(report).of)
    files, tables, numbers = alone(report)
    assert files.holds == is_sealed_again and tables.holds
    assert numbers.differences[0].where == "brief.en.html, number 1"


def test_a_changed_table_of_a_report_alone_is_told(report: Path) -> None:
    table = report / "tables" / "ladder.csv"
    text = table.read_text(encoding="utf-8-sig")
    provenance = report / "provenance.json"
    said = json.loads(provenance.read_text(encoding="utf-8"))
    printed = next(n for n in said["documents"]["brief.en"]["numbers"] if n["from"][0].startswith("ladder:"))
    value = str(printed["value"])
    table.write_text("\ufeff" + text.replace(value, f"1{value}"), encoding="utf-8", newline="")
    files, tables, _ = alone(report)
    assert [found.where for found in files.differences] == ["tables/ladder.csv"]
    assert [found.where for found in tables.differences] == ["tables/ladder.csv"]
    said["tables"]["ladder"]["sha256"] = hashlib.sha256(table.read_bytes()).hexdigest()
    provenance.write_text(json.dumps(said), encoding="utf-8")
    seal_folder(report, SealedFolder(report).of)
    files, tables, numbers = alone(report)
    assert files.holds and tables.holds and not numbers.holds


def test_a_report_that_is_damaged_is_told_by_file(report: Path) -> None:
    said = json.loads((report / "provenance.json").read_bytes())
    said["documents"]["brief.en"]["numbers"][0] = {}
    (report / "provenance.json").write_text(json.dumps(said), encoding="utf-8")
    assert "not as eum writes it" in alone(report)[2].differences[0].what
    (report / "provenance.json").write_bytes(b"{")
    (report / "tables" / "daily.csv").unlink()
    (report / "SHA256SUMS").unlink()
    assert [check.differences[0].where.rpartition("/")[2] for check in alone(report)] == [
        "SHA256SUMS",
        "provenance.json",
        "provenance.json",
    ]


# ---- a study that was changed by somebody who knows how it is kept


def made_up(folder: Path, record: dict) -> None:
    """Write a record and hashes that fit what is there, as a forger would, and sum the runs up again."""
    ensemble = recorded_ensemble(folder)
    names = [name for name in record["run_hashes"] if not name.startswith("centre-")]
    tables = study_tables(TaskResults(folder / "runs", names), ensemble.study, ensemble.package)
    shutil.rmtree(folder / "tables")
    write_tables(folder / "tables", tables)
    record["result_hash"] = tables_hash(tables)
    record["run_hashes"] = {
        n: tables_hash(sealed_tables(SealedFolder(folder / "runs" / n))) for n in record["run_hashes"]
    }
    (folder / "study.json").write_text(json.dumps(record), encoding="utf-8")
    shutil.rmtree(folder / "report", ignore_errors=True)
    seal_folder(folder, SealedFolder(folder).of)


def failing(folder: Path) -> dict[str, list[str]]:
    """Return the places that differ by the first word of the check; no run is repeated."""
    found = [check for check in checks(RunPlace(folder, None), VerifySample(0), here) if not check.holds]
    return {check.title.split()[0]: [difference.where for difference in check.differences] for check in found}


def test_a_run_that_was_left_out_is_told_though_all_hashes_fit(copy: Path) -> None:
    record = record_of(copy)
    shutil.rmtree(copy / "runs" / "causal-002-001003")
    del record["run_hashes"]["causal-002-001003"]
    made_up(copy, record | {"n_runs": record["n_runs"] - 2})
    assert failing(copy)["runs"][0].endswith("runs/causal-002-001003/SHA256SUMS")


def test_a_run_that_was_added_or_counted_is_told_though_all_hashes_fit(copy: Path) -> None:
    record = record_of(copy)
    made_up(copy, record | {"n_runs": 5000})
    assert failing(copy) == {"runs": ["study.json, n_runs"]}
    shutil.copytree(copy / "runs" / "causal-001-001002", copy / "runs" / "causal-003-001004")
    record["run_hashes"]["causal-003-001004"] = ""
    made_up(copy, record)
    assert "study.json, run_hashes" in failing(copy)["runs"]


def test_a_run_in_the_place_of_another_is_told_though_all_hashes_fit(copy: Path) -> None:
    record, runs = record_of(copy), copy / "runs"
    shutil.rmtree(runs / "causal-002-001003")
    shutil.copytree(runs / "causal-001-001002", runs / "causal-002-001003")
    made_up(copy, record)
    assert "runs/causal-002-001003" in failing(copy)["runs"]
    seal_folder(
        runs / "causal-002-001003", SealedFolder(runs / "causal-002-001003").of.replace("001-001002", "002-001003")
    )
    made_up(copy, record)
    assert failing(copy)["runs"][0] == "runs/causal-002-001003/budget_paths.parquet, draw"


def test_files_and_columns_that_no_run_writes_are_told_though_all_hashes_fit(copy: Path) -> None:
    record, run = record_of(copy), copy / "runs" / "causal-001-001002"
    (copy / "runs" / "note.txt").touch()
    daily, of = pd.read_parquet(run / "daily.parquet"), SealedFolder(run).of
    daily.drop(columns="active_holders").to_parquet(run / "extra.parquet")
    seal_folder(run, of)
    made_up(copy, record)
    found = failing(copy)
    assert found["stored"] == ["runs/note.txt"] and found["runs"] == ["runs/causal-001-001002/extra.parquet"]
    (copy / "policies" / "more").mkdir()
    assert failing(copy)["record:"][0].endswith("policies/more")
    (copy / "policies" / "more").rmdir()
    (copy / "policies" / "more.toml").write_text("", encoding="utf-8")
    assert failing(copy)["record:"][0].endswith("policies/more.toml")


@pytest.mark.parametrize(
    ("key", "value"),
    [("seed", True), ("seed", 1.0), ("seed", float("inf")), ("n_runs", 8.0), ("libraries", [1]), ("mine", 1)],
)
def test_a_record_of_other_types_or_keys_is_told_by_key(copy: Path, key: str, value: object) -> None:
    made_up(copy, record_of(copy) | {key: value})
    found = [check for check in checks(RunPlace(copy, None), VerifySample(0), here) if not check.holds]
    assert any(key in where or key in what for check in found for where, what in check.differences)


def test_a_key_that_is_gone_and_a_name_that_is_no_text_are_told(copy: Path) -> None:
    record = record_of(copy)
    del record["author"]
    record["run_hashes"]["\ud800"] = ""
    (copy / "study.json").write_text(json.dumps(record), encoding="utf-8")
    seal_folder(copy, SealedFolder(copy).of)
    found = list(checks(RunPlace(copy, None), SAMPLE, here))
    assert len(found) == 5 and "study.json, author" in [where for check in found for where, _ in check.differences]


def test_a_run_that_cannot_be_repeated_is_told(copy: Path) -> None:
    record, centre = record_of(copy), copy / "runs" / "centre-causal"
    parameters, of = pd.read_parquet(centre / "parameters.parquet"), SealedFolder(centre).of
    parameters["value"] = float("nan")
    parameters.to_parquet(centre / "parameters.parquet")
    seal_folder(centre, of)
    made_up(copy, record)
    ensemble = recorded_ensemble(copy)
    told = runs_check(copy, ["causal-001-001002"], ensemble, here).differences
    assert told and told[0].what.startswith("cannot be repeated: unit causal-001-001002")


def test_tables_are_compared_to_the_last_bit() -> None:
    table = pd.DataFrame({"x": [0.0, 1.0], "n": [1, 2]})
    assert not found_differences(table, table.copy(), "t")
    assert found_differences(table, table.assign(x=[-0.0, 1.0]), "t")[0].where == "t, line 2, x"
    assert found_differences(table, table.assign(n=[1.0, 2.0]), "t")[0].where == "t, n"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"run_hashes": 3}', b"[" * 5000])
def test_a_record_that_is_damaged_is_told_by_name(copy: Path, content: bytes) -> None:
    (copy / "study.json").write_bytes(content)
    found = failing(copy)
    assert found["stored"][0] == "study.json" and found["record:"][0].endswith("study.json")


@pytest.mark.parametrize("name", ["tables/ladder", "runs/causal-001-001002/ladder", "runs/centre-causal/parameters"])
def test_a_table_that_is_damaged_is_told_by_name_and_the_other_checks_follow(copy: Path, name: str) -> None:
    name = f"{name}.parquet"
    whole = (copy / name).read_bytes()
    for damaged in (b"", whole[:100], whole[: len(whole) // 2], b"x" * 100):
        (copy / name).write_bytes(damaged)
        found = list(checks(RunPlace(copy, None), VerifySample(0), here))
        assert len(found) == 5
        assert any(where.endswith(name) for check in found for where, _ in check.differences)


def test_a_report_of_a_damaged_study_is_not_built_and_says_why(copy: Path) -> None:
    (copy / "tables" / "ladder.parquet").write_bytes(b"")
    first = next(iter(checks(RunPlace(copy, copy / "report"), SAMPLE, here)))
    assert first.differences[0].where.endswith("ladder.parquet") and "sha256" in first.differences[0].what
