"""Figures of money that a newspaper could print: where card payments come from, how a budget burns down, the rungs."""

import datetime

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.ticker import FuncFormatter, MaxNLocator

from eum.output.report import number_format, style
from eum.output.report.i18n import Words

_SMALL = 7.0
_BLOCK, _END, _PANEL = 0.14, 0.62, 2.3
"""Of a panel of the flow: width of the block of payments, where ribbons end, width of the panel."""
_NEARLY_ALL = 0.9
"""Share of payments as they were from which the rest alone is drawn."""
_ROOM = 8.0
"""Won of height that a label takes; blocks keep their own height, the gaps between them grow."""
_FEW_MONTHS, _MOST_MONTHS, _MOST_TICKS = 3, 12, 5
"""Firsts of a month below which an axis is marked by days; the most months and days that it is marked by."""


def flow(rows: pd.DataFrame, axes: Axes, words: Words) -> None:
    """Draw what 100 won of card payments would have been without the policy: ribbons as wide as their won.

    `rows` of table classes for one pair, in the order of the classes; one panel per family. Labels carry the won and
    the 90 % interval. Grey is no effect. Where next to all is as it was (a district's own money), the rest alone is
    drawn, as wide as all otherwise.
    """
    rows, left_out = changed_classes(rows)
    lowest = -100.0
    for position, family in enumerate(dict.fromkeys(rows["family"])):
        part = rows[rows["family"] == family]
        part = part[part["share_of_payments"] > 0.0005 * part["share_of_payments"].sum()]
        left, name = position * _PANEL, words.label("family_short", family)
        lowest = min(lowest, _flow_panel(part, axes, words, left))
        if left_out:
            name = words("figure.flow_left_out", family=name, won=number_format.number(100 * left_out[family], 1))
        axes.text(left, 4, name, fontweight=style.BOLD, fontsize=9 if not left_out else _SMALL, va="bottom")
    axes.set(xlim=(0, _PANEL * rows["family"].nunique() - 0.02), ylim=(lowest, 14))
    axes.set_axis_off()


def changed_classes(rows: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, float]]:
    """Return rows of table classes without payments that are as they were, and their share by family.

    They are left out only where they are nearly all in every family; else the rows come back whole, with no shares.
    """
    same = rows[rows["class"] == "unchanged"]
    shares = dict(zip(same["family"].astype(str), same["share_of_payments"].astype(float), strict=True))
    if len(shares) < rows["family"].nunique() or min(shares.values(), default=0.0) < _NEARLY_ALL:
        return rows, {}
    return rows[rows["class"] != "unchanged"], shares


def _flow_panel(rows: pd.DataFrame, axes: Axes, words: Words, left: float) -> float:
    """Draw the ribbons of one family below zero; return how far down they reach."""
    total = float(rows["share_of_payments"].sum())
    is_part = total < 1 - _NEARLY_ALL
    won = rows["share_of_payments"].to_numpy(dtype=float) * 100 / (total if is_part else 1.0)
    start, top = np.concatenate(([0.0], np.cumsum(won))), 0.0
    axes.add_patch(Rectangle((left, -100), _BLOCK, 100, color=style.INK, linewidth=0))
    middle = (left + _BLOCK / 2, -50)
    text = (
        words("figure.flow_rest", won=number_format.number(100 * total, 1)) if is_part else words("figure.flow_total")
    )
    axes.text(*middle, text, rotation=90, ha="center", va="center", fontsize=_SMALL, color="w")
    for number, (_, row) in enumerate(rows.iterrows()):
        height, room = won[number], max(won[number], _ROOM)
        at, colour = -(top + room / 2), style.CLASS_COLOURS[row["class"]]
        _ribbon(axes, (left + _BLOCK, left + _END), -(start[number] + height / 2), at, height, colour)
        axes.add_patch(Rectangle((left + _END, at - height / 2), 0.05, height, color=colour, linewidth=0))
        axes.text(left + _END + 0.09, at, _flow_label(row, words, 2 if is_part else 1), va="center", fontsize=_SMALL)
        top += room
    return -top


def _flow_label(row: pd.Series, words: Words, digits: int) -> str:
    names = ("share_of_payments", "share_low", "share_high")
    value, low, high = (number_format.number(100 * row[name], digits) for name in names)
    return f"{words.label('class_short', row['class'])} {value} ({low}~{high})"


def _ribbon(axes: Axes, across: tuple[float, float], from_: float, to: float, height: float, colour: str) -> None:
    """Draw a band of one height from a middle on the left to a middle on the right."""
    left, right = across
    bend = (left + right) / 2
    up, down = height / 2, -height / 2
    points = [
        *((left, from_ + up), (bend, from_ + up), (bend, to + up), (right, to + up)),
        *((right, to + down), (bend, to + down), (bend, from_ + down), (left, from_ + down), (left, from_ + up)),
    ]
    curve = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    axes.add_patch(PathPatch(Path(points, curve), facecolor=colour, edgecolor="none", alpha=0.75))


def day_ticks(first: int, last: int, language: str, most: int = _MOST_TICKS) -> tuple[list[int], list[str]]:
    """Return where an axis of days (ordinals) is marked, and how: months, some of them in a long window, or in a short
    one both ends and at most so many days in all, evenly between them."""
    starts = [d for d in map(datetime.date.fromordinal, range(first, last + 1)) if d.day == 1]
    if len(starts) < _FEW_MONTHS:
        n = min(most - 1, last - first)
        days = [first + round(i * (last - first) / n) for i in range(n + 1)] if n else [first]
        return days, [number_format.short_date(datetime.date.fromordinal(day).isoformat(), language) for day in days]
    starts = starts[:: -(-len(starts) // _MOST_MONTHS)]
    return [d.toordinal() for d in starts], [number_format.month_name(d.month, language) for d in starts]


def burn_down(rows: pd.DataFrame, axes: Axes, words: Words) -> None:
    """Draw what is left of one budget from the day on which it begins to be spent, with its interval, by family.

    `rows` of table budget_paths for one budget and world, with columns `amount_krw` (what was set aside in all) and
    `exhausted_median` (ISO day, or empty).
    """
    scale = _axis_scale(float(rows["amount_krw"].max()), words.language)
    first, last = _first_spent(rows), int(_days(rows["date"]).max())
    for position, family in enumerate(dict.fromkeys(rows["family"])):
        part = rows[rows["family"] == family].sort_values("date")
        day, colour = _days(part["date"]), style.FAMILY_COLOURS[family]
        left, low, high = (part[name].to_numpy(dtype=float) / scale for name in ("left_krw", "left_low", "left_high"))
        axes.fill_between(day, low, high, color=colour, alpha=0.08, linewidth=0)
        axes.plot(day, left, color=colour, linewidth=1.6, linestyle=style.FAMILY_LINES[family])
        for edge in (low, high):
            axes.plot(day, edge, color=colour, linewidth=0.6, linestyle=style.FAMILY_LINES[family], alpha=0.8)
        _ends_on(axes, part, position, family, words)
    _days_from(axes, first, last, words)
    axes.set_ylim(0, 1.05 * float(rows["left_high"].max()) / scale)
    axes.grid(axis="y")
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.set_ylabel(words(f"figure.left_in_{'large' if scale == number_format.AXIS_KRW[words.language] else 'small'}"))


def _first_spent(rows: pd.DataFrame) -> int:
    """Return the last day (ordinal) on which no family has spent anything, or the first of all."""
    most = rows.groupby("family")["left_krw"].transform("max")
    spent, days = rows[rows["left_krw"] < most], _days(rows["date"])
    return max(int(_days(spent["date"]).min()) - 1, int(days.min())) if len(spent) else int(days.min())


def _days_from(axes: Axes, first: int, last: int, words: Words) -> None:
    """Mark the first day by its date, and the days or months after it that stand clear of it."""
    begin = number_format.short_date(datetime.date.fromordinal(first).isoformat(), words.language)
    after = [(day, name) for day, name in zip(*day_ticks(first, last, words.language, 3), strict=True)
             if day >= first + (last - first) // 6 and day > first]  # fmt: skip
    axes.set_xticks([first, *(day for day, _ in after)], [begin, *(name for _, name in after)])
    axes.set_xlim(first - 1, last + 1)


def _ends_on(axes: Axes, part: pd.DataFrame, position: int, family: str, words: Words) -> None:
    """Mark the day on which a family's median run is out of money, and say it beside the figure."""
    colour, name, iso = style.FAMILY_COLOURS[family], words.label("family_short", family), part["exhausted_median"]
    day = str(iso.iloc[0])
    text = words("figure.lasts", family=name)
    if day:
        text = words("figure.runs_out", family=name, day=number_format.short_date(day, words.language))
        at = datetime.date.fromisoformat(day).toordinal()
        axes.plot([at], [0], style.FAMILY_MARKERS[family], color=colour, markersize=4.5, clip_on=False, zorder=5)
    note = axes.text(1.02, 0.92 - 0.2 * position, text, transform=axes.transAxes, color=colour, fontsize=_SMALL)
    note.set(va="center", linespacing=1.35)


def _axis_scale(most: float, language: str) -> float:
    """Return won per unit of the axis: 억원 or million won; 만원 or thousand won for small budgets."""
    large = number_format.AXIS_KRW[language]
    return large if most >= large else {"ko": 1e4, "en": 1e3}[language]


def _days(dates: pd.Series) -> np.ndarray:
    return np.array([datetime.date.fromisoformat(text).toordinal() for text in dates])


def rungs(rows: pd.DataFrame, axes: Axes, words: Words) -> None:
    """Draw some rungs of the ladder, one under the other: won per 100 won of fiscal cost with intervals, by family.

    `rows` of table ladder for one pair, scope and denominator, with `published_ratio` beside them. The value stands
    beside each marker's row.
    """
    families = list(dict.fromkeys(rows["family"]))
    names = rows.sort_values("rung_order")["rung"].drop_duplicates().tolist()
    axes.set_xscale("symlog", linthresh=100, linscale=0.9)
    for position, family in enumerate(families):
        part = rows[rows["family"] == family].set_index("rung").loc[names]
        y = np.arange(len(names)) + 0.28 * (position - (len(families) - 1) / 2)
        value, low, high = (100 * part[n].to_numpy(dtype=float) for n in ("ratio", "ratio_low", "ratio_high"))
        colour = style.FAMILY_COLOURS[family]
        axes.hlines(y, low, high, color=colour, linewidth=1.6, alpha=0.75)
        axes.plot(value, y, style.FAMILY_MARKERS[family], color=colour, markersize=4.5)
        for number, at in zip(value, y, strict=True):
            text = f"{words.label('family_short', family)} {number_format.number(number)}"
            axes.text(1.02, at, text, transform=axes.get_yaxis_transform(), color=colour, fontsize=_SMALL, va="center")
    _mark_ratios(axes, float(rows["published_ratio"].iloc[0]), words)
    _rung_axis(axes, [words.label("rung", name) for name in names], words)


def _mark_ratios(axes: Axes, published: float, words: Words) -> None:
    """Mark what was spent and what the institute published."""
    for ratio, key, side in ((1.0, "figure.spent", "right"), (published, "figure.published", "left")):
        axes.axvline(100 * ratio, color=style.INK, linewidth=0.8, linestyle="--", zorder=0)
        text = words(key, won=number_format.per_hundred(ratio))
        axes.text(100 * ratio, -0.62, text, ha=side, va="bottom", fontsize=_SMALL)


def _rung_axis(axes: Axes, labels: list[str], words: Words) -> None:
    axes.axvline(0, color=style.GREY, linewidth=0.7, zorder=0)
    for order in range(1, len(labels)):
        axes.axhline(order - 0.5, color=style.PALE, linewidth=0.6)
    low, high = axes.get_xlim()
    ticks = [t for t in (-1000, -300, -100, 0, 50, 100, 300, 1000, 3000, 10000) if low <= t <= high]
    axes.set_xticks(ticks, [number_format.number(t) for t in ticks])
    axes.minorticks_off()
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.45, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(words("figure.per_hundred"))
