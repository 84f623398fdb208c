"""Numbers that know where they come from, and text that keeps them: every figure of a report names its table cell.

A `Number` is a value with its origins; sums and quotients of numbers have the origins of all their parts. Formatted
into words it becomes a `Told`: text in which each number still carries value and origins. Text without numbers is str.
"""

import string
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import pandas as pd

from eum.output.report.number_format import NOTHING

LINE = "source_line"
"""Column of a stored table that names the table and the line of its CSV file: `ladder:19`. Kept by every selection."""


class Origin(NamedTuple):
    """A cell: `line` is table and line of its CSV file (`ladder:19`) or the record (`study.json`)."""

    line: str
    column: str

    def __str__(self) -> str:
        """Return the cell in one word. `str(Origin('ladder:19', 'ratio')) == 'ladder:19:ratio'`."""
        return f"{self.line}:{self.column}"


class Number:
    """A value and the cells it comes from."""

    __slots__ = ("origins", "value")

    def __init__(self, value: float, origins: Iterable[Origin]) -> None:
        self.value, self.origins = float(value), tuple(dict.fromkeys(origins))

    def _with(self, other: "Number | float", value: float) -> "Number":
        return Number(value, (*self.origins, *(other.origins if isinstance(other, Number) else ())))

    def __float__(self) -> float:
        """Return the value alone."""
        return self.value

    def __format__(self, spec: str) -> str:
        """Return the value formatted as a float."""
        return format(self.value, spec)

    def __add__(self, other: "Number | float") -> "Number":
        """Return the sum, with the origins of both."""
        return self._with(other, self.value + float(other))

    def __sub__(self, other: "Number | float") -> "Number":
        """Return the difference, with the origins of both."""
        return self._with(other, self.value - float(other))

    def __mul__(self, other: "Number | float") -> "Number":
        """Return the product, with the origins of both."""
        return self._with(other, self.value * float(other))

    def __truediv__(self, other: "Number | float") -> "Number":
        """Return the quotient, with the origins of both."""
        return self._with(other, self.value / float(other))

    __radd__, __rmul__ = __add__, __mul__


class Mark(NamedTuple):
    """A number as it stands in text."""

    text: str
    value: float | str
    origins: tuple[Origin, ...]


class Told:
    """Text in which numbers are marked."""

    __slots__ = ("parts",)

    def __init__(self, parts: Iterable["str | Mark"]) -> None:
        self.parts = tuple(part for part in parts if part != "")

    def __str__(self) -> str:
        """Return the text alone."""
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    @property
    def marks(self) -> list[Mark]:
        """The numbers, in their order."""
        return [part for part in self.parts if isinstance(part, Mark)]


Said = str | Told
"""What a cell, a sentence or a title may be."""


def joined(*parts: Said) -> Told:
    """Return parts one after another, numbers kept."""
    found: list[str | Mark] = []
    for part in parts:
        found += part.parts if isinstance(part, Told) else [part]
    return Told(found)


def separated(separator: str, parts: Iterable[Said]) -> Told:
    """Return parts with a separator between them, numbers kept."""
    found: list[Said] = []
    for part in parts:
        found += [separator, part] if found else [part]
    return joined(*found)


def filled(phrase: str, values: Mapping[str, Any]) -> Told:
    """Return a phrase with its {names} filled in, numbers kept. Raises KeyError for a name without a value."""
    found: list[Said] = []
    for text, name, spec, _ in string.Formatter().parse(phrase):
        found.append(text)
        if name is not None:
            value = values[name]
            found.append(value if isinstance(value, Told) else format(value, spec or ""))
    return joined(*found)


def say(form: Callable[..., str], value: Number, *how: object) -> Said:
    """Return a number in the form of `eum.output.report.number_format`, marked; NOTHING where there is none.

    `how` are the further arguments of the form, such as the language or the digits.
    """
    text = form(value.value, *how)
    return text if text == NOTHING else Told([Mark(text, value.value, value.origins)])


def cell(row: "pd.Series", column: str, prefix: str = "") -> Number:
    """Return the number of a row's column `{prefix}{column}`; the row knows its line (column LINE, with the prefix)."""
    return Number(float(row[prefix + column]), [Origin(str(row[prefix + LINE]), column)])


def day_cell(form: Callable[..., str], row: "pd.Series", column: str, *how: object) -> Said:
    """Return a day (ISO text in a table) in a form of `eum.output.report.number_format`, marked; NOTHING for an empty
    one."""
    iso = str(row[column])
    text = form(iso, *how)
    return text if text == NOTHING else Told([Mark(text, iso, (Origin(str(row[LINE]), column),))])


def recorded(record: Mapping[str, Any], key: str) -> Number:
    """Return a number of the record of a study."""
    return Number(float(record[key]), [Origin("study.json", key)])
