"""The report says what the study holds, in both languages, and needs nothing but itself."""

import base64
import hashlib
import html
import io
import itertools
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from fontTools.ttLib import TTFont

from eum import dimensions
from eum.artifacts import seal_folder
from eum.city.data import load_city_data
from eum.errors import InputError
from eum.output.report import build_report, figures, number_format
from eum.output.report.fonts import Fonts
from eum.output.report.i18n import LANGUAGES, load_words
from eum.output.report.sections import answer
from eum.output.report.study_reader import STUDY_TABLES


class Elements(HTMLParser):
    """Collects the elements of a page as (tag, attributes)."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.found.append((tag, dict(attrs)))


def page_of(report: Path, language: str) -> str:
    return (report / f"technical.{language}.html").read_text(encoding="utf-8")


def words_on(page: str) -> str:
    """Return what a reader sees: no styles, no tags, spaces made one."""
    text = re.sub(r"<(style|title)\b.*?</\1>", " ", page, flags=re.DOTALL)
    text = re.sub(r"</?data\b[^>]*>", "", text)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_an_unknown_code_is_told_on_one_line() -> None:
    with pytest.raises(InputError, match=r"district: 'atlantis' has no word in the report; expected one of jung, dong"):
        load_words("ko").label("district", "atlantis")


def test_both_languages_have_the_same_keys() -> None:
    korean, english = (load_words(language).phrases for language in LANGUAGES)
    assert set(korean) == set(english)
    for key in korean:
        assert set(re.findall(r"{(\w+)}", korean[key])) == set(re.findall(r"{(\w+)}", english[key])), key


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("group", "codes"),
    [
        ("district", dimensions.DISTRICTS),
        ("place", dimensions.PLACES),
        ("kind", dimensions.DESTINATION_KINDS),
        ("sector", dimensions.SECTORS),
        ("sales_band", dimensions.SALES_BANDS),
        ("age_band", dimensions.AGE_BANDS),
        ("class", dimensions.CLASSES),
        ("family", dimensions.EVIDENCE),
        ("family_short", dimensions.EVIDENCE),
    ],
)
def test_every_word_of_the_model_has_a_label(language: str, group: str, codes: tuple[str, ...]) -> None:
    assert all(load_words(language).label(group, code) for code in codes)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_assumption_has_a_label(language: str) -> None:
    named = load_words(language).phrases
    parameters = load_city_data().table("assumptions")["parameter"].unique()
    assert [name for name in parameters if f"parameter.{name}" not in named] == []


def test_every_class_can_be_drawn() -> None:
    assert set(figures.style.CLASS_COLOURS) == set(dimensions.CLASSES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_its_language_one_title_and_headings_in_order(report: Path, language: str) -> None:
    elements = Elements(page_of(report, language)).found
    assert ("html", {"lang": language}) in elements
    levels = [int(tag[1]) for tag, _ in elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_of_a_sample_says_that_single_shops_are_not_those_of_the_city(report: Path, language: str) -> None:
    assert load_words(language)("gains.sample_note", scale="1%") in words_on(page_of(report, language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_and_figures_can_be_read_aloud(report: Path, language: str) -> None:
    page = page_of(report, language)
    elements = Elements(page).found
    tags = [tag for tag, _ in elements]
    assert tags.count("table") == tags.count("caption") > 20
    assert tags.count("figure") == tags.count("svg") == tags.count("figcaption") > 20
    assert all(attributes.get("aria-label") for tag, attributes in elements if tag == "svg")
    assert all(attributes.get("scope") for tag, attributes in elements if tag == "th")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_identifier_stands_twice_on_a_page(report: Path, language: str) -> None:
    found = [attributes["id"] for _, attributes in Elements(page_of(report, language)).found if "id" in attributes]
    assert len(found) == len(set(found))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_loads_nothing_from_elsewhere(report: Path, language: str) -> None:
    page = page_of(report, language)
    loading = ("src", "srcset", "data", "poster", "action", "xlink:href", "href")
    for tag, attributes in Elements(page).found:
        for name in loading:
            target = attributes.get(name) or ""
            assert tag == "a" or re.match(r"#|data:|$", target), (tag, name, target)
    assert "@import" not in page
    assert all(target.startswith(("data:font/woff", "#")) for target in re.findall(r"url\(([^)]*)\)", page))


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_to_files_lead_to_files(report: Path, language: str) -> None:
    for tag, attributes in Elements(page_of(report, language)).found:
        target = attributes.get("href") or ""
        if tag == "a" and not target.startswith(("#", "http")):
            assert (report / target).is_file(), target


def test_the_fonts_of_a_page_do_not_depend_on_the_pages_beside_it() -> None:
    alone, other = "계양e음 2020: 287원", "Spending stays in the city, 한 푼도"
    both = Fonts([alone, other])
    assert both.faces(alone) == Fonts([alone]).faces(alone) != both.faces(other)
    files = map(base64.b64decode, re.findall(r"base64,([^)]+)", both.faces(alone)))
    held = [set(map(chr, TTFont(io.BytesIO(file)).getBestCmap())) for file in files]
    assert len(held) == 2 and all(set(alone) <= letters and "푼" not in letters for letters in held)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shipped_font_has_every_letter_of_the_page(report: Path, language: str) -> None:
    font = TTFont(str(resources.files("eum.output.report") / "fonts" / "NanumGothic.ttf"))
    missing = set(words_on(page_of(report, language))) - {chr(code) for code in font.getBestCmap()}
    assert not missing


def test_the_answer_is_the_tables_value(report: Path, made_up: ModuleType) -> None:
    ladder = made_up.study_tables()["ladder"]
    row = ladder.query(
        "family == 'causal' and variant == 'actual_10' and baseline == 'none' and scope == 'city'"
        " and policy == 'gyeyang-2020-actual' and rung == 'net_city_sales' and denominator == 'cashback'"
    ).iloc[0]
    ratio, low, high = (f"{100 * row[name]:,.0f}" for name in ("ratio", "ratio_low", "ratio_high"))
    assert f"causal {ratio} won (90% interval {low} to {high})" in words_on(page_of(report, "en"))
    assert f"인과추정 {ratio}원(90% 구간 {low}~{high}원)" in words_on(page_of(report, "ko"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_ratio_of_the_study_is_on_the_page(report: Path, made_up: ModuleType, language: str) -> None:
    page = words_on(page_of(report, language))
    tables = made_up.study_tables()
    ladder = tables["ladder"].query("policy.str.startswith('gyeyang')")
    shown = ladder[(ladder["scope"] == "city") | (ladder["baseline"] != "none")]
    for table in (shown, tables["published"].query("policy.str.startswith('gyeyang')")):
        for ratio, low, high in table[["ratio", "ratio_low", "ratio_high"]].itertuples(index=False):
            won, low, high = (number_format.number(100 * value) for value in (ratio, low, high))
            assert f"{won} ({low} ~ {high})" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_budgets_and_days_are_the_tables_values(report: Path, language: str) -> None:
    page = words_on(page_of(report, language))
    for expected in {
        "ko": ("838.0억원", "2.52억원", "2020년 5월 2일 (2020년 4월 20일 ~ 2020년 5월 20일)", "50.9%"),
        "en": ("83.8 billion won", "252.5 million won", "2 May 2020 (20 April 2020 ~ 20 May 2020)", "50.9%"),
    }[language]:
        assert expected in page


def test_the_answer_says_what_the_published_figure_is(report: Path) -> None:
    assert "sales diverted from elsewhere per won of cashback, not new income" in words_on(page_of(report, "en"))
    assert "새로 생긴 소득이 아닙니다" in words_on(page_of(report, "ko"))


def test_a_conflict_is_told_and_not_smoothed_over(report: Path) -> None:
    page = words_on(page_of(report, "en"))
    assert "share of payments by non-residents: the evidence states 2.00% (1.60% ~ 2.40%)" in page


@pytest.mark.parametrize(
    ("low", "high", "judgement"),
    [
        (1.1, 2.0, "above"),
        (0.2, 0.9, "below"),
        (0.9, 1.2, "unclear"),
        (-0.1, 0.5, "maybe_nothing"),
        (-0.1, 1.5, "unclear"),
        (-0.5, -0.1, "negative"),
        (float("nan"), 1.0, "none"),
    ],
)
def test_certainty_follows_the_interval_and_not_the_middle(low: float, high: float, judgement: str) -> None:
    assert answer.certainty(pd.Series({"ratio": 1.0, "ratio_low": low, "ratio_high": high})) == judgement


def test_all_tables_and_figures_are_written_as_csv(report: Path, study_folder: Path) -> None:
    for name in STUDY_TABLES:
        stored = pd.read_parquet(study_folder / "tables" / f"{name}.parquet")
        written = pd.read_csv(report / "tables" / f"{name}.csv", keep_default_na=True)
        assert list(written.columns) == list(stored.columns) and len(written) == len(stored)
    assert len(list((report / "tables").glob("figure_*.csv"))) > 20


def test_the_same_study_gives_the_same_bytes_anywhere(report: Path, study_folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "again"
    program = "import sys; from pathlib import Path; from eum.output.report import build_report; "
    program += "build_report(Path(sys.argv[1]), Path(sys.argv[2]))"
    repository = Path(__file__).resolve().parents[3]
    surroundings = {"TZ": "Asia/Seoul", "LC_ALL": "C", "PYTHONHASHSEED": "7", "PYTHONPATH": str(repository / "sim")}
    surroundings |= {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2", "RAYON_NUM_THREADS": "1"}
    subprocess.run(
        [sys.executable, "-c", program, str(study_folder), str(other)],
        env={**os.environ, **surroundings},
        cwd=tmp_path,
        check=True,
    )
    assert digest(other) == digest(report)


def test_an_earlier_report_is_replaced_whole(study_folder: Path, report: Path, tmp_path: Path) -> None:
    folder = tmp_path / "report"
    shutil.copytree(report, folder)
    (folder / "left-over.txt").write_text("old")
    build_report(study_folder, folder)
    assert digest(folder) == digest(report)
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


@pytest.mark.parametrize("name", sorted(STUDY_TABLES))
def test_a_missing_table_or_column_is_named_on_one_line(
    name: str, made_up: ModuleType, study_folder: Path, tmp_path: Path
) -> None:
    broken, path = tmp_path / "study", tmp_path / "study" / "tables" / f"{name}.parquet"
    shutil.copytree(study_folder, broken)
    column = STUDY_TABLES[name][-1]
    made_up.study_tables()[name].drop(columns=column).to_parquet(path)
    with pytest.raises(InputError, match=rf"{name}\.parquet: damaged or changed"):
        build_report(broken, tmp_path / "report")
    seal_folder(broken, "study made-up")
    with pytest.raises(InputError, match=rf"{name}\.parquet.*'{column}' is missing") as raised:
        build_report(broken, tmp_path / "report")
    assert "\n" not in str(raised.value)
    path.unlink()
    with pytest.raises(InputError, match=rf"table '{name}' is missing"):
        build_report(broken, tmp_path / "report")
    assert not (tmp_path / "report").exists()


def test_bad_folders_are_answered_on_one_line(study_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such study folder"):
        build_report(tmp_path / "nothing", tmp_path / "report")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="holds something else"):
        build_report(study_folder, tmp_path / "full")
    with pytest.raises(InputError, match="holds the study itself"):
        build_report(study_folder, study_folder)
    broken = tmp_path / "study"
    shutil.copytree(study_folder, broken)
    (broken / "tables" / "ladder.parquet").write_bytes(b"no parquet")
    (broken / "study.json").write_text("{}")
    seal_folder(broken, "study made-up")
    with pytest.raises(InputError, match=r"study\.json: key 'study' is missing"):
        build_report(broken, tmp_path / "report")
    shutil.copy(study_folder / "study.json", broken / "study.json")
    seal_folder(broken, "study made-up")
    with pytest.raises(InputError, match="not a readable Parquet file"):
        build_report(broken, tmp_path / "report")


def test_nothing_half_written_stays_after_a_failure(
    study_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disk_full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("eum.output.report.html.html_page", disk_full)
    with pytest.raises(OSError, match="No space left"):
        build_report(study_folder, tmp_path / "report")
    assert list(tmp_path.iterdir()) == []
