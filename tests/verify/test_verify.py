"""A stored study that is untouched passes every check; a digit changed anywhere in it or its report is told."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from eum.analysis.experiments.ready import StudyRequest, load_study
from eum.analysis.experiments.study import ensemble_of, is_done, recorded_ensemble, run_study
from eum.city.data import load_city_data
from eum.cli import app
from eum.errors import InputError
from eum.output.report import build_report
from eum.output.report.i18n import LANGUAGES
from eum.runner.results_store import partial_folder
from eum.runner.tasks import TaskRunner
from eum.verify import RunPlace, VerifyCheck, VerifySample, checks, place_of_run
from eum.verify.verify import record_check, runs_check, stored_check, summary_check

SAMPLE = VerifySample(1)


POLICY = """
extends = "incheon-2020-actual"
title_ko = "강화 시험: 3% <추가>"
title_en = "A trial in Ganghwa: 3 % <more>"

[[top_up]]
start = 2020-03-16
district = "ganghwa"
tiers = [{ from_krw = 0, to_krw = 300_000, rate_percent = 3 }]
budget = "trial"
source = "assumption"

[[district_card]]
district = "ganghwa"
launch = 2020-03-16
source = "assumption"

[[budget]]
id = "trial"
payer = "ganghwa"
purpose = "top_up"
amount_krw = 50_000_000
source = "assumption"
confidence = "J"
"""
STUDY = """
name = "own-trial"
title_ko = "강화군 시험 연구"
title_en = "A study of Ganghwa's own"
institution = "강화군 <경제과>"
document_number = "강화-2020-1"
date = 2020-07-01
focus_district = "ganghwa"
start = 2020-03-01
end = 2020-03-31
families = ["causal"]

[variants.half]
city = "incheon-2020-actual"
district = "half-as-much.toml"
title_ko = "절반"
title_en = "Half as much"

[variants.all-of-it]
city = "incheon-2020-actual"
district = "never-seen-before.toml"

[size]
scale = 0.001
n_draws = 2
n_seeds = 2
"""


def tiny(folder: Path) -> StudyRequest:
    """Return a study of two policies of one's own that lie beside its definition in a folder."""
    (folder / "never-seen-before.toml").write_text(POLICY, encoding="utf-8")
    (folder / "half-as-much.toml").write_text(POLICY.replace("percent = 3", "percent = 1.5"), encoding="utf-8")
    (folder / "own.toml").write_text(STUDY, encoding="utf-8")
    return load_study(str(folder / "own.toml"))


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
    assert passed.output.count("same: ") == 5 and "All the same." in passed.output
    moved = Path(shutil.copytree(study / "report", tmp_path / "elsewhere"))
    page = moved / "brief.en.html"
    text = page.read_text(encoding="utf-8")
    at = text.index("</data>") - 1
    page.write_text(f"{text[:at]}{(int(text[at]) + 1) % 10}{text[at + 1 :]}", encoding="utf-8", newline="\n")
    failed = runner.invoke(app, ["verify", str(moved), "--study", str(study), "--runs", "1", "--workers", "1"])
    assert failed.exit_code == 1
    assert "brief.en.html, line" in failed.output and "Something differs." in failed.output
    with pytest.raises(InputError, match="expected --study"):
        place_of_run(moved)


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
    ensemble = recorded_ensemble(copy)
    assert [f.where for f in stored_check(copy, record, {}).differences if f.where != "tables"] == [f"runs/{name}"]
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
    record = record_of(copy)
    shutil.rmtree(copy / "runs" / "centre-causal")
    found = stored_check(copy, record, {}).differences
    assert ("runs/centre-causal", "is missing") in found
    assert not runs_check(copy, ["centre-causal"], recorded_ensemble(copy), here).holds
    shutil.rmtree(copy / "runs")
    assert not summary_check(copy, record, {}, recorded_ensemble(copy)).holds


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
