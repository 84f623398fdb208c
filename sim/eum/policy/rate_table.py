"""The rate table of a policy: flat, one row a clause and tier, with all that is promised; and back.

A row is named by its clause, such as "city[0]". What a layer promises stands on each of its rows; items of its
lists (tiers, amounts of a grant, supplements, steps) each have a row of their own, in columns such as
`tier_rate_percent`. Won are Int64, percents Float64, dates datetime64, yes or no boolean, lists texts joined by
semicolons; what a file leaves out is empty.
"""

import csv
import datetime
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from eum.dimensions import AGE_BANDS, DISTRICTS, SECTORS, WEEKDAYS
from eum.errors import InputError, expectation
from eum.policy.model import LAYERS, Policy
from eum.policy.semantics import policy_of, promised_keys, promised_terms
from eum.policy.text.grammar import DATE_KEYS, SENTENCE_KINDS, SENTENCE_PARTS
from eum.spreadsheets import original_text, write_spreadsheet_csv

_CLAUSE = re.compile(r"(\w+)\[(\d+)\]")
_LISTS = ("districts", "sectors", "weekdays", "ages", "in_kind")
_FLAGS = ("event", "plus_shops", "carry_over")


def _columns() -> dict[str, str]:
    """Return every column of a rate table and its dtype: the keys of layers, then those of their lists."""
    keys = dict.fromkeys(
        key for kind in SENTENCE_KINDS.values() for key in promised_keys(kind) if key not in SENTENCE_PARTS
    )
    items = [f"{item}_{key}" for item, kind in SENTENCE_PARTS.values() for key in promised_keys(kind)]
    return {"clause": "string", **{key: _dtype(key) for key in (*keys, *items)}}


def _dtype(column: str) -> str:
    if any(column == key or column.endswith(f"_{key}") for key in DATE_KEYS):
        return "datetime64[s]"
    if column in _FLAGS:
        return "boolean"
    if column.endswith("_krw") or column == "step_paid_percent":
        return "Int64"
    return "Float64" if column.endswith("_percent") else "string"


RATE_COLUMNS: dict[str, Any] = _columns()
"""Columns of a rate table: name -> dtype."""


_WHOLE = {
    **{"districts": ";".join(DISTRICTS), "sectors": ";".join(SECTORS), "weekdays": ";".join(WEEKDAYS)},
    **{"ages": ";".join(AGE_BANDS), "amount_ages": ";".join(AGE_BANDS), "amount_districts": ";".join(DISTRICTS)},
}
_PLAIN = {"merchant_sales_from_krw": 0, "form": "cashback", "spending_counts": "month", "event": False, "in_kind": ""}
_PLAIN |= {"carry_over": True, "take_up_percent": 100, "minimum_spend_krw": 0}


def rate_table(policy: Policy) -> pd.DataFrame:
    """Return all that a policy promises as a flat table of RATE_COLUMNS, one row a clause and tier."""
    rows = [
        {"clause": f"{kind}[{i}]", **row}
        for kind, parts in promised_terms(policy).items()
        for i, part in enumerate(parts)
        for row in _rows(part)
    ]
    return pd.DataFrame({name: _column([row.get(name) for row in rows], name) for name in RATE_COLUMNS})


def _rows(part: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of one layer: one for each item of its lists, at least one."""
    whole = {key: value for key, value in part.items() if key not in SENTENCE_PARTS}
    items = [
        {f"{name}_{key}": value for key, value in item.items()}
        for lists, (name, _) in SENTENCE_PARTS.items()
        for item in part.get(lists, [])
    ]
    return [{**whole, **item} for item in items or [{}]]


def _column(values: list[Any], name: str) -> pd.Series:
    texts = [";".join(value) if isinstance(value, list | tuple) else value for value in values]
    return pd.Series(texts, dtype=RATE_COLUMNS[name])


def policy_from_table(table: pd.DataFrame, name: str = "table") -> Policy:
    """Return the policy of a rate table; the inverse of `rate_table` in all that a policy promises.

    Raises InputError for an unknown clause or column, and where the rows do not make a policy.
    """
    for column in table.columns.difference(list(RATE_COLUMNS)):
        raise InputError(f"{name}: {column}: unknown column; expected those of a rate table")
    clauses: dict[str, list[dict[str, Any]]] = {}
    for row in _filled_cells(table):
        clauses.setdefault(str(row.pop("clause", "")), []).append(row)
    layers: dict[str, list[dict[str, Any]]] = {kind: [] for kind in LAYERS}
    for clause, rows in clauses.items():
        found = _CLAUSE.fullmatch(clause)
        if found is None or found[1] not in LAYERS:
            raise InputError(f"{name}: clause: {clause!r}: expected a layer and its number, such as city[0]")
        layers[found[1]].append(_layer(SENTENCE_KINDS[found[1]].model_fields, rows))
    try:
        return policy_of(layers, name)
    except ValidationError as error:
        first = error.errors()[0]
        where = "".join(f"{key}." for key in first["loc"])[:-1]
        place = f"{name}: {where}" if where else name
        raise InputError(f"{place}: {expectation(first)}") from None


def _filled_cells(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as values of a policy file, without cells that are empty."""
    rows: list[dict[str, Any]] = [{} for _ in range(len(table))]
    for name in table.columns:
        values = table[name].tolist()
        for i in np.flatnonzero(table[name].notna().to_numpy()):
            rows[i][name] = _value(values[i], name)
    return rows


def _layer(keys: Any, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the values of one layer from its rows; what is empty is left out."""
    part = {key: value for key, value in rows[0].items() if key in keys}
    for lists, (item, kind) in SENTENCE_PARTS.items():
        columns = {f"{item}_{key}": key for key in promised_keys(kind)}
        items = [{columns[name]: value for name, value in row.items() if name in columns} for row in rows]
        if lists in keys and any(items):
            part[lists] = [entry for entry in items if entry]
    return part


def _value(value: Any, column: str) -> Any:
    """Return a cell that is not empty as a policy file would hold it."""
    if RATE_COLUMNS[column] == "datetime64[s]":
        return pd.Timestamp(value).date()
    if column.removeprefix("amount_") in _LISTS:
        return value.split(";") if value else []
    kinds: dict[str, Any] = {"Int64": int, "Float64": float, "boolean": bool}
    return kinds.get(RATE_COLUMNS[column], str)(value)


def in_force_on(table: pd.DataFrame, date: datetime.date) -> pd.DataFrame:
    """Return the rows of a rate table that hold on a date: promises in force, cards launched, and all budgets."""
    day = pd.Timestamp(date)
    begun = table["start"].fillna(table["launch"]).fillna(day) <= day
    return table[begun & (table["end"].fillna(day) >= day)]


def short_views(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return a rate table for reading: a table of texts for each kind of layer, by first day.

    Whole lists are written as "all", columns that say nothing are left out, empty cells are empty texts.
    """
    shown = table.assign(_first=table["start"].fillna(table["launch"])).sort_values("_first", kind="stable")
    for name, every in _WHOLE.items():
        shown[name] = shown[name].replace(every, "all")
    kinds = shown["clause"].str.extract(_CLAUSE.pattern)[0]
    return {str(kind): _texts(shown[kinds == kind]) for kind in LAYERS if (kinds == kind).any()}


def _texts(rows: pd.DataFrame) -> pd.DataFrame:
    names = [name for name in RATE_COLUMNS if rows[name].notna().any() and not _is_plain(rows[name])]
    return pd.DataFrame({name: [_text(value, name) for value in rows[name].tolist()] for name in names})


def _text(value: Any, name: str) -> str:
    if pd.isna(value):
        return ""
    formats = {"datetime64[s]": "%Y-%m-%d", "Int64": ",", "Float64": "g"}
    return format(value, formats.get(RATE_COLUMNS[name], ""))


def _is_plain(column: pd.Series) -> bool:
    """Return whether a column holds what is meant anyway: everything, and nothing out of the ordinary."""
    plain = _PLAIN.get(str(column.name), "all" if column.name in _WHOLE else None)
    return plain is not None and bool((column.dropna() == plain).all())


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a rate table as CSV for a spreadsheet, without columns that are empty throughout."""
    columns = [name for name in table if name == "clause" or table[name].notna().any()]
    write_spreadsheet_csv(table[columns], path)


def read_rate_table(path: Path) -> pd.DataFrame:
    """Return a rate table from CSV, with every column of `RATE_COLUMNS`. Raises InputError for one that is none."""
    rows = _rows_of(path)
    header = rows[0][1]
    for column in header:
        if column not in RATE_COLUMNS or header.count(column) > 1:
            what = "stands twice" if column in RATE_COLUMNS else "unknown column"
            raise InputError(f"{path}: {column}: {what}; expected each of the columns of a rate table once")
    for line, cells in rows[1:]:
        if len(cells) != len(header):
            raise InputError(f"{path}: line {line}: {len(cells)} cells; expected {len(header)}, as in the header")
    found: dict[str, list[Any]] = {name: [None] * (len(rows) - 1) for name in RATE_COLUMNS}
    for i, name in enumerate(header):
        found[name] = [
            _parsed(original_text(cells[i]), name, f"{path}: line {line}: {name}") for line, cells in rows[1:]
        ]
    return pd.DataFrame({name: pd.Series(values, dtype=RATE_COLUMNS[name]) for name, values in found.items()})


def _rows_of(path: Path) -> list[tuple[int, list[str]]]:
    """Return the cells of each line that is not empty, with its number; the header first."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.reader(text, strict=True)
            rows = [(reader.line_num, cells) for cells in reader if any(cells)]
    except UnicodeDecodeError:
        raise InputError(f"{path}: not text in UTF-8; expected a rate table in CSV, saved as UTF-8") from None
    except (OSError, csv.Error) as error:
        raise InputError(f"{path}: {getattr(error, 'strerror', None) or error}; expected a rate table in CSV") from None
    if not rows:
        raise InputError(f"{path}: empty; expected a rate table in CSV")
    return rows


_FROM_TEXT: dict[Any, tuple[Callable[[str], Any], str]] = {
    "datetime64[s]": (lambda text: pd.Timestamp(datetime.date.fromisoformat(text)), "a date such as 2020-03-16"),
    "Int64": (lambda text: int(np.int64(int(text))), "a whole number"),
    "Float64": (float, "a number"),
    "boolean": (lambda text: {"true": True, "false": False}[text.lower()], "True or False"),
    "string": (str, "text"),
}
"""By dtype: how a cell that is not empty is read, and what is expected there."""


def _parsed(text: str, name: str, where: str) -> Any:
    """Return the value of a cell, None for an empty one. Raises InputError where it is not of its column's kind."""
    if not text:
        return None
    read, expected = _FROM_TEXT[RATE_COLUMNS[name]]
    try:
        value = read(text)
    except (ValueError, KeyError, OverflowError):
        raise InputError(f"{where}: {text!r}: expected {expected}") from None
    if isinstance(value, float) and not np.isfinite(value):
        raise InputError(f"{where}: {text!r}: expected {expected}")
    return value
