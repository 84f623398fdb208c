"""The peers that the crowd is timed beside do the same day: every account agrees to the won."""

import numpy as np
import pytest

from eum.dimensions import N_CLASSES, PLUS
from eum.engine.state import ISSUED, USERS
from tests.benchmarks import numpy_day, polars_day
from tests.benchmarks.cases import POLICY, Morning, baseline_alone, crowd_day, empty_evening, morning
from tests.benchmarks.stages import STAGES, run_until

PART_OF_PEERS = {
    "totals": (..., slice(ISSUED)), "holders": (slice(None), slice(USERS)),
    **dict.fromkeys(("remembered_ppm", "has_paid"), slice(0)),
}  # fmt: skip
"""What the peers count of a column: they leave out charges, users of the month and the rate remembered, with which
nothing else moves in plain behaviour."""


@pytest.mark.parametrize("chunk", [numpy_day.CHUNK, 700])
def test_the_day_in_numpy_agrees_with_the_crowd_on_every_account(ordinary: Morning, chunk: int) -> None:
    crowd, peer = empty_evening(ordinary), empty_evening(ordinary)
    crowd_day(ordinary, crowd)
    model = ordinary.model
    numpy_day.simulate(model.standing, ordinary.today, model.state, *peer, chunk)
    for mine, told in zip(peer, crowd, strict=True):
        for name, one, two in zip(told._fields, mine, told, strict=True):
            of_peers = PART_OF_PEERS.get(name, slice(None))
            assert np.array_equal(one[of_peers], two[of_peers]), name
    tally = crowd[1]
    assert tally.card_spend[2, ..., PLUS:].any(), "Plus shops were chosen"
    assert tally.classes.any(axis=(0, 2, 3, 4)).sum() == N_CLASSES - 1, "every class but that of moved purchases"
    assert tally.support.any() and tally.holders.any() and tally.paid[2].any()


@pytest.mark.slow  # compiles every stage on its own, minutes
@pytest.mark.parametrize("n_worlds", [2, 3])
def test_the_stages_that_are_timed_are_the_whole_day(ordinary: Morning, n_worlds: int) -> None:
    there = ordinary if n_worlds == ordinary.n_worlds else morning(0.001, ("none", POLICY), 1)
    crowd, staged = empty_evening(there), empty_evening(there)
    crowd_day(there, crowd)
    run_until(there, staged, len(STAGES) - 1)
    for mine, told in zip(staged, crowd, strict=True):
        assert all(np.array_equal(one, two) for one, two in zip(mine, told, strict=True))


def test_the_day_in_polars_agrees_with_the_crowd_without_policy(ordinary: Morning) -> None:
    crowd = empty_evening(ordinary)
    crowd_day(ordinary, crowd)
    standing = ordinary.model.standing
    tables = polars_day.tables_of(standing)
    for engine in ("in-memory", "streaming"):
        spend, sales = polars_day.day_without_policy(standing, ordinary.today, tables, engine)
        assert np.array_equal(spend, crowd[1].common_spend)
        assert np.array_equal(sales, crowd[1].common_sales)


def test_the_world_without_policy_alone_is_the_same_in_numpy(ordinary: Morning) -> None:
    alone = baseline_alone(ordinary)
    crowd, peer = empty_evening(alone), empty_evening(alone)
    crowd_day(alone, crowd)
    numpy_day.simulate(alone.model.standing, alone.today, alone.model.state, *peer)
    assert np.array_equal(crowd[1].common_spend, peer[1].common_spend) and crowd[1].common_spend.any()
    assert np.array_equal(crowd[1].common_sales, peer[1].common_sales)


def test_a_day_outside_the_scope_of_the_peers_is_refused(ordinary: Morning) -> None:
    model = ordinary.model
    unusual = ordinary.today._replace(number=ordinary.today.number + np.array([0, 1, 0]))
    with pytest.raises(ValueError, match="not an ordinary day: purchases move in time"):
        numpy_day.simulate(model.standing, unusual, model.state, *empty_evening(ordinary))
