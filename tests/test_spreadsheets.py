"""Tables for people: no text becomes a formula, every text comes back, numbers stay numbers, Korean is Korean."""

import io
import shutil
import subprocess
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eum.spreadsheets import literal_text, original_text, spreadsheet_csv, write_spreadsheet_csv

HOSTILE = [
    '=HYPERLINK("http://example.invalid","click")',
    "=cmd|' /C calc'!A0",
    "+2%p",
    "-1%",
    "-2+3",
    "@x",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "'=1+1",
    "''=1+1",
    "\uff1d1+1",
]
HARMLESS = ["gyeyang", "우리 구 시험", "'90년대", "10% + 2%p", "–", "", "a,b", 'he said "no"', "2020-01-01", "1/2"]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_that_would_be_a_formula_begins_with_an_apostrophe(text: str) -> None:
    assert literal_text(text) == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert literal_text(text) == text


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\n a\uff1d가"), max_size=6))
def test_every_text_comes_back(text: str) -> None:
    literal = literal_text(text)
    assert original_text(literal) == text
    assert literal.lstrip(" \t\r\n")[:1] not in tuple("=+-@\uff1d") or not literal.strip()


def _table() -> pd.DataFrame:
    texts = [*HOSTILE, *HARMLESS]
    numbers = np.linspace(-1e9, 1e-9, len(texts)) / 3
    return pd.DataFrame({"정책": texts, "=title": texts, "change": numbers, "n": range(-3, len(texts) - 3)})


def test_a_table_for_people_reads_back_to_the_bit_and_the_letter() -> None:
    table = _table()
    content = spreadsheet_csv(table).encode()
    assert content.startswith(b"\xef\xbb\xbf")
    read = pd.read_csv(io.BytesIO(content), keep_default_na=False)
    assert [original_text(name) for name in read] == list(table)
    assert read["change"].dtype == float and read["change"].to_numpy().tobytes() == table["change"].to_numpy().tobytes()
    assert read["n"].tolist() == table["n"].tolist()
    for name in ("정책", "'=title"):
        assert read[name].map(original_text).tolist() == table["정책"].tolist()


def test_no_line_of_a_table_for_people_holds_a_formula_and_numbers_stay_numbers(tmp_path: Path) -> None:
    """A negative number is no text; a missing text is an empty cell."""
    table = pd.DataFrame({"policy": ["-1%", None, "none"], "change": [-1.5, np.nan, 2.0]})
    write_spreadsheet_csv(table, tmp_path / "t.csv", "%.6g")
    assert (tmp_path / "t.csv").read_bytes() == b"\xef\xbb\xbfpolicy,change\r\n'-1%,-1.5\r\n,\r\nnone,2\r\n"
    assert table["policy"].tolist()[0] == "-1%"


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_finds_no_formula_and_reads_korean(tmp_path: Path) -> None:
    table = _table()
    write_spreadsheet_csv(table, tmp_path / "t.csv")
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xlsx"]
    # 44: comma, 34: quotation mark, encoding left to the byte order mark; formulas as a spreadsheet would read them.
    command += ["--infilter=CSV:44,34,,1,,,,,,,,,true", "--outdir", str(tmp_path), str(tmp_path / "t.csv")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    assert [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "f"] == []
    assert [sheet[1][n].value for n in (0, 2)] == ["정책", "change"]
    assert all(isinstance(row[2].value, float) for row in sheet.iter_rows(min_row=2))
    assert "우리 구 시험" in [row[0].value for row in sheet.iter_rows(min_row=2)]
