"""The file of stored answers, checked whole before anything is shown: damaged answers would be wrong money."""

import base64
import binascii
import json
import math
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from eum.artifacts import sha256, write_whole
from eum.errors import DamagedError, InputError

STORED = Path(__file__).with_name("answers.json")
"""The answers that come with eum."""
_EXPECTED = "expected the answers that eum dashboard --rebuild writes"
_LOOSE = ConfigDict(frozen=True, allow_inf_nan=False)
_SIZES = {"f4": 4, "f8": 8}


class Packed(BaseModel):
    """An array of finite numbers, as `eum.output.surrogate.predict.to_json_array` writes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    shape: tuple[int, ...]
    type: Literal["f4", "f8"]
    data: str

    @model_validator(mode="after")
    def _is_whole(self) -> "Packed":
        try:
            content = base64.b64decode(self.data, validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("data: expected base 64") from None
        if min(self.shape, default=1) < 0 or len(content) != math.prod(self.shape) * _SIZES[self.type]:
            raise ValueError(f"shape {'x'.join(map(str, self.shape))}: expected as many numbers as there are in data")
        if not np.isfinite(np.frombuffer(content, dtype="<" + self.type)).all():
            raise ValueError("data: expected finite numbers")
        return self


class Span(BaseModel):
    """The values that a variable may take."""

    model_config = _LOOSE
    name: str
    low: float
    high: float
    step: float = Field(gt=0)

    @model_validator(mode="after")
    def _is_a_range(self) -> "Span":
        if not self.low < self.high:
            raise ValueError(f"{self.low:g} to {self.high:g}: expected the low end first")
        return self


class Definition(BaseModel):
    """What the page itself reads of its definition."""

    model_config = _LOOSE
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")
    district: str
    start: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    end: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    families: tuple[str, ...] = Field(min_length=1)
    seed: int
    n_draws: int = Field(ge=0)
    start_from: tuple[dict[str, float | str], ...] = Field(min_length=1)


class PlausibleWorld(BaseModel):
    """A plausible world by its family and draw."""

    model_config = _LOOSE
    family: str
    draw: int


class Names(BaseModel):
    """Names of the figures of each group."""

    model_config = _LOOSE
    narrow: tuple[str, ...] = Field(min_length=1)
    wide: tuple[str, ...] = Field(min_length=1)


class StoredCoordinate(BaseModel):
    """A direction in which designs lie apart (`eum.output.surrogate.kriging.Coordinate`)."""

    model_config = _LOOSE
    of: tuple[str, ...] = Field(min_length=1)
    above: float
    most: float
    bend: float

    @model_validator(mode="after")
    def _is_a_range(self) -> "StoredCoordinate":
        if not self.above < self.most:
            raise ValueError(f"{self.above:g} to {self.most:g}: expected the low end first")
        return self


class StoredPart(BaseModel):
    """Figures of designs that use some instruments, beyond what each of them does without the others."""

    model_config = _LOOSE
    instruments: tuple[str, ...] = Field(min_length=1)
    coordinates: tuple[StoredCoordinate, ...] = Field(min_length=1)
    places: Packed
    matrix: Packed
    spent: Packed
    narrow: Packed
    wide: Packed
    cut_narrow: Packed | None = None
    cut_wide: Packed | None = None


class Preset(BaseModel):
    """A design whose answer is stored as it was worked out."""

    model_config = _LOOSE
    values: dict[str, float]
    narrow: Packed
    wide: Packed
    path: Packed
    day: tuple[int, ...]
    cost: tuple[float, ...]


class ErrorRow(BaseModel):
    """An error that was measured."""

    model_config = _LOOSE
    output: str
    unit: str
    family: str
    instruments: str
    median: float
    within_95: float
    n: int


class StoredCity(BaseModel):
    """The city's programme alone, by its steps."""

    model_config = _LOOSE
    narrow: Packed
    wide: Packed


class StoredAnswers(BaseModel):
    """All of the file that the page reads."""

    model_config = _LOOSE
    version: str = Field(pattern=r"^[0-9a-f]{16}$")
    package_version: str
    data_hash: str
    definition: Definition
    scale: float = Field(gt=0, le=1)
    levers: tuple[Span, ...] = Field(min_length=1)
    money: Span
    instruments: tuple[str, ...] = Field(min_length=1)
    path_days: tuple[int, ...] = Field(min_length=1)
    end_days: tuple[int, ...] = Field(min_length=1)
    launch_day: int
    template: str
    beyond: str
    names: Names
    tiles: dict[str, tuple[int, int]]
    published: dict[str, float]
    worlds: tuple[PlausibleWorld, ...] = Field(min_length=1)
    worlds_of: dict[Literal["narrow", "wide"], tuple[int, ...]]
    city: StoredCity
    parts: tuple[StoredPart, ...] = Field(min_length=1)
    presets: tuple[Preset, ...]
    errors: tuple[ErrorRow, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _hangs_together(self) -> "StoredAnswers":
        families, each = self.definition.families, self.definition.n_draws + 1
        expected = [(family, draw) for family in families for draw in range(each)]
        if [(w.family, w.draw) for w in self.worlds] != expected:
            raise ValueError("worlds: expected the centre and the draws of each family in order")
        centres = tuple(range(0, len(expected), each))
        if self.worlds_of != {"narrow": tuple(range(len(expected))), "wide": centres}:
            raise ValueError("worlds_of: expected all worlds, and the centre of each family")
        known = {span.name for span in self.levers}
        if unknown := {n for part in self.parts for c in part.coordinates for n in c.of} - known:
            raise ValueError(f"parts: {', '.join(sorted(unknown))}: expected levers")
        if unknown := {n for part in self.parts for n in part.instruments} - set(self.instruments):
            raise ValueError(f"parts: {', '.join(sorted(unknown))}: expected instruments")
        if not set(self.end_days) <= set(self.path_days) or list(self.path_days) != sorted(set(self.path_days)):
            raise ValueError("path_days: expected days in order, with all of end_days")
        for place, found, shape in self._shapes():
            if found.shape != shape:
                sizes = ("x".join(map(str, s)) for s in (found.shape, shape))
                raise ValueError(f"{place}: shape {next(sizes)}: expected {next(sizes)}")
        return self

    def _shapes(self) -> list[tuple[str, Packed, tuple[int, ...]]]:
        """Return every array by its place in the file, with the shape that it must have."""
        worlds, centres = len(self.worlds), len(self.definition.families)
        narrow, wide = (worlds, len(self.names.narrow)), (centres, len(self.names.wide))
        city = self.levers[0]
        steps = round((city.high - city.low) / city.step) + 1
        found: list[tuple[str, Packed, tuple[int, ...]]] = []
        found += [("city.narrow", self.city.narrow, (steps, *narrow)), ("city.wide", self.city.wide, (steps, *wide))]
        for i, part in enumerate(self.parts):
            n, d, ends = part.places.shape[0], len(part.coordinates), len(self.end_days) - 1
            at = f"parts.{i}."
            found += [(f"{at}places", part.places, (n, d)), (f"{at}matrix", part.matrix, (n + 1 + d, n))]
            found += [(f"{at}spent", part.spent, (n, worlds, len(self.path_days)))]
            found += [(f"{at}narrow", part.narrow, (n, *narrow)), (f"{at}wide", part.wide, (n, *wide))]
            if part.cut_narrow is not None and part.cut_wide is not None:
                found += [(f"{at}cut_narrow", part.cut_narrow, (n, worlds, ends, narrow[1]))]
                found += [(f"{at}cut_wide", part.cut_wide, (n, centres, ends, wide[1]))]
        for i, preset in enumerate(self.presets):
            at = f"presets.{i}."
            found += [(f"{at}narrow", preset.narrow, (2, *narrow)), (f"{at}wide", preset.wide, (2, *wide))]
            found += [(f"{at}path", preset.path, (worlds, len(self.path_days)))]
        return found


def read_answers(path: Path) -> dict[str, Any]:
    """Return stored answers. Raises InputError on one line where there are none or they are not whole."""
    if not path.is_file():
        raise InputError(f"{path}: no stored answers; {_EXPECTED}")
    try:
        stored = json.loads(path.read_bytes())
        StoredAnswers.model_validate(stored)
    except ValidationError as error:
        raise InputError(f"{path}: {_fault(error)}; {_EXPECTED}") from None
    except (ValueError, RecursionError):
        raise InputError(f"{path}: not JSON; {_EXPECTED}") from None
    if stored.pop("sha256", None) != sha256(_text(stored).encode()):
        raise DamagedError(f"{path}: sha256: damaged or changed: not that of the answers; {_EXPECTED}")
    return dict(stored)


def write_answers(path: Path, stored: dict[str, Any]) -> None:
    """Write answers with their sha256, in one piece."""
    write_whole(path, _text({**stored, "sha256": sha256(_text(stored).encode())}) + "\n")


def _text(stored: dict[str, Any]) -> str:
    return json.dumps(stored, ensure_ascii=False, separators=(",", ":"))


def _fault(error: ValidationError) -> str:
    first = error.errors()[0]
    key, told = ".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, ")
    if first["type"] == "missing":
        told = "missing"
    return f"{key}: {told}" if key else told
