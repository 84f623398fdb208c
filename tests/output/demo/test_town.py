"""The town: what is shown is what the reference lived; and the page works in a browser without a network."""

import datetime
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import panel as pn
import pytest

from eum.city.build import City
from eum.city.data import load_city_data
from eum.dimensions import PLACES
from eum.engine.reference.model import ReferenceModel
from eum.errors import InputError
from eum.output.demo import page as demo_page
from eum.output.demo.page import TownPage, language_of
from eum.output.demo.pictures import COLOURS, MOST_TRIPS, trip_lines
from eum.output.demo.scene import POLICY, build_town, district_tiles, scene, town_model, with_city_rate
from eum.output.report.i18n import LANGUAGES, Words, load_words
from eum.policy.files import load_policy
from tests.plain_behaviour import plain_behaviour

PERIOD = (datetime.date(2020, 2, 24), datetime.date(2020, 3, 20))


@pytest.fixture(scope="module")
def city() -> City:
    return build_town(load_city_data(), 1300, 1)


def new_model(city: City) -> ReferenceModel:
    parameters = plain_behaviour(city.package)._replace(place_response_outside=0.5)
    return town_model(city, parameters, load_policy("gyeyang-2020-actual"), PERIOD, 1)


def test_the_scene_is_the_day_that_was_simulated(city: City) -> None:
    model = new_model(city)
    for _ in range(8):
        model.step()
    now = scene(model)
    assert now.date == datetime.date(2020, 3, 2)
    assert now.districts["card_krw"].sum() == now.day["card_krw"] == model.day.card[POLICY].sum() > 0
    assert now.districts["holders_share"].between(0, 1).all()
    assert now.trips["by_card"].any() and set(now.trips["place"]) <= set(PLACES)
    assert (now.budgets["left_share"] <= 1).all() and now.budgets["left_share"].min() < 1
    lines = trip_lines(now.trips, district_tiles(city.package))
    assert 0 < len(lines["x0"]) <= MOST_TRIPS
    kinds = [list(COLOURS.values()).index(colour) for colour in lines["colour"]]
    assert kinds == sorted(kinds, reverse=True), "grey lies below, orange on top"


def test_every_place_has_a_tile_of_its_own(city: City) -> None:
    map_ = district_tiles(city.package)
    assert list(map_.index) == list(PLACES)
    assert not map_.duplicated(["x", "y"]).any()


def test_a_moved_rate_holds_from_tomorrow_and_money_stays(city: City) -> None:
    paid = {}
    for percent in (0.0, 15.0):
        model = new_model(city)
        for _ in range(4):
            model.step()
        treasury = model.worlds[POLICY].treasury
        before = treasury.budgets.left_krw.copy()
        treasury.change_policy(with_city_rate(treasury.policy, model.date, percent))
        assert (treasury.budgets.left_krw == before).all()
        for _ in range(6):
            model.step()
        paid[percent] = treasury.ledger.balance("cashback held"), model.total.card[POLICY].sum()
    assert paid[15.0] > paid[0.0]


def test_a_rate_cannot_be_moved_where_there_is_no_programme() -> None:
    with pytest.raises(InputError, match="no city programme on 2020-01-05"):
        with_city_rate(load_policy("none"), datetime.date(2020, 1, 5), 3.0)
    with pytest.raises(InputError, match="--residents: 99: expected 1300 to 10000"):
        build_town(load_city_data(), 99, 1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_controls_step_and_start_again(city: City, language: str) -> None:
    page = TownPage(lambda: new_model(city), load_words(language))
    page.step()
    page.tick()
    assert page.model.date == datetime.date(2020, 2, 25), "paused: a tick of the clock lives no day"
    assert "2020-02-24" in page.told.object
    page.play.value = True
    assert page.play.label == page.words("town.pause")
    page.tick()
    assert len(page.days.data["date"]) == 2 and "2020-02-25" in page.told.object
    page.reset()
    assert page.model.date == PERIOD[0] and len(page.days.data["date"]) == 0
    assert page.play.label == page.words("town.run")


def test_a_rate_moved_while_a_day_is_simulated_holds_from_the_next(city: City) -> None:
    page = TownPage(lambda: new_model(city), load_words("en"))

    model = page.begin_day()
    assert model is not None and page.begin_day() is None, "one day at a time"
    page.change_rate(12.5)
    assert model.worlds[POLICY].treasury.policy == load_policy("gyeyang-2020-actual"), "not in mid-day"
    model.step()
    page.end_day(model)
    assert page.rate.value == 12.5 and page._rate() == 12.5
    page.change_rate(2.0)
    page.step()
    assert page.rate.value == 2.0


def test_a_day_simulated_before_starting_again_is_not_shown(city: City) -> None:
    page = TownPage(lambda: new_model(city), load_words("en"))
    old = page.begin_day()
    assert old is not None
    page.reset()
    old.step()
    page.end_day(old)
    assert len(page.days.data["date"]) == 0 and page.model.date == PERIOD[0]


def test_the_last_day_is_the_last(city: City) -> None:
    page = TownPage(lambda: new_model(city), load_words("en"))
    page.model.running, page.play.value = False, True
    page.tick()
    assert page.play.value is False and page.told.object == page.words("town.ended")


def test_the_page_speaks_the_language_requested_or_the_browser_s() -> None:
    assert language_of("ko", "en-US,en") == "ko"
    assert language_of("", "fr-FR,ko;q=0.9") == "ko"
    assert language_of("xx", "") == "en"


def test_only_so_many_visitors_have_a_town_and_one_that_nobody_uses_is_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_page, "_MOST_TOWNS", 2)
    monkeypatch.setattr(demo_page, "_UNUSED_MS", 1000)
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]

    given: list[str] = []

    def new_town(words: Words) -> pn.viewable.Viewable:
        given.append(words.language)
        return pn.pane.HTML("")

    def has_town() -> bool:
        n_before = len(given)
        with urllib.request.urlopen(f"http://localhost:{port}/?lang=en", timeout=20) as answer:
            assert answer.status == 200
        return len(given) > n_before

    options = demo_page.server_options(port)
    server = pn.serve(lambda: demo_page.page_of_visitor(new_town), port=port, show=False, threaded=True, **options)
    try:
        _wait_for(port)
        assert [has_town() for _ in range(3)] == [True, True, False]
        assert any(time.sleep(0.3) or has_town() for _ in range(40)), "nobody came for the first two"
    finally:
        server.stop()


@pytest.fixture
def address(repository: Path) -> Iterator[str]:
    """Serve a town as a user would, and yield where."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from eum.cli import main; main()", "demo", "--port", str(port), "--no-show"]
    command += ["--residents", "1300"]
    server = subprocess.Popen(command, cwd=repository, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, server)
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.mark.browser
def test_the_page_runs_in_a_browser_and_asks_no_other_host(chromium_path: str, address: str) -> None:
    api = pytest.importorskip("playwright.sync_api")
    asked: list[str] = []
    faults: list[str] = []
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(address)
        page.get_by_role("button", name="Step one day").click(timeout=60_000)
        page.get_by_text("of residents' spending stayed in the city").wait_for(timeout=60_000)
        page.get_by_role("button", name="Run").click()
        # A slow browser may be told two days at once: any later day will do.
        page.get_by_text(re.compile(r"2020-(02-2[89]|0[3-9]-\d\d)")).first.wait_for(timeout=120_000)
        page.get_by_role("button", name="Pause").click()
        page.get_by_role("button", name="Run").wait_for(timeout=60_000)
        width = page.evaluate("document.documentElement.scrollWidth")
        page.get_by_role("link", name="한국어").click()
        page.get_by_role("button", name="하루 진행").click(timeout=60_000)
        page.get_by_text("시 안에 남았습니다").wait_for(timeout=60_000)
        browser.close()
    assert faults == []
    assert width == 390, "nothing lies outside a phone's screen"
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []


def _wait_for(port: int, server: subprocess.Popen | None = None) -> None:
    for _ in range(240):
        assert server is None or server.poll() is None, "the server ended"
        with socket.socket() as probe:
            if probe.connect_ex(("localhost", port)) == 0:
                return
        time.sleep(0.5)
    raise AssertionError("the page was not served within two minutes")
