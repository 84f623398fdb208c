"""A page served on a free port, and models behind it that answer by rote or by made-up formulas."""

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from typing import Any

from eum.errors import InputError
from eum.output.dashboard.serve import Jobs, Site, server
from eum.output.surrogate.predict import mark_of

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


class Modelled(Pretended):
    """A model whose answers are those of made-up formulas, and differ from what is read off between stored ones."""

    def __init__(self, made: Any, stored: dict[str, Any]) -> None:
        super().__init__()
        self.made, self.stored = made, stored
        self.draws = threading.Event()
        self.draws.set()

    def answer(self, values: dict[str, Any], part: str, visitor: str) -> dict[str, Any]:
        """Return the figures of the formulas, as `eum.output.surrogate.exact_run.ExactRunner.answer` does."""
        self.asked.append((values, part, visitor))
        self.gate.wait(10)
        if part == "draws":
            self.draws.wait(10)
        is_asked = [(world["draw"] == 0) == (part == "centres") for world in self.stored["worlds"]]
        worlds = [self._world(number, values) for number, asked in enumerate(is_asked) if asked]
        costs = {str(n): self.made.cost_of(values) for n in self.stored["worlds_of"]["wide"]}
        return {"state": "ready", "mark": mark_of(self.stored["version"], values), "worlds": worlds, "costs": costs}

    def _world(self, number: int, values: dict[str, Any]) -> dict[str, Any]:
        about, cost = self.stored["worlds"][number], self.made.cost_of(values)
        question = self.made.ParameterDraw(about["family"], about["draw"], 1)
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
