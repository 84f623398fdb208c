"""What a search or a game asks: read from a file in designs/."""

import datetime
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from eum.analysis.decision.break_even import MOST_STEPS, Grid
from eum.analysis.experiments.measures import require_measure
from eum.config import Families, Line, Name, definition_file, read_definition
from eum.dimensions import DISTRICTS, EVIDENCE
from eum.errors import InputError
from eum.resources import DESIGNS

_STRICT = ConfigDict(extra="forbid", frozen=True)


def _known(name: str) -> str:
    try:
        require_measure(name, "measure")
    except InputError as error:
        raise ValueError(str(error)) from None
    return name


class Range(BaseModel):
    """The values a variable of the template may take."""

    model_config = _STRICT
    low: float = Field(allow_inf_nan=False)
    high: float = Field(allow_inf_nan=False)
    step: float = Field(gt=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _is_a_range(self) -> "Range":
        if not self.low < self.high:
            raise ValueError(f"{self.low:g} to {self.high:g}: expected the low end first")
        if not (self.high - self.low) / self.step <= MOST_STEPS:
            raise ValueError(f"step {self.step:g}: expected at most {MOST_STEPS:,} steps")
        return self

    @property
    def steps(self) -> Grid:
        """The values in steps."""
        return Grid(self.low, self.high, self.step)


class Lever(Range):
    """A variable of a design."""

    bend: float = Field(gt=0)
    """How soon figures turn along it: twice as large, figures tell of their neighbours half as far."""
    shapes: str = ""
    """The instrument it belongs to, where it is not the size of an instrument of its own, as a limit is of a rate."""


class CityLever(Lever):
    """The variable of the city's programme; every step of it is simulated without the district's design."""

    variable: str


class Money(Range):
    """The variable that says how large the pot is."""

    variable: str


class Objective(BaseModel):
    """A measure to be as good as possible."""

    model_config = _STRICT
    measure: str
    _is_known = field_validator("measure")(_known)


class Constraint(BaseModel):
    """A bound that a design must keep, in the unit of its measure."""

    model_config = _STRICT
    measure: str
    at_most: float | None = None
    at_least: float | None = None
    _is_known = field_validator("measure")(_known)

    @model_validator(mode="after")
    def _binds(self) -> "Constraint":
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError("expected either at_most or at_least")
        return self

    def excess(self, value: float) -> float:
        """Return by how much a value breaks the bound, as a part of the bound; not above 0 where it is kept."""
        bound = self.at_most if self.at_most is not None else self.at_least
        assert bound is not None
        over = value - bound if self.at_most is not None else bound - value
        return over / (abs(bound) or 1.0)


class Effort(BaseModel):
    """How hard a search tries: designs in all and in a generation."""

    model_config = _STRICT
    n_designs: int = Field(gt=0)
    generation: int = Field(ge=4)


class FullRunCheck(BaseModel):
    """The full runs that check what expectation found."""

    model_config = _STRICT
    scale: float = Field(gt=0, le=1)
    n_seeds: int = Field(ge=2, le=100_000)
    most_designs: int = Field(ge=1)
    """Designs of a front that are simulated in full; a longer front is checked at designs spread along it."""


class SearchDefinition(BaseModel):
    """A search for designs: a template, what its variables may be, what is wanted and what must be kept."""

    model_config = _STRICT
    name: Name
    title_ko: Line
    title_en: Line
    template: str
    beyond: str = "none"
    """Policy that figures are counted beyond, such as the city's programme under a district's design."""
    start: datetime.date
    end: datetime.date
    families: Families = EVIDENCE
    variables: dict[str, Range] = Field(min_length=1)
    objective: tuple[Objective, ...] = Field(min_length=1)
    constraint: tuple[Constraint, ...] = ()
    effort: Effort
    check: FullRunCheck

    @field_validator("objective", "constraint")
    @classmethod
    def _differ(cls, wished: tuple[Objective | Constraint, ...]) -> tuple[Objective | Constraint, ...]:
        for n, one in enumerate(wished):
            if one in wished[:n]:
                raise ValueError(f"{one.measure} stands twice; expected each once")
        return wished

    @property
    def measures(self) -> tuple[str, ...]:
        """Every requested measure, objectives first, each once."""
        return tuple(dict.fromkeys([*(o.measure for o in self.objective), *(c.measure for c in self.constraint)]))


class Payoff(BaseModel):
    """What a district counts as its own gain, per won. Its own cost always counts in full."""

    model_config = _STRICT
    shops: Literal["value_added", "small_shop_sales"]
    cashback_of_residents: float = Field(ge=0, le=1)
    """Part of the cashback of its residents that a district counts as gain."""


class GameDefinition(BaseModel):
    """A game between districts: each chooses a value of its variable of one template."""

    model_config = _STRICT
    name: Name
    title_ko: Line
    title_en: Line
    template: str
    start: datetime.date
    end: datetime.date
    families: Families = EVIDENCE
    players: dict[str, str] = Field(min_length=2)
    """District -> its variable in the template."""
    rates: Range
    payoff: Payoff
    n_rounds: int = Field(gt=0)
    """Rounds after which a path that neither settles nor repeats is given up."""

    @field_validator("players")
    @classmethod
    def _are_districts(cls, players: dict[str, str]) -> dict[str, str]:
        for name in players:
            if name not in DISTRICTS:
                raise ValueError(f"{name}: expected one of the districts {', '.join(DISTRICTS)}")
        return players


_Definition = TypeVar("_Definition", SearchDefinition, GameDefinition)


def load_choice(kind: type[_Definition], name_or_path: str) -> tuple[_Definition, Path]:
    """Load a definition by name (a file in designs/) or path; returns it and its file.

    Raises InputError on one line for anything wrong.
    """
    path = definition_file(name_or_path, DESIGNS, "definition")
    found = read_definition(kind, path)
    if found.end <= found.start:
        raise InputError(f"{path}: end: {found.end}: expected a day after the start")
    return found, path


def template_path(definition: Path, template: str) -> str:
    """Return where a template is: a file beside the definition, or a policy by name or path."""
    beside = definition.parent / template
    return str(beside) if beside.suffix == ".toml" and beside.is_file() else template
