"""Hints to the compiler reach it, change no result, and are checked where nothing is compiled."""

import os
import runpy
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
import pytest
from numba.core.caching import NullCache

from eum import jit
from eum.errors import FolderWarning
from eum.jit import assume, compiled, compiled_part, prefetch, seldom


@compiled
def _sum_ahead(column: np.ndarray) -> int:
    total = 0
    for k in range(len(column)):
        prefetch(column, k + 8)
        total += column[k]
    return total


@compiled
def _sum_of_large(column: np.ndarray) -> int:
    total = 0
    for k in range(len(column)):
        if seldom(column[k] > 900):
            total += 1 + total % column[k]
    return total


@compiled
def _corner_of_any(table: np.ndarray) -> int:
    return table[1, 2, 3]


@compiled
def _corner(table: np.ndarray) -> int:
    assume(table.shape[1:] == (4, 8))
    return table[1, 2, 3]


@compiled_part
def _sum_between(column: np.ndarray, first: int, end: int) -> int:
    total = 0
    for k in range(first, end):
        total += column[k]
    return total


@compiled
def _mean_of_halves(column: np.ndarray) -> float:
    half = len(column) // 2
    return (_sum_between(column, 0, half) + _sum_between(column, half, len(column))) / 2


def _code(function: Any, column: np.ndarray) -> str:
    """Return the code of a function compiled anew, without what hands over values from and to Python."""
    anew = compiled(function.py_func)
    # Code from the cache could not be looked at.
    anew._cache = NullCache()
    anew(column)
    code = next(iter(anew.inspect_llvm().values()))
    begin = code.index("define ")
    return code[begin : code.index("\n}", begin)]


def test_asking_ahead_changes_nothing_and_does_no_harm_beyond_the_end() -> None:
    column = np.arange(1000)
    assert _sum_ahead(column) == column.sum()
    assert "llvm.prefetch" in _code(_sum_ahead, column)


def test_what_seldom_holds_is_known_and_changes_nothing() -> None:
    column = np.arange(1000)
    assert _sum_of_large(column) == _sum_of_large.py_func(column) > 0
    often = [line for line in _code(_sum_of_large, column).splitlines() if "!prof" in line]
    assert often, "a branch knows which way it mostly goes"
    assert not any("!prof" in line for line in _code(_sum_ahead, column).splitlines()), "none does without a hint"


def test_a_promise_about_sizes_is_used_and_changes_nothing() -> None:
    table = np.arange(96).reshape(3, 4, 8)
    assert _corner(table) == table[1, 2, 3]
    assert " mul " in _code(_corner_of_any, table)
    assert " mul " not in _code(_corner, table), "the place is reckoned with constants"


def test_a_broken_promise_is_told_where_nothing_is_compiled() -> None:
    with pytest.raises(AssertionError):
        _corner.py_func(np.zeros((3, 5, 8), np.int64))


def test_compiled_code_calls_a_part_and_python_calls_it_as_python() -> None:
    column = np.arange(10)
    assert isinstance(_sum_between, FunctionType)
    assert _mean_of_halves(column) == (_sum_between(column, 0, 5) + _sum_between(column, 5, 10)) / 2 == 22.5


# ---- the cache of compiled code

RULE = """
from eum.jit import compiled

@compiled
def rule(x):
    return x + STEP
"""


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder that stands for the package, with one rule; its compiled code lies in `cache` beside it."""
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "rule.py").write_text(RULE.replace("STEP", "1"))
    monkeypatch.setattr(jit, "_PACKAGE", folder)
    monkeypatch.setenv("EUM_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(jit, "_warned", [])
    yield folder
    restart()


def restart() -> None:
    """Forget what a process that starts anew would not know."""
    jit.source_hash.cache_clear()
    jit._cache_folder.cache_clear()


def rule(folder: Path) -> Any:
    """Return the rule of a folder as a process that starts anew reads it."""
    restart()
    return runpy.run_path(str(folder / "rule.py"))["rule"]


def hits(function: Any) -> int:
    """Return how many signatures of a function came from the cache folder."""
    return sum(function.stats.cache_hits.values())


def kept_code(folder: Path) -> Path:
    """Return the only file of compiled code of a folder of sources."""
    (file,) = (path for path in (folder.parent / "cache").rglob("*") if path.is_file())
    return file


def test_code_is_compiled_once_for_the_same_sources_and_again_for_others(sources: Path) -> None:
    first, second = rule(sources), None
    assert first(1) == 2 and hits(first) == 0
    second = rule(sources)
    assert second(1) == 2 and hits(second) == 1
    (sources / "rule.py").write_text(RULE.replace("STEP", "2"))
    third = rule(sources)
    assert third(1) == 3 and hits(third) == 0
    assert not list(sources.rglob("__pycache__")), "no other place than the cache folder"


def test_an_edit_of_another_file_compiles_again(sources: Path) -> None:
    assert rule(sources)(1) == 2
    (sources / "other.py").write_text("# a rule that is called")
    again = rule(sources)
    assert again(1) == 2 and hits(again) == 0


def test_damaged_code_is_noticed_and_compiled_again(sources: Path) -> None:
    assert rule(sources)(1) == 2
    file = kept_code(sources)
    whole = file.read_bytes()
    rng = np.random.default_rng(1)
    flips = [
        whole[:i] + bytes([whole[i] ^ 1 << b]) + whole[i + 1 :] for i, b in rng.integers((len(whole), 8), size=(20, 2))
    ]
    for damaged in (b"", whole[:1000], b"x" * 100, *flips):
        file.write_bytes(damaged)
        again = rule(sources)
        assert again(1) == 2 and hits(again) == 0
        found = rule(sources)
        assert found(1) == 2 and hits(found) == 1, "what was compiled again is kept"


def test_code_of_another_function_is_not_taken(sources: Path) -> None:
    assert rule(sources)(1) == 2
    mine = kept_code(sources)
    assert rule(sources)(1.5) == 2.5
    (other,) = (path for path in mine.parent.iterdir() if path != mine)
    other.replace(mine)
    again = rule(sources)
    assert again(1) == 2 and hits(again) == 0


def test_a_cache_that_cannot_be_made_is_named_and_a_temporary_one_serves(
    sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = sources.parent / "a file"
    place.touch()
    monkeypatch.setenv("EUM_CACHE_DIR", str(place / "cache"))
    with pytest.warns(FolderWarning, match="a file/cache: Not a directory; compiled code is not kept"):
        found = rule(sources)
    assert found(1) == 2
    temporary = Path(os.environ["EUM_CACHE_DIR"])
    assert temporary.is_relative_to(tempfile.gettempdir()) and any(p.is_file() for p in temporary.rglob("*"))
    assert not list(sources.rglob("__pycache__")) and place.stat().st_size == 0


def test_a_warm_cache_that_cannot_be_written_is_read_and_what_it_lacks_is_named_once(
    sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rule(sources)(1) == 2

    def read_only(path: Path, _: bytes) -> None:
        raise OSError(30, "Read-only file system", str(path.parent))

    monkeypatch.setattr(jit, "write_whole", read_only)
    found = rule(sources)
    assert found(1) == 2 and hits(found) == 1
    with pytest.warns(FolderWarning, match="Read-only file system; compiled code is not kept"):
        assert found(1.5) == 2.5
    assert found(np.float32(2)) == 3, "said once"
