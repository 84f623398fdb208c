"""Reads a definition: a TOML file that says what a study, a search, a fit or a report asks."""

import os
import re
import reprlib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from eum.dimensions import DISTRICTS, EVIDENCE
from eum.errors import InputError, expectation
from eum.toml import file_values

_Definition = TypeVar("_Definition", bound=BaseModel)

LONGEST_LINE = 120
"""Letters that a title or another line of a definition may have, so that it fits where it is printed."""


def _is_name(name: str) -> str:
    if not re.fullmatch(r"\w[\w-]*", name):
        raise ValueError("expected letters, digits, hyphens and underscores: it becomes the name of a folder or file")
    return name


def _is_line(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("expected a line of text")
    return text


def each_once(known: tuple[str, ...], what: str) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    """Return a check that a list names some of `known`, each once; the list comes back as it is."""

    def checked(names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in known:
                raise ValueError(f"{name!r}: no such {what}; expected some of {', '.join(known)}")
            if names.count(name) > 1:
                raise ValueError(f"{name!r} stands twice; expected each {what} once")
        return names

    return checked


def _is_district(name: str) -> str:
    if name not in DISTRICTS:
        raise ValueError(f"expected one of the districts {', '.join(DISTRICTS)}")
    return name


Name = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_is_name)]
"""A name that becomes part of a path: letters (of any script), digits, hyphens and underscores."""
Line = Annotated[str, Field(max_length=LONGEST_LINE), AfterValidator(_is_line)]
"""A title or another line that is printed: not blank, no control characters."""
Families = Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(each_once(EVIDENCE, "family of evidence"))]
"""Families of evidence, each once."""
District = Annotated[str, AfterValidator(_is_district)]
"""Code of a district."""


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
        keys, value = ".".join(map(str, first["loc"])), first.get("input")
        given = "" if isinstance(value, dict | BaseModel) else f"{reprlib.repr(value)}: "
        raise InputError(f"{path}: {keys + ': ' if keys else ''}{given}{expectation(first)}") from None
