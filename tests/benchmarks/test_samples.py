"""Figures of single shops: worked cases, and the bias of a small sample itself."""

import numpy as np
import pytest

from tests.benchmarks.samples import UNITS, figures_of, gini, ratio_90_10, shop_figures


def test_the_gini_coefficient_of_cases_done_by_hand() -> None:
    assert gini(np.array([5, 5, 5, 5])) == pytest.approx(0)
    assert gini(np.array([0, 0, 0, 8])) == pytest.approx(0.75)
    assert gini(np.array([3, 1])) == pytest.approx(0.25)


def test_figures_of_four_shops() -> None:
    found = shop_figures(np.array([0, 10, 20, 30]), np.array([0, 0, 5, 5]), np.array([-1, 0, 2, 3]))
    assert found["shops without a sale"] == 25 and found["shops without a card sale"] == 50
    assert (found["shops that gain"], found["shops that lose"]) == (50, 25)
    assert found["90/10 ratio of sales, shops with a sale"] == ratio_90_10(np.array([10, 20, 30])) == 28 / 12


def test_shops_of_a_smaller_sample_look_more_unequal_and_more_of_them_sell_nothing() -> None:
    small, large = (figures_of(scale, 1, days=3, threads=1) for scale in (0.002, 0.02))
    assert list(small) == list(UNITS) == list(large)
    for name in ("Gini of sales", "Gini of card sales", "shops without a sale", "shops without a card sale"):
        assert small[name] > large[name], name
    assert small["card payments"] == pytest.approx(large["card payments"], rel=0.2)
