"""The town in motion as a page: run, pause, step, start again, and a slider for the city's rate."""

from collections.abc import Callable
from functools import partial
from threading import Thread
from typing import Any

import numpy as np
import pandas as pd

from eum.engine.reference.model import ReferenceModel
from eum.errors import InputError
from eum.extras import extra
from eum.output.demo import pictures
from eum.output.demo.scene import POLICY, Scene, district_tiles, scene, with_city_rate
from eum.output.report.i18n import LANGUAGES, Words, load_words

with extra("demo"):
    import panel as pn
    from bokeh.models.sources import ColumnDataSource

_PACE_MS = 400
_MOST_TOWNS, _UNUSED_MS = 8, 15_000
"""Towns at once, each of some megabytes; how long one waits for the browser that asked for it."""
_HEADING = {"font-size": "15px", "font-weight": "600", "margin-top": "8px"}
_WON_PER_UNIT = {"ko": 1e4, "en": 1e6}
"""Won per unit of the chart of card payments: 만원, million won."""


class TownPage:
    """One visitor's town: the model, its pictures and its controls."""

    def __init__(self, new_model: Callable[[], ReferenceModel], words: Words) -> None:
        self._new_model, self.words = new_model, words
        self.model = new_model()
        self._is_living = False
        self._wished_percent: float | None = None
        self.play = pn.widgets.Toggle(label=words("town.run"), value=False, color="primary")
        self.step_button = pn.widgets.Button(label=words("town.step"))
        self.reset_button = pn.widgets.Button(label=words("town.reset"))
        self.rate = pn.widgets.FloatSlider(label=words("town.rate"), start=0, end=15, step=0.5, value=self._rate(),
                                           width=300)  # fmt: skip
        self.told = pn.pane.HTML("", styles={"font-size": "16px", "min-height": "48px"}, sizing_mode="stretch_width")
        self._sources()
        self._listen()
        self._say_start()

    def _listen(self) -> None:
        self.step_button.on_click(lambda _: self.step())
        self.reset_button.on_click(lambda _: self.reset())
        self.rate.param.watch(lambda event: self.change_rate(event.new), "value_throttled")
        self.play.param.watch(lambda event: self._name_play(event.new), "value")

    def _name_play(self, runs: bool) -> None:
        self.play.label = self.words("town.pause" if runs else "town.run")

    def _rate(self) -> float:
        world = self.model.worlds[POLICY]
        paid_percent = np.full(len(world.treasury.policy.budget), 100)
        return float(world.treasury.timetable.terms(self.model.date, paid_percent).tier_bp[1, 0]) / 100

    def _sources(self) -> None:
        self.places = district_tiles(self.model.city.package)
        n, names = len(self.places), self.places[f"name_{self.words.language}"]
        self.tiles = ColumnDataSource({
            "name": list(names), "x": list(self.places["x"]), "y": list(self.places["y"]),
            "colour": [pictures.OUTSIDE_COLOUR] * n, "share": [""] * n,
        })  # fmt: skip
        self.trips = ColumnDataSource(pictures.NO_LINES)
        self.days = ColumnDataSource({"date": [], "card": [], "kept": [], "kept_without": []})
        budgets = [self._budget(b.id) for b in self.model.worlds[POLICY].treasury.policy.budget]
        self.budgets = ColumnDataSource({"budget": budgets, "left": [100.0] * len(budgets)})

    def _budget(self, name: str) -> str:
        return self.words.label_or_code("budget", name)

    def _part(self, heading: str, *blocks: object) -> list:
        return [pn.pane.HTML(heading, styles=_HEADING, sizing_mode="stretch_width"), *blocks]

    def _map(self) -> pn.Column:
        words = self.words
        legend = pn.pane.HTML(pictures.map_legend(words), sizing_mode="stretch_width")
        parts = self._part(words("town.map"), pictures.district_map(self.tiles, self.trips), legend)
        return pn.Column(*parts, sizing_mode="stretch_width", styles={"flex": "1 1 340px", "max-width": "760px"})

    def _charts(self) -> pn.Column:
        words, days = self.words, (self.model.start, self.model.end)
        kept_key = pn.pane.HTML(pictures.kept_legend(words), sizing_mode="stretch_width")
        return pn.Column(
            *self._part(words("town.paid"), pictures.days_chart(self.days, days, {"card": "card"}, True)),
            *self._part(words("town.kept"), pictures.days_chart(self.days, days, pictures.KEPT_LINES, False), kept_key),
            *self._part(words("town.budgets"), pictures.budget_bars(self.budgets)),
            sizing_mode="stretch_width", styles={"flex": "1 1 340px", "max-width": "480px"},
        )  # fmt: skip

    def view(self) -> pn.Column:
        """Return the page."""
        self.timer = pn.state.add_periodic_callback(self.tick, period=_PACE_MS)
        words = self.words
        other = next(language for language in LANGUAGES if language != words.language)
        head = (
            f"<h1 style='margin:0'>{words('town.title')}</h1><a href='?lang={other}'>{words('town.other_language')}</a>"
        )
        return pn.Column(
            pn.pane.HTML(head, sizing_mode="stretch_width"),
            pn.FlexBox(self.play, self.step_button, self.reset_button, self.rate, align_items="center"),
            self.told,
            pn.FlexBox(self._map(), self._charts(), sizing_mode="stretch_width"),
            sizing_mode="stretch_width",
        )

    def tick(self) -> None:
        """Live a day while the town runs."""
        if self.play.value:
            self.step()

    def step(self) -> None:
        """Live one day and show it; stop after the last.

        In a browser the day is simulated in a thread: a page whose day takes longer than its pace would never answer.
        """
        model, page = self.begin_day(), pn.state.curdoc
        if model is None:
            return
        if page is None:
            self._live(model, lambda shown: shown())
        else:
            # The only call that a thread may make on a page in use.
            Thread(target=self._live, args=(model, page.add_next_tick_callback), daemon=True).start()

    def begin_day(self) -> ReferenceModel | None:
        """Return the model whose day is to be simulated now; None while one is simulated and after the last."""
        if self._is_living:
            return None
        if not self.model.running:
            self.play.value = False
            self.told.object = self.words("town.ended")
            return None
        self._is_living = True
        return self.model

    def _live(self, model: ReferenceModel, then: Callable[[Callable[[], None]], object]) -> None:
        try:
            model.step()
        except BaseException:
            self._is_living = False
            raise
        then(partial(self.end_day, model))

    def end_day(self, model: ReferenceModel) -> None:
        """Show the day that a model has simulated, unless the visitor started again meanwhile, and grant a moved
        rate."""
        self._is_living = False
        if model is self.model:
            self._show(scene(model))
            self._grant()
            self.rate.value = self._rate()

    def reset(self) -> None:
        """Start again on the first day, with the policy as it is written."""
        self.play.value = False
        self.model, self._wished_percent = self._new_model(), None
        self._clear()
        self.rate.value = self._rate()
        self._say_start()

    def change_rate(self, percent: float) -> None:
        """Let the city pay another first rate from tomorrow (the day not yet begun)."""
        self._wished_percent = percent
        if not self._is_living:
            self._grant()

    def _grant(self) -> None:
        percent, self._wished_percent = self._wished_percent, None
        if percent is None or percent == self._rate():
            return
        treasury = self.model.worlds[POLICY].treasury
        try:
            treasury.change_policy(with_city_rate(treasury.policy, self.model.date, percent))
        except InputError as error:
            self.told.object = f"<b>{error}</b>"
            self.rate.value = self._rate()

    def _say_start(self) -> None:
        self.told.object = self.words("town.start", date=self.model.date, people=f"{len(self.model.people):,}")

    def _clear(self) -> None:
        self.trips.data = dict(pictures.NO_LINES)
        self.days.data = {name: [] for name in self.days.data}
        self.budgets.data = {**self.budgets.data, "left": [100.0] * len(self.budgets.data["budget"])}

    def _show(self, now: Scene) -> None:
        shares = now.districts.set_index("area")["holders_share"]
        colours = [pictures.holders_colour(shares.get(area)) for area in self.places.index]
        lines = [self.words("town.holders", share=f"{100 * shares[a]:.0f}%") if a in shares.index else ""
                for a in self.places.index]  # fmt: skip
        self.tiles.data = {**self.tiles.data, "colour": colours, "share": lines}
        self.trips.data = pictures.trip_lines(now.trips, self.places)
        self.days.stream({
            "date": [pd.Timestamp(now.date)], "card": [now.day["card_krw"] / _WON_PER_UNIT[self.words.language]],
            "kept": [100 * now.day["kept_policy"]], "kept_without": [100 * now.day["kept_baseline"]],
        })  # fmt: skip
        names = [self._budget(name) for name in now.budgets["budget"]]
        self.budgets.data = {"budget": names, "left": list(100 * now.budgets["left_share"])}
        self._say_day(now)

    def _say_day(self, now: Scene) -> None:
        words = self.words
        gone = [words("town.gone", budget=self._budget(budget), date=date)
                for budget, date in now.budgets[["budget", "exhausted_on"]].to_numpy() if date]  # fmt: skip
        kept, without = (f"{100 * now.day[name]:.1f}%" for name in ("kept_policy", "kept_baseline"))
        self.told.object = words(
            "town.day", date=now.date, kept=kept, without=without, gone=", ".join(gone) or words("town.none_gone"),
            people=f"{len(self.model.people):,}",
        )  # fmt: skip


def language_of(requested: str, accepted: str) -> str:
    """Return the language of a page: the one requested in its address, else the first of the browser's that eum has.

    `language_of("", "ko-KR,ko;q=0.9,en;q=0.8") == "ko"`.
    """
    wanted = [requested, *(part.strip()[:2] for part in accepted.split(","))]
    return next((language for language in wanted if language in LANGUAGES), "en")


def serve(new_model: Callable[[], ReferenceModel], port: int, show: bool) -> None:
    """Serve the page until interrupted, from this machine alone; every visitor gets a town of his own."""
    pn.serve(lambda: page_of_visitor(lambda words: TownPage(new_model, words).view()), port=port, show=show,
             **server_options(port))  # fmt: skip


def server_options(port: int) -> dict[str, Any]:
    """Return how a page is served: on this machine, to itself, without sessions that nobody uses."""
    return {
        "title": "eum",
        "address": "localhost",
        "websocket_origin": [f"localhost:{port}", f"127.0.0.1:{port}"],
        "unused_session_lifetime_milliseconds": _UNUSED_MS,
        "check_unused_sessions_milliseconds": _UNUSED_MS,
    }


_open_towns: set[str] = set()
"""Sessions of visitors that have a town."""


def page_of_visitor(new_page: Callable[[Words], pn.viewable.Viewable]) -> pn.viewable.Viewable:
    """Return a new page for the visitor who asks now, or the word that there are too many."""
    asked = pn.state.session_args.get("lang", [b""])[0].decode(errors="replace")
    words = load_words(language_of(asked, pn.state.headers.get("Accept-Language", "")))
    document = pn.state.curdoc
    assert document is not None and document.session_context is not None
    session = document.session_context.id
    if len(_open_towns) >= _MOST_TOWNS:
        return pn.pane.HTML(words("town.full", n=_MOST_TOWNS))
    _open_towns.add(session)
    pn.state.on_session_destroyed(lambda _: _open_towns.discard(session))
    return new_page(words)
