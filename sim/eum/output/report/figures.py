"""The figures: each a function of the rows it shows, the axes it is drawn on and the words."""

import datetime

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.patches import FancyBboxPatch, Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from eum.output.report import number_format, style
from eum.output.report.figures_money import changed_classes, day_ticks
from eum.output.report.i18n import Words

_SPREAD = 0.2
_BEHIND = {"facecolor": style.PAPER, "edgecolor": "none", "pad": 1.0}
"""Covers lines behind a label."""
_CHANGE = LinearSegmentedColormap.from_list("change", ["#d9a066", "#ffffff", "#5b9bd5"])


def _families(rows: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(rows["family"]))


def _offset(position: int, n: int) -> float:
    return (position - (n - 1) / 2) * _SPREAD


def _points_with_intervals(
    axes: Axes, rows: pd.DataFrame, y: np.ndarray, columns: tuple[str, str, str], words: Words, scale: float = 1.0
) -> None:
    """Draw one family's values with their intervals, horizontally; `columns` are value, low, high."""
    family = rows["family"].iloc[0]
    value, low, high = (rows[column].to_numpy(dtype=float) / scale for column in columns)
    colour, marker = style.FAMILY_COLOURS[family], style.FAMILY_MARKERS[family]
    axes.hlines(y, low, high, color=colour, linewidth=1.6, alpha=0.75)
    axes.plot(value, y, marker, color=colour, markersize=5, label=words.label("family_short", family))


def _legend_below(axes: Axes, n_columns: int = 3) -> None:
    figure = axes.get_figure()
    assert figure is not None
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=n_columns, handletextpad=0.4, columnspacing=1.2)


def _grouped_thousands(axes: Axes) -> None:
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))


def ladder(rows: pd.DataFrame, axes: Axes, words: Words) -> None:
    """Draw the ladder: rungs from the widest definition down, won per 100 won of budget, one marker per family.

    `rows` of table ladder for one pair, scope and denominator, with `published_ratio` beside them.
    """
    families, published = _families(rows), float(rows["published_ratio"].iloc[0])
    rungs = rows.sort_values("rung_order")["rung"].drop_duplicates().tolist()
    for position, family in enumerate(families):
        part = rows[rows["family"] == family]
        y = part["rung"].map(rungs.index).to_numpy() + _offset(position, len(families)) + 0.05
        _points_with_intervals(axes, part, y, ("ratio", "ratio_low", "ratio_high"), words, scale=0.01)
    _name_rungs(axes, [words.label("rung", rung) for rung in rungs])
    for ratio, key in ((1.0, "figure.spent"), (published, "figure.published")):
        axes.axvline(100 * ratio, color=style.INK, linewidth=0.8, linestyle="--", zorder=0)
        axes.text(
            100 * ratio,
            -0.78,
            words(key, won=number_format.per_hundred(ratio)),
            ha="left" if ratio > 1 else "right",
            va="bottom",
            fontsize=8,
        )
    axes.axvline(0, color=style.GREY, linewidth=0.7, zorder=0)
    _wide_values(axes)
    axes.set_ylim(len(rungs) - 0.4, -0.65)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(words("figure.per_hundred"))
    _legend_below(axes)


def _name_rungs(axes: Axes, names: list[str]) -> None:
    """Write the name of each rung above its markers, under a pale line."""
    for order, name in enumerate(names):
        axes.text(0.0, order - 0.4, name, transform=axes.get_yaxis_transform(), va="center", bbox=_BEHIND)
        axes.axhline(order - 0.62, color=style.PALE, linewidth=0.6)


def _wide_values(axes: Axes) -> None:
    """Use a scale that is even below 100 won and by powers above, so that gross use does not squeeze the rest."""
    axes.set_xscale("symlog", linthresh=100, linscale=0.9)
    low, high = axes.get_xlim()
    axes.set_xlim(low, high * 1.15)
    ticks = [t for t in (-1000, -300, -100, 0, 50, 100, 300, 1000, 3000, 10000) if low <= t <= high]
    axes.set_xticks(ticks, [number_format.number(t) for t in ticks])
    axes.minorticks_off()


def tiles(rows: pd.DataFrame, axes: Axes, words: Words) -> None:
    """Draw the ten districts as tiles: the share that stays in the city, and its change in points as colour.

    `rows` one per district: home, share_city (without the policy), policy_share_city; the tile says both. `tile_row`
    and `tile_column` are its place (data/districts.csv, row 0 is north). `largest_change` is where colours end, the
    same for the maps that stand side by side.
    """
    change = (rows["policy_share_city"] - rows["share_city"]).to_numpy()
    most = max(float(rows["largest_change"].iloc[0]), 1e-4)
    norm = TwoSlopeNorm(0.0, -most, most)
    places = zip(rows["tile_column"].astype(int), rows["tile_row"].astype(int), strict=True)
    for (column, row), home, stays, moved in zip(places, rows["home"], rows["share_city"], change, strict=True):
        box = FancyBboxPatch((column + 0.06, row + 0.06), 0.88, 0.88, boxstyle="round,pad=0,rounding_size=0.06")
        box.set(facecolor=_CHANGE(norm(moved)), edgecolor=style.GREY, linewidth=0.7)
        axes.add_patch(box)
        for height, text, weight in (
            (0.24, words.label("district", home), style.BOLD),
            (0.51, number_format.percent(stays), 400),
            (0.77, number_format.points(moved, words.language, 2), 400),
        ):
            axes.text(column + 0.5, row + height, text, ha="center", va="center", fontweight=weight, fontsize=12.5)
    axes.text(1.12, 0.5, words("figure.tile_key"), va="center", fontsize=12, linespacing=1.5)
    axes.set(xlim=(0, 3), ylim=(int(rows["tile_row"].max()) + 1, 0))
    axes.set_axis_off()


def classes(rows: pd.DataFrame, axes: Axes, words: Words) -> None:
    """Draw where card payments come from: one stacked bar per variant and family, shares of payments in percent.

    `rows` of table classes with a column variant_title. Where next to all is as it was, the rest alone is drawn.
    """
    parts = [changed_classes(part) for _, part in rows.groupby("variant", sort=False)]
    is_part = all(left_out for _, left_out in parts)
    rows = pd.concat([part for part, _ in parts]) if is_part else rows
    bars = rows[["variant", "family"]].drop_duplicates().itertuples(index=False)
    places = {key: y for y, key in enumerate(map(tuple, bars))}
    left = np.zeros(len(places))
    for name in dict.fromkeys(rows["class"]):
        part = rows[rows["class"] == name].set_index(["variant", "family"])["share_of_payments"]
        width = 100 * part.reindex(list(places)).fillna(0.0).to_numpy()
        if not width.any():
            continue
        colour, hatch = style.CLASS_COLOURS[name], style.CLASS_HATCHES.get(name)
        axes.barh(
            range(len(places)), width, left=left, height=0.68, color=colour, hatch=hatch,
            edgecolor=style.PAPER, linewidth=0.6, label=words.label("class", name),
        )  # fmt: skip
        left = left + width
    titles = dict(zip(rows["variant"], rows["variant_title"], strict=True))
    labels = [f"{titles[v]}\n{words.label('family_short', f)}" for v, f in places]
    axes.set_yticks(range(len(places)), labels, linespacing=1.35)
    axes.invert_yaxis()
    name = "figure.share_changed" if is_part else "figure.share_of_payments"
    axes.set(xlim=(0, 1.02 * left.max() if is_part else 100), xlabel=words(name))
    _legend_below(axes, 2)


def _days(dates: pd.Series) -> np.ndarray:
    return np.array([datetime.date.fromisoformat(text).toordinal() for text in dates])


def _month_axis(axes: Axes, first: int, last: int, words: Words) -> None:
    axes.set_xticks(*day_ticks(first, last, words.language))
    axes.set_xlim(first - 1, last + 2)
    years = dict.fromkeys(datetime.date.fromordinal(day).year for day in (first, last))
    axes.set_xlabel(words("figure.month", year="–".join(map(str, years))))


def exhaustion(rows: pd.DataFrame, axes: Axes, words: Words) -> None:
    """Draw the day on which budgets run out: median, 5th to 95th percentile per family; open ones run to the last day.

    `rows` of table budgets for one variant and world, with columns first and last (ISO: the window of the study).
    """
    budgets, families = list(dict.fromkeys(rows["budget"])), _families(rows)
    first, last = (int(_days(rows[column])[0]) for column in ("first", "last"))
    room = 0.32 * max(last - first, 2)
    for position, family in enumerate(families):
        colour, marker = style.FAMILY_COLOURS[family], style.FAMILY_MARKERS[family]
        axes.plot([], [], marker, color=colour, markersize=5, label=words.label("family_short", family))
        for _, row in rows[rows["family"] == family].iterrows():
            y = budgets.index(row["budget"]) + _offset(position, len(families))
            _exhausted_on(axes, row, y)
            text = words(
                "figure.exhausted_share", share=number_format.percent(float(row["share_of_runs_exhausted"]), 0)
            )
            axes.text(last + room / 20, y, text, va="center", fontsize=8, color=colour)
    axes.axvline(last, color=style.GREY, linewidth=0.8, linestyle=":")
    _month_axis(axes, first, last, words)
    axes.set_xlim(first - 1, last + room)
    axes.set_yticks(
        range(len(budgets)), [words.label_or_code("budget", b).replace(" (", "\n(") for b in budgets], linespacing=1.35
    )
    axes.set_ylim(len(budgets) - 0.5, -0.5)
    _legend_below(axes)


def _exhausted_on(axes: Axes, row: pd.Series, y: float) -> None:
    share, colour = float(row["share_of_runs_exhausted"]), style.FAMILY_COLOURS[row["family"]]
    if share > 0 and row["exhausted_median"]:
        median, low, high = (
            datetime.date.fromisoformat(row[f"exhausted_{name}"] or row["exhausted_median"]).toordinal()
            for name in ("median", "low", "high")
        )
        axes.hlines(y, low, high, color=colour, linewidth=1.6, alpha=0.75)
        axes.plot(median, y, style.FAMILY_MARKERS[row["family"]], color=colour, markersize=5)


def winners(rows: pd.DataFrame, axes: Axes, words: Words) -> None:
    """Draw gains per resident or per shop for the items of one dimension, one marker per family, in won."""
    dimension = str(rows["dimension"].iloc[0])
    items, families = list(dict.fromkeys(rows["item"].astype(str))), _families(rows)
    for position, family in enumerate(families):
        part = rows[rows["family"] == family]
        y = np.array([items.index(str(item)) for item in part["item"]]) + _offset(position, len(families))
        _points_with_intervals(axes, part, y, ("per_head_krw", "low", "high"), words, _thousands(dimension, words))
    axes.axvline(0, color=style.GREY, linewidth=0.7, zorder=0)
    axes.set_yticks(range(len(items)), [item_label(dimension, item, words) for item in items])
    axes.set_ylim(len(items) - 0.4, -0.6)
    axes.grid(axis="y", linewidth=0.4)
    _grouped_thousands(axes)
    axes.set_xlabel(words.label("figure_gain", dimension), loc="right")
    _legend_below(axes)


def _thousands(dimension: str, words: Words) -> float:
    """Return won per unit of the axis: residents in won; shops in 만원 or thousand won."""
    of_shops = dimension in ("shop_district", "sector", "sales_band")
    return ({"ko": 1e4, "en": 1e3}[words.language]) if of_shops else 1.0


def item_label(dimension: str, item: str, words: Words) -> str:
    """Return the label of an item of a dimension of gains, such as a decile, a district or a sales band."""
    if dimension == "spending_decile":
        return words("decile", n=item)
    groups = {"home_district": "district", "shop_district": "district", "age_band": "age_band"}
    return words.label(groups.get(dimension, dimension), item)


def zero_sum(rows: pd.DataFrame, axes: Axes, words: Words) -> None:
    """Draw the change of small shops' sales by district and, below a line, of all sales of the city.

    `rows` one per family and district, and one per family with district "incheon"; column `focus` marks the
    district of the study.
    """
    scale = number_format.AXIS_KRW[words.language]
    places, families = list(dict.fromkeys(rows["district"])), _families(rows)
    for y, place in enumerate(places):
        if rows.loc[rows["district"] == place, "focus"].any():
            axes.add_patch(
                Rectangle((0, y - 0.5), 1, 1, transform=axes.get_yaxis_transform(), color="#f3ead2", zorder=0)
            )
    for position, family in enumerate(families):
        part = rows[rows["family"] == family]
        y_of = part["district"].map(places.index).to_numpy() + _offset(position, len(families))
        _points_with_intervals(axes, part, y_of, ("change_krw", "low", "high"), words, scale)
    axes.axvline(0, color=style.GREY, linewidth=0.7)
    axes.axhline(places.index("incheon") - 0.5, color=style.INK, linewidth=0.8)
    labels = [words("figure.city_all_shops") if p == "incheon" else words.label("district", p) for p in places]
    axes.set_yticks(range(len(places)), labels)
    axes.set_ylim(len(places) - 0.5, -0.5)
    _grouped_thousands(axes)
    axes.set_xlabel(words("figure.sales_change"))
    _legend_below(axes)


def daily_payments(rows: pd.DataFrame, axes: Axes, words: Words) -> None:
    """Draw simulated card payments a day, one line per family."""
    scale = number_format.AXIS_KRW[words.language]
    for family, line in zip(_families(rows), ("-", "--", ":"), strict=False):
        part = rows[rows["family"] == family].sort_values("date")
        axes.plot(
            _days(part["date"]), part["card_payments_krw"] / scale, line, color=style.FAMILY_COLOURS[family],
            linewidth=1.1, label=words.label("family_short", family),
        )  # fmt: skip
    days = _days(rows["date"])
    _month_axis(axes, int(days.min()), int(days.max()), words)
    axes.set_ylim(bottom=0)
    axes.grid(axis="y")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.set_ylabel(words("figure.daily_krw"))
    _legend_below(axes)
