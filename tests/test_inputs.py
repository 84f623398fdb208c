"""Hostile and merely real inputs: each kind is one clear line, or works; no traceback, nothing taken for another."""

import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import typer

from eum import cli
from eum.cli.options import progress_bar
from eum.cli.screen import print_table
from eum.errors import InputError, one_line
from eum.locks import claimed
from eum.toml import file_values, toml_values

POLICY = """
title_ko = "시험"
title_en = "Trial"
[[city]]
start = 2020-03-01
end = 2020-03-31
budget = "pot"
national_percent = 0
city_percent = 100
source = "assumption"
tiers = [{ from_krw = 0, to_krw = 300_000, rate_percent = RATE }]
[[budget]]
id = "pot"
payer = "city"
amount_krw = 1_000_000_000
source = "assumption"
confidence = "J"
purpose = "a trial"
"""
EXTENDING = 'title_ko = "시험"\ntitle_en = "Trial"\n'
DAYS = ("--period", "2020-03-16..2020-03-18", "--scale", "0.001")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of one's own in which the command runs, with a policy and other files in it."""
    monkeypatch.chdir(tmp_path)
    text = POLICY.replace("RATE", "10")
    for name in ("base", "a/trial", "b/trial", "none", "[a] x"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    (tmp_path / "bom.toml").write_bytes(b"\xef\xbb\xbf" + text.encode())
    (tmp_path / "cp949.toml").write_bytes(text.encode("cp949"))
    (tmp_path / "digits.toml").write_text("a = " + "9" * 5000, encoding="utf-8")
    (tmp_path / "hex.toml").write_text("[b]\na = [0x" + "f" * 5000 + "]", encoding="utf-8")
    (tmp_path / "deep.toml").write_text("a = " + "[" * 3000 + "]" * 3000, encoding="utf-8")
    (tmp_path / "removes.toml").write_text(EXTENDING + 'extends = "base"\nremove = ["pot"]\n', encoding="utf-8")
    for name, other in (("breaks", "\\n"), ("glob", "incheon*"), ("absolute", "/etc/passwd"), ("null", "a\\u0000b")):
        (tmp_path / f"{name}.toml").write_text(f'{EXTENDING}extends = "{other}"\n', encoding="utf-8")
    for i in range(60):
        (tmp_path / f"chain{i}.toml").write_text(f'{EXTENDING}extends = "chain{i + 1}"\n', encoding="utf-8")
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    fit = (Path(__file__).parents[1] / "designs" / "fit-history.toml").read_text(encoding="utf-8")
    (tmp_path / "window.toml").write_text(fit.replace("end = 2022-12-31", "end = 2022-12-30"), encoding="utf-8")
    (tmp_path / "escape.toml").write_text('name = "../../escaped"\n', encoding="utf-8")
    return tmp_path


BAD = [
    (("policy", "check", "*"), "*: no such policy"),
    (("policy", "check", "incheon*"), "incheon*: no such policy"),
    (("policy", "check", "a/**"), "a/**: no such policy"),
    (("policy", "check", "a/trial"), "expected a .toml file (a/trial.toml is there)"),
    (("policy", "check", "/nowhere/trial"), "/nowhere/trial: no such policy"),
    (("policy", "check", "x" * 5000), "no such policy"),
    (("policy", "check", "cp949.toml"), "cp949.toml: not text in UTF-8"),
    (("policy", "check", "digits.toml"), "digits.toml: not valid TOML: Exceeds the limit (4300 digits)"),
    (("policy", "check", "hex.toml"), "hex.toml: b.a[0]: a number of 20000 bits; expected one from"),
    (("policy", "check", "deep.toml"), "deep.toml: not valid TOML: nested too deeply"),
    (("policy", "check", "glob.toml"), "glob.toml: extends: incheon*: no such policy"),
    (("policy", "check", "absolute.toml"), "absolute.toml: extends: /etc/passwd: no such policy"),
    (("policy", "check", "breaks.toml"), "breaks.toml: extends: '\\n': no such policy"),
    (("policy", "check", "null.toml"), "null.toml: extends: 'a\\x00b': no such policy"),
    (("policy", "check", "chain0.toml"), "50 policies extend one another; expected at most 50"),
    (("policy", "check", "removes.toml"), "none here (removes.toml removes 'pot')"),
    (("policy", "check", "none", "--set", "a=" + "9" * 5000), "expected name=value"),
    (("policy", "check", "none", "--set", "a=" + "[" * 3000), "expected name=value"),
    (("policy", "check", "none", "--set", "a=1\nb=2"), "--set: a=1 b=2: expected name=value"),
    (("study", "cp949.toml"), "cp949.toml: not text in UTF-8"),
    (("study", "deep.toml"), "deep.toml: not valid TOML"),
    (("decide", "optimize", "digits.toml"), "digits.toml: not valid TOML"),
    (("decide", "optimize", "escape.toml"), "escape.toml: name: '../../escaped': expected letters, digits"),
    (("calibrate", "fit", "cp949.toml"), "cp949.toml: not text in UTF-8"),
    (("decide", "game", "search*"), "search*: no such definition"),
    (("sensitivity", "file"), "file: no such analysis"),
    (("run", "none"), "policies: none: expected one beside none"),
    (("compare", "none", "none"), "policies: none none: expected one beside none"),
    (("run", "./none.toml"), "none and ./none.toml are both called 'none', after the file"),
    (("compare", "a/trial.toml", "b/trial.toml"), "a/trial.toml and b/trial.toml are both called 'trial'"),
    (("run", "base.toml", "--seed", "-1"), "--seed: "),
    (("run", "base.toml", "--seed", "9" * 30), "--seed: "),
    (("compare", "none", "base.toml", "--draws", "-3"), "--draws: "),
    (("dashboard", "--port", "99999"), "--port: "),
    (("demo", "--port", "-1"), "--port: "),
    (("run", "base.toml", "--disable", "joy"), "--disable: joy: expected one of seasons"),
    (("run", "base.toml", "--scale", "nan"), "--scale: nan: expected a share"),
    (("run", "base.toml", "--out", "file/x"), "file/x: Not a directory; expected a name that can be written"),
    (("run", "base.toml", "--out", "file"), "file: not a result folder of eum"),
    (("validate", "ablation", "--out", "file/x.csv"), "file/x.csv: Not a directory"),
    (("compare", "none", "base.toml", "--table", "nowhere/x.csv"), "--table: nowhere/x.csv: no such folder"),
    (("compare", "none", "base.toml", "--table", "a"), "--table: a: is a folder; expected a file"),
    (("explain", "resident", "1", "--out", "nowhere/x.csv"), "--out: nowhere/x.csv: no such folder"),
    (("history", "replay", "2020-13-01", "2020-12-31"), "START: 2020-13-01: expected a day like"),
    (("history", "replay", "2020-12-31", "2020-12-01"), "END: 2020-12-01: expected the last day after the first"),
    (
        ("decide", "break-even", "city-rate", "x", "--target", "none", "--range", "1..inf:1"),
        "--range: 1..inf:1: expected low, high",
    ),
    (
        ("decide", "break-even", "city-rate", "x", "--target", "none", "--range", "1..2:1e-300"),
        "expected at most 1,000,000,000 steps",
    ),
    (
        ("compare", "--engine", "expected", "base.toml", "--errors", "base.toml"),
        "base.toml: family: no such column; expected",
    ),
    (
        ("validate", "ablation", "--cluster", "nonsense"),
        "--cluster: nonsense: expected the address of a Dask scheduler",
    ),
    (("validate", "ablation", "--cluster", "tcp://127.0.0.1:x"), "expected the address of a Dask scheduler"),
    (("run", "base.toml", "--data", "nowhere"), "nowhere: no such folder: expected a folder with datapackage.json"),
    (
        ("calibrate", "fit", "window.toml"),
        "window.toml: end: 2022-12-30: expected the last day of a month, 2019-08-31 or later",
    ),
    (("run", "base.toml", "--nonsense"), "No such option: --nonsense"),
    (("nonsense",), "No such command 'nonsense'"),
]


_TOO_MUCH = [
    (("run", "none", "--threads", "1000000"), "--threads: "),
    (("run", "none", "--workers", "100000"), "--workers: "),
    (("compare", "none", "base.toml", "--draws", "1000000000000"), "--draws: "),
    (("compare", "none", "base.toml", "--seeds", "1000000000000"), "--seeds: "),
    (("run", "none", "--days", "0001-01-01..9999-12-31"), "--period: 9999-12-31: 3652059 days"),
    (("run", "none", "--start", "1900-01-01"), "--end: 2020-06-30: 44011 days from 1900-01-01; expected at most 3660"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD + _TOO_MUCH, ids=[" ".join(a)[:60] for a, _ in BAD + _TOO_MUCH])
def test_it_is_told_on_one_line_before_anything_is_run(
    arguments: tuple[str, ...], message: str, eum: Callable, folder: Path
) -> None:
    before = sorted(folder.rglob("*"))
    done = eum(*arguments)
    assert done.returncode == 2 and done.stdout == ""
    # Progress is drawn only where there is work.
    lines = [line for line in done.stderr.splitlines() if line.strip() and " left " not in line]
    assert len(lines) == 1 and message in lines[0], done.stderr
    assert sorted(folder.rglob("*")) == before, "nothing half-written"


def test_a_byte_order_mark_is_read(eum: Callable, folder: Path) -> None:
    assert eum("policy", "check", "bom.toml").stdout == eum("policy", "check", "base.toml").stdout != ""


def test_a_rate_of_minus_nothing_is_nothing(eum: Callable, folder: Path) -> None:
    (folder / "zero.toml").write_text(POLICY.replace("RATE", "-0.0"), encoding="utf-8")
    told = eum("policy", "check", "zero.toml").stdout
    assert "30만원까지 0 %" in told and "-0 %" not in told


def test_a_link_in_the_place_of_a_result_is_told_before_the_run(eum: Callable, folder: Path) -> None:
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere" / "study.json").write_text("{}", encoding="utf-8")
    (folder / "results").mkdir()
    (folder / "results" / "gyeyang-2020").symlink_to(folder / "elsewhere")
    done = eum("study", "gyeyang-2020", "--replace", "--scale", "0.001")
    assert done.returncode == 2 and "results/gyeyang-2020: is a link; expected the name of a folder" in done.stderr


def test_a_result_that_another_command_writes_is_told_before_the_run(eum: Callable, folder: Path) -> None:
    holder = ExitStack()
    other = threading.Thread(target=lambda: holder.enter_context(claimed(folder / "r")))
    other.start()
    other.join()
    with holder:
        done = eum("run", "base.toml", "--out", "r", *DAYS)
    assert done.returncode == 2 and "r: another command of eum writes here (process " in done.stderr


def test_the_version_is_told(eum: Callable) -> None:
    assert re.fullmatch(r"eum \d+\.\d+\.\d+\n", eum("--version").stdout)


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (MemoryError(), 1, "eum: not enough memory; a smaller --scale"),
        (OSError(28, "No space left on device", "r.partial"), 2, "eum: r.partial: No space left on device"),
        (
            shutil.Error([("a", "r.partial/t", "No space left on device")]),
            2,
            "eum: r.partial/t: No space left on device",
        ),
        (UnicodeEncodeError("ascii", "\udcec", 0, 1, "no"), 2, "expected a locale of UTF-8"),
        (InputError("two\nlines\x1b[31m"), 2, "eum: two lines\\x1b[31m"),
    ],
)
def test_what_people_can_mend_is_one_line(
    error: Exception, code: int, told: str, eum: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(cli, "app", fail)
    done = eum("run")
    assert done.returncode == code and told in done.stderr and done.stderr.count("\n") == 1


def test_messages_are_one_line_and_not_endless() -> None:
    assert one_line("계양: expected 1") == "계양: expected 1"
    assert one_line("a\r\nb\u2028c\x00") == "a b c\\x00"
    assert len(str(InputError("x" * 100_000))) < 2100


@pytest.mark.parametrize("encoding", ["ascii", "cp949", "utf-8"])
def test_a_terminal_of_another_encoding_is_no_reason_to_stop(encoding: str, folder: Path) -> None:
    code = f"import os; os.environ['PYTHONIOENCODING'] = {encoding!r}; os.environ['PYTHONUTF8'] = '0'\n"
    code += f"import sys; os.execv(sys.executable, [sys.executable, '-c', {'from eum.cli import main; main()'!r}, "
    code += "'policy', 'check', 'gyeyang-2020-actual'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[1], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    told = done.stdout.decode(encoding)
    assert "Plus shops" in told and ("혜택플러스" in told or "\\ud61c\\ud0dd" in told)


# ---- what is shown


def commands(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the words and the command of every verb."""
    for name, command in (group or typer.main.get_command(cli.app)).commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def test_help_shows_every_word_of_it(eum: Callable) -> None:
    for path, command in commands():
        # Lines may break inside of a word with a hyphen.
        told = "".join(eum(*path, "--help").stdout.split())
        for parameter in command.params:
            if getattr(parameter, "hidden", False):
                continue
            assert "".join(str(parameter.help).split()) in told, (path, parameter.name)


WITHOUT_MODEL = {
    ("report",),
    ("data", "check"),
    *(("validate", verb) for verb in ("score", "benchmarks")),
    *(("policy", verb) for verb in ("check", "table", "schema", "reference")),
}


def test_every_verb_that_runs_the_model_takes_data_and_none_writes_over_what_is_published() -> None:
    for path, command in commands():
        options = {option: p.default for p in command.params for option in p.opts}
        assert ("--data" in options) != (path in WITHOUT_MODEL), path
        assert not any(str(default).startswith("docs") for default in options.values()), path


def test_words_in_brackets_stay_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("own [/b] [final]", ("measure", "[a] x", "[b] x"), [("[red]kept", 1, 2)], ("[a] x",), "see [/c]")
    shown = capsys.readouterr().out
    for word in ("own [/b] [final]", "[a] x", "[b] x", "[red]kept", "see [/c]"):
        assert word in shown
    with progress_bar() as progress:
        progress.add_task("Study [/b]", total=1)


ROWS = [("seo-fee-support-of-a-long-name", "112,738,000,000", "1,234.5"), ("none", "0", "0.0")]


def test_a_table_that_goes_to_a_file_breaks_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    print_table("Budgets that paid", ("budget", "spent", "rate"), ROWS, ("spent", "rate"))
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if all(cell in line for cell in ROWS[0])]


@pytest.mark.parametrize("columns", ["20", "40", "60", "120"])
def test_a_number_is_whole_on_a_narrow_terminal(
    columns: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("FORCE_COLOR", "1")
    print_table("Budgets that paid", ("budget", "spent", "rate"), ROWS, ("spent", "rate"), "Won.")
    shown = capsys.readouterr().out
    assert all(cell in shown for row in ROWS for cell in row)


# ---- reading


def test_values_are_read_as_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(f"a = {2**63 - 1}\nb = [{-(2**63)}, 1e999, nan]\n", encoding="utf-8")
    assert file_values(path)["a"] == 2**63 - 1
    with pytest.raises(InputError, match="here: a: a number of 64 bits; expected one from"):
        toml_values(f"a = {2**63}", "here")
    with pytest.raises(InputError, match=r"nowhere\.toml: No such file"):
        file_values(tmp_path / "nowhere.toml")
