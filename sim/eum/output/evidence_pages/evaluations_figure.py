"""The figure of the simulated evaluations: what each design reports beside the truth of what it claims."""

import io

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eum.output.report import number_format, style
from eum.output.report.render_figure import house_style

FIGURE_DESIGNS = (
    ("before_after_year_no_growth", "outflow_inflow_output", "Institute's accounting; no trend in spending"),
    ("before_after_year", "outflow_inflow_output", "Institute's accounting; trend of the Bank of Korea"),
    ("before_after_months", "outflow_inflow_output", "Institute's accounting; against January-April"),
    ("callaway_santanna", "won_of_districts", "Difference-in-differences across districts (their money)"),
    ("merchant_random_effects", "won_of_cashback", "Panel of shops, random effects"),
    ("survey", "not_replaced", "Survey of users, memory as assumed"),
)
"""Design, measure and label of the rows, from the top: all in won per won."""

FIGURE_DEFINITIONS = (
    ("net_city_sales", "Truth: net local sales"),
    ("city_value_added_second_round", "Truth: local value added"),
    ("national_net", "Truth: national net value added"),
)
"""Rungs of the ladder drawn below, which no design reports."""

_SPREAD = 0.2
_TICKS = (-1000, -300, -100, 0, 100, 300, 1000, 3000)
_BEHIND = {"facecolor": style.PAPER, "edgecolor": "none", "pad": 1.0}


def _draw_pair(axes: Axes, row: pd.Series, y: float) -> None:
    """Draw a filled marker with its range for the report and a hollow one for the truth, joined by a thin line."""
    colour, marker = style.FAMILY_COLOURS[row["family"]], style.FAMILY_MARKERS[row["family"]]
    axes.plot(100 * row["truth"], y, marker, color=colour, markersize=6, markerfacecolor=style.PAPER, zorder=3)
    if pd.isna(row["estimate"]):
        return
    axes.hlines(y, 100 * row["truth"], 100 * row["estimate"], color=colour, linewidth=0.6, linestyle=":", zorder=1)
    axes.hlines(y, 100 * row["estimate_low"], 100 * row["estimate_high"], color=colour, linewidth=1.8, alpha=0.75)
    axes.plot(100 * row["estimate"], y, marker, color=colour, markersize=5, zorder=4)


def _rows(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    keyed = table.set_index(["design", "measure"])
    shown = [(label, keyed.loc[[(design, measure)]]) for design, measure, label in FIGURE_DESIGNS]
    return shown + [(label, keyed.loc[[("truth", rung)]]) for rung, label in FIGURE_DEFINITIONS]


def evaluations_figure(table: pd.DataFrame, published: float, axes: Axes) -> None:
    """Draw each design's report (filled, with the 5th to 95th percentile over seeds) and the truth of what it claims
    (hollow), won per 100 won, one marker per family; below, definitions that no design reports. A line marks the
    `published` ratio of the institute, won per won."""
    families = list(dict.fromkeys(table["family"]))
    rows = _rows(table)
    for order, (label, part) in enumerate(rows):
        for position, (_, row) in enumerate(part.iterrows()):
            _draw_pair(axes, row, order + (position - (len(families) - 1) / 2) * _SPREAD + 0.08)
        axes.text(0, order - 0.38, label, transform=axes.get_yaxis_transform(), va="center", bbox=_BEHIND, zorder=5)
        axes.axhline(order - 0.6, color=style.PALE if order != len(FIGURE_DESIGNS) else style.INK, linewidth=0.6)
    for family in families:
        axes.plot([], [], style.FAMILY_MARKERS[family], color=style.FAMILY_COLOURS[family], label=family)
    axes.plot([], [], "o", color=style.GREY, markerfacecolor=style.PAPER, label="hollow: truth")
    _finish(axes, published, len(rows))


def _finish(axes: Axes, published: float, n_rows: int) -> None:
    axes.axvline(100 * published, color=style.INK, linewidth=0.8, linestyle="--", zorder=0)
    label = f"published: {number_format.per_hundred(published)}"
    axes.text(100 * published, -0.75, label, ha="center", va="bottom", fontsize=8)
    axes.axvline(0, color=style.GREY, linewidth=0.7, zorder=0)
    axes.set_xscale("symlog", linthresh=100, linscale=0.9)
    low, high = axes.get_xlim()
    axes.set_xlim(low * 1.15 if low < 0 else low, high * 1.15)
    ticks = [t for t in _TICKS if low * 1.15 <= t <= high * 1.15]
    axes.set_xticks(ticks, [number_format.number(t) for t in ticks])
    axes.minorticks_off()
    axes.set_ylim(n_rows - 0.4, -0.65)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("won per 100 won of cashback (of the districts' money where it says so)")
    figure = axes.get_figure()
    assert figure is not None
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=4, handletextpad=0.3, columnspacing=1.0)


def evaluations_picture(table: pd.DataFrame, published: float) -> str:
    """Return the figure of a table of evaluations as a drawing of its own, the published ratio (won per won) marked:
    SVG, the same bytes for the same table."""
    with house_style():
        figure = Figure(figsize=(6.4, 6.6), layout="constrained")
        evaluations_figure(table, published, figure.add_subplot())
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", facecolor=style.PAPER, metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"
