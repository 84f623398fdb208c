"""What a data package says of its own tables: the descriptor datapackage.json, read and checked against itself."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from eum.errors import InputError, expectation

_NUMBERS, _TEXTS = ("number", "integer"), ("string", "date")


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r}: no regular expression ({error})") from None
    return pattern


ColumnPattern = Annotated[str, AfterValidator(_compiles)]
"""A regular expression."""


class Constraints(BaseModel):
    """Limits of a column, as in the Table Schema standard. A misspelt one is an error, not ignored."""

    model_config = ConfigDict(extra="forbid")
    required: bool = False
    unique: bool = False
    minimum: float | None = None
    maximum: float | None = None
    enum: list[str] | None = None
    pattern: ColumnPattern | None = None


class References(BaseModel):
    """A cell that names rows of another table, several of them joined by a separator."""

    resource: str
    field: str
    separator: str


class Column(BaseModel):
    """A column of a table ("field" in the standard)."""

    name: str
    type: Literal["string", "number", "integer", "date"]
    constraints: Constraints = Constraints()
    references: References | None = None


class RowRule(BaseModel):
    """Limits of some columns in the rows whose cells match every pattern of `when`."""

    when: dict[str, ColumnPattern]
    fields: list[str]
    minimum: float | None = None
    maximum: float | None = None
    expected: str


class Schema(BaseModel):
    """Columns and keys of a table; `ascending` and `rowRules` add to the standard what spans columns."""

    fields: list[Column]
    primaryKey: Annotated[list[str], BeforeValidator(lambda key: [key] if isinstance(key, str) else key)] = []
    ascending: list[list[str]] = []
    rowRules: list[RowRule] = []

    @model_validator(mode="after")
    def _fits_its_columns(self) -> "Schema":
        types = {column.name: column.type for column in self.fields}
        if len(types) < len(self.fields):
            raise ValueError("fields: a name stands twice; expected each column once")
        for key, name, possible in self._named():
            if name not in types:
                raise ValueError(f"{key}: {name!r}: expected one of the columns {', '.join(types)}")
            if types[name] not in possible:
                raise ValueError(
                    f"{key}: {name!r} is a {types[name]}; expected a column of type {' or '.join(possible)}"
                )
        for names in self.ascending:
            if len({types[name] in _NUMBERS for name in names}) > 1:
                raise ValueError(f"ascending: {', '.join(names)}: expected columns that can be compared")
        return self

    def _named(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Yield every place where a column is named, the name, and the types it may have there."""
        anything = (*_NUMBERS, *_TEXTS)
        yield from (("primaryKey", name, anything) for name in self.primaryKey)
        yield from (("ascending", name, anything) for names in self.ascending for name in names)
        for rule in self.rowRules:
            yield from (("rowRules.when", name, _TEXTS) for name in rule.when)
            yield from (("rowRules.fields", name, _NUMBERS) for name in rule.fields)
        for column in self.fields:
            limits = column.constraints
            if limits.minimum is not None or limits.maximum is not None:
                yield "minimum or maximum", column.name, _NUMBERS
            if limits.pattern is not None or limits.enum is not None:
                yield "pattern or enum", column.name, _TEXTS
            if column.references is not None:
                yield "references", column.name, _TEXTS


class Resource(BaseModel):
    """One table of the package: its name, its file and its columns."""

    name: str
    path: str = Field(pattern=r"^[A-Za-z0-9_-]+\.csv$")
    table_schema: Schema = Field(alias="schema")


class Descriptor(BaseModel):
    """What this code reads of datapackage.json; the other properties are for people and other tools."""

    resources: list[Resource]

    @model_validator(mode="after")
    def _fits_together(self) -> "Descriptor":
        columns = {r.name: [column.name for column in r.table_schema.fields] for r in self.resources}
        if len(columns) < len(self.resources):
            raise ValueError("resources: a name stands twice; expected each table once")
        for resource in self.resources:
            for column in resource.table_schema.fields:
                to = column.references
                known = columns.get(to.resource, [to.field]) if to else []
                if to is not None and to.field not in known:
                    where = f"{resource.name}.{column.name}.references"
                    raise ValueError(f"{where}: {to.field!r}: expected a column of {to.resource}: {', '.join(known)}")
        return self


def quoted_value(folder: Path, file: str) -> str:
    """Return how messages name a file of a package: by its folder and name."""
    return f"{folder.resolve().name}/{file}"


def read_descriptor(folder: Path) -> Descriptor:
    """Read datapackage.json of a folder. Raises InputError when it is missing or not a descriptor."""
    file = quoted_value(folder, "datapackage.json")
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder: expected a folder with datapackage.json")
    try:
        return Descriptor.model_validate_json((folder / "datapackage.json").read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}: expected the descriptor of a data package") from None
    except UnicodeDecodeError:
        raise InputError(f"{file}: not text in UTF-8: expected the descriptor of a data package") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{file}: {where or 'text'}: expected a data package: {expectation(first)}") from None
