"""What the town's page draws: the districts with a day's purchases, lines by day, bars of budgets."""

import datetime

import numpy as np
import pandas as pd

from eum.extras import extra
from eum.output.report.i18n import Words

with extra("demo"):
    from bokeh.models.annotations import LabelSet
    from bokeh.models.formatters import DatetimeTickFormatter
    from bokeh.models.ranges import DataRange1d, FactorRange, Range1d
    from bokeh.models.sources import ColumnDataSource
    from bokeh.models.tickers import BasicTicker, DatetimeTicker
    from bokeh.palettes import Blues9
    from bokeh.plotting import figure

COLOURS = {"came back": "#d55e00", "card": "#0072b2", "left": "#999999"}
"""Orange, blue and grey, told apart in the common forms of colour blindness."""
OUTSIDE_COLOUR = "#f2f2f2"
KEPT_LINES = {"kept": "came back", "kept_without": "left"}
NO_LINES: dict[str, list] = {name: [] for name in ("x0", "y0", "x1", "y1", "colour", "alpha")}
MOST_TRIPS = 400

_ALPHA = {"left": 0.15, "card": 0.8, "came back": 0.9}
_DRAWN_IN_ORDER = ("left", "card", "came back")
_LARGE_SHARE = 0.6
"""Share of card holders from which a district is darkest."""


def holders_colour(share: float | None) -> str:
    """Return the colour of a tile by the share of card holders (0-1); None is a place outside the city."""
    if share is None:
        return OUTSIDE_COLOUR
    steps = len(Blues9) - 3
    # The two darkest blues would swallow the lines.
    return str(Blues9[len(Blues9) - 1 - min(int(share / _LARGE_SHARE * steps), steps)])


def _jitter(n: int, salt: int) -> np.ndarray:
    """Return float64[n] between -0.35 and 0.35, the same every time: it only keeps lines apart."""
    return ((np.arange(n) * 0.6180339887 + salt * 0.414) % 1.0 - 0.5) * 0.7


def trip_lines(trips: pd.DataFrame, places: pd.DataFrame) -> dict[str, list]:
    """Return line ends and colours of a day's purchases of card holders that leave their home tile.

    Orange: would have left the home district or the city and came back; blue: paid with the card in another
    district; grey: left the city or another district without the card. At most 400, evenly picked; grey lies below.
    """
    back = (trips["place"] != trips["place_without"]) & trips["by_card"]
    kind = np.where(back, "came back", np.where(trips["by_card"], "card", "left"))
    seen = trips.assign(kind=kind)[(trips["place"] != trips["origin"]) | back]
    if len(seen) > MOST_TRIPS:
        seen = seen.iloc[np.linspace(0, len(seen) - 1, MOST_TRIPS).astype(int)]
    seen = seen.sort_values("kind", key=lambda kinds: kinds.map(_DRAWN_IN_ORDER.index), kind="stable")
    where = {area: (x, y) for area, x, y in zip(places.index, places["x"], places["y"], strict=True)}
    start = [where[a] for a in np.where(seen["kind"] == "came back", seen["place_without"], seen["origin"])]
    end = [where[a] for a in seen["place"]]
    dx, dy = _jitter(len(seen), 1), _jitter(len(seen), 2)
    return {
        "x0": [s[0] + a for s, a in zip(start, dx, strict=True)],
        "y0": [s[1] + a for s, a in zip(start, dy, strict=True)],
        "x1": [e[0] + a for e, a in zip(end, dy, strict=True)],
        "y1": [e[1] + a for e, a in zip(end, dx, strict=True)],
        "colour": [COLOURS[k] for k in seen["kind"]],
        "alpha": [_ALPHA[k] for k in seen["kind"]],
    }


def district_map(places: ColumnDataSource, trips: ColumnDataSource) -> figure:
    """Return the tiles with their names and shares of holders, and the lines of a day's purchases over them."""
    plot = figure(height=480, x_range=Range1d(start=-0.55, end=4.55),
                  y_range=Range1d(start=-0.55, end=4.55), toolbar_location=None,
                  sizing_mode="stretch_width")  # fmt: skip
    plot.axis.visible = plot.grid.visible = False
    plot.outline_line_color = None
    plot.rect("x", "y", 0.94, 0.88, source=places, fill_color="colour", line_color="#666666")
    plot.segment("x0", "y0", "x1", "y1", source=trips, line_color="colour", line_alpha="alpha", line_width=1.5)
    for field, offset in (("name", 3), ("share", -15)):
        plot.add_layout(LabelSet(x="x", y="y", text=field, source=places, y_offset=offset, text_align="center",
                                 text_font_size="12px", text_color="#1d1d1b", background_fill_color="white",
                                 background_fill_alpha=0.75))  # fmt: skip
    return plot


def _key(kind: str, text: str) -> str:
    return f"<span style='color:{COLOURS[kind]}'>■</span> {text}"


def map_legend(words: Words) -> str:
    """Return what the lines of the map mean, as HTML."""
    names = {"came back": "came_back", "card": "card", "left": "left"}
    keys = "<br>".join(_key(kind, words(f"town.{name}")) for kind, name in names.items())
    return f"{keys}<br><small>{words('town.lines_note', n=MOST_TRIPS)}</small>"


def kept_legend(words: Words) -> str:
    """Return what the two lines of kept spending mean, as HTML."""
    return f"{_key('came back', words('town.kept_policy'))} &nbsp; {_key('left', words('town.kept_without'))}"


def days_chart(
    source: ColumnDataSource, period: tuple[datetime.date, datetime.date], lines: dict[str, str], from_zero: bool
) -> figure:
    """Return lines by day over the whole period; `lines` maps a column of the source to a kind of `COLOURS`.

    With `from_zero` the vertical axis begins there, else the values decide.
    """
    first, last = (pd.Timestamp(day) for day in period)
    height_range = DataRange1d(start=0) if from_zero else DataRange1d()
    plot = figure(height=150, x_axis_type="datetime", x_range=Range1d(start=first, end=last), y_range=height_range,
                  toolbar_location=None, sizing_mode="stretch_width")  # fmt: skip
    for column, kind in lines.items():
        plot.line("date", column, source=source, line_width=2, color=COLOURS[kind])
    plot.xaxis.formatter = DatetimeTickFormatter(days="%m-%d", months="%Y-%m")
    plot.xaxis.ticker = DatetimeTicker(desired_num_ticks=5)
    plot.yaxis.ticker = BasicTicker(desired_num_ticks=4)
    plot.axis.minor_tick_line_color = None
    return plot


def budget_bars(source: ColumnDataSource) -> figure:
    """Return what is left of each budget in percent; its name stands above its bar, where there is room for it."""
    names = list(source.data["budget"])
    plot = figure(height=42 * len(names) + 40, y_range=FactorRange(factors=names[::-1]), toolbar_location=None,
                  x_range=Range1d(start=0, end=100), sizing_mode="stretch_width")  # fmt: skip
    plot.hbar("budget", right="left", height=0.3, source=source, color="#009e73")
    plot.add_layout(LabelSet(x=0, y="budget", text="budget", source=source, y_offset=8, x_offset=2,
                             text_font_size="11px", text_color="#1d1d1b"))  # fmt: skip
    plot.yaxis.visible = plot.ygrid.visible = False
    plot.axis.minor_tick_line_color = None
    return plot
