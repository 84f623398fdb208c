"""A page in Korean says what its English original says: the same headings, commands, links and numbers."""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
PAGES = [("README.md", "README.ko.md"), ("docs/tutorial.md", "docs/tutorial.ko.md")]
_BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_HANGUL = re.compile(r"[가-힣]")


def text(name: str) -> str:
    """Return a page of the repository."""
    return (REPOSITORY / name).read_text(encoding="utf-8")


def levels(page: str) -> list[int]:
    """Return the level of every heading, in order."""
    return [len(marks) for marks in re.findall(r"^(#+) ", _BLOCK.sub("", page), re.MULTILINE)]


def codes(page: str) -> list[str]:
    """Return the commands in the running text and in tables, sorted."""
    return sorted(re.findall(r"`((?:eum|make|pip|conda) [^`]+|--[^`]+)`", _BLOCK.sub("", page)))


@pytest.mark.parametrize(("english", "korean"), PAGES)
def test_headings_are_the_same_in_number_and_level(english: str, korean: str) -> None:
    assert levels(text(korean)) == levels(text(english)) != []


@pytest.mark.parametrize(("english", "korean"), PAGES)
def test_commands_files_and_programs_are_the_same(english: str, korean: str) -> None:
    assert _BLOCK.findall(text(korean)) == _BLOCK.findall(text(english)) != []
    assert set(codes(text(english))) <= set(codes(text(korean)))


@pytest.mark.parametrize(("english", "korean"), PAGES)
def test_rows_of_tables_are_the_same_in_number_with_the_same_figures(english: str, korean: str) -> None:
    rows = [re.findall(r"^\|.*\|$", _BLOCK.sub("", text(page)), re.MULTILINE) for page in (english, korean)]
    figures = [[re.findall(r"\| (-?[\d,]+)(?= \|)", row) for row in table] for table in rows]
    assert figures[0] == figures[1]


@pytest.mark.parametrize(("_", "korean"), PAGES)
def test_every_heading_and_paragraph_is_in_korean(_: str, korean: str) -> None:
    parts = [part for part in re.split(r"\n\s*\n", _BLOCK.sub("", text(korean))) if part.strip() not in ("", "# eum")]
    assert [part for part in parts if not _HANGUL.search(part)] == []


def test_a_heading_too_many_and_a_changed_command_are_found() -> None:
    page = "# A\n\n## B\n\n```sh\neum run a\n# no heading\n```\n"
    assert levels(page) == [1, 2] != levels(page + "## C\n")
    assert _BLOCK.findall(page) != _BLOCK.findall(page.replace("run a", "run b"))
    assert codes("`eum run a` and `x`, `--full`") == ["--full", "eum run a"]
