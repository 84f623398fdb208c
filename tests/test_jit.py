"""Hints to the compiler reach it, change no result, and are checked where nothing is compiled."""

from types import FunctionType
from typing import Any

import numpy as np
import pytest
from numba.core.caching import NullCache

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
