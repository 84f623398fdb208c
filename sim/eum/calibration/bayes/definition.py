"""What a fit asks: read from a file in designs/."""

import calendar
import datetime

from pydantic import BaseModel, ConfigDict, Field, model_validator

from eum.config import Families, Line, Name, definition_file, read_definition
from eum.dimensions import EVIDENCE
from eum.resources import DESIGNS

_STRICT = ConfigDict(extra="forbid", frozen=True)


class FitSize(BaseModel):
    """How much is simulated and drawn."""

    model_config = _STRICT
    scale: float = Field(gt=0, le=1)
    """Share of residents of the cities that are simulated in expectation."""
    n_design: int = Field(ge=16)
    """Rows that an emulator learns from, by family."""
    n_truths: int = Field(ge=4)
    """Synthetic truths by family: rows apart, drawn from the prior. One half measures ranks, the other certifies."""
    n_refined: int = Field(ge=0)
    """Rows more, by family, at draws of a first fit to February 2020, so that the emulator is good where it matters."""
    n_particles: int = Field(ge=100)
    n_moves: int = Field(ge=1)
    """Metropolis moves of each particle at each temperature."""


class FitDefinition(BaseModel):
    """A fit: the programme as it was, the days that are simulated, families of evidence and size."""

    model_config = _STRICT
    name: Name
    title_ko: Line
    title_en: Line
    policy: str
    start: datetime.date
    end: datetime.date
    families: Families = EVIDENCE
    seed: int = 1
    size: FitSize

    @model_validator(mode="after")
    def _is_a_window(self) -> "FitDefinition":
        if not self.start < self.end:
            raise ValueError(f"{self.start} to {self.end}: expected the start before the end")
        last = calendar.monthrange(self.end.year, self.end.month)[1]
        if self.start.day != 1 or self.end.day != last:
            raise ValueError(f"{self.start} to {self.end}: expected whole months")
        return self


def load_fit(name_or_path: str) -> FitDefinition:
    """Load a fit by name (a file in designs/) or path. Raises InputError on one line for anything wrong."""
    return read_definition(FitDefinition, definition_file(name_or_path, DESIGNS, "fit"))
