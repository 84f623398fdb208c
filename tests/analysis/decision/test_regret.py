"""Regret of the best is nothing; the value at which two designs change places is the one known."""

import math

import pandas as pd
import pytest

from eum.analysis.decision.regret import (
    Sweep,
    preference_sentences,
    regret_pair_rows,
    regret_summary,
    regrets,
    switching_values,
)

SWEEP = Sweep("pull", 0.0, 2.0, 10.0, "share", "test")


def values(**designs: list[float]) -> pd.DataFrame:
    rows = [("causal", draw, name, v) for name, vs in designs.items() for draw, v in enumerate(vs)]
    return pd.DataFrame(rows, columns=["family", "draw", "design", "value"])


def test_a_design_that_is_better_everywhere_has_no_regret() -> None:
    told_of = regret_summary(regrets(values(a=[3, 4, 5], b=[1, 4 - 1e-9, 2]), 1)).set_index("design")
    assert told_of.loc["a", "max_regret"] == told_of.loc["a", "mean_regret"] == 0
    assert told_of.loc["a", "n_best"] == 3 and told_of.loc["b", "n_best"] == 0
    assert told_of.loc["b", "max_regret"] == 3


def test_less_can_be_better() -> None:
    found = regrets(values(a=[3.0], b=[1.0]), -1).set_index("design")
    assert found.loc["b", "regret"] == 0 and found.loc["a", "regret"] == 2


def test_families_are_judged_apart() -> None:
    one = values(a=[1, 1], b=[2, 2])
    both = pd.concat([one, one.assign(family="survey", value=-one["value"])])
    told_of = regret_summary(regrets(both, 1)).set_index(["family", "design"])["n_best"]
    assert told_of["causal", "b"] == 2 and told_of["survey", "a"] == 2


def test_the_flip_is_where_it_is_known_to_be() -> None:
    (flip,) = switching_values(lambda x: x**2 - 30, SWEEP, ("a", "b"), 3)
    assert flip.at == pytest.approx(math.sqrt(30), abs=2e-3)
    assert (flip.better_below, flip.better_above) == ("b", "a")


def test_no_flip_says_so_for_the_whole_range() -> None:
    (row,) = regret_pair_rows("causal", SWEEP, ("a", "b"), lambda x: x + 1, 3)
    assert row[-1] == "a is better than b for every pull from 0 to 10"


def test_a_flip_is_reported_from_where_the_centre_stands() -> None:
    (row,) = regret_pair_rows("causal", SWEEP, ("a", "b"), lambda x: x - 1, 3)
    assert row[-1] == "a is better than b unless pull is below 1"
    (row,) = regret_pair_rows("causal", SWEEP, ("a", "b"), lambda x: x - 5, 3)
    assert row[-1] == "b is better than a unless pull is above 5"


def test_designs_that_never_differ_are_equal() -> None:
    assert preference_sentences(
        SWEEP, ("a", "b"), switching_values(lambda x: 0.0, SWEEP, ("a", "b"), 3), 0.0
    ).startswith("a and b are equal")


def test_two_flips_are_both_reported() -> None:
    rows = regret_pair_rows("causal", SWEEP, ("a", "b"), lambda x: (x - 3) * (x - 8), 5)
    assert [round(r[9]) for r in rows] == [3, 8]
    assert "change places at pull = 3, 8" in rows[0][-1]
