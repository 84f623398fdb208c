"""Plausible worlds: the centre of each family of evidence and draws of its parameters, ready to try policies in.

Choices are inferred in expectation, and the same parameters are then simulated by either engine: what differs between
an expected figure and a full run is the engine and the draws of the run, never the parameters.
"""

import datetime
import functools
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from eum.analysis.experiments.ensemble import drawn_calibration
from eum.analysis.experiments.outcome import relative_outcome, run_outcome
from eum.behavior.parameters import Parameters
from eum.calibration.anchoring import Inference, calibrated_choices
from eum.calibration.carried_start import start_of
from eum.calibration.central import EXPECTATION, INFERENCE_SCALE, kept_inference
from eum.calibration.expectation import Expected, ExpectedOutcome, expect_worlds, infer_in_expectation
from eum.calibration.priors import CENTRAL, ParameterDraw, coefficients
from eum.city.build import City, build_city
from eum.city.data import CityData
from eum.dimensions import EVIDENCE
from eum.engine.scenarios import ScenarioSet, run_worlds
from eum.errors import InputError
from eum.outcomes.effects import Coefficients
from eum.policy.files import load_policy
from eum.policy.model import Policy

Period = tuple[datetime.date, datetime.date]
MOST_WORLDS = 8
"""Policies simulated side by side in one full run; more of them take several."""


class StatesConfig(NamedTuple):
    """Where policies are tried: families of evidence, draws of the parameters, days, size and seed of full runs."""

    families: tuple[str, ...]
    n_draws: int
    """Draws besides the centre of each family."""
    days: Period
    scale: float
    seed: int


def states_record(config: StatesConfig) -> dict:
    """Return where policies are tried, for the record of a result."""
    start, end = (day.isoformat() for day in config.days)
    return {"families": list(config.families), "n_draws": config.n_draws, "start": start, "end": end,
            "scale": config.scale, "seed": config.seed}  # fmt: skip


class StateOfWorld(NamedTuple):
    """One plausible world: a draw of a family with the parameters that follow from it."""

    question: ParameterDraw
    parameters: Parameters
    coefficients: Coefficients

    @property
    def name(self) -> str:
        """Family and draw in words."""
        draw = self.question.draw
        return f"{self.question.family}, {'centre' if draw == CENTRAL else f'draw {draw}'}"


Evaluator = Callable[[Policy], ExpectedOutcome]
"""A policy tried in one world: its outcome against the world without any."""


def families_of_states(text: str) -> tuple[str, ...]:
    """Return the families named with commas, or all of them for "all". Raises InputError for an unknown one."""
    names = EVIDENCE if text == "all" else tuple(text.split(","))
    for name in names:
        if name not in EVIDENCE:
            raise InputError(f"--evidence: {name}: expected all or one of {', '.join(EVIDENCE)}")
    return names


def _draw(package: CityData, people: Callable[[], City], draw: ParameterDraw, centre: Inference) -> Inference:
    if draw.draw == CENTRAL:
        return centre

    def found() -> Inference:
        start = drawn_calibration(package, draw, centre.parameters)
        return calibrated_choices(people(), draw, start, centre.achieved, run=expect_worlds)

    return kept_inference(package, draw, EXPECTATION, found)


def plausible_worlds(
    package: CityData, config: StatesConfig, on_world: Callable[[], object] = lambda: None
) -> Iterator[StateOfWorld]:
    """Yield every state of the world requested: of each family the centre, then its draws."""
    people = functools.cache(lambda: build_city(package, INFERENCE_SCALE, config.seed))
    for family in config.families:
        centre = infer_in_expectation(package, family, config.seed)
        for draw in range(CENTRAL, config.n_draws + 1):
            parameter_draw = ParameterDraw(family, draw, config.seed)
            parameters = _draw(package, people, parameter_draw, centre).parameters
            on_world()
            yield StateOfWorld(parameter_draw, parameters, coefficients(package, parameter_draw, parameters))


def expected_evaluator(package: CityData, world: StateOfWorld, days: Period, city: City | None = None) -> Evaluator:
    """Return how to try policies in a world in expectation. A policy tried before is not run again."""
    people = city or build_city(package, INFERENCE_SCALE, world.question.seed)
    start = start_of(people, world.parameters, days[0])
    expected = Expected(people, world.parameters, world.coefficients, days, start)
    known: dict[str, ExpectedOutcome] = {}

    def tried(policy: Policy) -> ExpectedOutcome:
        if policy.hash not in known:
            known[policy.hash] = expected.evaluate(policy)
        return known[policy.hash]._replace(policy=policy.name)

    return tried


def relative_evaluator(tried: Evaluator, base: Policy) -> Evaluator:
    """Return how to try policies with every figure counted beyond another policy ("none": as it is)."""
    if base.is_empty:
        return tried
    return lambda policy: relative_outcome(tried(policy), tried(base))


def _numbered(policies: list[Policy]) -> list[Policy]:
    """Return the policies under names that differ, as the worlds of one run must."""
    return [p.model_copy(update={"name": f"{i}"}) for i, p in enumerate(policies)]


def simulated_outcomes(
    package: CityData, world: StateOfWorld, config: StatesConfig, policies: list[Policy], seed: int
) -> list[ExpectedOutcome]:
    """Return what full runs of policies did on the city and the draws of one seed, in the order of the policies.

    All of them share every draw with the world without any policy, and so with each other.
    """
    city, none, found = build_city(package, config.scale, seed), load_policy("none"), list[ExpectedOutcome]()
    for first in range(0, len(policies), MOST_WORLDS):
        group = policies[first : first + MOST_WORLDS]
        setting = ScenarioSet([none, *_numbered(group)], [(0, i + 1) for i in range(len(group))], *config.days)
        start = start_of(city, world.parameters, config.days[0])
        tables = run_worlds(city, world.parameters, setting, seed, start_state=start)
        for i, policy in enumerate(group):
            outcome = run_outcome(tables, config.scale, world.coefficients, f"{i}")
            found.append(outcome._replace(policy=policy.name))
    return found


def simulated_relative(
    package: CityData, world: StateOfWorld, config: StatesConfig, policies: list[Policy], base: Policy, seed: int
) -> list[ExpectedOutcome]:
    """Return what full runs of policies did beyond another policy ("none": as it is), on one seed."""
    if base.is_empty:
        return simulated_outcomes(package, world, config, policies, seed)
    start, *others = simulated_outcomes(package, world, config, [base, *policies], seed)
    return [relative_outcome(outcome, start) for outcome in others]


def states_by_family(worlds: Iterable[StateOfWorld]) -> dict[str, list[StateOfWorld]]:
    """Return the worlds of each family, in their order."""
    groups: dict[str, list[StateOfWorld]] = {}
    for world in worlds:
        groups.setdefault(world.question.family, []).append(world)
    return groups
