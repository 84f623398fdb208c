"""Reads a definition: a TOML file that says what a study, a search, a fit or a report asks."""

import os
import re
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ValidationError

from sim.errors import InputError
from sim.toml import file_values

_NAME = re.compile(r"[^\W_][\w .()+-]{0,99}")


def _folder_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("expected letters, digits, spaces and -_.()+, a letter or digit first: it names a folder")
    return name


Name = Annotated[str, AfterValidator(_folder_name)]
"""The name of a definition, under which its result is kept: it leads out of no folder."""

_Definition = TypeVar("_Definition", bound=BaseModel)


def definition_file(name_or_path: str, folder: Path, what: str) -> Path:
    """Return the file of a definition given by path (`.toml`) or by the name of a file in its folder.

    Raises InputError, with the names there are, where it is missing.
    """
    shipped = {path.stem: path for path in folder.glob("*.toml")}
    path = Path(name_or_path) if name_or_path.endswith(".toml") else shipped.get(name_or_path)
    # Unlike `Path.is_file`, this takes any text: one with a null byte or longer than a name can be is no file.
    if path is None or not os.path.isfile(path):
        known = ", ".join(sorted(shipped))
        raise InputError(f"{name_or_path}: no such {what}; expected a .toml file or one of: {known}")
    return path


def read_definition(kind: type[_Definition], path: Path) -> _Definition:
    """Read a definition of a kind. Raises InputError on one line (file, key, value, what was expected)."""
    try:
        return kind.model_validate(file_values(path))
    except ValidationError as error:
        first = error.errors()[0]
        key, reason = ".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, ")
        value = first.get("input")
        given = "" if isinstance(value, dict | BaseModel) else f"{value!r}: "
        raise InputError(f"{path}: {key}: {given}{reason}") from None
