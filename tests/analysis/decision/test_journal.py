"""A search killed anywhere goes on to the same end, without judging a design twice."""

from pathlib import Path

import pytest

from eum.analysis.decision.break_even import Grid
from eum.analysis.decision.journal import Journal, remembered
from eum.analysis.decision.pareto_search import DesignFigures, GridPoint, Objectives, Space, pareto_front, pareto_search

SPACE, WISH = Space(("x", "y"), (Grid(0, 20, 1), Grid(0, 20, 1))), Objectives({"gain": 1, "cost": -1}, ())


def figures(place: GridPoint) -> DesignFigures:
    return {"gain": place[0] - 0.1 * (place[1] - 7) ** 2 + 1 / 3, "cost": float(place[0])}


def run(path: Path, stop_after: int | None = None) -> tuple[list[GridPoint], list[GridPoint], int]:
    judged = []

    def judge_one(place: GridPoint) -> DesignFigures:
        if len(judged) == stop_after:
            raise KeyboardInterrupt
        judged.append(place)
        return figures(place)

    found = pareto_search(SPACE, WISH, remembered(Journal(path), judge_one, lambda: None), (120, 20), 4)
    return list(found.judged), pareto_front(found, WISH), len(judged)


@pytest.mark.parametrize("stop_after", [0, 7, 33])
def test_a_stopped_search_ends_where_an_undisturbed_one_does(stop_after: int, tmp_path: Path) -> None:
    whole = run(tmp_path / "whole.jsonl")
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "half.jsonl", stop_after)
    again = run(tmp_path / "half.jsonl")
    assert again[:2] == whole[:2] and again[2] == whole[2] - stop_after
    assert (tmp_path / "half.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_a_line_cut_short_is_judged_again(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    whole = run(tmp_path / "whole.jsonl")
    run(path)
    path.write_bytes(path.read_bytes()[:-9])
    assert run(path) == (*whole[:2], 1)
    assert path.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_nothing_is_judged_twice(tmp_path: Path) -> None:
    first, again = run(tmp_path / "a.jsonl"), run(tmp_path / "a.jsonl")
    assert first[2] > 0 and again[2] == 0 and first[:2] == again[:2]
