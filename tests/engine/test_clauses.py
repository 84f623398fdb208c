"""Each clause of a policy does what it says, whatever else is in force."""

import datetime

import numpy as np
import pandas as pd
import pytest

from eum.dimensions import AGE_BANDS, DISTRICTS
from eum.engine.model import CityModel
from eum.engine.reference.model import ReferenceModel
from eum.engine.state import CASHBACK_USED, CHARGED, EARNED, PERSON_CASHBACK
from eum.policy.files import load_policy
from eum.policy.model import Policy
from tests.engine.made import END, START, grant, made, period, pot, top_up, top_ups
from tests.engine.random_cases import Case, town_of_everybody
from tests.engine.test_same_model import live_both

DAYS = (START, END)
DAY = datetime.timedelta(days=1)


def same_worlds(model: CityModel, one: int = 1, other: int = 2) -> bool:
    """Return whether two worlds of a run are the same to the won, in all they did and in where everybody stands."""
    total, state = model.total, model.state
    counted = (total.change_spend, total.card_spend, total.change_sales, total.card_sales, total.totals, model.holders)
    return all((c[one] == c[other]).all() for c in (*counted, state.card, state.month_to_date_krw, state.balance_krw))


@pytest.mark.parametrize("form", ["cashback", "discount"])
def test_a_budget_of_nothing_is_no_programme(run, form: str) -> None:  # type: ignore[no-untyped-def]
    pots = [pot(name, 0) for name in ("city", "top_up", "grant")]
    layers = {"city": [period(10, form=form)], "top_up": top_ups(5), "grant": [grant(100_000)]}
    model = run("none", made("poor", **layers, budget=pots), period=DAYS)
    assert not model.total.change_spend.any() and not model.total.card_spend.any()
    assert model.treasuries[1].ledger.accounts == model.treasuries[0].ledger.accounts


def test_a_programme_cut_in_pieces_with_the_same_terms_is_the_same_programme(run) -> None:  # type: ignore[no-untyped-def]
    whole = made("whole", city=[period(8)])
    bands = [period(8, merchant_sales_to_krw=1_000_000_000), period(8, merchant_sales_from_krw=1_000_000_000)]
    days = [period(8, weekdays=["monday", "friday"]),
            period(8, weekdays=["tuesday", "wednesday", "thursday", "saturday", "sunday"])]  # fmt: skip
    places = [
        period(8, districts=["seo", "jung"]),
        period(8, districts=[d for d in DISTRICTS if d not in ("seo", "jung")]),
    ]
    pieces = [made(name, city=parts) for name, parts in (("bands", bands), ("days", days), ("places", places))]
    model = run("none", whole, *pieces, period=DAYS)
    assert model.total.card_spend[1].sum() > 0
    assert all(same_worlds(model, 1, world) for world in (2, 3, 4))


def reference_of(policies: list[Policy], **changed: float) -> ReferenceModel:
    city, parameters = town_of_everybody()
    model = ReferenceModel(city, policies, parameters._replace(**changed), DAYS, [(0, 1)], seed=1)
    return model


def test_one_programme_in_two_layers_gives_up_to_a_won_a_layer_and_payment_less() -> None:
    worlds = [load_policy("none"), made("one", city=[period(10)]), made("two", city=[period(6)], top_up=top_ups(4))]
    model, n_payments = reference_of(worlds, cashback_use_share=0.0), 0
    while model.running:
        model.step()
        n_payments += sum(visits[1].by_card for person in model.people for _, visits, _ in person.today)
    assert n_payments > 100
    assert (model.total.spend[1] == model.total.spend[2]).all() and (model.total.card[1] == model.total.card[2]).all()
    one, two = model.total.counts["earned_krw"][1:]
    assert one - 2 * n_payments <= two < one


def test_a_discount_at_the_till_is_used_at_once_and_nothing_is_held(run) -> None:  # type: ignore[no-untyped-def]
    model = run("none", made("held", city=[period(10)]), made("till", city=[period(10, form="discount")]), period=DAYS)
    held, till = model.total.totals[1], model.total.totals[2]
    assert till[EARNED] == till[CASHBACK_USED] > 0 and not model.state.balance_krw[2].any()
    assert 0 < held[CASHBACK_USED] < held[EARNED]
    assert till[EARNED] == pytest.approx(0.1 * (till[CHARGED] + till[CASHBACK_USED]), rel=0.05), "a tenth of the bill"
    paid = sum(payer.paid_krw.get("cashback", 0) for payer in model.treasuries[2].payers.values())
    assert paid == till[EARNED] == model.total.persons[2, ..., PERSON_CASHBACK].sum()
    assert sum(model.treasuries[2].ledger.accounts.values()) == 0


def test_a_rule_for_some_days_of_the_week_pays_nothing_on_others(run) -> None:  # type: ignore[no-untyped-def]
    model = run("none", made("weekend", city=[period(10, weekdays=["saturday", "sunday"])]), period=DAYS)
    days = model.daily.groupby("world").get_group("weekend")
    is_weekend = pd.to_datetime(days["date"]).dt.day_of_week >= 5
    assert days["cashback_krw"][is_weekend].min() > 0 and not days["cashback_krw"][~is_weekend].any()


def test_an_event_stands_for_the_ordinary_terms_until_its_money_is_gone(run) -> None:  # type: ignore[no-untyped-def]
    ordinary = period(5)
    event = period(20, event=True, budget="event", districts=["seo"], national_percent=0, city_percent=100)
    model = run("none", made("plain", city=[ordinary]),
                made("event", city=[ordinary, event], budget=[pot("event", 1_500_000_000)]), period=DAYS)  # fmt: skip
    budgets = {b["budget"]: b for b in model.treasuries[2].budgets.summary()}
    ended = datetime.date.fromisoformat(str(budgets["event"]["exhausted_on"]))
    assert START < ended < END - 10 * DAY
    spent = {date: left for name, date, left in model.treasuries[2].budgets.path() if name == "event"}
    assert len({left for date, left in spent.items() if date >= str(ended)}) == 1, "not a won after that"
    terms = [model.treasuries[2].timetable.terms(ended, np.array(p)) for p in ([100, 100], [0, 100])]
    seo = DISTRICTS.index("seo") * 9
    told = [{int(t.tier_bp[t.schedule[cell, 0], 0]) for cell in (seo, 0)} for t in terms]
    assert told == [{2000, 500}, {500}]


def test_a_top_up_for_some_people_reaches_nobody_else(run) -> None:  # type: ignore[no-untyped-def]
    old = made("old", city=[period(0.01)], top_up=top_ups(10, ages=["60_plus"], households="constrained"))
    model = run("none", old, period=DAYS, usage_rate_scale_percent=0.1)
    by_age = model.total.persons[1, ..., PERSON_CASHBACK].sum(axis=(0, 2))
    paid = {b["budget"]: b["spent_krw"] for b in model.treasuries[1].budgets.summary()}
    assert by_age[-1] >= paid["top_up"] > 0
    assert by_age[: len(AGE_BANDS) - 1].sum() <= paid["city"]


def test_any_card_earns_a_top_up_away_from_home(run) -> None:  # type: ignore[no-untyped-def]
    any_card = made("any", city=[period(5)], top_up=[top_up(5, "seo")])
    model = run("none", made("plain", city=[period(5)]), any_card, period=DAYS)
    card = model.total.card_spend[:, :, :, DISTRICTS.index("seo")].sum(axis=2)
    away = [h for h in range(12) if h != DISTRICTS.index("seo")]
    assert card[2, away].sum() > card[1, away].sum()


@pytest.mark.parametrize(("counts", "starts_again"), [("month", True), ("half_year", False), ("programme", False)])
def test_spending_is_counted_from_zero_again_when_the_programme_says_so(run, counts: str, starts_again: bool) -> None:  # type: ignore[no-untyped-def]
    model = run("none", made("p", city=[period(10, spending_counts=counts)]), period=DAYS)
    charged = model.total.totals[1, CHARGED]
    assert (model.state.month_to_date_krw[1].sum() < charged) == starts_again


def test_a_cap_on_the_benefit_of_a_payment_holds() -> None:
    model, n_payments = reference_of([load_policy("none"), made("cap", city=[period(10, most_per_payment_krw=7)])]), 0
    while model.running:
        model.step()
        n_payments += sum(visits[1].by_card for person in model.people for _, visits, _ in person.today)
    assert model.total.counts["earned_krw"][1] <= 7 * n_payments
    assert model.total.counts["earned_krw"][1] > 6 * n_payments, "few bills are below 70 won"


def test_incremental_cashback_pays_nothing_below_the_base(run) -> None:  # type: ignore[no-untyped-def]
    base = {"above_ordinary_percent": 100, "ordinary_card_share_percent": 20}
    model = run("none", made("whole", city=[period(10)]), made("more", city=[period(10, **base)]), period=DAYS)
    monthly = model.standing.monthly_krw[model.city.residents.level]
    spent = model.state.month_to_date_krw[2]
    assert 0 < model.total.totals[2, EARNED] < 0.9 * model.total.totals[1, EARNED]
    never = (spent <= monthly // 5) & (model.state.card[2] > 0)
    assert never.any()


def test_rates_beyond_everything_are_the_same_for_both_engines() -> None:
    city, parameters = town_of_everybody()
    plus = {"discount_low_percent": 1, "discount_high_percent": 7, "top_up_percent": 100, "budget": "plus"}
    layers = {"city": [period(100)], "top_up": top_ups(100), "plus": [{**period(0), "area": "incheon", **plus}]}
    for part in layers["plus"]:
        for key in ("tiers", "national_percent", "city_percent"):
            part.pop(key)
    worlds = [load_policy("none"), made("all", **layers)]
    live_both(Case(city, worlds, parameters, (START, START + 8 * DAY), [(0, 1)], 5))
