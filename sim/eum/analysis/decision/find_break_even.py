"""The value at which a design equals a reference: solved in expectation in every plausible world, checked in full."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from eum.analysis.decision.break_even import BREAK_EVEN_COLUMNS, ONE, Grid, Solution, newton_step, rows_of, solve
from eum.analysis.decision.templates import design
from eum.analysis.experiments.measures import value_of
from eum.analysis.experiments.states_of_the_world import (
    Evaluator,
    StateOfWorld,
    StatesConfig,
    expected_evaluator,
    plausible_worlds,
    relative_evaluator,
    simulated_relative,
    states_record,
)
from eum.calibration.central import INFERENCE_SCALE
from eum.calibration.priors import CENTRAL
from eum.calibration.runnable import require_runnable
from eum.city.build import build_city
from eum.city.data import CityData
from eum.engine.scenarios import scenarios_beside_none
from eum.intervals import NONE, Interval, mean_interval
from eum.policy.files import load_policy
from eum.policy.model import Policy
from eum.runner.results_store import StoredTables

OTHER_SEEDS = 1000
"""What is added to the seeds of a correction to have others for its check."""


class BreakEvenProblem(NamedTuple):
    """Which variable of which template is to make which measure equal to that of a reference."""

    template: str
    variable: str
    steps: Grid
    reference: str
    measure: str
    relative_to: str
    """Policy whose figures are taken off on the same draws; "none" for none."""
    tolerance_percent: float
    """Difference that counts as equal, percent of the reference's measure."""
    n_points: int
    """Points of the range that are looked at for changes of sign."""

    def at(self, value: float) -> Policy:
        """Return the design at a value."""
        return design(self.template, {self.variable: value})


def solved_in(world: StateOfWorld, tried: Evaluator, q: BreakEvenProblem) -> tuple[pd.DataFrame, Solution | None]:
    """Return the rows of one world, and the solution where there is exactly one."""
    inside = relative_evaluator(tried, load_policy(q.relative_to))
    reference = value_of(inside(load_policy(q.reference)), q.measure)

    def gap(value: float) -> float:
        return value_of(inside(q.at(value)), q.measure) - reference

    answer = solve(gap, q.steps, q.tolerance_percent / 100 * abs(reference), q.n_points)
    rows = pd.DataFrame(rows_of(world, answer, reference, q.variable), columns=list(BREAK_EVEN_COLUMNS))
    return rows, answer.solutions[0] if answer.kind == ONE else None


CHECKED = ("family", "stage", "value", "difference", "low", "high", "percent", "reference", "n_seeds", "told")
"""Columns of the check. `difference` is the mean over full runs of design less reference, `low` and `high` the 90 %
interval of that mean over seeds, `percent` of the reference."""

SOLVED, CORRECTED = "as solved", "corrected"


class PairedRuns(NamedTuple):
    """What paired full runs say: the difference on each seed, and the mean of the reference."""

    gaps: list[float]
    reference: float


def _compared(
    package: CityData, world: StateOfWorld, config: StatesConfig, q: BreakEvenProblem, value: float, seeds: list[int]
) -> PairedRuns:
    """Return a value of the variable run beside the reference on every seed."""
    base, pair = load_policy(q.relative_to), [load_policy(q.reference), q.at(value)]
    found = []
    for seed in seeds:
        reference, mine = (value_of(o, q.measure) for o in simulated_relative(package, world, config, pair, base, seed))
        found.append((mine - reference, reference))
    return PairedRuns([gap for gap, _ in found], sum(reference for _, reference in found) / len(found))


def _verdict(left: Interval) -> str:
    """Return in words whether a mean difference is one; a single run cannot say."""
    if left.kind == NONE:
        return "one run has no error to judge a difference by"
    inside = left.low <= 0 <= left.high
    return "equal within the error of these runs" if inside else "not equal: more than the error of the runs"


def _row(family: str, stage: str, value: float, seen: PairedRuns) -> tuple:
    gaps, reference = seen
    left = mean_interval(gaps)
    percent = 100 * left.value / abs(reference) if reference else float("nan")
    return family, stage, value, left.value, left.low, left.high, percent, reference, left.n, _verdict(left)


def checked_in_full(
    package: CityData, world: StateOfWorld, config: StatesConfig, q: BreakEvenProblem, solution: Solution, n_seeds: int,
    on_stage: Callable[[], object],
) -> pd.DataFrame:  # fmt: skip
    """Return what paired full runs say at the solution, and at the value corrected by them.

    The corrected value is checked on seeds that had no part in the correction.
    """
    seeds = [config.seed + i for i in range(n_seeds)]
    seen = _compared(package, world, config, q, solution.value, seeds)
    rows = [_row(world.question.family, SOLVED, solution.value, seen)]
    on_stage()
    value = newton_step(solution.value, mean_interval(seen.gaps), solution.slope, q.steps)
    again = _compared(package, world, config, q, value, [seed + OTHER_SEEDS for seed in seeds])
    rows.append(_row(world.question.family, CORRECTED, value, again))
    on_stage()
    return pd.DataFrame(rows, columns=list(CHECKED))


SolverProgress = tuple[Callable[[], object], Callable[[], object]]
"""Called after each world solved, and after each stage of a check."""


def equal_tables(
    package: CityData, config: StatesConfig, q: BreakEvenProblem, n_seeds: int, progress: SolverProgress
) -> StoredTables:
    """Return tables `solutions` (every state of the world requested) and `check` (full runs at each family's centre).

    A family whose centre has no single solution is not checked; with no seeds no family is.
    """
    on_world, on_stage = progress
    ends = [q.at(end) for end in (q.steps.value(0), q.steps.value(q.steps.last))]
    tried = [*ends, load_policy(q.reference), load_policy(q.relative_to)]
    require_runnable(package, scenarios_beside_none(tried, config.days), in_expectation=True)
    city = build_city(package, INFERENCE_SCALE, config.seed)
    rows, checks = [], [pd.DataFrame(columns=list(CHECKED))]
    for world in plausible_worlds(package, config):
        found, solution = solved_in(world, expected_evaluator(package, world, config.days, city), q)
        rows.append(found)
        on_world()
        if world.question.draw == CENTRAL and solution is not None and n_seeds:
            checks.append(checked_in_full(package, world, config, q, solution, n_seeds, on_stage))
    checked = [c for c in checks if len(c)] or checks
    return {"solutions": pd.concat(rows, ignore_index=True), "check": pd.concat(checked, ignore_index=True)}


def about_equal(package: CityData, config: StatesConfig, q: BreakEvenProblem, n_seeds: int) -> dict:
    """Return the record of the request, for the result folder."""
    policies = {Path(name).name: load_policy(name).hash for name in (q.template, q.reference, q.relative_to)}
    about = {
        **states_record(config),
        **q._asdict(),
        "template": Path(q.template).name,
        "reference": Path(q.reference).name,
    }
    return {**about, "steps": q.steps._asdict(), "n_seeds": n_seeds, "policies": policies, "data_hash": package.hash}
