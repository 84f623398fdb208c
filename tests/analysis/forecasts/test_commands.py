"""The commands `eum validate score` and `eum validate benchmarks`: files in and out, both languages, refusals."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from eum.analysis.forecasts.known_rates import TYPICAL_SPENDING_KRW
from eum.analysis.forecasts.registered import read_forecast, write_forecast
from tests.analysis.forecasts.conftest import MONTHLY, predictions
from tests.test_cli_names import LEAVES

AHEAD = ("validate", "benchmarks", "2022-06", "2022-12")
WITH = ("--observed", str(MONTHLY))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder in which the command runs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_benchmarks_are_written_as_registered_predictions_and_scored(eum: Callable, folder: Path) -> None:
    done = eum(*AHEAD, *WITH, "--out", "b.csv", "--draws", "30")
    assert done.returncode == 0, done.stderr
    methods = ("aggregate", "arx", "last-value", "last-year", "s-rho", "semi-elasticity")
    assert sorted(path.name for path in folder.iterdir()) == [f"b-{method}.csv" for method in methods]
    about = read_forecast(folder / "b-aggregate.csv").about
    assert about["method"] == "aggregate" and about["origin"] == "2022-06" and about["seed"] == "1"
    assert re.fullmatch("[0-9a-f]{64}", about["observed_sha256"]) and re.fullmatch("[0-9a-f]{16}", about["code"])
    assert "last-value: 1 series are left out" in done.stdout
    benchmarks = [word for method in methods[1:] for word in ("--benchmark", f"b-{method}.csv")]
    scored = eum("validate", "score", "b-aggregate.csv", str(MONTHLY), *benchmarks, "--out", "s.csv", "--json")
    assert scored.returncode == 0, scored.stderr
    found = json.loads(scored.stdout)
    groups = pd.read_csv(folder / "s.csv")
    assert len(found["groups"]) == len(groups) == 6 * 7 and found["without"] == []
    assert groups.groupby("forecast")["n"].max().tolist() == [48] * 6
    assert groups["wis_log_ratio"].notna().sum() == 5 * 7


def test_one_method_is_written_to_the_file_itself_and_the_same_twice(eum: Callable, folder: Path) -> None:
    for name in ("one.csv", "two.csv"):
        assert eum(*AHEAD, *WITH, "--method", "aggregate", "--draws", "20", "--out", name).returncode == 0
    assert (folder / "one.csv").read_bytes() == (folder / "two.csv").read_bytes()


def test_what_is_printed_says_what_has_no_counterpart_in_both_languages(eum: Callable, folder: Path) -> None:
    eum(*AHEAD, *WITH, "--method", "s-rho", "--out", "a.csv")
    rows = read_forecast(folder / "a.csv").rows
    write_forecast(folder / "b.csv", {}, rows.iloc[1:])
    seen = MONTHLY.read_text(encoding="utf-8").replace("trade_fuel", "trade_other")
    (folder / "o.csv").write_text(seen, encoding="utf-8")
    arguments = ("validate", "score", "a.csv", "o.csv", "--benchmark", "b.csv")
    english, korean = eum(*arguments), eum(*arguments, "--lang", "ko")
    assert english.returncode == korean.returncode == 0, english.stderr
    assert "a.csv: 6 rows have no observation.\n- 2022-07-01 2022-07-31 trade_fuel payments\n" in english.stdout
    assert "b.csv: 1 rows have no prediction of this benchmark." in english.stdout
    assert "a.csv: 관측값이 없는 행 6개." in korean.stdout and "b.csv: 이 기준예측에 없는 행 1개." in korean.stdout
    left = re.sub(r"^- .*$|\w+\.csv|--out|--json", "", korean.stdout, flags=re.MULTILINE)
    assert re.findall("[A-Za-z]{2,}", left) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("score", "none.csv", "o.csv"), "none.csv: no such file; expected a table in CSV"),
        (("score", "a.csv", "none.csv"), "none.csv: no such file; expected a table in CSV"),
        (("score", "a.csv", "a.csv"), "column value: missing column: expected the columns"),
        (("score", "o.csv", "o.csv"), "column value: unknown column: expected one of period_start"),
        (("score", "a.csv", "o.csv"), "a.csv: none of 18 predictions was observed; expected the same period_start"),
        (
            ("score", "a.csv", "o.csv", "--benchmark", "a.csv"),
            "--benchmark: a.csv: given twice; expected each file once",
        ),
        (("score", "falls.csv", "o.csv"), "falls.csv: line 3, column q50: 4.5: expected q50 up to q75, which is 4"),
        (
            ("score", "a.csv", "o.csv", "--out", "x/y.csv"),
            "--out: x/y.csv: no such folder; expected a file in one that",
        ),
        (("benchmarks", "2022-6", "2022-12", "--out", "b.csv"), "ORIGIN: 2022-6: expected a month like 2022-06"),
        (("benchmarks", "2022-06", "2022-06", "--out", "b.csv"), "END: 2022-06: expected a month 1 to 60 months after"),
        (
            ("benchmarks", "2022-06", "2022-07", "--out", "b.csv", "--method", "x"),
            "--method: x: expected all or one of",
        ),
        (
            ("benchmarks", "2022-06", "2022-07", "--out", "b.csv", "--policy", "x"),
            "x: no such policy; expected a .toml",
        ),
        (
            ("benchmarks", "2019-06", "2019-07", "--out", "b.csv"),
            "ORIGIN: 2019-06: no monthly observation to this month",
        ),
        (
            ("benchmarks", "2023-06", "2023-07", "--out", "b.csv"),
            "ORIGIN: 2023-06: no figure of 2023-01; expected 12 mo",
        ),
        (("benchmarks", "2022-06", "2022-07"), "Missing option '--out'; see eum validate benchmarks --help"),
    ],
    ids=lambda part: part if isinstance(part, str) else " ".join(part[:3]),
)
def test_what_cannot_be_is_one_line_and_exit_code_2(
    words: tuple[str, ...], expected: str, eum: Callable, folder: Path
) -> None:
    write_forecast(folder / "a.csv", {"origin": "2020-12"}, predictions(scopes=("x", "y", "z")))
    (folder / "o.csv").write_bytes(MONTHLY.read_bytes())
    row = "2021-01-01,2021-01-31,incheon,payments,krw,1,2,4.5,4,5\n"
    head = "# a: b\nperiod_start,period_end,scope,metric,unit,q05,q25,q50,q75,q95\n"
    (folder / "falls.csv").write_text(head + row, encoding="utf-8")
    before = sorted(folder.iterdir())
    observed = WITH if words[0] == "benchmarks" else ()
    done = eum("validate", *words, *observed)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("eum: ") and done.stderr.count("\n") == 1 and expected in done.stderr, done.stderr
    assert sorted(folder.iterdir()) == before, "nothing is written"


def test_the_default_spending_is_the_typical_one() -> None:
    options = {parameter.name: parameter.default for parameter in LEAVES["validate benchmarks"].params}
    assert options["spending"] == TYPICAL_SPENDING_KRW
