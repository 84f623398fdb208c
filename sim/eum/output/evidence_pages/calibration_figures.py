"""The figures of a calibration: prior against posterior, ranks of truths, out-of-sample forecasts beside what came."""

import io

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eum.output.report import style
from eum.output.report.render_figure import house_style

_COLOUR = style.FAMILY_COLOURS["causal"]
_FAR = 3.0
"""What lies further from the middle of a prior than three of its half-widths is drawn at the edge."""
_MODEL = "model"
_GROUPS = (("payments", "Payments"), ("issuance", "Charges"), ("subscribers", "Members"))
"""Groups of forecasts that are drawn, and their titles."""
_BENCHMARKS = {"last value": "x", "s/rho": "1", "semi-elasticity": "+"}


def _svg(figure: Figure) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", facecolor=style.PAPER, metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


def _legend(figure: Figure, axes: Axes, n_columns: int) -> None:
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=n_columns, handletextpad=0.4, columnspacing=1.2)


# ---- prior against posterior


def _relative(row: pd.Series, value: float) -> float:
    """Return a value with the prior's 90 % interval as -1 to 1, each side of its median on its own scale."""
    side = "prior_high" if value > row["prior_median"] else "prior_low"
    return (1 if side == "prior_high" else -1) * (value - row["prior_median"]) / (row[side] - row["prior_median"])


def _draw_posterior(axes: Axes, row: pd.Series, y: float) -> None:
    low, middle, high = (float(np.clip(_relative(row, row[k]), -_FAR, _FAR)) for k in ("low", "median", "high"))
    firm = row["called"] == "moved"
    axes.hlines(y, low, high, color=_COLOUR, linewidth=2.0 if firm else 1.0, linestyle="-" if firm else ":")
    axes.plot(middle, y, "o", color=_COLOUR, markersize=4.5, markerfacecolor=_COLOUR if firm else style.PAPER)


def parameters(rows: pd.DataFrame) -> str:
    """Return prior against posterior of every parameter and size of discrepancy as SVG.

    The band is the prior's 90 % interval; firm line and filled marker: moved by the data; dotted and hollow:
    prior-dominated.
    """
    with house_style():
        figure = Figure(figsize=(6.4, 0.9 + 0.3 * len(rows)), layout="constrained")
        axes = figure.add_subplot()
        axes.axvspan(-1, 1, color=style.FOCUS, zorder=0)
        for order, (_, row) in enumerate(rows.iterrows()):
            _draw_posterior(axes, row, order)
        axes.plot([], [], "o-", color=_COLOUR, label="moved by the data")
        axes.plot([], [], "o:", color=_COLOUR, markerfacecolor=style.PAPER, label="hollow: prior-dominated")
        is_size = rows["kind"] == "discrepancy"
        axes.set_yticks(range(len(rows)), np.where(is_size, "discrepancy: " + rows["name"], rows["name"]))
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(-_FAR, _FAR)
        axes.set_xticks([-1, 0, 1], ["5 %", "median of the prior", "95 %"])
        _legend(figure, axes, 4)
        return _svg(figure)


# ---- recovery


def _draw_ranks(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the share of truths in each tenth of their posterior, a thin line for each quantity."""
    tenths = [c for c in rows.columns if c.startswith("tenth_")]
    counts = rows[tenths].to_numpy(float)
    total = counts.sum(axis=1, keepdims=True)
    noise = 1.645 * np.sqrt(0.1 * 0.9 / total.max())
    axes.axhspan(max(0.1 - noise, 0), 0.1 + noise, color=style.FOCUS, zorder=0)
    for row in counts / total:
        axes.step(np.arange(len(tenths)) + 0.5, row, where="mid", color=_COLOUR, alpha=0.35)
    axes.set_ylim(0, 0.3)
    axes.set_yticks([0, 0.1, 0.2, 0.3], ["0", "10 %", "20 %", "30 %"])
    axes.set_xticks([0.5, 5, 9.5], ["lowest tenth", "middle", "highest"])
    axes.set_title("Ranks of truths in their posteriors")


def _draw_held(axes: Axes, rows: pd.DataFrame) -> None:
    axes.axvline(0.9, color=style.GREY, linewidth=1, zorder=0)
    for y, (_, row) in enumerate(rows.iterrows()):
        firm = row["called"] != "prior-dominated"
        axes.hlines(y, row["held_90_low"], row["held_90_high"], color=_COLOUR, linewidth=1.4)
        axes.plot(row["held_90"], y, "o", color=_COLOUR, markersize=5, markerfacecolor=_COLOUR if firm else style.PAPER)
    axes.set_yticks(range(len(rows)), rows["name"], fontsize=7.5)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(0.5, 1.01)
    axes.set_xticks([0.5, 0.7, 0.9, 1.0], ["50 %", "70 %", "90 %", "100 %"])
    axes.set_title("Coverage of 90 % intervals")


def recovery_figure(rows: pd.DataFrame) -> str:
    """Return the certificate as SVG: ranks of truths, and coverage of 90 % intervals with its 90 % interval.

    Filled: moved by the data, or a headline; hollow: prior-dominated.
    """
    with house_style():
        figure = Figure(figsize=(7.2, 0.9 + 0.22 * len(rows)), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(1, 0.8))
        _draw_ranks(left, rows)
        _draw_held(right, rows)
        return _svg(figure)


# ---- validation


def _draw_origin(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw forecasts of one group over what was published, in order of periods."""
    ends = sorted(set(zip(rows["period_end"], rows["period_start"], strict=True)))
    axes.axhline(1.0, color=style.INK, linewidth=1)
    for _, row in rows.iterrows():
        x = ends.index((row["period_end"], row["period_start"]))
        low, middle, high = (float(np.exp(row[q] - row["observed"])) for q in ("q05", "q50", "q95"))
        if row["rule"] == _MODEL:
            axes.vlines(x, low, high, color=_COLOUR, linewidth=1.8)
            axes.plot(x, middle, "o", color=_COLOUR, markersize=4)
        elif np.isfinite(middle) and row["rule"] in _BENCHMARKS:
            axes.plot(x + 0.2, middle, _BENCHMARKS[row["rule"]], color=style.GREY, markersize=6)
    axes.set_xticks(range(len(ends)), [end[2:7] for end, _ in ends], fontsize=7.5)
    axes.set_yscale("log")
    axes.set_yticks([0.5, 0.7, 1, 1.4, 2], ["0.5", "0.7", "1", "1.4", "2"], minor=False)
    axes.set_ylim(0.4, 2.5)
    axes.minorticks_off()


def validation_figure(rows: pd.DataFrame) -> str:
    """Return forecasts after each origin over what was published as SVG, with 90 % intervals and benchmarks.

    What lies beyond 0.4 and 2.5 times what was published is cut off.
    """
    origins = [test for test in dict.fromkeys(rows["test"]) if test.startswith("origin")]
    with house_style():
        figure = Figure(figsize=(7.2, 0.8 + 1.9 * max(len(origins), 1)), layout="constrained")
        grid = figure.subplots(max(len(origins), 1), len(_GROUPS), squeeze=False, sharey=True)
        for line, test in zip(grid, origins, strict=False):
            for axes, (group, title) in zip(line, _GROUPS, strict=True):
                _draw_origin(axes, rows[(rows["test"] == test) & (rows["group"] == group)])
                axes.set_title(f"{title}, {test}", fontsize=8)
        axes = grid[0, 0]
        axes.plot([], [], "o-", color=_COLOUR, label="model, 90 %")
        for name, marker in _BENCHMARKS.items():
            axes.plot([], [], marker, color=style.GREY, linestyle="", label=name)
        axes.set_ylabel("forecast / published")
        _legend(figure, axes, 4)
        return _svg(figure)
