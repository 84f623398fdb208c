"""Small cities, policies, calendars and behaviour made at random, for the two engines to agree on."""

import datetime
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from sim.behavior.parameters import Parameters
from sim.city.build import City, build_city
from sim.city.package import load_package
from sim.policy.files import load_policy
from sim.policy.model import Policy
from sim.study.priors import CENTRE, Question, behaviour
from sim.vocabulary import DISTRICTS, SALES_BAND_HIGH_KRW

SCALE, SHOP_SCALE = 0.0005, 0.003


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
    return build_city(load_package(), SCALE, seed, SHOP_SCALE)


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
    centre = behaviour(load_package(), Question("causal", CENTRE, 1))
    share, response = st.floats(0, 1), st.floats(0, 1.2)
    changed = {name: draw(response) for name in centre._fields if name.startswith("place_response_")}
    for name in ("usage_max_share", "mpc_constrained", "mpc_other", "habit_share", "cashback_use_share"):
        changed[name] = draw(share)
    changed |= {
        "basket_response": draw(st.sampled_from([0.0, 0.4, 2.0])),
        "usage_rate_scale_percent": draw(st.floats(0.2, 8)),
        "dormancy_per_month": draw(st.floats(0, 3)),
        "return_per_month": draw(st.floats(0, 3)),
        "joining_level": draw(st.floats(0, 5)),
        "dormancy_neighbour_ratio_10pp": draw(st.floats(1, 1.5)),
        "time_shift_response": draw(st.floats(0, 0.5)),
        "plus_awareness_per_month": draw(share),
        "plus_expected_extra_share": draw(st.floats(0, 1)),
        "second_round_propensity": draw(share),
        "visitor_card_share": draw(st.floats(0, 0.3)),
        "shock_strength": draw(st.sampled_from([0.0, 1.0])),
        "season_strength": draw(st.sampled_from([0.0, 1.0])),
        "frozen_tastes": draw(st.sampled_from([1.0, 1.0, 1.0, 0.0])),
    }
    return centre._replace(**changed)


def _tiers(draw: st.DrawFn, most: int) -> list[dict[str, Any]]:
    bounds = draw(st.sampled_from([[], [30_000], [300_000], [50_000, 500_000], [20_000, 100_000, 1_000_000]]))[:most]
    rates = [draw(st.integers(0, 40)) / 2 for _ in range(len(bounds) + 1)]
    last = draw(st.booleans())
    tiers = [
        {"from_krw": low, "to_krw": high, "rate_percent": rate}
        for low, high, rate in zip([0, *bounds], [*bounds, None], rates, strict=True)
    ]
    return tiers if last or not bounds else tiers[:-1]


def _budget(draw: st.DrawFn, name: str, payer: str, when: datetime.date) -> dict[str, Any]:
    """A budget that may hold for a day, for a week or for ever, with a supplement now and then."""
    amount = draw(st.sampled_from([0, 40_000_000, 300_000_000, 2_000_000_000, 10**12]))
    extra = [{"date": when, "amount_krw": 60_000_000, "source": "assumption"}] if draw(st.booleans()) else []
    return {
        "id": name, "payer": payer, "purpose": "cashback", "amount_krw": amount, "supplements": extra,
        "source": "assumption", "confidence": "J",
    }  # fmt: skip


def _of_a_district(draw: st.DrawFn, district: str, start: datetime.date, end: datetime.date) -> dict[str, list]:
    day = start + datetime.timedelta(days=draw(st.integers(0, (end - start).days)))
    paid = {"start": day, "source": "assumption", "budget": district}
    layers: dict[str, list] = {"budget": [_budget(draw, district, district, day)], "top_up": [], "plus": []}
    layers["district_card"] = [{"district": district, "launch": day, "source": "assumption"}]
    if draw(st.booleans()):
        layers["top_up"] = [{**paid, "district": district, "tiers": _tiers(draw, 3)}]
    if draw(st.booleans()):
        plus = {"discount_low_percent": 1, "discount_high_percent": 7, "top_up_percent": draw(st.integers(0, 5))}
        layers["plus"] = [{**paid, **plus, "area": district, "card": draw(st.sampled_from(["any", "own"]))}]
    limit = draw(st.sampled_from([0, *SALES_BAND_HIGH_KRW]))
    support = {"rate_percent": 0.5, "plus_shops": True, "ordinary_shops_up_to_krw": limit, "district": district}
    layers["fee_support"] = [{**paid, **support}]
    return layers


@st.composite
def policies(draw: st.DrawFn, name: str, start: datetime.date, end: datetime.date) -> Policy:
    """Draw a policy: a city rate that changes half-way, and what some districts add."""
    middle = start + (end - start) // 2
    fund = {"source": "assumption", "budget": "city", "national_percent": 31.5, "city_percent": 68.5}
    known = draw(st.sampled_from([None, start]))
    layers: dict[str, list] = {
        "city": [
            {**fund, "start": start, "end": middle, "tiers": _tiers(draw, 3)},
            {**fund, "start": middle + datetime.timedelta(days=1), "announced": known, "tiers": _tiers(draw, 3)},
        ],
        "budget": [_budget(draw, "city", "city", middle)],
        "plus": [],
    }
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
    start = datetime.date(2020, draw(st.integers(1, 5)), draw(st.integers(18, 28)))
    end = start + datetime.timedelta(days=draw(st.integers(6, 20)))
    worlds = [load_policy("none"), draw(policies("a", start, end)), draw(policies("b", start, end))]
    pairs = [(0, 1), (0, 2), (1, 2)]
    return Case(draw(towns()), worlds, draw(behaviours()), (start, end), pairs, draw(st.integers(0, 2**63 - 1)))
