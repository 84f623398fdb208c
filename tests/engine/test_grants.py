"""Grant money: loaded on cards, spent first, lapsed in the end, and every won of it accounted for."""

import datetime

import numpy as np
import pytest

from eum.behavior.parameters import Parameters
from eum.city.build import build_city
from eum.city.data import load_city_data
from eum.dimensions import AGE_BANDS, CLASSES, DISTRICTS
from eum.engine.governments import GRANTS
from eum.engine.model import CityModel
from eum.engine.reference.tracer import AgentTracer
from eum.engine.results import record
from eum.engine.state import ACTIVE, CASHBACK_USED, CHARGED, GRANT_USED
from eum.outcomes.fiscal import costs_krw, posted_krw
from eum.policy.files import load_policy
from eum.policy.model import Policy
from tests.engine.made import END, START, grant, made, period, pot
from tests.engine.random_cases import town_of_everybody
from tests.plain_behaviour import plain_behaviour

DAYS = (START, END)
DAY = datetime.timedelta(days=1)


def granted(name: str = "granted", amount_krw: int = 100_000, **more: object) -> Policy:
    return made(name, grant=[grant(amount_krw, **more)])


def loaded_and_lapsed_krw(model: CityModel, world: int = 1) -> int:
    return sum(payer.paid_krw.get("grant", 0) for payer in model.treasuries[world].payers.values())


def test_every_won_of_a_grant_is_used_or_held_or_lapsed(city, parameters: Parameters) -> None:  # type: ignore[no-untyped-def]
    model = CityModel(city, [load_policy("none"), granted()], parameters, DAYS, [(0, 1)])
    loaded, most = 100_000 * city.n_residents, 0
    while model.running:
        model.step()
        used = int(model.month.totals[1, GRANT_USED] + model.total.totals[1, GRANT_USED])
        held, paid = int(model.state.grant_krw[1].sum()), loaded_and_lapsed_krw(model)
        assert used + held == paid == (0 if model.date <= START + DAY else paid)
        assert model.treasuries[1].ledger.balance(GRANTS) == held
        most = max(most, paid)
    assert most == loaded and 0 < used == paid < loaded and held == 0, "the rest lapsed"


def test_a_grant_that_is_short_pays_each_the_same_part(run) -> None:  # type: ignore[no-untyped-def]
    budget = [pot("grant", 26_000_000_000, payer="seo")]
    policy = made("short", grant=[grant(100_000, end=END + DAY)], budget=budget)
    model = run("none", policy, period=(START, START + DAY))
    claimed, left = 100_000 * model.city.n_residents, 26_000_000
    assert loaded_and_lapsed_krw(model) == model.city.n_residents * (100_000 * left // claimed)
    assert set(model.treasuries[1].payers["seo"].paid_krw) == {"grant"}
    assert str(model.treasuries[1].budgets.summary()[0]["exhausted_on"]) == str(START + DAY)


def test_a_grant_reaches_those_it_is_for_and_makes_them_holders(run) -> None:  # type: ignore[no-untyped-def]
    amounts = [{"amount_krw": 30_000, "ages": ["60_plus"], "districts": ["seo", "jung"], "households": "constrained"},
               {"amount_krw": 10_000, "ages": ["60_plus", "20s"]}]  # fmt: skip
    half, whole = (granted(name, amounts=amounts, take_up_percent=part, merchant_sales_to_krw=300_000_000)
                   for name, part in (("half", 50), ("whole", 100)))  # fmt: skip
    model = run("none", half, whole, period=(START, START + DAY), grant_use_share=0.0)
    people, state = model.city.residents, model.state
    of_age = {name: people.age == AGE_BANDS.index(name) for name in AGE_BANDS}
    in_them = np.isin(people.home, [DISTRICTS.index("seo"), DISTRICTS.index("jung")])
    first = of_age["60_plus"] & in_them & (people.constrained == 1)
    second = (of_age["60_plus"] | of_age["20s"]) & ~first & (people.home < len(DISTRICTS))
    expected = np.select([first, second], [30_000, 10_000])
    assert (state.grant_krw[2] == expected).all()
    assert (state.card[2][expected > 0] == ACTIVE).all()
    takers = state.grant_krw[1] > 0
    assert (state.grant_krw[1][takers] == expected[takers]).all()
    assert takers.sum() / (expected > 0).sum() == pytest.approx(0.5, abs=0.05)


def test_grants_are_no_cashback_and_are_fiscal_cost_less_what_lapsed(run) -> None:  # type: ignore[no-untyped-def]
    model = run("none", granted(), period=DAYS)
    tables = record(model)
    cost = costs_krw(tables, "none", "granted", 0.0)
    used = int(model.total.totals[1, GRANT_USED])
    assert cost == {"cashback": 0, "fiscal_cost": used, "resource_cost": used}
    assert posted_krw(tables["flows"], "granted", "grant") == used
    assert model.total.card_spend[1].sum() == model.total.totals[1, [CHARGED, CASHBACK_USED, GRANT_USED]].sum()


def test_new_consumption_from_a_grant_follows_the_propensity(run) -> None:  # type: ignore[no-untyped-def]
    none, half = (run("none", granted(), period=DAYS, mpc_other=m, mpc_constrained=m, local_income_share=0.0)
                  for m in (0.0, 0.5))  # fmt: skip
    new = CLASSES.index("new")
    assert none.total.classes[0][new].sum() == 0
    assert half.total.classes[0][new].sum() == pytest.approx(0.5 * half.total.totals[1, GRANT_USED], rel=0.01)


def test_grant_money_earns_no_cashback(run) -> None:  # type: ignore[no-untyped-def]
    alone = dict.fromkeys(("mpc_other", "mpc_constrained", "basket_response", "visitor_card_share"), 0.0)
    model = run("none", made("both", city=[period(10)], grant=[grant(10**9)]), period=DAYS, **alone)
    by_day = model.daily.groupby("world")["cashback_krw"].get_group("both").tolist()
    last = (END - 7 * DAY - START).days
    assert by_day[0] > 0 and by_day[last + 1] > 0
    charged, granted_krw = (int(model.total.totals[1, account]) for account in (CHARGED, GRANT_USED))
    assert sum(by_day) == pytest.approx(0.1 * charged, rel=1e-3), "own money alone earns it"
    assert np.mean(by_day[1:last]) < by_day[0] / 40 and granted_krw > charged, "there was grant money for nearly all"


def test_a_coupon_is_used_from_its_minimum_on_and_raises_what_is_just_below() -> None:
    city, parameters = town_of_everybody()
    coupon = granted(minimum_spend_krw=20_000, most_per_purchase_krw=5_000)
    model = CityModel(city, [load_policy("none"), coupon], parameters, DAYS, [(0, 1)], seed=1)
    witness = AgentTracer(model, list(range(0, city.n_residents, 3)))
    bills = []
    while model.running:
        witness.step()
        bills += [(purchase.amount_krw, bills[1]) for person in witness.people for purchase, _, bills in person.today]
    used = [(amount, bill) for amount, bill in bills if bill.granted_krw > 0]
    raised = [(amount, bill) for amount, bill in used if amount < 20_000]
    assert len(raised) > 3 and len(used) > len(raised)
    for amount, bill in used:
        assert bill.granted_krw <= 5_000 and bill.paid_krw >= 20_000 and amount >= 15_000
    for amount, bill in raised:
        assert bill.new_krw >= 20_000 - amount
        assert bill.paid_krw - bill.granted_krw - bill.used_krw <= amount, "the household pays no more than without it"


def test_the_switch_leaves_grants_to_those_who_take_the_card_out_anyway(run) -> None:  # type: ignore[no-untyped-def]
    on, off = (run("none", granted(), period=DAYS, grant_use_share=share) for share in (0.75, 0.0))
    assert on.total.totals[1, GRANT_USED] > 0 == off.total.totals[1, GRANT_USED]


def test_coupons_are_spent_as_fast_as_those_of_2025() -> None:
    """What `grant_use_share` is set to (data/assumptions.csv)."""
    city = build_city(load_city_data(), 0.002, 1)

    days = {"start": START, "end": datetime.date(2020, 5, 31), "merchant_sales_to_krw": 3_000_000_000}
    worlds = [load_policy("none"), granted(amount_krw=180_000, **days)]
    centre = plain_behaviour(city.package)
    model = CityModel(city, worlds, centre, (START, datetime.date(2020, 5, 1)), [(0, 1)])
    left = {}
    while model.running:
        model.step()
        left[(model.date - START).days] = model.state.grant_krw[1].sum() / (180_000 * city.n_residents)
    assert 1 - left[14] == pytest.approx(0.46, abs=0.03)
    assert 0.7 < 1 - left[42] < 0.9, "most of it was gone when the effect of the relief money of 2020 had faded"


def test_a_line_of_a_grant_may_have_its_own_take_up(run) -> None:  # type: ignore[no-untyped-def]
    amounts = [{"amount_krw": 30_000, "ages": ["60_plus"], "take_up_percent": 25}, {"amount_krw": 10_000}]
    model = run("none", granted(amounts=amounts, take_up_percent=80), period=(START, START + DAY), grant_use_share=0.0)
    people, taken = model.city.residents, model.state.grant_krw[1] > 0
    at_home = people.home < len(DISTRICTS)
    old = at_home & (people.age == AGE_BANDS.index("60_plus"))
    assert taken[old].mean() == pytest.approx(0.25, abs=0.05)
    assert taken[at_home & ~old].mean() == pytest.approx(0.8, abs=0.05)
    assert not taken[~at_home].any()
