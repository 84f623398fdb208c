"""A search finds what is known to be best, keeps its bounds, and takes the same way every time."""

import numpy as np
import pytest

from eum.analysis.decision.break_even import Grid
from eum.analysis.decision.definition import Constraint
from eum.analysis.decision.pareto_search import (
    EVERY,
    NSGA,
    DesignFigures,
    GridPoint,
    Objectives,
    SearchResult,
    Space,
    is_dominated,
    pareto_front,
    pareto_search,
)

SPACE = Space(("x", "y"), (Grid(0, 10, 0.1), Grid(0, 10, 0.1)))
TRADE = Objectives({"gain": 1, "cost": -1}, ())


def judged(places: list[GridPoint]) -> list[DesignFigures]:
    """Gain is x less the distance of y from 3, cost is x: the front is every x with y = 3."""
    values = (SPACE.values(p) for p in places)
    return [{"gain": v["x"] - abs(v["y"] - 3), "cost": v["x"]} for v in values]


def test_a_single_objective_finds_the_known_best_design() -> None:
    wish = Objectives({"gain": 1}, ())
    found = pareto_search(SPACE, wish, judged, (1500, 30), 1)
    assert found.method == NSGA
    (best,) = pareto_front(found, wish)
    assert SPACE.values(best) == {"x": 10, "y": 3}


def test_the_front_of_a_known_trade_lies_on_its_line() -> None:
    found = pareto_search(SPACE, TRADE, judged, (2000, 40), 1)
    designs = [SPACE.values(place) for place in pareto_front(found, TRADE)]
    assert len(designs) >= 20 and np.mean([d["y"] == 3 for d in designs]) > 0.8
    assert max(d["x"] for d in designs) - min(d["x"] for d in designs) > 8


def test_no_design_of_a_front_is_dominated_by_any_judged() -> None:
    found = pareto_search(SPACE, TRADE, judged, (400, 20), 3)
    for place in pareto_front(found, TRADE):
        mine = TRADE.costs(found.judged[place])
        for other in map(TRADE.costs, found.judged.values()):
            assert not (all(a <= b for a, b in zip(other, mine, strict=True)) and other != mine)


def test_bounds_are_kept_by_every_design_of_the_front() -> None:
    wish = Objectives({"gain": 1}, (Constraint(measure="fiscal_cost", at_most=4.05),))

    def with_cost(places: list[GridPoint]) -> list[DesignFigures]:
        return [{**f, "fiscal_cost": f["cost"]} for f in judged(places)]

    (best,) = pareto_front(pareto_search(SPACE, wish, with_cost, (1500, 30), 1), wish)
    assert SPACE.values(best) == {"x": 4, "y": 3}


def test_few_designs_are_all_judged() -> None:
    space = Space(("x",), (Grid(0, 4, 1),))
    found = pareto_search(
        space, Objectives({"gain": 1}, ()), lambda ps: [{"gain": float(p[0])} for p in ps], (10, 5), 1
    )
    assert found.method == EVERY and list(found.judged) == [(0,), (1,), (2,), (3,), (4,)]


def test_the_seed_alone_decides_the_way() -> None:
    ways = [list(pareto_search(SPACE, TRADE, judged, (200, 20), seed).judged) for seed in (5, 5, 6)]
    assert ways[0] == ways[1] != ways[2]


def test_the_way_does_not_depend_on_the_session() -> None:
    one = list(pareto_search(SPACE, TRADE, judged, (200, 20), 5).judged)
    np.random.seed(99)
    np.random.random(1000)
    assert list(pareto_search(SPACE, TRADE, judged, (200, 20), 5).judged) == one


def test_what_is_not_a_number_is_never_on_the_front() -> None:
    found = SearchResult(EVERY, {(0,): {"gain": float("nan")}, (1,): {"gain": 1.0}})
    assert pareto_front(found, Objectives({"gain": 1}, ())) == [(1,)]


def test_nothing_allowed_is_an_empty_front() -> None:
    wish = Objectives({"gain": 1}, (Constraint(measure="fiscal_cost", at_least=99),))
    assert pareto_front(SearchResult(EVERY, {(0,): {"gain": 1.0, "fiscal_cost": 5.0}}), wish) == []


def test_dominance_needs_one_better_and_none_worse() -> None:
    told = is_dominated(np.array([[1.0, 2.0], [2.0, 1.0], [2.0, 2.0], [1.0, 2.0]]))
    assert told.tolist() == [False, False, True, False]


def test_a_constraint_needs_one_bound() -> None:
    with pytest.raises(ValueError, match="either at_most or at_least"):
        Constraint(measure="fiscal_cost")
