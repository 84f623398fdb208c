"""The page served: what it answers, whom it refuses, and what a visitor sees while exact answers come."""

import http.client
import json
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from sim.choice.answering import Answering, mark_of
from sim.errors import InputError
from sim.page.build import page
from sim.page.serve import Jobs, Site, server

DESIGN = {"rate_percent": 1.0}
CENTRES = {"values": DESIGN, "part": "centres", "visitor": "me"}


class Pretended:
    """A model that answers by rote."""

    def __init__(self) -> None:
        self.asked: list[tuple[dict[str, Any], str, str]] = []
        self.gate = threading.Event()
        self.gate.set()

    def answer(self, values: dict[str, Any], part: str, visitor: str) -> dict[str, Any]:
        """Return what was asked."""
        self.asked.append((values, part, visitor))
        if part == "broken":
            raise ZeroDivisionError("of the model")
        if part not in ("centres", "draws"):
            raise InputError(f"part: {part}: expected another one")
        return {"state": "ready", "values": values}

    def run(self, values: dict[str, Any], told: Any) -> dict[str, Any]:
        """Run in two steps, the second once the gate is open."""
        told("running", 1, 2)
        if values.get("rate_percent") == 99:
            raise InputError("values: rate_percent: 99: expected a number from 0 to 5")
        self.gate.wait(10)
        told("running", 2, 2)
        return {"mark": "m", "rows": [], "values": values}

    def status(self) -> dict[str, Any]:
        """Return that answers are of another version."""
        return {"is_current": False, "exact": {"state": "ready"}}


class Running:
    """A server on a free port."""

    def __init__(self, content: bytes, model: Any) -> None:
        self.model = model
        self.server = server(Site(content, model, Jobs(model.run)), 0)
        self.port = int(self.server.server_address[1])
        self.address = f"http://127.0.0.1:{self.port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def ask(self, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        """Return status and content of an answer; a body makes it a POST as the page sends it."""
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, content, {"X-Eum": "page", **headers})
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def send(self, text: bytes) -> bytes:
        """Return what comes back for bytes sent as they are."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(text)
            connection.shutdown(socket.SHUT_WR)
            found = b""
            while part := connection.recv(65536):
                found += part
            return found

    def wait(self, job: int) -> dict[str, Any]:
        """Return the result of a run."""
        for _ in range(500):
            _, now = self.ask(f"exact?job={job}")
            if now["state"] in ("done", "failed", "cancelled"):
                return dict(now)
            time.sleep(0.02)
        raise AssertionError("the run never ended")


@pytest.fixture
def running() -> Iterator[Running]:
    found = Running(b"<!doctype html>", Pretended())
    yield found
    found.model.gate.set()
    found.server.shutdown()
    found.server.server_close()


def test_an_answer_is_that_of_the_model(running: Running) -> None:
    assert running.ask("answer", CENTRES) == (200, {"state": "ready", "values": DESIGN})
    assert running.model.asked == [(DESIGN, "centres", "me")]
    assert running.ask("status")[1]["is_current"] is False


def test_what_the_model_refuses_or_breaks_on_is_said_and_the_server_goes_on(running: Running) -> None:
    refused = running.ask("answer", {**CENTRES, "part": "middle"})
    assert refused == (400, {"error": "part: middle: expected another one"})
    broken = running.ask("answer", {**CENTRES, "part": "broken"})
    assert broken == (500, {"error": "ZeroDivisionError: of the model"})
    assert running.ask("answer", CENTRES)[0] == 200


def test_a_run_goes_on_in_the_background_and_its_result_is_kept(running: Running) -> None:
    status, begun = running.ask("exact", {"values": DESIGN})
    assert status == 202
    result = running.wait(begun["job"])
    assert result["state"] == "done" and result["values"] == DESIGN and result["seconds"] >= 0


def test_a_run_that_cannot_be_is_told_and_the_next_one_works(running: Running) -> None:
    _, begun = running.ask("exact", {"values": {"rate_percent": 99}})
    failed = {"state": "failed", "error": "values: rate_percent: 99: expected a number from 0 to 5"}
    assert running.wait(begun["job"]) == failed
    _, begun = running.ask("exact", {"values": DESIGN})
    assert running.wait(begun["job"])["state"] == "done"


def test_a_run_is_cancelled_and_one_that_waits_never_begins(running: Running) -> None:
    running.model.gate.clear()
    first, second = (running.ask("exact", {"values": DESIGN})[1]["job"] for _ in range(2))
    for job in (second, first):
        assert running.ask("cancel", {"job": job})[0] == 200
    running.model.gate.set()
    assert running.wait(first) == running.wait(second) == {"state": "cancelled"}
    assert running.ask("cancel", {"job": 99})[0] == running.ask("cancel", {"job": "0"})[0] == 404


def test_only_so_many_runs_may_wait(running: Running) -> None:
    running.model.gate.clear()
    found = [running.ask("exact", {"values": DESIGN}) for _ in range(5)]
    assert [status for status, _ in found] == [202] * 4 + [400]
    assert "4 runs are waiting" in found[-1][1]["error"]


@pytest.mark.parametrize("headers", [{"X-Eum": ""}, {"Host": "elsewhere.example"}])
@pytest.mark.parametrize("path", ["answer", "exact", "cancel"])
def test_other_sites_cannot_ask(running: Running, path: str, headers: dict[str, str]) -> None:
    status, answer = running.ask(path, {**CENTRES, "job": 0}, **headers)
    assert status == 400 and "another site" in answer["error"]
    assert running.model.asked == []


@pytest.mark.parametrize("path", ["", "status", "exact?job=0"])
def test_a_name_that_was_bound_to_this_machine_reads_nothing(running: Running, path: str) -> None:
    assert running.ask(path, Host="elsewhere.example")[0] == 400


@pytest.mark.parametrize(
    "body",
    [
        *({}, [], 5, {"values": 1, "part": "centres", "visitor": "me"}, {"part": "centres"}),
        {"values": DESIGN}, {**CENTRES, "visitor": "A" * 50}, {**CENTRES, "part": 5},
    ],
)  # fmt: skip
def test_nonsense_is_refused_on_one_line(running: Running, body: object) -> None:
    status, answer = running.ask("answer", body)
    assert status == 400 and "expected" in answer["error"]


def test_what_is_not_there_is_not_found(running: Running) -> None:
    for path in ("exact?job=7", "etc/passwd", "exact?job=%C2%B2", "exact?job=" + "1" * 5000, "exact?job=-1"):
        assert running.ask(path)[0] == 404, path


_HEAD = b"X-Eum: page\r\nHost: 127.0.0.1:PORT\r\n"
_HOSTILE = {
    "an address that is none": b"GET http://[::1 HTTP/1.1\r\n" + _HEAD + b"\r\n",
    "a length of another script": b"POST /answer HTTP/1.1\r\n" + _HEAD + "Content-Length: ²\r\n\r\n".encode(),
    "a length of 5000 digits": b"POST /answer HTTP/1.1\r\n" + _HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
    "a negative length": b"POST /answer HTTP/1.1\r\n" + _HEAD + b"Content-Length: -5\r\n\r\n",
    "no length": b"POST /answer HTTP/1.1\r\n" + _HEAD + b"\r\n",
    "nested brackets": b"POST /answer HTTP/1.1\r\n" + _HEAD + b"Content-Length: 9999\r\n\r\n" + b"[" * 9999,
    "a number of 9000 digits": b"POST /answer HTTP/1.1\r\n" + _HEAD + b"Content-Length: 9000\r\n\r\n" + b"1" * 9000,
    "less than it says": b"POST /answer HTTP/1.1\r\n" + _HEAD + b"Content-Length: 500\r\n\r\n{}",
    "no HTTP": b"\x16\x03\x01\x00\xff\r\n\r\n",
}


@pytest.mark.parametrize("name", _HOSTILE)
def test_hostile_requests_get_one_line_and_leave_no_trace(
    running: Running, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = running.send(_HOSTILE[name].replace(b"PORT", str(running.port).encode()))
    assert b" 400 " in found.split(b"\r\n")[0] or b"Error code: 400" in found
    assert running.ask("answer", CENTRES)[0] == 200
    assert capsys.readouterr() == ("", "")


def test_a_visitor_who_leaves_early_leaves_no_trace(capsys: pytest.CaptureFixture[str]) -> None:
    running = Running(b"x" * 20_000_000, Pretended())
    for _ in range(5):
        connection = http.client.HTTPConnection("127.0.0.1", running.port)
        connection.request("GET", "/")
        assert connection.sock is not None
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        connection.close()
    time.sleep(0.3)
    assert running.ask("answer", CENTRES)[0] == 200
    assert capsys.readouterr() == ("", "")
    running.server.shutdown()
    running.server.server_close()


def test_the_server_is_on_this_machine_alone_and_a_taken_port_is_told(running: Running) -> None:
    host, port = running.server.server_address[:2]
    assert host == "127.0.0.1"
    with pytest.raises(InputError, match=f"--port: {port}: .*expected a free port"):
        server(Site(b"", Pretended(), Jobs(Pretended().run)), int(port))


class Modelled(Pretended):
    """A model whose answers are those of made-up formulas, and differ from what is read off between stored ones."""

    def __init__(self, made: Any, stored: dict[str, Any]) -> None:
        super().__init__()
        self.made, self.stored, self.answering = made, stored, Answering(stored)
        self.draws = threading.Event()
        self.draws.set()

    def answer(self, values: dict[str, Any], part: str, visitor: str) -> dict[str, Any]:
        """Return the figures of the formulas, as `sim.choice.exact.Exact.answer` does."""
        self.asked.append((values, part, visitor))
        self.gate.wait(10)
        if part == "draws":
            self.draws.wait(10)
        worlds = [self._world(n, values) for n, w in enumerate(self.stored["worlds"]) if (w["draw"] == 0) == (part == "centres")]  # fmt: skip
        costs = {str(n): self.made.cost_of(values) for n in self.stored["worlds_of"]["wide"]}
        return {"state": "ready", "mark": mark_of(self.stored["version"], values), "worlds": worlds, "costs": costs}

    def _world(self, number: int, values: dict[str, Any]) -> dict[str, Any]:
        about, cost = self.stored["worlds"][number], self.made.cost_of(values)
        question = self.made.Question(about["family"], about["draw"], 1)
        share = min(values["budget_krw"] / cost, 1.0) if cost else 0.0
        lived, alone = (self.made.figures(values, question, s) for s in (share, 0.0))
        groups = {"narrow": self.stored["names"]["narrow"]}
        if about["draw"] == 0:
            groups["wide"] = self.stored["names"]["wide"]
        found = {
            group: {"added": [lived[n] - alone[n] for n in names], "alone": [alone[n] for n in names]}
            for group, names in groups.items()
        }
        path = [min(cost, values["budget_krw"]) for _ in self.stored["path_days"]]
        return {"world": number, **found, "money": {"day": 100 if share < 1 else -1, "spent": path[-1], "path": path}}


@pytest.fixture
def modelled(made: Any, stored: dict[str, Any]) -> Iterator[Running]:
    # Stored answers that are off show what is read off and what is exact.
    wrong = json.loads(json.dumps(stored))
    wrong["errors"] = [{**row, "within_95": 20.0, "median": 10.0} for row in wrong["errors"]]
    found = Running(page(wrong).encode(), Modelled(made, stored))
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


@pytest.mark.browser
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


@pytest.mark.browser
def test_headline_table_brief_and_comparison_are_of_the_exact_answer(
    browser: Any, modelled: Running, made: Any, stored: dict[str, Any]
) -> None:
    shown = browser.new_page()
    shown.goto(f"{modelled.address}#lang=en")
    _set(shown, "plus_percent", 4.5)
    shown.click("#keep")
    values = shown.evaluate("state.values")
    cost = made.cost_of(values)
    share = min(values["budget_krw"] / cost, 1.0)
    lived, alone = (made.figures(values, made.Question("causal", 0, 1), s) for s in (share, 0.0))
    net, spent = (lived[n] - alone[n] for n in ("rung.net_city_sales", "fiscal_cost"))
    with shown.expect_download() as download:
        shown.click("[data-take=csv]")
    rows = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    head = rows[0].split(",")
    row = next(dict(zip(head, r.split(","), strict=True)) for r in rows if ",own,rung.net_city_sales,won_per_100_won,causal," in r)
    assert row["source"] == "exact" and row["error_95"] == ""
    assert float(row["value"]) == pytest.approx(100 * net / spent, rel=1e-5)
    assert f"causal: {100 * net / spent:,.0f} won" in shown.inner_text("#lead")
    assert f"{100 * net / spent:,.0f}" in shown.inner_text("#compare-table")
    assert shown.evaluate("word('compare.interpolated')") not in shown.inner_text("#compare-table")
    with shown.expect_download() as download:
        shown.click("[data-take=html]")
    brief = download.value.path().read_text(encoding="utf-8")
    assert shown.evaluate("word('source.exact')") in brief and f"{100 * net / spent:,.0f} won" in brief
    shown.close()


@pytest.mark.browser
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


@pytest.mark.browser
def test_where_the_model_fails_the_page_says_so_and_states_its_error(browser: Any, stored: dict[str, Any]) -> None:
    class Failing(Pretended):
        def answer(self, values: dict[str, Any], part: str, visitor: str) -> dict[str, Any]:
            return {"state": "failed", "done": 0, "total": 1, "error": "InputError: no data"}

    running = Running(page(stored).encode(), Failing())
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


@pytest.mark.browser
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
    again = Running(page(stored).encode(), modelled.model)
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
