"""The figures of a calibration: prior against posterior, ranks of truths, out-of-sample forecasts beside what came."""

import io

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eum.output.report import style
from eum.output.report.render_figure import house_style

_BLIND = (("payments", "Payments, trillion won a month"), ("subscribers", "Members, million"))
_UNITS = {"payments": 1e12, "subscribers": 1e6}
_MODELS = ("model with shock index", "model without")
_FAR = 3.0
"""What lies further from the middle of a prior than three of its half-widths is drawn at the edge."""
_NAIVE = {"last value": "x", "constant growth": "+", "s/rho rule": "1"}


def _svg(figure: Figure) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", facecolor=style.PAPER, metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


def _families(rows: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(rows["family"]))


def _legend(figure: Figure, axes: Axes, n_columns: int) -> None:
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=n_columns, handletextpad=0.4, columnspacing=1.2)


# ---- prior against posterior


def _relative(row: pd.Series, value: float) -> float:
    """Return a value with the prior's 90 % interval as -1 to 1."""
    middle = 0.5 * (row["prior_low"] + row["prior_high"])
    return (value - middle) / (0.5 * (row["prior_high"] - row["prior_low"]))


def _draw_posterior(axes: Axes, row: pd.Series, y: float) -> None:
    low, middle, high = (float(np.clip(_relative(row, row[k]), -_FAR, _FAR)) for k in ("low", "median", "high"))
    colour = style.FAMILY_COLOURS[row["family"]]
    firm = row["called"] == "estimated"
    axes.hlines(y, low, high, color=colour, linewidth=2.0 if firm else 1.0, linestyle="-" if firm else ":")
    axes.plot(middle, y, style.FAMILY_MARKERS[row["family"]], color=colour, markersize=4.5,
              markerfacecolor=colour if firm else style.PAPER)  # fmt: skip


def parameters(rows: pd.DataFrame) -> str:
    """Return prior against posterior of every parameter as SVG.

    The band is the prior's 90 % interval; firm line and filled marker: identified; dotted and hollow: prior-dominated.
    """
    own = rows[rows["kind"] == "parameter"]
    names, families = list(dict.fromkeys(own["name"])), _families(own)
    with house_style():
        figure = Figure(figsize=(6.4, 0.9 + 0.42 * len(names)), layout="constrained")
        axes = figure.add_subplot()
        axes.axvspan(-1, 1, color=style.FOCUS, zorder=0)
        for order, name in enumerate(names):
            for place, (_, row) in enumerate(own[own["name"] == name].iterrows()):
                _draw_posterior(axes, row, order + 0.22 * (place - (len(families) - 1) / 2))
        for family in families:
            axes.plot([], [], style.FAMILY_MARKERS[family], color=style.FAMILY_COLOURS[family], label=family)
        axes.plot([], [], "o:", color=style.GREY, markerfacecolor=style.PAPER, label="hollow: prior-dominated")
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_xlim(-_FAR, _FAR)
        axes.set_xticks([-1, 0, 1], ["5 %", "centre of the prior", "95 %"])
        _legend(figure, axes, 4)
        return _svg(figure)


# ---- recovery


def _draw_ranks(axes: Axes, ranks: pd.DataFrame, family: str) -> None:
    """Draw the share of truths in each tenth of their posterior, a thin line for each identified quantity."""
    tenths = [c for c in ranks.columns if c.startswith("tenth_")]
    counts = ranks[ranks["family"] == family][tenths].to_numpy(float)
    total = counts.sum(axis=1, keepdims=True)
    noise = 1.645 * np.sqrt(0.1 * 0.9 / total.max())
    axes.axhspan(0.1 - noise, 0.1 + noise, color=style.FOCUS, zorder=0)
    for row in counts / total:
        axes.step(np.arange(len(tenths)) + 0.5, row, where="mid", color=style.FAMILY_COLOURS[family], alpha=0.35)
    axes.set_ylim(0, 0.3)
    axes.set_yticks([0, 0.1, 0.2, 0.3], ["0", "10 %", "20 %", "30 %"])
    axes.set_xticks([0.5, 5, 9.5], ["lowest tenth", "middle", "highest"])
    axes.set_title(f"{family}: ranks of truths in their posteriors")


def _draw_held(axes: Axes, rows: pd.DataFrame, family: str) -> None:
    own = rows[(rows["family"] == family) & (rows["kind"] == "parameter")].reset_index(drop=True)
    axes.axvspan(0.85, 0.95, color=style.FOCUS, zorder=0)
    colour = style.FAMILY_COLOURS[family]
    for y, (_, row) in enumerate(own.iterrows()):
        firm = row["called"] == "estimated"
        axes.plot(row["raw_90"], y, "|", color=style.GREY, markersize=8)
        axes.plot(row["held_90"], y, "o", color=colour, markersize=5, markerfacecolor=colour if firm else style.PAPER)
    axes.set_yticks(range(len(own)), own["name"], fontsize=7.5)
    axes.set_ylim(len(own) - 0.4, -0.6)
    axes.set_xlim(0.5, 1.01)
    axes.set_xticks([0.5, 0.7, 0.85, 0.95], ["50 %", "70 %", "85", "95"])
    axes.set_title("Coverage of 90 % intervals")


def recovery_figure(rows: pd.DataFrame, ranks: pd.DataFrame) -> str:
    """Return the certificate as SVG: ranks of the identified parameters, and coverage of 90 % intervals, by family.

    Filled: identified; hollow: prior-dominated; bar: before recalibration.
    """
    families = _families(rows)
    firm = rows.loc[(rows["called"] == "estimated") & (rows["kind"] == "parameter"), ["family", "name"]]
    with house_style():
        figure = Figure(figsize=(7.2, 3.3 * len(families)), layout="constrained")
        axes = figure.subplots(len(families), 2, squeeze=False, width_ratios=(1, 0.8))
        for line, family in zip(axes, families, strict=True):
            _draw_ranks(line[0], ranks.merge(firm, on=["family", "name"]), family)
            _draw_held(line[1], rows, family)
        return _svg(figure)


# ---- validation


def _draw_blind(axes: Axes, rows: pd.DataFrame, quantity: str) -> None:
    own = rows[rows["quantity"] == quantity]
    moments = list(dict.fromkeys(own["moment"]))
    families, unit = _families(own), _UNITS[quantity]
    for x, name in enumerate(moments):
        part = own[own["moment"] == name]
        axes.hlines(part["published"].iloc[0] / unit, x - 0.42, x + 0.42, color=style.INK, linewidth=1.4)
        for place, family in enumerate(families):
            for half, model in enumerate(_MODELS):
                row = part[(part["family"] == family) & (part["forecaster"] == model)].iloc[0]
                at = x + (2 * place + half - len(families) + 0.5) * 0.12
                colour = style.FAMILY_COLOURS[family]
                axes.vlines(at, row["low"] / unit, row["high"] / unit, color=colour, linewidth=1.6)
                axes.plot(at, row["forecast"] / unit, style.FAMILY_MARKERS[family], color=colour, markersize=4,
                          markerfacecolor=colour if half == 0 else style.PAPER)  # fmt: skip
        for forecaster, marker in _NAIVE.items():
            value = part.loc[part["forecaster"] == forecaster, "forecast"].iloc[0]
            axes.plot(x + 0.45, value / unit, marker, color=style.GREY, markersize=6)
    axes.set_xticks(range(len(moments)), [str(own[own["moment"] == m]["end"].iloc[0]) for m in moments])
    axes.set_ylim(bottom=0)


def validation_figure(rows: pd.DataFrame) -> str:
    """Return out-of-sample payments and members as SVG: published, forecasts with their 90 % intervals, benchmarks."""
    blind = rows[(rows["part"] == "blind")]
    with house_style():
        figure = Figure(figsize=(7.2, 6.4), layout="constrained")
        for axes, (quantity, title) in zip(figure.subplots(len(_BLIND), 1), _BLIND, strict=True):
            _draw_blind(axes, blind, quantity)
            axes.set_title(title)
        for family in _families(blind):
            axes.plot([], [], style.FAMILY_MARKERS[family], color=style.FAMILY_COLOURS[family], label=family)
        axes.plot([], [], "o", color=style.GREY, markerfacecolor=style.PAPER, label="hollow: no shock index")
        axes.plot([], [], "-", color=style.INK, label="published")
        for name, marker in _NAIVE.items():
            axes.plot([], [], marker, color=style.GREY, label=name)
        _legend(figure, axes, 4)
        return _svg(figure)
