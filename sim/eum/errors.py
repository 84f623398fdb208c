"""Errors meant for people."""

import re
from collections.abc import Mapping
from typing import Any

_MOST_LETTERS = 2000

_EXPECTATIONS = {
    "missing": "missing; expected a value",
    "extra_forbidden": "unknown key; expected one that the schema has",
    "date_type": "expected a date such as 2020-03-16, without quotation marks",
    "date_from_datetime_inexact": "expected a date such as 2020-03-16, without a time",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "bool_type": "expected true or false",
    "string_type": "expected text",
    "string_too_short": "expected some text",
    "tuple_type": "expected a list",
    "list_type": "expected a list",
    "dict_type": "expected a table",
    "mapping_type": "expected a table",
    "model_type": "expected a table",
}
"""What was expected, in words, by kind of pydantic's error."""
_SHOULD = re.compile(r"^\w+ should (?:be |have (?=at )|match (?=pattern ))")
_AFTER = re.compile(r" after validation, not (?:\d+|more)$")


def expectation(fault: Mapping[str, Any]) -> str:
    """Return what a schema expected, in the words of this package, from an entry of `ValidationError.errors()`.

    >>> expectation({"type": "too_short", "msg": "Tuple should have at least 1 item after validation, not 0"})
    'expected at least 1 item'
    >>> expectation({"type": "greater_than", "msg": "Input should be greater than 0"})
    'expected greater than 0'
    """
    message = _AFTER.sub("", str(fault["msg"]).removeprefix("Value error, "))
    return _EXPECTATIONS.get(fault["type"], _SHOULD.sub("expected ", message))


class InputError(Exception):
    """A bad input, on one line: the file, the row or key, the value, and what was expected."""

    def __str__(self) -> str:
        """Return the message as `one_line` has it."""
        return one_line(super().__str__())


def one_line(text: str) -> str:
    """Return a message that may quote any input on one line: line breaks become spaces, other characters that do not
    print are escaped, and the middle of a very long text is left out."""
    if text.isprintable() and len(text) <= _MOST_LETTERS:
        return text
    line = " ".join(part.strip() for part in text.splitlines() if part.strip())
    if len(line) > _MOST_LETTERS:
        half = _MOST_LETTERS // 2
        line = f"{line[:half]} ... {line[-half:]}"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in line)


class DamagedError(InputError):
    """A file that eum wrote is not there, or not as it was written: the file, and what was expected."""


class BusyError(InputError):
    """Another process writes the same result: the result, and the process."""


class FolderWarning(UserWarning):
    """A folder cannot be written, or keeps no locks: the folder, why, and what follows."""


class UnreadValueWarning(UserWarning):
    """A value of a data folder was set by hand though no run reads it: the row, the value and what it is for."""


class CalibratedValueWarning(UserWarning):
    """A parameter that calibration sets was set by hand afterwards: the parameter, both values and what follows."""


class StoppedError(BaseException):
    """The user pressed Ctrl-C. No `except Exception` on the way may take it for an error of its own."""


class UnitError(Exception):
    """One of many units of work failed: its name and why, on one line."""
