"""The page in a browser: silent, legible, usable by keyboard and by ear, and saying what the answers say."""

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from eum.output.dashboard.build import export
from eum.output.report.i18n import LANGUAGES
from eum.output.surrogate.predict import Surrogate, mark_of
from eum.policy.files import check_policy, load_policy
from eum.spreadsheets import literal_text

pytestmark = pytest.mark.browser

WIDTHS = (390, 1280)


@contextmanager
def opened(browser: Any, file: Path, language: str = "ko", width: int = 1280) -> Iterator[Any]:
    """Open the page; fail on any error, any word in the console and any request but for the page itself."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    noise: list[str] = []
    page.on("console", lambda message: noise.append(message.text))
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.on("request", lambda request: noise.append(request.url) if _is_outside(request.url, file) else None)
    page.goto(f"{file.as_uri()}#lang={language}")
    page.wait_for_function("document.documentElement.dataset.shown !== undefined")
    page.wait_for_function("document.getElementById('kept-map').children.length > 0")
    try:
        yield page
    finally:
        page.close()
    assert noise == []


def _is_outside(url: str, file: Path) -> bool:
    return not url.startswith(("data:", "blob:", file.as_uri()))


def saved(page: Any, kind: str) -> str:
    """Return the text of a file that the page gives."""
    with page.expect_download() as download:
        page.click(f"[data-take={kind}]")
    return Path(download.value.path()).read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_fits_the_screen_and_asks_nobody(browser: Any, page_file: Path, language: str, width: int) -> None:
    with opened(browser, page_file, language, width) as page:
        page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("document.documentElement.lang") == language
        assert page.evaluate("document.fonts.ready.then(all => [...all].map(face => face.status))") == ["loaded"] * 2
        assert "undefined" not in page.inner_text("body") and "NaN" not in page.inner_text("body")
        cut_off = page.evaluate(
            "[...document.querySelectorAll('.chart svg')].flatMap(s => { const box = s.getBoundingClientRect(); return "
            "[...s.querySelectorAll('text')].filter(t => { const b = t.getBoundingClientRect(); "
            "return b.left < box.left - 1 || b.right > box.right + 1 }).map(t => t.textContent) })"
        )
        assert cut_off == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_serious_stands_in_anybodys_way(browser: Any, page_file: Path, language: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    with opened(browser, page_file, language, width) as page:
        page.click("#keep")
        page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
        found = axe.Axe().run(page).response["violations"]
    serious = [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")]
    assert serious == []


def test_every_control_is_reached_and_moved_by_keyboard(browser: Any, page_file: Path, stored: dict[str, Any]) -> None:
    levers = [*(lever["name"] for lever in stored["levers"]), stored["money"]["name"]]
    wanted = {"language", "start", *(f"{kind}-{name}" for kind in ("lever", "box") for name in levers), "name", "keep"}
    with opened(browser, page_file) as page:
        reached = set()
        for _ in range(60):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.id"))
        assert wanted <= reached
        page.focus("#lever-rate_percent")
        before, mark = page.inner_text("#lead"), page.inner_text("#answer .mark")
        page.keyboard.press("ArrowRight")
        assert page.inner_text("#lead") != before
        assert page.inner_text("#answer .mark") != mark
        assert page.get_attribute("#lever-rate_percent", "aria-valuetext") == page.inner_text("#told-rate_percent")
        page.focus("[name=question][value=own]")
        chart = page.inner_html("#ladder-chart")
        page.keyboard.press("ArrowDown")
        assert page.inner_html("#ladder-chart") != chart


def test_what_the_browser_works_out_is_what_the_checker_works_out(
    browser: Any, page_file: Path, stored: dict[str, Any]
) -> None:
    answering = Surrogate(stored)
    begun = {k: v for k, v in stored["definition"]["start_from"][0].items() if k != "id"}
    designs = [begun, {**begun, "rate_percent": 3.25, "budget_krw": 250_000_000, "city_rate_percent": 4.5}]
    designs += [{**begun, "plus_percent": 0, "fee_percent": 0.8, "budget_krw": 3_000_000_000}]
    designs += [{**begun, "rate_percent": 0, "plus_percent": 0, "fee_percent": 0, "city_rate_percent": 7}]
    designs += [{**begun, "rate_percent": 0.25, "plus_percent": 0, "fee_percent": 0, "budget_krw": 50_000_000}]
    with opened(browser, page_file) as page:
        for values in designs:
            answer = page.evaluate(
                "values => { const a = answerOf(values); return { mark: a.mark, days: a.money.map(m => m.day), "
                "narrow: a.narrow.map(w => [...w.added]), wide: a.wide.map(w => [...w.added]), "
                "alone: a.narrow.map(w => [...w.alone]) } }",
                values,
            )
            assert answer["mark"] == mark_of(stored["version"], values)
            assert answer["days"] == answering.days(values)
            for group in ("narrow", "wide"):
                for told, expected in zip(answer[group], answering.figures(values, group), strict=True):
                    assert told == pytest.approx(list(expected), rel=1e-6, abs=1.0 if expected.any() else 0.0)
            for told, expected in zip(answer["alone"], answering.city_alone(values, "narrow"), strict=True):
                assert told == pytest.approx(list(expected))


def _move(page: Any, **levers: float) -> None:
    for name, value in levers.items():
        page.evaluate(
            "([name, value]) => { const e = document.getElementById('lever-' + name); e.value = value; "
            "e.dispatchEvent(new Event('input')) }",
            [name, value],
        )


NOTHING = {"rate_percent": 0, "plus_percent": 0, "fee_percent": 0}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("city", [0, 7, 10])
def test_a_design_without_a_programme_is_zero_everywhere(
    browser: Any, page_file: Path, language: str, city: float
) -> None:
    with opened(browser, page_file, language) as page:
        _move(page, **NOTHING, city_rate_percent=city)
        page.wait_for_timeout(100)
        assert page_words(language)["answer.empty"] == page.inner_text("#lead")
        assert page.inner_text("#facts").strip() == ""
        rows = [row for row in csv.DictReader(io.StringIO(saved(page, "csv"))) if row["question"] == "own"]
        told = {row["value"] for row in rows if row["unit"] not in ("won_per_100_won", "date")}
        assert told == {"0"} and {row["value"] for row in rows if row["unit"] == "won_per_100_won"} == {""}
        zero = "0원" if language == "ko" else "0 won"
        page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
        cells = page.eval_on_selector_all("#gain-table td, #payer-table td", "all => all.map(td => td.textContent)")
        assert cells and set(cells) == {zero}


def test_nothing_is_praised_that_is_not_better_beyond_doubt(browser: Any, page_file: Path) -> None:
    with opened(browser, page_file, "en") as page:
        _move(page, **NOTHING)
        page.click("#keep")
        for rate in (1, 1, 4):
            _move(page, rate_percent=rate)
            page.click("#keep")
        columns = page.evaluate(
            "[...document.querySelectorAll('#compare-table tbody:last-child tr')].map(row => "
            "[...row.querySelectorAll('td')].map(td => (td.querySelector('.place') ?? {}).textContent ?? ''))"
        )
        assert all(row[0] == "" for row in columns), "a design without a programme takes no part"
        assert all(row[1] == row[2] for row in columns), "equal designs share their place, if any"
        assert any("highest" in told for row in columns for told in row)


def test_no_figure_that_is_not_above_zero_is_best(browser: Any, page_file: Path) -> None:
    with opened(browser, page_file, "en") as page:
        places = page.evaluate(
            "[[-2, -17], [5, -17], [5, 4.9], [NaN, 3]].map(values => placesOf(values.map(value => "
            "({ value, slack: 0.2, cell: String(value), isEmpty: false })), 1))"
        )
    assert places == [["", "worst"], ["best", "worst"], ["", ""], ["", ""]]


def test_a_figure_smaller_than_its_error_is_not_told(browser: Any, stored: dict[str, Any], tmp_path: Path) -> None:
    off = [{**row, "within_95": 1e6} if row["output"] == "own.net_city_sales" else row for row in stored["errors"]]
    file = export({**stored, "errors": off}, tmp_path / "page")
    for language in LANGUAGES:
        with opened(browser, file, language) as page:
            assert page_words(language)["blurred"] not in page.inner_text("#answer"), "a stored design is exact"
            _move(page, rate_percent=2.25)
            lead, facts = page.inner_text("#lead"), page.inner_text("#facts")
            words = page_words(language)
            for family in ("survey", "causal", "iri2019"):
                assert words["answer.one_blurred"].format(family=words[f"family_short.{family}"]) in lead
            assert words["sure.blurred"] in facts


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_error_stands_beside_the_answer_and_not_where_it_is_exact(
    browser: Any, page_file: Path, language: str
) -> None:
    words = page_words(language)
    with opened(browser, page_file, language) as page:
        assert page.inner_text("#approx") == words["source.exact"]
        _move(page, rate_percent=2.25)
        assert words["source.interpolated"].split("{")[0] in page.inner_text("#approx")
        assert "±" in page.inner_text("#approx")


def test_a_number_can_be_typed_and_is_moved_into_the_range(browser: Any, page_file: Path) -> None:
    with opened(browser, page_file) as page:
        page.fill("#box-budget_krw", "30000")
        page.press("#box-budget_krw", "Enter")
        assert page.evaluate("state.values.budget_krw") == 300_000_000
        assert page.input_value("#lever-budget_krw") == "300000000"
        page.fill("#box-rate_percent", "99")
        page.press("#box-rate_percent", "Tab")
        assert page.evaluate("state.values.rate_percent") == 5
        assert page.input_value("#box-rate_percent") == "5"


def test_designs_kept_for_comparison_survive_a_reload(browser: Any, page_file: Path) -> None:
    with opened(browser, page_file, "en") as page:
        page.fill("#name", 'a "name" & more')
        page.click("#keep")
        _move(page, rate_percent=3)
        page.click("#keep")
        table, address = page.inner_text("#compare-table"), page.url
    again = browser.new_page()
    again.goto(address)
    assert again.inner_text("#compare-table") == table
    again.goto("about:blank")
    again.goto(f"{page_file.as_uri()}#lang=en&kept=%5B%5B%22x%22%2C99%5D%2C5%5D")
    assert again.evaluate("state.kept.length") == 0
    again.close()


def test_up_to_four_designs_stand_side_by_side(browser: Any, page_file: Path) -> None:
    with opened(browser, page_file, "en") as page:
        for rate in (0.5, 1, 2, 3):
            _move(page, rate_percent=rate)
            page.fill("#name", f"rate {rate}")
            page.click("#keep")
        assert page.is_disabled("#keep")
        table = page.inner_text("#compare-table")
        assert all(f"rate {rate}" in table for rate in (0.5, 1, 2, 3))
        assert "highest" in table and "lowest" in table
        kept_mark = page.inner_text("#compare-table thead .mark >> nth=2").split()[0]
        page.click("[data-open='2']")
        assert page.inner_text("#answer .mark").endswith(kept_mark)
        page.click("[data-drop='0']")
        assert page.is_enabled("#keep")


def test_the_policy_file_is_a_policy_with_the_chosen_values(browser: Any, page_file: Path, tmp_path: Path) -> None:
    with opened(browser, page_file) as page:
        page.focus("#lever-rate_percent")
        page.keyboard.press("ArrowRight")
        page.fill("#name", '우리 "안" \\ 1')
        text, base, name = saved(page, "toml"), saved(page, "base"), page.evaluate("baseName()")
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    assert check_policy(file) == []
    policy = load_policy(file)
    assert policy.title_ko == policy.title_en == '우리 "안" \\ 1'
    [top_up] = [clause for clause in policy.top_up if clause.budget == "gyeyang-programme"]
    assert top_up.tiers[0].rate_percent == 1.25
    assert [pot.amount_krw for pot in policy.budget if pot.id == "gyeyang-programme"] == [505_000_000]
    command = next(line for line in text.splitlines() if line.startswith("# eum compare --engine expected "))
    assert f"--relative-to {name} --evidence all --period 2020-01-01..2020-06-30 --scale 0.01 --seed 1" in command
    alone = tmp_path / name
    alone.write_text(base, encoding="utf-8")
    assert check_policy(alone) == [] and not any(pot.payer == "gyeyang" for pot in load_policy(alone).budget)


def test_the_table_holds_what_the_page_shows(browser: Any, page_file: Path, stored: dict[str, Any]) -> None:
    with opened(browser, page_file, "en") as page:
        rows = list(csv.DictReader(io.StringIO(saved(page, "csv"))))
        mark = page.inner_text("#answer .mark").split()[-1]
        lead = page.inner_text("#lead")
    assert {row["mark"] for row in rows} == {mark}
    assert {row["family"] for row in rows} == set(stored["definition"]["families"])
    net = [r for r in rows if r["question"] == "own" and r["quantity"] == "rung.net_city_sales"]
    for row in net:
        assert f"{float(row['value']):,.0f} won ({float(row['low_90']):,.0f} to {float(row['high_90']):,.0f})" in lead
        assert row["source"] == "exact" and row["error_median"] == row["error_95"] == ""


def test_the_page_writes_text_as_every_table_for_a_spreadsheet_does(browser: Any) -> None:
    script = (resources.files("eum.output.dashboard") / "templates" / "take.js").read_text(encoding="utf-8")
    rules = [line for line in script.splitlines() if re.match(r"const (literal|quoted|cell) =", line)]
    texts = [
        "=1+1",
        "+2%p",
        "-1%",
        "@x",
        "\t=1",
        "\r=1",
        " =1",
        "'=1",
        "\uff1d1",
        "우리 구",
        "a,b",
        'x"y',
        "2020-01-01",
        "",
    ]
    page = browser.new_page()
    cells = page.evaluate(f"texts => {{ {' '.join(rules)} return texts.map(cell) }}", texts)
    numbers = page.evaluate(f"numbers => {{ {' '.join(rules)} return numbers.map(cell) }}", [-1.5, 0, 2e-7])
    page.close()
    read = [next(csv.reader(io.StringIO(cell, newline="")), [""])[0] for cell in cells]
    assert len(rules) == 3 and read == [literal_text(text) for text in texts]
    assert [float(number) for number in numbers] == [-1.5, 0, 2e-7]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_brief_is_two_pages_that_say_what_they_are(
    browser: Any, page_file: Path, language: str, tmp_path: Path
) -> None:
    with opened(browser, page_file, language) as page:
        text, mark = saved(page, "html"), page.inner_text("#answer .mark")
    file = tmp_path / "brief.html"
    file.write_text(text, encoding="utf-8")
    brief = browser.new_page()
    asked: list[str] = []
    brief.on("request", lambda request: asked.append(request.url))
    brief.goto(file.as_uri())
    told = brief.inner_text("body")
    printed = brief.pdf(format="A4", prefer_css_page_size=True)
    brief.close()
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    assert (
        mark in told
        and "eum compare --engine expected page-gyeyang-" in told
        and "{{" not in told
        and "undefined" not in told
    )
    assert printed.count(b"/Type /Page\n") == 2
    assert page_words(language)["brief.verify"] in told


def page_words(language: str) -> dict[str, str]:
    """Return the page's phrases."""
    from eum.output.dashboard.build import dashboard_phrases

    return dashboard_phrases(language)


def test_opened_from_disk_the_page_says_that_exact_runs_need_the_command(browser: Any, page_file: Path) -> None:
    with opened(browser, page_file) as page:
        assert page.is_hidden("#crowd-live")
        assert "eum dashboard" in page.inner_text("#crowd-static")


def test_a_design_is_kept_in_the_address(browser: Any, page_file: Path) -> None:
    with opened(browser, page_file, "en") as page:
        page.focus("#lever-fee_percent")
        page.keyboard.press("ArrowLeft")
        address, mark = page.url, page.inner_text("#answer .mark")
    again = browser.new_page()
    again.goto(address)
    assert again.inner_text("#answer .mark") == mark
    again.close()


def test_a_newcomer_designs_reads_and_takes_the_brief(browser: Any, page_file: Path) -> None:
    """Only what is on the screen is used: labels and names of buttons, in the reader's language."""
    words = page_words("ko")
    with opened(browser, page_file, width=390) as page:
        page.get_by_label(words["start.label"]).select_option(label=words["start.plus_only"])
        page.get_by_role("slider", name=words["lever.plus_percent"]).fill("4")
        page.get_by_role("slider", name=words["lever.budget_krw"]).fill("300000000")
        assert "3억원" in page.inner_text("#facts")
        for family in ("survey", "causal", "iri2019"):
            assert words[f"family_short.{family}"] in page.inner_text("#lead")
        with page.expect_download() as download:
            page.get_by_role("button", name=words["take.html"]).click()
        assert json.dumps(Path(download.value.path()).read_text(encoding="utf-8")).count("svg") > 4
