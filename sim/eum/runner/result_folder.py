"""A result of a choice as a folder: tables as Parquet and CSV, pictures, and what it was asked."""

import shutil
from pathlib import Path

from eum.runner.results_store import StoredTables, partial_folder, publish_result
from eum.spreadsheets import write_spreadsheet_csv


def write_result_folder(folder: Path, kind: str, about: dict, tables: StoredTables, pictures: dict[str, str]) -> Path:
    """Write a result under a temporary name, then give it its final one; returns the folder.

    Each table also stands as CSV for a spreadsheet, each picture as `NAME.svg`. The same result gives the same bytes.
    """
    partial = partial_folder(folder)
    partial.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        write_spreadsheet_csv(table, partial / f"{name}.csv", "%.6g")
    for name, text in pictures.items():
        (partial / f"{name}.svg").write_text(text, encoding="utf-8")
    try:
        return publish_result(folder, kind, about, tables)
    except OSError:
        shutil.rmtree(partial, ignore_errors=True)
        raise
