"""The page served on this machine alone: exact answers while a visitor waits, long runs in the background."""

import contextlib
import json
import re
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Protocol
from urllib.parse import parse_qs, urlsplit

from eum.errors import InputError

HOST = "127.0.0.1"
_MOST_BYTES, _MOST_WAITING, _SECONDS = 10_000, 4, 60.0
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


class LongRun:
    """A run in the background and how far it is."""

    def __init__(self) -> None:
        self.now: JsonValue = {"state": "queued", "done": 0, "total": 1}
        self.is_cancelled = False

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
        self._run, self._jobs, self._one = run, list[LongRun](), threading.Lock()

    def begin(self, values: JsonValue) -> int:
        """Start a run; returns its number. Raises InputError where too many are waiting."""
        if sum(not job.is_over for job in self._jobs) >= _MOST_WAITING:
            raise InputError(f"exact: {_MOST_WAITING} runs are waiting; expected one of them to end first")
        job = LongRun()
        self._jobs.append(job)
        threading.Thread(target=self._work, args=(job, values), daemon=True).start()
        return len(self._jobs) - 1

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

    def status(self, number: int) -> JsonValue | None:
        """Return how far a run is, None for one that there is not."""
        return self._jobs[number].now if 0 <= number < len(self._jobs) else None

    def cancel(self, number: int) -> JsonValue | None:
        """End a run before its next step; returns how far it is, None for one that there is not."""
        if not 0 <= number < len(self._jobs):
            return None
        self._jobs[number].is_cancelled = True
        return self._jobs[number].now


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
    except InputError as error:
        return 400, {"error": str(error)}
    except OSError:
        raise
    except Exception as error:
        return 500, {"error": f"{type(error).__name__}: {error}"}


def _path_of(request: BaseHTTPRequestHandler) -> tuple[str, str]:
    """Return path and query. Raises InputError for what is no address, and for a request meant for another host."""
    port = int(request.connection.getsockname()[1])
    if request.headers.get("Host") not in (f"{HOST}:{port}", f"localhost:{port}"):
        raise InputError("host: asked by another site; expected the page itself")
    try:
        asked = urlsplit(request.path)
    except ValueError:
        raise InputError("address: expected one of this page") from None
    return asked.path, asked.query


def _found(site: Site, request: BaseHTTPRequestHandler) -> tuple[int, bytes | JsonValue]:
    path, query = _path_of(request)
    if path in ("/", "/index.html"):
        return 200, site.page
    if path == "/status":
        return 200, site.model.status()
    number = parse_qs(query).get("job", [""])[0]
    found = site.jobs.status(int(number)) if path == "/exact" and _NUMBER.fullmatch(number) else None
    return (200, found) if found else (404, {"error": f"{path}: not here"})


def _done(site: Site, request: BaseHTTPRequestHandler) -> tuple[int, JsonValue]:
    path, _ = _path_of(request)
    body = _body(request)
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
    """Return what a request of the page itself holds. Raises InputError for others.

    Other sites cannot send its header or its host.
    """
    if request.headers.get("X-Eum") != "page":
        raise InputError("header: asked by another site; expected the page itself")
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


def server(site: Site, port: int) -> ThreadingHTTPServer:
    """Return a server of a site on a port of this machine (0: any free one); `serve_forever` starts it.

    Raises InputError for a port that is taken.
    """
    try:
        found = ThreadingHTTPServer((HOST, port), handler_for(site))
    except OSError as error:
        raise InputError(f"--port: {port}: {error.strerror}; expected a free port, or 0 for any") from None
    found.daemon_threads = True
    return found
