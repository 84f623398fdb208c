"""Living the designs that the page's answers rest on: a unit for each plausible world."""

from collections.abc import Mapping
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.analysis.decision.break_even import Grid
from eum.analysis.decision.templates import design
from eum.analysis.experiments.states_of_the_world import StateOfWorld
from eum.calibration.carried_start import start_of
from eum.calibration.central import INFERENCE_SCALE
from eum.calibration.expectation import Expected
from eum.calibration.priors import CENTRAL
from eum.city.build import City, build_city
from eum.city.data import CityData
from eum.engine.expected.model import Expectation
from eum.output.surrogate.definition import LeverValues, PageDefinition, design_values, in_won
from eum.output.surrogate.kriging import spread_designs
from eum.output.surrogate.outputs import WIDE, OutputFigures, figures_of, spent_krw
from eum.runner.results_store import StoredTables

_FINE_KRW, _FINE_PERCENT = 1000.0, 0.01
_SMALL = 0.2


class WorldJob(NamedTuple):
    """All designs in one plausible world."""

    package: CityData
    definition: PageDefinition
    template: str
    beyond: str
    world: StateOfWorld


def _design(definition: PageDefinition, shares: dict[str, float], small: float = 1.0) -> LeverValues:
    """Return the design at shares (0 to 1) of the ranges of some levers; others do nothing, or as little as they can.

    The city's value is moved to its steps, where it is simulated alone; others to what a policy file can hold. `small`
    shrinks the range of every instrument.
    """
    levers = (name for name in definition.ranges if name != definition.money.variable)
    values = {name: (int if in_won(name) else float)(definition.ranges[name].low) for name in levers}
    for name, share in shares.items():
        span, least = definition.ranges[name], definition.least(name)
        high = least + (span.high - least) * (small if name in definition.instruments else 1.0)
        fine = Grid(least, span.high, _FINE_KRW if in_won(name) else _FINE_PERCENT)
        values[name] = fine.nearest(least + share * (high - least))
    city = definition.city
    return {**values, city.variable: city.steps.nearest(values[city.variable])}


def known_designs(definition: PageDefinition, instruments: tuple[str, ...]) -> list[LeverValues]:
    """Return the designs of a part that are simulated for the emulator."""
    levers = definition.levers_of(instruments)
    points = spread_designs(definition.effort.n_per_lever * len(levers), 0, len(levers))
    return [_design(definition, dict(zip(levers, map(float, point), strict=True))) for point in points]


def held_out_designs(definition: PageDefinition) -> list[tuple[LeverValues, float]]:
    """Return designs that the emulator does not know, and of each the share of its cost that its pot holds.

    Of every set of instruments the same number; the first of each uses little of them.
    """
    found, effort = [], definition.effort
    sets = [s for n in range(1, len(definition.instruments) + 1) for s in combinations(definition.instruments, n)]
    for place, instruments in enumerate(sets):
        levers = definition.levers_of(instruments)
        skipped = 1000 + place * effort.n_held_out
        for i, point in enumerate(spread_designs(effort.n_held_out, skipped, len(levers) + 1, 1.0)):
            shares = dict(zip(levers, map(float, point), strict=False))
            found.append((_design(definition, shares, _SMALL if i == 0 else 1.0), 0.1 + 0.85 * float(point[-1])))
    return found


ENOUGH_KRW = 10**12
"""A pot that no design empties, won."""


class DesignRun(NamedTuple):
    """A design simulated in one world."""

    figures: OutputFigures
    """All of NARROW and WIDE, against the world without any policy."""
    spent: np.ndarray
    """float64[days]: what it has cost its pot by each evening, won."""
    day: float
    """Day, from the start, on which the pot runs out; -1 where it lasts."""


class Living:
    """A plausible world in which designs are simulated one after the other."""

    def __init__(self, job: WorldJob, people: City | None = None) -> None:
        """`people` is the city of the world's seed at INFERENCE_SCALE, where it has been built before."""
        d = job.definition
        city = people or build_city(job.package, INFERENCE_SCALE, job.world.question.seed)
        self.job, self.money = job, d.money.variable
        start = start_of(city, job.world.parameters, d.start)
        self.expected = Expected(city, job.world.parameters, job.world.coefficients, (d.start, d.end), start)
        self.known_alone: dict[float, OutputFigures] = {}
        """Figures of the city's programme alone by the value of its variable, as far as they were requested."""

    def _figures(self, template: str, values: LeverValues) -> tuple[OutputFigures, Expectation]:
        world = self.expected.simulated(design(template, values))
        return figures_of(self.expected, world, self.job.definition.district), world

    def city_alone(self, value: float) -> OutputFigures:
        """Return the figures of the city's programme alone at a value of its variable."""
        if value not in self.known_alone:
            city = {self.job.definition.city.variable: value}
            self.known_alone[value] = self._figures(self.job.beyond, city)[0]
        return self.known_alone[value]

    def lived(self, values: LeverValues) -> DesignRun:
        """Return a design simulated with the pot that its values say."""
        d = self.job.definition
        figures, world = self._figures(self.job.template, values)
        days = {str(r["budget"]): str(r["exhausted_on"]) for r in world.budgets.summary()}
        gone = days[d.budget]
        day = float((pd.Timestamp(gone).date() - d.start).days) if gone else -1.0
        return DesignRun(figures, spent_krw(world, d.budget), day)

    def lasting(self, values: LeverValues) -> DesignRun:
        """Return a design simulated with money that lasts."""
        return self.lived({**values, self.money: ENOUGH_KRW})

    def limited(self, values: LeverValues, krw: float) -> DesignRun:
        """Return a design simulated with a pot of so much money."""
        return self.lived({**values, self.money: max(1, int(krw))})


def part_name(instruments: tuple[str, ...]) -> str:
    """Return the name of a set of instruments, as in tables and in the errors that are reported."""
    return "+".join(instruments)


def world_tables(job: WorldJob) -> StoredTables:
    """Return the figures of all designs in one world, each with its values.

    `city`: the city's programme alone, by step. `full PART`: the designs of a part, with money that lasts and
    `spent.DAY`. `cut PART`, of single instruments: the same again with money that ends on the evenings of
    `PageDefinition.end_days`. `held_out`: others, with the pot they were simulated with and the day it ran out.
    `presets`: the designs to begin with, with `cost`, what they would cost if money lasted.
    """
    d, living = job.definition, Living(job)
    steps = (d.city.steps.value(k) for k in range(d.city.steps.last + 1))
    tables = {"city": [{d.city.variable: step, **living.city_alone(step)} for step in steps]}
    for instruments in d.parts:
        full, cut = _lived_part(living, instruments)
        tables[f"full {part_name(instruments)}"] = full
        if len(instruments) == 1:
            tables[f"cut {part_name(instruments)}"] = cut
    tables["held_out"] = _held_out(living)
    tables["presets"] = [_preset(living, begun) for begun in d.start_from]
    return {name: _kept(rows, job) for name, rows in tables.items()}


TrainingRows = list[dict[str, float]]


def _paid(d: PageDefinition, run: DesignRun) -> dict[str, float]:
    return {f"spent.{day}": float(run.spent[day]) for day in d.path_days}


def _lived_part(living: Living, instruments: tuple[str, ...]) -> tuple[TrainingRows, TrainingRows]:
    d, full, cut = living.job.definition, TrainingRows(), TrainingRows()
    for values in known_designs(d, instruments):
        run = living.lasting(values)
        full.append({**values, **run.figures, **_paid(d, run)})
        if len(instruments) == 1:
            cut += [{**values, **living.limited(values, run.spent[day]).figures} for day in d.end_days[:-1]]
    return full, cut


def _held_out(living: Living) -> TrainingRows:
    rows = TrainingRows()
    for values, share in held_out_designs(living.job.definition):
        lasting = living.lasting(values)
        pot = share * lasting.spent[-1]
        limited = living.limited(values, pot)
        rows += [{**values, **lasting.figures, "pot": np.inf, "day": -1.0}]
        rows += [{**values, **limited.figures, "pot": pot, "day": limited.day}]
    return rows


def _preset(living: Living, begun: Mapping[str, float | str]) -> dict[str, float]:
    d = living.job.definition
    values = design_values(d, {name: begun[name] for name in d.ranges})
    run, cost = living.lived(values), float(living.lasting(values).spent[-1])
    return {**values, **run.figures, **_paid(d, run), "day": run.day, "cost": cost}


def _kept(rows: TrainingRows, job: WorldJob) -> pd.DataFrame:
    """Return rows as a table, without what only the centre of a family is asked for."""
    table = pd.DataFrame(rows)
    at_centre = job.world.question.draw == CENTRAL
    return table if at_centre else table.drop(columns=[name for name in WIDE if name in table])
