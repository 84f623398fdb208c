"""Any window of the record can be replayed; what is compared and what is assumed is told."""

import datetime

import numpy as np
import pandas as pd
import pytest

from eum.analysis.experiments.run import RunConfig, members_assumed
from eum.analysis.policy_history.replay import assumptions_of, last_day, months_compared, require_window
from eum.city.data import CityData, load_city_data
from eum.engine.history import HISTORY
from eum.errors import InputError
from eum.policy.files import load_policy


@pytest.fixture(scope="module")
def package() -> CityData:
    return load_city_data()


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def asked(start: str, end: str, members_given: bool = True) -> RunConfig:
    return RunConfig([HISTORY], "causal", 0.01, 1, day(start), day(end), members_given=members_given)


def daily(start: str, end: str) -> pd.DataFrame:
    dates = pd.date_range(start, end).strftime("%Y-%m-%d")
    return pd.DataFrame({"date": dates, "card_payments_krw": 1000, "cashback_krw": 60})


def test_months_and_published_periods_stand_side_by_side(package: CityData) -> None:
    rows = months_compared(package, daily("2019-05-20", "2019-08-31"), 0.5).set_index("period")
    assert list(rows.index) == ["2019-05-20..2019-05-31", "2019-06", "2019-07", "2019-08"]
    assert rows.loc["2019-06", "simulated_krw"] == 30 * 1000 / 0.5
    assert rows.loc["2019-06", "observed_low_krw"] == 133.0e9, "papers differ"
    assert rows.loc["2019-06", "observed_high_krw"] == 138.4e9
    assert np.isnan(rows.loc["2019-05-20..2019-05-31", "observed_low_krw"]), "a part of a month was not published"
    assert rows["simulated_rate"].tolist() == pytest.approx([6.0] * 4)


def test_published_rates_and_periods_of_several_months_are_there(package: CityData) -> None:
    rows = months_compared(package, daily("2019-05-01", "2019-12-31"), 1.0).set_index("period")
    assert rows.loc["2019-05..2019-08", "observed_rate"] == 7.08
    assert rows.loc["2019-09..2019-11", "observed_low_krw"] == 672.0e9


def test_a_month_without_payments_has_no_rate(package: CityData) -> None:
    empty = daily("2018-08-01", "2018-08-31").assign(card_payments_krw=0, cashback_krw=0)
    assert np.isnan(months_compared(package, empty, 1.0)["simulated_rate"].iloc[0])


@pytest.mark.parametrize(("start", "end"), [("2018-06-14", "2018-12-31"), ("2026-01-01", "2027-01-01")])
def test_a_window_outside_the_record_is_refused(package: CityData, start: str, end: str) -> None:
    with pytest.raises(InputError, match=r"replay: .*expected days from 2018-06-15 to 2026-07-01"):
        require_window(package, day(start), day(end))


def test_the_record_ends_where_its_rows_end(package: CityData) -> None:
    assert last_day(package) == day("2026-07-01")
    require_window(package, day("2018-06-15"), last_day(package))


def told(package: CityData, request: RunConfig) -> str:
    return "\n".join(assumptions_of(package, load_policy(HISTORY), request))


def test_what_is_assumed_of_a_late_window_is_reported(package: CityData) -> None:
    late = told(package, asked("2022-01-01", "2023-03-31"))
    assert "Nobody counted members after 2022-06-22: from then on people join by the model's own rule." in late
    assert "from 2018-06-15, when nobody held a card: people, budgets and grants stand on 2022-01-01 where" in late
    assert "has those of 2022-01-01; payments follow the changes: 2022-01-31, 2023-01-01." in late
    assert "Budgets hold on 2022-01-01 what the model has left of them: bupyeong-programme" in late
    assert "Payments are published to 2022-12-31; later months stand alone." in late


def test_what_needs_no_assumption_is_not_reported(package: CityData) -> None:
    early = told(package, asked("2019-06-01", "2019-06-30"))
    assert "as many each day as were counted." in early
    assert "Nobody counted" not in early and "table of fees" not in early and "published to" not in early
    assert "join by the model's own rule" in told(package, asked("2019-06-01", "2019-06-30", members_given=False))


def test_a_plain_run_says_that_members_are_assumed_only_where_they_are(package: CityData) -> None:
    assert members_assumed(package, day("2022-06-22")) == ""
    assert "people join by the model's own rule" in members_assumed(package, day("2023-01-01"))
