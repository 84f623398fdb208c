"""The definition of a fit: read from a file in designs/."""

import calendar
import datetime

from pydantic import BaseModel, ConfigDict, Field, model_validator

from eum.config import Line, Name, definition_file, read_definition
from eum.resources import DESIGNS

EARLIEST_END = datetime.date(2019, 8, 31)
"""There are some published months by then."""
_STRICT = ConfigDict(extra="forbid", frozen=True)


class FitSize(BaseModel):
    """How much is simulated and drawn."""

    model_config = _STRICT
    scale: float = Field(gt=0, le=1)
    """Share of residents simulated in each run of the history."""
    n_runs: int = Field(ge=40)
    """Runs that an emulator learns from: of ten, three lie anywhere in the prior and seven around `centre`."""
    n_refined: int = Field(ge=0)
    """Runs more, at draws of a first posterior."""
    n_particles: int = Field(ge=100)
    n_moves: int = Field(ge=1)
    """Metropolis moves of each particle at each temperature."""
    n_kept: int = Field(ge=50)
    """Draws of the posterior that are kept for answers."""
    n_predicted: int = Field(ge=20)
    """Of them, those from which runs go on for registered predictions."""
    n_truths: int = Field(ge=4)
    """Synthetic truths that are fitted again, of the three in ten runs that lie anywhere in the prior."""

    @model_validator(mode="after")
    def _has_its_truths(self) -> "FitSize":
        if 10 * self.n_truths > 3 * self.n_runs:
            raise ValueError(f"n_truths: {self.n_truths}: expected at most three in ten of n_runs, {self.n_runs}")
        return self


class FitDefinition(BaseModel):
    """A fit: the days that are simulated, where runs lie closer, and its size."""

    model_config = _STRICT
    name: Name
    title_ko: Line
    title_en: Line
    end: datetime.date
    """Last day of the history that is simulated, the last of a month."""
    seed: int = 1
    centre: dict[str, float]
    """Value of each parameter around which most runs are made. It says where the emulator is good, not what is
    believed: priors stand in data/."""
    size: FitSize

    @model_validator(mode="after")
    def _ends_with_a_month(self) -> "FitDefinition":
        last = calendar.monthrange(self.end.year, self.end.month)[1]
        if self.end.day != last or self.end < EARLIEST_END:
            raise ValueError(f"end: {self.end}: expected the last day of a month, {EARLIEST_END} or later")
        return self


def load_fit(name_or_path: str) -> FitDefinition:
    """Load a fit by name (a file in designs/) or path. Raises InputError on one line for anything wrong."""
    return read_definition(FitDefinition, definition_file(name_or_path, DESIGNS, "fit"))
