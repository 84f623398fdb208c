"""The figure of the analysis of sensitivity: what the variance is made of, and which parameters move a ratio."""

import io

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.report import style, units
from sim.report.svg import house_style
from sim.report.words import load_words

SHOWN = (
    *(("public_cost", rung) for rung in ("gross_use", "net_of_replacement", "net_of_size_switching")),
    *(("public_cost", rung) for rung in ("net_of_time_shift_6m", "net_of_time_shift_12m", "net_city_sales")),
    *(("public_cost", rung) for rung in ("city_value_added", "city_value_added_second_round", "national_net")),
    ("cashback", "outflow_inflow_output"),
)
"""Ratios of the figure and of the page's first tables: the ladder per won of public cost, and the published one."""

DETAILED = (
    ("public_cost", "net_city_sales"),
    ("public_cost", "city_value_added_second_round"),
    ("public_cost", "national_net"),
    ("cashback", "outflow_inflow_output"),
)
"""Ratios whose parameters are drawn."""

PARTS = {"family": "family of evidence", "parameters": "parameters in a family", "population": "population drawn",
         "runs": "run to run"}  # fmt: skip
_COLOURS = {"family": "#0072b2", "parameters": "#e69f00", "population": "#009e73", "runs": "#6b6b66"}
_LETTERS = {"family": "white", "parameters": style.INK, "population": "white", "runs": "white"}
N_FACTORS = 5
"""Factors drawn of a ratio."""


def label(definition: str, denominator: str) -> str:
    """Return the words of a ratio: those of the report."""
    words = load_words("en")
    if f"rung.{definition}" in words.phrases:
        text = words.label("rung", definition)
        return text if denominator == "public_cost" else f"{text}, per won of cashback"
    name = words.label("accounting", definition)
    return f"As published: {name}" if definition == "outflow_inflow_output" else name[0].upper() + name[1:]


def named(factor: str) -> str:
    """Return a factor's name as a person reads it."""
    return factor.replace("_", " ")


def _budget(table: pd.DataFrame, axes: Axes) -> None:
    """Draw a bar for each ratio: the parts of its variance, percent, and its standard deviation beside it."""
    rows = table[table["part"] == "budget"].set_index(["denominator", "definition", "measure", "item"])["value"]
    for y, output in enumerate(SHOWN):
        left = 0.0
        for part in PARTS:
            width = 100 * max(rows[*output, "share", part], 0.0)
            axes.barh(y, width, left=left, height=0.62, color=_COLOURS[part], label=PARTS[part] if y == 0 else None)
            if width > 7:
                axes.text(
                    left + width / 2, y, units.number(width), ha="center", va="center", color=_LETTERS[part], fontsize=8
                )
            left += width
        deviation = units.number(np.sqrt(max(rows[*output, "variance", "total"], 0.0)))
        axes.text(102, y, f"± {deviation}", va="center", fontsize=8)
    axes.text(102, -0.8, "won per\n100 won", fontsize=7.5, color=style.GREY, va="bottom")
    axes.set_yticks(range(len(SHOWN)), [label(d, n) for n, d in SHOWN])
    axes.set_ylim(len(SHOWN) - 0.5, -0.7)
    axes.set_xlim(0, 100)
    axes.set_xlabel("part of the variance (%); right: its standard deviation")
    axes.set_title("What the uncertainty of each definition is made of", loc="left", x=-0.62, pad=24)


def _factors(rows: pd.DataFrame) -> list[str]:
    """Return the factors that move a ratio most in any family."""
    totals = rows[rows["measure"] == "total"].groupby("item", sort=False)["value"].max()
    return list(totals.sort_values(ascending=False, kind="stable").index[:N_FACTORS])


def _indices(rows: pd.DataFrame, factors: list[str], axes: Axes, family: str) -> None:
    """Draw the total index of each factor (pale) with its 90 % interval, and the first-order index on it (full)."""
    mine = rows[rows["family"] == family].set_index(["item", "measure"])
    for y, factor in enumerate(factors):
        first, total = (mine.loc[(factor, measure)] for measure in ("first", "total"))
        colour = style.FAMILY_COLOURS[family]
        axes.barh(y, total["value"], height=0.7, color=colour, alpha=0.3)
        axes.barh(y, max(first["value"], 0.0), height=0.36, color=colour)
        axes.hlines(y, total["low"], min(total["high"], 1.25), color=style.INK, linewidth=0.8)
    axes.set_ylim(len(factors) - 0.5, -0.5)
    axes.set_xlim(0, 1.25)
    axes.set_xticks([0, 0.5, 1])


def _rows_of_indices(table: pd.DataFrame, grid: np.ndarray, families: list[str]) -> None:
    index = table[(table["part"] == "index") & table["family"].isin(families) & (table["item"] != "interactions")]
    for (denominator, definition), row in zip(DETAILED, grid.tolist(), strict=True):
        rows = index[(index["definition"] == definition) & (index["denominator"] == denominator)]
        factors = _factors(rows)
        for family, axes in zip(families, row, strict=True):
            _indices(rows, factors, axes, family)
            axes.set_yticks(range(len(factors)), map(named, factors) if axes is row[0] else [""] * len(factors))
        row[0].set_title(label(definition, denominator), loc="left", fontsize=9)
    for family, axes in zip(families, grid[-1], strict=True):
        axes.set_xlabel(f"{family}: index")


def picture(table: pd.DataFrame) -> str:
    """Return the figure of a table of sensitivity: SVG, the same bytes for the same table."""
    families = table.loc[table["item"] == "families", "text"].iloc[0].split(" ")
    with house_style():
        figure = Figure(figsize=(7.6, 11.0), layout="constrained")
        above, below = figure.subfigures(2, 1, height_ratios=[3.6, 7.0])
        axes = above.subplots()
        _budget(table, axes)
        handles, labels = axes.get_legend_handles_labels()
        above.legend(handles, labels, loc="outside lower left", ncols=4, handletextpad=0.3, columnspacing=1.0)
        grid = below.subplots(len(DETAILED), len(families), sharex=True, squeeze=False)
        _rows_of_indices(table, grid, families)
        below.suptitle("Which parameters move it inside each family: total (pale, with 90 % interval), alone (full)",
                       x=0.01, ha="left", fontsize=10, fontweight=style.BOLD)  # fmt: skip
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", facecolor=style.PAPER, metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"
