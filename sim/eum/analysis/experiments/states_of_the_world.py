"""Plausible worlds: the centre of each family of evidence and draws from its priors, ready to try policies in.

Choices are inferred in expectation, and the same parameters are then lived by either engine: what differs between
an expected figure and a full run is the engine and the draws of the run, never the parameters.
"""

import datetime
import functools
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from eum.analysis.experiments.ensemble import drawn_start
from eum.analysis.experiments.outcome import beyond, outcome_of
from eum.behavior.parameters import Parameters
from eum.calibration.anchoring import Inference, infer
from eum.calibration.central import EXPECTATION, INFERENCE_SCALE, kept_inference
from eum.calibration.expectation import Expected, Outcome, expect_worlds, infer_in_expectation
from eum.calibration.priors import CENTRE, Question, coefficients
from eum.city.build import City, build_city
from eum.city.data import Package
from eum.dimensions import FAMILIES
from eum.engine.scenarios import Setting, run_worlds
from eum.errors import InputError
from eum.outcomes.effects import Coefficients
from eum.policy.files import load_policy
from eum.policy.model import Policy

Days = tuple[datetime.date, datetime.date]
MOST_WORLDS = 8
"""Policies lived side by side in one full run; more of them take several."""


class Asked(NamedTuple):
    """Where policies are tried: families of evidence, draws from their priors, days, size and seed of full runs."""

    families: tuple[str, ...]
    n_draws: int
    """Draws besides the centre of each family."""
    days: Days
    scale: float
    seed: int


def told(asked: Asked) -> dict:
    """Return where policies are tried, for the record of a result."""
    start, end = (day.isoformat() for day in asked.days)
    return {"families": list(asked.families), "n_draws": asked.n_draws, "start": start, "end": end,
            "scale": asked.scale, "seed": asked.seed}  # fmt: skip


class World(NamedTuple):
    """One plausible world: a draw of a family with the parameters that follow from it."""

    question: Question
    parameters: Parameters
    coefficients: Coefficients

    @property
    def name(self) -> str:
        """Family and draw in words."""
        draw = self.question.draw
        return f"{self.question.family}, {'centre' if draw == CENTRE else f'draw {draw}'}"


Try = Callable[[Policy], Outcome]
"""A policy tried in one world: its outcome against the world without any."""


def families_of(text: str) -> tuple[str, ...]:
    """Return the families named with commas, or all of them for "all". Raises InputError for an unknown one."""
    names = FAMILIES if text == "all" else tuple(text.split(","))
    for name in names:
        if name not in FAMILIES:
            raise InputError(f"--evidence: {name}: expected all or one of {', '.join(FAMILIES)}")
    return names


def _draw(package: Package, people: Callable[[], City], question: Question, centre: Inference) -> Inference:
    if question.draw == CENTRE:
        return centre

    def found() -> Inference:
        start = drawn_start(package, question, centre.parameters)
        return infer(people(), question, start, centre.achieved, run=expect_worlds)

    return kept_inference(package, question, EXPECTATION, found)


def plausible_worlds(package: Package, asked: Asked, on_world: Callable[[], object] = lambda: None) -> Iterator[World]:
    """Yield every world asked for: of each family the centre, then its draws."""
    people = functools.cache(lambda: build_city(package, INFERENCE_SCALE, asked.seed))
    for family in asked.families:
        centre = infer_in_expectation(package, family, asked.seed)
        for draw in range(CENTRE, asked.n_draws + 1):
            question = Question(family, draw, asked.seed)
            parameters = _draw(package, people, question, centre).parameters
            on_world()
            yield World(question, parameters, coefficients(package, question, parameters))


def expected_in(package: Package, world: World, days: Days, city: City | None = None) -> Try:
    """Return how to try policies in a world in expectation. A policy tried before is not lived again."""
    people = city or build_city(package, INFERENCE_SCALE, world.question.seed)
    expected = Expected(people, world.parameters, world.coefficients, days)
    known: dict[str, Outcome] = {}

    def tried(policy: Policy) -> Outcome:
        if policy.hash not in known:
            known[policy.hash] = expected.evaluate(policy)
        return known[policy.hash]._replace(policy=policy.name)

    return tried


def tried_beyond(tried: Try, base: Policy) -> Try:
    """Return how to try policies with every figure counted beyond another policy ("none": as it is)."""
    if base.is_empty:
        return tried
    return lambda policy: beyond(tried(policy), tried(base))


def _numbered(policies: list[Policy]) -> list[Policy]:
    """Return the policies under names that differ, as the worlds of one run must."""
    return [p.model_copy(update={"name": f"{i}"}) for i, p in enumerate(policies)]


def lived_in(package: Package, world: World, asked: Asked, policies: list[Policy], seed: int) -> list[Outcome]:
    """Return what full runs of policies did on the city and the draws of one seed, in the order of the policies.

    All of them share every draw with the world without any policy, and so with each other.
    """
    city, none, found = build_city(package, asked.scale, seed), load_policy("none"), list[Outcome]()
    for first in range(0, len(policies), MOST_WORLDS):
        group = policies[first : first + MOST_WORLDS]
        setting = Setting([none, *_numbered(group)], [(0, i + 1) for i in range(len(group))], *asked.days)
        tables = run_worlds(city, world.parameters, setting, seed)
        for i, policy in enumerate(group):
            outcome = outcome_of(tables, asked.scale, world.coefficients, f"{i}")
            found.append(outcome._replace(policy=policy.name))
    return found


def lived_beyond(
    package: Package, world: World, asked: Asked, policies: list[Policy], base: Policy, seed: int
) -> list[Outcome]:
    """Return what full runs of policies did beyond another policy ("none": as it is), on one seed."""
    if base.is_empty:
        return lived_in(package, world, asked, policies, seed)
    start, *others = lived_in(package, world, asked, [base, *policies], seed)
    return [beyond(outcome, start) for outcome in others]


def by_family(worlds: Iterable[World]) -> dict[str, list[World]]:
    """Return the worlds of each family, in their order."""
    groups: dict[str, list[World]] = {}
    for world in worlds:
        groups.setdefault(world.question.family, []).append(world)
    return groups
