"""What a visitor sees while exact answers come: grey until then, exact afterwards, and said so where they do not."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from eum.output.dashboard.build import dashboard_html
from eum.output.surrogate.predict import mark_of
from tests.output.dashboard.pretended import Modelled, Pretended, Running

pytestmark = pytest.mark.browser


@pytest.fixture
def modelled(made: Any, stored: dict[str, Any]) -> Iterator[Running]:
    # Stored answers that are off show what is read off and what is exact.
    wrong = json.loads(json.dumps(stored))
    wrong["errors"] = [{**row, "within_95": 20.0, "median": 10.0} for row in wrong["errors"]]
    found = Running(dashboard_html(wrong).encode(), Modelled(made, stored))
    yield found
    found.model.gate.set()
    found.model.draws.set()
    found.server.shutdown()
    found.server.server_close()


def _set(shown: Any, name: str, value: float) -> None:
    shown.evaluate(
        "([name, value]) => { const e = document.getElementById('lever-' + name); e.value = value; "
        "e.dispatchEvent(new Event('input')) }",
        [name, value],
    )


@pytest.mark.parametrize("language", ["ko", "en"])
def test_what_is_read_off_is_grey_until_the_exact_answer_comes(browser: Any, modelled: Running, language: str) -> None:
    model = modelled.model
    shown = browser.new_page()
    errors: list[str] = []
    shown.on("pageerror", lambda error: errors.append(str(error)))
    shown.goto(f"{modelled.address}#lang={language}")
    shown.wait_for_function("document.documentElement.dataset.draws !== undefined")
    model.gate.clear()
    model.draws.clear()
    _set(shown, "rate_percent", 2.25)
    assert shown.evaluate("document.body.classList.contains('pending')")
    assert shown.get_attribute("main", "aria-busy") == "true"
    model.gate.set()
    shown.wait_for_function("document.documentElement.dataset.centres === keyOf(state.values)")
    assert not shown.evaluate("document.body.classList.contains('pending')")
    pending = shown.evaluate("word('sure.pending')")
    assert pending in shown.inner_text("#facts") and "(" not in shown.inner_text("#lead").split(".")[-2]
    model.draws.set()
    shown.wait_for_function("document.documentElement.dataset.draws === keyOf(state.values)")
    assert pending not in shown.inner_text("#facts")
    assert shown.inner_text("#approx") == shown.evaluate("word('live.exact')")
    assert shown.evaluate("state.answer.exact") and errors == []
    shown.close()


def _saved(shown: Any, kind: str) -> str:
    with shown.expect_download() as download:
        shown.click(f"[data-take={kind}]")
    return str(download.value.path().read_text(encoding="utf-8-sig"))


def test_headline_table_brief_and_comparison_are_of_the_exact_answer(
    browser: Any, modelled: Running, made: Any
) -> None:
    shown = browser.new_page()
    shown.goto(f"{modelled.address}#lang=en")
    _set(shown, "plus_percent", 4.5)
    shown.click("#keep")
    rows = list(csv.DictReader(io.StringIO(_saved(shown, "csv"))))
    values = shown.evaluate("state.values")
    share = min(values["budget_krw"] / made.cost_of(values), 1.0)
    lived, alone = (made.figures(values, made.ParameterDraw("causal", 0, 1), s) for s in (share, 0.0))
    net, spent = (lived[n] - alone[n] for n in ("rung.net_city_sales", "fiscal_cost"))
    name = ("own", "rung.net_city_sales", "causal")
    row = next(r for r in rows if (r["question"], r["quantity"], r["family"]) == name)
    assert row["source"] == "exact" and row["error_95"] == ""
    assert float(row["value"]) == pytest.approx(100 * net / spent, rel=1e-5)
    told = f"{100 * net / spent:,.0f}"
    assert f"causal: {told} won" in shown.inner_text("#lead")
    assert told in shown.inner_text("#compare-table")
    assert shown.evaluate("word('compare.interpolated')") not in shown.inner_text("#compare-table")
    brief = _saved(shown, "html")
    assert shown.evaluate("word('source.exact')") in brief and f"{told} won" in brief
    shown.close()


def test_a_newer_design_is_answered_and_an_older_one_is_dropped(browser: Any, modelled: Running) -> None:
    model = modelled.model
    shown = browser.new_page()
    shown.goto(f"{modelled.address}#lang=en")
    shown.wait_for_function("document.documentElement.dataset.draws !== undefined")
    model.asked.clear()
    for rate in (0.5, 1.5, 2.5, 3.5):
        _set(shown, "rate_percent", rate)
    shown.wait_for_function("document.documentElement.dataset.draws === keyOf(state.values)")
    assert {values["rate_percent"] for values, _, _ in model.asked} == {3.5}, "only what a lever rests at is asked"
    shown.close()


def test_where_the_model_fails_the_page_says_so_and_states_its_error(browser: Any, stored: dict[str, Any]) -> None:
    class Failing(Pretended):
        def answer(self, values: dict[str, Any], part: str, visitor: str) -> dict[str, Any]:
            return {"state": "failed", "done": 0, "total": 1, "error": "InputError: no data"}

    running = Running(dashboard_html(stored).encode(), Failing())
    shown = browser.new_page()
    shown.goto(f"{running.address}#lang=en")
    _set(shown, "rate_percent", 2.25)
    shown.wait_for_function("live.phase === 'failed'")
    told = shown.inner_text("#approx")
    assert "InputError: no data" in told and "Interpolated" in told
    assert not shown.evaluate("document.body.classList.contains('pending')")
    shown.close()
    running.server.shutdown()
    running.server.server_close()


def test_a_run_person_by_person_stands_beside_the_answer_with_the_same_mark(
    browser: Any, modelled: Running, stored: dict[str, Any]
) -> None:
    families = stored["definition"]["families"]

    def run(values: dict[str, Any], told: Any) -> dict[str, Any]:
        figure = {"value": 123.0, "low": None, "high": None}
        amount = {"value": 1_090_000_000.0, "low": 1_060_000_000.0, "high": 1_120_000_000.0}
        cells = {name: figure for name in ("net_city_sales", "city_value_added", "national_net", "day")}
        cells |= {"fiscal_cost": amount, "own_sales": amount}
        rows = [{"quantity": name, "by_family": dict.fromkeys(families, cell)} for name, cell in cells.items()]
        return {"mark": mark_of(stored["version"], values), "rows": rows}

    modelled.model.run = run
    again = Running(dashboard_html(stored).encode(), modelled.model)
    shown = browser.new_page()
    shown.goto(f"{again.address}#lang=en")
    shown.wait_for_selector("#stale", state="visible")
    assert shown.is_hidden("#crowd-static")
    shown.click("#crowd-run")
    shown.wait_for_selector("#crowd-table table")
    told, mark = shown.inner_text("#crowd-table"), shown.inner_text("#answer .mark")
    assert "123" in told and mark in told and "3 May" in told
    hidden = "(table) => table.scrollWidth - table.clientWidth"
    assert shown.eval_on_selector("#crowd-table .scroll", hidden) == 0, "families and intervals fit beside each other"
    shown.close()
    again.server.shutdown()
    again.server.server_close()
