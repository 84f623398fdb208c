"""The story of one resident or shop is that of the run, and its causes are clauses of the policy."""

import datetime
import re

import numpy as np
import pandas as pd
import pytest

from eum.analysis.experiments.trace import (
    TraceConfig,
    most_informative_resident,
    payments_by_class,
    resident_trace,
    rows_that_differ,
    shop_story,
)
from eum.behavior.parameters import Parameters
from eum.calibration.carried_start import start_of
from eum.city.build import City, build_city
from eum.city.data import load_city_data
from eum.dimensions import DISTRICTS
from eum.engine.initial_conditions import first_cards
from eum.engine.model import CityModel
from eum.errors import InputError
from eum.policy.files import load_policy
from tests.plain_behaviour import plain_behaviour

START, END = datetime.date(2020, 3, 10), datetime.date(2020, 4, 12)


@pytest.fixture(scope="module")
def city() -> City:
    # A town where most take the card of their district within days, so that a few people show its clauses.
    package = load_city_data().with_values({"district_card_share": 0.9, "district_card_pickup_half_days": 3.0})
    return build_city(package, 0.0005, 1, 0.01)


@pytest.fixture(scope="module")
def centre(city: City) -> Parameters:
    return plain_behaviour(city.package)._replace(place_response_outside=0.3)


def story(baseline: str, policy: str) -> TraceConfig:
    return TraceConfig(load_policy(baseline), load_policy(policy), START, END, 1)


@pytest.fixture(scope="module")
def holders(city: City, centre: Parameters) -> list[int]:
    """Return active holders of Gyeyang who spend much."""
    cards, people = first_cards(city, centre, START), city.residents
    found = (cards == 1) & (people.home == DISTRICTS.index("gyeyang")) & (people.level > 15)
    return [int(i) for i in np.flatnonzero(found)[:6]]


def test_a_holder_s_story_names_clauses_of_the_policy(city: City, centre: Parameters, holders: list[int]) -> None:
    asked = story("none", "gyeyang-2020-actual")
    causes: set[str] = set()
    for number in holders:
        _, rows = resident_trace(city, centre, asked, number)
        by_card = rows[rows["by_card_policy"]]
        assert (by_card["class"] != "").all() and (rows[~rows["by_card_policy"]]["class"] == "").all()
        assert (by_card["cashback_krw_policy"] <= by_card["krw_policy"]).all()
        causes |= set(re.findall(r"\((\w+)\[(\d+)\]\)", " ".join(rows["cause"])))
    assert {name for name, _ in causes} >= {"city", "top_up"}
    for name, i in causes:
        assert int(i) < len(getattr(asked.policy, name)), f"{name}[{i}] is no clause of the policy"


def test_only_what_the_policies_differ_in_is_called_a_cause(city: City, centre: Parameters, holders: list[int]) -> None:
    for number in holders[:3]:
        _, rows = resident_trace(city, centre, story("incheon-2020-actual", "gyeyang-2020-actual"), number)
        same = rows[rows["by_card_policy"] & rows["by_card_baseline"] & (rows["shop_policy"] == rows["shop_baseline"])]
        assert not same["cause"].str.contains("city cashback").all()


def test_the_fullest_story_has_most_classes_and_clauses(city: City, centre: Parameters, holders: list[int]) -> None:
    asked = story("none", "gyeyang-2020-actual")
    shown = {}
    for number in holders:
        _, rows = resident_trace(city, centre, asked, number)
        by_card = rows[rows["by_card_policy"]]
        shown[number] = len(set(by_card["class"]) | set(re.findall(r"\w+\[\d+\]", " ".join(by_card["cause"]))))
    most = max(shown.values())
    assert min(shown.values()) < most
    assert most_informative_resident(city, centre, asked, holders) == next(n for n in holders if shown[n] == most)
    with pytest.raises(InputError, match="resident: no number given; expected at least one to choose from"):
        most_informative_resident(city, centre, asked, [])


def test_a_resident_s_classes_sum_to_the_card_payments_and_new_stands_alone() -> None:
    rows = pd.DataFrame({
        "by_card_policy": [True, True, False, True], "class": ["replaced", "retained", "", "replaced"],
        "krw_policy": [1000, 500, 9000, 600], "new_krw": [0, 80, 0, -20],
    })  # fmt: skip
    found = payments_by_class(rows)
    assert found["krw"].to_dict() == {"replaced": 1620, "retained": 420, "new": 60}
    assert found["payments"].to_dict() == {"replaced": 2, "retained": 1, "new": 2}
    assert found["krw"].sum() == 2100 and found["share_percent"].sum() == pytest.approx(100, abs=0.2)


def test_under_one_policy_twice_nothing_differs(city: City, centre: Parameters, holders: list[int]) -> None:
    twin = load_policy("incheon-2020-actual").model_copy(update={"name": "twin"})
    config = TraceConfig(load_policy("incheon-2020-actual"), twin, START, END, 1)
    _, rows = resident_trace(city, centre, config, holders[0])
    assert len(rows) > 10 and rows_that_differ(rows).empty


def test_the_days_of_a_shop_are_those_of_the_run(city: City, centre: Parameters) -> None:
    first = int(np.flatnonzero(city.shops.cell // 9 == DISTRICTS.index("gyeyang"))[0])
    about, rows = shop_story(city, centre, story("none", "gyeyang-2020-actual"), first)
    policies = [load_policy("none"), load_policy("gyeyang-2020-actual")]
    start = start_of(city, centre, START)
    model = CityModel(city, policies, centre, (START, END), [(0, 1)], seed=1, start_state=start)
    while model.running:
        model.step()
    assert about["district"] == "gyeyang"
    assert len(rows) == (END - START).days + 1
    assert rows["krw_baseline"].sum() == model.total.common_sales[first]
    assert rows["krw_policy"].sum() == model.total.common_sales[first] + model.total.change_sales[1, first]
    assert rows["card_krw_policy"].sum() == model.total.card_sales[1, first] > 0
    assert rows["in_force"].iloc[-1] == "city[1] top_up[0] fee_support[2]"


def test_an_unknown_number_is_reported_in_one_line(city: City, centre: Parameters) -> None:
    with pytest.raises(InputError, match=r"resident: -1: expected a number from 0 to"):
        resident_trace(city, centre, story("none", "gyeyang-2020-actual"), -1)
    with pytest.raises(InputError, match=r"shop: 99999999: expected a number from 0 to"):
        shop_story(city, centre, story("none", "gyeyang-2020-actual"), 99_999_999)
