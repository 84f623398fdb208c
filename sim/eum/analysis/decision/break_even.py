"""Where two policies come out the same: a variable's value at which a measure of a design equals that of a reference.

The difference is scanned over the allowed range, so that none, one and several solutions are told apart; every change
of sign is then closed in on by Brent's method, on the values a policy file may hold. Nothing is called a solution
without the difference that remains there.
"""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import optimize

from eum.analysis.experiments.states_of_the_world import StateOfWorld
from eum.errors import InputError
from eum.intervals import Interval, percentile_interval

ONE, NONE, SEVERAL, RANGE, JUMP = "one", "none", "several", "range", "jump"
"""What is found: one value; none; several values; a whole range of values; only a jump past equality."""


MOST_STEPS = 1_000_000_000
"""Values a variable may take at most; more is a slip in the step."""


class Grid(NamedTuple):
    """The values a variable may take: from `low` to `high` in steps."""

    low: float
    high: float
    step: float

    @property
    def last(self) -> int:
        """Number of the last step (the first is 0)."""
        return int(np.floor((self.high - self.low) / self.step + 1e-9))

    def value(self, k: float) -> float:
        """Return the value nearest to a (fractional) number of steps, whole where the step is."""
        k = min(max(round(k), 0), self.last)
        value = round(self.low + k * self.step, 10)
        return int(value) if float(self.step).is_integer() and float(self.low).is_integer() else value

    def nearest(self, value: float) -> float:
        """Return the allowed value nearest to another."""
        return self.value((value - self.low) / self.step)


def steps_of(low: float, high: float, step: float, where: str) -> Grid:
    """Return allowed values. Raises InputError for an empty range or a step that is not above zero."""
    if not low < high or not 0 < step <= high - low < math.inf:
        raise InputError(f"{where}: {low:g} to {high:g} by {step:g}: expected the low end first and a step within")
    if (high - low) / step > MOST_STEPS:
        raise InputError(f"{where}: {low:g} to {high:g} by {step:g}: expected at most {MOST_STEPS:,} steps")
    return Grid(low, high, step)


class Solution(NamedTuple):
    """A value of the variable and the difference that remains there (design less reference, unit of the measure)."""

    value: float
    residual: float
    slope: float
    """Change of the difference per unit of the variable around it."""


class Answer(NamedTuple):
    """What was found in the allowed range."""

    kind: str
    solutions: tuple[Solution, ...]
    scan: tuple[tuple[float, float], ...]
    """Value and difference at every point scanned."""


def _scan_points(steps: Grid, n_points: int) -> list[int]:
    return sorted({round(k) for k in np.linspace(0, steps.last, min(n_points, steps.last + 1))})


def _close_in(gap: Callable[[int], float], low: int, high: int) -> int:
    """Return the step between two of different sign at which the difference is smallest."""
    if high - low > 1:
        # Between steps the difference is that of the nearest one.
        root = int(optimize.brentq(lambda k: gap(round(k)), low, high, xtol=0.25))
        near = [k for k in (root - 1, root, root + 1, root + 2) if low <= k <= high]
        low, high = next(((a, b) for a, b in pairwise(near) if gap(a) * gap(b) <= 0), (low, high))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if gap(low) * gap(middle) > 0 else (low, middle)
    return min((low, high), key=lambda k: abs(gap(k)))


def _runs(points: list[int], is_equal: list[bool]) -> list[tuple[int, int]]:
    """Return first and last of each run of two or more neighbouring points that are equal."""
    runs: list[tuple[int, int]] = []
    for (a, equal_a), (b, equal_b) in pairwise(zip(points, is_equal, strict=True)):
        if equal_a and equal_b:
            runs = [*runs[:-1], (runs[-1][0], b)] if runs and runs[-1][1] == a else [*runs, (a, b)]
    return runs


def solve(gap_at: Callable[[float], float], steps: Grid, tolerance: float, n_points: int = 9) -> Answer:
    """Return the allowed values at which a difference is zero, up to a tolerance in its own unit.

    `n_points` of the range are looked at first: two solutions closer to each other than these points may be missed.
    """
    known: dict[int, float] = {}

    def gap(k: int) -> float:
        k = min(max(k, 0), steps.last)
        if k not in known:
            known[k] = float(gap_at(steps.value(k)))
        return known[k]

    points = _scan_points(steps, n_points)
    found = [gap(k) for k in points]
    runs = _runs(points, [abs(g) <= tolerance for g in found])
    scan = tuple(zip(map(steps.value, points), found, strict=True))
    if runs:
        ends = sorted({k for run in runs for k in run})
        return Answer(RANGE, tuple(Solution(steps.value(k), gap(k), 0.0) for k in ends), scan)
    at = {k for k, g in zip(points, found, strict=True) if abs(g) <= tolerance}
    for (low, a), (high, b) in pairwise(zip(points, found, strict=True)):
        if a * b < 0 and not at & {low, high}:
            at.add(_close_in(gap, low, high))
    return _solution(sorted(at), gap, steps, tolerance, scan)


def _slope(scan: tuple[tuple[float, float], ...], value: float) -> float:
    """Return the change of the difference per unit of the variable between the points scanned on both sides."""
    below = max((point for point in scan if point[0] < value), default=scan[0])
    above = min((point for point in scan if point[0] > value), default=scan[-1])
    return (above[1] - below[1]) / (above[0] - below[0])


def _solution(at: list[int], gap: Callable[[int], float], steps: Grid, tolerance: float, scan: tuple) -> Answer:
    values = [(steps.value(k), gap(k)) for k in at]
    solutions = tuple(Solution(value, left, _slope(scan, value)) for value, left in values)
    equal = tuple(s for s in solutions if abs(s.residual) <= tolerance)
    if solutions and not equal:
        return Answer(JUMP, solutions, scan)
    kinds = {0: NONE, 1: ONE}
    return Answer(kinds.get(len(equal), SEVERAL), equal, scan)


def solution_sentence(answer: Answer, variable: str) -> str:
    """Return in plain words what was found."""
    values = [f"{s.value:,g}" for s in answer.solutions]
    (low, at_low), (high, at_high) = answer.scan[0], answer.scan[-1]
    if answer.kind == NONE:
        side = "higher" if at_low > 0 else "lower"
        tops = f"at {low:,g} by {abs(at_low):,.4g}, at {high:,g} by {abs(at_high):,.4g}"
        return f"no solution: the design is {side} over the whole range, {tops}"
    if answer.kind == JUMP:
        left = ", ".join(f"{s.residual:,.4g}" for s in answer.solutions)
        return f"no solution: the difference jumps over zero at {variable} = {', '.join(values)}, where {left} remains"
    if answer.kind == RANGE:
        return f"equal over a whole range: {variable} from {values[0]} to {values[-1]}"
    if answer.kind == SEVERAL:
        return f"{len(values)} solutions: {variable} = {', '.join(values)}"
    return f"{variable} = {values[0]}"


BREAK_EVEN_COLUMNS = ("family", "draw", "kind", "value", "residual", "residual_percent", "slope", "told")
"""Columns of the table of solutions; `residual` in the unit of the measure, `residual_percent` of the reference."""


def rows_of(world: StateOfWorld, answer: Answer, reference: float, variable: str) -> list[tuple]:
    """Return the rows of the table for one world: one per solution, or one that says why there is none."""
    head = (world.question.family, world.question.draw, answer.kind)
    sentence = solution_sentence(answer, variable)
    if answer.kind == NONE:
        return [(*head, np.nan, np.nan, np.nan, np.nan, sentence)]
    return [
        (*head, s.value, s.residual, 100 * s.residual / abs(reference) if reference else np.nan, s.slope, sentence)
        for s in answer.solutions
    ]


def break_even_by_family(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row per family: value at the centre, median, 5th and 95th percentile of draws with one solution.

    `n_one` of `n_draws` draws have exactly one; the others are not in the interval.
    """
    parts = []
    for family, group in rows.groupby("family", sort=False):
        centre, drawn = group[group["draw"] == 0], group[group["draw"] != 0]
        one = percentile_interval(drawn[drawn["kind"] == ONE]["value"].to_numpy())
        at = centre["value"].iloc[0] if (centre["kind"] == ONE).all() else np.nan
        parts.append((family, at, one.value, one.low, one.high, one.n,
                      drawn["draw"].nunique(), centre["told"].iloc[0]))  # fmt: skip
    return pd.DataFrame(
        parts, columns=["family", "centre", "median", "low", "high", "n_one", "n_draws", "told_at_centre"]
    )


def newton_step(value: float, seen: Interval, slope: float, steps: Grid) -> float:
    """Return the value that takes a difference seen in paired full runs away, by the slope seen in expectation.

    Raises InputError where there is no slope to go by.
    """
    if not slope:
        raise InputError(f"{value:g}: the measure does not move here; expected a solution with a slope to correct by")
    return steps.nearest(value - seen.value / slope)
