"""Forecasts that anybody could make: each rule by hand, its spread by hand, and nothing of what came later."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from eum.analysis.forecasts.benchmarks import (
    RULES,
    SEMI_ELASTICITY,
    KnownRates,
    benchmark_forecast,
    benchmark_quantiles,
    by_autoregression,
    by_semi_elasticity,
    fitted_autoregression,
    in_proportion,
    last_value,
    last_year,
    past_errors,
    spread_of_errors,
)
from eum.analysis.forecasts.monthly import Known, MonthlySeries, known_series
from eum.analysis.forecasts.registered import QUANTILES
from eum.calibration.fit.rng_streams import normals
from eum.errors import InputError
from eum.policy.files import load_policy
from eum.policy.model import Policy

RATES = KnownRates(np.repeat([10.0, 5.0], [15, 6]), np.repeat([8.0, 4.0], [15, 6]))
Y = np.arange(15.0)


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy("incheon-2022")


def known_at(monthly: pd.DataFrame, policy: Policy, origin: str = "2022-06") -> Known:
    return known_series(monthly, policy, origin, "2022-12", 270_000)


def test_the_last_value_and_the_same_month_of_the_last_year_known() -> None:
    assert last_value(Y, RATES, 2).tolist() == [14, 14]
    # Month 15 is a year after 3; month 27, the thirteenth to come, two years after 3.
    assert last_year(Y, RATES, 13).tolist() == [*range(3, 15), 3]
    assert np.isnan(last_year(Y[:6], RATES, 7)).tolist() == [True] * 6 + [False]


def test_payments_in_proportion_to_the_rate_and_by_the_semi_elasticity() -> None:
    assert in_proportion(Y, RATES, 2) == pytest.approx([14 + np.log(0.5)] * 2)
    assert by_semi_elasticity(Y, RATES, 2) == pytest.approx([14 - 4 * SEMI_ELASTICITY.mean] * 2)
    assert np.isnan(in_proportion(Y, KnownRates(RATES.first * 0, RATES.effective), 2)).all()


def test_the_semi_elasticity_is_from_6_to_16_percent_with_ninety_percent() -> None:
    ends = stats.norm(SEMI_ELASTICITY.mean, SEMI_ELASTICITY.sd).ppf([0.05, 0.95])
    assert ends == pytest.approx([0.06, 0.16])


def synthetic(n: int, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Return logarithms of y(t) = 2 + 0.7 y(t - 1) + 0.05 rate(t) + noise, and the rates."""
    rate = np.where((np.arange(n) // 9) % 2, 5.0, 10.0)
    y = np.empty(n)
    y[0] = (2 + 0.05 * rate[0]) / 0.3
    for t in range(1, n):
        y[t] = 2 + 0.7 * y[t - 1] + 0.05 * rate[t] + noise * normals(4, n)[t]
    return y, rate


def test_the_autoregression_of_a_synthetic_series_is_recovered() -> None:
    assert fitted_autoregression(*synthetic(40, 0.0)) == pytest.approx((2, 0.7, 0.05), abs=1e-6)
    assert fitted_autoregression(*synthetic(600, 0.05)) == pytest.approx((2, 0.7, 0.05), abs=0.15)
    y, rate = synthetic(46, 0.0)
    assert by_autoregression(y[:40], KnownRates(rate, rate), 6) == pytest.approx(y[40:], abs=1e-6)


def test_the_autoregression_does_not_explode_and_has_no_slope_of_a_rate_that_never_changed() -> None:
    growing = 1.3 ** np.arange(12.0)
    fit = fitted_autoregression(growing, np.full(12, 10.0))
    assert fit.persistence == pytest.approx(1) and fit.per_point == 0


def test_past_errors_are_those_of_every_earlier_origin_by_horizon() -> None:
    errors = past_errors(last_value, Y, RATES, 3)
    # A line that rises by 1: the last value misses by the horizon, from origins after 6 to 14 months on.
    assert [len(found) for found in errors] == [9, 8, 7]
    assert [set(found) for found in errors] == [{1.0}, {2.0}, {3.0}]


def test_the_spread_is_the_size_of_past_errors_and_grows_beyond_them() -> None:
    spread = spread_of_errors([np.array([3.0, -4.0, 0.0, 0.0]), np.array([1.0, 1.0, 1.0]), np.array([9.0])])
    assert spread is not None
    # Root mean squares 2.5 and 1; at the third horizon one error is too few: 1 times the root of 3 / 2.
    assert spread.scale == pytest.approx([2.5, 1.0, np.sqrt(1.5)])
    assert spread.freedom.tolist() == [4, 3, 3]
    overlapping = spread_of_errors([np.ones(9), np.ones(9)])
    assert overlapping is not None and overlapping.freedom.tolist() == [9, 4], "nine errors of two months: four of them"
    assert spread_of_errors([np.array([1.0, 2.0])]) is None


def test_quantiles_are_students_t_around_the_rule_in_logarithms(monthly: pd.DataFrame, policy: Policy) -> None:
    series = next(s for s in known_at(monthly, policy).series if s.scope == "incheon" and s.metric == "payments")
    found = np.log(benchmark_quantiles(series, "last-value"))
    y = series.log_values
    assert found[:, 2] == pytest.approx(np.full(6, y[-1]))
    errors = np.array([y[n] - y[n - 1] for n in range(6, 24)])
    one_ahead = np.sqrt((errors**2).mean()) * stats.t.ppf(0.95, 18)
    assert found[0, 4] - found[0, 2] == pytest.approx(one_ahead)
    wider, plain = (np.diff(np.log(benchmark_quantiles(series, m))[:, [0, 4]]) for m in ("semi-elasticity", "s-rho"))
    assert (wider > plain).all(), "what the coefficient is not known by counts where the rate is cut"


@pytest.mark.parametrize("method", RULES)
def test_nothing_after_the_origin_is_looked_at(method: str, monthly: pd.DataFrame, policy: Policy) -> None:
    later = monthly["period_start"] >= "2022-07"
    changed = monthly.assign(value=monthly["value"].where(~later, 1.0))
    one, two = (benchmark_forecast(known_at(rows, policy), method)[0] for rows in (monthly, changed))
    pd.testing.assert_frame_equal(one, two)
    assert len(one) == 6 * 8 and (np.diff(one[QUANTILES], axis=1) >= 0).all()


@pytest.mark.parametrize("method", RULES)
def test_another_unit_of_money_gives_the_same_forecast_in_it(
    method: str, monthly: pd.DataFrame, policy: Policy
) -> None:
    thousands = monthly.assign(value=monthly["value"] / 1000)
    one, two = (benchmark_forecast(known_at(rows, policy), method)[0] for rows in (monthly, thousands))
    np.testing.assert_allclose(one[QUANTILES], 1000 * two[QUANTILES], rtol=1e-6)


def test_series_that_cannot_be_forecast_are_named(monthly: pd.DataFrame, policy: Policy) -> None:
    gap = monthly[(monthly["scope"] != "trade_fuel") | (monthly["period_start"] != "2021-05-01")]
    zero = gap.assign(value=gap["value"].where((gap["scope"] != "seo") & (gap["period_start"] != "2022-01-01"), 0))
    why = known_at(gap, policy).left_out.set_index("scope")["why"]
    assert why.to_dict() == {"card_dong": "never above zero", "trade_fuel": "no figure of 2021-05"}
    with pytest.raises(InputError, match="expected 12 months in a row above zero"):
        known_at(zero, policy)
    young = monthly.assign(value=monthly["value"].where(monthly["period_start"] >= "2021-08-01", 0))
    with pytest.raises(InputError, match="ORIGIN: 2022-06: 11 months only"):
        known_at(young, policy)
    with pytest.raises(InputError, match="ORIGIN: 2019-06: no monthly observation to this month"):
        known_at(monthly, policy, "2019-06")


def test_a_period_that_is_no_month_is_passed_over(monthly: pd.DataFrame, policy: Policy) -> None:
    year = monthly.iloc[:1].assign(period_start="2021-01-01", period_end="2021-12-31", value=5.0)
    more = pd.concat([monthly, year], ignore_index=True)
    one, two = (known_at(rows, policy).series for rows in (monthly, more))
    assert len(one) == len(two) and all(
        np.array_equal(a.log_values, b.log_values) for a, b in zip(one, two, strict=True)
    )


def test_a_year_of_months_is_enough_for_all_but_the_same_month_a_year_before() -> None:
    series = MonthlySeries("incheon", "payments", "krw", Y[:12], np.full(15, 10.0), np.full(15, 8.0), ("a", "b", "c"))
    made = {method for method in RULES if benchmark_quantiles(series, method) is not None}
    assert made == set(RULES) - {"last-year"}
