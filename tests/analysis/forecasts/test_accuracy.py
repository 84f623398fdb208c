"""Scores, intervals, effective numbers and the test of equal accuracy against values worked by hand or by theory."""

import numpy as np
import pytest
from scipy import stats

from eum.analysis.forecasts.accuracy import (
    crps_of_quantiles,
    diebold_mariano,
    effective_number,
    quantile_scores,
    weighted_interval_scores,
)
from eum.analysis.forecasts.registered import PROBABILITIES
from eum.calibration.fit.rng_streams import normals
from eum.intervals import binomial_interval


def interval_score(low: np.ndarray, high: np.ndarray, truth: np.ndarray, level: float) -> np.ndarray:
    """Return width, and what the truth lies outside by times 2 / (1 - level) (Gneiting and Raftery 2007)."""
    return high - low + 2 / (1 - level) * (np.maximum(low - truth, 0) + np.maximum(truth - high, 0))


def crps(draws: np.ndarray, truth: float) -> float:
    """Return the CRPS of draws: mean distance to the truth less half of that between two draws, from their order."""
    ordered, n = np.sort(draws), len(draws)
    between = ((2 * np.arange(1, n + 1) - n - 1) * ordered).sum() / n**2
    return float(np.abs(ordered - truth).mean() - between)


QUANTILES = np.array([[1.0, 2.0, 3.0, 4.0, 5.0]])


def test_quantile_scores_by_hand() -> None:
    # Truth 4.5 is above the first four quantiles (p times the distance) and below the last (0.05 times 0.5).
    found = quantile_scores(QUANTILES, np.array([4.5]), PROBABILITIES)
    assert found[0] == pytest.approx([0.05 * 3.5, 0.25 * 2.5, 0.5 * 1.5, 0.75 * 0.5, 0.05 * 0.5])


def test_weighted_interval_score_of_a_truth_at_the_median_is_a_tenth_of_the_widths() -> None:
    # (0 / 2 + 0.5 / 2 * 2 + 0.1 / 2 * 4) / 2.5
    assert weighted_interval_scores(QUANTILES, np.array([3.0])) == pytest.approx(0.7 / 2.5)


def test_weighted_interval_score_outside_of_both_intervals_by_hand() -> None:
    # 50 %: 2 + 2 / 0.5 * 3 = 14; 90 %: 4 + 2 / 0.1 * 2 = 44; median: 4.
    assert weighted_interval_scores(QUANTILES, np.array([7.0])) == pytest.approx((4 / 2 + 0.25 * 14 + 0.05 * 44) / 2.5)


def test_weighted_interval_score_is_the_sum_of_interval_scores() -> None:
    """Equation 1 of Bracher et al. 2021, from the interval score of the fits."""
    q, truth = np.sort(normals(5, 200, 5), axis=1), 2 * normals(6, 200)
    inner, outer = (interval_score(q[:, a], q[:, b], truth, c) for a, b, c in ((1, 3, 0.5), (0, 4, 0.9)))
    expected = (np.abs(truth - q[:, 2]) / 2 + 0.25 * inner + 0.05 * outer) / 2.5
    assert weighted_interval_scores(q, truth) == pytest.approx(expected)


def test_scores_of_a_point_are_its_distance() -> None:
    point = np.full((1, 5), 3.0)
    assert weighted_interval_scores(point, np.array([5.0])) == pytest.approx(2.0)


def test_scores_are_in_the_unit_and_do_not_depend_on_the_origin() -> None:
    q, truth = np.sort(normals(1, 50, 5), axis=1), normals(2, 50)
    for score in (weighted_interval_scores, crps_of_quantiles):
        assert score(7 * q + 3, 7 * truth + 3) == pytest.approx(7 * score(q, truth))


def test_the_score_of_many_quantiles_is_the_crps() -> None:
    """Of a standard normal at y: y (2 F(y) - 1) + 2 f(y) - 1 / sqrt(pi) (Gneiting and Raftery 2007)."""
    levels = tuple(np.linspace(0.0005, 0.9995, 1000))
    y = np.array([-2.0, 0.0, 0.7])
    expected = y * (2 * stats.norm.cdf(y) - 1) + 2 * stats.norm.pdf(y) - 1 / np.sqrt(np.pi)
    many = np.tile(stats.norm.ppf(levels), (3, 1))
    assert crps_of_quantiles(many, y, levels) == pytest.approx(expected, abs=2e-4)
    draws = stats.norm.ppf((np.arange(5000) + 0.5) / 5000)
    assert crps_of_quantiles(many, y, levels) == pytest.approx([crps(draws, v) for v in y], abs=1e-3)


def test_the_crps_of_five_quantiles_by_hand() -> None:
    # Quantile scores of the truth 4.5 (see above), and trapezia between 0, 0.05, 0.25 ... 1.
    scores, steps = [0, 0.175, 0.625, 0.75, 0.375, 0.025, 0], [0.05, 0.2, 0.25, 0.25, 0.2, 0.05]
    trapezia = sum(step * (scores[i] + scores[i + 1]) / 2 for i, step in enumerate(steps))
    assert crps_of_quantiles(QUANTILES, np.array([4.5])) == pytest.approx(2 * trapezia) == pytest.approx(0.875)


def test_five_quantiles_tell_the_crps_of_a_normal_up_to_a_fifth() -> None:
    five, centre = stats.norm.ppf(PROBABILITIES)[None], np.array([0.0])
    exact = 2 * stats.norm.pdf(0) - 1 / np.sqrt(np.pi)
    assert 0.8 * exact < crps_of_quantiles(five, centre)[0] < exact


def test_a_right_forecast_scores_better_than_a_narrow_a_wide_and_a_shifted_one() -> None:
    truth, z = normals(3, 4000), stats.norm.ppf(PROBABILITIES)
    right, *wrong = (
        weighted_interval_scores(np.tile(shift + spread * z, (4000, 1)), truth).mean()
        for shift, spread in ((0, 1), (0, 0.5), (0, 2), (0.5, 1))
    )
    assert right < min(wrong)


@pytest.mark.parametrize(("hits", "n"), [(0, 6), (3, 6), (6, 6), (45, 50)])
def test_the_interval_of_a_coverage_is_that_of_a_library_where_n_is_whole(hits: int, n: int) -> None:
    exact = stats.binomtest(hits, n).proportion_ci(0.9, "exact")
    assert binomial_interval(hits / n, n) == pytest.approx((exact.low, exact.high))


def test_the_interval_of_a_coverage_narrows_with_n_that_need_not_be_whole() -> None:
    widths = [np.subtract(*binomial_interval(0.7, n)[::-1]) for n in (2.5, 3, 10, 10.5)]
    assert widths == sorted(widths, reverse=True)


def test_errors_that_all_share_and_that_stay_are_one() -> None:
    found = effective_number(np.full((6, 4), 0.3))
    assert (found.n, found.over_time, found.across) == (24, pytest.approx(6), pytest.approx(4))
    assert found.effective == pytest.approx(1)


def test_series_that_differ_by_their_scale_alone_count_once() -> None:
    errors = normals(8, 500)[:, None] * [1.0, -0.0, 5.0]
    found = effective_number(errors)
    assert found.across == pytest.approx(2, abs=1e-9), "a series without any error is in no pair"


def test_independent_errors_count_nearly_all() -> None:
    found = effective_number(normals(9, 400, 10))
    assert found.effective > 0.7 * 4000


def test_the_autocorrelation_of_a_known_process_is_found() -> None:
    """Of a first-order autoregression with coefficient 0.5: (1 + 0.5) / (1 - 0.5) = 3."""
    shocks = normals(10, 400, 4 * 20)
    errors = np.empty_like(shocks)
    errors[0] = shocks[0] / np.sqrt(1 - 0.25)
    for t in range(1, len(errors)):
        errors[t] = 0.5 * errors[t - 1] + shocks[t]
    found = [effective_number(part).over_time for part in np.split(errors, 20, axis=1)]
    assert np.mean(found) == pytest.approx(3, abs=0.2)


def test_the_mean_correlation_of_a_known_pair_is_found() -> None:
    common, own = normals(11, 4000, 1), normals(12, 4000, 2)
    found = effective_number(np.sqrt(0.6) * common + np.sqrt(0.4) * own)
    assert found.across == pytest.approx(1.6, abs=0.05)


def test_the_effective_number_does_not_depend_on_order_of_series_unit_or_gaps() -> None:
    errors = normals(13, 30, 5).cumsum(axis=0)
    one = effective_number(errors)
    assert effective_number(3 * errors[:, ::-1]).effective == pytest.approx(one.effective)
    gaps = errors.copy()
    gaps[:2, 0] = np.nan
    assert effective_number(gaps).n == 148
    assert effective_number(np.full((3, 2), np.nan)).effective == 0


def test_one_step_ahead_the_comparison_is_a_t_test() -> None:
    difference = normals(14, 12) + 0.3
    found, known = diebold_mariano(difference, 1), stats.ttest_1samp(difference, 0)
    assert (found.statistic, found.p_value) == pytest.approx((known.statistic, known.pvalue))


def test_the_comparison_two_steps_ahead_by_hand() -> None:
    # Mean 2.5; c_0 = 1.25, c_1 = -0.4375; variance (1.25 - 0.875) / 4; correction (4 + 1 - 4 + 2 / 4) / 4 = 0.375.
    found = diebold_mariano(np.array([1.0, 3.0, 2.0, 4.0]), 2)
    assert found.statistic == pytest.approx(2.5 / np.sqrt(0.375 / 4) * np.sqrt(0.375)) == pytest.approx(5.0)
    assert found.p_value == pytest.approx(2 * stats.t.sf(5.0, 3)) and found.n_lags == 1


def test_the_comparison_turns_round_with_its_sides_and_not_with_the_unit() -> None:
    difference = normals(15, 20)
    one, other, scaled = (diebold_mariano(factor * difference) for factor in (1.0, -1.0, 9.0))
    assert one.statistic == pytest.approx(-other.statistic) == pytest.approx(scaled.statistic)
    assert one.n_lags == 2, "the whole part of the cube root of 20"


def test_a_comparison_that_cannot_be_made_is_no_number() -> None:
    assert np.isnan(diebold_mariano(np.array([1.0, 2.0])).statistic)
    assert np.isnan(diebold_mariano(np.zeros(6)).p_value)


def test_equal_forecasts_are_told_apart_in_one_of_ten_tests_at_ten_percent() -> None:
    p_values = np.array([diebold_mariano(row).p_value for row in normals(16, 1500, 12)])
    assert 0.07 < (p_values < 0.1).mean() < 0.15
