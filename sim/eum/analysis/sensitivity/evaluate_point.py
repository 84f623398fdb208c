"""One point of the parameter space: the world that follows from it, and its ratios in expectation and by the crowd."""

from collections.abc import Mapping
from typing import NamedTuple

from eum.analysis.experiments.ensemble import drawn_calibration
from eum.analysis.sensitivity.definition import SensitivityDefinition
from eum.analysis.sensitivity.factors import Factor, changed_package, question_at
from eum.behavior.parameters import Parameters
from eum.calibration.anchoring import Inference, calibrated_choices
from eum.calibration.carried_start import start_of
from eum.calibration.central import INFERENCE_SCALE
from eum.calibration.expectation import Expected, ExpectedOutcome, expect_worlds
from eum.calibration.priors import SHARES, coefficients
from eum.city.build import City, build_city
from eum.city.data import CityData
from eum.dimensions import EFFECTS
from eum.engine.scenarios import ScenarioSet, run_worlds
from eum.outcomes.attribution import CITY
from eum.outcomes.effects import ACCOUNTINGS, Coefficients, effect_table, institute_effects, published_institute_effects
from eum.policy.files import load_policy
from eum.policy.model import Policy

FISCAL_COST, CASHBACK = "fiscal_cost", "cashback"
OUTPUTS = (
    *((FISCAL_COST, rung) for rung in EFFECTS),
    *((CASHBACK, rung) for rung in EFFECTS),
    *((CASHBACK, accounting) for accounting in ACCOUNTINGS),
)
"""Every ratio that is looked at: what it is counted per won of, and by which definition."""

POINT_COLUMNS = tuple(f"{definition} per {denominator}" for denominator, definition in OUTPUTS)


class PointSettings(NamedTuple):
    """What all units share."""

    definition: SensitivityDefinition
    package: CityData
    policy: Policy
    factors: tuple[Factor, ...]
    centres: dict[str, Inference]
    """By family: where the inference of a draw starts."""


class PointModel(NamedTuple):
    """What follows from a point in a family."""

    package: CityData
    city: City
    """The city on which the choices were inferred; expectation runs there."""
    found: Inference
    coefficients: Coefficients

    @property
    def parameters(self) -> Parameters:
        """The parameters of behaviour, the inferred choices among them."""
        return self.found.parameters

    @property
    def misfit(self) -> float:
        """Largest distance of a simulated class from what the family states, share of card payments."""
        return max(abs(self.found.achieved[name] - self.found.stated[name]) for name in SHARES)


def world_at(common: PointSettings, family: str, quantiles: Mapping[str, float]) -> PointModel:
    """Return the world of a family at quantiles of the factors; its choices are inferred there, in expectation."""
    package = changed_package(common.package, common.factors, quantiles)
    draw = question_at(family, common.definition.seed, quantiles)
    city = build_city(package, INFERENCE_SCALE, common.definition.seed)
    centre = common.centres[family]
    start = drawn_calibration(package, draw, centre.parameters)
    found = calibrated_choices(city, draw, start, centre.achieved, run=expect_worlds)
    return PointModel(package, city, found, coefficients(package, draw, found.parameters))


def _of_outcome(outcome: ExpectedOutcome, c: Coefficients) -> dict[str, float]:
    cost = {FISCAL_COST: outcome.fiscal_cost_krw, CASHBACK: outcome.cashback_krw}
    effects = {**outcome.effect_krw, **institute_effects(outcome.class_krw, c)}
    return {
        column: effects[definition] / cost[denominator] if cost[denominator] > 0 else float("nan")
        for column, (denominator, definition) in zip(POINT_COLUMNS, OUTPUTS, strict=True)
    }


def expected_ratios(common: PointSettings, world: PointModel) -> dict[str, float]:
    """Return every ratio of the programme in a world by column (COLUMNS), won per won, in expectation."""
    definition = common.definition
    start = start_of(world.city, world.parameters, definition.start)
    expected = Expected(world.city, world.parameters, world.coefficients, (definition.start, definition.end), start)
    return _of_outcome(expected.evaluate(common.policy), world.coefficients)


def simulated_ratios(common: PointSettings, world: PointModel, city: City, seed: int) -> dict[str, float]:
    """Return the same from one run of the crowd on a city."""
    definition = common.definition
    setting = ScenarioSet([load_policy("none"), common.policy], [(0, 1)], definition.start, definition.end)
    start = start_of(city, world.parameters, definition.start)
    tables = run_worlds(city, world.parameters, setting, seed, start_state=start)
    rungs = effect_table(tables, city.scale, (CITY,), world.coefficients)
    found = {(str(d), str(r)): float(x) for d, r, x in rungs[["denominator", "rung", "ratio"]].to_numpy()}
    printed = published_institute_effects(tables, world.coefficients, dict.fromkeys(ACCOUNTINGS, 0.0))
    found |= {(CASHBACK, str(name)): float(x) for name, x in printed[["accounting", "ratio"]].to_numpy()}
    return {column: found[output] for column, output in zip(POINT_COLUMNS, OUTPUTS, strict=True)}


def values_at(common: PointSettings, quantiles: Mapping[str, float]) -> dict[str, float]:
    """Return the values of the factors at a point, in the units of the data."""
    return {factor.name: factor.at(quantiles[factor.name]) for factor in common.factors if factor.name in quantiles}
