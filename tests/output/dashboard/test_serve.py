"""The page served: what it answers, and whom it refuses."""

import contextlib
import http.client
import socket
import time
from collections.abc import Iterator

import pytest

from eum.errors import InputError
from eum.output.dashboard import serve
from eum.output.dashboard.serve import Jobs, Site, server
from tests.output.dashboard.pretended import CENTRES, DESIGN, Pretended, Running


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
    assert [status for status, _ in found] == [202] * 4 + [429]
    assert "4 runs are waiting" in found[-1][1]["error"]


@pytest.mark.parametrize("headers", [{"X-Eum": ""}, {"Host": "elsewhere.example"}])
@pytest.mark.parametrize("path", ["answer", "exact", "cancel"])
def test_other_sites_cannot_ask(running: Running, path: str, headers: dict[str, str]) -> None:
    status, answer = running.ask(path, {**CENTRES, "job": 0}, **headers)
    assert status == 403 and "another site" in answer["error"]
    assert running.model.asked == []


@pytest.mark.parametrize("path", ["", "status", "exact?job=0"])
def test_a_name_that_was_bound_to_this_machine_reads_nothing(running: Running, path: str) -> None:
    assert running.ask(path, Host="elsewhere.example")[0] == 403
    twice = f"GET /{path} HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\nHost: elsewhere.example\r\n\r\n"
    assert b" 403 " in running.send(twice.encode()).split(b"\r\n")[0]


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
    for path in ("exact?job=7", "etc/passwd", "status/"):
        assert running.ask(path)[0] == 404, path


@pytest.mark.parametrize("job", ["%C2%B2", "1" * 5000, "-1", "", "1&" * 1000, "1&job=%5B"])
def test_a_run_is_asked_for_by_its_number(running: Running, job: str) -> None:
    expected = 404 if job.endswith("%5B") else 400
    assert running.ask(f"exact?job={job}")[0] == expected


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


def test_who_asks_byte_by_byte_is_cut_off(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "_SECONDS_TO_ASK", 0.3)
    with socket.create_connection(("127.0.0.1", running.port), timeout=5) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\n")
        slow.settimeout(0.1)
        for _ in range(30):
            with contextlib.suppress(TimeoutError, ConnectionError):
                slow.sendall(b"X")
                if slow.recv(1) == b"":
                    return
    raise AssertionError("still waited for after three seconds")


def test_an_answer_may_take_longer_than_the_question(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "_SECONDS_TO_ASK", 0.1)
    monkeypatch.setattr(running.model, "status", lambda: time.sleep(1) or {"state": "late"})
    assert running.ask("status") == (200, {"state": "late"})


def test_connections_that_ask_nothing_are_counted_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "_SECONDS_TO_ASK", 1.0)
    monkeypatch.setattr(serve, "_MOST_CONNECTIONS", 4)
    running = Running(b"<!doctype html>", Pretended())
    question = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n\r\n".encode()

    def answered() -> bool:
        # A refusal may be lost where it crosses the question.
        try:
            return running.send(question).startswith(b"HTTP/1.0 200 ")
        except OSError:
            return False

    with contextlib.ExitStack() as silent:
        for _ in range(6):
            silent.enter_context(socket.create_connection(("127.0.0.1", running.port), timeout=5))
        assert not answered()
        for _ in range(50):
            time.sleep(0.1)
            if answered():
                break
        else:
            raise AssertionError("no room after five seconds")
    running.server.shutdown()
    running.server.server_close()


def test_results_of_runs_are_kept_for_a_while_and_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = Jobs(lambda values, told: values)

    def run() -> int:
        number = jobs.begin({})
        while not (now := jobs.status(number)) or now["state"] != "done":
            time.sleep(0.005)
        time.sleep(0.01)
        return number

    numbers = [run() for _ in range(22)]
    kept = [number for number in numbers if jobs.status(number)]
    assert numbers == list(range(22)) and kept == list(range(1, 22)), "twenty, and the newest"
    monkeypatch.setattr(serve, "_SECONDS_KEPT", 0.0)
    newest = run()
    assert [number for number in (*numbers, newest) if jobs.status(number)] == [newest]


def test_the_server_is_on_this_machine_alone_and_a_taken_port_is_told(running: Running) -> None:
    host, port = running.server.server_address[:2]
    assert host == "127.0.0.1"
    with pytest.raises(InputError, match=f"--port: {port}: .*expected a free port"):
        server(Site(b"", Pretended(), Jobs(Pretended().run)), int(port))
