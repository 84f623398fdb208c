"""Registered predictions: what is written reads back, and every fault is one line that names its place."""

from pathlib import Path

import pandas as pd
import pytest

from eum.analysis.forecasts.registered import read_forecast, read_observations, write_forecast
from eum.errors import InputError
from tests.analysis.forecasts.conftest import predictions

HEAD = "period_start,period_end,scope,metric,unit,q05,q25,q50,q75,q95\n"
ROW = "2021-01-01,2021-01-31,incheon,payments,krw,1,2,3,4,5\n"


def test_what_is_written_reads_back_with_what_it_was_made_with(tmp_path: Path) -> None:
    rows = predictions()
    read = read_forecast(write_forecast(tmp_path / "a.csv", {"origin": "2020-12", "code": "a:b"}, rows))
    pd.testing.assert_frame_equal(read.rows, rows, rtol=1e-9)
    assert read.about == {"origin": "2020-12", "code": "a:b"}


def test_columns_may_stand_in_any_order_and_behind_a_byte_order_mark(tmp_path: Path) -> None:
    rows = predictions()
    text = "\ufeff# origin: x\n" + rows[rows.columns[::-1]].to_csv(index=False)
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    read = read_forecast(tmp_path / "a.csv")
    pd.testing.assert_frame_equal(read.rows, rows, rtol=1e-9)
    assert read.about == {"origin": "x"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD + ROW.replace("2021-01-31", "2021-02-30"), "line 2, column period_end: 2021-02-30: expected a day"),
        (HEAD + ROW.replace("2021-01-31", "2020-12-31"), "line 2, column period_start: 2021-01-01: expected period_st"),
        (HEAD + ROW + ROW, "line 3, column period_start, period_end, scope, metric: 2021-01-01 2021-01-31 incheon pay"),
        (HEAD + ROW.replace(",3,", ",4.5,"), "line 2, column q50: 4.5: expected q50 up to q75, which is 4"),
        (HEAD + ROW.replace("krw", "dollars"), "line 2, column unit: dollars: expected one of krw"),
        (HEAD + ROW.replace(",5\n", ",inf\n"), "line 2, column q95: inf: expected a number"),
        (HEAD + ROW.replace(",5\n", ",\n"), "line 2, column q95: (empty): expected a number"),
        ("# a: b\n# c: d\n" + HEAD + ROW.replace(",5\n", ",x\n"), "line 4, column q95: x: expected a number"),
        (HEAD.replace(",q75", "") + ROW.replace(",4", ""), "line 1, column q75: missing column: expected the columns"),
        (HEAD.replace("q75", "q80") + ROW, "line 1, column q80: unknown column: expected one of"),
        (HEAD + ROW.replace(",5\n", ",5,6\n"), "line 2: 11 cells: expected 10 cells"),
        (HEAD, "a.csv: no rows; expected at least one"),
        ("", "empty file: expected a header line"),
    ],
)  # fmt: skip
def test_a_fault_is_one_line_with_line_column_value_and_expectation(text: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_forecast(tmp_path / "a.csv")
    assert expected in str(error.value) and "a.csv" in str(error.value) and "\n" not in str(error.value)


def test_quantiles_may_be_equal(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEAD + ROW.replace("1,2,3,4,5", "3,3,3,3,3"), encoding="utf-8")
    assert read_forecast(tmp_path / "a.csv").rows["q95"].tolist() == [3.0]


def test_observations_may_have_more_columns_and_the_most_trusted_of_a_key_counts(tmp_path: Path) -> None:
    head = "period_start,period_end,scope,metric,value,unit,source_id,confidence\n"
    rows = "2021-01-01,2021-01-31,incheon,payments,{},krw,a,{}\n"
    text = head + rows.format(7, "B") + rows.format(8, "A") + rows.format(9, "A")
    (tmp_path / "o.csv").write_text(text, encoding="utf-8")
    assert read_observations(tmp_path / "o.csv")["value"].tolist() == [8.0]


def test_observations_that_come_with_eum_are_read(repository: Path) -> None:
    assert (read_observations(repository / "data" / "observed.csv")["metric"] == "payments").any()


def test_a_file_that_is_none_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.csv: no such file; expected a table"):
        read_forecast(tmp_path / "none.csv")
    (tmp_path / "o.csv").write_bytes(b"\xff\xfe\x00period")
    with pytest.raises(InputError, match=r"o\.csv: not UTF-8"):
        read_observations(tmp_path / "o.csv")
