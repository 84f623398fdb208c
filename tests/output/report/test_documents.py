"""Documents are whole in every format: pages, fonts, formulas, record of the run, the cell behind each number."""

import ast
import hashlib
import html
import io
import json
import operator
import re
import zipfile
from pathlib import Path
from types import ModuleType

import openpyxl
import pandas as pd
import pytest
from hwpx.document import HwpxDocument
from PIL import Image
from rocrate.rocrate import ROCrate

from eum import resources
from eum.artifacts import SUMS
from eum.errors import InputError
from eum.output.report import figures_money
from eum.output.report.document_model import Bullets, DocumentTable, ReportContext, Text, each_block, texts_of
from eum.output.report.documents import document, document_definitions, file_name
from eum.output.report.hwpx import rendered_hwpx
from eum.output.report.i18n import LANGUAGES, load_words
from eum.output.report.number_format import per_hundred
from eum.output.report.pdf import quoted, rendered_pdf
from eum.output.report.provenance import cell_of, in_short, provenance_sentence
from eum.output.report.study_reader import read_study
from eum.output.report.traced_text import Origin, TracedNumber, TracedText, filled_template, format_traced, joined_text


@pytest.fixture(scope="session")
def provenance(report: Path) -> dict:
    found: dict = json.loads((report / "provenance.json").read_text(encoding="utf-8"))
    return found


def n_pages(pdf: bytes) -> int:
    return max(map(int, re.findall(rb"/Type ?/Pages ?/Count (\d+)", pdf)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_brief_has_at_most_two_pages_and_three_figures(report: Path, language: str) -> None:
    assert n_pages((report / f"brief.{language}.pdf").read_bytes()) <= 2
    page = (report / f"brief.{language}.html").read_text(encoding="utf-8")
    assert 1 <= page.count("<figure") <= 3


def test_a_document_longer_than_it_is_meant_to_be_is_built_all_the_same(study_folder: Path) -> None:
    long = document_definitions()["technical"].model_copy(update={"pages_at_most": 2})
    made = document("technical", long, ReportContext(read_study(study_folder), load_words("ko")))
    assert n_pages(rendered_pdf(made)) > 2


def test_a_definition_with_an_unknown_section_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "reports" / "documents"
    folder.mkdir(parents=True)
    (folder / "short.toml").write_text(
        'title_ko = "가"\ntitle_en = "a"\nformats = ["html"]\nsections = ["anwser"]\n', encoding="utf-8"
    )
    monkeypatch.setattr(resources, "HOME", tmp_path)
    with pytest.raises(InputError, match=r"short\.toml: sections: .*'anwser' is no section; expected some of"):
        document_definitions()
    monkeypatch.setattr(resources, "HOME", tmp_path / "none")
    with pytest.raises(InputError, match="no definition of a document"):
        document_definitions()


def test_long_names_break_at_their_signs_and_numbers_do_not() -> None:
    assert quoted("kyeonggi-20190828 of") == '"kyeonggi-\u200b20190828 of"'
    assert quoted("112,738,000,000 2020-03-16") == '"112,738,000,000 2020-03-16"'
    assert quoted("responsibilities") == '"responsibilities"'
    assert "\u200b" in quoted("x" * 40)


@pytest.mark.parametrize("name", ["brief", "technical", "evidence"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_only_the_shipped_font_is_in_a_pdf_and_it_is_embedded(report: Path, name: str, language: str) -> None:
    content = (report / file_name(name, language, "pdf")).read_bytes()
    fonts = set(re.findall(rb"/BaseFont ?/(?:[A-Z]{6}\+)?([\w-]+)", content))
    assert fonts and fonts <= {
        b"NanumGothic",
        b"NanumGothicBold",
        b"NanumGothic-Identity-H",
        b"NanumGothicBold-Identity-H",
    }
    assert content.count(b"/FontFile2") == len(re.findall(rb"/Type ?/FontDescriptor", content)) >= 1
    assert b"/CreationDate" not in content and b"/Subtype /Image" not in content


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_office_document_opens_with_the_text_of_the_brief(
    report: Path, study_folder: Path, tmp_path: Path, language: str
) -> None:
    made = document(
        "brief", document_definitions()["brief"], ReportContext(read_study(study_folder), load_words(language))
    )
    opened = HwpxDocument.open(str(report / f"brief.{language}.hwpx"))
    assert not opened.validate().issues
    text = opened.text.plain()
    for section in made.sections:
        assert section.heading in text
        for block in each_block(section.blocks):
            if isinstance(block, Text | Bullets):
                assert all(str(said) in text for said in texts_of(block))
    cells = {
        paragraph.text
        for table in opened.tables.all
        for row in table.rows
        for cell in row.cells
        for paragraph in cell.paragraphs
    }
    for block in (block for section in made.sections for block in each_block(section.blocks)):
        if isinstance(block, DocumentTable):
            assert {str(said) for said in texts_of(block)} | {group.title for group in block.groups} <= cells
    with zipfile.ZipFile(report / f"brief.{language}.hwpx") as archive:
        assert (
            archive.infolist()[0].filename == "mimetype" and archive.infolist()[0].compress_type == zipfile.ZIP_STORED
        )
        assert sum(name.endswith(".png") and name.startswith("BinData") for name in archive.namelist()) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_office_document_says_what_it_is_before_it_is_opened(
    report: Path, made_up: ModuleType, language: str
) -> None:
    record = made_up.study_record()
    title = str(record[f"title_{language}"])
    with zipfile.ZipFile(report / f"brief.{language}.hwpx") as archive:
        about = archive.read("Contents/content.hpf").decode()
        preview = archive.read("Preview/PrvText.txt").decode()
        picture = Image.open(io.BytesIO(archive.read("Preview/PrvImage.png")))
    assert f"<opf:title>{title}</opf:title><opf:language>{language}</opf:language>" in about
    fields = dict(re.findall(r'<opf:meta name="(\w+)" content="text">([^<]*)<', about))
    assert fields["creator"] == fields["lastsaveby"] == "eum" and str(record["study"]) in fields["description"]
    assert fields["CreatedDate"] == fields["ModifiedDate"] == "2000-01-01T00:00:00Z" and "2000" in fields["date"]
    assert title in preview and load_words(language)("heading.brief_answer") in preview
    assert picture.height / picture.width == pytest.approx(2**0.5, rel=0.01)
    shades = picture.convert("L").resize((20, 28)).tobytes()
    assert sum(shade < 245 for shade in shades) > 100, "a blank page"


def test_the_office_document_has_the_same_bytes_when_written_again(report: Path, study_folder: Path) -> None:
    made = document("brief", document_definitions()["brief"], ReportContext(read_study(study_folder), load_words("ko")))
    assert rendered_hwpx(made) == (report / "brief.ko.hwpx").read_bytes()


_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


class Sheets:
    """Computes the formulas of a workbook from its inputs alone: + - * /, SUM, SUMPRODUCT, cells of other sheets."""

    def __init__(self, path: Path) -> None:
        self.book = openpyxl.load_workbook(path)

    def value(self, sheet: str, ref: str) -> float:
        """Return the value of a cell."""
        found = self.book[sheet][ref].value
        return self._computed(sheet, found[1:]) if isinstance(found, str) and found.startswith("=") else float(found)

    def _computed(self, sheet: str, formula: str) -> float:
        other = re.fullmatch(r"'([^']+)'!([A-Z]+\d+)", formula)
        if other:
            return self.value(*other.groups())
        text = re.sub(r"([A-Z]+\d+):([A-Z]+\d+)", r"span('\1','\2')", formula)
        text = re.sub(r"(?<!')\b([A-Z]\d+)\b(?!')", r"cell('\1')", text)
        return self._node(ast.parse(text, mode="eval").body, sheet)

    def _node(self, node: ast.expr, sheet: str) -> float:
        if isinstance(node, ast.BinOp):
            return _OPERATORS[type(node.op)](self._node(node.left, sheet), self._node(node.right, sheet))
        if isinstance(node, ast.Constant):
            return float(node.value)  # type: ignore[arg-type]
        assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id == "cell":
            return self.value(sheet, node.args[0].value)  # type: ignore[attr-defined]
        columns = [self._span(sheet, *(part.value for part in given.args)) for given in node.args]  # type: ignore[attr-defined]
        assert node.func.id in ("SUM", "SUMPRODUCT")
        products = [1.0] * len(columns[0])
        for column in columns:
            products = [a * b for a, b in zip(products, column, strict=True)]
        return sum(products)

    def _span(self, sheet: str, first: str, last: str) -> list[float]:
        return [self.value(sheet, cell.coordinate) for (cell,) in self.book[sheet][f"{first}:{last}"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_formulas_of_the_workbook_come_to_the_values_they_show(report: Path, language: str) -> None:
    path = report / f"tables.{language}.xlsx"
    sheets, shown = Sheets(path), openpyxl.load_workbook(path, data_only=True)
    n_formulas = 0
    for sheet in sheets.book:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    n_formulas += 1
                    value = shown[sheet.title][cell.coordinate].value
                    assert sheets.value(sheet.title, cell.coordinate) == pytest.approx(value, rel=1e-12), (
                        cell.coordinate
                    )
    assert n_formulas > 500


def test_the_ratio_of_the_workbook_follows_its_inputs(report: Path) -> None:
    sheets = Sheets(report / "tables.en.xlsx")
    name = load_words("en")("workbook.own")
    sheet = sheets.book[name]
    last = next(row for row in range(2, 40) if sheet[f"A{row}"].value == load_words("en")("workbook.multiplier"))
    before = sheets.value(name, f"C{last}")
    sheet[f"C{last - 1}"] = 2 * sheet[f"C{last - 1}"].value
    assert sheets.value(name, f"C{last}") == pytest.approx(before / 2)


def test_the_record_of_the_run_is_a_research_object_crate(report: Path, study_folder: Path) -> None:
    found = ROCrate(str(report))
    record = json.loads((study_folder / "study.json").read_text(encoding="utf-8"))
    run = found.get("#run")
    assert run["instrument"]["identifier"] == record["code_hash"]
    assert run["identifier"] == record["result_hash"]
    assert {thing["identifier"] for thing in run["object"]} == {record["data_hash"], *record["policy_hashes"].values()}
    libraries = {thing["name"]: thing["softwareVersion"] for thing in run["instrument"]["softwareRequirements"]}
    assert libraries == {"python": record["python"], **record["libraries"]}
    files = {path.relative_to(report).as_posix() for path in report.rglob("*") if path.is_file()}
    listed = {thing.id: thing for thing in found.data_entities}
    assert set(listed) == files - {"ro-crate-metadata.json", SUMS}, "the sums are of the crate, too"
    for name, thing in listed.items():
        assert thing["sha256"] == hashlib.sha256((report / name).read_bytes()).hexdigest(), name


def _cell(tables: dict[str, pd.DataFrame], record: dict, origin: str) -> object:
    if origin.startswith("study.json:"):
        return record[origin.partition(":")[2]]
    table, line, column = cell_of(origin)
    return tables[table][column].iloc[line - 2]


def test_every_number_is_that_of_the_cell_it_names(
    provenance: dict, made_up: ModuleType, report: Path, study_folder: Path
) -> None:
    tables, record = made_up.study_tables(), made_up.study_record()
    assert set(provenance["documents"]) == {
        f"{name}.{language}" for name in document_definitions() for language in LANGUAGES
    }
    n_compared = 0
    for told in provenance["documents"].values():
        for number in told["numbers"]:
            cells = [_cell(tables, record, origin) for origin in number["from"]]
            assert cells
            if len(cells) > 1:
                continue
            n_compared += 1
            value, (cell,) = number["value"], cells
            if isinstance(cell, str):
                assert value == cell
            else:
                assert any(value == pytest.approx(cell / unit, rel=1e-12) for unit in (1, 100, 1e6, 1e8)), number
    assert n_compared > 5000
    for name, about in provenance["tables"].items():
        assert about["sha256"] == hashlib.sha256((report / "tables" / f"{name}.csv").read_bytes()).hexdigest()


def test_every_figure_names_the_lines_it_was_drawn_from(provenance: dict) -> None:
    figures = [figure for told in provenance["documents"].values() for figure in told["figures"]]
    assert len(figures) > 40
    assert all(figure["from"] for figure in figures)


@pytest.mark.parametrize("name", ["brief", "technical", "evidence"])
def test_the_page_carries_the_numbers_of_the_index(report: Path, provenance: dict, name: str) -> None:
    page = (report / f"{name}.ko.html").read_text(encoding="utf-8")
    found = re.findall(r'<data value="([^"]*)" data-from="([^"]*)"[^>]*>([^<]*)</data>', page)
    told = provenance["documents"][f"{name}.ko"]["numbers"]
    printed = [(str(number["value"]), " ".join(number["from"]), number["printed"]) for number in told]
    assert [(value, origins, html.unescape(text)) for value, origins, text in found] == printed
    assert f'data-run="{provenance["run"]["study"]}" data-result="{provenance["run"]["result_hash"]}"' in page


def test_numbers_keep_their_origins_through_sums_and_words() -> None:
    one, two = TracedNumber(2.0, [Origin("a:2", "x")]), TracedNumber(0.5, [Origin("b:3", "y")])
    change = (one - two) / 2
    assert float(change) == 0.75 and change.origins == (Origin("a:2", "x"), Origin("b:3", "y"))
    told = filled_template(
        "{what}: {won} won of {all:>3}", {"what": "gain", "won": format_traced(per_hundred, change), "all": 7}
    )
    assert str(told) == "gain: 75 won of   7"
    assert [mark.text for mark in told.marks] == ["75"]
    assert format_traced(per_hundred, TracedNumber(float("nan"), [])) == "–"
    assert [mark.value for mark in joined_text("from ", told, " on").marks] == [0.75]
    assert isinstance(joined_text("plain"), TracedText)


def test_lines_are_told_in_short() -> None:
    assert in_short(["a:2", "a:3", "a:4", "b:7", "b:12", "b:17", "b:40", "c:5", "c:9"]) == [
        "a:2-4", "b:7-17/5", "b:40", "c:5", "c:9"
    ]  # fmt: skip
    assert provenance_sentence(["a:2-4", "a:9", "study.json"]) == "a.csv 2-4, 9; study.json"


def test_ribbons_of_the_flow_are_as_wide_as_their_won(made_up: ModuleType) -> None:
    from matplotlib.figure import Figure
    from matplotlib.patches import PathPatch

    table = made_up.study_tables()["classes"].query("variant == 'actual_10' and baseline == 'none'")
    rows = table[table["policy"].str.startswith("gyeyang") & (table["family"] == "causal")]
    axes = Figure().add_subplot()
    figures_money.flow(rows, axes, load_words("en"))
    ribbons = [patch.get_path().vertices for patch in axes.patches if isinstance(patch, PathPatch)]
    shares = [100 * share for share in rows["share_of_payments"]]
    assert [corners[0][1] - corners[7][1] for corners in ribbons] == pytest.approx(shares)
    assert [corners[3][1] - corners[4][1] for corners in ribbons] == pytest.approx(shares)


def test_a_budget_burns_down_from_its_first_day(made_up: ModuleType) -> None:
    from matplotlib.figure import Figure

    paths = made_up.study_tables()["budget_paths"].query("variant == 'actual_10' and budget == 'gyeyang-event'")
    axes = Figure().add_subplot()
    rows = paths.assign(amount_krw=252_500_000.0, exhausted_median="2020-05-02")
    figures_money.burn_down(rows, axes, load_words("ko"))
    line = axes.get_lines()[0]
    assert line.get_ydata()[0] == pytest.approx(paths["left_krw"].iloc[0] / 1e8)
    assert len(line.get_xdata()) == paths["date"].nunique()


def test_a_table_as_csv_reads_back_to_the_bit(report: Path, study_folder: Path) -> None:
    for path in sorted((study_folder / "tables").glob("*.parquet")):
        stored = pd.read_parquet(path)
        read = pd.read_csv(io.BytesIO((report / "tables" / f"{path.stem}.csv").read_bytes()))
        for column in stored.select_dtypes("number"):
            assert read[column].to_numpy(float).tobytes() == stored[column].to_numpy(float).tobytes(), (
                path.stem,
                column,
            )
