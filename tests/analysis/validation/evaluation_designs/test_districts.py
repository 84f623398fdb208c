"""Differences across districts: right where their assumptions hold, and told apart where they do not."""

import datetime

import numpy as np
import pytest

from eum.analysis.validation.evaluation_designs.diff_in_diff import (
    DISTRICT_DESIGNS,
    Cells,
    callaway_santanna,
    first_months,
    two_stage,
    two_way,
)
from eum.analysis.validation.evaluation_designs.simulated_data import POLICY, without_districts
from eum.dimensions import DISTRICTS
from eum.policy.files import load_policy

N_MONTHS, PER_DISTRICT = 8, 9


def toy(n_districts: int = 8, noise: float = 0.0, seed: int = 1) -> Cells:
    """Return cells with parallel trends: one district in three starts in month 5, one in three in month 7."""
    random = np.random.default_rng(seed)
    district = np.repeat(np.arange(n_districts), PER_DISTRICT)
    first = np.array([0, 5, 7])[district % 3]
    level, month = random.normal(20, 2, len(district)), random.normal(0, 0.1, N_MONTHS)
    shocks = noise * random.normal(0, 1, (N_MONTHS, n_districts))[:, district]
    return Cells((level + month[:, None] + shocks)[None], district, first)


def with_effect(cells: Cells, effect: np.ndarray) -> np.ndarray:
    """Return the toy's outcome with an effect where districts top up."""
    return cells.log_sales[0] + effect * cells.treated


@pytest.mark.parametrize("name", DISTRICT_DESIGNS)
def test_one_effect_for_all_is_recovered(name: str) -> None:
    cells = toy()
    assert DISTRICT_DESIGNS[name](with_effect(cells, np.array(0.05)), cells).value == pytest.approx(0.05, abs=1e-9)


@pytest.mark.parametrize("name", DISTRICT_DESIGNS)
def test_no_effect_is_found_where_there_is_none(name: str) -> None:
    cells = toy()
    assert DISTRICT_DESIGNS[name](cells.log_sales[0], cells).value == pytest.approx(0.0, abs=1e-9)


def test_effects_that_grow_are_recovered_by_the_staggered_designs_alone() -> None:
    cells = toy()
    growing = 0.03 * (np.arange(1, N_MONTHS + 1)[:, None] - cells.first + 1)
    outcome, truth = with_effect(cells, growing), growing[cells.treated].mean()
    assert callaway_santanna(outcome, cells).value == pytest.approx(truth, abs=1e-9)
    assert two_stage(outcome, cells).value == pytest.approx(truth, abs=1e-9)
    assert two_way(outcome, cells).value < truth - 0.005, "early districts are controls of late ones"


def test_two_way_is_least_squares_on_dummies() -> None:
    cells = toy(noise=0.02)
    outcome = with_effect(cells, np.array(0.05))
    n_cells = len(cells.district)
    dummies = np.zeros((N_MONTHS, n_cells, N_MONTHS + n_cells))
    dummies[np.arange(N_MONTHS), :, np.arange(N_MONTHS)] = 1
    dummies[:, np.arange(n_cells), N_MONTHS + np.arange(n_cells)] = 1
    columns = np.column_stack([cells.treated.ravel(), dummies.reshape(-1, N_MONTHS + n_cells)])
    (slope, *_), *_ = np.linalg.lstsq(columns, outcome.ravel(), rcond=None)
    assert two_way(outcome, cells).value == pytest.approx(slope, abs=1e-9)


def test_group_time_effects_are_differences_of_means() -> None:
    cells = toy(noise=0.02)
    outcome = with_effect(cells, np.array(0.05))
    control = outcome[:, cells.first == 0].mean(axis=1)
    found = []
    for cohort in (5, 7):
        mine = outcome[:, cells.first == cohort]
        change = mine.mean(axis=1) - mine[cohort - 2].mean() - (control - control[cohort - 2])
        found += [(change[month - 1], mine.shape[1]) for month in range(cohort, N_MONTHS + 1)]
    by_hand = np.average(*np.array(found).T[:1], weights=np.array(found).T[1])
    assert callaway_santanna(outcome, cells).value == pytest.approx(by_hand, abs=1e-9)


@pytest.mark.parametrize("name", DISTRICT_DESIGNS)
def test_intervals_cover_the_truth_with_many_districts(name: str) -> None:
    inside = []
    for seed in range(100):
        cells = toy(n_districts=40, noise=0.05, seed=seed)
        _, low, high = DISTRICT_DESIGNS[name](with_effect(cells, np.array(0.05)), cells)
        inside.append(low <= 0.05 <= high)
    assert 0.87 <= np.mean(inside) <= 1.0


def test_months_of_the_programmes_are_those_of_the_policy() -> None:
    months = tuple(f"2019-{m:02d}" for m in range(1, 9))
    first = dict(zip(DISTRICTS, first_months(load_policy(POLICY), months), strict=True))
    assert {d: m for d, m in first.items() if m} == {"seo": 5, "yeonsu": 7, "michuhol": 7}


def test_the_world_without_districts_keeps_the_city_s_programme() -> None:
    policy = load_policy(POLICY)
    less = without_districts(policy)
    assert less.city == policy.city and not (less.top_up or less.fee_support or less.district_card)
    assert [p.area for p in less.plus] == ["incheon"] and [b.payer for b in less.budget] == ["city"]
    assert less.hash != policy.hash and type(policy).model_validate(less.model_dump())
    assert max(c.start for c in less.city) >= datetime.date(2019, 11, 1)
