"""One point of the parameter space: the world that follows from it, and its ratios in expectation and by the crowd."""

from collections.abc import Mapping
from typing import NamedTuple

from eum.analysis.experiments.ensemble import drawn_start
from eum.analysis.sensitivity.definition import SensitivityDefinition
from eum.analysis.sensitivity.factors import Factor, changed_package, question_at
from eum.behavior.parameters import Parameters
from eum.calibration.anchoring import Inference, infer
from eum.calibration.central import INFERENCE_SCALE
from eum.calibration.expectation import Expected, Outcome, expect_worlds
from eum.calibration.priors import SHARES, coefficients
from eum.city.build import City, build_city
from eum.city.data import Package
from eum.dimensions import RUNGS
from eum.engine.scenarios import Setting, run_worlds
from eum.outcomes.attribution import CITY
from eum.outcomes.effects import ACCOUNTINGS, Coefficients, accounting_effects, ladder, published_accounting
from eum.policy.files import load_policy
from eum.policy.model import Policy

FISCAL_COST, CASHBACK = "fiscal_cost", "cashback"
OUTPUTS = (
    *((FISCAL_COST, rung) for rung in RUNGS),
    *((CASHBACK, rung) for rung in RUNGS),
    *((CASHBACK, accounting) for accounting in ACCOUNTINGS),
)
"""Every ratio that is looked at: what it is counted per won of, and by which definition."""

COLUMNS = tuple(f"{definition} per {denominator}" for denominator, definition in OUTPUTS)


class Common(NamedTuple):
    """What all units share."""

    definition: SensitivityDefinition
    package: Package
    policy: Policy
    factors: tuple[Factor, ...]
    centres: dict[str, Inference]
    """By family: where the inference of a draw starts."""


class World(NamedTuple):
    """What follows from a point in a family."""

    package: Package
    city: City
    """The city on which the choices were inferred; expectation lives there."""
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


def world_at(common: Common, family: str, quantiles: Mapping[str, float]) -> World:
    """Return the world of a family at quantiles of the factors; its choices are inferred there, in expectation."""
    package = changed_package(common.package, common.factors, quantiles)
    question = question_at(family, common.definition.seed, quantiles)
    city = build_city(package, INFERENCE_SCALE, common.definition.seed)
    centre = common.centres[family]
    start = drawn_start(package, question, centre.parameters)
    found = infer(city, question, start, centre.achieved, run=expect_worlds)
    return World(package, city, found, coefficients(package, question, found.parameters))


def _of_outcome(outcome: Outcome, c: Coefficients) -> dict[str, float]:
    cost = {FISCAL_COST: outcome.fiscal_cost_krw, CASHBACK: outcome.cashback_krw}
    effects = {**outcome.effect_krw, **accounting_effects(outcome.class_krw, c)}
    return {
        column: effects[definition] / cost[denominator] if cost[denominator] > 0 else float("nan")
        for column, (denominator, definition) in zip(COLUMNS, OUTPUTS, strict=True)
    }


def expected_ratios(common: Common, world: World) -> dict[str, float]:
    """Return every ratio of the programme in a world by column (COLUMNS), won per won, in expectation."""
    asked = common.definition
    expected = Expected(world.city, world.parameters, world.coefficients, (asked.start, asked.end))
    return _of_outcome(expected.evaluate(common.policy), world.coefficients)


def lived_ratios(common: Common, world: World, city: City, seed: int) -> dict[str, float]:
    """Return the same from one run of the crowd on a city."""
    asked = common.definition
    setting = Setting([load_policy("none"), common.policy], [(0, 1)], asked.start, asked.end)
    tables = run_worlds(city, world.parameters, setting, seed)
    rungs = ladder(tables, city.scale, (CITY,), world.coefficients)
    found = {(str(d), str(r)): float(x) for d, r, x in rungs[["denominator", "rung", "ratio"]].to_numpy()}
    printed = published_accounting(tables, world.coefficients, dict.fromkeys(ACCOUNTINGS, 0.0))
    found |= {(CASHBACK, str(name)): float(x) for name, x in printed[["accounting", "ratio"]].to_numpy()}
    return {column: found[output] for column, output in zip(COLUMNS, OUTPUTS, strict=True)}


def values_at(common: Common, quantiles: Mapping[str, float]) -> dict[str, float]:
    """Return the values of the factors at a point, in the units of the data."""
    return {factor.name: factor.at(quantiles[factor.name]) for factor in common.factors if factor.name in quantiles}
