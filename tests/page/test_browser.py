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

from sim.choice.answering import Answering, mark_of
from sim.policy.files import check_policy, load_policy
from sim.report.words import LANGUAGES
from sim.spreadsheets import literal_text

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
    wanted = {"language", "start", *(f"lever-{name}" for name in levers), "name", "keep"}
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
    answering = Answering(stored)
    begun = {k: v for k, v in stored["definition"]["start_from"][0].items() if k != "id"}
    designs = [begun, {**begun, "rate_percent": 3.25, "budget_krw": 250_000_000, "city_rate_percent": 4.5}]
    designs += [{**begun, "plus_percent": 0, "fee_percent": 0.8, "budget_krw": 3_000_000_000}]
    with opened(browser, page_file) as page:
        for values in designs:
            answer = page.evaluate(
                "values => { const a = answerOf(values); return { mark: a.mark, days: a.money.map(m => m.day), "
                "narrow: a.narrow.map(w => [...w.added]), wide: a.wide.map(w => [...w.added]), "
                "alone: a.narrow.map(w => [...w.alone]) } }",
                values,
            )
            assert answer["mark"] == mark_of(stored["version"], values)
            assert answer["days"] == [lasting.day for lasting in answering.lasting(values)]
            for group in ("narrow", "wide"):
                for told, expected in zip(answer[group], answering.figures(values, group), strict=True):
                    assert told == pytest.approx(list(expected), rel=1e-6, abs=1.0)
            for told, expected in zip(answer["alone"], answering.city_alone(values, "narrow"), strict=True):
                assert told == pytest.approx(list(expected))


def test_up_to_four_designs_stand_side_by_side(browser: Any, page_file: Path) -> None:
    with opened(browser, page_file, "en") as page:
        for rate in ("0.5", "1", "2", "3"):
            page.evaluate(
                "rate => { const e = document.getElementById('lever-rate_percent'); e.value = rate; "
                "e.dispatchEvent(new Event('input')) }",
                rate,
            )
            page.fill("#name", f"rate {rate}")
            page.click("#keep")
        assert page.is_disabled("#keep")
        table = page.inner_text("#compare-table")
        assert all(f"rate {rate}" in table for rate in ("0.5", "1", "2", "3"))
        assert "best" in table and "worst" in table
        kept_mark = page.inner_text("#compare-table thead .mark >> nth=2")
        page.click("[data-open='2']")
        assert page.inner_text("#answer .mark").endswith(kept_mark)
        page.click("[data-drop='0']")
        assert page.is_enabled("#keep")


def test_the_policy_file_is_a_policy_with_the_chosen_values(browser: Any, page_file: Path, tmp_path: Path) -> None:
    with opened(browser, page_file) as page:
        page.focus("#lever-rate_percent")
        page.keyboard.press("ArrowRight")
        page.fill("#name", '우리 "안" \\ 1')
        text = saved(page, "toml")
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    assert check_policy(file) == []
    policy = load_policy(file)
    assert policy.title_ko == policy.title_en == '우리 "안" \\ 1'
    [top_up] = [clause for clause in policy.top_up if clause.budget == "gyeyang-programme"]
    assert top_up.tiers[0].rate_percent == 1.25
    assert [pot.amount_krw for pot in policy.budget if pot.id == "gyeyang-programme"] == [505_000_000]


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
        assert float(row["error_median"]) <= float(row["error_95"])


def test_the_page_writes_text_as_every_table_for_a_spreadsheet_does(browser: Any) -> None:
    script = (resources.files("sim.page") / "templates" / "take.js").read_text(encoding="utf-8")
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
    assert mark in told and "eum expect page-gyeyang-" in told and "{{" not in told and "undefined" not in told
    assert printed.count(b"/Type /Page\n") == 2
    assert page_words(language)["brief.verify"] in told


def page_words(language: str) -> dict[str, str]:
    """Return the page's phrases."""
    from sim.page.build import phrases

    return phrases(language)


def test_opened_from_disk_the_page_says_that_exact_runs_need_the_command(browser: Any, page_file: Path) -> None:
    with opened(browser, page_file) as page:
        assert page.is_hidden("#exact-live")
        assert "eum page" in page.inner_text("#exact-static")


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
        page.get_by_label(words["lever.plus_percent"]).fill("4")
        page.get_by_label(words["lever.budget_krw"]).fill("300000000")
        assert "3억원" in page.inner_text("#facts")
        for family in ("survey", "causal", "iri2019"):
            assert words[f"family_short.{family}"] in page.inner_text("#lead")
        with page.expect_download() as download:
            page.get_by_role("button", name=words["take.html"]).click()
        assert json.dumps(Path(download.value.path()).read_text(encoding="utf-8")).count("svg") > 4
