"""Tables as CSV for people, who open them in a spreadsheet: text stays text, numbers stay numbers, Korean is Korean.

A spreadsheet takes text that begins with `= + - @` (also in full width), a tab or a line end for a formula, and guesses
another encoding where a file does not begin with a byte order mark. Tables that programs read again (`data/`, `docs/`)
are written plainly and not by this module.
"""

import re
from pathlib import Path

import pandas as pd

from eum.artifacts import write_whole

_MARK = "\ufeff"
_TRIGGERS = r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]"
_NEEDS = re.compile(rf"'*(?:{_TRIGGERS})")
_HAS = re.compile(rf"'+(?:{_TRIGGERS})")


def literal_text(text: str) -> str:
    """Return text as a spreadsheet takes it for text: with one apostrophe before it where it would be a formula.

    Text that already is apostrophes before such a sign gets one more, so that `original_text` undoes it always.
    `literal_text('=1+1') == "'=1+1"`, `literal_text('gyeyang') == 'gyeyang'`.
    """
    return f"'{text}" if _NEEDS.match(text) else text


def original_text(text: str) -> str:
    """Return the text that `literal_text` was given. `original_text("'=1+1") == '=1+1'`."""
    return text[1:] if _HAS.match(text) else text


def spreadsheet_csv(table: pd.DataFrame, float_format: str | None = None) -> str:
    """Return a table as CSV for people (RFC 4180): a byte order mark, names of columns, one line a row.

    Text cells and names of columns pass `literal_text`; numbers, negative ones too, stay numbers. Floats are written in
    `float_format`, or so that they read back to the bit. `pd.read_csv` reads it; `original_text` gives the text back.
    """
    made = table.rename(columns=lambda name: literal_text(str(name)))
    for position in range(made.shape[1]):
        column = made.iloc[:, position]
        if not pd.api.types.is_numeric_dtype(column) and any(map(_is_formula, column.unique())):
            made.isetitem(position, [_literal(value) for value in column])
    return _MARK + made.to_csv(index=False, float_format=float_format, lineterminator="\r\n")


def write_spreadsheet_csv(table: pd.DataFrame, path: Path, float_format: str | None = None) -> None:
    """Write a table as CSV for people (`spreadsheet_csv`), UTF-8."""
    write_whole(path, spreadsheet_csv(table, float_format))


def _is_formula(value: object) -> bool:
    return isinstance(value, str) and _NEEDS.match(value) is not None


def _literal(value: object) -> object:
    return literal_text(value) if isinstance(value, str) else value
