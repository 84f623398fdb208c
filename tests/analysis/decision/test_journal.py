"""A search killed anywhere goes on to the same end, without judging a design twice."""

import os
from pathlib import Path

import numpy as np
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

    found = pareto_search(SPACE, WISH, remembered(Journal(path, "a search"), judge_one, lambda: None), (120, 20), 4)
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
    assert run(path) == (*whole[:2], 0)


def test_a_damaged_line_is_judged_again_and_the_others_are_not(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    whole = run(path)
    lines, rng = path.read_bytes().splitlines(), np.random.default_rng(1)
    n_flips = 300
    for _ in range(n_flips):
        damaged, place = list(lines), int(rng.integers(len(lines)))
        bit = int(rng.integers(8 * len(lines[place])))
        line = bytearray(lines[place])
        line[bit // 8] ^= 1 << bit % 8
        damaged[place] = bytes(line)
        path.write_bytes(b"\n".join(damaged) + b"\n")
        known = Journal(path, "a search").known
        assert all(figures(at) == found for at, found in known.items())
        assert len(known) >= len(lines) - 2, "a line end that is flipped costs the next line, too"
    path.write_bytes(b"\n".join([*lines, b"null", b"5", b"[]", b"{}", b"\xff", b"[" * 5000]))
    assert run(path) == (*whole[:2], 0)


def test_designs_of_another_search_are_judged_again(tmp_path: Path) -> None:
    run(tmp_path / "a.jsonl")
    assert not Journal(tmp_path / "a.jsonl", "another search").known


def test_nothing_is_judged_twice(tmp_path: Path) -> None:
    first, again = run(tmp_path / "a.jsonl"), run(tmp_path / "a.jsonl")
    assert first[2] > 0 and again[2] == 0 and first[:2] == again[:2]


def test_a_full_disk_is_told_with_the_name_of_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as raised:
        Journal(tmp_path / "a.jsonl", "a search").keep((1, 2), {"joy": 1.0})
    assert raised.value.filename == str(tmp_path / "a.jsonl")
