"""Small cities, policies, calendars and behaviour made at random, for the two engines to agree on."""

import datetime
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from eum.behavior.parameters import Parameters
from eum.city.build import City, build_city
from eum.city.data import load_city_data
from eum.dimensions import DISTRICTS, SALES_BAND_HIGH_KRW
from eum.policy.files import load_policy
from eum.policy.model import Policy
from tests.engine.random_clauses import budget, city_periods, for_some_people, grant, tiers
from tests.plain_behaviour import plain_behaviour

SCALE, SHOP_SCALE = 0.0005, 0.003
SHARES = ("usage_max_share", "mpc_constrained", "mpc_other", "habit_share", "cashback_use_share", "grant_use_share")


class Case(NamedTuple):
    """Everything that a model is made of."""

    city: City
    policies: list[Policy]
    parameters: Parameters
    period: tuple[datetime.date, datetime.date]
    pairs: list[tuple[int, int]]
    seed: int


@cache
def _whole_town(seed: int) -> City:
    return build_city(load_city_data(), SCALE, seed, SHOP_SCALE)


@cache
def town_of_everybody() -> tuple[City, Parameters]:
    """Return a town of some hundred persons and lively behaviour, the same every time."""
    city = _whole_town(1)
    chosen = np.arange(0, city.n_persons, 8)
    town = replace(city, residents=type(city.residents)(*(column[chosen] for column in city.residents)))
    centre = plain_behaviour(load_city_data())
    return town, centre._replace(place_response_visitor=0.2, visitor_card_share=0.1, place_response_outside=0.3)


@st.composite
def towns(draw: st.DrawFn) -> City:
    """Draw a town: some of the persons of a small city, with all its shops."""
    city = _whole_town(draw(st.integers(1, 3)))
    every = draw(st.integers(8, 25))
    chosen = np.arange(draw(st.integers(0, every - 1)), city.n_persons, every)
    return replace(city, residents=type(city.residents)(*(column[chosen] for column in city.residents)))


@st.composite
def behaviours(draw: st.DrawFn) -> Parameters:
    """Draw lively behaviour around the centre of the priors, now and then at a limit."""
    centre = plain_behaviour(load_city_data())
    share, response = st.floats(0, 1), st.floats(0, 1.2)
    changed = {name: draw(response) for name in centre._fields if name.startswith("place_response_")}
    for name in SHARES:
        changed[name] = draw(share)
    changed |= {
        "basket_response": draw(st.sampled_from([0.0, 0.4, 2.0])),
        "usage_rate_scale_percent": draw(st.floats(0.2, 8)),
        "dormancy_per_month": draw(st.floats(0, 3)),
        "return_per_month": draw(st.floats(0, 3)),
        "adoption_p": draw(st.floats(0, 3)),
        "potential_share": draw(st.floats(0, 0.99)),
        "late_joining_per_month": draw(st.floats(0, 1)),
        "time_shift_response": draw(st.floats(0, 0.5)),
        "plus_awareness_per_month": draw(share),
        "plus_expected_extra_share": draw(st.floats(0, 1)),
        "second_round_propensity": draw(share),
        "visitor_card_share": draw(st.floats(0, 0.3)),
        "shock_strength": draw(st.sampled_from([0.0, 1.0])),
        "season_strength": draw(st.sampled_from([0.0, 1.0])),
        "usage_memory_weight": draw(st.sampled_from([0.0, 0.4, 1.0])),
        "rate_learning_share": draw(st.floats(0, 0.5)),
        "cashback_use_growth": draw(st.sampled_from([0.0, 1.0])),
        "charge_days": draw(st.sampled_from([0.0, 3.0, 10.0])),
        "first_use_days": draw(st.sampled_from([0.0, 5.0])),
        "launch_attention": draw(st.sampled_from([0.0, 5.0])),
        "felt_rate_strength": draw(st.sampled_from([0.0, 1.0])),
        "growth_strength": draw(st.sampled_from([0.0, 1.0])),
        "late_example": draw(st.sampled_from([0.0, 1.0])),
        "late_limit_share": draw(st.sampled_from([0.5, 1.0])),
        "grant_habit_share": draw(st.sampled_from([0.0, 0.5, 1.0])),
        "frozen_tastes": draw(st.sampled_from([1.0, 1.0, 1.0, 0.0])),
    }
    return centre._replace(**changed)


def _of_a_district(draw: st.DrawFn, district: str, start: datetime.date, end: datetime.date) -> dict[str, list]:
    day = start + datetime.timedelta(days=draw(st.integers(0, (end - start).days)))
    paid = {"start": day, "source": "assumption", "budget": district}
    layers: dict[str, list] = {"budget": [budget(draw, district, district, day)], "top_up": [], "plus": []}
    layers["district_card"] = [{"district": district, "launch": day, "source": "assumption"}]
    if draw(st.booleans()):
        card = draw(st.sampled_from(["own", "any"]))
        top_up = {"district": district, "tiers": tiers(draw, 3), "card": card}
        layers["top_up"] = [{**paid, **top_up, **for_some_people(draw)}]
    if draw(st.booleans()):
        plus = {"discount_low_percent": 1, "discount_high_percent": 7, "top_up_percent": draw(st.integers(0, 5))}
        layers["plus"] = [{**paid, **plus, "area": district, "card": draw(st.sampled_from(["any", "own"]))}]
        if draw(st.booleans()):
            layers["plus"][0]["up_to_krw"] = draw(st.sampled_from([10_000, 100_000]))
    limit = draw(st.sampled_from([0, *SALES_BAND_HIGH_KRW]))
    support = {"rate_percent": 0.5, "plus_shops": True, "ordinary_shops_up_to_krw": limit, "district": district}
    layers["fee_support"] = [{**paid, **support}]
    return layers


@st.composite
def policies(draw: st.DrawFn, name: str, start: datetime.date, end: datetime.date) -> Policy:
    """Draw a policy: a city programme that changes half-way, a grant, and what some districts add."""
    middle = start + (end - start) // 2
    layers: dict[str, list] = {"city": city_periods(draw, start, end), "plus": []}
    layers["budget"] = [budget(draw, "city", "city", middle)]
    if any(period["budget"] == "event" for period in layers["city"]):
        layers["budget"].append(budget(draw, "event", "city", middle))
    if draw(st.booleans()):
        pot = draw(st.sampled_from(["city", "grant"]))
        layers["grant"] = [{**grant(draw, start, end), "budget": pot}]
        if pot == "grant":
            layers["budget"].append(budget(draw, pot, draw(st.sampled_from(["national", "city", "seo"])), middle))
    if draw(st.booleans()):
        plus = {"discount_low_percent": 1, "discount_high_percent": 7, "in_kind": ["publicity", "advice"]}
        layers["plus"] = [{**plus, "start": start, "source": "assumption", "area": "incheon"}]
    for district in draw(st.lists(st.sampled_from(DISTRICTS), max_size=4, unique=True)):
        for layer, parts in _of_a_district(draw, district, start, end).items():
            layers[layer] = [*layers.get(layer, []), *parts]
    return Policy.model_validate({"name": name, "title_ko": name, "title_en": name, **layers})


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a town, its behaviour, two policies beside none, a calendar around a month's end, and a seed."""
    year, month = draw(st.sampled_from([(2019, 12), (2020, 1), (2020, 2), (2020, 3), (2020, 4), (2020, 5)]))
    start = datetime.date(year, month, draw(st.integers(18, 28)))
    end = start + datetime.timedelta(days=draw(st.integers(6, 20)))
    worlds = [load_policy("none"), draw(policies("a", start, end)), draw(policies("b", start, end))]
    pairs = [(0, 1), (0, 2), (1, 2)]
    return Case(draw(towns()), worlds, draw(behaviours()), (start, end), pairs, draw(st.integers(0, 2**63 - 1)))
