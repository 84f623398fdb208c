"""Expectation says on cells what the crowd says on people: exactly where a closed form exists, else close to it."""

import datetime
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import special
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from eum.behavior.parameters import Parameters
from eum.city.build import City, build_city
from eum.city.data import load_city_data
from eum.dimensions import N_ALTERNATIVES, N_DISTRICTS, N_SECTORS
from eum.engine.expected.destination_choice import (
    CLASSED,
    LEFT,
    N_CARD_ALTERNATIVES,
    N_FLOWS,
    STAYED,
    fill_flows,
    new_scratch,
    reach_alternatives,
)
from eum.engine.expected.monthly_tiers import gamma_below, gamma_table, reach_and_part, size_table, usable_krw
from eum.engine.expected.perceived_use import usage_table
from eum.engine.expected.results import NOT_GIVEN, expected_results
from eum.engine.lookup_tables import speeds
from eum.engine.results import Tables
from eum.engine.scenarios import ScenarioSet, run_worlds
from eum.errors import InputError
from eum.outcomes.attribution import class_shares
from eum.outcomes.retention import retention
from eum.policy.files import load_policy
from tests.engine.conftest import MARCH

POLICY = "gyeyang-2020-actual"
PARAMETERS = Parameters(*(0.0 for _ in Parameters._fields))
ALWAYS = (1.0, 1e-6)
"""Usage of people who take the card out wherever it pays anything."""


def lived(city: City, parameters: Parameters, *policies: str, period: tuple = MARCH, **changed: float) -> Tables:
    worlds = [load_policy(name) for name in ("none", *policies)]
    return expected_results(city, worlds, parameters._replace(**changed), period)


@pytest.fixture(scope="module")
def tables(city: City, parameters: Parameters) -> Tables:
    return lived(city, parameters, "incheon-2020-actual", POLICY)


def in_threads(n: int, said: Callable[[], Any]) -> Any:
    """Return what is said while matrix products may use n threads."""
    with threadpool_limits(n):
        return said()


def card(tables: Tables, policy: str) -> float:
    return float(tables["spending"].query("world == @policy")["card_krw"].sum())


def classes(tables: Tables, policy: str) -> pd.Series:
    return tables["classes"].query("policy == @policy").groupby("class")["krw"].sum()


def flows(
    home: int, rate_bp: np.ndarray, responses: np.ndarray, usage: tuple[float, float] = ALWAYS
) -> tuple[np.ndarray, np.ndarray]:
    """Return the places without policy and the flows of one affinity group at given rates, first trade."""
    places = load_package_places()
    share = np.concatenate([places[home, :, :N_DISTRICTS] * 0.75, places[home, :, :N_DISTRICTS] * 0.25], axis=-1)[None]
    rates = np.tile(rate_bp, (1, N_SECTORS, 1, 1)).astype(np.int64)
    out = np.zeros((1, N_SECTORS, 1, 1, N_FLOWS))
    kept, mix = np.ones((N_SECTORS, N_CARD_ALTERNATIVES)), np.zeros((N_SECTORS, N_DISTRICTS, 8))
    mix[:, :, 0] = 1.0
    people = PARAMETERS._replace(usage_max_share=usage[0], usage_rate_scale_percent=usage[1])
    choice = (speeds(responses), usage_table(people, np.ones(1)))
    fill_flows((np.array([home]), np.array([1])), places, share, rates, (kept, mix), choice, new_scratch(), out)
    return places[home, 0], out[0, 0, 0, 0]


@cache
def load_package_places() -> np.ndarray:
    return build_city(load_city_data(), 0.001, 1).places.share


def rung_clocks(share: np.ndarray, speed: np.ndarray, own: float, n: int) -> np.ndarray:
    """Return how often each clock rings first in n draws, the own one last."""
    random = np.random.default_rng(1)
    winning = random.exponential(size=n)
    times = np.vstack([(winning + random.exponential(size=n) / q) / s for q, s in zip(share, speed, strict=True)])
    first = np.vstack([times, winning / own]).argmin(axis=0)
    return np.bincount(first, minlength=len(share) + 1) / n


@pytest.mark.parametrize("own", [1.0, 1.2])
def test_the_closed_form_is_what_clocks_do(own: float) -> None:
    share, speed = np.array([0.1, 0.25, 0.05, 0.2, 0.1]), np.array([1.0, 1.1, 1.2, 1.3, 1.5])
    reach, level = np.zeros(5), np.zeros(5)
    reach_alternatives(share, speed, np.arange(5), 0, reach, level)
    start = reach[2] if own > 1 else 0.0
    moves = share * speed * np.maximum(reach - start, 0)
    stays = own / (own + (share * np.maximum(speed - own, 0)).sum())
    assert stays + moves.sum() == pytest.approx(1, abs=1e-12)
    seen = rung_clocks(share, speed, own, 400_000)
    assert np.append(moves, stays) == pytest.approx(seen, abs=4 * 0.5 / np.sqrt(400_000))


def test_the_integral_is_the_one_of_the_docstring() -> None:
    share, speed = np.array([0.2, 0.3]), np.array([1.2, 1.5])
    reach, level = np.zeros(2), np.zeros(2)
    reach_alternatives(share, speed, np.arange(2), 0, reach, level)
    x = np.linspace(1, 1.5, 200_001)
    g = x + sum(q * np.maximum(s - x, 0) for q, s in zip(share, speed, strict=True))
    assert reach[1] == pytest.approx(np.trapezoid(1 / g**2, x), rel=1e-9)
    assert level == pytest.approx([1.2 + 0.3 * 0.3, 1.5])


def test_where_every_purchase_hears_every_rate_the_shares_are_the_logit() -> None:
    rate = np.concatenate([np.arange(100, 1100, 100), np.arange(300, 1300, 100)])
    places, out = flows(6, rate[None], np.full(5, 0.05))
    share = np.concatenate([places[:N_DISTRICTS] * 0.75, places[:N_DISTRICTS] * 0.25])
    pulled = share * np.exp(0.05 * rate / 100)
    assert out[:N_CARD_ALTERNATIVES] == pytest.approx(pulled / (pulled.sum() + places[N_DISTRICTS:].sum()), rel=1e-12)


def test_card_purchases_are_classed_once_and_leave_one_place() -> None:
    rate = np.concatenate([np.full(N_DISTRICTS, 400), np.arange(500, 1500, 100)])
    for home in (0, 11):
        places, out = flows(home, rate[None], np.linspace(0.02, 0.2, 5), (0.6, 2.5))
        assert out[CLASSED:LEFT].sum() == pytest.approx(out[:N_CARD_ALTERNATIVES].sum(), rel=1e-12)
        assert out[LEFT:STAYED].sum() == pytest.approx(out[:N_CARD_ALTERNATIVES].sum(), rel=1e-12)
        assert (out[LEFT:STAYED] <= places + 1e-12).all() and (out > -1e-15).all()


def test_rates_of_zero_move_nothing_and_nobody_pays_with_the_card() -> None:
    _, out = flows(6, np.zeros((1, N_CARD_ALTERNATIVES)), np.full(5, 0.3), (0.6, 2.5))
    assert (out == 0).all()


def test_the_gamma_table_and_the_mean_below_an_edge_are_those_of_the_gamma() -> None:
    table = gamma_table()
    for shape in (0.05, 0.4, 3.3, 60.0):
        for x in shape * np.array([0.3, 0.9, 1.4, 4.0]):
            assert gamma_below(shape, x, table) == pytest.approx(special.gammainc(shape, x), abs=1e-3)
    reached, part = reach_and_part(300_000.0, 150_000.0**2, 400_000.0, table)
    draws = np.random.default_rng(1).gamma(4.0, 75_000.0, 400_000)
    assert reached == pytest.approx((draws >= 400_000).mean(), abs=3e-3)
    assert part == pytest.approx(np.minimum(draws, 400_000).mean(), rel=3e-3)


def test_cashback_that_can_be_used_is_at_most_what_is_held_and_what_is_bought() -> None:
    sizes = size_table(np.array([0.5, 1.5]), np.ones(2))
    used = [usable_krw(held, 20_000.0, sizes) for held in (0.0, 100.0, 5_000.0, 50_000.0, 1e8)]
    assert used[0] == 0 and used[1] == pytest.approx(100, rel=0.02) and used[-1] == pytest.approx(20_000, rel=0.01)
    assert used == sorted(used) and used[2] < 5_000


def test_a_mean_over_many_purchases_has_the_same_bits_for_any_number_of_threads() -> None:
    rng = np.random.default_rng(1)
    sizes, weights = rng.gamma(1.0, 1.0, 4_608), rng.random(4_608)
    alone, *others = (in_threads(n, lambda: size_table(sizes, weights)) for n in (1, 2, 3, 4))
    assert all(np.array_equal(alone, other) for other in others)


def test_expectation_has_the_same_bits_for_any_number_of_threads(city: City, parameters: Parameters) -> None:
    alone, *others = (in_threads(n, lambda: lived(city, parameters, POLICY)) for n in (1, 2, 3))
    for other in others:
        for name, table in alone.items():
            pd.testing.assert_frame_equal(table, other[name], check_exact=True)


def test_without_policy_money_goes_where_the_shares_say(city: City, tables: Tables) -> None:
    spending = tables["spending"].query("world == 'none'")
    assert spending["card_krw"].sum() == 0
    share = spending.groupby(["home", "sector"])["krw"].sum() / spending["krw"].sum()
    places = city.places.share
    cell = spending.query("home == 'gyeyang' and sector == 'fuel'")["krw"].to_numpy()
    expected = places[6, 5][places[6, 5] > 0]
    assert cell / cell.sum() == pytest.approx(expected, rel=1e-12)
    assert share.sum() == pytest.approx(1)


def test_nobody_who_could_pay_with_the_card_does_nothing_differs(city: City, parameters: Parameters) -> None:
    idle = lived(city, parameters, POLICY, usage_max_share=0.0)
    by_world = idle["spending"].groupby("world")["krw"].sum()
    assert by_world[POLICY] == pytest.approx(by_world["none"], rel=1e-12)
    assert card(idle, POLICY) == 0 and idle["classes"]["krw"].sum() == 0
    assert idle["daily"].query("world == @POLICY")["cashback_krw"].sum() == 0


def test_classes_and_days_sum_to_card_payments(tables: Tables) -> None:
    for policy in ("incheon-2020-actual", POLICY):
        assert classes(tables, policy).sum() == pytest.approx(card(tables, policy), rel=1e-9)
        daily = tables["daily"].query("world == @policy")
        assert daily["card_payments_krw"].sum() == pytest.approx(card(tables, policy), rel=1e-3)
        paid = tables["flows"].query("world == @policy and purpose == 'cashback'")["krw"].sum()
        assert daily["cashback_krw"].sum() == pytest.approx(paid, rel=1e-6)


def test_what_people_spend_more_is_new_less_the_discount(tables: Tables) -> None:
    spending = tables["spending"].groupby("world")["krw"].sum()
    second = tables["second_round"].groupby("world")["krw"].sum()
    flow = tables["flows"].query("world == @POLICY").groupby("purpose")["krw"].sum()
    more = spending[POLICY] - spending["none"] - second[POLICY]
    assert more == pytest.approx(flow["new_consumption"] - flow["discount"], rel=2e-3)


def test_no_budget_is_overspent_and_each_is_spent_to_the_won(city: City, parameters: Parameters) -> None:
    year = (datetime.date(2020, 1, 1), datetime.date(2020, 12, 31))
    told = lived(city, parameters, POLICY, period=year)
    budgets = told["budgets"]
    assert (budgets["spent_krw"] <= budgets["amount_krw"]).all() and (told["budget_days"]["left_krw"] >= 0).all()
    out = budgets[budgets["exhausted_on"] != ""]
    assert len(out) >= 3 and (out["spent_krw"] == out["amount_krw"]).all()
    paid = told["flows"].query("purpose in ('cashback', 'fee_support')")["krw"].sum()
    assert paid == budgets["spent_krw"].sum()


RESPONSES = {
    "place_response_outside": "retained",
    "place_response_online": "retained_online",
    "place_response_large": "size_switched",
    "place_response_visitor": "inflow",
}


def test_each_response_to_price_feeds_its_own_class(city: City, parameters: Parameters) -> None:
    weak = classes(lived(city, parameters, "incheon-2020-actual"), "incheon-2020-actual")
    for name, fed in RESPONSES.items():
        changed = {name: 2 * getattr(parameters, name)}
        strong = classes(lived(city, parameters, "incheon-2020-actual", **changed), "incheon-2020-actual")
        assert strong[fed] > 1.2 * weak[fed], name


def test_more_of_a_cause_gives_more_of_its_effect(city: City, parameters: Parameters) -> None:
    told = lived(city, parameters, "incheon-2020-announced", "incheon-2020-actual")
    four, ten = ("incheon-2020-announced", "incheon-2020-actual")
    last = told["daily"].groupby("world").last()
    assert card(told, ten) > card(told, four)
    assert last["subscribers"][ten] > last["subscribers"][four] > 0
    kept = retention(told).query("home == 'incheon' and sector == 'all'").set_index("world")["share_city"]
    assert kept[ten] > kept[four] > kept["none"]
    few, many = (classes(lived(city, parameters, ten, mpc_other=m, basket_response=0.0), ten) for m in (0.2, 0.8))
    assert many["new"] > few["new"]
    moved = classes(lived(city, parameters, ten, time_shift_response=0.0), ten)
    assert classes(told, ten)["time_shifted"] > moved.get("time_shifted", 0.0) == 0


def test_the_crowd_says_the_same_within_noise(parameters: Parameters) -> None:
    city, names = build_city(load_city_data(), 0.03, 1), ("incheon-2020-actual", POLICY)
    setting = ScenarioSet([load_policy(n) for n in ("none", *names)], [(0, 1), (0, 2)], *MARCH)
    told = expected_results(city, setting.policies, parameters, MARCH)
    seen = run_worlds(city, parameters, setting, 1)
    kept = [retention(t).query("home == 'incheon' and sector == 'all'")["share_city"].to_numpy() for t in (told, seen)]
    assert np.diff(kept[0])[0] == pytest.approx(np.diff(kept[1])[0], abs=5e-4)
    shares = [class_shares(t, 0.03).set_index(["policy", "class"])["share_of_payments"] for t in (told, seen)]
    for name in names:
        assert card(told, name) == pytest.approx(card(seen, name), rel=0.02)
        days = [t["daily"][t["daily"]["world"] == name] for t in (told, seen)]
        assert days[0]["cashback_krw"].sum() == pytest.approx(days[1]["cashback_krw"].sum(), rel=0.02)
        assert days[0]["active_holders"].iloc[-1] == pytest.approx(days[1]["active_holders"].iloc[-1], rel=0.01)
        assert (shares[0][name] - shares[1][name]).abs().max() < 0.006


def test_the_tables_are_those_of_a_run_but_for_those_named(city: City, parameters: Parameters, tables: Tables) -> None:
    setting = ScenarioSet(
        [load_policy("none"), load_policy(POLICY)], [(0, 1)], MARCH[0], MARCH[0] + datetime.timedelta(3)
    )
    seen = run_worlds(city, parameters, setting, 1)
    assert set(seen) - set(tables) == set(NOT_GIVEN)
    for name, table in tables.items():
        assert list(table.columns) == list(seen[name].columns), name


def test_expectation_makes_no_draw(city: City, parameters: Parameters, tables: Tables) -> None:
    again = lived(city, parameters, "incheon-2020-actual", POLICY)
    for name, table in tables.items():
        pd.testing.assert_frame_equal(table, again[name])


def test_what_expectation_cannot_do_is_reported_in_one_line(city: City, parameters: Parameters) -> None:
    with pytest.raises(InputError, match="first world must be the policy 'none'"):
        expected_results(city, [load_policy(POLICY)], parameters, MARCH)
    with pytest.raises(InputError, match="frozen_tastes"):
        lived(city, parameters, POLICY, frozen_tastes=0.0)
    with pytest.raises(InputError, match="expected the end after the start"):
        lived(city, parameters, POLICY, period=MARCH[::-1])


def test_alternatives_counted_are_those_of_the_city(city: City) -> None:
    assert city.places.share.shape[-1] == N_ALTERNATIVES == STAYED - LEFT
