"""The page served on this machine alone: exact answers while a visitor waits, long runs in the background."""

import contextlib
import json
import re
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Protocol
from urllib.parse import parse_qs, urlsplit

from eum.errors import InputError

HOST = "127.0.0.1"
_MOST_BYTES, _MOST_WAITING, _MOST_CONNECTIONS = 10_000, 4, 64
_SECONDS_TO_ASK, _SECONDS = 10.0, 60.0
"""How long a visitor has for a whole request, and for taking a part of its answer."""
_MOST_KEPT, _SECONDS_KEPT = 20, 3600.0
"""Results of runs that are kept: so many, so long."""
_TOO_MANY = b"HTTP/1.0 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_NUMBER = re.compile("[0-9]{1,9}")
_VISITOR = re.compile("[0-9a-z]{1,40}")
ProgressText = Callable[[str, int, int], object]
JsonValue = dict[str, Any]


class Model(Protocol):
    """What answers: the model behind the page."""

    def answer(self, values: JsonValue, part: str, visitor: str) -> JsonValue:
        """Return a part of the exact answer for a design, or how far the preparation is."""

    def run(self, values: JsonValue, told: ProgressText) -> JsonValue:
        """Return a design run person by person; what `told` raises ends the run."""

    def status(self) -> JsonValue:
        """Return whether the stored answers are current, and how far the preparation is."""


class CancelledError(Exception):
    """A run is no longer wanted."""


class RefusedError(Exception):
    """A request that is not answered: the status of HTTP, and why on one line."""

    def __init__(self, status: int, told: str) -> None:
        super().__init__(told)
        self.status = status


class LongRun:
    """A run in the background and how far it is."""

    def __init__(self) -> None:
        self.now: JsonValue = {"state": "queued", "done": 0, "total": 1}
        self.is_cancelled = False
        self.ended = 0.0

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to wait for."""
        return self.now["state"] in ("done", "failed", "cancelled")

    def tell(self, state: str, done: int, total: int) -> None:
        """Note how far the run is. Raises CancelledError where it is no longer wanted."""
        if self.is_cancelled:
            raise CancelledError
        self.now = {"state": state, "done": done, "total": total}


class Jobs:
    """Runs of one page, one at a time in the order they were asked for."""

    def __init__(self, run: Callable[[JsonValue, ProgressText], JsonValue]) -> None:
        self._run, self._jobs, self._one = run, dict[int, LongRun](), threading.Lock()
        self._n_begun, self._books = 0, threading.Lock()

    def begin(self, values: JsonValue) -> int:
        """Start a run; returns its number. Raises RefusedError where too many are waiting."""
        with self._books:
            self._forget()
            if sum(not job.is_over for job in self._jobs.values()) >= _MOST_WAITING:
                raise RefusedError(429, f"exact: {_MOST_WAITING} runs are waiting; expected one of them to end first")
            number, job = self._n_begun, LongRun()
            self._n_begun += 1
            self._jobs[number] = job
        threading.Thread(target=self._work, args=(job, values), daemon=True).start()
        return number

    def _forget(self) -> None:
        """Drop the results that are too old, and the oldest of too many."""
        over = [number for number, job in self._jobs.items() if job.is_over]
        oldest = time.monotonic() - _SECONDS_KEPT
        for place, number in enumerate(reversed(over)):
            if place >= _MOST_KEPT or self._jobs[number].ended < oldest:
                del self._jobs[number]

    def _work(self, job: LongRun, values: JsonValue) -> None:
        with self._one:
            began = time.monotonic()
            try:
                job.tell("running", 0, 1)
                found = self._run(values, job.tell)
                job.now = {**found, "state": "done", "done": 1, "total": 1, "seconds": time.monotonic() - began}
            except CancelledError:
                job.now = {"state": "cancelled"}
            except InputError as error:
                job.now = {"state": "failed", "error": str(error)}
            except Exception as error:
                job.now = {"state": "failed", "error": f"{type(error).__name__}: {error}"}
            finally:
                job.ended = time.monotonic()

    def status(self, number: int) -> JsonValue | None:
        """Return how far a run is, None for one that there is not."""
        job = self._jobs.get(number)
        return job.now if job else None

    def cancel(self, number: int) -> JsonValue | None:
        """End a run before its next step; returns how far it is, None for one that there is not."""
        job = self._jobs.get(number)
        if job is None:
            return None
        job.is_cancelled = True
        return job.now


class Site(NamedTuple):
    """What is served."""

    page: bytes
    model: Model
    jobs: Jobs


def handler_for(site: Site) -> type[BaseHTTPRequestHandler]:
    """Return a handler of requests for a site: the page, its status, exact answers, runs."""

    class Handler(BaseHTTPRequestHandler):
        """Answers one request."""

        timeout = _SECONDS

        def handle(self) -> None:
            """Answer; a visitor who goes away before the end is no error."""
            with contextlib.suppress(ConnectionError, TimeoutError):
                super().handle()

        def finish(self) -> None:
            """Close what was opened for the answer, of which a part may be left where the visitor went away."""
            with contextlib.suppress(ConnectionError, TimeoutError):
                super().finish()

        def do_GET(self) -> None:
            """Send the page, its status, or how far a run is."""
            _send(self, *_guarded(lambda: _found(site, self)))

        def do_POST(self) -> None:
            """Send an exact answer; begin or cancel a run."""
            _send(self, *_guarded(lambda: _done(site, self)))

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet: the terminal is for the address and for errors."""

    return Handler


def _guarded(reply: Callable[[], tuple[int, bytes | JsonValue]]) -> tuple[int, bytes | JsonValue]:
    """Return a reply, or in its place what was wrong on one line; the server goes on."""
    try:
        return reply()
    except RefusedError as error:
        return error.status, {"error": str(error)}
    except InputError as error:
        return 400, {"error": str(error)}
    except OSError:
        raise
    except Exception as error:
        return 500, {"error": f"{type(error).__name__}: {error}"}


def _path_of(request: BaseHTTPRequestHandler) -> tuple[str, str]:
    """Return path and query. Raises InputError for what is no address, RefusedError for what asks for another host."""
    port = int(request.connection.getsockname()[1])
    if request.headers.get_all("Host") not in ([f"{HOST}:{port}"], [f"localhost:{port}"]):
        raise RefusedError(403, "host: asked by another site; expected the page itself")
    try:
        asked = urlsplit(request.path)
    except ValueError:
        raise InputError("address: expected one of this page") from None
    return asked.path, asked.query


def _found(site: Site, request: BaseHTTPRequestHandler) -> tuple[int, bytes | JsonValue]:
    path, query = _path_of(request)
    _is_read(request)
    if path in ("/", "/index.html"):
        return 200, site.page
    if path == "/status":
        return 200, site.model.status()
    found = site.jobs.status(_job(query)) if path == "/exact" else None
    return (200, found) if found else (404, {"error": f"{path}: not here"})


def _job(query: str) -> int:
    try:
        number = parse_qs(query, max_num_fields=10).get("job", [""])[0]
    except ValueError:
        number = ""
    if not _NUMBER.fullmatch(number):
        raise InputError("job: expected the number of a run")
    return int(number)


def _done(site: Site, request: BaseHTTPRequestHandler) -> tuple[int, JsonValue]:
    path, _ = _path_of(request)
    body = _body(request)
    _is_read(request)
    if path == "/cancel":
        job = body.get("job")
        found = site.jobs.cancel(job) if type(job) is int else None
        return (200, found) if found else (404, {"error": "cancel: no such run"})
    values = body.get("values")
    if not isinstance(values, dict):
        raise InputError("values: expected the values of a design")
    if path == "/answer":
        part, visitor = body.get("part"), body.get("visitor")
        if not isinstance(part, str) or not isinstance(visitor, str) or not _VISITOR.fullmatch(visitor):
            raise InputError("answer: expected a part and a visitor")
        return 200, site.model.answer(values, part, visitor)
    if path == "/exact":
        return 202, {"job": site.jobs.begin(values)}
    return 404, {"error": f"{path}: not here"}


def _body(request: BaseHTTPRequestHandler) -> JsonValue:
    """Return what a request of the page itself holds. Raises RefusedError for others.

    Other sites cannot send its header or its host.
    """
    if request.headers.get("X-Eum") != "page":
        raise RefusedError(403, "header: asked by another site; expected the page itself")
    length = request.headers.get("Content-Length", "")
    if not _NUMBER.fullmatch(length) or int(length) > _MOST_BYTES:
        raise InputError("body: expected the values of a design")
    try:
        body = json.loads(request.rfile.read(int(length)))
    except (ValueError, RecursionError):
        raise InputError("body: not JSON; expected the values of a design") from None
    if not isinstance(body, dict):
        raise InputError("body: expected the values of a design")
    return body


def _send(request: BaseHTTPRequestHandler, code: int, content: bytes | JsonValue) -> None:
    is_page = isinstance(content, bytes)
    body = content if isinstance(content, bytes) else json.dumps(content, allow_nan=False).encode()
    request.send_response(code)
    request.send_header("Content-Type", "text/html; charset=utf-8" if is_page else "application/json")
    request.send_header("Content-Length", str(len(body)))
    request.send_header("Cache-Control", "no-store")
    request.send_header("X-Content-Type-Options", "nosniff")
    request.end_headers()
    request.wfile.write(body)


class LimitedServer(ThreadingHTTPServer):
    """A server of so many connections at once, each of which has some seconds to say what it asks for."""

    daemon_threads = True
    request_queue_size = _MOST_CONNECTIONS

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._free = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        self._asking: dict[socket.socket, float] = {}
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own, or say at once that there are too many."""
        if not self._free.acquire(blocking=False):
            with contextlib.suppress(OSError):
                request.sendall(_TOO_MANY)
            self.shutdown_request(request)
            return
        self._asking[request] = time.monotonic() + _SECONDS_TO_ASK
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, and make room for another."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._asking.pop(request, None)
            self._free.release()

    def request_is_read(self, request: socket.socket) -> None:
        """Note that a visitor has said all; from now on it is the answer that takes time."""
        self._asking.pop(request, None)

    def service_actions(self) -> None:
        """End the connections whose time to ask is over: twice a second, and after each new one."""
        now = time.monotonic()
        for request, until in list(self._asking.items()):
            if until < now:
                self._asking.pop(request, None)
                with contextlib.suppress(OSError):
                    request.shutdown(socket.SHUT_RDWR)


def _is_read(request: BaseHTTPRequestHandler) -> None:
    if isinstance(request.server, LimitedServer):
        request.server.request_is_read(request.connection)


def server(site: Site, port: int) -> LimitedServer:
    """Return a server of a site on a port of this machine (0: any free one); `serve_forever` starts it.

    Raises InputError for a port that is taken.
    """
    try:
        return LimitedServer((HOST, port), handler_for(site))
    except OSError as error:
        raise InputError(f"--port: {port}: {error.strerror}; expected a free port, or 0 for any") from None
