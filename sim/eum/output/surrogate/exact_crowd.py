"""A design of the page run person by person, at the centre of each family of evidence, over some seeds."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from eum.analysis.decision.definition import template_path
from eum.analysis.decision.templates import design
from eum.analysis.experiments.states_of_the_world import simulated_outcomes
from eum.calibration.expectation import ExpectedOutcome
from eum.errors import InputError
from eum.intervals import mean_interval
from eum.output.surrogate.definition import LeverValues, PageDefinition, design_values
from eum.output.surrogate.error import LITTLE_KRW
from eum.output.surrogate.exact_run import CENTRES, ExactRunner
from eum.output.surrogate.predict import mark_of
from eum.policy.model import Policy

SayProgress = Callable[[str, int, int], object]
"""Told how far a run is: its state, steps done, steps in all. What it raises ends the run."""
SCALE, SEEDS = 0.02, 4
_PER_HUNDRED = ("net_city_sales", "city_value_added", "national_net")
SIMULATED_QUANTITIES = ("fiscal_cost", *_PER_HUNDRED, "own_sales", "day")
"""What is reported of a run: won; won per 100 won of fiscal cost; won; a day from the start (None: money lasts)."""


class FamilySeed(NamedTuple):
    """The mean of a figure over seeds and the 90 % interval of that mean, None where there is none."""

    value: float | None
    low: float | None
    high: float | None


Pair = tuple[ExpectedOutcome, ExpectedOutcome]
"""What a design did, and the city's programme alone, in one run."""


def page_policies(exact: ExactRunner, values: LeverValues) -> list[Policy]:
    """Return a design and the city's programme alone."""
    d = exact.definition
    city = {d.city.variable: values[d.city.variable]}
    return [design(template_path(exact.path, d.template), values), design(template_path(exact.path, d.beyond), city)]


def crowd_run(exact: ExactRunner, request: dict[str, Any], say_progress: SayProgress) -> dict[str, Any]:
    """Return the figures of a design by quantity and family, as JSON can hold them, with the design's mark.

    Raises InputError for a design that the page cannot have, or before the centres are prepared.
    """
    values = design_values(exact.definition, request)
    if any(n not in exact.worlds for n in exact.numbers(CENTRES)):
        raise InputError("exact: the model is not ready yet; expected some patience")
    policies, where = page_policies(exact, values), exact.states_config(0)._replace(scale=SCALE)
    worlds, found = [exact.worlds[n] for n in exact.numbers(CENTRES)], dict[str, list[Pair]]()
    say_progress("running", 0, len(worlds) * SEEDS)
    for world in worlds:
        pairs = found.setdefault(world.question.family, [])
        for seed in range(1, SEEDS + 1):
            first, second = simulated_outcomes(exact.package, world, where, policies, seed)
            pairs.append((first, second))
            say_progress("running", sum(map(len, found.values())), len(worlds) * SEEDS)
    return {"mark": mark_of(exact.version, values), "rows": _rows(exact.definition, found)}


def _rows(definition: PageDefinition, found: dict[str, list[Pair]]) -> list[dict[str, Any]]:
    return [
        {"quantity": name, "by_family": {f: _cell(definition, name, pairs)._asdict() for f, pairs in found.items()}}
        for name in SIMULATED_QUANTITIES
    ]


def _cell(definition: PageDefinition, quantity: str, pairs: list[Pair]) -> FamilySeed:
    values = np.array([_value(definition, quantity, *pair) for pair in pairs])
    if quantity == "day":
        lasts = not np.isfinite(values).any()
        return FamilySeed(None if lasts else float(np.nanmedian(values)), None, None)
    if not np.isfinite(values).all():
        return FamilySeed(None, None, None)
    return FamilySeed(*mean_interval(values)[:3])


def _value(definition: PageDefinition, quantity: str, after: ExpectedOutcome, before: ExpectedOutcome) -> float:
    cost = after.fiscal_cost_krw - before.fiscal_cost_krw
    if quantity == "fiscal_cost":
        return cost
    if quantity == "own_sales":
        sales = (o.sales_change_by_district_krw[definition.district] for o in (after, before))
        return next(sales) - next(sales)
    if quantity == "day":
        day = after.exhausted_on[definition.budget]
        return float((day - definition.start).days) if day else np.nan
    effect = after.effect_krw[quantity] - before.effect_krw[quantity]
    return 100 * effect / cost if cost >= LITTLE_KRW else np.nan
