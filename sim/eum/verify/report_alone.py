"""The checks of a report without its study: its files, its tables, and the numbers of its pages."""

import io
import json
import math
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from eum.artifacts import SealedFolder, sha256
from eum.errors import DamagedError
from eum.output.report.provenance import cell_of
from eum.verify.findings import MOST, Difference, VerifyCheck, check_of

_PROVENANCE = "provenance.json"
_LARGEST_POWER = 12
_SUMS_NOTE = "numbers made of several cells were not worked out again; with --study the whole report is built again"
ReportTables = dict[str, pd.DataFrame]


class PrintedNumber(NamedTuple):
    """A number of a page: as printed, its value, and the cells that it comes from."""

    printed: str
    value: str
    cells: str


class _Numbers(HTMLParser):
    """Collects the `data` elements of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[PrintedNumber] = []
        self._about: dict[str, str | None] | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "data":
            self._about, self._text = dict(attrs), ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "data" and self._about is not None:
            self.found.append(
                PrintedNumber(self._text, self._about.get("value") or "", self._about.get("data-from") or "")
            )
            self._about = None


def report_alone_checks(report: Path) -> Iterator[VerifyCheck]:
    """Yield what can be checked of a report alone: files by their sums, tables by their hashes, numbers by their
    cells."""
    yield check_of("files of the report, by their sha256", lambda: _damage(report))
    yield check_of("tables of the report, by the hashes of its provenance", lambda: _table_differences(report))
    numbers = check_of("numbers of its pages, by the cells that they come from", lambda: _number_differences(report))
    yield numbers._replace(notes=[_SUMS_NOTE])


def _damage(report: Path) -> list[Difference]:
    return [Difference(name, what) for name, what in SealedFolder(report).damage()]


def _read(report: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the provenance of a report and its tables as they are, by name. Raises DamagedError where it has none."""
    where = report / _PROVENANCE
    try:
        said = json.loads(where.read_bytes())
        tables = {str(name): (report / "tables" / f"{name}.csv").read_bytes() for name in said["tables"]}
        wrong = not all(isinstance(said[key], dict) for key in ("tables", "documents", "run"))
    except OSError as error:
        raise DamagedError(f"{error.filename}: {error.strerror}; expected a file of the report") from None
    except (ValueError, LookupError, TypeError, RecursionError):
        raise DamagedError(f"{where}: cannot be read; expected what eum report writes") from None
    if wrong:
        raise DamagedError(f"{where}: not complete; expected tables, documents and the run")
    return said, tables


def _table_differences(report: Path) -> list[Difference]:
    said, tables = _read(report)
    found = []
    for name, content in tables.items():
        if sha256(content) != said["tables"][name].get("sha256"):
            found.append(Difference(f"tables/{name}.csv", f"is not that of {_PROVENANCE}"))
    return found


def _number_differences(report: Path) -> list[Difference]:
    said, contents = _read(report)
    try:
        tables = {name: pd.read_csv(io.BytesIO(content), encoding="utf-8-sig") for name, content in contents.items()}
    except ValueError as error:
        raise DamagedError(f"{report / 'tables'}: {error}; expected tables as eum report writes them") from None
    found: list[Difference] = []
    for name, document in said["documents"].items():
        mine: list[Difference] = []
        for number in document["numbers"]:
            mine += _cell_differences(f"{_PROVENANCE}, {name}", number, tables, said["run"])
        page = report / f"{name}.html"
        if page.is_file():
            mine += _page_differences(page, document["numbers"])
        found += mine if len(mine) <= MOST else [*mine[:MOST], Difference(name, "further numbers differ")]
    return found


def _page_differences(page: Path, numbers: list[dict[str, Any]]) -> list[Difference]:
    reader = _Numbers()
    reader.feed(page.read_text(encoding="utf-8", errors="replace"))
    expected = [PrintedNumber(n["printed"], str(n["value"]), " ".join(n["from"])) for n in numbers]
    found = []
    for place, (mine, its) in enumerate(zip_longest(reader.found, expected), start=1):
        if mine != its:
            printed, meant = (n.printed if n else "nothing" for n in (mine, its))
            what = f"“{printed}” ({mine.cells if mine else ''}); expected “{meant}” ({its.cells if its else ''})"
            found.append(Difference(f"{page.name}, number {place}", what))
    return found


def _cell_differences(
    where: str, number: dict[str, Any], tables: ReportTables, run: dict[str, Any]
) -> Iterator[Difference]:
    """Yield the cells that a number comes from and are not there, or where it is of one cell, hold another value."""
    for cell in number["from"]:
        try:
            table, line, column = cell_of(cell)
            value = tables[table][column].iloc[line - 2]
        except (ValueError, LookupError):
            if not cell.startswith("study.json"):
                yield Difference(where, f"{number['printed']}: {cell}: no such cell")
            continue
        if len(number["from"]) == 1 and not _is_scaled(number["value"], value):
            yield Difference(where, f"“{number['printed']}”: {number['value']}; {cell} holds {value}")


def _is_scaled(number: object, cell: object) -> bool:
    """Return whether a number is the one of a cell, or that in other units: times a power of ten."""
    try:
        mine, its = float(str(number)), float(str(cell))
    except ValueError:
        return False
    if math.isnan(mine) or math.isnan(its) or 0 in (mine, its):
        return mine == its or (math.isnan(mine) and math.isnan(its))
    ratio = mine / its
    power = round(math.log10(ratio)) if ratio > 0 else None
    return power is not None and abs(power) <= _LARGEST_POWER and math.isclose(ratio, 10.0**power, rel_tol=1e-12)
