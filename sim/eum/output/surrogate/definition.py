"""What the policymaker's page can compute: read from a file in designs/."""

import datetime
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from eum.analysis.decision.definition import CityLever, Lever, Money, Range, template_path
from eum.config import District, Families, Line, Name, definition_file, read_definition
from eum.dimensions import EVIDENCE
from eum.errors import InputError
from eum.output.surrogate.kriging import Coordinate
from eum.policy.files import policy_variables
from eum.resources import DESIGNS

_STRICT = ConfigDict(extra="forbid", frozen=True)

LeverValues = dict[str, float]
"""A value of every variable of the template."""


def in_won(variable: str) -> bool:
    """Return whether a variable is an amount of whole won, by the unit in its name; others are percentages."""
    return variable.endswith("_krw")


class PageEffort(BaseModel):
    """How many designs are simulated in each plausible world."""

    model_config = _STRICT
    n_per_lever: int = Field(ge=3)
    """Designs of each part (see `PageDefinition.parts`), for each lever it has. Those of a single instrument are run
    again with money that ends on each of `ends`."""
    ends: tuple[datetime.date, ...] = Field(min_length=1)
    n_held_out: int = Field(ge=1)
    """Other designs of each set of instruments, by which the emulator's error is measured."""


class Kink(BaseModel):
    """A threshold of a sum of variables beyond which people do what they did not do before."""

    model_config = _STRICT
    sum_of: tuple[str, ...] = Field(min_length=1)
    above: float
    bend: float = Field(gt=0)


class PageDefinition(BaseModel):
    """Designs of one district on top of the city's programme: what may be moved, over which days, how it is
    simulated."""

    model_config = _STRICT
    name: Name
    title_ko: Line
    title_en: Line
    template: str
    beyond: str
    """Policy without the district's design, under the same city variable."""
    district: District
    budget: str
    """The pot of the design."""
    launch: datetime.date
    start: datetime.date
    end: datetime.date
    families: Families = EVIDENCE
    seed: int
    n_draws: int = Field(ge=0, le=100_000)
    city: CityLever
    money: Money
    variables: dict[str, Lever] = Field(min_length=1)
    kinks: tuple[Kink, ...] = ()
    effort: PageEffort
    start_from: tuple[dict[str, float | str], ...] = Field(min_length=1)
    """Designs to begin with: an id and a value of every variable."""

    @model_validator(mode="after")
    def _hangs_together(self) -> "PageDefinition":
        days = (self.start, self.launch, *self.effort.ends, self.end)
        if list(days) != sorted(set(days)):
            raise ValueError("expected start, launch, ends and end one after the other")
        for name, lever in self.variables.items():
            if lever.shapes and (lever.shapes == name or lever.shapes not in self.variables):
                raise ValueError(f"variables.{name}.shapes: {lever.shapes}: expected another variable")
        if not self.instruments or any(self.variables[name].low for name in self.instruments):
            raise ValueError("variables: expected instruments whose low end is 0, at which they do nothing")
        if unknown := {name for kink in self.kinks for name in kink.sum_of} - set(self.levers):
            raise ValueError(f"kinks: {', '.join(sorted(unknown))}: expected levers")
        for begun in self.start_from:
            if set(begun) != {"id", *self.ranges}:
                raise ValueError(f"start_from: {begun.get('id')}: expected an id and {', '.join(self.ranges)}")
        return self

    @property
    def ranges(self) -> dict[str, Range]:
        """The values that each variable may take: the city's, the district's levers, the money."""
        return {self.city.variable: self.city, **self.variables, self.money.variable: self.money}

    @property
    def levers(self) -> tuple[str, ...]:
        """Variables along which figures are emulated: the city's, then the district's."""
        return (self.city.variable, *self.variables)

    @property
    def instruments(self) -> tuple[str, ...]:
        """Variables that are the size of an instrument: at 0 it does nothing."""
        return tuple(name for name, lever in self.variables.items() if not lever.shapes)

    @property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        """Sets of instruments that figures are made up of: each alone, then each pair.

        What a design adds is the sum of what its instruments add alone and of what each pair of them adds beyond that
        (an anchored decomposition; Rabitz and Alis 1999). So a design without any adds nothing, exactly.
        """
        return tuple((name,) for name in self.instruments) + tuple(combinations(self.instruments, 2))

    def levers_of(self, instruments: tuple[str, ...]) -> tuple[str, ...]:
        """Return the variables on which figures of instruments depend: the city's, theirs and those that shape them."""
        mine = [name for name, lever in self.variables.items() if name in instruments or lever.shapes in instruments]
        return (self.city.variable, *mine)

    def coordinates_of(self, instruments: tuple[str, ...]) -> list[Coordinate]:
        """Return the directions in which designs of some instruments lie apart for the emulator."""
        levers = self.levers_of(instruments)
        bends = {self.city.variable: self.city.bend, **{name: lever.bend for name, lever in self.variables.items()}}
        found = [Coordinate((name,), self.ranges[name].low, self.ranges[name].high, bends[name]) for name in levers]
        for kink in self.kinks:
            low, high = (sum(getattr(self.ranges[name], end) for name in kink.sum_of) for end in ("low", "high"))
            # One at the end of its range would be the lever itself once more.
            if set(kink.sum_of) <= set(levers) and low < kink.above < high:
                found.append(Coordinate(kink.sum_of, kink.above, high, kink.bend))
        return found

    def least(self, name: str) -> float:
        """Return the lowest value at which a lever is simulated: of an instrument its first step above nothing."""
        span = self.ranges[name]
        return span.low + span.step if name in self.instruments else span.low

    @property
    def end_days(self) -> tuple[int, ...]:
        """Days, from the start, on whose evening money ends in the designs that are simulated, the last day
        included."""
        return tuple((day - self.start).days for day in (*self.effort.ends, self.end))

    @property
    def path_days(self) -> tuple[int, ...]:
        """Days, from the start, on whose evening the cost so far is kept: weekly from the launch, and `end_days`."""
        launch, last = (self.launch - self.start).days, (self.end - self.start).days
        return tuple(sorted({*range(launch, last + 1, 7), *self.end_days}))


def design_values(definition: PageDefinition, request: Mapping[str, object]) -> LeverValues:
    """Return the values of a design that was requested, won as whole numbers.

    Raises InputError unless there is a number within its range for every variable, and nothing else.
    """
    if set(request) != set(definition.ranges):
        raise InputError(f"values: {', '.join(map(str, request))}: expected {', '.join(definition.ranges)}")
    found: LeverValues = {}
    for name, span in definition.ranges.items():
        value = request[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not span.low <= value <= span.high:
            raise InputError(f"values: {name}: {value!r}: expected a number from {span.low:g} to {span.high:g}")
        found[name] = int(value) if in_won(name) else float(value)
    return found


def load_page(name_or_path: str) -> tuple[PageDefinition, Path]:
    """Load a page's definition by name (a file in designs/) or path; returns it and its file.

    Raises InputError on one line for anything wrong, such as a variable that the template does not have.
    """
    path = definition_file(name_or_path, DESIGNS, "page")
    found = read_definition(PageDefinition, path)
    known = policy_variables(template_path(path, found.template))
    for variable in found.ranges:
        if variable not in known:
            raise InputError(f"{path}: {variable}: not in {found.template}; expected one of {', '.join(known)}")
    return found, path
