"""The page served: what it answers, whom it refuses, and exact runs that are shown beside the emulator's figures."""

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from sim.choice.answering import mark_of
from sim.errors import InputError
from sim.page.build import page
from sim.page.serve import Jobs, Site, server

DESIGN = {"rate_percent": 1.0}


class Running:
    """A server on a free port, with the runs it was asked for."""

    def __init__(self, content: bytes, run: Any) -> None:
        self.server = server(Site(content, Jobs(run), lambda: False), 0)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/"
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

    def wait(self, job: int) -> dict[str, Any]:
        """Return the result of a run."""
        for _ in range(200):
            _, now = self.ask(f"exact?job={job}")
            if now["state"] in ("done", "failed"):
                return dict(now)
            time.sleep(0.02)
        raise AssertionError("the run never ended")


def _run(values: dict[str, float], how: str, told: Any) -> dict[str, Any]:
    told("running", 1, 2)
    if how == "wrong":
        raise InputError("how: wrong: expected another one")
    return {"mark": "m", "how": how, "rows": [], "values": values}


@pytest.fixture
def running() -> Iterator[Running]:
    found = Running(b"<!doctype html>", _run)
    yield found
    found.server.shutdown()
    found.server.server_close()


def test_a_run_goes_on_in_the_background_and_its_result_is_kept(running: Running) -> None:
    status, begun = running.ask("exact", {"values": DESIGN, "how": "expected"})
    assert status == 202
    result = running.wait(begun["job"])
    assert result["state"] == "done" and result["values"] == DESIGN and result["seconds"] >= 0
    assert running.ask("status") == (200, {"is_current": False})


def test_a_run_that_cannot_be_is_told_and_the_next_one_works(running: Running) -> None:
    _, begun = running.ask("exact", {"values": DESIGN, "how": "wrong"})
    assert running.wait(begun["job"]) == {"state": "failed", "error": "how: wrong: expected another one"}
    _, begun = running.ask("exact", {"values": DESIGN, "how": "crowd"})
    assert running.wait(begun["job"])["state"] == "done"


@pytest.mark.parametrize("headers", [{"X-Eum": ""}, {"Host": "elsewhere.example"}])
def test_other_sites_cannot_start_runs(running: Running, headers: dict[str, str]) -> None:
    status, answer = running.ask("exact", {"values": DESIGN, "how": "expected"}, **headers)
    assert status == 400 and "another site" in answer["error"]


@pytest.mark.parametrize("body", [{}, [], {"values": 1, "how": "expected"}, {"how": "expected"}])
def test_nonsense_is_refused_on_one_line(running: Running, body: object) -> None:
    status, answer = running.ask("exact", body)
    assert status == 400 and answer["error"].startswith("exact: expected")


def test_what_is_not_there_is_not_found(running: Running) -> None:
    assert running.ask("exact?job=7")[0] == running.ask("etc/passwd")[0] == 404
    for job in ("%C2%B2", "", "-1", "9" * 5000):
        assert running.ask(f"exact?job={job}")[0] == 404


@pytest.mark.parametrize(
    ("request_line", "length", "body", "status"),
    [
        ("GET http://[::1 HTTP/1.0", "", b"", b"404"),
        ("POST /exact HTTP/1.0", "9" * 5000, b"", b"400"),
        ("POST /exact HTTP/1.0", "\u00b2", b"", b"400"),
        ("POST /exact HTTP/1.0", "9000", b"[" * 9000, b"400"),
    ],
)
def test_what_no_browser_sends_is_answered(
    request_line: str, length: str, body: bytes, status: bytes, running: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    port = running.server.server_address[1]
    head = f"{request_line}\r\nHost: 127.0.0.1:{port}\r\nX-Eum: page\r\nContent-Length: {length}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head.encode("latin-1") + body)
        assert connection.recv(1000).split()[1] == status
    assert "Traceback" not in capsys.readouterr().err


def test_a_visitor_who_goes_away_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    running = Running(b"<!doctype html>" + b" " * 50_000_000, _run)
    with socket.create_connection(("127.0.0.1", running.server.server_address[1]), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        connection.recv(100)
    running.server.shutdown()
    running.server.server_close()
    assert "Traceback" not in capsys.readouterr().err


def test_the_server_is_on_this_machine_alone_and_a_taken_port_is_told(running: Running) -> None:
    host, port = running.server.server_address[:2]
    assert host == "127.0.0.1"
    with pytest.raises(InputError, match=f"--port: {port}: .*expected a free port"):
        server(Site(b"", Jobs(_run), lambda: None), int(port))


@pytest.mark.browser
def test_an_exact_run_stands_beside_the_emulator_with_the_same_mark(browser: Any, stored: dict[str, Any]) -> None:
    families = stored["definition"]["families"]

    def run(values: dict[str, float], how: str, told: Any) -> dict[str, Any]:
        figure = {"value": 123.0, "low": None, "high": None}
        amount = {"value": 1_090_000_000.0, "low": 1_060_000_000.0, "high": 1_120_000_000.0}
        cells = {name: figure for name in ("net_city_sales", "city_value_added", "national_net", "day")}
        cells |= {"fiscal_cost": amount, "own_sales": amount}
        rows = [{"quantity": name, "by_family": dict.fromkeys(families, cell)} for name, cell in cells.items()]
        return {"mark": mark_of(stored["version"], values), "how": how, "rows": rows}

    running = Running(page(stored).encode(), run)
    shown = browser.new_page()
    shown.goto(f"{running.address}#lang=en")
    shown.wait_for_selector("#stale", state="visible")
    assert shown.is_hidden("#exact-static")
    shown.click("[data-exact=expected]")
    shown.wait_for_selector("#exact-table table")
    told, mark = shown.inner_text("#exact-table"), shown.inner_text("#answer .mark")
    assert "123" in told and mark in told and "3 May" in told
    hidden = "(table) => table.scrollWidth - table.clientWidth"
    assert shown.eval_on_selector("#exact-table .scroll", hidden) == 0, "families and intervals fit beside each other"
    shown.close()
    running.server.shutdown()
    running.server.server_close()
