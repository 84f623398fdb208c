"""Bounds on what a person can get today are exact where they say so."""

from types import SimpleNamespace

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from eum.engine.compiled.screening import highest_city_bp
from eum.engine.lookup_tables import highest_tier
from eum.policy.arithmetic import flat_krw

WORLD, PERSON = 1, 0
TIERS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), min_size=3, max_size=3)
"""For each of three tiers of a schedule: where it ends, and its rate."""


@given(
    schedules=st.lists(TIERS, min_size=1, max_size=3),
    bases_bp=st.tuples(*[st.sampled_from([0, 5_000])] * 3),
    spent=st.integers(0, 6),
)
@example(schedules=[[(2, 3), (5, 1), (0, 0)]], bases_bp=(0, 0, 0), spent=3)
def test_the_highest_rate_of_the_city_is_that_of_the_tiers_that_do_not_end_below_what_was_spent(
    schedules: list, bases_bp: tuple, spent: int
) -> None:
    high, rate = (np.array([[[0] * 3, *(tuple(tier[i] for tier in s) for s in schedules)]] * 2) for i in (0, 1))
    base = np.array([[0, *bases_bp[: len(schedules)]]] * 2)
    today = SimpleNamespace(tier_bp=rate, tier_high_krw=high, base_bp=base, **highest_tier(rate, high))
    standing = SimpleNamespace(level=np.array([0]), monthly_krw=np.array([4]))
    state = SimpleNamespace(month_to_date_krw=np.array([[0], [spent]]))
    reached = 0
    for s in range(1, len(schedules) + 1):
        beyond = max(spent - flat_krw(4, base[WORLD, s]), 0)
        reached = max(reached, *(int(rate[WORLD, s, k]) for k in range(3) if beyond < high[WORLD, s, k]), 0)
    assert highest_city_bp(standing, today, state, WORLD, PERSON) == reached
