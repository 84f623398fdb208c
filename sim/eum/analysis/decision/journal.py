"""What has been judged, kept line by line as it is found, so that work stopped anywhere goes on from there."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eum.analysis.decision.pareto_search import DesignFigures, Evaluate, GridPoint
from eum.artifacts import file_named, fingerprint


class Journal:
    """A file of judged designs, one JSON line each with its hash; `of` says of which search they are.

    A line that is cut short, damaged or of another search is passed over: its design is judged again. What is in the
    file is never written again.
    """

    def __init__(self, path: Path, of: str) -> None:
        self.path, self._of, self.known = path, of, dict[GridPoint, DesignFigures]()
        content = path.read_bytes() if path.exists() else b""
        for line in content.splitlines():
            kept = self._read(line)
            if kept is not None:
                self.known[tuple(kept["place"])] = kept["figures"]
        self._is_open_line = not content.endswith(b"\n") and content != b""

    def _hash(self, place: Any, figures: Any) -> str:
        return fingerprint(self._of, json.dumps([place, figures]))

    def _read(self, line: bytes) -> dict[str, Any] | None:
        try:
            kept: dict[str, Any] = json.loads(line)
            return kept if kept["sha256"] == self._hash(kept["place"], kept["figures"]) else None
        except (ValueError, LookupError, TypeError, RecursionError):
            return None

    def keep(self, place: GridPoint, figures: DesignFigures) -> None:
        """Add a judged design, and flush it to the disk. Raises OSError with the file's name where that fails."""
        self.known[place] = figures
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"place": place, "figures": figures, "sha256": self._hash(place, figures)})
        with file_named(self.path), self.path.open("a", encoding="utf-8", newline="\n") as file:
            # What a stop left of a line stays by itself.
            file.write(f"\n{line}\n" if self._is_open_line else f"{line}\n")
            file.flush()
            os.fsync(file.fileno())
        self._is_open_line = False


def remembered(
    journal: Journal, judge_one: Callable[[GridPoint], DesignFigures], on_design: Callable[[], object]
) -> Evaluate:
    """Return how to judge a batch: what the journal knows is not judged again, the rest is kept at once."""

    def judge(places: list[GridPoint]) -> list[DesignFigures]:
        for place in places:
            if place not in journal.known:
                journal.keep(place, judge_one(place))
            on_design()
        return [journal.known[place] for place in places]

    return judge
