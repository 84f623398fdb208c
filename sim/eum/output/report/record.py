"""What a report was made from: the run, the tables, and the code of the report itself."""

import hashlib
from functools import cache
from pathlib import Path

from eum.output.report.documents import definition_files
from eum.output.report.study_reader import StoredStudy
from eum.output.report.traced_text import LINE
from eum.spreadsheets import spreadsheet_csv

_PACKAGE = Path(__file__).resolve().parent
_KINDS = ("*.py", "*.toml", "*.jinja", "*.css", "*.typ", "*.ttf")
RUN_KEYS = (
    *("study", "start", "end", "scale", "seed", "n_runs", "families", "variants", "worlds", "parameters"),
    *("package_version", "code_hash", "data_hash", "policy_hashes", "python", "libraries", "result_hash"),
)
"""Keys of study.json that a report repeats."""


@cache
def report_hash() -> str:
    """Return sixteen hex digits that change with the sources, words, templates, fonts and definitions of the report."""
    files = [path for kind in _KINDS for path in _PACKAGE.rglob(kind)]
    digest = hashlib.sha256()
    for path in [*sorted(files), *definition_files()]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def report_identity() -> str:
    """Return what the folder of a report is of, by its sums: the report of this version of the code."""
    return f"report {report_hash()}"


def table_hashes(study: StoredStudy) -> dict[str, dict[str, str | int]]:
    """Return the sha256 of each table as CSV (the bytes of tables/NAME.csv) and its number of rows."""
    found: dict[str, dict[str, str | int]] = {}
    for name, table in study.tables.items():
        text = spreadsheet_csv(table.drop(columns=LINE))
        found[name] = {"sha256": hashlib.sha256(text.encode()).hexdigest(), "rows": len(table)}
    return found


def about_report(study: StoredStudy) -> dict:
    """Return the run a report comes from, the code that wrote it, and the tables that it reads."""
    return {
        "cells": "table:line:column is a cell of tables/table.csv, whose first line holds the columns' names",
        "text": "an apostrophe stands before text of a table that a spreadsheet would take for a formula",
        "run": {key: study.record[key] for key in RUN_KEYS},
        "report_hash": report_hash(),
        "tables": table_hashes(study),
    }
