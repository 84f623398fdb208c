"""Figures of results, each drawn on matplotlib axes in the house's style."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import matplotlib as mpl
import pandas as pd
from matplotlib import dates
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from eum.api.run_folder import Record
from eum.dimensions import DISTRICTS, EFFECTS
from eum.errors import InputError
from eum.output.report import fonts, style
from eum.policy.model import Policy

_COLOURS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", style.GREY)
_LINES = ("-", "--", ":", "-.")
_MARKERS = ("o", "s", "D", "^", "v", "P", "X")
_SPREAD = 0.6
"""Part of a line's height over which the markers of several policies are spread."""
_100_MILLION = 1e8
_MOST_DATES = 7


class Drawable(Protocol):
    """What figures read of results (`eum.Results`)."""

    @property
    def baseline(self) -> str:
        """Name of the policy that tables compare with first."""

    @property
    def evidence(self) -> list[str]:
        """Families of evidence, in their order."""

    @property
    def records(self) -> list[Record]:
        """All runs."""

    def effects(self, relative_to: Policy | str | None = None) -> pd.DataFrame:
        """Return the effects of each policy."""

    def daily(self) -> pd.DataFrame:
        """Return the days of each policy."""

    def retention(self) -> pd.DataFrame:
        """Return where residents' spending stays."""


class Figures:
    """Figures of results: each method draws on `ax`, or on axes of its own, and returns the axes."""

    def __init__(self, results: Drawable) -> None:
        self._results = results

    def effects(
        self, relative_to: Policy | str | None = None, *, evidence: str | None = None, ax: Axes | None = None
    ) -> Axes:
        """Draw the effect per 100 won of fiscal cost by every definition, with intervals.

        Args:
            relative_to: Policy that the others are compared with; by default the baseline.
            evidence: One family of evidence; by default the markers of all stand side by side.
            ax: Axes to draw on.

        Returns:
            The axes; the scale is even up to 100 won and logarithmic above.

        Raises:
            InputError: A policy or family that is not among the results.
        """
        against = self._results.baseline if relative_to is None else relative_to
        table, column = self._results.effects(against), "krw_per_100_krw_fiscal_cost"
        table = self._chosen(table, evidence)
        with _axes(ax, height=4.2) as drawn:
            groups = list(_groups(table, ["policy", "evidence"]))
            for i, (name, rows) in enumerate(groups):
                y = rows["effect"].map(EFFECTS.index).to_numpy() + _offset(i, len(groups))
                colour, value = _COLOURS[i % len(_COLOURS)], rows[column].to_numpy(float)
                drawn.hlines(y, rows["low"], rows["high"], color=colour, linewidth=1.6, alpha=0.75)
                drawn.plot(value, y, _MARKERS[i % len(_MARKERS)], color=colour, markersize=5, label=name)
            drawn.axvline(100, color=style.INK, linewidth=0.8, linestyle="--", zorder=0)
            drawn.axvline(0, color=style.GREY, linewidth=0.7, zorder=0)
            drawn.set_yticks(range(len(EFFECTS)), [name.replace("_", " ") for name in EFFECTS])
            drawn.set_ylim(len(EFFECTS) - 0.5, -0.5)
            _even_then_logarithmic(drawn)
            added = "" if against in ("none",) else "additional "
            drawn.set_xlabel(f"won per {added}100 won of fiscal cost")
            drawn.legend(loc="best")
        return drawn

    def budgets(self, *, evidence: str | None = None, ax: Axes | None = None) -> Axes:
        """Draw how much is left of each budget that pays, day by day, the mean of the replicates.

        Args:
            evidence: One family of evidence; by default the first.
            ax: Axes to draw on.

        Returns:
            The axes: percent of the amount that was there on the first day, by date.

        Raises:
            InputError: A family that is not among the results, or policies without budgets.
        """
        family = evidence or self._results.evidence[0]
        parts = [r.tables["budget_days"] for r in self._results.records if r.evidence == family]
        self._chosen(pd.DataFrame({"evidence": self._results.evidence}), family)
        left = pd.concat(parts).groupby(["world", "budget", "date"], sort=False)["left_krw"].mean().reset_index()
        left = left.groupby(["world", "budget"], sort=False).filter(lambda rows: rows["left_krw"].nunique() > 1)
        if left.empty:
            raise InputError("plot.budgets: no budget here pays anything; expected policies with budgets")
        worlds, budgets = list(dict.fromkeys(left["world"])), list(dict.fromkeys(left["budget"]))
        with _axes(ax) as drawn:
            for name, rows in _groups(left, ["world", "budget"]):
                krw, world = rows["left_krw"].to_numpy(float), worlds.index(rows["world"].iloc[0])
                colour = _COLOURS[budgets.index(rows["budget"].iloc[0]) % len(_COLOURS)]
                line, left_percent = _LINES[world % len(_LINES)], 100 * krw / krw.max()
                drawn.plot(pd.to_datetime(rows["date"]), left_percent, line, color=colour, label=name)
            drawn.set(ylim=(0, 104), ylabel="percent of the budget left")
            _dates(drawn)
            drawn.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        return drawn

    def daily(self, column: str = "card_payments_krw", *, evidence: str | None = None, ax: Axes | None = None) -> Axes:
        """Draw a column of `Results.daily` for each policy by date.

        Args:
            column: `card_payments_krw`, `cashback_krw`, `subscribers` or `active_holders`.
            evidence: One family of evidence; by default all.
            ax: Axes to draw on.

        Returns:
            The axes; won are in 100 million (억원).

        Raises:
            InputError: A column or family that is not there.
        """
        table = self._chosen(self._results.daily(), evidence)
        known = list(table.columns[3:])
        if column not in known:
            raise InputError(f"column: {column!r}: expected one of {', '.join(known)}")
        is_won = column.endswith("_krw")
        with _axes(ax) as drawn:
            for i, (name, rows) in enumerate(_groups(table[table["policy"] != "none"], ["policy", "evidence"])):
                values = rows[column] / (_100_MILLION if is_won else 1)
                drawn.plot(rows["date"], values, color=_COLOURS[i % len(_COLOURS)], label=name)
            words = column.removesuffix("_krw").replace("_", " ")
            drawn.set_ylabel(f"{words} a day, 100 million won" if is_won else words)
            drawn.set_ylim(bottom=0)
            _dates(drawn)
            drawn.legend(loc="best")
        return drawn

    def retention(self, *, evidence: str | None = None, ax: Axes | None = None) -> Axes:
        """Draw by how many points more of residents' spending stays in the city than without, by home district.

        Args:
            evidence: One family of evidence; by default all.
            ax: Axes to draw on.

        Returns:
            The axes.

        Raises:
            InputError: A family that is not among the results.
        """
        homes = ["incheon", *DISTRICTS]
        table = self._chosen(self._results.retention(), evidence)
        table = table[(table["policy"] != "none") & table["home"].isin(homes)]
        with _axes(ax, height=3.8) as drawn:
            groups = list(_groups(table, ["policy", "evidence"]))
            for i, (name, rows) in enumerate(groups):
                y = rows["home"].map(homes.index).to_numpy() + _offset(i, len(groups))
                points, colour = 100 * rows["share_city_change"], _COLOURS[i % len(_COLOURS)]
                drawn.plot(points, y, _MARKERS[i % len(_MARKERS)], color=colour, markersize=5, label=name)
            drawn.axvline(0, color=style.GREY, linewidth=0.7, zorder=0)
            drawn.set_yticks(range(len(homes)), homes)
            drawn.set_ylim(len(homes) - 0.5, -0.5)
            drawn.set_xlabel("points of residents' spending kept in the city, more than without")
            drawn.legend(loc="best")
        return drawn

    def _chosen(self, table: pd.DataFrame, evidence: str | None) -> pd.DataFrame:
        """Return the rows of a family of evidence, all by default. Raises InputError for one that is not there."""
        if evidence is None:
            return table
        if evidence not in self._results.evidence:
            raise InputError(f"evidence: {evidence!r}: expected one of {', '.join(self._results.evidence)}")
        return table[table["evidence"] == evidence]


@contextmanager
def _axes(ax: Axes | None, height: float = 3.2) -> Iterator[Axes]:
    """Give the axes to draw on in the house's style; the settings of the caller's session stay as they are."""
    fonts.add_to_matplotlib()
    with mpl.rc_context(style.SETTINGS | {"figure.facecolor": "white", "savefig.facecolor": "white"}):
        yield ax if ax is not None else plt.subplots(figsize=(7.0, height), layout="constrained")[1]


def _groups(table: pd.DataFrame, keys: list[str]) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the rows of each combination of keys under a name made of those keys that differ."""
    differing = [key for key in keys if table[key].nunique() > 1] or keys[:1]
    for _, rows in table.groupby(keys, sort=False):
        yield ", ".join(str(rows[key].iloc[0]) for key in differing), rows


def _offset(i: int, n: int) -> float:
    return _SPREAD * ((i + 0.5) / n - 0.5)


def _even_then_logarithmic(axes: Axes) -> None:
    """Use a scale that is even up to 100 won and logarithmic above, so that gross use does not squeeze the rest."""
    axes.set_xscale("symlog", linthresh=100, linscale=0.9)
    low, high = axes.get_xlim()
    ticks = [tick for tick in (-1000, -300, -100, 0, 50, 100, 300, 1000, 3000, 10000) if low <= tick <= high]
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.minorticks_off()


def _dates(axes: Axes) -> None:
    first, last = (round(day) for day in axes.dataLim.intervalx)
    step = max(1, -(-(last - first + 1) // _MOST_DATES))
    axes.set_xticks(range(first, last + 1, step))
    axes.xaxis.set_major_formatter(dates.DateFormatter("%Y-%m-%d" if first // 366 != last // 366 else "%m-%d"))
