"""What the policymaker's page can be asked: read from a file in designs/."""

import datetime
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from sim.choice.definition import CityLever, Families, Lever, Money, Range, template_path
from sim.choice.versions import DESIGNS
from sim.definitions import Name, definition_file, read_definition
from sim.errors import InputError
from sim.policy.files import policy_variables
from sim.vocabulary import DISTRICTS, FAMILIES

_STRICT = ConfigDict(extra="forbid", frozen=True)


def in_won(variable: str) -> bool:
    """Return whether a variable is an amount of whole won, by the unit in its name; others are percentages."""
    return variable.endswith("_krw")


class PageEffort(BaseModel):
    """How many designs are lived in each plausible world."""

    model_config = _STRICT
    n_full: int = Field(ge=16)
    """Designs with money that lasts."""
    n_cut: int = Field(ge=16)
    """Those of them that are lived again with money that ends on each of `ends`."""
    ends: tuple[datetime.date, ...] = Field(min_length=1)
    n_held_out: int = Field(ge=2)
    """Other designs, by which the emulator's error is measured."""


class PageDefinition(BaseModel):
    """Designs of one district on top of the city's programme: what may be moved, over which days, how it is lived."""

    model_config = _STRICT
    name: Name
    title_ko: str
    title_en: str
    template: str
    beyond: str
    """Policy without the district's design, under the same city variable."""
    district: str
    budget: str
    """The pot of the design."""
    launch: datetime.date
    start: datetime.date
    end: datetime.date
    families: Families = FAMILIES
    seed: int
    n_draws: int = Field(ge=0)
    city: CityLever
    money: Money
    variables: dict[str, Lever] = Field(min_length=1)
    effort: PageEffort
    start_from: tuple[dict[str, float | str], ...] = Field(min_length=1)
    """Designs to begin with: an id and a value of every variable."""

    @model_validator(mode="after")
    def _hangs_together(self) -> "PageDefinition":
        if self.district not in DISTRICTS:
            raise ValueError(f"district: {self.district}: expected one of {', '.join(DISTRICTS)}")
        days = (self.start, self.launch, *self.effort.ends, self.end)
        if list(days) != sorted(set(days)):
            raise ValueError("expected start, launch, ends and end one after the other")
        if self.effort.n_cut > self.effort.n_full:
            raise ValueError("effort.n_cut: expected no more than n_full")
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
    def bends(self) -> np.ndarray:
        """float64[levers]: `Lever.bend` of each."""
        return np.array([self.city.bend, *(lever.bend for lever in self.variables.values())])

    @property
    def end_days(self) -> tuple[int, ...]:
        """Days, from the start, on whose evening money ends in the designs that are lived, the last day included."""
        return tuple((day - self.start).days for day in (*self.effort.ends, self.end))

    @property
    def path_days(self) -> tuple[int, ...]:
        """Days, from the start, on whose evening the cost so far is kept: weekly from the launch, and `end_days`."""
        launch, last = (self.launch - self.start).days, (self.end - self.start).days
        return tuple(sorted({*range(launch, last + 1, 7), *self.end_days}))


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
