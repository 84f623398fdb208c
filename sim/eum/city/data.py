"""The data package of a city: read once, checked cell by cell, asked by name."""

import contextlib
import datetime
import hashlib
import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from eum.artifacts import SealedFolder, fingerprint, new_folder
from eum.city.descriptor import Descriptor, quoted_value, read_descriptor
from eum.city.roles import Unread, unread_changes
from eum.city.schema import TableFault, TableSchema, near, read_csv_table
from eum.city.validation import find_faults, find_gaps
from eum.errors import DamagedError, InputError, UnreadValueWarning
from eum.jit import cache_root, source_hash
from eum.resources import resource
from eum.stored import arrow_bytes, arrow_table

_in_use: list[Path] = []
"""The folder that `data_from` put in the place of the one that comes with eum, the innermost last."""


class Prior(NamedTuple):
    """The range of one parameter: centre, and the values below and above which 5 % lie."""

    central: float
    low90: float
    high90: float
    unit: str


class SourceRow(NamedTuple):
    """Where a fact comes from; an empty string is not known."""

    source_id: str
    title_or_description: str
    outlet: str
    date: str
    url: str


def default_folder() -> Path:
    """Return the data folder that is read where none is named: the one that comes with eum, or of `data_from`."""
    return _in_use[-1] if _in_use else resource("data")


@contextlib.contextmanager
def data_from(folder: Path) -> Iterator[None]:
    """Read the data of a city from another folder wherever none is named, in all threads of this process.

    Its tables are checked first: raises InputError for the first fault. Policies by name stay those of eum.
    """
    load_city_data(folder)
    _in_use.append(folder)
    try:
        yield
    finally:
        _in_use.pop()


_RANGE = ("parameter", "value", "low90", "high90", "unit")
"""Columns of an assumption that `Package.range_of` is made of."""
_READERS = ("numpy", "pandas", "pandera", "pyarrow", "pydantic")
"""Parts that read and check tables: with other versions they are read and checked again."""


@dataclass(frozen=True)
class CityData:
    """Facts, policies, observations, priors and assumptions of one city, all checked."""

    folder: Path
    hash: str
    """sha256, in hexadecimal, over the names and bytes of the descriptor and its tables."""
    tables: dict[str, pd.DataFrame]
    """Tables by name, in the order of the descriptor; missing text is "", missing numbers and days NaN."""

    def table(self, name: str) -> pd.DataFrame:
        """Return a table, its columns as documented in datapackage.json; days are ISO text.

        A change of the frame returned does not reach the package. Raises InputError for an unknown name.
        """
        if name not in self.tables:
            file = self._file("datapackage.json")
            raise InputError(f"{file}: {name}: expected one of the tables {', '.join(self.tables)}")
        return self.tables[name].copy(deep=False)

    def _file(self, file: str) -> str:
        return quoted_value(self.folder, file)

    def _no_row(self, table: str, key: list[str], known: list[str]) -> InputError:
        words = " ".join(part for part in key if part)
        file = self._file(f"{table}.csv")
        return InputError(f"{file}: {words}: expected a row with this key{near(words, known)}")

    def fact(self, area: str, metric: str, year: int | None = None) -> float:
        """Return a base fact of an area in a year, in the unit of its row.

        The year may be left out where one year is known only. Raises InputError when there is no such row, or
        when several years are known and none is named.
        """
        years = self._facts.get((area, metric), {})
        if year is None and len(years) == 1:
            return next(iter(years.values()))
        if year in years:
            return years[year]
        known = [f"{a} {m} {y}" for (a, m), values in self._facts.items() for y in values]
        if year is None and years:
            file, choice = self._file("city_base.csv"), ", ".join(map(str, sorted(years)))
            raise InputError(f"{file}: {area} {metric} without a year: expected one of the years {choice}")
        raise self._no_row("city_base", [area, metric, str(year or "")], known)

    def assumptions(self, parameter: str) -> pd.DataFrame:
        """Return all rows of an assumption in the order of the file. Raises InputError when there is none."""
        if parameter not in self._by_parameter:
            raise self._no_row("assumptions", [parameter], list(self._by_parameter))
        return self._by_parameter[parameter].copy(deep=False)

    def assumption(self, parameter: str, area: str = "", sector: str = "", item: str = "") -> float:
        """Return one assumption; keys that do not apply stay empty. Raises InputError when there is none."""
        key = (parameter, area, sector, item)
        if key not in self._assumptions:
            known = [" ".join(part for part in k if part) for k in self._assumptions]
            raise self._no_row("assumptions", list(key), known)
        return self._assumptions[key]

    def range_of(self, parameter: str) -> Prior:
        """Return value and range of an assumption, of its first row where it has several.

        A row without a range is the value alone, three times. Raises InputError when there is none.
        """
        if parameter not in self._ranges:
            raise self._no_row("assumptions", [parameter], list(self._ranges))
        return self._ranges[parameter]

    def prior(self, parameter: str, family: str = "common") -> Prior:
        """Return the prior of a parameter in exactly this family. Raises InputError when there is none."""
        if (parameter, family) not in self._priors:
            raise self._no_row("priors", [parameter, family], [" ".join(key) for key in self._priors])
        return self._priors[parameter, family]

    def observations(self, metric: str, scope: str) -> pd.DataFrame:
        """Return all published figures of a metric and scope, the most trusted (A before B ...) first."""
        return self._observations.get((metric, scope), self.tables["observed"].iloc[:0]).copy(deep=False)

    def observed(self, metric: str, scope: str, start: str | datetime.date, end: str | datetime.date) -> float:
        """Return the published figure of a period, both days included.

        Where figures differ the most trusted counts, and among equals the first of the file; `conflicts`
        shows the others. Raises InputError when no figure covers exactly this period.
        """
        first, last = str(start)[:10], str(end)[:10]
        rows = self.observations(metric, scope)
        found = rows[(rows["period_start"] == first) & (rows["period_end"] == last)]
        if found.empty:
            every = self.tables["observed"][["metric", "scope", "period_start", "period_end"]]
            known = list(every.agg(" ".join, axis=1).unique())
            raise self._no_row("observed", [metric, scope, first, last], known)
        return float(found["value"].iloc[0])

    def fees_percent(self, date: str) -> dict[tuple[float, str], float]:
        """Return the merchant fees printed for a date (ISO), percent of payments, by upper end of the sales band (won)
        and scheme. Of several rows the first counts."""
        fees: dict[tuple[float, str], float] = {}
        for start, end, high_krw, scheme, percent in self._fees:
            if start <= date <= end:
                fees.setdefault((high_krw, scheme), percent)
        return fees

    def with_values(self, values: dict[str, float]) -> "CityData":
        """Return the same data with every row of some assumptions or priors, and its posterior draws, set to a value.

        A question asked of the model ("what if distance did not matter"), not another city: the hash changes, and
        results say so. Raises InputError for a name that is neither an assumption nor a prior.
        """
        if not values:
            return self
        tables = dict(self.tables)
        for parameter, value in values.items():
            tables |= self._with_value(tables, parameter, value)
        told = fingerprint(self.hash, sorted(values.items()), digits=64)
        return CityData(self.folder, told, tables)

    def _with_value(self, tables: dict[str, pd.DataFrame], parameter: str, value: float) -> dict[str, pd.DataFrame]:
        for name, columns in (("assumptions", ["value"]), ("priors", ["central"])):
            rows = tables[name]["parameter"] == parameter
            if rows.any():
                changed = tables[name].copy()
                changed.loc[rows, columns] = value
                changed.loc[rows, ["low90", "high90"]] = value
                draws = tables.get("posterior")
                if draws is None or parameter not in draws:
                    return {name: changed}
                return {name: changed, "posterior": draws.assign(**{parameter: value})}
        raise self._no_row("assumptions", [parameter], list(self.tables["assumptions"]["parameter"].unique()))

    def conflicts(self, name: str) -> pd.DataFrame:
        """Return the rows of a table whose note says that another source contradicts them."""
        rows = self.table(name)
        marks = rows[[c for c in ("note", "basis") if c in rows]].apply(lambda c: c.str.contains("CONFLICT"))
        return rows[marks.any(axis=1)]

    def sources_of(self, source_id: str) -> list[SourceRow]:
        """Return the sources named in a cell, in its order. Raises InputError for an unknown one."""
        found = []
        for name in (part.strip() for part in source_id.split(";")):
            if name not in self._sources:
                raise self._no_row("sources", [name], list(self._sources))
            found.append(self._sources[name])
        return found

    @cached_property
    def _facts(self) -> dict[tuple[str, str], dict[int, float]]:
        facts: dict[tuple[str, str], dict[int, float]] = {}
        columns = (self.tables["city_base"][c] for c in ("area", "metric", "year", "value"))
        for area, metric, year, value in zip(*columns, strict=True):
            facts.setdefault((area, metric), {})[int(year)] = float(value)
        return facts

    @cached_property
    def _assumptions(self) -> dict[tuple[str, str, str, str], float]:
        columns = (self.tables["assumptions"][c] for c in ("parameter", "area", "sector", "item", "value"))
        return {(p, a, s, i): float(value) for p, a, s, i, value in zip(*columns, strict=True)}

    @cached_property
    def _by_parameter(self) -> dict[str, pd.DataFrame]:
        return {str(name): rows for name, rows in self.tables["assumptions"].groupby("parameter", sort=False)}

    @cached_property
    def _observations(self) -> dict[tuple[str, str], pd.DataFrame]:
        by_trust = self.tables["observed"].sort_values("confidence", kind="stable")
        return {(str(m), str(s)): rows for (m, s), rows in by_trust.groupby(["metric", "scope"], sort=False)}

    @cached_property
    def _ranges(self) -> dict[str, Prior]:
        rows, ranges = self.tables["assumptions"], dict[str, Prior]()
        for name, value, low, high, unit in zip(*(rows[c] for c in _RANGE), strict=True):
            low90, high90 = (float(value if math.isnan(end) else end) for end in (low, high))
            ranges.setdefault(str(name), Prior(float(value), low90, high90, str(unit)))
        return ranges

    @cached_property
    def _priors(self) -> dict[tuple[str, str], Prior]:
        columns = (self.tables["priors"][c] for c in ("parameter", "family", *Prior._fields))
        return {
            (p, f): Prior(float(c), float(low), float(high), str(u))
            for p, f, c, low, high, u in zip(*columns, strict=True)
        }

    @cached_property
    def _fees(self) -> list[tuple[str, str, float, str, float]]:
        rows = self.tables["fees"].dropna(subset=["sales_high_krw", "fee_percent"])
        columns = (rows["start"].astype(str), rows["end"].fillna("9999-12-31").astype(str),
                   *(rows[c] for c in ("sales_high_krw", "scheme", "fee_percent")))  # fmt: skip
        return [(start, end, float(h), str(s), float(p)) for start, end, h, s, p in zip(*columns, strict=True)]

    @cached_property
    def _sources(self) -> dict[str, SourceRow]:
        rows = self.tables["sources"][list(SourceRow._fields)]
        return {row[0]: SourceRow(*row) for row in rows.itertuples(index=False, name=None)}


_NEEDED = (
    *("sources", "districts", "city_base", "observed", "policy_city", "policy_district"),
    *("fees", "studies", "priors", "assumptions"),
)


def _read(folder: Path, descriptor: Descriptor) -> tuple[dict[str, TableSchema], list[TableFault]]:
    """Read all tables of a descriptor; returns those that could be read, and every fault found."""
    file = quoted_value(folder, "datapackage.json")
    names = [r.name for r in descriptor.resources]
    found = [TableFault(file, None, "resources", n, "a table of this name") for n in _NEEDED if n not in names]
    found += _lacking_columns(file, descriptor)
    tables = {}
    for part in descriptor.resources:
        table, faults = read_csv_table(folder, part)
        found += faults
        if table is not None:
            tables[part.name] = table
    # What spans rows and tables can be looked at only where the columns are those that the model reads.
    return tables, found if any(f.column == "fields" for f in found) else found + find_faults(tables)


def _lacking_columns(file: str, descriptor: Descriptor) -> list[TableFault]:
    """Return the columns of needed tables that a descriptor lacks, or has in another type than the model reads."""
    needed = {r.name: r.table_schema.fields for r in read_descriptor(resource("data")).resources if r.name in _NEEDED}
    found = []
    for table in (r for r in descriptor.resources if r.name in needed):
        types = {column.name: column.type for column in table.table_schema.fields}
        for column in needed[table.name]:
            if types.get(column.name) != column.type:
                expected = f"a column of this name and of type {column.type}"
                found.append(TableFault(file, None, "fields", f"{table.name}.{column.name}", expected))
    return found


def _hash(folder: Path, descriptor: Descriptor) -> str:
    digest = hashlib.sha256()
    for name in sorted(["datapackage.json", *(r.path for r in descriptor.resources)]):
        content = (folder / name).read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _place(data_hash: str) -> Path:
    """Return the folder in the cache folder that holds the tables of a hash once they have passed all checks."""
    about = [data_hash, source_hash(("city",)), *map(version, _READERS)]
    return cache_root() / "checked" / fingerprint(*about, digits=32)


def _kept(place: Path, names: list[str]) -> dict[str, pd.DataFrame] | None:
    """Return the tables that are kept, None where they are not there or not what was written."""
    with contextlib.suppress(DamagedError):
        sealed = SealedFolder(place)
        if sealed.of == place.name:
            return {name: arrow_table(sealed.read(f"{name}.arrow")) for name in names}
    return None


def _keep(place: Path, tables: dict[str, pd.DataFrame]) -> None:
    """Keep checked tables; a cache folder that cannot be written costs time later and is no reason to stop."""
    with contextlib.suppress(OSError), new_folder(place, place.name) as made:
        for name, table in tables.items():
            (made / f"{name}.arrow").write_bytes(arrow_bytes(table))


def load_city_data(folder: Path | None = None) -> CityData:
    """Read and check the data package of a city, by default that of `default_folder`.

    The same bytes are read and checked once: the tables are kept in the cache folder.

    Raises InputError on the first fault: file, line, column, value, expectation, and how many more there are. Warns
    (UnreadValueWarning) of every value that differs from the shipped one though no run reads it.
    """
    package = _checked_package(Path(folder) if folder is not None else default_folder())
    for unread in unread_values(package):
        warnings.warn(str(unread), UnreadValueWarning, stacklevel=2)
    return package


def unread_values(package: CityData) -> list[Unread]:
    """Return the values of a city's data that differ from those that come with eum though no run reads them."""
    if package.folder.resolve() == default_folder().resolve():
        return []
    return unread_changes(package.folder, package.tables, _checked_package(default_folder()).tables)


def _checked_package(folder: Path) -> CityData:
    descriptor = read_descriptor(folder)
    is_whole = all((folder / resource.path).is_file() for resource in descriptor.resources)
    data_hash = _hash(folder, descriptor) if is_whole else ""
    place = _place(data_hash)
    tables = _kept(place, [resource.name for resource in descriptor.resources])
    if tables is None:
        read, found = _read(folder, descriptor)
        if found:
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            raise InputError(f"{found[0]}{more}")
        tables = {name: table.rows for name, table in read.items()}
        _keep(place, tables)
    return CityData(folder, data_hash, tables)


def check_city(folder: Path) -> list[str]:
    """Return all that a city's data folder lacks or has wrong, one line each; empty when it is ready."""
    try:
        tables, found = _read(folder, read_descriptor(folder))
    except InputError as error:
        return [str(error)]
    shipped = resource("data")
    pattern, _ = _read(shipped, read_descriptor(shipped))
    return [str(finding) for finding in found + find_gaps(tables, pattern)]
