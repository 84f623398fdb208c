"""A window that is replayed is the same days, to the won, of one run of the record from its first day."""

import datetime

import numpy as np
import pandas as pd
import pytest
from rich.progress import Progress

from eum.analysis.experiments.run import PreparedRun, RunConfig, setting_for
from eum.analysis.policy_history.replay import replayed_tables
from eum.behavior.parameters import Parameters
from eum.city.build import City, build_city
from eum.city.data import load_city_data
from eum.engine.history import HISTORY, WITH_CARD, History
from eum.engine.model import CityModel
from eum.engine.results import Tables
from eum.engine.state import CHARGED, EARNED
from tests.plain_behaviour import plain_behaviour
from tests.switched_on import SWITCHED_ON

LAST = datetime.date(2020, 9, 20)
DAY = datetime.timedelta(days=1)
WINDOWS = [("2018-06-15", "2019-05-05"), ("2019-07-29", "2019-08-09"), ("2020-03-17", "2020-05-20"),
           ("2020-06-10", "2020-09-20")]  # fmt: skip
"""The first days; money of the pilot of 2019; Gyeyang's card with the relief of 15 May; the relief held and lapsing."""


@pytest.fixture(scope="module")
def city() -> City:
    return build_city(load_city_data(), 0.0005, 1)


@pytest.fixture(scope="module", params=[False, True], ids=["central", "switched on"])
def parameters(request: pytest.FixtureRequest) -> Parameters:
    centre = plain_behaviour(load_city_data())
    return centre._replace(**SWITCHED_ON) if request.param else centre


def _totals(model: CityModel) -> np.ndarray:
    """Return all card payments, changes and classes so far in one row of numbers."""
    parts = [total + month for total, month in zip(model.total, model.month, strict=True)]
    total = type(model.total)(*parts)
    counted = (total.card_spend[WITH_CARD], total.change_spend[WITH_CARD], total.classes, total.totals[WITH_CARD])
    return np.concatenate([np.asarray(column).ravel() for column in counted])


@pytest.fixture(scope="module")
def whole(city: City, parameters: Parameters) -> tuple[pd.DataFrame, dict[str, np.ndarray], dict[str, int]]:
    """Return the days of one run from the first day of the record: daily totals, all accounts and all that is paid by
    date of the evening."""
    lived = History(city, parameters, 1)
    accounts, paid = {}, {}
    while lived.model.date <= LAST:
        model = lived.run_until(lived.model.date + DAY)
        evening = (model.date - DAY).isoformat()
        if any(evening in (end, _eve(start)) for start, end in WINDOWS):
            accounts[evening] = _totals(model)
            paid[evening] = sum(p.total_paid_krw for p in model.treasuries[WITH_CARD].payers.values())
    daily = lived.model.daily
    return daily[daily["world"] == HISTORY].set_index("date"), accounts, paid


def _eve(day: str) -> str:
    return (datetime.date.fromisoformat(day) - DAY).isoformat()


def replayed(city: City, parameters: Parameters, start: str, end: str, threads: int = 1) -> Tables:
    days = map(datetime.date.fromisoformat, (start, end))
    request = RunConfig([HISTORY], "causal", city.scale, 1, *days, members_given=True)
    return replayed_tables(
        PreparedRun(request, city, parameters, setting_for(request), threads), Progress(disable=True)
    )


@pytest.mark.parametrize(("start", "end"), WINDOWS)
def test_a_window_is_the_same_days_of_one_run(
    city: City, parameters: Parameters, whole: tuple, start: str, end: str
) -> None:
    daily, accounts, paid = whole
    tables = replayed(city, parameters, start, end, threads=2)
    mine = tables["daily"].query("world == @HISTORY").set_index("date")
    pd.testing.assert_frame_equal(mine, daily.loc[start:end])
    nothing = np.zeros_like(accounts[end])
    added = accounts[end] - accounts.get(_eve(start), nothing)
    size = 12 * 9 * 34
    assert tables["spending"].query("world == @HISTORY")["card_krw"].sum() == added[:size].sum()
    assert tables["classes"]["krw"].sum() == added[2 * size : -10].sum()
    assert mine["cashback_krw"].sum() == added[-10:][EARNED] and added[-10:][CHARGED] > 0
    flows = tables["flows"].query("world == @HISTORY and payer not in ('merchants', 'households')")
    assert flows["krw"].sum() == paid[end] - paid.get(_eve(start), 0)
    if not (flows["krw"] < 0).any():  # grant money that comes back goes to the payers, not into the budget
        assert tables["budgets"].query("world == @HISTORY")["spent_krw"].sum() == flows["krw"].sum()


def test_grants_and_budgets_are_carried_into_a_window(city: City) -> None:
    """The relief was loaded on 15 May 2020: in June it is spent without having been paid in the window, and on
    31 August what is left goes back; what a budget holds on the first morning is what was left on the eve."""
    centre = plain_behaviour(load_city_data())
    june = replayed(city, centre, "2020-06-01", "2020-06-10")
    assert june["flows"].query("purpose == 'grant'")["krw"].sum() == 0
    day = june["daily"].query("world == @HISTORY").iloc[0]
    assert day["card_payments_krw"] > 0
    earlier = replayed(city, centre, "2020-05-01", "2020-05-31")
    eve = earlier["budget_days"].query("date == '2020-05-31'").set_index("budget")["left_krw"]
    first = june["budgets"].set_index("budget")
    ends = june["budget_days"].query("date == '2020-06-10'").set_index("budget")["left_krw"]
    assert (first["amount_krw"] - first["spent_krw"] == ends).all()
    assert (first["amount_krw"][eve > 0] >= eve[eve > 0]).all() and (first["spent_krw"] > 0).any()
    august = replayed(city, centre, "2020-08-31", "2020-08-31")
    assert august["flows"].query("purpose == 'grant'")["krw"].sum() < 0
