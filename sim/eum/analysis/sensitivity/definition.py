"""What an analysis of sensitivity asks: read from a file (designs/sensitivity.toml)."""

import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from eum.config import Families, definition_file, read_definition
from eum.policy.files import load_policy
from eum.resources import DESIGNS


class Crowd(BaseModel):
    """How much of it is simulated by the crowd, to see what chance alone does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scale: float = Field(gt=0, le=1)
    n_points: int = Field(ge=2)
    """Points of the parameter space, the first of the design, in every family."""
    n_populations: int = Field(ge=2)
    """Populations drawn at each point."""
    n_runs: int = Field(ge=2)
    """Runs of each population."""


class SensitivityDefinition(BaseModel):
    """A programme against none in a period, the families of evidence, and how finely the parameters are tried."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    policy: str
    start: datetime.date
    end: datetime.date
    families: Families
    seed: int = Field(ge=0)
    at_least: float
    """Won per won from which a multiplier counts as reached."""
    n_points: int = Field(ge=2)
    """Points of the design, a power of two; each takes a row per factor, and two more, in every family."""
    n_alone: int = Field(ge=1)
    """Parameters with an index of their own: those that move the ratios most when moved alone."""
    n_resamples: int = Field(ge=20)
    """Resamples of the points behind each interval."""
    crowd: Crowd

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.end <= self.start:
            raise ValueError(f"end: {self.end}: expected a day after start ({self.start})")
        if self.n_points & (self.n_points - 1):
            raise ValueError(f"n_points: {self.n_points}: expected a power of two")
        if self.crowd.n_points > self.n_points:
            raise ValueError(f"crowd.n_points: {self.crowd.n_points}: expected at most n_points ({self.n_points})")
        return self


def load_sensitivity(name_or_path: str) -> SensitivityDefinition:
    """Read the definition of an analysis, by path or by name in designs/. Raises InputError, also for its policy."""
    found = read_definition(SensitivityDefinition, definition_file(name_or_path, DESIGNS, "analysis of sensitivity"))
    load_policy(found.policy)
    return found
