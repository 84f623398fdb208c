"""What makes the model live through years of cuts and grants: each mechanism moves what it should, and all settle."""

import datetime
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from eum.engine.model import CityModel
from eum.policy.model import DistrictCard, Policy
from tests.engine.conftest import Runner
from tests.engine.made import WHOLE_RUN, grant, made, period

MID_MARCH = datetime.date(2020, 3, 15)
DAYS = (WHOLE_RUN["start"], datetime.date(2020, 5, 20))


def cut_to(percent: float, **more: list) -> Policy:
    """Return a programme of 10 percent that falls to another rate in the middle of March."""
    before = period(10.0, end=MID_MARCH - datetime.timedelta(days=1))
    later = [period(percent, start=MID_MARCH)] if percent > 0 else []
    return made(f"cut-to-{percent:g}", city=[before, *later], **more)


def days(model: CityModel, figure: str) -> pd.Series:
    daily = model.daily[model.daily["world"] == model.policies[1].name]
    return daily.set_index(pd.to_datetime(daily["date"]))[figure].astype(float)


def test_a_remembered_rate_keeps_the_card_in_use_after_the_money_is_gone_and_wears_off(run: Runner) -> None:
    without = days(run("none", cut_to(0.0), period=DAYS), "card_payments_krw")
    with_memory = run("none", cut_to(0.0), period=DAYS, usage_memory_weight=0.5, rate_learning_share=0.1)
    left = days(with_memory, "card_payments_krw")
    assert without["2020-03-15":].sum() == 0, "on the next won alone, use stops dead"
    first, last = left["2020-03-15":"2020-03-28"].mean(), left["2020-05-07":"2020-05-20"].mean()
    assert 0.2 * left[:"2020-03-14"].mean() < first < left[:"2020-03-14"].mean()
    assert last < 0.8 * first


def test_learning_at_a_steady_rate_ends_at_that_rate(run: Runner) -> None:
    model = run("none", made("steady", city=[period(10.0)]), period=DAYS, rate_learning_share=0.2)
    users = (model.state.card[1] == 1) & (model.state.month_to_date_krw[1] > 0)
    assert np.median(model.state.remembered_ppm[1][users]) == pytest.approx(100_000, rel=0.01)


def test_the_first_payment_comes_after_the_order(run: Runner) -> None:
    at_once, later = (run("none", made("a", city=[period(10.0)]), first_use_days=d) for d in (0.0, 20.0))
    assert days(later, "subscribers").sum() == pytest.approx(days(at_once, "subscribers").sum(), rel=0.01)
    assert days(later, "active_holders").iloc[-1] < days(at_once, "active_holders").iloc[-1]


def test_a_launch_brings_members_to_its_district_alone(run: Runner) -> None:
    launch = DistrictCard(district="namdong", launch=MID_MARCH, source="assumption")
    policy = made("launch", city=[period(10.0)]).model_copy(update={"district_card": (launch,)})
    quiet, loud = (run("none", policy, launch_attention=a, potential_share=0.8).holders[1, 0] for a in (0.0, 10.0))
    namdong = 4
    assert loud[namdong] > quiet[namdong]
    assert (np.delete(loud - quiet, namdong) <= np.ceil(0.02 * np.delete(quiet, namdong))).all(), "by example alone"


def test_people_expect_the_mean_rate_and_not_the_best(run: Runner) -> None:
    few = period(10.0, merchant_sales_to_krw=300_000_000)
    many = period(2.0, merchant_sales_from_krw=300_000_000)
    policy = made("bands", city=[few, many])
    best, mean = (run("none", policy, felt_rate_strength=s) for s in (0.0, 1.0))
    felt = mean.calendar.felt_percent([t.open_day(MID_MARCH) for t in mean.treasuries])[1]
    assert (felt > 2.0).all() and (felt < 10.0).all()
    assert mean.holders[1, 0].sum() < best.holders[1, 0].sum()


def test_charges_come_before_payments_and_shrink_first_after_a_cut(run: Runner) -> None:
    model = run("none", cut_to(2.0), period=DAYS, charge_days=10.0, season_strength=0.0, dormancy_hazard_ratio_5pp=1.0)
    paid, issued, held = days(model, "card_payments_krw"), days(model, "issued_krw"), model.state.own_krw[1]
    assert held.min() >= 0 and held.sum() > 0
    before, after = slice("2020-03-01", "2020-03-14"), slice("2020-03-15", "2020-03-28")
    assert issued[after].sum() / issued[before].sum() < paid[after].sum() / paid[before].sum()


def test_without_charging_ahead_what_is_charged_is_what_is_paid(run: Runner) -> None:
    model = run("none", cut_to(5.0))
    assert model.state.own_krw.sum() == 0


def test_who_takes_a_grant_for_itself_spends_it_and_no_more(run: Runner) -> None:
    policy = made("grant", grant=[grant(50_000)])
    everybody, nobody = (run("none", policy, grant_habit_share=s, active_over_subscribers=0.0) for s in (1.0, 0.0))
    assert days(everybody, "active_holders").max() > 0
    assert days(nobody, "active_holders").max() == 0
    assert days(nobody, "subscribers").max() == days(everybody, "subscribers").max()
    assert days(nobody, "card_payments_krw").sum() > 0
    assert days(nobody, "users").max() > 0


def test_users_of_the_card_may_take_a_grant_on_it_more_often(run: Runner) -> None:
    policy = made("grant", city=[period(10.0)], grant=[grant(50_000, take_up_percent=0, users_take_up_percent=100)])
    model = run("none", policy)
    assert model.treasuries[1].ledger.balance("grants held") == 0
    flows = sum(payer.paid_krw.get("grant", 0) for payer in model.treasuries[1].payers.values())
    users = days(model, "active_holders").iloc[0]
    assert flows > 0
    assert flows <= 50_000 * (users + 50)


def test_prices_move_amounts_from_new_year_on(run: Runner) -> None:
    new_year = (datetime.date(2021, 12, 25), datetime.date(2022, 1, 8))
    policy = made("a", city=[period(10.0, start=new_year[0])])
    still, growing = (run("none", policy, period=new_year, growth_strength=s, season_strength=0.0) for s in (0.0, 1.0))
    ratio = days(growing, "card_payments_krw") / days(still, "card_payments_krw")
    assert ratio[:"2021-12-31"].mean() == pytest.approx(1.030, abs=0.01)
    assert ratio["2022-01-01":].mean() == pytest.approx(1.083, abs=0.01)


def test_late_joiners_wait_until_the_card_is_common(run: Runner) -> None:
    policy = made("a", city=[period(10.0)])
    always, waits = (
        run("none", policy, late_example=e, potential_share=0.9, adoption_p=0.0, adoption_q=0.0) for e in (0.0, 1.0)
    )
    assert days(waits, "subscribers").iloc[-1] < days(always, "subscribers").iloc[-1]


FITTED = {
    "usage_memory_weight": 0.5, "rate_learning_share": 0.03, "cashback_use_share": 0.02, "cashback_use_growth": 1.0,
    "charge_days": 8.0, "first_use_days": 15.0, "felt_rate_strength": 1.0, "late_limit_share": 0.5,
    "grant_habit_share": 0.3, "plus_imitation": 0.1, "plus_awareness_per_month": 0.002, "season_strength": 0.0,
}  # fmt: skip


@pytest.mark.slow
def test_five_years_of_a_constant_policy_settle(run: Runner) -> None:
    """Floats, users, payments and Plus shops move by less and less a year."""
    five_years = (datetime.date(2020, 3, 1), datetime.date(2025, 2, 28))
    policy = made("constant", city=[period(10.0, start=five_years[0])])
    model = run("none", policy, period=five_years, **FITTED)
    yearly = model.daily[model.daily["world"] == policy.name].assign(
        year=lambda d: (pd.to_datetime(d["date"]) - pd.Timestamp(five_years[0])).dt.days // 365
    )
    for figure in ("card_payments_krw", "active_holders"):
        by_year = yearly[yearly["year"] < 5].groupby("year")[figure].mean().tolist()
        steps = [abs(after / before - 1) for before, after in pairwise(by_year)]
        assert steps[-1] < 0.03, (figure, by_year)
    earned = yearly.groupby("year")["cashback_krw"].sum()[4]
    held = model.state.balance_krw[1].sum()
    assert held < 0.6 * earned, "cashback held is some months' earnings"
