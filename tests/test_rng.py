"""Randomness is a pure function of its key, and it is random."""

import math

import numpy as np
import pytest
from scipy import stats

from eum import rng
from eum.jit import compiled_with_memory
from tests.benchmarks import numpy_draws


@compiled_with_memory
def units(seed: int, n: int, day: int, purchase: int, purpose: int) -> np.ndarray:
    values = np.empty(n)
    for agent in range(n):
        values[agent] = rng.unit(rng.draw(rng.day_key(seed, agent, day), purchase, purpose))
    return values


@compiled_with_memory
def waits(n: int) -> tuple[np.ndarray, np.ndarray]:
    bits, values = np.empty(n, dtype=np.uint64), np.empty(n)
    for agent in range(n):
        bits[agent] = rng.draw(rng.day_key(5, agent, 1), 0, rng.WINNING_TIME)
        values[agent] = rng.exponential(bits[agent])
    return bits, values


def test_draws_are_uniform() -> None:
    assert stats.kstest(units(1, 200_000, 737_425, 0, rng.PLACE), "uniform").pvalue > 1e-4


@pytest.mark.parametrize("other", [(2, 7, 0, 3), (1, 8, 0, 3), (1, 7, 1, 3), (1, 7, 0, 4)])
def test_any_change_of_the_key_gives_independent_draws(other: tuple[int, int, int, int]) -> None:
    seed, day, purchase, purpose = other
    one, two = units(1, 100_000, 7, 0, 3), units(seed, 100_000, day, purchase, purpose)
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.02
    assert not (one == two).any()


def test_neighbouring_agents_are_independent() -> None:
    values = units(1, 100_000, 7, 0, 3)
    assert abs(np.corrcoef(values[:-1], values[1:])[0, 1]) < 0.02


def test_exponential_is_minus_the_logarithm_to_the_last_digits() -> None:
    bits, values = waits(50_000)
    exact = [-math.log(((int(b) >> 11) + 0.5) * 2.0**-53) for b in bits]
    assert np.allclose(values, exact, rtol=1e-11, atol=1e-13)
    assert stats.kstest(values, "expon").pvalue > 1e-4


def test_the_parts_of_a_number_are_those_that_frexp_gives() -> None:
    low, high = (2 ** np.arange(64, dtype=np.uint64) + np.uint64(d) for d in (0, 2**64 - 1))
    bits = np.concatenate([np.array([0, 2**64 - 1], dtype=np.uint64), low, high, rng.lifetime_draws(4, 0, 1000, 7)])
    told = numpy_draws.exponential(bits)
    assert [rng.exponential(b) for b in bits] == told.tolist(), "the same bits, at both ends and beside powers of two"


def test_below_hits_every_index_equally_often() -> None:
    hits = [int(rng.below(np.uint64(b), 7)) for b in rng.lifetime_draws(3, 0, 70_000, rng.SHOP)]
    counts = np.bincount(hits, minlength=7)
    assert len(counts) == 7
    assert stats.chisquare(counts).pvalue > 1e-4


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_outside_zero_and_one_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        rng.cut(share)
