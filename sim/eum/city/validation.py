"""Checks of a data package across rows and tables, and what a city cannot do without."""

import numpy as np
import pandas as pd

from eum.city.contradictions import find_contradictions
from eum.city.posterior import find_posterior_faults
from eum.city.schema import TableFault, TableSchema, near, split_cells
from eum.dimensions import DISTRICTS

_TOTAL_TOLERANCE = 1e-6
_PARTS, _WHOLE, _POPULATION_YEAR = "population_dec2019_estimate", "population_registered", 2019

FACTS_NEEDED = (
    *((district, _PARTS, _POPULATION_YEAR) for district in DISTRICTS),
    ("incheon", _WHOLE, _POPULATION_YEAR),
    ("incheon", "population_14_plus", 2020),
    ("incheon", "card_spending_residents", 2018),
    ("incheon", "card_spending_residents_inside", 2018),
    ("incheon", "outflow_share_iri", 2018),
    ("incheon", "outflow_share_to_seoul_iri", 2018),
    ("incheon", "ecommerce_share_of_outside_spending_iri", 2018),
    ("incheon", "outflow_destination_seoul_bok", 2014),
    ("incheon", "outflow_destination_gyeonggi_bok", 2014),
    ("incheon", "inflow_share_bok", 2014),
    ("incheon", "inflow_origin_seoul_bok", 2014),
    ("incheon", "inflow_origin_gyeonggi_bok", 2014),
)
"""Facts (area, metric, year) without which no city can be built."""

OBSERVED_NEEDED = (("incheon", "accepting_shops"), ("incheon", "subscribers"))
"""Observations (scope, metric) without which no city can be built or started."""


_KEYS = {"assumptions": ("parameter", "area", "sector", "item"), "priors": ("parameter", "family")}


def find_faults(tables: dict[str, TableSchema]) -> list[TableFault]:
    """Return faults that show only across rows or tables: names of other tables, totals, districts, contradictions."""
    found = []
    for table in tables.values():
        found += _unknown_names(table, tables)
    if "assumptions" in tables:
        found += _shares_of_total(tables["assumptions"])
    if "priors" in tables:
        found += _shares_of_payments(tables["priors"])
    if "city_base" in tables:
        found += _population(tables["city_base"])
    if "districts" in tables:
        found += _districts(tables["districts"])
    if "posterior" in tables and "fit_parameters" in tables:
        found += find_posterior_faults(tables["posterior"], tables["fit_parameters"])
    return found + find_contradictions(tables)


def _unknown_names(table: TableSchema, tables: dict[str, TableSchema]) -> list[TableFault]:
    """Cells with `references` name rows that exist, each name once."""
    found = []
    for column in table.schema.fields:
        if column.references is None or column.references.resource not in tables:
            continue
        target = tables[column.references.resource]
        known = set(target.rows[column.references.field])
        parts = split_cells(table.rows[column.name], column.references.separator)
        unknown = parts[~parts.isin(known)]
        for row, part in zip(unknown.index.to_numpy(int), unknown, strict=True):
            if table.rows[column.name].iloc[row]:
                expected = f"a {column.references.field} of {target.file}{near(part, sorted(known))}"
                found.append(table.finding(row, column.name, expected, part or "(empty)"))
    return found


def _sum_findings(table: TableSchema, groups: pd.Series, column: str) -> list[TableFault]:
    """Rows of one group sum to one (NaN: in no group); a group with an unreadable cell is left out."""
    found = []
    for name, rows in table.rows[column].groupby(groups, sort=False):
        if rows.notna().all() and abs(rows.sum() - 1) > _TOTAL_TOLERANCE:
            lines = table.lines[rows.index.to_numpy()]
            expected = f"1 as the sum of {name} (lines {lines.min()} to {lines.max()})"
            found.append(table.finding(int(rows.index[0]), column, expected, f"sum {rows.sum():.6g}"))
    return found


def _shares_of_total(table: TableSchema) -> list[TableFault]:
    """Shares of a parameter sum to one: over items; without items over sectors; else over areas."""
    rows = table.rows
    keep_area = (rows["item"] != "") | (rows["sector"] != "")
    keep_sector = rows["item"] != ""
    area, sector = rows["area"].where(keep_area, ""), rows["sector"].where(keep_sector, "")
    names = (rows["parameter"] + " " + area + " " + sector).str.split().str.join(" ")
    return _sum_findings(table, names.where(rows["unit"] == "share_of_total"), "value")


def _shares_of_payments(table: TableSchema) -> list[TableFault]:
    """Shares of payments by class sum to one within a family."""
    rows = table.rows
    names = "share_* of family " + rows["family"]
    return _sum_findings(table, names.where(rows["unit"] == "share_of_payments"), "central")


def _population(table: TableSchema) -> list[TableFault]:
    """Residents of the districts sum to the published residents of the city."""
    rows = table.rows[table.rows["year"] == _POPULATION_YEAR]
    parts = rows[(rows["metric"] == _PARTS) & rows["area"].isin(DISTRICTS)]
    whole = rows[(rows["metric"] == _WHOLE) & (rows["area"] == "incheon")]
    if len(parts) < len(DISTRICTS) or whole.empty or parts["value"].isna().any():
        return []
    total, published = parts["value"].sum(), whole["value"].iloc[0]
    if np.isnan(published) or total == published:
        return []
    line = table.lines[whole.index[0]]
    expected = f"{published:,.0f} as the sum of {_PARTS}: the {_WHOLE} of incheon (line {line})"
    return [table.finding(int(parts.index[0]), "value", expected, f"sum {total:,.0f}")]


def _districts(table: TableSchema) -> list[TableFault]:
    """Every district has a row, and no two share a square of the tile map."""
    missing = [d for d in DISTRICTS if d not in set(table.rows["area"])]
    found = [TableFault(table.file, None, "area", d, "a row for this district") for d in missing]
    tiles = table.rows[["tile_row", "tile_column"]].dropna()
    for row in tiles.index[tiles.duplicated()]:
        value = f"{table.rows['tile_row'][row]:.0f} {table.rows['tile_column'][row]:.0f}"
        found.append(table.finding(int(row), "tile_row, tile_column", "a square of its own on the tile map", value))
    return found


def _keys(table: TableSchema, columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    return list(table.rows[list(columns)].itertuples(index=False, name=None))


def find_gaps(tables: dict[str, TableSchema], pattern: dict[str, TableSchema]) -> list[TableFault]:
    """Return what a city lacks: columns, assumptions and priors of the pattern, facts it is built from.

    The pattern is the package that comes with eum: another city answers the same questions with other values.
    """
    found = []
    for name, wanted in pattern.items():
        if name in tables:
            have = {c.name: c.type for c in tables[name].schema.fields}
            lacking = [c.name for c in wanted.schema.fields if have.get(c.name) != c.type]
            found += [TableFault(tables[name].file, None, c, "not in the schema", "this column") for c in lacking]
    for name, columns in _KEYS.items():
        if name in tables:
            found += _missing_keys(tables[name], columns, _keys(pattern[name], columns))
    if "city_base" in tables:
        found += _missing_keys(tables["city_base"], ("area", "metric", "year"), list(FACTS_NEEDED))
    if "observed" in tables:
        found += _missing_keys(tables["observed"], ("scope", "metric"), list(OBSERVED_NEEDED))
    return found


def _missing_keys(table: TableSchema, columns: tuple[str, ...], wanted: list[tuple]) -> list[TableFault]:
    if not set(columns) <= set(table.rows.columns):
        return []
    known = set(_keys(table, columns))
    missing = [" ".join(str(part) for part in key if part != "") for key in wanted if key not in known]
    return [TableFault(table.file, None, ", ".join(columns), key, "a row with this key") for key in missing]
