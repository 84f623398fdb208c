"""The workbook opens as people need it: no text is a formula, every number fits, pages are few, LibreOffice agrees."""

import datetime
import json
import re
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from eum.artifacts import seal_folder
from eum.output.report.document_model import ReportContext
from eum.output.report.i18n import LANGUAGES, load_words
from eum.output.report.study_reader import read_study
from eum.output.report.workbook import workbook

HOSTILE = ['=HYPERLINK("http://example.invalid","click") <b>x</b>', "+2%p", "-1%", "@x", "\t=1+1", "#N/A", "\x01=1"]
SHEETS = ("ladder", "classes", "own", "budgets")


def cells(sheet: "openpyxl.worksheet.worksheet.Worksheet") -> list["openpyxl.cell.cell.Cell"]:
    return [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]


@pytest.mark.parametrize("title", HOSTILE)
def test_a_title_is_text_whatever_it_begins_with(study_folder: Path, tmp_path: Path, title: str) -> None:
    folder = tmp_path / "study"
    shutil.copytree(study_folder, folder)
    record = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    text = json.dumps(record | {"title_en": title, "title_ko": title}, ensure_ascii=False)
    (folder / "study.json").write_text(text, encoding="utf-8")
    seal_folder(folder, "study made-up")
    file = tmp_path / "tables.xlsx"
    file.write_bytes(workbook(ReportContext(read_study(folder), load_words("en"))))
    first = openpyxl.load_workbook(file).worksheets[0]["A1"]
    assert (first.data_type, first.value) == ("s", title.replace("\x01", "\ufffd"))
    assert bool(first.quotePrefix) == (title[0] in "=+-@\t")


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_formulas_of_the_workbook_are_formulas(report: Path, language: str) -> None:
    book = openpyxl.load_workbook(report / f"tables.{language}.xlsx")
    formulas = {cell.value for sheet in book for cell in cells(sheet) if cell.data_type == "f"}
    assert formulas and all(re.fullmatch(r"=[A-Z0-9/*:()\-,'! \w]+", text) for text in formulas)


def shown(value: float, form: str) -> str:
    digits = len(form.partition(".")[2].rstrip("%"))
    return f"{value:.{digits}%}" if form.endswith("%") else f"{value:,.{digits}f}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_fits_its_column_and_shares_are_in_percent(report: Path, language: str) -> None:
    words = load_words(language)
    book = openpyxl.load_workbook(report / f"tables.{language}.xlsx", data_only=True)
    for sheet in book:
        for cell in cells(sheet):
            if isinstance(cell.value, int | float) and not isinstance(cell.value, datetime.date):
                width = sheet.column_dimensions[get_column_letter(cell.column)].width
                assert len(shown(cell.value, cell.number_format)) + 2 <= width, (sheet.title, cell.coordinate)
    for name, columns in {"ladder": ("s", "rho"), "classes": ("share", "low", "high"), "budgets": ("used",)}.items():
        sheet = book[words(f"workbook.{name}")]
        heads = {cell.value: cell.column for cell in sheet[1]}
        for column in columns:
            assert sheet.cell(2, heads[words(f"workbook.{column}")]).number_format == "0.0%"


@pytest.mark.parametrize("language", LANGUAGES)
def test_sheets_print_one_page_wide_with_their_columns_names(report: Path, language: str) -> None:
    words = load_words(language)
    book = openpyxl.load_workbook(report / f"tables.{language}.xlsx")
    for name in SHEETS:
        sheet = book[words(f"workbook.{name}")]
        page = sheet.page_setup
        assert (page.orientation, page.fitToWidth, page.fitToHeight) == ("landscape", 1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.print_title_rows == "$1:$1"
        assert sheet.print_area and sheet.freeze_panes == "A2"
        assert bool(sheet.auto_filter.ref) == (name != "own")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_note_of_ones_own_count_stands_below_the_cells_it_speaks_of(report: Path, language: str) -> None:
    words = load_words(language)
    sheet = openpyxl.load_workbook(report / f"tables.{language}.xlsx")[words("workbook.own")]
    note = next(cell for cell in cells(sheet) if cell.value == words("workbook.own_note"))
    inputs = [cell.row for cell in cells(sheet) if cell.data_type == "n"]
    assert note.row > max(inputs) and {"ko": "위 노란 칸", "en": "yellow cells above"}[language] in note.value


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("language", LANGUAGES)
def test_libreoffice_computes_the_values_that_are_stored(report: Path, tmp_path: Path, language: str) -> None:
    name = f"tables.{language}.xlsx"
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xlsx"]
    subprocess.run(
        [*command, "--outdir", str(tmp_path / "again"), str(report / name)],
        check=True,
        capture_output=True,
        timeout=180,
    )
    formulas = openpyxl.load_workbook(report / name)
    stored, again = (openpyxl.load_workbook(path / name, data_only=True) for path in (report, tmp_path / "again"))
    n_compared = 0
    for sheet in formulas:
        for cell in cells(sheet):
            if cell.data_type == "f":
                n_compared += 1
                value = stored[sheet.title][cell.coordinate].value
                assert again[sheet.title][cell.coordinate].value == pytest.approx(value, rel=1e-12)
    assert n_compared > 500
