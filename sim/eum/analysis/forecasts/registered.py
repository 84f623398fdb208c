"""Registered predictions: one format for whoever makes them, read with checks and written whole.

A prediction is a row: a period, what it is about, and five quantiles. First lines `# key: value` may say what it was
made with (hashes of code, data and posterior).
"""

import csv
import io
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from eum.artifacts import write_whole
from eum.city.descriptor import Column, Constraints, Resource, Schema
from eum.city.schema import read_csv_table
from eum.errors import InputError

PERIOD_KEY = ["period_start", "period_end", "scope", "metric"]
"""What a prediction and an observation are joined on; days are ISO text, both included."""
PROBABILITIES = (0.05, 0.25, 0.5, 0.75, 0.95)
QUANTILES = ["q05", "q25", "q50", "q75", "q95"]
"""Columns of the quantiles of these probabilities, float64 in the unit of the row."""
FORECAST_COLUMNS = [*PERIOD_KEY, "unit", *QUANTILES]
UNITS = (
    *("krw", "krw_per_day", "persons", "persons_per_day", "shops", "cards", "count", "days"),
    *("percent", "percent_of_payments", "percent_of_users", "percent_of_subscribers", "percent_yoy"),
)
"""Units that a prediction may be in: those of data/observed.csv that a forecast can be about."""

_NEEDED = Constraints(required=True)
_PERIOD = [
    Column(name="period_start", type="date", constraints=_NEEDED),
    Column(name="period_end", type="date", constraints=_NEEDED),
    Column(name="scope", type="string", constraints=_NEEDED),
    Column(name="metric", type="string", constraints=_NEEDED),
]
_FORECAST = [
    *_PERIOD,
    Column(name="unit", type="string", constraints=Constraints(required=True, enum=list(UNITS))),
    *(Column(name=name, type="number", constraints=_NEEDED) for name in QUANTILES),
]
_OBSERVED = [
    *_PERIOD,
    Column(name="value", type="number", constraints=_NEEDED),
    Column(name="unit", type="string", constraints=_NEEDED),
]


class Registered(NamedTuple):
    """A file of registered predictions."""

    about: dict[str, str]
    """What its first lines say, by key."""
    rows: pd.DataFrame
    """`FORECAST_COLUMNS`, a row for each prediction in the order of the file."""


def read_forecast(path: Path) -> Registered:
    """Read registered predictions: UTF-8, commas, the columns `FORECAST_COLUMNS` in any order.

    Raises InputError on the first fault: file, line, column, value, expectation, and how many more there are. Faults
    are days that are none or in the wrong order, a key given twice, quantiles that fall, numbers that are not finite, a
    unit that is not in `UNITS`.
    """
    return Registered(_about(path), _checked(path, _FORECAST, PERIOD_KEY, [QUANTILES])[FORECAST_COLUMNS])


def read_observations(path: Path) -> pd.DataFrame:
    """Read observations as of data/observed.csv: `PERIOD_KEY`, value (float64), unit; further columns are allowed.

    Where two rows have one key the more trusted counts (column `confidence`, A before B), among equals the first of the
    file, as in `CityData.observed`. Raises InputError as `read_forecast` does.
    """
    rows = _checked(path, _OBSERVED, [], [])
    if "confidence" in rows:
        rows = rows.sort_values("confidence", kind="stable")
    kept = rows.drop_duplicates(PERIOD_KEY).sort_index()
    return kept[[column.name for column in _OBSERVED]].reset_index(drop=True)


def forecast_text(about: Mapping[str, object], rows: pd.DataFrame) -> str:
    """Return registered predictions as the text of a file: what they were made with, then a row each, ten digits."""
    head = "".join(f"# {key}: {value}\n" for key, value in about.items())
    body = rows[FORECAST_COLUMNS].to_csv(index=False, float_format="%.10g", lineterminator="\n")
    return head + body


def write_forecast(path: Path, about: Mapping[str, object], rows: pd.DataFrame) -> Path:
    """Write registered predictions (`forecast_text`) and return the file."""
    return write_whole(path, forecast_text(about, rows))


def _first_lines(path: Path) -> list[str]:
    """Return the lines with a mark before the header. Raises InputError where there is no file to read."""
    if not path.is_file():
        raise InputError(f"{path}: no such file; expected a table in CSV with {', '.join(PERIOD_KEY)} ...")
    found = []
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        for line in lines:
            if not line.startswith("#"):
                break
            found.append(line)
    return found


def _about(path: Path) -> dict[str, str]:
    pairs = (line.lstrip("# ").partition(":") for line in _first_lines(path))
    return {key.strip(): value.strip() for key, _, value in pairs}


def _header(path: Path, n_marked: int) -> list[str]:
    """Return the names of columns; none where the text has no header that can be read."""
    lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()[n_marked:]
    first = next((line for line in lines if line.strip(", ")), "")
    return next(csv.reader(io.StringIO(first)), [])


def _checked(path: Path, columns: list[Column], key: list[str], ascending: list[list[str]]) -> pd.DataFrame:
    marked = _first_lines(path)
    known = {column.name: column for column in columns}
    header = list(dict.fromkeys(name for name in _header(path, len(marked)) if name))
    allowed = header if columns is _OBSERVED else [name for name in header if name in known]
    names = [*allowed, *(name for name in known if name not in header)]
    fields = [known.get(name, Column(name=name, type="string")) for name in names]
    schema = Schema(fields=fields, primaryKey=key, ascending=[["period_start", "period_end"], *ascending])
    with tempfile.TemporaryDirectory() as made:
        folder = path.parent
        if marked:
            # Empty lines in their place: the reader passes over them and counts on.
            folder = Path(made) / path.resolve().parent.name
            rest = path.read_bytes().split(b"\n")[len(marked) :]
            write_whole(folder / path.name, b"\n" * len(marked) + b"\n".join(rest))
        # Not validated: a person's file may have any name, tables of a package may not.
        resource = Resource.model_construct(name="registered", path=path.name, table_schema=schema)
        table, found = read_csv_table(folder, resource)
    if table is not None and not found and table.rows.empty:
        raise InputError(f"{path}: no rows; expected at least one")
    if table is None or found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise InputError(f"{found[0]}{more}")
    return table.rows
