"""Numbers that know where they come from, and text that keeps them: every figure of a report names its table cell.

A `TracedNumber` is a value with its origins; sums and quotients of numbers have the origins of all their parts.
Formatted into words it becomes a `TracedText`: text in which each number still carries value and origins. Text without
numbers is str.
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


class TracedNumber:
    """A value and the cells it comes from."""

    __slots__ = ("origins", "value")

    def __init__(self, value: float, origins: Iterable[Origin]) -> None:
        self.value, self.origins = float(value), tuple(dict.fromkeys(origins))

    def _with(self, other: "TracedNumber | float", value: float) -> "TracedNumber":
        return TracedNumber(value, (*self.origins, *(other.origins if isinstance(other, TracedNumber) else ())))

    def __float__(self) -> float:
        """Return the value alone."""
        return self.value

    def __format__(self, spec: str) -> str:
        """Return the value formatted as a float."""
        return format(self.value, spec)

    def __add__(self, other: "TracedNumber | float") -> "TracedNumber":
        """Return the sum, with the origins of both."""
        return self._with(other, self.value + float(other))

    def __sub__(self, other: "TracedNumber | float") -> "TracedNumber":
        """Return the difference, with the origins of both."""
        return self._with(other, self.value - float(other))

    def __mul__(self, other: "TracedNumber | float") -> "TracedNumber":
        """Return the product, with the origins of both."""
        return self._with(other, self.value * float(other))

    def __truediv__(self, other: "TracedNumber | float") -> "TracedNumber":
        """Return the quotient, with the origins of both."""
        return self._with(other, self.value / float(other))

    __radd__, __rmul__ = __add__, __mul__


class TracedSpan(NamedTuple):
    """A number as it stands in text."""

    text: str
    value: float | str
    origins: tuple[Origin, ...]


class TracedText:
    """Text in which numbers are marked."""

    __slots__ = ("parts",)

    def __init__(self, parts: Iterable["str | TracedSpan"]) -> None:
        self.parts = tuple(part for part in parts if part != "")

    def __str__(self) -> str:
        """Return the text alone."""
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    @property
    def marks(self) -> list[TracedSpan]:
        """The numbers, in their order."""
        return [part for part in self.parts if isinstance(part, TracedSpan)]


TextLike = str | TracedText
"""What a cell, a sentence or a title may be."""


def joined_text(*parts: TextLike) -> TracedText:
    """Return parts one after another, numbers kept."""
    found: list[str | TracedSpan] = []
    for part in parts:
        found += part.parts if isinstance(part, TracedText) else [part]
    return TracedText(found)


def separated_text(separator: str, parts: Iterable[TextLike]) -> TracedText:
    """Return parts with a separator between them, numbers kept."""
    found: list[TextLike] = []
    for part in parts:
        found += [separator, part] if found else [part]
    return joined_text(*found)


def filled_template(phrase: str, values: Mapping[str, Any]) -> TracedText:
    """Return a phrase with its {names} filled in, numbers kept. Raises KeyError for a name without a value."""
    found: list[TextLike] = []
    for text, name, spec, _ in string.Formatter().parse(phrase):
        found.append(text)
        if name is not None:
            value = values[name]
            found.append(value if isinstance(value, TracedText) else format(value, spec or ""))
    return joined_text(*found)


def format_traced(form: Callable[..., str], value: TracedNumber, *how: object) -> TextLike:
    """Return a number in the form of `eum.output.report.number_format`, marked; NOTHING where there is none.

    `how` are the further arguments of the form, such as the language or the digits.
    """
    text = form(value.value, *how)
    return text if text == NOTHING else TracedText([TracedSpan(text, value.value, value.origins)])


def traced_cell(row: "pd.Series", column: str, prefix: str = "") -> TracedNumber:
    """Return the number of a row's column `{prefix}{column}`; the row knows its line (column LINE, with the prefix)."""
    return TracedNumber(float(row[prefix + column]), [Origin(str(row[prefix + LINE]), column)])


def day_cell(form: Callable[..., str], row: "pd.Series", column: str, *how: object) -> TextLike:
    """Return a day (ISO text in a table) in a form of `eum.output.report.number_format`, marked; NOTHING for an empty
    one."""
    iso = str(row[column])
    text = form(iso, *how)
    return text if text == NOTHING else TracedText([TracedSpan(text, iso, (Origin(str(row[LINE]), column),))])


def from_record(record: Mapping[str, Any], key: str) -> TracedNumber:
    """Return a number of the record of a study."""
    return TracedNumber(float(record[key]), [Origin("study.json", key)])
