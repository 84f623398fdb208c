"""The clocks are a logit whose taste shocks are frozen between worlds."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from eum.behavior import destination_choice
from eum.behavior.destination_choice import attraction_factor, can_switch, cannot_switch

SHARES = np.array([0.4, 0.25, 0.2, 0.15])
# The rule is scalar once compiled; its source serves arrays as well.
ringing_time = getattr(destination_choice.arrival_time, "py_func", destination_choice.arrival_time)
RNG = np.random.default_rng(1)


def choose(n: int, speeds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Draw n purchases: the place without policy, and the place once clocks run at `speeds`."""
    without = RNG.choice(len(SHARES), size=n, p=SHARES)
    winning = RNG.exponential(size=n)
    times = ringing_time(winning[:, None], RNG.exponential(size=(n, 4)) / SHARES, speeds)
    times[np.arange(n), without] = winning / speeds[without]
    return without, times.argmin(axis=1)


def test_shares_with_a_policy_are_those_of_the_logit() -> None:
    speeds = np.array([1.0, 1.6, 1.0, 1.2])
    _, moved = choose(400_000, speeds)
    logit = SHARES * speeds / (SHARES * speeds).sum()
    assert np.allclose(np.bincount(moved, minlength=4) / len(moved), logit, atol=0.003)


def test_purchases_move_only_towards_places_that_got_cheaper() -> None:
    speeds = np.array([1.0, 1.6, 1.0, 1.2])
    without, moved = choose(200_000, speeds)
    changed = without != moved
    assert changed.mean() > 0.05
    assert (speeds[moved[changed]] > speeds[without[changed]]).all()


def test_no_more_purchases_move_than_the_shares_demand() -> None:
    speeds = np.array([1.0, 1.5, 1.0, 1.0])
    without, moved = choose(400_000, speeds)
    logit = SHARES * speeds / (SHARES * speeds).sum()
    fewest = np.abs(logit - SHARES).sum() / 2
    assert abs((without != moved).mean() - fewest) < 0.003


def test_without_a_cut_nothing_moves() -> None:
    without, moved = choose(10_000, np.ones(4))
    assert (without == moved).all()


def test_the_quick_look_never_misses_a_move() -> None:
    speeds = np.array([1.0, 1.6, 1.3, 1.2])
    for _ in range(2_000):
        winning, waits = RNG.exponential(), RNG.exponential(size=4) / SHARES
        own = RNG.integers(4)
        others = np.delete(np.arange(4), own)
        moves = (ringing_time(winning, waits[others], speeds[others]) < winning / speeds[own]).any()
        possible = can_switch(winning, waits[others].min(), speeds.max(), speeds[own])
        assert possible or not moves


@given(
    st.floats(1e-9, 1 - 1e-9), st.floats(1e-9, 1 - 1e-9), st.floats(0.01, 1), st.floats(1, 1e6), st.floats(0.001, 1)
)  # fmt: skip
def test_the_quick_look_at_the_draws_never_misses_a_move(
    a: float, b: float, share: float, fastest: float, slower: float
) -> None:
    own = max(1.0, fastest * slower)
    if cannot_switch(a, b, share, fastest, own):
        assert not can_switch(-math.log(a), -math.log(b) / share, fastest, own)


def test_the_quick_look_at_the_draws_settles_most_purchases_that_stay() -> None:
    a, b = RNG.random(20_000), RNG.random(20_000)
    stays = sum(not can_switch(-math.log(x), -math.log(y) / 0.3, 1.3, 1.0) for x, y in zip(a, b, strict=True))
    settled = sum(bool(cannot_switch(x, y, 0.3, 1.3, 1.0)) for x, y in zip(a, b, strict=True))
    assert 0.7 * stays < settled <= stays


def test_a_cut_of_five_points_at_three_percent_a_point_speeds_a_clock_by_sixteen_percent() -> None:
    assert abs(attraction_factor(0.03, 5.0) - 1.1618) < 1e-4
