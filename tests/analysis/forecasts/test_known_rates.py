"""Rates known ahead: what the record of the card promises by month, from the calendar alone."""

import pandas as pd
import pytest

from eum.analysis.forecasts.known_rates import (
    TYPICAL_SPENDING_KRW,
    month_days,
    months_between,
    promised_by_month,
    scope_of_rates,
)
from eum.city.data import load_city_data
from eum.policy.files import load_policy


def promised(month: str, spending_krw: float = TYPICAL_SPENDING_KRW) -> pd.DataFrame:
    """Return the rates of a month by scope."""
    policy = load_policy("incheon-2022")
    return promised_by_month(policy, [month], spending_krw).set_index("scope")


def test_months_and_their_days() -> None:
    assert months_between("2020-11", "2021-02") == ["2020-11", "2020-12", "2021-01", "2021-02"]
    assert month_days("2020-02") == ("2020-02-01", "2020-02-29")


def test_the_rate_was_halved_in_july_2022_and_capped_lower() -> None:
    assert promised("2022-06").loc["incheon", "effective_percent"] == pytest.approx(10)
    assert promised("2022-07").loc["incheon", "effective_percent"] == pytest.approx(5)
    # 10 % of 500,000 won and 1 % of the next 100,000; 5 % of 300,000 won.
    assert promised("2022-06", 600_000).loc["incheon", "effective_percent"] == pytest.approx(51 / 6)
    assert promised("2022-07", 600_000).loc["incheon", "effective_percent"] == pytest.approx(2.5)
    assert promised("2022-07", 600_000).loc["incheon", "first_percent"] == pytest.approx(5)


def test_rates_by_the_sales_of_the_shop_are_a_plain_mean_of_bands() -> None:
    """From October 2022 shops of up to 300 million won, one band of five, had 10 % and the others 5 %."""
    assert promised("2022-10").loc["incheon", "first_percent"] == pytest.approx((10 + 4 * 5) / 5)


def test_a_top_up_counts_in_its_district_alone_and_by_the_day() -> None:
    rates = promised("2020-03")["first_percent"]
    assert rates["gyeyang"] - rates["jung"] == pytest.approx(16 / 31), "1 % from 16 March"
    assert rates["incheon"] == pytest.approx(rates["jung"]) == pytest.approx(10)


def test_a_card_has_the_rates_of_its_district_and_a_trade_those_of_the_city() -> None:
    scopes = ("card_seo", "seo", "incheon", "card_incheon", "trade_fuel")
    assert [scope_of_rates(scope) for scope in scopes] == ["seo", "seo", "incheon", "incheon", "incheon"]


def test_typical_spending_is_what_was_published() -> None:
    both_months = load_city_data().observed("payments_per_active_user", "incheon", "2019-05-01", "2019-06-30")
    assert pytest.approx(both_months / 2, rel=0.01) == TYPICAL_SPENDING_KRW
