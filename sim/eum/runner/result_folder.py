"""A result of a decision as a folder: tables as Parquet and CSV, pictures, and what was asked."""

from pathlib import Path

from eum.runner.results_store import StoredTables, publish_result
from eum.spreadsheets import spreadsheet_csv


def write_result_folder(folder: Path, kind: str, about: dict, tables: StoredTables, pictures: dict[str, str]) -> Path:
    """Write a result under a temporary name, then give it its final one; returns the folder.

    Each table also stands as CSV for a spreadsheet, each picture as `NAME.svg`. The same result gives the same bytes.
    """
    files = {f"{name}.csv": spreadsheet_csv(table, "%.6g").encode() for name, table in tables.items()}
    files |= {f"{name}.svg": text.encode() for name, text in pictures.items()}
    return publish_result(folder, kind, about, tables, files=files)
