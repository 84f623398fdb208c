"""The figure of the analysis of sensitivity: what the variance is made of, and which parameters move a ratio."""

import io
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eum.output.report import number_format, style
from eum.output.report.i18n import load_words
from eum.output.report.render_figure import house_style

PUBLISHED_OUTPUT = ("cashback", "outflow_inflow_output")
"""The published ratio: what it is counted per won of, and its definition."""

_DETAILED = ("net_city_sales", "city_value_added_second_round", "national_net")
"""Definitions whose parameters are drawn."""

COSTS = {"fiscal_cost": "fiscal cost", "resource_cost": "resource cost", "cashback": "cashback"}
"""Words of what a ratio is counted per won of."""

FIGURE_PARTS = {
    "family": "evidence scenario",
    "parameters": "parameters in a scenario",
    "population": "population drawn",
    "runs": "run to run",
}
_COLOURS = {"family": "#0072b2", "parameters": "#e69f00", "population": "#009e73", "runs": "#6b6b66"}
_LETTERS = {"family": "white", "parameters": style.INK, "population": "white", "runs": "white"}
N_FACTORS = 5
"""Factors drawn of a ratio."""

_MOST = 1.25
"""Right end of the axis of indices; an interval that goes on is cut there."""


class FigureRows(NamedTuple):
    """One row of the table: a value, its 90 % interval, and words."""

    value: float
    low: float
    high: float
    text: str


RowKey = tuple[str, ...]


def figure_rows(table: pd.DataFrame, part: str, *names: str) -> dict[RowKey, FigureRows]:
    """Return the rows of a part of the table by the columns named, in the order of the table."""
    columns = names or ("denominator", "definition", "family", "item", "measure")
    rows = table[table["part"] == part].to_dict("records")
    return {
        tuple(str(row[c]) for c in columns): FigureRows(
            float(row["value"]), float(row["low"]), float(row["high"]), str(row["text"])
        )
        for row in rows
    }


def families_in_rows(table: pd.DataFrame) -> list[str]:
    """Return the families that were requested."""
    return figure_rows(table, "about", "item")[("families",)].text.split(" ")


def cost_of(table: pd.DataFrame) -> str:
    """Return what the ladder of a table is counted per won of besides cashback: fiscal cost, or resource cost."""
    return str(table.loc[~table["denominator"].isin(("", "cashback")), "denominator"].dropna().iloc[0])


def shown_ratios(table: pd.DataFrame) -> list[RowKey]:
    """Return the ratios of the figure and of the page's first tables: the ladder over cost, and the published one."""
    cost = cost_of(table)
    rungs = dict.fromkeys(table.loc[(table["denominator"] == cost) & (table["part"] == "budget"), "definition"])
    return [*((cost, str(rung)) for rung in rungs), PUBLISHED_OUTPUT]


def detailed_ratios(table: pd.DataFrame) -> list[RowKey]:
    """Return the ratios whose parameters are drawn."""
    return [*((cost_of(table), rung) for rung in _DETAILED), PUBLISHED_OUTPUT]


def label(definition: str, denominator: str) -> str:
    """Return the words of a ratio: those of the report."""
    words = load_words("en")
    if f"rung.{definition}" in words.phrases:
        text = words.label("rung", definition)
        return f"{text}, per won of cashback" if denominator == "cashback" else text
    name = words.label("accounting", definition)
    return f"As published: {name}" if definition == "outflow_inflow_output" else name[0].upper() + name[1:]


def named_output(factor: str) -> str:
    """Return a factor's name as a person reads it."""
    return factor.replace("_", " ")


def _bar(axes: Axes, y: int, output: RowKey, rows: dict[RowKey, FigureRows], with_label: bool) -> None:
    left = 0.0
    for part in FIGURE_PARTS:
        width = 100 * max(rows[*output, "all", part, "share"].value, 0.0)
        axes.barh(
            y, width, left=left, height=0.62, color=_COLOURS[part], label=FIGURE_PARTS[part] if with_label else None
        )
        if width > 7:
            share = number_format.number(width)
            axes.text(left + width / 2, y, share, ha="center", va="center", color=_LETTERS[part], fontsize=8)
        left += width
    deviation = number_format.number(max(rows[*output, "all", "total", "variance"].value, 0.0) ** 0.5)
    axes.text(102, y, f"± {deviation}", va="center", fontsize=8)


def _budget(table: pd.DataFrame, axes: Axes) -> None:
    """Draw a bar for each ratio: the parts of its variance, percent, and its standard deviation beside it."""
    rows = figure_rows(table, "budget")
    shown = shown_ratios(table)
    for y, output in enumerate(shown):
        _bar(axes, y, output, rows, y == 0)
    axes.text(102, -0.8, "won per\n100 won", fontsize=7.5, color=style.GREY, va="bottom")
    axes.set_yticks(range(len(shown)), [label(definition, per) for per, definition in shown])
    axes.set_ylim(len(shown) - 0.5, -0.7)
    axes.set_xlim(0, 100)
    axes.set_xlabel("part of the variance (%); right: its standard deviation")
    axes.set_title("Variance decomposition of each definition", loc="left", x=-0.62, pad=24)


def largest_totals(rows: dict[RowKey, FigureRows], output: RowKey, families: list[str]) -> dict[str, float]:
    """Return the largest total index of each factor over families, the largest first."""
    most: dict[str, float] = {}
    for (*place, family, item, measure), row in rows.items():
        if tuple(place) == output and family in families and measure == "total":
            most[item] = max(most.get(item, row.value), row.value)
    return dict(sorted(most.items(), key=lambda pair: -pair[1]))


def _indices(rows: dict[RowKey, FigureRows], place: RowKey, factors: list[str], axes: Axes) -> None:
    """Draw the total index of each factor (pale) with its 90 % interval, and the first-order index on it (full)."""
    colour = style.FAMILY_COLOURS[place[-1]]
    for y, factor in enumerate(factors):
        first, total = (rows[*place, factor, measure] for measure in ("first", "total"))
        axes.barh(y, total.value, height=0.7, color=colour, alpha=0.3)
        axes.barh(y, max(first.value, 0.0), height=0.36, color=colour)
        axes.hlines(y, total.low, min(total.high, _MOST), color=style.INK, linewidth=0.8)
    axes.set_ylim(len(factors) - 0.5, -0.5)
    axes.set_xlim(0, _MOST)
    axes.set_xticks([0, 0.5, 1])


def _rows_of_indices(table: pd.DataFrame, grid: list[list[Axes]], families: list[str]) -> None:
    rows = figure_rows(table, "index")
    for output, row in zip(detailed_ratios(table), grid, strict=True):
        factors = list(largest_totals(rows, output, families))[:N_FACTORS]
        for family, axes in zip(families, row, strict=True):
            _indices(rows, (*output, family), factors, axes)
            axes.set_yticks(range(len(factors)), map(named_output, factors) if axes is row[0] else [""] * len(factors))
        row[0].set_title(label(output[1], output[0]), loc="left", fontsize=9)
    for family, axes in zip(families, grid[-1], strict=True):
        axes.set_xlabel(f"{family}: index")


def sensitivity_picture(table: pd.DataFrame) -> str:
    """Return the figure of a table of sensitivity: SVG, the same bytes for the same table."""
    families = families_in_rows(table)
    with house_style():
        figure = Figure(figsize=(7.6, 11.0), layout="constrained")
        above, below = figure.subfigures(2, 1, squeeze=False, height_ratios=[3.6, 7.0])[:, 0]
        axes = above.subplots()
        _budget(table, axes)
        handles, labels = axes.get_legend_handles_labels()
        above.legend(handles, labels, loc="outside lower left", ncols=4, handletextpad=0.3, columnspacing=1.0)
        grid = below.subplots(len(_DETAILED) + 1, len(families), sharex=True, squeeze=False)
        _rows_of_indices(table, grid.tolist(), families)
        below.suptitle("Sobol indices in each evidence scenario: total (pale, with 90 % interval), first-order (full)",
                       x=0.01, ha="left", fontsize=10, fontweight=style.BOLD)  # fmt: skip
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", facecolor=style.PAPER, metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"
