"""Equal-cost values: known solutions are found, none and several are told, residuals are those measured."""

import math

import pandas as pd
import pytest

from eum.analysis.decision.break_even import (
    JUMP,
    NONE,
    ONE,
    RANGE,
    SEVERAL,
    Grid,
    break_even_by_family,
    newton_step,
    solution_sentence,
    solve,
    steps_of,
)
from eum.errors import InputError
from eum.intervals import mean_interval

RATES = Grid(0.0, 10.0, 0.01)


def test_a_rising_difference_is_zero_where_it_is_known_to_be() -> None:
    answer = solve(lambda x: 3 * (x - 4.37), RATES, tolerance=1e-6)
    assert answer.kind == ONE
    (found,) = answer.solutions
    assert found.value == 4.37 and abs(found.residual) < 1e-6 and found.slope == pytest.approx(3)


def test_a_solution_between_the_steps_is_the_nearest_step_with_its_own_difference() -> None:
    answer = solve(lambda x: x - 4.3762, RATES, tolerance=0.01)
    (found,) = answer.solutions
    assert found.value == 4.38 and found.residual == pytest.approx(0.0038)


@pytest.mark.parametrize(("shift", "side"), [(1.0, "higher"), (-11.0, "lower")])
def test_no_solution_in_the_range_says_on_which_side_the_design_lies(shift: float, side: str) -> None:
    answer = solve(lambda x: x + shift, RATES, tolerance=1e-6)
    assert answer.kind == NONE and not answer.solutions
    assert f"the design is {side} over the whole range" in solution_sentence(answer, "rate")


def test_several_solutions_of_a_difference_that_turns_are_all_reported() -> None:
    answer = solve(lambda x: (x - 2) * (x - 7), RATES, tolerance=1e-6)
    assert answer.kind == SEVERAL
    assert [s.value for s in answer.solutions] == [2, 7]
    assert solution_sentence(answer, "rate") == "2 solutions: rate = 2, 7"


def test_a_jump_past_equality_is_no_solution() -> None:
    answer = solve(lambda x: -5.0 if x < 3.3 else 5.0, RATES, tolerance=0.1)
    assert answer.kind == JUMP and answer.solutions[0].value in (3.29, 3.3)
    assert "jumps over zero at rate = 3." in solution_sentence(answer, "rate")


def test_a_cost_that_no_longer_rises_is_equal_over_a_range() -> None:
    answer = solve(lambda x: min(x, 5.0) - 5.0, RATES, tolerance=1e-6)
    assert answer.kind == RANGE
    assert answer.solutions[0].value == 5 and answer.solutions[-1].value == 10


def test_few_points_are_enough_for_a_fine_grid() -> None:
    tried = []
    solve(lambda x: tried.append(x) or x**1.5 - 11, RATES, tolerance=0.02)
    assert len(tried) <= 20


def test_whole_steps_give_whole_numbers() -> None:
    steps = Grid(0, 1_000_000, 1)
    assert isinstance(steps.value(3), int)
    (found,) = solve(lambda x: x - 123_456, steps, tolerance=0.5).solutions
    assert found.value == 123_456 and isinstance(found.value, int)


def test_an_empty_range_is_reported_in_one_line() -> None:
    with pytest.raises(InputError, match="--range: 3 to 3 by 1: expected the low end first"):
        steps_of(3, 3, 1, "--range")


def test_the_correction_takes_a_seen_difference_away() -> None:
    assert newton_step(4.0, mean_interval([0.5, 0.7]), 3.0, RATES) == pytest.approx(3.8)
    with pytest.raises(InputError, match="does not move here"):
        newton_step(4.0, mean_interval([0.5, 0.7]), 0.0, RATES)


def test_the_interval_counts_only_draws_with_one_solution() -> None:
    rows = pd.DataFrame(
        [("causal", 0, ONE, 3.0, "rate = 3"), ("causal", 1, ONE, 2.0, ""), ("causal", 2, ONE, 4.0, ""),
         ("causal", 3, NONE, math.nan, "no solution")],
        columns=["family", "draw", "kind", "value", "told"],
    )  # fmt: skip
    told = break_even_by_family(rows).iloc[0]
    assert (told["centre"], told["median"], told["n_one"], told["n_draws"]) == (3, 3, 2, 3)
