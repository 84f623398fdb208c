"""Looking for designs that no other one beats: NSGA-II on a grid of values, or every design where they are few.

A library (pymoo) proposes; this file only translates. Whatever was judged is in a journal, so that the same search
started again goes through the same designs without judging them twice, and ends in the same bytes.
"""

from collections.abc import Callable
from itertools import product
from typing import NamedTuple

import numpy as np

from eum.analysis.decision.break_even import Grid
from eum.analysis.decision.definition import Constraint
from eum.extras import extra

with extra("calibration"):
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.core.evaluator import Evaluator
    from pymoo.core.problem import Problem
    from pymoo.operators.crossover.sbx import SBX
    from pymoo.operators.mutation.pm import PM
    from pymoo.operators.repair.rounding import RoundingRepair
    from pymoo.operators.sampling.rnd import IntegerRandomSampling
    from pymoo.problems.static import StaticProblem

GridPoint = tuple[int, ...]
"""A design as the number of the step of each variable."""

DesignFigures = dict[str, float]
Evaluate = Callable[[list[GridPoint]], list[DesignFigures]]
"""Measures of a batch of designs, in their order; a figure may be not a number."""

NSGA, EVERY = "NSGA-II", "every design"


class Objectives(NamedTuple):
    """What is wanted of a design: measures with +1 (more is better) or -1, and bounds to keep."""

    better: dict[str, int]
    constraints: tuple[Constraint, ...]

    def costs(self, figures: DesignFigures) -> list[float]:
        """Return each objective so that less is better; what is not a number is worst."""
        return [-sign * figures[name] if np.isfinite(figures[name]) else np.inf for name, sign in self.better.items()]

    def excesses(self, figures: DesignFigures) -> list[float]:
        """Return by how much each bound is broken (0 or less: kept); what is not a number breaks it."""
        found = [c.excess(figures[c.measure]) for c in self.constraints]
        return [x if np.isfinite(x) else np.inf for x in found]

    def is_allowed(self, figures: DesignFigures) -> bool:
        """Return whether every objective is a number and every bound is kept."""
        return bool(np.isfinite(self.costs(figures)).all()) and all(x <= 0 for x in self.excesses(figures))


class Space(NamedTuple):
    """The variables of a template and the values each may take."""

    names: tuple[str, ...]
    steps: tuple[Grid, ...]

    @property
    def n_designs(self) -> int:
        """Number of different designs."""
        return int(np.prod([s.last + 1 for s in self.steps], dtype=object))

    def values(self, place: GridPoint) -> dict[str, float]:
        """Return the values of a design by variable."""
        return {name: s.value(k) for name, s, k in zip(self.names, self.steps, place, strict=True)}

    def places(self) -> list[GridPoint]:
        """Return every design, the last variable moving first."""
        return list(product(*(range(s.last + 1) for s in self.steps)))


class SearchResult(NamedTuple):
    """Every design judged, in the order in which it was first, and how they were chosen."""

    method: str
    judged: dict[GridPoint, DesignFigures]


_WORST = 1e30
"""Stands for an infinite objective in the library's arithmetic."""


def _problem(space: Space, wish: Objectives) -> Problem:
    n, last = len(space.names), np.array([s.last for s in space.steps])
    bounds = {"xl": np.zeros(n), "xu": last}
    return Problem(n_var=n, n_obj=len(wish.better), n_ieq_constr=len(wish.constraints), vtype=int, **bounds)


def _evaluated_problem(space: Space, wish: Objectives, figures: list[DesignFigures]) -> StaticProblem:
    """Return figures as the library takes them: objectives and broken bounds of each design, all finite."""
    costs = np.array([wish.costs(f) for f in figures])
    excesses = np.array([wish.excesses(f) for f in figures]).reshape(len(figures), len(wish.constraints))
    finite = {"F": np.clip(costs, -_WORST, _WORST), "G": np.clip(excesses, -_WORST, _WORST)}
    return StaticProblem(_problem(space, wish), **finite)


def _algorithm(space: Space, wish: Objectives, generation: int, seed: int) -> NSGA2:
    whole = {"vtype": float, "repair": RoundingRepair()}
    algorithm = NSGA2(
        pop_size=generation,
        sampling=IntegerRandomSampling(),
        crossover=SBX(**whole),
        mutation=PM(**whole),
        eliminate_duplicates=True,
    )
    return algorithm.setup(_problem(space, wish), termination=("n_gen", np.inf), seed=seed, verbose=False)


def pareto_search(space: Space, wish: Objectives, judge: Evaluate, effort: tuple[int, int], seed: int) -> SearchResult:
    """Return the designs judged: `effort` is (designs in all, designs a generation); the seed decides which.

    Where there are no more designs than may be judged, every one is.
    """
    most, generation = effort
    if space.n_designs <= most:
        places = space.places()
        return SearchResult(EVERY, dict(zip(places, judge(places), strict=True)))
    judged: dict[GridPoint, DesignFigures] = {}
    algorithm = _algorithm(space, wish, generation, seed)
    for _ in range(-(-most // generation)):
        population = algorithm.ask()
        if population is None or len(population) == 0:
            break
        places = [tuple(int(k) for k in row) for row in np.rint(population.get("X"))]
        figures = judge(places)
        Evaluator().eval(_evaluated_problem(space, wish, figures), population)
        algorithm.tell(infills=population)
        judged |= {p: f for p, f in zip(places, figures, strict=True) if p not in judged}
    return SearchResult(NSGA, judged)


def is_dominated(costs: np.ndarray) -> np.ndarray:
    """Return bool[n]: whether another row is no worse in every column and better in one (less is better)."""
    no_worse = (costs[None, :, :] <= costs[:, None, :]).all(axis=2)
    better = (costs[None, :, :] < costs[:, None, :]).any(axis=2)
    return np.any(no_worse & better, axis=1)


def pareto_front(found: SearchResult, wish: Objectives) -> list[GridPoint]:
    """Return the allowed designs that no other allowed one judged dominates, best in the first objective first.

    Of designs with the same objectives the one with the lowest steps stands for all.
    """
    allowed = sorted(place for place, figures in found.judged.items() if wish.is_allowed(figures))
    if not allowed:
        return []
    costs = np.array([wish.costs(found.judged[place]) for place in allowed])
    kept: dict[tuple[float, ...], GridPoint] = {}
    for place, row in zip(allowed, costs, strict=True):
        kept.setdefault(tuple(row), place)
    rows = np.array(list(kept))
    undominated = [row for row, beaten in zip(kept, is_dominated(rows), strict=True) if not beaten]
    return [kept[row] for row in sorted(undominated)]
