"""Definitions that do not fit: each is one line in the words of this package, none in those of the library."""

import datetime
import re
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from eum.config import District, Families, Line, read_definition
from eum.errors import InputError


class Part(BaseModel):
    """A table inside of a definition."""

    n: Annotated[int, Field(ge=2, lt=9, strict=True)]


class Whole(BaseModel):
    """A definition with one key of each kind."""

    model_config = ConfigDict(extra="forbid")

    families: Families = ("causal",)
    title: Line = "title"
    place: District = "seo"
    parts: Annotated[dict[str, Part], Field(min_length=1)] = {"a": Part(n=2)}
    few: Annotated[list[int], Field(max_length=2)] = []
    share: Annotated[float, Field(gt=0, le=1)] = 0.5
    code: Annotated[str, Field(pattern="^[a-z]+$")] = "a"
    kind: Literal["one", "other"] = "one"
    day: Annotated[datetime.date, Field(strict=True)] = datetime.date(2020, 3, 16)
    flag: Annotated[bool, Field(strict=True)] = True


FAULTS = {
    "families = []": "families: []: expected at least 1 item",
    "parts = {}": "parts: expected at least 1 item",
    "few = [1, 2, 3]": "few: [1, 2, 3]: expected at most 2 items",
    'title = "%s"' % ("a" * 121): "expected at most 120 characters",
    "share = 0": "share: 0: expected greater than 0",
    "share = 1.5": "share: 1.5: expected less than or equal to 1",
    'share = "much"': "share: 'much': expected a valid number",
    "parts = {a = {n = 1}}": "parts.a.n: 1: expected greater than or equal to 2",
    "parts = {a = {n = 9}}": "parts.a.n: 9: expected less than 9",
    "parts = {a = {n = 2.5}}": "parts.a.n: 2.5: expected a whole number",
    "parts = {a = {}}": "parts.a.n: missing; expected a value",
    "parts = {a = 1}": "parts.a: 1: expected a table",
    "parts = 1": "parts: 1: expected a table",
    "few = 1": "few: 1: expected a list",
    "title = 1": "title: 1: expected text",
    'place = "busan"': "place: 'busan': expected one of the districts jung",
    'code = "A"': "code: 'A': expected pattern '^[a-z]+$'",
    'kind = "third"': "kind: 'third': expected 'one' or 'other'",
    'day = "2020-03-16"': "day: '2020-03-16': expected a date such as 2020-03-16, without quotation marks",
    "flag = 1": "flag: 1: expected true or false",
    "colour = 1": "colour: 1: unknown key; expected one that the schema has",
}
"""Text of a file -> what its one line holds."""


@pytest.mark.parametrize(("text", "expected"), FAULTS.items(), ids=[text[:24] for text in FAULTS])
def test_a_fault_of_a_definition_names_file_key_value_and_what_was_expected(
    text: str, expected: str, tmp_path: Path
) -> None:
    file = tmp_path / "definition.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_definition(Whole, file)
    message = str(error.value)
    assert message.startswith(f"{file}: ") and expected in message
    assert "\n" not in message and not re.search("should|required|permitted|validation|Input|Value error", message)
