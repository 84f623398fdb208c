"""What a check found: where, and what differs."""

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from eum.errors import InputError, UnitError, one_line

MOST = 3
"""Differences that are told of one table; the rest is counted."""


class Difference(NamedTuple):
    """One difference: the file (and line, cell or byte in it), and both sides of it."""

    where: str
    what: str


_MALFORMED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What sums and comparisons raise for content that has the right hashes but is not as eum writes it."""


class VerifyCheck(NamedTuple):
    """One check: what was compared, what differs, and what a reader should know beside it."""

    title: str
    differences: list[Difference]
    notes: list[str] = []  # noqa: RUF012

    @property
    def holds(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


def check_of(title: str, compare: Callable[[], Iterable[Difference]]) -> VerifyCheck:
    """Return a check of what a comparison finds; what it cannot read or understand is a difference, too."""
    found: list[Difference] = []
    try:
        found.extend(compare())
    except InputError as error:
        found.append(unreadable(error))
    except UnitError as error:
        found.append(Difference("run", f"cannot be repeated: {str(error).partition(' (')[0]}"))
    except _MALFORMED as error:
        what = f"cannot be compared, it is not as eum writes it: {type(error).__name__}: {error}"
        found.append(Difference("content", one_line(what)))
    return VerifyCheck(title, found)


def unreadable(error: InputError) -> Difference:
    """Return an error of reading, which begins with the file, as a difference."""
    where, _, what = str(error).partition(": ")
    return Difference(where, what)


def found_differences(stored: pd.DataFrame, found: pd.DataFrame, where: str) -> list[Difference]:
    """Return where two tables differ: their shape, or the first cells in the order of reading; lines as in a CSV file.

    Values are equal to the last bit; two missing ones are equal.
    """
    if list(stored.columns) != list(found.columns):
        return [Difference(where, f"columns {', '.join(stored.columns)}; expected {', '.join(found.columns)}")]
    if len(stored) != len(found):
        return [Difference(where, f"{len(stored)} rows; expected {len(found)}")]
    types = [(str(a), str(b)) for a, b in zip(stored.dtypes, found.dtypes, strict=True)]
    for column, (mine, its) in zip(stored.columns, types, strict=True):
        if mine != its:
            return [Difference(f"{where}, {column}", f"values of type {mine}; expected {its}")]
    cells = list(islice(_cells(stored, found), MOST + 1))
    told = [
        Difference(f"{where}, line {line}, {column}", f"{old!r}; expected {new!r}") for line, column, old, new in cells
    ]
    return told if len(told) <= MOST else [*told[:MOST], Difference(where, "further cells differ")]


def _cells(stored: pd.DataFrame, found: pd.DataFrame) -> Iterator[tuple[int, str, object, object]]:
    for column in stored.columns:
        old, new = stored[column].to_numpy(dtype=object), found[column].to_numpy(dtype=object)
        both_missing = pd.isna(old) & pd.isna(new)
        for row in np.flatnonzero(~both_missing & ~_equal(old, new)):
            yield int(row) + 2, str(column), _plain(old[row]), _plain(new[row])


def _equal(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    return np.array([_same(a, b) for a, b in zip(old, new, strict=True)], dtype=bool)


def _same(old: Any, new: Any) -> bool:
    """Return whether two values are equal, of which 0 and -0 are not."""
    if isinstance(old, float) and isinstance(new, float) and old == 0 == new:
        return math.copysign(1, old) == math.copysign(1, new)
    return bool(old == new) and pd.isna(old) == pd.isna(new)


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value
