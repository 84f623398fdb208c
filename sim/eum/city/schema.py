"""Tables of a data package, read and checked cell by cell against the package's own descriptor."""

import csv
import difflib
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from eum.city.descriptor import Column, Constraints, Resource, Schema, quoted_value

if TYPE_CHECKING:
    import pandera.pandas as pandera

_TYPES = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "date": "a day like 2020-03-16",
}


def shown_value(value: object) -> str:
    """Return a value as a person would write it: whole numbers without a decimal point."""
    return f"{value:.15g}" if isinstance(value, float) else str(value)


_WORKBOOK = b"PK\x03\x04"
_AS_CSV = " (in a spreadsheet: save as CSV UTF-8)"


class TableFault(NamedTuple):
    """One fault on one line: where it is, what stands there, what was expected."""

    file: str
    line: int | None
    column: str
    value: object
    expected: str

    def __str__(self) -> str:
        places = [f"line {self.line}"] if self.line else []
        places += [f"column {self.column}"] if self.column else []
        where = ", ".join(places)
        return ": ".join(
            part for part in (self.file, where, shown_value(self.value), f"expected {self.expected}") if part
        )


class TableSchema(NamedTuple):
    """A table as read: missing numbers and days are NaN, missing text is the empty string."""

    file: str
    schema: Schema
    rows: pd.DataFrame
    lines: np.ndarray
    """int64[n]: line of the file on which each row starts."""

    def finding(self, row: int | np.integer, column: str, expected: str, value: object = None) -> TableFault:
        """Return a finding at a row (counted from 0)."""
        value = self.rows[column].iloc[row] if value is None else value
        return TableFault(self.file, int(self.lines[row]), column, value, expected)


def near(wanted: str, known: list[str]) -> str:
    """Return '; near it: a, b' for the known words most like the wanted one, or nothing."""
    found = difflib.get_close_matches(wanted, known, n=3, cutoff=0.5)
    return f"; near it: {', '.join(found)}" if found else ""


def _lines(path: Path, file: str) -> tuple[list[list[str]], list[int], list[TableFault]]:
    """Return the cells of each row that is not empty, the line it starts on, and why it cannot be read."""
    rows: list[list[str]] = []
    starts: list[int] = []
    before = 0
    try:
        if path.read_bytes()[: len(_WORKBOOK)] == _WORKBOOK:
            return [], [], [TableFault(file, None, "", "a workbook, not text", f"a table in CSV{_AS_CSV}")]
        with path.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.reader(text, strict=True)
            for cells in reader:
                # A spreadsheet leaves rows of nothing but commas behind.
                if any(cells):
                    rows.append(cells)
                    starts.append(before + 1)
                before = reader.line_num
    except csv.Error as error:
        return [], [], [TableFault(file, before + 1, "", error, "comma-separated cells, quotes in pairs")]
    except UnicodeDecodeError:
        return [], [], [TableFault(file, None, "", "not UTF-8", f"text in UTF-8{_AS_CSV}")]
    except OSError as error:
        return [], [], [TableFault(file, None, "", error.strerror, "a file the package can read")]
    if not rows:
        return [], [], [TableFault(file, 1, "", "empty file", "a header line")]
    return _without_empty_columns(rows), starts, []


def _without_empty_columns(rows: list[list[str]]) -> list[list[str]]:
    """Return rows without columns at the end that have no name and no cell, as a spreadsheet leaves them behind."""
    width = len(rows[0])
    while width > 1 and not rows[0][width - 1] and not any(cells[width - 1 : width] != [""] for cells in rows):
        width -= 1
    return [cells[:width] if len(cells) == len(rows[0]) else cells for cells in rows]


def _header_findings(file: str, line: int, header: list[str], names: list[str]) -> list[TableFault]:
    unknown = [c for c in dict.fromkeys(header) if c not in names]
    missing = [c for c in names if c not in header]
    twice = [c for c in dict.fromkeys(header) if header.count(c) > 1]
    found = [TableFault(file, line, c or "(no name)", "unknown column", f"one of {', '.join(names)}") for c in unknown]
    found += [TableFault(file, line, c, "missing column", f"the columns {', '.join(names)}") for c in missing]
    found += [TableFault(file, line, c, "column given twice", "each column once") for c in twice]
    if not found and header != names:
        found = [TableFault(file, line, header[0], "other order of columns", f"the order {', '.join(names)}")]
    return found


def _typed(text: pd.Series, column: Column) -> tuple[pd.Series, pd.Series]:
    """Return a column in its type, with NaN where the cell is empty or wrong, and where it is wrong."""
    filled = text.where(text != "")
    empty = filled.isna()
    wrong = empty if column.constraints.required else pd.Series(False, index=text.index)
    if column.type in ("number", "integer"):
        values = pd.to_numeric(filled, errors="coerce").astype(float)
        bad = ~empty & ~np.isfinite(values)
        if column.type == "integer":
            bad |= values.notna() & (values != values.round())
        return values.mask(bad), wrong | bad
    if column.type == "date":
        bad = ~empty & pd.to_datetime(filled, errors="coerce", format="%Y-%m-%d").isna()
        bad |= ~empty & (text.str.len() != len("2020-03-16"))
        return filled.mask(bad), wrong | bad
    return filled, wrong


def _checks(limits: Constraints) -> "list[pandera.Check]":
    import pandera.pandas as pandera

    checks = []
    if limits.minimum is not None:
        checks.append(pandera.Check.ge(limits.minimum, error=f"{limits.minimum:g} or more"))
    if limits.maximum is not None:
        checks.append(pandera.Check.le(limits.maximum, error=f"{limits.maximum:g} or less"))
    if limits.enum is not None:
        checks.append(pandera.Check.isin(limits.enum, error="one of " + ", ".join(limits.enum)))
    if limits.pattern is not None:
        whole = f"^(?:{limits.pattern})$"
        checks.append(pandera.Check.str_matches(whole, error=f"text of the form {limits.pattern}"))
    return checks


def _limit_findings(table: TableSchema) -> list[TableFault]:
    """Check minimum, maximum, enum and pattern of all columns with one pandera schema."""
    import pandera.pandas as pandera
    from pandera.errors import SchemaErrors

    limited = {c.name: _checks(c.constraints) for c in table.schema.fields}
    columns: dict[Any, Any] = {n: pandera.Column(checks=c, nullable=True) for n, c in limited.items() if c}
    try:
        pandera.DataFrameSchema(columns).validate(table.rows, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases.dropna(subset="index")
        return [
            table.finding(int(row), str(column), str(check))
            for row, column, check in zip(cases["index"], cases["column"], cases["check"], strict=True)
        ]
    return []


def _key_findings(table: TableSchema) -> list[TableFault]:
    keys = [[c.name] for c in table.schema.fields if c.constraints.unique]
    keys += [table.schema.primaryKey] if table.schema.primaryKey and table.schema.primaryKey not in keys else []
    found = []
    for key in keys:
        cells = table.rows[key]
        first = cells.groupby(key, dropna=False, sort=False).ngroup()
        lines = pd.Series(table.lines).groupby(first).transform("first")
        for row in np.flatnonzero(cells.duplicated()):
            value = " ".join(shown_value(v) for v in cells.iloc[row] if v == v)
            found.append(table.finding(row, ", ".join(key), f"a key not given before (line {lines[row]})", value))
    return found


def _order_findings(table: TableSchema) -> list[TableFault]:
    found = []
    for names in table.schema.ascending:
        for low, high in pairwise(names):
            for row in np.flatnonzero(table.rows[low] > table.rows[high]):
                expected = f"{low} up to {high}, which is {shown_value(table.rows[high].iloc[row])}"
                found.append(table.finding(row, low, expected))
    return found


def _rule_findings(table: TableSchema) -> list[TableFault]:
    found = []
    for rule in table.schema.rowRules:
        concerned = pd.Series(True, index=table.rows.index)
        for name, pattern in rule.when.items():
            concerned &= table.rows[name].str.fullmatch(pattern, na=False).astype(bool)
        for name in rule.fields:
            values = table.rows[name]
            wrong = pd.Series(False, index=values.index)
            wrong |= (values < rule.minimum) if rule.minimum is not None else False
            wrong |= (values > rule.maximum) if rule.maximum is not None else False
            found += [table.finding(row, name, rule.expected) for row in np.flatnonzero(wrong & concerned)]
    return found


def _settled(table: TableSchema) -> TableSchema:
    """Give columns their last types: missing text is empty, whole numbers never missing are int64."""
    rows = table.rows.copy()
    for column in table.schema.fields:
        if column.type == "string":
            rows[column.name] = rows[column.name].fillna("")
        elif column.type == "integer" and column.constraints.required and rows[column.name].notna().all():
            rows[column.name] = rows[column.name].astype("int64")
    return table._replace(rows=rows)


def read_csv_table(folder: Path, resource: Resource) -> tuple[TableSchema | None, list[TableFault]]:
    """Read one table and check every cell, key and order; no table when its file or header cannot be used."""
    file, schema = quoted_value(folder, resource.path), resource.table_schema
    names = [c.name for c in schema.fields]
    cells, starts, found = _lines(folder / resource.path, file)
    found = found or _header_findings(file, starts[0], cells[0], names)
    if found:
        return None, found
    whole = [i for i in range(1, len(cells)) if len(cells[i]) == len(names)]
    for i in sorted(set(range(1, len(cells))) - set(whole)):
        found.append(TableFault(file, starts[i], "", f"{len(cells[i])} cells", f"{len(names)} cells"))
    text = pd.DataFrame([cells[i] for i in whole], columns=names, dtype="str")
    columns, wrong = {}, []
    for column in schema.fields:
        columns[column.name], faulty = _typed(text[column.name], column)
        wrong += [(row, column) for row in np.flatnonzero(faulty)]
    table = TableSchema(file, schema, pd.DataFrame(columns), np.array([starts[i] for i in whole], dtype=np.int64))
    for row, column in wrong:
        value = text[column.name].iloc[row] or "(empty)"
        found.append(table.finding(row, column.name, _TYPES[column.type], value))
    found += _limit_findings(table) + _key_findings(table) + _rule_findings(table) + _order_findings(table)
    return _settled(table), sorted(found, key=lambda f: f.line or 0)


def split_cells(cells: pd.Series, separator: str) -> pd.Series:
    """Return the parts of cells that hold several names, one part a row, under the number of their row."""
    return cells.reset_index(drop=True).str.split(re.escape(separator), regex=True).explode().str.strip()
