"""The command as a user meets it: clear answers, one line and exit code 2 for a bad input, nothing half-written."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from eum.dimensions import EVIDENCE
from eum.runner.results_store import read_tables


def fresh(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", "from eum.cli import main; main()", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1] / "sim")},
        capture_output=True,
        text=True,
        check=False,
    )


BAD = [
    (("run", "gyeyang-1999"), "gyeyang-1999: no such policy"),
    (("run", "none", "--scale", "7"), "--scale: 7.0: expected a share"),
    (
        ("run", "incheon-2020-actual", "--evidence", "gut"),
        "--evidence: gut: expected all or one of survey, causal, iri2019",
    ),
    (("compare", "none", "incheon-2020-actual", "--relative-to", "gyeyang-1999"), "gyeyang-1999: no such policy"),
    (
        ("run", "incheon-2020-actual", "--period", "2020-06-30..2020-01-01"),
        "--period: 2020-01-01: expected the last day after the first",
    ),
    (("run", "incheon-2020-actual", "--days", "soon"), "--period: soon: expected two days"),
    (("compare", "incheon-2020-actual"), "expected at least two policies"),
    (("compare", "incheon-2020-actual", "incheon-2020-actual"), "expected each policy once"),
    (("compare", "none", "incheon-2020-actual", "--out", "r"), "expected --precision beside it"),
    (("run", "incheon-2020-actual", "--precision", "0"), "--precision: half-width 0: expected won"),
    (("run", "incheon-2020-actual", "--precision", "2", "--effect", "all"), "rung all: expected one of gross_use"),
    (("run", "incheon-2020-actual", "--precision", "2", "--max-seeds", "9"), "at most 9 runs: expected 20 or more"),
    (("compare", "--engine", "expected"), "Missing argument"),
    (("compare", "--engine", "reference", "a", "b"), "--engine: 'reference' is not one of 'compiled', 'expected'"),
    (("compare", "none", "a", "--engine", "expected", "--seeds", "2"), "--seeds: expected values have no runs"),
    (("run", "none", "--start", "2020-99-01"), "--start: 2020-99-01: expected a day like"),
    (("run", "none", "--start", "2020-03-01", "--end", "2020-02-01"), "--end: 2020-02-01: expected the last day after"),
    (("run", "none", "--lang", "fr"), "--lang: fr: expected one of en, ko"),
    (("--lang", "fr", "run", "none"), "--lang: fr: expected one of en, ko"),
    (
        ("compare", "--engine", "expected", "incheon-2020-actual", "--errors", "no.csv"),
        "no.csv: no table of errors; expected the one that eum",
    ),
    (("validate", "patterns", "--evidence", "gut"), "--evidence: gut: expected one of survey, causal, iri2019"),
    (("validate", "estimators", "--scale", "7"), "--scale: 7.0: expected a share"),
    (("docs", "model-card", "--responses", "nowhere.csv"), "expected the one that eum"),
    (("history", "replay", "2010-01-01", "2010-06-30"), "expected days from 2018-06-15 to"),
    (("history", "replay", "2019-05-01", "soon"), "END: soon: expected a day like"),
    (
        ("history", "replay", "2019-06-01", "2019-06-30", "--user-data", "nowhere.csv"),
        "nowhere.csv: no such file; expected a table",
    ),
    (("study", "unknown"), "no such study"),
    (
        ("decide", "break-even", "none", "x", "--target", "none", "--range", "1-2"),
        "--range: 1-2: expected low, high and step like",
    ),
    (
        ("decide", "break-even", "none", "x", "--target", "none", "--range", "0..1:0.1"),
        "none.toml: variables: 'x': expected one of",
    ),
    (
        ("decide", "break-even", "none", "x", "--target", "none", "--range", "0..1:0.1", "--measure", "joy"),
        "--measure: joy: expected one",
    ),
    (("decide", "regret", "none"), "expected at least two designs"),
    (
        ("decide", "regret", "none", "incheon-2020-actual", "--evidence", "gut"),
        "--evidence: gut: expected all or one of",
    ),
    (("decide", "optimize", "unknown"), "no such definition"),
    (("decide", "game", "search-gyeyang"), "players: missing; expected a value"),
    (("report", "nowhere"), "no such study folder"),
    (("policy", "check", "nowhere.toml"), "nowhere.toml: no such policy"),
    (("policy", "check", "none", "--set", "a=b c"), "--set: a=b c: expected name=value"),
    (("policy", "check", "none", "--set", "a=1"), "variables: 'a': expected one of its variables: none there"),
    (("policy", "table", "none", "--on", "soon"), "--on: soon: expected a date"),
    (("policy", "table", "none", "--csv", "nowhere/rates.csv"), "--csv: nowhere/rates.csv: no such folder"),
    (("data", "check", "nowhere"), "datapackage.json"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD, ids=[" ".join(a) for a, _ in BAD])
def test_a_bad_input_is_one_line_and_exit_code_2(
    arguments: tuple[str, ...], message: str, eum: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = eum(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert len([line for line in done.stderr.splitlines() if line.startswith("eum:")]) <= 1
    assert not list(tmp_path.iterdir()), "nothing half-written"


def test_a_bad_input_ends_a_process_with_exit_code_2(tmp_path: Path) -> None:
    done = fresh("run", "gyeyang-1999", folder=tmp_path)
    assert done.returncode == 2 and done.stdout == ""
    (told,) = done.stderr.strip().splitlines()
    assert told.startswith("eum: gyeyang-1999: no such policy")


HEAVY = {"matplotlib", "mesa", "numba", "numpy", "pandas", "pydantic", "rich", "scipy"}
"""Libraries that take a tenth of a second or more to read."""


def heavy_after(code: str, *arguments: str) -> set[str]:
    """Return which heavy libraries a process of its own has read after some code."""
    code = f"import sys\n{code}\nprint(*{HEAVY} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    return set(ran.stdout.split())


def test_help_comes_before_any_heavy_library_is_read() -> None:
    assert heavy_after("import eum.cli") == set()
    assert heavy_after("import numpy") == {"numpy"}


def test_a_warning_of_the_package_about_a_number_ends_the_command() -> None:
    code = (
        "import warnings; from eum import cli\n"
        "def app(**_): warnings.warn_explicit('divide', RuntimeWarning, 'f.py', 1, module='eum.outcomes')\n"
        "cli.app = app; cli.main()"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 2 and "expected finite numbers" in ran.stderr


@pytest.mark.parametrize("verb", ["optimize", "game"])
def test_a_name_that_nobody_knows_is_reported_before_the_report_is_read(verb: str) -> None:
    code = "from eum.cli import main\ntry:\n    main()\nexcept SystemExit as end:\n    assert end.code == 2"
    assert "matplotlib" not in heavy_after(code, "decide", verb, "unknown")


def test_policies_are_printed_in_both_languages(tmp_path: Path) -> None:
    done = fresh("policy", "check", "gyeyang-2020-actual", folder=tmp_path)
    assert done.returncode == 0
    assert "혜택플러스" in done.stdout and "Plus shops" in done.stdout


def test_a_policy_shows_its_rates_of_a_date_and_writes_them(tmp_path: Path) -> None:
    shown = fresh("policy", "table", "gyeyang-2020-actual", "--on", "2020-03-16", folder=tmp_path)
    assert shown.returncode == 0 and "top_up[0]" in shown.stdout and "plus[0]" not in shown.stdout
    assert fresh("policy", "table", "none", "--csv", "rates.csv", folder=tmp_path).returncode == 0
    assert (tmp_path / "rates.csv").read_bytes() == b"\xef\xbb\xbfclause\r\n"


def test_names_of_policies_are_no_formulas_in_the_table_of_a_comparison(tmp_path: Path) -> None:
    names = ["=cmd", "-1%", "우리 구"]
    for name in names:
        (tmp_path / f"{name}.toml").write_text('title_ko = "가"\ntitle_en = "a"\n', encoding="utf-8")
    files = [f"./{name}.toml" for name in names]
    sized = ("--period", "2020-03-16..2020-03-17", "--scale", "0.0005", "--seeds", "1", "--table", "t.csv")
    done = fresh("compare", *files, *sized, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    content = (tmp_path / "t.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    told = list(csv.DictReader(content.decode("utf-8-sig").splitlines()))
    assert list(dict.fromkeys(row["policy"] for row in told)) == ["'=cmd", "'-1%", "우리 구"]


def test_variables_of_a_policy_are_shown_and_set(tmp_path: Path) -> None:
    example = str(Path(__file__).resolve().parents[1] / "sim" / "eum" / "policy" / "examples" / "variables.toml")
    shown = fresh("policy", "check", example, "--set", "bonus_percent=7.5", folder=tmp_path)
    assert shown.returncode == 0
    assert "$bonus_percent = 7.5" in shown.stdout and "30만원까지 7.5 %" in shown.stdout


def test_the_city_that_comes_with_eum_is_complete(tmp_path: Path) -> None:
    done = fresh("data", "check", folder=tmp_path)
    assert done.returncode == 0 and "nothing wrong" in done.stdout


def test_a_run_leaves_its_record_and_refuses_to_replace_it(tmp_path: Path) -> None:
    arguments = ("run", "gyeyang-2020-actual", "--scale", "0.001", "--period", "2020-03-10..2020-03-20", "--out", "r")
    assert fresh(*arguments, folder=tmp_path).returncode == 0
    record = json.loads((tmp_path / "r" / "run.json").read_text(encoding="utf-8"))
    assert record["family"] == "all" and set(record["parameters"]) == set(EVIDENCE)
    assert set(read_tables(tmp_path / "r")["daily"]["family"]) == set(EVIDENCE)
    again = fresh(*arguments, folder=tmp_path)
    assert again.returncode == 2 and "there is a result here already" in again.stderr


def test_a_window_of_the_record_is_replayed_and_kept(tmp_path: Path) -> None:
    done = fresh("history", "replay", "2025-10-27", "2025-11-02", "--scale", "0.001", "--out", "r", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "festival" in done.stdout and "Nobody counted members after 2022-06-22" in done.stdout
    assert (tmp_path / "r" / "tables" / "replay.parquet").is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
def test_ctrl_c_in_mid_run_leaves_nothing(tmp_path: Path) -> None:
    root = str(Path(__file__).resolve().parents[1] / "sim")
    command = [sys.executable, "-c", "from eum.cli import main; main()", "run", "incheon-2020-actual", "--scale", "1"]
    running = subprocess.Popen(
        [*command, "--out", "r"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": root},
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(12)
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "stopped" in told
    assert not (tmp_path / "r").exists()
