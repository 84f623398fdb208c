"""Each clause of the language says what it says: on which days, at which shops, to whom, and out of which money."""

import datetime
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from eum.dimensions import AGE_BANDS, DISTRICTS, SECTORS
from eum.policy.budget import Budgets
from eum.policy.model import Policy
from eum.policy.timetable import NO_LIMIT_KRW, DayTerms, Timetable

D = datetime.date
MARCH, DAY = D(2020, 3, 1), datetime.timedelta(days=1)
FUEL, ACADEMIES = SECTORS.index("fuel"), SECTORS.index("academies")
GYEYANG, SEO = DISTRICTS.index("gyeyang"), DISTRICTS.index("seo")


def policy(pots: dict[str, dict[str, Any]] | None = None, **layers: list[dict[str, Any]]) -> Policy:
    """Return a policy of some layers, paid from the pot "pot" unless they say otherwise."""
    shared = {"start": MARCH, "source": "assumption", "budget": "pot"}
    funding = {"national_percent": 30, "city_percent": 70}
    tiers = {"tiers": [{"from_krw": 0, "rate_percent": 10}]}
    plain = {"city": {**tiers, **funding}, "top_up": tiers, "grant": {"end": D(2020, 5, 31)}}
    made = {kind: [{**shared, **plain.get(kind, {}), **part} for part in parts] for kind, parts in layers.items()}
    money = {"payer": "city", "purpose": "x", "amount_krw": 1_000, "source": "assumption", "confidence": "J"}
    budget = [{**money, "id": name, **keys} for name, keys in (pots or {"pot": {}}).items()]
    return Policy.model_validate({"name": "p", "title_ko": "가", "title_en": "A", **made, "budget": budget})


def terms(p: Policy, date: datetime.date = MARCH, **paid: int) -> DayTerms:
    """Return a day's terms, budgets paying in full unless told."""
    percent = np.array([paid.get(b.id, 100) for b in p.budget], dtype=np.int64)
    return Timetable(p).terms(date, percent)


def rate(t: DayTerms, district: int = GYEYANG, sector: int = FUEL, band: int = 0) -> int:
    """Return the city's first rate at a shop, basis points."""
    return int(t.tier_bp[t.schedule[district * 9 + sector, band], 0])


def test_a_rate_holds_in_its_districts_trades_and_sales_bands_alone() -> None:
    keys = {"districts": ["seo"], "sectors": ["fuel"], "merchant_sales_from_krw": 300_000_000}
    t = terms(policy(city=[{**keys, "merchant_sales_to_krw": 1_000_000_000}]))
    assert [rate(t, SEO, FUEL, band) for band in range(5)] == [0, 1000, 1000, 0, 0]
    assert rate(t, GYEYANG, FUEL, 1) == rate(t, SEO, ACADEMIES, 1) == 0
    assert not t.tier_bp[0].any()


def test_a_rate_of_some_days_of_the_week_is_silent_on_the_others() -> None:
    p = policy(city=[{"weekdays": ["sunday", "saturday"]}])
    assert [rate(terms(p, MARCH + i * DAY)) for i in range(7)] == [1000, 0, 0, 0, 0, 0, 1000]
    sundays = [D(2020, 3, 1), D(2020, 3, 2), D(2020, 3, 7), D(2020, 3, 9)]
    assert Timetable(p).changes(MARCH, D(2020, 3, 13)) == sundays


def test_form_cap_and_ordinary_use_stand_with_the_schedule() -> None:
    ordinary = {"above_ordinary_percent": 103, "ordinary_card_share_percent": 20}
    t = terms(policy(city=[{"form": "discount", "most_per_payment_krw": 5_000, **ordinary}]))
    assert (t.at_once[1], t.most_per_payment_krw[1], t.base_bp[1]) == (1, 5_000, 2_060)
    assert (t.at_once[0], t.most_per_payment_krw[0], t.base_bp[0]) == (0, NO_LIMIT_KRW, 0)


def test_an_event_stands_instead_while_its_money_lasts() -> None:
    tiers = [{"from_krw": 0, "to_krw": 50_000, "rate_percent": 30}]
    event = {"event": True, "districts": ["seo"], "tiers": tiers, "budget": "event"}
    p = policy({"pot": {}, "event": {}}, city=[{}, event])
    assert (rate(terms(p), SEO), rate(terms(p), GYEYANG)) == (3000, 1000)
    assert (rate(terms(p, event=0), SEO), rate(terms(p, event=0), GYEYANG)) == (1000, 1000)
    assert (rate(terms(p, pot=0), SEO), rate(terms(p, pot=0), GYEYANG)) == (3000, 0)


def test_a_step_pays_part_of_the_promise_rounded_down_to_the_basis_point() -> None:
    p = policy(city=[{"tiers": [{"from_krw": 0, "rate_percent": 3.33}]}])
    assert rate(terms(p, pot=50)) == 166


def test_a_top_up_is_for_the_people_and_cards_it_names() -> None:
    people = {"ages": ["60_plus", "20s"], "households": "constrained"}
    t = terms(policy(city=[{}], top_up=[{"district": "seo", "card": "any", **people}]))
    assert t.topup_own_card[SEO] == 0 and t.topup_bp[SEO, 0] == 1000
    assert t.topup_for[SEO].tolist() == [[0, int(age in ("20s", "60_plus"))] for age in AGE_BANDS]


def test_a_grant_can_be_spent_from_its_first_day_to_its_last() -> None:
    keys = {"minimum_spend_krw": 40_000, "most_per_purchase_krw": 10_000, "merchant_sales_to_krw": 1_000_000_000}
    p = policy(grant=[{"amounts": [{"amount_krw": 100_000}], **keys}])
    t, clock = terms(p), Timetable(p)
    assert (t.grant_open, t.grant_minimum_krw, t.grant_most_krw, t.grant_band) == (1, 40_000, 10_000, 3)
    assert [int(terms(p, day).grant_open) for day in (D(2020, 2, 29), D(2020, 5, 31), D(2020, 6, 1))] == [0, 1, 0]
    assert clock.grants_starting(MARCH) == clock.grants_ending(D(2020, 5, 31)) == list(p.grant)
    assert clock.grants_starting(MARCH + DAY) == clock.grants_ending(D(2020, 5, 30)) == []


@pytest.mark.parametrize(
    ("counts", "again"),
    [("month", [D(2020, 4, 1), D(2020, 7, 1)]), ("half_year", [D(2020, 7, 1)]), ("programme", [])],
)
def test_spending_starts_again_by_month_half_year_or_never(counts: str, again: list[datetime.date]) -> None:
    clock = Timetable(policy(city=[{"start": D(2020, 1, 1), "spending_counts": counts}]))
    asked = [D(2020, 3, 31), D(2020, 4, 1), D(2020, 6, 30), D(2020, 7, 1)]
    assert [day for day in asked if clock.spending_starts_again(day)] == again


def test_a_programme_that_counts_otherwise_starts_from_zero() -> None:
    clock = Timetable(policy(city=[{"start": D(2020, 3, 16), "end": D(2020, 4, 15), "spending_counts": "programme"}]))
    days = [MARCH + i * DAY for i in range(62)]
    assert [d for d in days if clock.spending_starts_again(d)] == [MARCH, D(2020, 3, 16), D(2020, 4, 16), D(2020, 5, 1)]


def test_monthly_money_comes_on_firsts_and_on_the_first_day_of_a_run() -> None:
    budgets = Budgets(policy({"pot": {"amount_krw": 0, "monthly_krw": 100}}, city=[{}]))
    assert budgets.open_at_start(D(2020, 3, 16)).tolist() == [100] and budgets.left_krw.tolist() == [100]
    budgets.charge(D(2020, 3, 16), np.array([130]), np.array([100]))
    assert budgets.open_at_start(D(2020, 3, 31)).tolist() == [0]
    assert budgets.open_at_start(D(2020, 4, 1)).tolist() == [100] and budgets.left_krw.tolist() == [100]
    assert budgets.open_at_start(D(2020, 6, 2)).tolist() == [100] and budgets.left_krw.tolist() == [300]


def test_money_that_does_not_carry_over_lapses_when_the_next_comes() -> None:
    keys = {"amount_krw": 50, "monthly_krw": 100, "carry_over": False}
    budgets = Budgets(policy({"pot": keys}, city=[{}]))
    budgets.open_at_start(MARCH)
    budgets.charge(MARCH, np.array([30]), np.array([30]))
    assert budgets.left_krw.tolist() == [120]
    budgets.open_at_start(D(2020, 4, 1))
    assert budgets.left_krw.tolist() == [100]
    assert budgets.summary()[0]["spent_krw"] == 30


def test_monthly_money_keeps_to_its_dates() -> None:
    keys = {"amount_krw": 0, "monthly_krw": 100, "monthly_from": D(2020, 3, 16), "monthly_to": D(2020, 4, 30)}
    budgets = Budgets(policy({"pot": keys}, city=[{}]))
    asked = [MARCH, D(2020, 3, 15), D(2020, 3, 16), D(2020, 4, 1), D(2020, 5, 1)]
    left = []
    for day in asked:
        budgets.open_at_start(day)
        left.append(int(budgets.left_krw[0]))
    assert left == [0, 0, 100, 200, 200]


def test_a_step_holds_from_the_day_after_more_than_its_part_is_gone() -> None:
    steps = [{"gone_percent": 50, "paid_percent": 60}, {"gone_percent": 80, "paid_percent": 30}]
    budgets = Budgets(policy({"pot": {"steps": steps}}, city=[{}]))
    paid = []
    for i, spent in enumerate((500, 1, 299, 200, 0)):
        paid.append(int(budgets.open_at_start(MARCH + i * DAY)[0]))
        budgets.charge(MARCH + i * DAY, np.array([spent]), np.array([spent]))
    assert paid == [100, 100, 60, 60, 0]


def test_a_district_shares_a_programme_with_the_nation_and_the_nation_pays_alone() -> None:
    p = policy({"pot": {"payer": "ganghwa"}, "all": {"payer": "national"}}, city=[{}], grant=[
        {"budget": "all", "amounts": [{"amount_krw": 1}]}])  # fmt: skip
    assert Budgets(p).split_krw(0, MARCH, 1_000) == {"national": 300, "ganghwa": 700}
    assert Budgets(p).split_krw(1, MARCH, 1_000) == {"national": 1_000}


TWICE = {"districts": ["seo", "jung"]}


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([TWICE, {"districts": ["jung"], "start": D(2020, 4, 1)}], "from 2020-04-01 for some of the same shops"),
        ([{"event": True}, {"event": True}], "overlaps the one from 2020-03-01; expected one at a time"),
        ([{}, {"event": True, "spending_counts": "programme"}], "expected one spending_counts on a date"),
        ([{"above_ordinary_percent": 103}], "expected both or neither"),
        ([{"merchant_sales_from_krw": 300_000_000, "merchant_sales_to_krw": 300_000_000}], "expected the upper bound"),
        ([{"weekdays": []}], "at least 1 item"),
        ([{"weekdays": ["monday", "monday"]}], "stands twice"),
        ([{"id": "pot"}], "id 'pot' stands twice"),
        ([{**TWICE, "national_percent": 0, "city_percent": 100}, {"districts": ["seo"], "event": True}],
         "expected one split of a budget on a date"),
    ],
)  # fmt: skip
def test_periods_that_contradict_each_other_are_refused(layers: list[dict[str, Any]], expected: str) -> None:
    with pytest.raises(ValidationError, match=expected):
        policy(city=layers)


def test_at_most_eleven_periods_hold_on_one_date() -> None:
    both = [{"weekdays": [day], "districts": [d]} for d in DISTRICTS for day in ("monday", "sunday")]
    assert len(policy(city=both).city) == 20
    more = [{"districts": [d], "event": event} for d in DISTRICTS for event in (False, True)]
    with pytest.raises(ValidationError, match=r"20 periods hold on 2020-03-0.; expected at most 11"):
        policy(city=more)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"carry_over": False}, "expected monthly_krw with them"),
        ({"monthly_krw": 10**12}, "with ten years of monthly money"),
        ({"monthly_krw": 1, "monthly_from": D(2020, 3, 2), "monthly_to": MARCH}, "expected it on or after"),
        ({"steps": [{"gone_percent": 50, "paid_percent": 60}] * 2}, "expected them ascending"),
        ({"steps": [{"gone_percent": 50, "paid_percent": 60.5}]}, "valid integer"),
        ({"payer": "national"}, "expected 100: the nation's budget"),
    ],
)
def test_money_that_contradicts_itself_is_refused(keys: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValidationError, match=expected):
        policy({"pot": keys}, city=[{}])


def test_two_grants_at_a_time_and_one_that_no_shop_takes_are_refused() -> None:
    amounts = {"amounts": [{"amount_krw": 1}]}
    with pytest.raises(ValidationError, match="grant: period from 2020-03-01 overlaps"):
        policy(grant=[amounts, {**amounts, "start": D(2020, 5, 31)}])
    with pytest.raises(ValidationError, match="no shop would take the grant"):
        policy(grant=[{**amounts, "merchant_sales_to_krw": 0}])


def test_flags_of_open_budgets_are_refused() -> None:
    with pytest.raises(TypeError, match="expected percent"):
        Timetable(policy(city=[{}])).terms(MARCH, np.ones(1, dtype=bool))
