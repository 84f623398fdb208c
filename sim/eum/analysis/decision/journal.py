"""What has been judged, kept line by line as it is found, so that work stopped anywhere goes on from there."""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path

from eum.analysis.decision.pareto_search import DesignFigures, Evaluate, GridPoint


class Journal:
    """A file of judged designs, one JSON line each. A last line cut short by a stop is judged again."""

    def __init__(self, path: Path) -> None:
        self.path, self.known = path, dict[GridPoint, DesignFigures]()
        if not path.exists():
            return
        whole = path.read_text(encoding="utf-8").rpartition("\n")[0]
        for line in whole.splitlines():
            with contextlib.suppress(ValueError):
                kept = json.loads(line)
                self.known[tuple(kept["place"])] = kept["figures"]
        # What follows the last whole line is cut off, so that the next line starts on its own.
        path.write_text(whole + "\n" if whole else "", encoding="utf-8")

    def keep(self, place: GridPoint, figures: DesignFigures) -> None:
        """Add a judged design."""
        self.known[place] = figures
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"place": place, "figures": figures}) + "\n")


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
