"""A comparison for the screen: first what the change from one policy to another costs and does, then the averages."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.analysis.experiments.compare import Runs
from eum.analysis.experiments.comparison_figures import (
    COST,
    EFFECT,
    GAIN,
    MAIN_EFFECTS,
    MONEY,
    NO_POLICY,
    PAID_BY,
    PER_CASHBACK,
)
from eum.intervals import EXTREMES, MEAN, PERCENTILES, interval_words


class Comparison(NamedTuple):
    """A table for the screen."""

    title: str
    caption: str
    rows: pd.DataFrame


class TablePart(NamedTuple):
    """Rows of the screen under one heading."""

    heading: str
    rows: pd.DataFrame


_HEADINGS = {
    COST: "additional cost",
    GAIN: "additional effect",
    EFFECT: "per additional 100 won of fiscal cost",
    PER_CASHBACK: "per additional 100 won of cashback, as in the published ratio",
}
_UNITS = {"krw": "억원", "won per 100 won": "won", "date": "day", "percent": "%"}
_SHORT = {"city_value_added_second_round": "value added, 2nd round", "city_value_added": "value added"}
_MOST_DECIMALS = 3
_SAME = 1e-12
"""An interval narrower than this part of its figure is rounding in the sum over runs: all say the same."""


def _decimals(unit: str, values: tuple[float, float, float]) -> int:
    """Return as many decimals as it takes to see an amount, and an interval as two different numbers."""
    value, low, high = values
    usual = 0 if unit.startswith("won") else 2
    if unit == "krw":
        usual = 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 2
    width = high - low
    needed = np.ceil(-np.log10(width / 1.9)) if width > _SAME * abs(value) else 0
    return int(max(usual, needed)) if needed <= _MOST_DECIMALS else usual


def table_cell(row: pd.Series) -> str:
    """Return a figure and its interval in words; amounts in 억원.

    `mean ± half-width`, or `median (low to high)`. A note stands instead where there is one, and the figure alone where
    all runs say the same.
    """
    if row["note"]:
        return str(row["note"])
    if not np.isfinite(row["value"]):
        return "-"
    factor = 1e-8 if row["unit"] == "krw" else 1.0
    values = (factor * row["value"], factor * row["low"], factor * row["high"])
    decimals = _decimals(row["unit"], values)
    # The sum takes the sign from a zero.
    value, low, high = (f"{round(v, decimals) + 0.0:,.{decimals}f}" if np.isfinite(v) else "" for v in values)
    width = values[2] - values[1]
    if not width > _SAME * abs(values[0]):
        return value
    if row["interval"] == MEAN:
        return f"{value} ± {width / 2:,.{decimals}f}" if low != high else f"{value} ± <{10.0**-decimals:g}"
    return f"{value} ({low} to {high})"


def family_table(parts: list[TablePart], families: list[str]) -> pd.DataFrame:
    """Return figures as a table: a line for each heading, under it one for each measure, a column for each family."""
    lines: list[dict[str, str]] = []
    for heading, rows in parts:
        lines.append({"measure": heading})
        units = rows["unit"].replace(_UNITS)
        names = rows["measure"].replace(_SHORT).str.replace("_", " ")
        named = rows.assign(label=names + " (" + units + ")")
        for label, mine in named.groupby("label", sort=False):
            by_family = {str(row["family"]): table_cell(row) for _, row in mine.iterrows()}
            lines.append({"measure": f"  {label}", **by_family})
    return pd.DataFrame(lines, columns=["measure", *families]).fillna("")


def _chosen(rows: pd.DataFrame, group: str, measures: tuple[str, ...]) -> pd.DataFrame:
    found = rows[(rows["group"] == group) & rows["measure"].isin(measures)]
    places = found["measure"].map({name: i for i, name in enumerate(measures)})
    return found.iloc[np.argsort(places.to_numpy(), kind="stable")]


def _costs(rows: pd.DataFrame, *more: str) -> pd.DataFrame:
    paid = rows[rows["measure"].str.startswith(PAID_BY) & (rows["value"] != 0)]["measure"]
    return _chosen(rows, COST, ("fiscal cost", *dict.fromkeys(paid), *more))


def _change(rows: pd.DataFrame, full: bool) -> list[TablePart]:
    if full:
        return [TablePart(_HEADINGS.get(str(g), f"more {g}"), part) for g, part in rows.groupby("group", sort=False)]
    shown = {COST: _costs(rows, "cashback"), PER_CASHBACK: _chosen(rows, PER_CASHBACK, ("net_city_sales",))}
    shown |= {group: _chosen(rows, group, MAIN_EFFECTS) for group in (GAIN, EFFECT)}
    return [TablePart(heading, shown[group]) for group, heading in _HEADINGS.items()]


def _by_policy(rows: pd.DataFrame) -> list[TablePart]:
    return [TablePart(str(policy), part) for policy, part in rows.groupby("policy", sort=False)]


def _averages(rows: pd.DataFrame) -> list[TablePart]:
    """Return under each policy its costs and its effects per 100 won of fiscal cost."""
    return [
        TablePart(policy, pd.concat([_costs(mine, "cashback", "card payments"), _chosen(mine, EFFECT, MAIN_EFFECTS)]))
        for policy, mine in _by_policy(rows)
    ]


AVERAGE = "Average, each policy against none; won: effect per 100 won of fiscal cost"


def _of(table: pd.DataFrame, relative_to: str) -> pd.DataFrame:
    return table[table["relative_to"] == relative_to]


def _families(table: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(table["family"]))


def change_table(table: pd.DataFrame, other: str, policy: str, full: bool = False) -> pd.DataFrame:
    """Return what the change from another policy to this one costs and does, families side by side.

    `table` is that of a comparison (`eum.analysis.experiments.compare.COMPARISON_COLUMNS`); with `full` every figure is
    shown.
    """
    rows = _of(table, other)
    return family_table(_change(rows[rows["policy"] == policy], full), _families(table))


def group_table(table: pd.DataFrame, group: str) -> pd.DataFrame:
    """Return a group of figures of each policy against none, families side by side."""
    rows = _of(table, NO_POLICY)
    return family_table(_by_policy(rows[rows["group"] == group]), _families(table))


def screens(table: pd.DataFrame, where: str, note: str, full: bool) -> Iterator[Comparison]:
    """Yield the tables of a comparison in order: every change, then the averages (with `full` every group).

    `table` is that of `eum.analysis.experiments.compare.COMPARISON_COLUMNS`, `where` says of what people and days it
    is, `note` what its figures and intervals are.
    """
    changes = table[table["relative_to"] != NO_POLICY][["relative_to", "policy"]].drop_duplicates()
    for other, policy in changes.itertuples(index=False, name=None):
        title = f"From {other} to {policy}: what the change costs and does ({where})"
        caption = f"Differences within each run, on the same draws. {note}{_AFTER}"
        yield Comparison(title, caption, change_table(table, other, policy, full))
    levels = _of(table, NO_POLICY)
    if not full:
        rows = family_table(_averages(levels), _families(table))
        yield Comparison(f"{AVERAGE} ({where})", f"{note} --full shows the other tables.", rows)
        return
    for group in dict.fromkeys(levels["group"]):
        n = int(levels[levels["group"] == group]["n_runs"].max())
        days = f" Days: {interval_words(EXTREMES, n, 'runs')}." if group == MONEY and n > 1 else ""
        yield Comparison(f"{group} ({where})", note + days, group_table(table, str(group)))


_AFTER = (
    " Words (억원) stand for a ratio where the additional cost is not surely above zero, or below a thousandth of the"
    " other policy's: a ratio of two savings is no return."
)


def runs_words(runs: Runs) -> str:
    """Return what the figures of a comparison and their intervals are."""
    if runs.n_draws:
        return f"Each figure is the {interval_words(PERCENTILES, runs.n_draws, runs.words)}."
    if runs.n_seeds > 1:
        mean = interval_words(MEAN, runs.n_seeds, runs.words)
        return f"Each figure is the {mean}; the same in all where none is shown."
    return "One seed, parameters at their centres: no interval (see --seeds, --draws)."
