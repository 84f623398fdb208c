"""Reads a definition: a TOML file that says what a study, a search, a fit or a report asks."""

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from sim.errors import InputError

_Definition = TypeVar("_Definition", bound=BaseModel)


def definition_file(name_or_path: str, folder: Path, what: str) -> Path:
    """Return the file of a definition given by path (`.toml`) or by the name of a file in its folder.

    Raises InputError, with the names there are, where it is missing.
    """
    path = Path(name_or_path)
    if path.suffix != ".toml":
        path = folder / f"{name_or_path}.toml"
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in folder.glob("*.toml")))
        raise InputError(f"{path}: no such {what}; expected a .toml file or one of: {known}")
    return path


def read_definition(kind: type[_Definition], path: Path) -> _Definition:
    """Read a definition of a kind. Raises InputError on one line (file, key, value, what was expected)."""
    try:
        return kind.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not valid TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        key, reason = ".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, ")
        value = first.get("input")
        given = "" if isinstance(value, dict | BaseModel) else f"{value!r}: "
        raise InputError(f"{path}: {key}: {given}{reason}") from None
