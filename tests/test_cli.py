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

from eum.cli.options import counted_from
from eum.dimensions import FAMILIES
from eum.errors import InputError
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
    (("run", "incheon-2020-actual", "--family", "gut"), "gut: expected all or one of survey, causal, iri2019"),
    (("compare", "none", "incheon-2020-actual", "--relative-to", "gyeyang-1999"), "gyeyang-1999: no such policy"),
    (("regret", "none", "incheon-2020-actual", "--relative-to", "a", "--beyond", "b"), "expected --relative-to alone"),
    (("run", "incheon-2020-actual", "--days", "2020-06-30..2020-01-01"), "expected the last day after the first"),
    (("run", "incheon-2020-actual", "--days", "soon"), "--days: soon: expected two days"),
    (("compare", "incheon-2020-actual"), "expected at least two policies"),
    (("compare", "incheon-2020-actual", "incheon-2020-actual"), "expected each policy once"),
    (("compare", "none", "incheon-2020-actual", "--out", "r"), "expected --until-halfwidth beside it"),
    (("run", "incheon-2020-actual", "--until-halfwidth", "0"), "--until-halfwidth: half-width 0: expected won"),
    (("run", "incheon-2020-actual", "--until-halfwidth", "2", "--rung", "all"), "rung all: expected one of gross_use"),
    (("run", "incheon-2020-actual", "--until-halfwidth", "2", "--most", "9"), "at most 9 runs: expected 20 or more"),
    (("expect",), "expected at least one, by name or file"),
    (("expect", "incheon-2020-actual", "--errors", "no.csv"), "no.csv: no table of errors; expected the one that eum"),
    (("responses", "--family", "gut"), "--family: gut: expected one of survey, causal, iri2019"),
    (("evaluations", "--scale", "7"), "--scale: 7.0: expected a share"),
    (("card", "--responses", "nowhere.csv"), "expected the one that eum"),
    (("replay", "2010-01-01", "2010-06-30"), "expected days from 2018-06-15 to"),
    (("replay", "2019-05-01", "soon"), "END: soon: expected a day like"),
    (("replay", "2019-06-01", "2019-06-30", "--own", "nowhere.csv"), "nowhere.csv: no such file; expected a table"),
    (("study", "unknown"), "no such study"),
    (("equal", "none", "x", "--to", "none", "--within", "1-2"), "--within: 1-2: expected low, high and step like"),
    (("equal", "none", "x", "--to", "none", "--within", "0..1:0.1"), "none.toml: variables: 'x': expected one of"),
    (
        ("equal", "none", "x", "--to", "none", "--within", "0..1:0.1", "--measure", "joy"),
        "--measure: joy: expected one",
    ),
    (("regret", "none"), "expected at least two designs"),
    (("regret", "none", "incheon-2020-actual", "--family", "gut"), "--family: gut: expected all or one of"),
    (("search", "unknown"), "no such definition"),
    (("game", "search-gyeyang"), "players: Field required"),
    (("report", "nowhere"), "no such study folder"),
    (("policy", "check", "nowhere.toml"), "nowhere.toml: no such policy"),
    (("policy", "check", "none", "--set", "a=b c"), "--set: a=b c: expected name=value"),
    (("policy", "check", "none", "--set", "a=1"), "variables: 'a': expected one of its variables: none there"),
    (("policy", "table", "none", "--on", "soon"), "--on: soon: expected a date"),
    (("policy", "table", "none", "--csv", "nowhere/rates.csv"), "--csv: nowhere/rates.csv: no such folder"),
    (("city", "check", "nowhere"), "datapackage.json"),
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


def test_the_old_name_of_an_option_is_understood_and_the_new_one_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert counted_from("none", "incheon-2020-actual") == counted_from("incheon-2020-actual", "")
    assert "--beyond is called --relative-to now" in capsys.readouterr().err
    with pytest.raises(InputError, match="expected --relative-to alone"):
        counted_from("none-but-this", "incheon-2020-actual")


HEAVY = {"matplotlib", "mesa", "numba", "numpy", "pandas", "pydantic", "scipy"}
"""Libraries that take a tenth of a second or more to read."""


def heavy_after(code: str, *arguments: str) -> set[str]:
    """Return which heavy libraries a process of its own has read after some code."""
    code = f"import sys\n{code}\nprint(*{HEAVY} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    return set(ran.stdout.split())


def test_help_comes_before_any_heavy_library_is_read() -> None:
    assert heavy_after("import eum.cli") == set()
    assert heavy_after("import numpy") == {"numpy"}


@pytest.mark.parametrize("verb", ["search", "game"])
def test_a_name_that_nobody_knows_is_told_before_the_report_is_read(verb: str) -> None:
    code = "from eum.cli import main\ntry:\n    main()\nexcept SystemExit as end:\n    assert end.code == 2"
    assert "matplotlib" not in heavy_after(code, verb, "unknown")


def test_policies_are_told_in_both_languages(tmp_path: Path) -> None:
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
    sized = ("--days", "2020-03-16..2020-03-17", "--scale", "0.0005", "--seeds", "1", "--table", "t.csv")
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
    done = fresh("city", "check", folder=tmp_path)
    assert done.returncode == 0 and "nothing wrong" in done.stdout


def test_a_run_leaves_its_record_and_refuses_to_replace_it(tmp_path: Path) -> None:
    arguments = ("run", "gyeyang-2020-actual", "--scale", "0.001", "--days", "2020-03-10..2020-03-20", "--out", "r")
    assert fresh(*arguments, folder=tmp_path).returncode == 0
    record = json.loads((tmp_path / "r" / "run.json").read_text(encoding="utf-8"))
    assert record["family"] == "all" and set(record["parameters"]) == set(FAMILIES)
    assert set(read_tables(tmp_path / "r")["daily"]["family"]) == set(FAMILIES)
    again = fresh(*arguments, folder=tmp_path)
    assert again.returncode == 2 and "there is a result here already" in again.stderr


def test_a_window_of_the_record_is_replayed_and_kept(tmp_path: Path) -> None:
    done = fresh("replay", "2025-10-27", "2025-11-02", "--scale", "0.001", "--out", "r", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "festival" in done.stdout and "Nobody counted members after 2020-06-28" in done.stdout
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
