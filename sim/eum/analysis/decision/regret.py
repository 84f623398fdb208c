"""Which design is better in which plausible world, by how much one can be wrong, and where the answer flips."""

from collections.abc import Callable, Iterable
from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import optimize

from eum.analysis.experiments.measures import require_measure, value_of
from eum.analysis.experiments.states_of_the_world import Evaluator, StateOfWorld
from eum.calibration.priors import CENTRAL
from eum.intervals import percentile_interval
from eum.policy.model import Policy

OUTCOMES = ("family", "draw", "design", "value", "regret", "is_best")
"""Columns of the table of outcomes: `value` in the unit of the measure, `regret` what the best design has more of."""


def regrets(values: pd.DataFrame, better: int) -> pd.DataFrame:
    """Return outcomes with their regret: how far each design is from the best one of its world (never negative).

    `values` has columns family, draw, design, value; `better` is +1 where more is better, -1 where less is.
    """
    best = (better * values["value"]).groupby([values["family"], values["draw"]]).transform("max")
    regret = best - better * values["value"]
    return values.assign(regret=regret, is_best=regret == 0)[list(OUTCOMES)]


def regret_summary(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return per family and design: the value at the centre, its median, 5th and 95th percentile over draws, maximum
    and mean regret over all worlds of the family, and in how many of them the design is best. Families are not mixed.
    """
    parts = []
    for (family, design), group in outcomes.groupby(["family", "design"], sort=False):
        drawn = percentile_interval(group[group["draw"] != CENTRAL]["value"].to_numpy())
        centre = group[group["draw"] == CENTRAL]["value"]
        parts.append((family, design, centre.iloc[0] if len(centre) else np.nan, drawn.value, drawn.low,
                      drawn.high, group["regret"].max(), group["regret"].mean(),
                      int(group["is_best"].sum()), len(group)))  # fmt: skip
    columns = ["centre", "median", "low", "high", "max_regret", "mean_regret", "n_best", "n_worlds"]
    return pd.DataFrame(parts, columns=["family", "design", *columns])


def tried_everywhere(
    worlds: Iterable[tuple[StateOfWorld, Evaluator]], designs: list[Policy], measure: str, on_try: Callable[[], object]
) -> pd.DataFrame:
    """Return family, draw, design and value of every design in every world."""
    rows = []
    for world, tried in worlds:
        for design in designs:
            rows.append((world.question.family, world.question.draw, design.name, value_of(tried(design), measure)))
            on_try()
    return pd.DataFrame(rows, columns=["family", "draw", "design", "value"])


class Sweep(NamedTuple):
    """One uncertain parameter over its range, all others at the centre of the family."""

    parameter: str
    low: float
    centre: float
    high: float
    unit: str
    origin: str
    """Where the range comes from: a row of the data, or the draws of an inferred parameter."""


class SwitchingValue(NamedTuple):
    """A value of a parameter at which two designs change places."""

    at: float
    better_below: str
    better_above: str


FLIPS = ("family", "parameter", "unit", "low", "centre", "high", "origin", "design", "other", "flip", "better_below",
         "better_above", "told")  # fmt: skip
"""Columns of the table of flips; `flip` is empty where the order of the two designs holds over the whole range."""


def switching_values(
    gap: Callable[[float], float], sweep: Sweep, names: tuple[str, str], n_points: int
) -> list[SwitchingValue]:
    """Return the values of a parameter at which `gap` (first design less second, more is better) changes its sign.

    `n_points` of the range are looked at and every change of sign between two of them is closed in on; two flips
    closer to each other than these points may be missed.
    """
    points = np.unique([*np.linspace(sweep.low, sweep.high, n_points), sweep.centre])
    found = [gap(float(x)) for x in points]
    # An exact tie belongs to the side it is left for.
    signed = [(x, g) for x, g in zip(points, found, strict=True) if g != 0]
    flipped = []
    for (low, a), (high, b) in pairwise(signed):
        if a * b < 0:
            at = float(optimize.brentq(gap, low, high, rtol=1e-4, xtol=1e-4 * (sweep.high - sweep.low)))
            flipped.append(SwitchingValue(at, names[a < 0], names[b < 0]))
    return flipped


def preference_sentences(sweep: Sweep, names: tuple[str, str], flipped: list[SwitchingValue], at_centre: float) -> str:
    """Return in plain words which of two designs is better, and unless what."""
    if at_centre == 0 and not flipped:
        return f"{names[0]} and {names[1]} are equal for every {sweep.parameter} in its range"
    if not flipped:
        better, worse = names if at_centre > 0 else names[::-1]
        return f"{better} is better than {worse} for every {sweep.parameter} from {sweep.low:.4g} to {sweep.high:.4g}"
    if len(flipped) > 1:
        places = ", ".join(f"{f.at:.4g}" for f in flipped)
        return f"{names[0]} and {names[1]} change places at {sweep.parameter} = {places}"
    flip = flipped[0]
    above = sweep.centre >= flip.at
    better, worse = (flip.better_above, flip.better_below) if above else (flip.better_below, flip.better_above)
    side = "below" if above else "above"
    return f"{better} is better than {worse} unless {sweep.parameter} is {side} {flip.at:.4g}"


def regret_pair_rows(
    family: str, sweep: Sweep, pair: tuple[str, str], gap: Callable[[float], float], n_points: int
) -> list[tuple]:
    """Return the rows of the table of flips of one parameter and two designs."""
    flipped = switching_values(gap, sweep, pair, n_points)
    words = preference_sentences(sweep, pair, flipped, gap(sweep.centre))
    head = (family, sweep.parameter, sweep.unit, sweep.low, sweep.centre, sweep.high, sweep.origin, *pair)
    if not flipped:
        return [(*head, np.nan, "", "", words)]
    return [(*head, f.at, f.better_below, f.better_above, words) for f in flipped]


SweepEvaluator = Callable[[str, float], Evaluator]
"""A parameter set to a value: how to try policies in the world that follows."""

Gap = Callable[[float], float]


def _gaps(sweep: Sweep, designs: list[Policy], measure: str, placed: SweepEvaluator) -> dict[tuple[str, str], Gap]:
    """Return, for every two designs, by how much the first is better as a function of one parameter."""
    better, known = require_measure(measure).better, dict[tuple[str, float], float]()

    def value(design: Policy, x: float) -> float:
        if (design.hash, x) not in known:
            known[design.hash, x] = better * value_of(placed(sweep.parameter, x)(design), measure)
        return known[design.hash, x]

    def gap(one: Policy, other: Policy) -> Gap:
        return lambda x: value(one, x) - value(other, x)

    return {(one.name, other.name): gap(one, other) for one, other in combinations(designs, 2)}


def swept_outcomes(
    family: str, sweep: Sweep, designs: list[Policy], measure: str, placed: SweepEvaluator, n_points: int
) -> list[tuple]:
    """Return the rows of the table of flips of one parameter of a family, for every two designs."""
    gaps = _gaps(sweep, designs, measure, placed)
    return [row for pair, gap in gaps.items() for row in regret_pair_rows(family, sweep, pair, gap, n_points)]
