"""On paper: Korean words stay whole and can be searched, a brief names its sources once, figures show what changes."""

import datetime
import html
import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
from hwpx.document import HwpxDocument

from eum.output.report import figures, figures_money, number_format
from eum.output.report.document_model import DocumentGroup, DocumentTable, ReportContext, Section, Text
from eum.output.report.documents import Document, document_definitions, file_name
from eum.output.report.i18n import LANGUAGES, load_words
from eum.output.report.pdf import quoted, rendered_pdf
from eum.output.report.study_reader import read_study


def lines_on_paper(pdf: Path, folder: Path) -> list[str]:
    """Return the text of a PDF as it stands in lines, or skip where nothing can read it."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    made = folder / "paper.txt"
    subprocess.run(["pdftotext", str(pdf), str(made)], check=True, capture_output=True, timeout=60)
    return made.read_text(encoding="utf-8").replace("\f", "\n").splitlines()


def broken_words(lines: list[str], known: set[str]) -> list[tuple[str, str]]:
    """Return what ends a line and begins the next where the two are one known word and not two."""
    ends = [re.search("[가-힣]+$", above) for above in lines[:-1]]
    starts = [re.match("[가-힣]+", below) for below in lines[1:]]
    pairs = [(end[0], start[0]) for end, start in zip(ends, starts, strict=True) if end and start]
    return [pair for pair in pairs if "".join(pair) in known and not set(pair) <= known]


@pytest.mark.parametrize("name", ["brief", "technical", "evidence"])
def test_no_korean_word_is_broken_at_the_end_of_a_line(report: Path, name: str, tmp_path: Path) -> None:
    """A word is broken where what ends a line and what begins the next are one word of the page."""
    page = html.unescape(re.sub(r"<[^>]+>", " ", (report / f"{name}.ko.html").read_text(encoding="utf-8")))
    known = set(re.findall("[가-힣]+", page))
    lines = [line.strip() for line in lines_on_paper(report / file_name(name, "ko", "pdf"), tmp_path)]
    assert len(known) > 50 and broken_words(list(filter(None, lines)), known) == []


def test_words_on_paper_can_be_searched(report: Path, tmp_path: Path) -> None:
    text = "\n".join(lines_on_paper(report / "brief.ko.pdf", tmp_path))
    assert not re.search(r"[가-힣][\u2060\u200b][가-힣]", text)
    assert {"인과추정", "설문", "총결제액", "부가가치"} <= set(re.findall(r"[가-힣]+", text))


def test_a_word_that_would_be_broken_moves_to_the_next_line(study_folder: Path, tmp_path: Path) -> None:
    reader = ReportContext(read_study(study_folder), load_words("ko"))
    text = " ".join(["인과추정에서는", "소진된", "실행의", "비율입니다."] * 40)
    table = DocumentTable(
        "표의 제목", ["근거 계열", "소진일(소진된 실행의 비율)"], [DocumentGroup("", [["인과추정", text]])], n_text=2
    )
    definition = document_definitions()["evidence"].model_copy(update={"sections": ()})
    made = Document("evidence", definition, reader, [Section("one", "제목", [Text(text), table])])
    (tmp_path / "one.pdf").write_bytes(rendered_pdf(made))
    found = " ".join(lines_on_paper(tmp_path / "one.pdf", tmp_path)).split()
    assert set(found) >= {"인과추정에서는", "소진된", "실행의", "비율입니다."}
    assert not {"인과추정에서", "인과", "추정에서는", "비율", "입니다."} & set(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_brief_names_its_sources_once_and_fills_its_pages(report: Path, tmp_path: Path, language: str) -> None:
    text = "\n".join(lines_on_paper(report / f"brief.{language}.pdf", tmp_path))
    assert text.count({"ko": "자료: ", "en": "Data: "}[language]) == 1
    hwpx = HwpxDocument.open(str(report / f"brief.{language}.hwpx")).text.plain()
    assert hwpx.count({"ko": "자료: ", "en": "Data: "}[language]) == 1


def test_a_minus_is_printed_as_one_and_dates_keep_their_hyphens() -> None:
    assert quoted("-2 (-3 ~ -1), 2020-03-16") == '"\u20132 (\u20133 ~ \u20131), 2020-03-16"'
    assert number_format.with_minus("-3~-1") == "\u22123~\u22121"
    assert number_format.with_minus("iri2019-2 a-1 (2)-3 2020-03-16") == "iri2019-2 a-1 (2)-3 2020-03-16"


def test_a_budget_is_drawn_from_the_day_it_begins_to_be_spent(made_up: ModuleType) -> None:
    from matplotlib.figure import Figure

    paths = made_up.study_tables()["budget_paths"].query("variant == 'actual_10' and budget == 'gyeyang-event'")
    spent = paths[paths["left_krw"] < paths["left_krw"].max()]["date"].min()
    axes = Figure().add_subplot()
    figures_money.burn_down(paths.assign(amount_krw=252_500_000.0, exhausted_median=""), axes, load_words("ko"))
    first = datetime.date.fromisoformat(spent).toordinal()
    assert first - 3 <= axes.get_xlim()[0] < first
    edges = [line.get_linestyle() for line in axes.get_lines()]
    assert len(set(edges)) == paths["family"].nunique()


def test_next_to_nothing_is_drawn_as_wide_as_all(made_up: ModuleType) -> None:
    """Of a district's own money 98.8 of 100 won of payments are as they were: the rest fills the figure."""
    from matplotlib.figure import Figure
    from matplotlib.patches import PathPatch

    table = made_up.study_tables()["classes"].query("variant == 'actual_10' and baseline == 'incheon-2020-actual'")
    shares = table["share_of_payments"].where(table["class"] != "unchanged", 0.0)
    small = 0.012 * shares / shares.groupby(table["family"]).transform("sum")
    rows = table.assign(share_of_payments=small.where(table["class"] != "unchanged", 0.988), variant_title="10 %")
    axes = Figure().add_subplot()
    figures_money.flow(rows, axes, load_words("en"))
    ribbons = [patch.get_path().vertices for patch in axes.patches if isinstance(patch, PathPatch)]
    drawn = sum(corners[0][1] - corners[7][1] for corners in ribbons)
    assert drawn == pytest.approx(100 * rows["family"].nunique())
    assert axes.get_ylim()[0] > -150 and "98.8" in axes.texts[-1].get_text()
    bars = Figure().add_subplot()
    figures.classes(rows, bars, load_words("en"))
    assert bars.get_xlim()[1] == pytest.approx(1.2, rel=0.05)
