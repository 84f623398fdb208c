"""Two kinds of interval, each computed in one place; what they are is worked out by hand and by counting."""

import ast
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from eum.intervals import (
    EXTREMES,
    MEAN,
    NONE,
    PERCENTILES,
    extremes,
    interval_words,
    mean_half_width,
    mean_interval,
    percentile_columns,
    percentile_ends,
    percentile_interval,
    standard_error,
)
from tests import house
from tests.test_house import python_files


def test_the_interval_of_a_mean_is_that_of_students_t() -> None:
    # By hand: t(0.95; 3) = 2.353363, standard deviation of 1 2 3 6 is 2.160247, over the root of 4.
    found = mean_interval([1.0, 2.0, 3.0, 6.0])
    assert found.value == 3 and found.kind == MEAN and found.n == 4
    assert found.half_width == pytest.approx(2.353363 * 2.160247 / 2, rel=1e-6)
    assert (found.low + found.high) / 2 == pytest.approx(3)


def test_the_interval_of_a_mean_covers_it_nine_times_in_ten_even_with_four_runs() -> None:
    """The spread of four runs from the 5th to the 95th percentile, which once stood for it, covers far less."""
    draws = np.random.default_rng(1).standard_normal((4000, 4))
    means, spreads = map(mean_interval, draws), map(percentile_interval, draws)
    assert np.mean([m.low <= 0 <= m.high for m in means]) == pytest.approx(0.9, abs=0.015)
    assert np.mean([s.low <= 0 <= s.high for s in spreads]) < 0.87


def test_percentiles_hold_nine_draws_in_ten_however_many_there_are() -> None:
    draws = np.random.default_rng(2).gamma(2.0, 1.0, 40_000)
    few, many = percentile_interval(draws[:400]), percentile_interval(draws)
    for found in (few, many):
        assert found.kind == PERCENTILES
        assert found.low == pytest.approx(stats.gamma.ppf(0.05, 2), abs=0.1)
        assert found.high == pytest.approx(stats.gamma.ppf(0.95, 2), abs=0.5)
    assert mean_interval(draws).half_width < mean_interval(draws[:400]).half_width / 5, "the mean gets closer"
    assert many.half_width > few.half_width / 2, "draws do not"


@pytest.mark.parametrize("kind", [mean_interval, percentile_interval])
def test_one_run_has_no_interval_and_none_is_left_out(kind) -> None:
    alone = kind([3.0])
    assert alone.value == 3 and math.isnan(alone.low) and math.isnan(alone.half_width) and alone.kind == NONE
    holed = kind([1.0, math.nan, 3.0])
    assert math.isnan(holed.value) and math.isnan(holed.low) and holed.n == 3
    assert math.isnan(kind([]).value)


def test_arrays_are_taken_over_their_first_axis() -> None:
    values = np.random.default_rng(3).normal(size=(6, 2, 3))
    assert mean_half_width(values)[1, 2] == pytest.approx(mean_interval(values[:, 1, 2]).half_width)
    assert standard_error(values)[0, 1] == pytest.approx(stats.sem(values[:, 0, 1]))
    assert np.isnan(standard_error(values[:1])).all() and standard_error(values[:1]).shape == (2, 3)
    low, high = percentile_ends(values)
    one = percentile_interval(values[:, 1, 0])
    assert (low[1, 0], high[1, 0]) == pytest.approx((one.low, one.high))


def test_a_table_has_the_same_percentiles_by_group_and_counts_what_is_in_them() -> None:
    table = pd.DataFrame({"key": list("aaaab"), "value": [1.0, 2.0, 5.0, math.nan, 7.0]})
    found = percentile_columns(table.groupby("key")["value"])
    one = percentile_interval([1.0, 2.0, 5.0])
    assert tuple(found.loc["a"]) == pytest.approx((one.value, one.low, one.high, 3))
    days = percentile_columns(table.groupby("key")["value"], on_values=True)
    assert tuple(days.loc["a"]) == (2, 1, 5, 3), "dates are those of draws"


def test_dates_have_a_median_that_occurred_and_their_ends() -> None:
    assert extremes([9.0, 1.0, math.inf, 5.0])[:3] == (5.0, 1.0, math.inf)
    assert extremes([4.0]).kind == NONE and extremes([4.0, 4.0]).kind == EXTREMES


def test_words_say_what_an_interval_is_of() -> None:
    assert interval_words(MEAN, 3, "seeds") == "mean of 3 seeds (± half of the 90 % interval of that mean)"
    assert "5th to 95th percentile" in interval_words(PERCENTILES, 20, "draws from the priors")
    assert interval_words(NONE, 1, "seeds") == "one of the seeds, no interval"


# What is no 90 % interval of a figure, by `path::function`, and why.
MEANT_OTHERWISE = {
    "sim/eum/analysis/validation/evaluation_designs/diff_in_diff.py::two_way": (
        "the 95 % interval that evaluators with this design would print"
    ),
    "sim/eum/analysis/forecasts/benchmarks.py::benchmark_quantiles": "quantiles of a forecast",
    "sim/eum/analysis/forecasts/aggregate_forecast.py::aggregate_quantiles": "quantiles of a forecast",
    "sim/eum/analysis/forecasts/posterior_forecast.py::registered_rows": "quantiles of a forecast",
    "sim/eum/output/surrogate/error.py::errors": "one end: the error that 95 % keep within",
    "sim/eum/analysis/sensitivity/analysis.py::about_rows": "one end: how well the families could be met",
    "sim/eum/calibration/fit/predictive_checks.py::predictive_checks": "intervals of three levels",
    "sim/eum/calibration/fit/workflow.py::fitted_figures": "intervals of two levels, one for tests of a figure alone",
    "sim/eum/analysis/validation/out_of_sample/fit_forecasts.py::_of_draws": "quantiles of a forecast",
    "sim/eum/analysis/validation/out_of_sample/fit_forecasts.py::_of_normal": "quantiles of a forecast",
}
_QUANTILES = {"quantile", "percentile", "nanquantile", "nanpercentile", "ppf", "stdtrit", "stdtr", "sem", "hdi"}


def own_intervals(source: house.Source) -> list[str]:
    """Find quantiles, Student's t and standard errors computed outside sim/eum/intervals.py."""
    if source.path == "sim/eum/intervals.py":
        return []
    findings = []
    for function in house.functions(source):
        place = f"{source.path}::{function.name}"
        for node in ast.walk(function):
            name = house.dotted(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""
            called = name or (
                node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
            )
            if called in _QUANTILES and place not in MEANT_OTHERWISE:
                findings.append(source.at(node, f"{called} in {function.name}: use eum.intervals"))
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and _is_standard_error(node):
                findings.append(source.at(node, f"a standard error in {function.name}: use eum.intervals"))
    return findings


def _is_standard_error(node: ast.BinOp) -> bool:
    return ".std(" in ast.unparse(node.left) and "sqrt(" in ast.unparse(node.right)


def test_no_other_module_computes_an_interval_by_itself() -> None:
    sources = python_files("sim")
    findings = [finding for source in sources for finding in own_intervals(source)]
    assert not findings, "\n".join(findings)


def test_every_exception_is_still_needed() -> None:
    used = set()
    for source in python_files("sim"):
        for function in house.functions(source):
            calls = [
                n.func.attr for n in ast.walk(function) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)
            ]
            used |= {f"{source.path}::{function.name}"} if _QUANTILES & set(calls) else set()
    assert set(MEANT_OTHERWISE) <= used


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n    return np.quantile(x, [0.05, 0.95])",
        "def f(x):\n    return x['a'].groupby('b').quantile(0.05)",
        "def f(x):\n    return stats.t.ppf(0.95, 3) * x",
        "def f(x):\n    return x.std(ddof=1) / np.sqrt(len(x))",
    ],
)
def test_an_interval_made_by_hand_is_found_out(text: str) -> None:
    assert own_intervals(house.Source("sim/study/a.py", text))
