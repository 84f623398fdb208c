"""Benchmark forecasts of single figures against values worked by hand."""

import datetime
import math

import numpy as np
import pytest

from eum.analysis.forecasts.benchmarks import SEMI_ELASTICITY
from eum.analysis.validation.out_of_sample.simple_rules import (
    BOTH_SIDES,
    LEAST_SD,
    MOST_SD,
    PromisedRates,
    forecast_by,
    own_spread,
    promised_rates,
    spread_of,
)
from eum.calibration.fit.targets import RATE, Target
from eum.policy.files import load_policy
from tests.calibration.fit.synthetic import month_target

MONTHS = [f"2020-{n:02d}" for n in range(1, 13)]
RATES = PromisedRates(
    {("incheon", month): 4.0 if month < "2020-03" else 10.0 for month in MONTHS},
    {("incheon", month): 3.0 if month < "2020-03" else 8.0 for month in MONTHS},
)
FEBRUARY, MARCH, APRIL = (month_target("payments", n) for n in (13, 14, 15))


def of_days(target: Target, krw_a_day: float) -> Target:
    """Return a flow of some won each day."""
    return target._replace(value=math.log(krw_a_day * ((target.end - target.start).days + 1)))


def said(rule: str, target: Target, series: list[Target]) -> float:
    """Return what a rule says, in the unit."""
    return math.exp(forecast_by(rule, target, series, RATES))


def test_the_last_value_is_by_day() -> None:
    assert said("last value", MARCH, [of_days(FEBRUARY, 100)]) == pytest.approx(3100)


def test_payments_in_proportion_to_the_rate() -> None:
    assert said("s/rho", MARCH, [of_days(FEBRUARY, 100)]) == pytest.approx(3100 * 10 / 4)
    assert said("s/rho", APRIL, [of_days(MARCH, 100)]) == pytest.approx(3000), "no change of rates, no change"


def test_payments_by_the_semi_elasticity() -> None:
    assert said("semi-elasticity", MARCH, [of_days(FEBRUARY, 100)]) == pytest.approx(
        3100 * math.exp(5 * SEMI_ELASTICITY.mean)
    )


def test_members_do_not_move_with_the_rate_and_the_rate_does() -> None:
    members = month_target("subscribers", 13, math.log(900.0))
    for rule in ("last value", "s/rho", "semi-elasticity"):
        assert said(rule, month_target("subscribers", 14), [members]) == pytest.approx(900)
    rate = month_target(RATE, 13, math.log(3.0))
    assert said("s/rho", month_target(RATE, 14), [rate]) == pytest.approx(3 * 10 / 4)
    assert said("semi-elasticity", month_target(RATE, 14), [rate]) == pytest.approx(3)


def test_the_nearest_figure_before_counts_and_none_after() -> None:
    series = [of_days(FEBRUARY, 100), of_days(month_target("payments", 12), 50), of_days(APRIL, 900)]
    assert said("last value", MARCH, series) == pytest.approx(3100)
    assert math.isnan(forecast_by("last value", FEBRUARY, [of_days(APRIL, 900)], RATES))


def test_interpolation_lies_on_the_line_between() -> None:
    series = [of_days(FEBRUARY, 100), of_days(APRIL, 400)]
    weight = (MARCH.month - FEBRUARY.month) / (APRIL.month - FEBRUARY.month)
    expected = math.log(31) + (1 - weight) * math.log(100) + weight * math.log(400)
    assert forecast_by("interpolation", MARCH, series, RATES) == pytest.approx(expected)
    assert said("interpolation", MARCH, series[:1]) == pytest.approx(3100), "nothing after: the last value"


def test_no_rule_looks_at_the_figure_that_it_forecasts() -> None:
    series = [of_days(FEBRUARY, 100), of_days(APRIL, 400)]
    for rule in BOTH_SIDES:
        found = {forecast_by(rule, MARCH._replace(value=v), series, RATES) for v in (0.0, 30.0)}
        assert len(found) == 1, rule


def test_spreads_by_hand() -> None:
    assert spread_of([0.3, -0.4, 0.0, float("nan")]) == pytest.approx(math.sqrt(0.25 / 3))
    assert spread_of([0.3, 0.3]) == MOST_SD
    assert spread_of([1e-4] * 3) == LEAST_SD


def grown(n_months: int, factor: float, first: int = 14) -> list[Target]:
    """Return payments of months, by day in proportion to powers of a factor."""
    return [of_days(month_target("payments", first + n), 100 * factor**n) for n in range(n_months)]


def test_the_own_spread_is_of_errors_within_half_a_year() -> None:
    # A tenth more each month: errors of n months ahead are n ln 1.1, for pairs up to six months apart.
    errors = [math.log(1.1)] * 3 + [2 * math.log(1.1)] * 2 + [3 * math.log(1.1)]
    expected = float(np.sqrt(np.mean(np.square(errors))))
    assert own_spread("last value", grown(4, 1.1), RATES) == pytest.approx(expected)
    far = [of_days(month_target("payments", 14 + 9 * n), 100 * 2**n) for n in range(4)]
    assert own_spread("last value", far, RATES) == MOST_SD


def test_a_spread_forgets_the_first_growth_and_no_rule_goes_on_with_errors_of_hundreds_of_percent() -> None:
    assert own_spread("last value", grown(6, 2.0), RATES) == MOST_SD
    doubled, quiet = grown(4, 2.0), grown(25, 1.0, first=25)
    assert own_spread("last value", [*doubled, *quiet], RATES) == LEAST_SD


def test_promised_rates_are_those_of_the_calendar() -> None:
    days = datetime.date(2020, 1, 1), datetime.date(2020, 4, 30)
    rates = promised_rates(load_policy("incheon-history"), *days)
    assert rates.change("s/rho", "incheon", (datetime.date(2020, 2, 10), datetime.date(2020, 4, 10))) > 0.5
    assert rates.change("semi-elasticity", "incheon", (days[0], days[0])) == 0
