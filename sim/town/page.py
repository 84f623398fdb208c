"""The town in motion as a page: pause, step, start again, and a slider for the city's rate."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import panel as pn
from bokeh.models.annotations import LabelSet
from bokeh.models.sources import ColumnDataSource
from bokeh.palettes import Blues9
from bokeh.plotting import figure

from sim.engine.reference import ReferenceModel
from sim.errors import InputError
from sim.town.scene import POLICY, Scene, scene, tiles, with_city_rate
from sim.vocabulary import DISTRICTS

_COLOURS = {"came back": "#d55e00", "card": "#0072b2", "left": "#999999"}
_MOST_TRIPS = 400
_PACE_MS = 400


def _jitter(n: int, salt: int) -> np.ndarray:
    """Return float64[n] between -0.35 and 0.35, the same every time: it only keeps lines apart."""
    return ((np.arange(n) * 0.6180339887 + salt * 0.414) % 1.0 - 0.5) * 0.7


def trip_lines(trips: pd.DataFrame, places: pd.DataFrame) -> dict[str, list]:
    """Return line ends and colours of a day's purchases of card holders that leave their home tile.

    Orange: would have left the home district or the city and came back; blue: paid with the card in another
    district; grey: left the city or another district without the card. At most 400, evenly picked.
    """
    home = trips["origin"].to_numpy()
    back = (trips["place"] != trips["place_without"]) & trips["by_card"]
    seen = trips[(trips["place"] != home) | back]
    if len(seen) > _MOST_TRIPS:
        seen = seen.iloc[np.linspace(0, len(seen) - 1, _MOST_TRIPS).astype(int)]
    back = (seen["place"] != seen["place_without"]) & seen["by_card"]
    where = {area: (x, y) for area, x, y in zip(places.index, places["x"], places["y"], strict=True)}
    start = [where[a] for a in np.where(back, seen["place_without"], seen["origin"])]
    end = [where[a] for a in seen["place"]]
    kind = np.where(back, "came back", np.where(seen["by_card"], "card", "left"))
    dx, dy = _jitter(len(seen), 1), _jitter(len(seen), 2)
    return {
        "x0": [s[0] + a for s, a in zip(start, dx, strict=True)],
        "y0": [s[1] + a for s, a in zip(start, dy, strict=True)],
        "x1": [e[0] + a for e, a in zip(end, dy, strict=True)],
        "y1": [e[1] + a for e, a in zip(end, dx, strict=True)],
        "colour": [_COLOURS[k] for k in kind],
        "alpha": [0.25 if k == "left" else 0.8 for k in kind],
    }


class TownPage:
    """One visitor's town: the model, its pictures and its controls."""

    def __init__(self, new_model: Callable[[], ReferenceModel]) -> None:
        self._new_model = new_model
        self.model = new_model()
        self.play = pn.widgets.Toggle(label="▶ Run / 실행", value=False, color="primary")
        self.step_button = pn.widgets.Button(label="Step one day / 하루")
        self.reset_button = pn.widgets.Button(label="Start again / 처음부터")
        self.rate = pn.widgets.FloatSlider(label="City rate from tomorrow, % / 내일부터 시 캐시백 %", start=0, end=15,
                                           step=0.5, value=self._rate())  # fmt: skip
        self.told = pn.pane.HTML("", styles={"font-size": "16px"}, sizing_mode="stretch_width")
        self._sources()
        self.step_button.on_click(lambda _: self.step())
        self.reset_button.on_click(lambda _: self.reset())
        self.rate.param.watch(lambda event: self.change_rate(event.new), "value_throttled")
        self._say_start()

    def _rate(self) -> float:
        world = self.model.worlds[POLICY]
        open_budgets = np.ones(len(world.treasury.policy.budget), dtype=bool)
        return float(world.treasury.timetable.terms(self.model.date, open_budgets).tier_bp[0]) / 100

    def _sources(self) -> None:
        self.places = tiles(self.model.city.package)
        n = len(self.places)
        columns = {name: list(self.places[name]) for name in ("name", "x", "y")}
        self.tiles = ColumnDataSource({**columns, "colour": ["#f2f2f2"] * n, "share": [""] * n})
        self.trips = ColumnDataSource({"x0": [], "y0": [], "x1": [], "y1": [], "colour": [], "alpha": []})
        self.days = ColumnDataSource({"date": [], "card": [], "kept": [], "kept_without": []})
        names = [b.id for b in self.model.worlds[POLICY].treasury.policy.budget]
        self.budgets = ColumnDataSource({"budget": names, "left": [100.0] * len(names)})

    def _map(self) -> figure:
        plot = figure(width=720, height=520, x_range=(-0.7, 4.7), y_range=(-0.7, 4.7), toolbar_location=None,
                      title="Districts: darker = more card holders. Lines: today's purchases of holders")  # fmt: skip
        plot.axis.visible = plot.grid.visible = False
        plot.rect("x", "y", 0.92, 0.86, source=self.tiles, fill_color="colour", line_color="#666666")
        plot.segment("x0", "y0", "x1", "y1", source=self.trips, line_color="colour", line_alpha="alpha", line_width=1.5)
        for field, offset in (("name", 8), ("share", -10)):
            plot.add_layout(LabelSet(x="x", y="y", text=field, source=self.tiles, y_offset=offset, text_align="center",
                                     text_font_size="12px", background_fill_color="white",
                                     background_fill_alpha=0.6))  # fmt: skip
        return plot

    def _charts(self) -> pn.Column:
        paid = figure(width=430, height=170, x_axis_type="datetime", toolbar_location=None,
                      title="Card payments a day in this town, 만원")  # fmt: skip
        paid.line("date", "card", source=self.days, line_width=2, color=_COLOURS["card"])
        kept = figure(width=430, height=170, x_axis_type="datetime", toolbar_location=None,
                      title="Kept in the city, % (grey: without policy)")  # fmt: skip
        kept.line("date", "kept", source=self.days, line_width=2, color=_COLOURS["came back"])
        kept.line("date", "kept_without", source=self.days, line_width=2, color=_COLOURS["left"])
        left = figure(width=430, height=180, y_range=list(self.budgets.data["budget"]), x_range=(0, 100),
                      toolbar_location=None, title="Money left in each budget, %")  # fmt: skip
        left.hbar("budget", right="left", height=0.7, source=self.budgets, color="#009e73")
        return pn.Column(paid, kept, left)

    def view(self) -> pn.Column:
        """Return the page."""
        self.timer = pn.state.add_periodic_callback(self.tick, period=_PACE_MS)
        legend = pn.pane.HTML(
            f"<span style='color:{_COLOURS['came back']}'>■</span> would have gone elsewhere, came to a local shop "
            f"&nbsp; <span style='color:{_COLOURS['card']}'>■</span> card in another district "
            f"&nbsp; <span style='color:{_COLOURS['left']}'>■</span> left the home district, no card"
        )
        controls = pn.Row(self.play, self.step_button, self.reset_button, self.rate)
        return pn.Column(
            pn.pane.HTML("<h1>eum: a town in motion</h1>"), controls, self.told,
            pn.Row(pn.Column(self._map(), legend), self._charts()),
        )  # fmt: skip

    def tick(self) -> None:
        """Live a day while the town runs."""
        if self.play.value:
            self.step()

    def step(self) -> None:
        """Live one day and show it; stop after the last."""
        if not self.model.running:
            self.play.value = False
            return
        self.model.step()
        self._show(scene(self.model))
        self.rate.value = self._rate()

    def reset(self) -> None:
        """Start again on the first day, with the policy as it is written."""
        self.play.value = False
        self.model = self._new_model()
        self._clear()
        self.rate.value = self._rate()
        self._say_start()

    def change_rate(self, percent: float) -> None:
        """Let the city pay another first rate from tomorrow (the day not yet lived)."""
        treasury = self.model.worlds[POLICY].treasury
        if percent == self._rate():
            return
        try:
            treasury.change_policy(with_city_rate(treasury.policy, self.model.date, percent))
        except InputError as error:
            self.told.object = f"<b>{error}</b>"

    def _say_start(self) -> None:
        people = len(self.model.people)
        self.told.object = f"<b>{self.model.date}</b>: {people:,} people, none of the days lived yet."

    def _clear(self) -> None:
        for source in (self.trips, self.days):
            source.data = {name: [] for name in source.data}
        self.budgets.data = {**self.budgets.data, "left": [100.0] * len(self.budgets.data["budget"])}

    def _show(self, now: Scene) -> None:
        shares = now.districts.set_index("area")["holders_share"]
        deepest = len(Blues9) - 1
        colours = [
            Blues9[deepest - min(int(shares[a] * 12), deepest)] if a in DISTRICTS else "#f2f2f2"
            for a in self.places.index
        ]
        words = [f"{100 * shares[a]:.0f} % hold it" if a in DISTRICTS else "" for a in self.places.index]
        self.tiles.data = {**self.tiles.data, "colour": colours, "share": words}
        self.trips.data = trip_lines(now.trips, self.places)
        self.days.stream({
            "date": [pd.Timestamp(now.date)], "card": [now.day["card_krw"] / 1e4],
            "kept": [100 * now.day["kept_policy"]], "kept_without": [100 * now.day["kept_baseline"]],
        })  # fmt: skip
        self.budgets.data = {"budget": list(now.budgets["budget"]), "left": list(100 * now.budgets["left_share"])}
        gone = ", ".join(f"{b} ({d})" for b, d in now.budgets[["budget", "exhausted_on"]].to_numpy() if d)
        self.told.object = (
            f"<b>{now.date}</b>: {100 * now.day['kept_policy']:.1f} % of residents' spending stayed in the city, "
            f"{100 * now.day['kept_baseline']:.1f} % without the policy. "
            f"Budgets used up: {gone or 'none'}. One town of {len(self.model.people):,}: chance matters."
        )


def serve(new_model: Callable[[], ReferenceModel], port: int, show: bool) -> None:
    """Serve the page until interrupted, from this machine alone; every visitor gets a town of his own."""
    pn.serve(lambda: TownPage(new_model).view(), port=port, show=show, title="eum: a town in motion",
             address="localhost", websocket_origin=[f"localhost:{port}", f"127.0.0.1:{port}"])  # fmt: skip
