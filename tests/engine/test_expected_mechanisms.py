"""The mechanisms that a fit may switch on, in expectation: each moves what it should, and a year is the crowd's."""

import datetime
import math
from functools import cache

import numpy as np
import pandas as pd
import pytest

from eum.behavior.parameters import Parameters
from eum.behavior.payment_choice import usage_share
from eum.city.build import City, build_city
from eum.city.data import load_city_data
from eum.city.spending import spending_index
from eum.engine.expected.model import Expectation
from eum.engine.expected.perceived_use import perception_of, usage_table, weigh_rows
from eum.engine.expected.prepare import prepared_city
from eum.engine.expected.results import expected_results
from eum.engine.model import CityModel
from eum.policy.files import load_policy
from eum.policy.model import Policy
from tests.engine.made import made, period

YEAR = (datetime.date(2022, 1, 1), datetime.date(2022, 12, 31))
LIVELY = {
    "usage_memory_weight": 0.5,
    "rate_learning_share": 0.03,
    "cashback_use_growth": 1.0,
    "cashback_use_share": 0.016,
    "charge_days": 7.0,
    "first_use_days": 14.0,
    "felt_rate_strength": 1.0,
    "growth_strength": 1.0,
}
SUMS, LAST = ("card_payments_krw", "cashback_krw", "issued_krw"), ("subscribers", "active_holders", "users")


def cut() -> Policy:
    """Ten percent up to 500,000 won a month, from July on five up to 300,000."""
    ten = [{"from_krw": 0, "to_krw": 500_000, "rate_percent": 10.0}]
    five = [{"from_krw": 0, "to_krw": 300_000, "rate_percent": 5.0}]
    july = datetime.date(2022, 7, 1)
    before = period(10, start=YEAR[0], end=july - datetime.timedelta(days=1), tiers=ten)
    return made("cut", city=[before, period(5, start=july, tiers=five)])


def held_krw(world: Expectation) -> float:
    """Return the cashback that all holders hold."""
    share = world.plan.group_share[world.n_lived - 1][:, None, None] * world.people.affinity_share[None, :, None]
    home, cards = world.groups.home, world.cards
    active, dormant = (n[home][:, None, :] * share for n in (cards.active, cards.dormant))
    return float((active * world.month.balance).sum() + (dormant * cards.aside.balance).sum())


def year_of(city: City, parameters: Parameters, policy: Policy, days: tuple = YEAR) -> tuple[pd.DataFrame, Expectation]:
    """Return the daily record of a policy in expectation, and its world."""
    world = Expectation(prepared_city(city, parameters, days), policy)
    world.simulate()
    names = ["card_payments_krw", "cashback_krw", "subscribers", "active_holders", "users", "issued_krw"]
    return pd.DataFrame(world.daily, columns=names), world


def months(daily: pd.DataFrame, column: str, first: int, last: int) -> float:
    """Return the sum of a column from one month of the year to another, both included."""
    month = pd.date_range(*YEAR).month
    return float(daily[column][(month >= first) & (month <= last)].sum())


@pytest.fixture(scope="module")
def centre(parameters: Parameters) -> Parameters:
    return parameters._replace(**dict.fromkeys(("time_shift_response",), 0.0))


@pytest.fixture(scope="module")
def plain(city: City, centre: Parameters) -> pd.DataFrame:
    return year_of(city, centre, cut())[0]


def changed(city: City, centre: Parameters, **values: float) -> pd.DataFrame:
    return year_of(city, centre._replace(**values), cut())[0]


@pytest.mark.parametrize("remembered", [0.0, 0.03, 0.1])
def test_a_mix_of_two_rows_is_the_usage_at_the_perceived_rate(parameters: Parameters, remembered: float) -> None:
    p, affinity = parameters._replace(usage_memory_weight=0.4, usage_max_share=0.5), np.array([0.4, 0.8, 1.2, 1.6])
    table, forgetful = usage_table(p, affinity), np.zeros((1, 4, 1, 1))
    assert table.shape[0] == 8
    perception = perception_of(p, affinity, np.full((1, 1, 4), 5.0), 8)
    for a in range(4):
        weigh_rows(remembered, forgetful, (0, a, 0), perception)
        for bp in (0, 300, 500, 1_500):
            perceived = 0.6 * bp / 100 + 0.4 * 100 * remembered
            mixed = forgetful[0, a, 0, 0] * table[a, bp] + (1 - forgetful[0, a, 0, 0]) * table[4 + a, bp]
            seen = usage_share(perceived, p.usage_max_share, p.usage_rate_scale_percent, affinity[a])
            assert mixed == pytest.approx(seen, rel=1e-9), (a, bp)


def test_where_usage_meets_its_limit_the_mix_is_right_at_the_rate_of_the_tier(parameters: Parameters) -> None:
    p, affinity = parameters._replace(usage_memory_weight=0.5, usage_max_share=0.7), np.array([0.4, 0.8, 1.2, 1.6])
    table, forgetful = usage_table(p, affinity), np.zeros((1, 4, 1, 1))
    perception = perception_of(p, affinity, np.full((1, 1, 4), 4.0), 8)
    for remembered in (0.01, 0.06, 0.12):
        weigh_rows(remembered, forgetful, (0, 3, 0), perception)
        weight = forgetful[0, 3, 0, 0]
        seen = usage_share(2.0 + 50 * remembered, p.usage_max_share, p.usage_rate_scale_percent, 1.6)
        assert weight * table[3, 400] + (1 - weight) * table[7, 400] == pytest.approx(seen, rel=1e-9)


def test_card_use_falls_slowly_where_rates_are_remembered(city: City, centre: Parameters, plain: pd.DataFrame) -> None:
    slow = changed(city, centre, usage_memory_weight=0.5)
    paid, before = ([months(d, "card_payments_krw", *m) for d in (plain, slow)] for m in ((7, 7), (6, 6)))
    assert paid[1] / before[1] > 1.03 * paid[0] / before[0]
    fast = changed(city, centre, usage_memory_weight=0.5, rate_learning_share=0.3)
    assert months(fast, "card_payments_krw", 12, 12) < months(slow, "card_payments_krw", 12, 12)


def test_card_use_outlives_the_programme_where_rates_are_remembered(city: City, centre: Parameters) -> None:
    ends = made("ends", city=[period(10, start=YEAR[0], end=datetime.date(2022, 3, 31))])
    for weight, goes_on in ((0.0, False), (0.5, True)):
        daily, _ = year_of(city, centre._replace(usage_memory_weight=weight), ends)
        assert (months(daily, "card_payments_krw", 4, 4) > 0) == goes_on
        assert months(daily, "cashback_krw", 4, 12) == 0
    assert months(daily, "card_payments_krw", 6, 6) < 0.9 * months(daily, "card_payments_krw", 4, 4)


def test_cashback_held_settles_where_its_use_grows(city: City, centre: Parameters) -> None:
    flat = made("flat", city=[period(10, start=YEAR[0])])
    held = {}
    for growth in (0.0, 1.0):
        p = centre._replace(cashback_use_growth=growth, cashback_use_share=0.016)
        held[growth] = [
            held_krw(year_of(city, p, flat, (YEAR[0], end))[1]) for end in (datetime.date(2022, 8, 31), YEAR[1])
        ]
    assert held[1.0][1] < 0.9 * held[0.0][1]
    assert held[1.0][1] / held[1.0][0] < held[0.0][1] / held[0.0][0]


def test_own_money_is_charged_ahead_of_payments(city: City, centre: Parameters, plain: pd.DataFrame) -> None:
    ahead = changed(city, centre, charge_days=7.0)
    assert np.array_equal(ahead["card_payments_krw"], plain["card_payments_krw"])
    assert (plain["issued_krw"] <= plain["card_payments_krw"]).all()
    first = months(ahead, "issued_krw", 1, 1) - months(plain, "issued_krw", 1, 1)
    further = changed(city, centre, charge_days=14.0)
    assert 0 < first < months(further, "issued_krw", 1, 1) - months(plain, "issued_krw", 1, 1)
    assert months(ahead, "issued_krw", 7, 8) < months(plain, "issued_krw", 7, 8), "less is laid up after the cut"
    assert (ahead["issued_krw"] >= 0).all()


def test_orders_are_members_before_they_pay(city: City, centre: Parameters, plain: pd.DataFrame) -> None:
    late = changed(city, centre, first_use_days=30.0)
    assert late["subscribers"].iloc[-1] == pytest.approx(plain["subscribers"].iloc[-1], rel=1e-3)
    assert late["active_holders"].iloc[60] < plain["active_holders"].iloc[60]


def test_nobody_joins_late_beyond_the_limit(city: City, centre: Parameters, plain: pd.DataFrame) -> None:
    limited, none = changed(city, centre, late_limit_share=0.5), changed(city, centre, late_limit_share=0.0)
    last = [daily["subscribers"].iloc[-1] for daily in (none, limited, plain)]
    assert last == sorted(last) and last[0] < 0.99 * last[2]
    assert changed(city, centre, late_limit_share=0.999_999)["subscribers"].iloc[-1] <= last[2]


def test_a_launch_draws_people_to_the_card(city: City, centre: Parameters) -> None:
    days = (datetime.date(2020, 1, 1), datetime.date(2020, 6, 30))
    members = []
    for attention in (0.0, 3.0):
        daily, _ = year_of(city, centre._replace(launch_attention=attention), load_policy("gyeyang-2020-actual"), days)
        members.append(daily["subscribers"].iloc[-1])
    assert members[1] > 1.0002 * members[0]


def test_people_who_expect_the_mean_rate_join_less(city: City, centre: Parameters) -> None:
    days = (datetime.date(2020, 1, 1), datetime.date(2020, 3, 31))
    tiers = [{"from_krw": 0, "to_krw": 300_000, "rate_percent": 10.0}]
    policy, members = made("limited", city=[period(10, start=days[0], tiers=tiers)]), []
    for strength in (0.0, 1.0):
        p = centre._replace(felt_rate_strength=strength, felt_month_krw=1_000_000.0)
        members.append(year_of(city, p, policy, days)[0]["subscribers"].iloc[-1])
    assert members[1] < 0.98 * members[0]


def test_prices_move_amounts_by_year(city: City, centre: Parameters) -> None:
    turn = (datetime.date(2020, 12, 1), datetime.date(2021, 1, 31))
    none, policy = load_policy("none"), made("flat", city=[period(10, start=turn[0])])
    indices = [spending_index(city.package, year, 1.0) for year in (2020, 2021)]
    spent = []
    for strength in (0.0, 1.0):
        p = centre._replace(growth_strength=strength)
        tables = expected_results(city, [none, policy], p, turn)
        spent.append(tables["spending"].query("world == 'none'")["krw"].sum())
        prepared = prepared_city(city, p, turn)
    factor = prepared.factor
    both = (factor[:31].sum() * indices[0] + factor[31:].sum() * indices[1]) / factor.sum()
    assert spent[1] / spent[0] == pytest.approx(both, rel=1e-9)
    paid = [year_of(city, centre._replace(growth_strength=s), policy, turn)[0]["card_payments_krw"] for s in (0.0, 1.0)]
    assert paid[1].sum() / paid[0].sum() == pytest.approx(both, rel=5e-3)


def test_users_count_from_nothing_each_month(plain: pd.DataFrame) -> None:
    month = pd.date_range(*YEAR).month.to_numpy()
    for _, users in plain["users"].groupby(month):
        assert (np.diff(users) > 0).all()
    assert plain["users"][31] < 0.5 * plain["users"][30]
    assert (plain["users"] < plain["subscribers"]).all()


@pytest.mark.parametrize("days", [1.0, 4.0, 16.0])
def test_own_money_settles_near_what_simulated_renewals_say(days: float) -> None:
    draws = np.random.default_rng(1).lognormal(-0.5, 1.0, (5_000, 150))
    over, held, path = math.exp(1.0) / 2, np.full(5_000, days), []
    for amount in draws.T:
        held = np.where(amount > held, days, held - amount)
        path.append(held.mean())
    tables = days * (0.5 * days + over) / (days + over)
    assert tables == pytest.approx(np.mean(path[50:]), rel=0.12)


@cache
def figures(scale: float, seed: int, p: Parameters) -> pd.DataFrame:
    """Return the figures of a year of the crowd and of expectation with all mechanisms on."""
    city, policy, found = build_city(load_city_data(), scale, seed), cut(), {}
    model = CityModel(city, [load_policy("none"), policy], p, YEAR, [(0, 1)], seed=seed, n_threads=1)
    while model.running:
        model.step()
    daily, world = year_of(city, p, policy)
    crowd = model.daily.query("world == 'cut'").reset_index(drop=True)
    held = (float(model.state.balance_krw[1].sum()), held_krw(world))
    for way, table, balance in (("crowd", crowd, held[0]), ("expected", daily, held[1])):
        last = {name: float(table[name].iloc[-1]) for name in LAST}
        found[way] = {**{name: float(table[name].sum()) for name in SUMS}, **last, "held": balance}
    return pd.DataFrame(found)


ERRORS = {
    "card_payments_krw": 0.01,
    "cashback_krw": 0.01,
    "issued_krw": 0.01,
    "subscribers": 0.005,
    "active_holders": 0.01,
    "users": 0.01,
    "held": 0.015,
}
"""Errors stated for a year with a cut in its middle and all mechanisms on. Over three cities of 5 percent they were, in
percent and with a standard error of 0.1 at most: +0.3, -0.2, +0.4, 0.0, -0.2, 0.0, -0.3."""


def test_a_year_with_all_mechanisms_is_that_of_the_crowd(parameters: Parameters) -> None:
    tables = figures(0.05, 1, parameters._replace(**LIVELY))
    gap = tables["expected"] / tables["crowd"] - 1
    assert {name: float(gap[name]) for name in ERRORS if abs(gap[name]) > ERRORS[name]} == {}
