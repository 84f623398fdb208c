"""Scores, ranks and recalibration against values known by hand or by theory."""

import numpy as np
import pytest

from eum.calibration.bayes.abc_rejection import nearest
from eum.calibration.bayes.recalibration import recalibrated
from eum.calibration.bayes.scores import crps, interval_score, rank_of_truth, uniformity
from eum.calibration.fit.rng_streams import normals, uniforms


def test_crps_of_one_draw_is_its_distance() -> None:
    assert crps(np.array([3.0]), 5.0) == 2.0


def test_crps_of_two_draws_by_hand() -> None:
    # Mean distance to the truth 1; between draws, each pair twice, 0 with itself: (0 + 2 + 2 + 0) / 4 = 1.
    assert crps(np.array([0.0, 2.0]), 1.0) == pytest.approx(1 - 0.5 * 1)


def test_crps_of_a_normal_is_as_published() -> None:
    """Of a standard normal at its mean: 2 phi(0) - 1 / sqrt(pi) (Gneiting and Raftery 2007)."""
    expected = 2 / np.sqrt(2 * np.pi) - 1 / np.sqrt(np.pi)
    assert crps(normals(3, 40000), 0.0) == pytest.approx(expected, abs=0.005)


def test_interval_score_is_width_and_misses() -> None:
    low, high, truth = np.array([0.0, 0.0, 0.0]), np.array([2.0, 2.0, 2.0]), np.array([1.0, -0.5, 3.0])
    assert interval_score(low, high, truth, 0.9) == pytest.approx([2, 2 + 20 * 0.5, 2 + 20 * 1])


def test_ranks_count_draws_below() -> None:
    assert rank_of_truth(np.array([1.0, 2.0, 2.0, 4.0]), np.array(2.0)) == pytest.approx(0.25 + 0.5 * 0.5)


def test_uniform_ranks_have_a_chi_squared_near_one_and_others_a_large_one() -> None:
    ranks = uniforms(5, 1000)
    assert uniformity(ranks) < 2.5
    assert uniformity(ranks**3) > 10


def _overconfident(n: int, start: int) -> tuple[np.ndarray, np.ndarray]:
    """Return truths and posteriors that are half as wide as they should be."""
    truth = normals(11, n, start=start)
    centre = truth + normals(12, n, start=start)
    draws = centre[:, None] / 2 + np.sqrt(0.5) / 2 * normals(13, n, 400, start=400 * start)
    return truth, draws


def test_recalibration_makes_intervals_hold_that_did_not() -> None:
    """Measured on some truths, certified on others."""
    truth, draws = _overconfident(600, 0)
    ranks = np.array([rank_of_truth(d, t) for d, t in zip(draws, truth, strict=True)])
    truth, draws = _overconfident(600, 600)
    moved = np.array([recalibrated(d, ranks) for d in draws])
    raw = np.array([rank_of_truth(d, t) for d, t in zip(draws, truth, strict=True)])
    low, high = np.quantile(moved, 0.05, axis=1), np.quantile(moved, 0.95, axis=1)
    assert ((raw >= 0.05) & (raw <= 0.95)).mean() < 0.75
    assert 0.85 <= ((truth >= low) & (truth <= high)).mean() <= 0.95


def test_recalibration_by_uniform_ranks_changes_next_to_nothing_and_keeps_the_order() -> None:
    draws, ranks = normals(2, 1000), (np.arange(500) + 0.5) / 500
    moved = recalibrated(draws, ranks)
    assert (np.argsort(moved, kind="stable") == np.argsort(draws, kind="stable")).all()
    inner = np.abs(draws) < 2
    assert np.abs(moved - draws)[inner].max() < 0.15


def test_rejection_keeps_the_nearest_rows_first() -> None:
    lived = np.arange(40.0)[:, None]
    kept = nearest(np.array([30.2]), lived, np.array([[1e-6]]), 1)
    assert list(kept) == [30, 31, 29, 32]
