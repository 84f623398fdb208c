"""The page served on this machine alone, with exact runs in the background."""

import contextlib
import json
import re
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from sim.errors import InputError

HOST = "127.0.0.1"
_MOST_BYTES = 10_000
_NUMBER = re.compile("[0-9]{1,9}")
Told = Callable[[str, int, int], object]
Run = Callable[[dict[str, float], str, Told], dict[str, Any]]
"""Runs a design: its values, how, and whom to tell how far it is."""


class Job:
    """An exact run and how far it is."""

    def __init__(self) -> None:
        self.now: dict[str, Any] = {"state": "queued", "done": 0, "total": 1}

    def tell(self, state: str, done: int, total: int) -> None:
        """Note how far the run is."""
        self.now = {"state": state, "done": done, "total": total}


class Jobs:
    """Exact runs of one page, one at a time in the order they were asked for."""

    def __init__(self, run: Run) -> None:
        self._run, self._jobs, self._one = run, list[Job](), threading.Lock()

    def begin(self, values: dict[str, float], how: str) -> int:
        """Start a run; returns its number."""
        job = Job()
        self._jobs.append(job)
        threading.Thread(target=self._work, args=(job, values, how), daemon=True).start()
        return len(self._jobs) - 1

    def _work(self, job: Job, values: dict[str, float], how: str) -> None:
        with self._one:
            began = time.monotonic()
            try:
                found = self._run(values, how, job.tell)
                job.now = {**found, "state": "done", "done": 1, "total": 1, "seconds": time.monotonic() - began}
            except InputError as error:
                job.now = {"state": "failed", "error": str(error)}
            except Exception as error:
                job.now = {"state": "failed", "error": f"{type(error).__name__}: {error}"}

    def status(self, number: int) -> dict[str, Any] | None:
        """Return how far a run is, None for one that there is not."""
        return self._jobs[number].now if 0 <= number < len(self._jobs) else None


class Site(NamedTuple):
    """What is served."""

    page: bytes
    jobs: Jobs
    is_current: Callable[[], bool | None]
    """Whether the stored answers are from the version installed; None while that is being found out."""


def handler_for(site: Site) -> type[BaseHTTPRequestHandler]:
    """Return a handler of requests for a site: the page, its status, exact runs."""

    class Handler(BaseHTTPRequestHandler):
        """Answers one request."""

        def handle(self) -> None:
            """Answer; a visitor who goes away before the end is no error."""
            with contextlib.suppress(ConnectionError):
                super().handle()

        def do_GET(self) -> None:
            """Send the page, its status, or how far a run is."""
            _send(self, *_found(site, self.path))

        def do_POST(self) -> None:
            """Begin an exact run."""
            try:
                _send(self, 202, {"job": site.jobs.begin(*_asked(self))})
            except InputError as error:
                _send(self, 400, {"error": str(error)})

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet: the terminal is for the address and for errors."""

    return Handler


def _found(site: Site, path: str) -> tuple[int, bytes | dict[str, Any]]:
    try:
        asked = urlsplit(path)
    except ValueError:
        return 404, {"error": "not an address of this page"}
    if asked.path in ("/", "/index.html"):
        return 200, site.page
    if asked.path == "/status":
        return 200, {"is_current": site.is_current()}
    number = parse_qs(asked.query).get("job", [""])[0]
    found = site.jobs.status(int(number)) if asked.path == "/exact" and _NUMBER.fullmatch(number) else None
    return (200, found) if found else (404, {"error": f"{asked.path}: not here"})


def _asked(request: BaseHTTPRequestHandler) -> tuple[dict[str, float], str]:
    """Return the design that a request wants to be run, and how.

    Only the page itself can ask: other sites cannot send its header or its host. Raises InputError for others.
    """
    port = int(request.connection.getsockname()[1])
    if request.headers.get("X-Eum") != "page" or request.headers.get("Host") not in _hosts(port):
        raise InputError("exact: asked by another site; expected the page itself")
    length = request.headers.get("Content-Length", "")
    if request.path != "/exact" or not _NUMBER.fullmatch(length) or int(length) > _MOST_BYTES:
        raise InputError("exact: expected the values of a design")
    try:
        body = json.loads(request.rfile.read(int(length)))
        return dict(body["values"]), str(body["how"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError("exact: expected the values of a design and how to run it") from None


def _send(request: BaseHTTPRequestHandler, code: int, content: bytes | dict[str, Any]) -> None:
    is_page = isinstance(content, bytes)
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    request.send_response(code)
    request.send_header("Content-Type", "text/html; charset=utf-8" if is_page else "application/json")
    request.send_header("Content-Length", str(len(body)))
    request.send_header("Cache-Control", "no-store")
    request.send_header("X-Content-Type-Options", "nosniff")
    request.end_headers()
    request.wfile.write(body)


def _hosts(port: int) -> tuple[str, ...]:
    return (f"{HOST}:{port}", f"localhost:{port}")


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
