"""The uncertain parameters and their ranges, and a plausible world with one of them moved."""

from typing import Any

import numpy as np

from eum.analysis.decision.regret import Sweep, SweepEvaluator
from eum.analysis.experiments.states_of_the_world import Evaluator, Period, StateOfWorld, expected_evaluator
from eum.behavior.parameters import Parameters
from eum.calibration.priors import coefficients, source_of
from eum.city.build import City
from eum.city.data import CityData
from eum.intervals import percentile_ends

COEFFICIENTS = {
    "operation_share": "priors: admin_cost_share",
    "national_value_added": "priors: national_value_added_factor",
    "payback_12m": "assumptions: new_consumption_payback_12m",
}
"""Uncertain numbers that are no behaviour: they turn payments into cost and sales into value added."""


def _range_of_draws(at: float, values: list[float]) -> tuple[float, float]:
    """Return the 5-95 % range of draws, widened to hold the centre; the centre alone without draws."""
    low, high = percentile_ends(np.array(values or [at]))
    return min(float(low), at), max(float(high), at)


def sweeps_of(package: CityData, centre: StateOfWorld, drawn: list[StateOfWorld]) -> list[Sweep]:
    """Return every uncertain parameter of a family with its 90 % range.

    Ranges come from the data, those of fitted parameters from the posterior; a parameter that is inferred has the
    5-95 % range of the family's draws instead, as has a coefficient. Parameters without a range are left out, and so
    is what the city's data hold fixed.
    """
    sweeps = []
    for name in Parameters._fields:
        row, at = source_of(package, name), float(getattr(centre.parameters, name))
        if row.is_inferred:
            values = [float(getattr(w.parameters, name)) for w in drawn]
            low, high = _range_of_draws(at, values)
            origin = f"inferred: 5-95 % of {len(values)} draws"
        else:
            (low, high), origin = row.ends, row.source if row.fitted is None else "posterior"
        sweeps.append(Sweep(name, low, at, high, row.unit, origin))
    for name, origin in COEFFICIENTS.items():
        at, values = float(getattr(centre.coefficients, name)), [float(getattr(w.coefficients, name)) for w in drawn]
        low, high = _range_of_draws(at, values)
        sweeps.append(Sweep(name, low, at, high, "share", f"{origin}: 5-95 % of {len(values)} draws"))
    return [s for s in sweeps if s.low < s.high]


def with_parameter(package: CityData, centre: StateOfWorld, name: str, value: float) -> StateOfWorld:
    """Return the centre of a family with one parameter or coefficient at another value, all others held."""
    if name in COEFFICIENTS:
        numbers: dict[str, Any] = {name: value}
        return centre._replace(coefficients=centre.coefficients._replace(**numbers))
    parameters = centre.parameters._replace(**{name: value})
    return StateOfWorld(centre.question, parameters, coefficients(package, centre.question, parameters))


def sweep_evaluator(package: CityData, centre: StateOfWorld, days: Period, city: City) -> SweepEvaluator:
    """Return how to try policies with one parameter of a family's centre moved."""

    def placed(name: str, value: float) -> Evaluator:
        return expected_evaluator(package, with_parameter(package, centre, name, value), days, city)

    return placed
