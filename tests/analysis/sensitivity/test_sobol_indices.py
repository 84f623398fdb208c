"""Sobol indices are those of functions whose indices are known; intervals hold them; the bytes are always the same."""

import numpy as np
import pandas as pd
import pytest
from SALib.analyze import sobol

from eum.analysis.sensitivity.design import A, B, Design, groups_of, saltelli
from eum.analysis.sensitivity.factors import FITTED, STATED
from eum.analysis.sensitivity.sobol_indices import Outputs, across, index_interval, interactions, positions, within

NAMES = ("x1", "x2", "x3")


def ishigami(u: np.ndarray) -> np.ndarray:
    """Return float64[...] of quantiles float64[..., 3] (Ishigami and Homma 1990, a = 7, b = 0.1)."""
    x = np.pi * (2 * u - 1)
    return np.sin(x[..., 0]) + 7 * np.sin(x[..., 1]) ** 2 + 0.1 * x[..., 2] ** 4 * np.sin(x[..., 0])


FIRST, TOTAL = np.array([0.3139, 0.4424, 0.0]), np.array([0.5576, 0.4424, 0.2437])


def design(n: int, groups: dict[str, list[str]] | None = None) -> Design:
    return saltelli(groups or {name: [name] for name in NAMES}, n, 1)


def outputs(made: Design, *functions: object) -> Outputs:
    """Return the outputs of functions, each as a family, for one ratio."""
    y = np.stack([function(made.quantiles) for function in functions], axis=-1)[..., None]  # type: ignore[operator]
    return Outputs(y[:, 0], y[:, -1], np.moveaxis(y[:, 1:-1], 1, 0))


def test_the_indices_of_the_ishigami_function_are_the_known_ones() -> None:
    first, total = within(outputs(design(4096), ishigami))[:, :, 0, 0]
    assert first == pytest.approx(FIRST, abs=0.01)
    assert total == pytest.approx(TOTAL, abs=0.01)


def test_what_is_left_to_interactions_makes_one() -> None:
    first, _ = within(outputs(design(4096), ishigami))[:, :, 0, 0]
    assert interactions(first) == pytest.approx(1 - FIRST.sum(), abs=0.02)
    assert interactions(first) + first.sum() == pytest.approx(1.0, abs=1e-12)


def test_estimates_are_those_of_salib() -> None:
    made = design(64)
    problem = {"num_vars": 3, "names": list(NAMES), "bounds": [[0, 1]] * 3}
    theirs = sobol.analyze(problem, ishigami(made.quantiles).ravel(), calc_second_order=False, num_resamples=2, seed=1)
    first, total = within(outputs(made, ishigami))[:, :, 0, 0]
    # They centre on all rows, we on the two samples.
    assert first == pytest.approx(theirs["S1"], abs=1e-3)
    assert total == pytest.approx(theirs["ST"], abs=1e-9)


def test_factors_of_a_group_move_together() -> None:
    made = design(4096, {"both": ["x1", "x3"], "x2": ["x2"]})
    first, total = within(outputs(made, lambda u: ishigami(u[..., [0, 2, 1]])))[:, :, 0, 0]
    assert first == pytest.approx([1 - FIRST[1], FIRST[1]], abs=0.01)
    assert total == pytest.approx(first, abs=0.02), "nothing interacts across the groups"


def test_a_family_that_only_adds_has_no_interaction() -> None:
    made = design(1024)
    o = outputs(made, lambda u: u[..., 0], lambda u: u[..., 0] + 1.0, lambda u: u[..., 0] + 2.0)
    first, total = across(o)[:, :, 0]
    family = (2 / 3) / (2 / 3 + 1 / 12)
    assert first == pytest.approx([1 - family, 0, 0, family], abs=0.005)
    assert total == pytest.approx(first, abs=0.005)


def test_a_factor_that_works_in_one_family_alone_interacts_with_the_family() -> None:
    made = design(1024)
    first, total = across(outputs(made, lambda u: u[..., 0] - 0.5, lambda u: 0.0 * u[..., 0]))[:, :, 0]
    assert first[0] == pytest.approx(0.5, abs=0.02) and total[0] == pytest.approx(1.0, abs=0.01)
    assert first[-1] == pytest.approx(0.0, abs=0.01) and total[-1] == pytest.approx(0.5, abs=0.02)


def test_where_nothing_varies_there_is_no_index() -> None:
    assert np.isnan(within(outputs(design(8), lambda u: 0 * u[..., 0]))).all()


def test_intervals_hold_the_truth_and_are_the_same_again() -> None:
    o = outputs(design(256), ishigami)

    def found(at: np.ndarray) -> np.ndarray:
        return within(o.resampled(at))[:, :, 0, 0]

    low, high = index_interval(found, (256,), 100, 3)
    truth = np.stack([FIRST, TOTAL])
    assert (low < high).all() and ((low - 0.02 <= truth) & (truth <= high + 0.02)).all()
    again = index_interval(found, (256,), 100, 3)
    assert np.array_equal(low, again[0]) and np.array_equal(high, again[1])
    assert not np.array_equal(low, index_interval(found, (256,), 100, 4)[0])


def test_a_resample_draws_every_position_as_often() -> None:
    counts = np.bincount(np.concatenate([positions(1, r, 8) for r in range(1000)]), minlength=8)
    assert len(counts) == 8 and (np.abs(counts - 1000) < 150).all()


def test_the_rows_of_a_point_differ_in_one_group_each() -> None:
    made = design(16, {STATED: ["s1", "s2"], "x1": ["x1"]})
    assert made.rows == [A, STATED, "x1", B] and made.names == ["s1", "s2", "x1"]
    a, stated, x1, b = np.moveaxis(made.quantiles, 1, 0)
    assert np.array_equal(stated, np.c_[b[:, :2], a[:, 2]]) and np.array_equal(x1, np.c_[a[:, :2], b[:, 2]])
    assert (made.quantiles > 0).all() and (made.quantiles < 1).all()
    assert made.at(3, 1) == dict(zip(made.names, stated[3], strict=True))


def test_the_strongest_stand_alone_and_the_still_are_left_out() -> None:
    most = pd.Series({"a": 0.9, "b": 0.5, "c": 0.1, "d": 0.01, "still": 0.0})
    groups = groups_of(most, 2)
    assert list(groups) == [STATED, FITTED, "a", "b", "all other parameters"]
    assert groups["all other parameters"] == ["c", "d"]
    assert list(groups_of(most, 9))[2:] == ["a", "b", "c", "d"]
