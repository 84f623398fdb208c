"""The one table of an analysis, a figure to a row, and how to read parts of it.

table = read("docs/sensitivity.csv")
indices(table, "net_city_sales", "fiscal_cost")
"""

from pathlib import Path

import pandas as pd

from eum.errors import InputError

SENSITIVITY_COLUMNS = ("part", "family", "definition", "denominator", "item", "measure", "value", "low", "high", "text")
"""`part` is one of PARTS. `low` and `high` are the ends of a 90 % interval. Ratios and their differences are in won per
100 won, variances in its square, shares and indices between 0 and 1."""

TABLE_PARTS = ("about", "misfit", "level", "budget", "index", "discovery", "error", "factor", "alone")
ALL_FAMILIES = "all"
"""Family of what is said of all of them together, each as likely."""


def read_sensitivity(path: Path | str) -> pd.DataFrame:
    """Return a stored table. Raises InputError where there is none, or another one."""
    if not Path(path).is_file():
        raise InputError(f"{path}: no table of sensitivity; expected the one that eum sensitivity writes")
    table = pd.read_csv(path, keep_default_na=False, na_values={c: [""] for c in ("value", "low", "high")})
    if tuple(table.columns) != SENSITIVITY_COLUMNS:
        raise InputError(f"{path}: columns {', '.join(table.columns)}: expected {', '.join(SENSITIVITY_COLUMNS)}")
    return table


def part(table: pd.DataFrame, name: str, definition: str = "", denominator: str = "") -> pd.DataFrame:
    """Return the rows of a part, of one definition and denominator where they are named.

    Raises InputError where there are none.
    """
    rows = table[table["part"] == name]
    for column, wanted in (("definition", definition), ("denominator", denominator)):
        rows = rows[rows[column] == wanted] if wanted else rows
    if rows.empty:
        raise InputError(
            f"table of sensitivity: {name} {definition} {denominator}: expected rows of one of {TABLE_PARTS}"
        )
    return rows


def indices(table: pd.DataFrame, definition: str, denominator: str, family: str = ALL_FAMILIES) -> pd.DataFrame:
    """Return a row per factor: first-order and total index with their intervals; the largest total first."""
    rows = part(table, "index", definition, denominator)
    rows = rows[(rows["family"] == family) & rows["measure"].isin(["first", "total"])]
    parts = {measure: rows[rows["measure"] == measure].set_index("item") for measure in ("first", "total")}
    columns = {
        f"{measure}_{end}".removesuffix("_value"): found[end]
        for measure, found in parts.items()
        for end in ("value", "low", "high")
    }
    return pd.DataFrame(columns).sort_values("total", ascending=False, kind="stable")


def discovered_rules(table: pd.DataFrame, definition: str, denominator: str) -> pd.DataFrame:
    """Return a row per family: the rule in words, worlds, how many reach the level, coverage, density, highest."""
    rows = part(table, "discovery", definition, denominator)
    wide = rows.pivot(index="family", columns="measure", values="value")
    return wide.assign(rule=rows[rows["measure"] == "reached"].set_index("family")["text"])


def variance_budget(table: pd.DataFrame, definition: str, denominator: str) -> pd.DataFrame:
    """Return a row per component of the variance: its part of the total with interval, and the variance."""
    rows = part(table, "budget", definition, denominator)
    shares = rows[rows["measure"] == "share"].set_index("item")[["value", "low", "high"]]
    return shares.assign(variance=rows[rows["measure"] == "variance"].set_index("item")["value"])
