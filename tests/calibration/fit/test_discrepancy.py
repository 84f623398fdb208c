"""Discrepancies are processes: covariances are positive definite, conditionals the textbook's, limits as stated."""

import numpy as np
import pytest

from eum.calibration.fit.discrepancy import (
    LENGTH_MONTHS,
    MARGIN_LENGTH_MONTHS,
    MARGIN_OFFSET_SD,
    SIZE_LOG_SD,
    SIZE_MEDIAN,
    SIZES,
    conditional,
    layout_of,
    margin_sizes,
    sizes_at,
)
from eum.calibration.fit.rng_streams import normals
from tests.calibration.fit.synthetic import margins, month_target, straight

SIZE_ONE = np.ones(len(SIZES))


def part(*wanted: str) -> np.ndarray:
    """Return sizes of one for the processes named, none for the others."""
    return np.array([1.0 if name in wanted else 0.0 for name in SIZES])


def test_the_covariance_is_positive_definite_for_small_and_large_sizes() -> None:
    layout = straight().history.layout
    for scores in (-3 * SIZE_ONE, 0 * SIZE_ONE, 3 * SIZE_ONE):
        covariance = layout.covariance(sizes_at(scores))
        assert covariance == pytest.approx(covariance.T, rel=1e-12)
        assert np.linalg.eigvalsh(covariance).min() > 0


def test_without_processes_only_observation_and_the_figure_itself_are_left() -> None:
    payments = (month_target("payments", 20), month_target("payments", 21, sd=0.03))
    covariance = layout_of(payments, {}).covariance(0 * SIZE_ONE)
    assert covariance == pytest.approx(np.diag([0.01**2 + 0.02**2, 0.03**2 + 0.02**2]))


def test_a_process_fades_with_its_length_and_is_shared_as_stated() -> None:
    late = (month_target("payments", 80), month_target("payments", 86), month_target("active_users", 86),
            month_target("subscribers", 86))  # fmt: skip
    covariance = layout_of(late, {}).parts[SIZES.index("activity")]
    months = late[1].month - late[0].month
    assert covariance[0, 1] == pytest.approx(np.exp(-months / LENGTH_MONTHS), rel=1e-3)
    assert covariance[1, 2] == pytest.approx(1.0, rel=1e-3), "payments and users of a month move together"
    assert not covariance[:, 3].any(), "members do not move with activity"


def test_early_figures_are_seven_times_as_far_off() -> None:
    early, late = (layout_of((month_target("subscribers", n),), {}).covariance(part("members")) for n in (0, 86))
    noise = 0.01**2 + 0.02**2
    assert np.sqrt((early[0, 0] - noise) / (late[0, 0] - noise)) == pytest.approx(7, rel=1e-3)


def test_shares_of_a_district_hang_together_and_those_of_two_do_not() -> None:
    targets = margins()
    covariance = layout_of(targets, {"payments_in_district": 0.3}).covariance(0 * SIZE_ONE)
    months = targets[1].month - targets[0].month
    assert covariance[0, 1] == pytest.approx(MARGIN_OFFSET_SD**2 + 0.09 * np.exp(-months / MARGIN_LENGTH_MONTHS))
    assert covariance[0, 12] == 0


def test_the_likeliest_size_is_that_which_made_the_shares() -> None:
    targets = tuple(month_target("card_payments", n, scope=f"card_{i}") for i in range(15) for n in range(20, 40, 3))
    for size in (0.05, 0.4):
        factor = np.linalg.cholesky(layout_of(targets, {"card_payments": size}).covariance(0 * SIZE_ONE))
        seen = factor @ normals(3, len(targets))
        mine = tuple(t._replace(value=float(v)) for t, v in zip(targets, seen, strict=True))
        assert margin_sizes(mine, np.zeros((3, len(mine))))["card_payments"] == pytest.approx(size, rel=0.25)


def test_a_series_has_a_size_of_its_own_and_one_without_figures_that_of_its_group() -> None:
    targets = tuple(month_target("card_payments", n, scope=f"card_{i}") for i in range(12) for n in range(20, 50))
    made = {"card_payments": 0.05, "card_payments card_0": 0.5, "card_payments card_1": 0.5}
    seen = np.linalg.cholesky(layout_of(targets, made).covariance(0 * SIZE_ONE)) @ normals(5, len(targets))
    mine = tuple(t._replace(value=float(v)) for t, v in zip(targets, seen, strict=True))
    sizes = margin_sizes(mine, np.zeros((3, len(mine))))
    assert min(sizes[f"card_payments card_{i}"] for i in (0, 1)) > 2 * max(
        sizes[f"card_payments card_{i}"] for i in range(2, 12)
    )
    other = (month_target("card_payments", 50, scope="card_new"),)
    rest = layout_of((*targets[:1], *other), sizes).rest
    assert rest[1, 1] - rest[0, 0] == pytest.approx(sizes["card_payments"] ** 2 - sizes["card_payments card_0"] ** 2)


def test_of_a_group_without_a_figure_nothing_is_known() -> None:
    assert margin_sizes((), np.zeros((3, 0))) == {}
    assert np.isnan(layout_of(margins(), {}).covariance(SIZE_ONE)).all()


def test_sizes_are_log_normal_about_their_median() -> None:
    assert sizes_at(np.zeros(2)) == pytest.approx([SIZE_MEDIAN, SIZE_MEDIAN])
    assert np.log(sizes_at(np.ones(1)) / SIZE_MEDIAN) == pytest.approx([SIZE_LOG_SD])


def test_the_conditional_of_two_normals_is_the_textbooks() -> None:
    """Sizes 2 and 3, correlation 0.5: the gain is 0.5 * 3 / 2, the variance left 9 (1 - 0.25)."""
    found = conditional(np.array([[4.0, 3.0], [3.0, 9.0]]), np.array([0]), np.array([1]))
    assert found.gain == pytest.approx(np.array([[0.75]]))
    assert found.covariance == pytest.approx(np.array([[6.75]]))


def test_what_is_left_is_the_inverse_of_the_part_of_the_precision() -> None:
    layout = straight().history.layout
    covariance = layout.covariance(sizes_at(0 * SIZE_ONE))[:20, :20]
    seen, asked = np.arange(15), np.arange(15, 20)
    found = conditional(covariance, seen, asked)
    precision = np.linalg.inv(covariance)[15:, 15:]
    assert found.covariance == pytest.approx(np.linalg.inv(precision), rel=1e-6)
    assert found.gain == pytest.approx(-found.covariance @ np.linalg.inv(covariance)[15:, :15], abs=1e-8)


def test_figures_that_share_nothing_tell_nothing_of_each_other() -> None:
    both = (month_target("payments", 30), month_target("subscribers", 30))
    covariance = layout_of(both, {}).covariance(SIZE_ONE)
    found = conditional(covariance, np.array([0]), np.array([1]))
    assert found.gain == pytest.approx(np.zeros((1, 1)))
    assert found.covariance[0, 0] == pytest.approx(covariance[1, 1])
