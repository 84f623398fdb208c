"""Sharing draws: the clocks move what their closed form says, and nearly as few purchases as any way could."""

import numpy as np
import pytest

from eum.dimensions import LARGE, N_ALTERNATIVES
from tests.benchmarks.cases import Morning
from tests.benchmarks.coupling import (
    Choice,
    average_moved,
    moved_at_least,
    moved_by_clocks,
    moved_by_independent_draws,
    moved_by_one_draw,
    of_certain_payers,
    orders,
    simulated_by_clocks,
    variance_ratio,
)


def random_choice(seed: int, n_speeds: int) -> Choice:
    generator = np.random.default_rng(seed)
    share = generator.dirichlet(np.ones(2 * 10 + N_ALTERNATIVES - LARGE))
    speeds = np.exp(np.concatenate([[0.0], generator.uniform(0, 1, n_speeds)]))
    return Choice(share, speeds[generator.integers(0, len(speeds), len(share))])


@pytest.mark.parametrize("seed", range(20))
def test_with_one_price_cut_the_clocks_move_exactly_the_least_possible(seed: int) -> None:
    choice = random_choice(seed, n_speeds=1)
    assert moved_by_clocks(choice) == pytest.approx(moved_at_least(choice), abs=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_with_any_price_cuts_no_way_moves_less_than_the_least_possible(seed: int) -> None:
    choice = random_choice(seed, n_speeds=4)
    least = moved_at_least(choice)
    clocks = moved_by_clocks(choice)
    assert least <= clocks <= 2 * least / (1 + least), "the bound for clocks of any speeds"
    assert clocks < moved_by_independent_draws(choice)
    assert all(moved_by_one_draw(choice, order) >= least - 1e-12 for order in orders(N_ALTERNATIVES - LARGE))


def test_simulated_clocks_move_what_the_closed_form_says() -> None:
    choice, n = random_choice(1, n_speeds=3), 200_000
    share = moved_by_clocks(choice)
    assert abs(simulated_by_clocks(choice, n) - share) < 4 * (share * (1 - share) / n) ** 0.5


@pytest.mark.parametrize("world", [1, 2])
def test_the_model_moves_what_the_closed_form_says(ordinary: Morning, world: int) -> None:
    elsewhere, expected = of_certain_payers(ordinary, world)
    assert len(expected) > 1000
    error = (expected * (1 - expected)).sum() ** 0.5
    assert abs(elsewhere.sum() - expected.sum()) < 4 * error


def test_in_the_city_the_clocks_move_hardly_more_than_the_least_possible(ordinary: Morning) -> None:
    for policy in ("incheon-2020-actual", "gyeyang-2020-actual"):
        moved = average_moved(ordinary, policy, 0.05, exchanges=100)
        assert moved["clocks"] < 1.02 * moved["least possible"]
        assert moved["one draw, best order found"] > 1.5 * moved["clocks"]
        assert moved["independent draws"] > 5 * moved["clocks"]


def test_worlds_that_share_no_draws_save_nothing() -> None:
    independent = np.random.default_rng(1).normal(size=(20_000, 2)) * 1e6
    assert variance_ratio(independent) == pytest.approx(1.0, abs=0.05)
