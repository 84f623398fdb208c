"""Figures of choices between policies: fronts, regrets, flips and games. Each a function of the rows it shows."""

import textwrap
from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from eum.output.report import number_format, style
from eum.output.report.i18n import Words

_SPREAD = 0.22
_LABEL_LETTERS = 30
"""Letters of a label before it goes on in a new line."""


def measure_label(name: str, words: Words) -> str:
    """Return what a measure is called on an axis, with the unit of `measure_scale`."""
    kind, _, place = name.partition(":")
    if kind.endswith("_per_100_won"):
        rung = kind.removesuffix("_per_100_won")
        what = words.label("measure", kind) if f"measure.{kind}" in words.phrases else words.label("rung", rung)
        return words("choice.per_hundred", what=what.split(". ")[-1])
    if f"rung.{kind}" in words.phrases:
        return words("choice.amount", what=words.label("rung", kind).split(". ")[-1])
    label = words.label("measure", kind)
    if kind == "days_money_lasts" and place:
        return f"{label}: {words.label_or_code('budget', place)}"
    where = words.label("payer" if kind == "cost_of" else "district", place) if place else ""
    return words("choice.amount_in", what=label, where=where) if place else label


def measure_scale(name: str, unit: str, words: Words) -> float:
    """Return units of a measure per unit of its axis: won in 억원 or million won, all others as they are."""
    return number_format.AXIS_KRW[words.language] if unit == "krw" else 1.0


def _plain_axes(axes: Axes) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.xaxis.set_major_locator(MaxNLocator(6))


def _legend_below(axes: Axes, n_columns: int = 3) -> None:
    figure = axes.get_figure()
    assert figure is not None
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=n_columns, handletextpad=0.4, columnspacing=1.2)


def front_figure(rows: pd.DataFrame, pair: tuple[str, str], measures: dict[str, str], axes: Axes, words: Words) -> None:
    """Draw designs that none beats by two measures: expected values, and full runs with their 90 % intervals.

    `rows` of table front; `pair` the measures across and up; `measures` their units. Hollow: expected; full: the mean
    of full runs, joined to the expected value of the same design.
    """
    across, up = (np.array(measure_scale(m, measures[m], words)) for m in pair)
    for family in dict.fromkeys(rows["family"]):
        part = rows[rows["family"] == family]
        colour, marker = style.FAMILY_COLOURS[family], style.FAMILY_MARKERS[family]
        x, y = part[f"{pair[0]} expected"] / across, part[f"{pair[1]} expected"] / up
        axes.plot(x, y, marker, color=colour, markersize=4.5, markerfacecolor="none", linewidth=0,
                  label=words("choice.expected", family=words.label("family_short", family)))  # fmt: skip
        checked = part[part["is_checked"]]
        if len(checked):
            _full_runs(checked, pair, (float(across), float(up)), axes)
            axes.plot([], [], marker, color=colour, markersize=4.5,
                      label=words("choice.full", family=words.label("family_short", family)))  # fmt: skip
    _plain_axes(axes)
    axes.grid(alpha=0.6)
    axes.set_xlabel(measure_label(pair[0], words))
    axes.set_ylabel(measure_label(pair[1], words))
    _legend_below(axes, 2)


def _full_runs(rows: pd.DataFrame, pair: tuple[str, str], scales: tuple[float, float], axes: Axes) -> None:
    family = rows["family"].iloc[0]
    colour, marker = style.FAMILY_COLOURS[family], style.FAMILY_MARKERS[family]
    value = [(rows[f"{m} full"] / s).to_numpy() for m, s in zip(pair, scales, strict=True)]
    low = [(rows[f"{m} low"] / s).to_numpy() for m, s in zip(pair, scales, strict=True)]
    high = [(rows[f"{m} high"] / s).to_numpy() for m, s in zip(pair, scales, strict=True)]
    expected = [(rows[f"{m} expected"] / s).to_numpy() for m, s in zip(pair, scales, strict=True)]
    axes.hlines(value[1], low[0], high[0], color=colour, linewidth=1.0, alpha=0.6)
    axes.vlines(value[0], low[1], high[1], color=colour, linewidth=1.0, alpha=0.6)
    axes.plot(
        np.stack([expected[0], value[0]]), np.stack([expected[1], value[1]]), color=colour, linewidth=0.6, linestyle=":"
    )
    axes.plot(*value, marker, color=colour, markersize=4.5, linewidth=0)


def _by_family(
    rows: pd.DataFrame, items: list[str], axes: Axes, draw: Callable[[pd.DataFrame, np.ndarray], None]
) -> None:
    families = list(dict.fromkeys(rows["family"]))
    for position, family in enumerate(families):
        part = rows[rows["family"] == family]
        offset = (position - (len(families) - 1) / 2) * _SPREAD
        draw(part, np.array([items.index(item) for item in part.iloc[:, 1]]) + offset)
    axes.set_ylim(len(items) - 0.4, -0.6)
    axes.grid(axis="y", linewidth=0.4)


def regret_figure(rows: pd.DataFrame, unit: str, measure: str, axes: Axes, words: Words) -> None:
    """Draw what each design can cost if the world is not as hoped: mean regret (full) and maximum (hollow).

    `rows` of table regret: family, design and its regrets, in the unit of the measure.
    """
    scale, designs = measure_scale(measure, unit, words), list(dict.fromkeys(rows["design"]))

    def one_family(part: pd.DataFrame, y: np.ndarray) -> None:
        family = part["family"].iloc[0]
        colour, marker = style.FAMILY_COLOURS[family], style.FAMILY_MARKERS[family]
        mean, most = part["mean_regret"] / scale, part["max_regret"] / scale
        axes.hlines(y, mean, most, color=colour, linewidth=1.2, alpha=0.6)
        axes.plot(most, y, marker, color=colour, markersize=5, markerfacecolor="none")
        axes.plot(mean, y, marker, color=colour, markersize=5, label=words.label("family_short", family))

    _by_family(rows, designs, axes, one_family)
    axes.set_yticks(range(len(designs)), designs)
    axes.axvline(0, color=style.GREY, linewidth=0.7, zorder=0)
    _plain_axes(axes)
    axes.set_yticks(range(len(designs)), designs)
    axes.set_xlabel(words("choice.regret", what=measure_label(measure, words)))
    _legend_below(axes)


def switching_figure(rows: pd.DataFrame, axes: Axes, words: Words) -> None:
    """Draw where two designs change places: each parameter over its range (0 low to 1 high), one marker per flip.

    `rows` of table flips for one pair of designs, only those with a flip. The tick is the centre; the thick part of
    the line is where the first design of the pair is better.
    """
    parameters, first = list(dict.fromkeys(rows["parameter"])), rows["design"].iloc[0]
    rows = rows[["family", "parameter", *(c for c in rows.columns if c not in ("family", "parameter"))]]

    def one_family(part: pd.DataFrame, y: np.ndarray) -> None:
        family = part["family"].iloc[0]
        colour, marker = style.FAMILY_COLOURS[family], style.FAMILY_MARKERS[family]
        width = part["high"] - part["low"]
        at, centre = ((part[c] - part["low"]) / width for c in ("flip", "centre"))
        below = (part["better_below"] == first).to_numpy()
        axes.hlines(y, 0, 1, color=colour, linewidth=0.7, alpha=0.5)
        axes.hlines(y, np.where(below, 0, at), np.where(below, at, 1), color=colour, linewidth=3.2, alpha=0.45)
        axes.plot(centre, y, "|", color=style.INK, markersize=7)
        axes.plot(at, y, marker, color=colour, markersize=5, label=words.label("family_short", family))
        for value, x, height in zip(part["flip"], at, y, strict=True):
            axes.text(x, height - 0.09, number_format.plain(value), ha="center", va="bottom", fontsize=7)

    _by_family(rows, parameters, axes, one_family)
    names = [textwrap.fill(words.label_or_code("parameter", p), _LABEL_LETTERS) for p in parameters]
    axes.set_yticks(range(len(parameters)), names, linespacing=1.3)
    axes.set_xlim(-0.03, 1.03)
    axes.set_xticks([0, 1], [words("choice.low_end"), words("choice.high_end")])
    figure = axes.get_figure()
    assert figure is not None
    figure.suptitle(words("choice.flip", first=first, second=rows["other"].iloc[0]), x=0.02, ha="left", fontsize=8)
    _legend_below(axes)


_PROFILE_MARKERS = ("o", "s", "D", "^", "v", "P", "X")
_PROFILE_COLOURS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#6b6b66")


def game_figure(rows: pd.DataFrame, axes: Axes, words: Words) -> None:
    """Draw what each district gets where the game settles and where all act together; below a line their sum and the
    city beside it, with all payers' cost.

    `rows` of table audit for one family: profile, district, payoff_krw.
    """
    scale = number_format.AXIS_KRW[words.language]
    places, profiles = list(dict.fromkeys(rows["district"])), list(dict.fromkeys(rows["profile"]))
    for position, profile in enumerate(profiles):
        part = rows[rows["profile"] == profile]
        offset = (position - (len(profiles) - 1) / 2) * _SPREAD
        y = np.array([places.index(p) for p in part["district"]]) + offset
        look = position % len(_PROFILE_MARKERS)
        axes.plot(part["payoff_krw"] / scale, y, _PROFILE_MARKERS[look], color=_PROFILE_COLOURS[look], markersize=4.5,
                  linewidth=0, label=words.label_or_code("profile", profile))  # fmt: skip
    axes.axvline(0, color=style.GREY, linewidth=0.7, zorder=0)
    axes.axhline(places.index("all districts") - 0.5, color=style.INK, linewidth=0.8)
    _plain_axes(axes)
    sums = {"all districts": words("choice.all_districts"), "city": words("choice.city")}
    axes.set_yticks(range(len(places)), [sums[p] if p in sums else words.label("district", p) for p in places])
    axes.set_ylim(len(places) - 0.4, -0.6)
    axes.grid(axis="y", linewidth=0.4)
    axes.set_xlabel(words("choice.payoff"))
    _legend_below(axes, 2)
