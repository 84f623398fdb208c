"""Living the designs that the page's answers rest on: a unit for each plausible world."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.choice.definition import Range
from sim.choice.emulate import spread
from sim.choice.equal import Steps
from sim.choice.page_definition import PageDefinition, in_won
from sim.choice.read_off import WIDE, figures_of, spent_krw
from sim.choice.templates import design
from sim.choice.worlds import World
from sim.city.build import build_city
from sim.city.package import Package
from sim.engine.expected import Expectation
from sim.study.centre import INFERENCE_SCALE
from sim.study.expectation import Expected
from sim.study.priors import CENTRE
from sim.study.store import Tables

Values = dict[str, float]
"""A value of every variable of the template."""
_FINE_KRW, _FINE_PERCENT = 1000.0, 0.01


class WorldJob(NamedTuple):
    """All designs in one plausible world."""

    package: Package
    definition: PageDefinition
    template: str
    beyond: str
    world: World


def at_steps(definition: PageDefinition, points: np.ndarray) -> list[Values]:
    """Return the designs at points of [0, 1], float64[n, levers].

    The city's values are moved to its steps, where it is lived alone; others to what a policy file can hold.
    """
    designs = []
    for point in points:
        shares = dict(zip(definition.levers, map(float, point), strict=True))
        values = {name: _fine(name, definition.ranges[name], share) for name, share in shares.items()}
        city = definition.city
        designs.append({**values, city.variable: city.steps.nearest(values[city.variable])})
    return designs


def _fine(name: str, span: Range, share: float) -> float:
    fine = Steps(span.low, span.high, _FINE_KRW if in_won(name) else _FINE_PERCENT)
    return fine.nearest(span.low + share * (span.high - span.low))


def known_designs(definition: PageDefinition) -> list[Values]:
    """Return the designs that are lived for the emulator; the first `n_cut` of them also with money that ends."""
    return at_steps(definition, spread(definition.effort.n_full, 0, len(definition.levers)))


def held_out_designs(definition: PageDefinition) -> list[tuple[Values, float]]:
    """Return the designs that the emulator does not know, and of each the share of its cost that its pot holds."""
    effort = definition.effort
    points = spread(effort.n_held_out, effort.n_full, len(definition.levers) + 1, 1.0)
    shares = 0.1 + 0.85 * points[:, -1]
    return list(zip(at_steps(definition, points[:, :-1]), map(float, shares), strict=True))


def places(definition: PageDefinition, designs: list[Values]) -> np.ndarray:
    """Return where designs lie for the emulator, float64[n, levers]: each lever from -1 to 1, times its bend."""
    spans = [definition.ranges[name] for name in definition.levers]
    low, high = np.array([s.low for s in spans]), np.array([s.high for s in spans])
    values = np.array([[d[name] for name in definition.levers] for d in designs])
    return (2 * (values - low) / (high - low) - 1) * definition.bends


ENOUGH_KRW = 10**12
"""A pot that no design empties, won."""


class Living:
    """A plausible world in which designs are lived one after the other."""

    def __init__(self, job: WorldJob) -> None:
        d = job.definition
        city = build_city(job.package, INFERENCE_SCALE, job.world.question.seed)
        self.job, self.money = job, d.money.variable
        self.expected = Expected(city, job.world.parameters, job.world.coefficients, (d.start, d.end))

    def row(self, template: str, values: Values) -> tuple[dict[str, float], Expectation]:
        """Return the figures of a design, with its values, and its world."""
        world = self.expected.lived(design(template, values))
        return {**values, **figures_of(self.expected, world, self.job.definition.district)}, world

    def city_alone(self, step: float) -> dict[str, float]:
        """Return the figures of the city's programme alone at a value of its variable."""
        return self.row(self.job.beyond, {self.job.definition.city.variable: step})[0]

    def lasting(self, values: Values) -> tuple[dict[str, float], np.ndarray]:
        """Return the figures of a design whose money lasts, and what it has cost by each evening."""
        row, world = self.row(self.job.template, {**values, self.money: ENOUGH_KRW})
        return row, spent_krw(world, self.job.definition.budget)

    def limited(self, values: Values, krw: float) -> dict[str, float]:
        """Return the figures of a design with a pot of so much money, and the day it runs out (-1 where it lasts)."""
        d = self.job.definition
        row, world = self.row(self.job.template, {**values, self.money: max(1, int(krw))})
        days = {str(r["budget"]): str(r["exhausted_on"]) for r in world.budgets.summary()}
        gone = days[d.budget]
        return {**row, "day": float((pd.Timestamp(gone).date() - d.start).days) if gone else -1.0}


def world_tables(job: WorldJob) -> Tables:
    """Return the figures of all designs in one world.

    `city`: the city's programme alone, by step. `full`: designs whose money lasts, with `spent.DAY`. `cut`: the first
    of them again with money that ends on the evenings of `PageDefinition.end_days`. `held_out`: others, with the pot
    they were lived with and the day it ran out.
    """
    d, living = job.definition, Living(job)
    steps = d.city.steps
    city = [living.city_alone(steps.value(k)) for k in range(steps.last + 1)]
    full, cut = [], []
    for i, values in enumerate(known_designs(d)):
        row, spent = living.lasting(values)
        full.append({**row, **{f"spent.{day}": spent[day] for day in d.path_days}})
        if i < d.effort.n_cut:
            cut += [living.limited(values, spent[day]) for day in d.end_days[:-1]]
    held_out = []
    for values, share in held_out_designs(d):
        row, spent = living.lasting(values)
        held_out += [{**row, "pot": np.inf, "day": -1.0, "share": 1.0}]
        pot = share * spent[-1]
        held_out += [{**living.limited(values, pot), "pot": pot, "share": share}]
    return {name: _kept(rows, job) for name, rows in
            {"city": city, "full": full, "cut": cut, "held_out": held_out}.items()}  # fmt: skip


def _kept(rows: list[dict[str, float]], job: WorldJob) -> pd.DataFrame:
    """Return rows as a table, without what only the centre of a family is asked for."""
    table = pd.DataFrame(rows)
    at_centre = job.world.question.draw == CENTRE
    return table if at_centre else table.drop(columns=[name for name in WIDE if name in table])
