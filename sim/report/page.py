"""What a page is made of: paragraphs, lists, tables and figures in sections. The templates draw these."""

from typing import NamedTuple

import pandas as pd

from sim.report.stored import Stored
from sim.report.words import Words


class Reader(NamedTuple):
    """A study and the words of the reader's language: what every section is built from."""

    study: Stored
    words: Words

    @property
    def language(self) -> str:
        """Language of the page."""
        return self.words.language

    @property
    def families(self) -> list[str]:
        """Families of evidence of the study, in their order."""
        return list(self.study.record["families"])

    @property
    def variants(self) -> list[str]:
        """Variants of the study; the one that came about stands last and leads the figures."""
        return list(self.study.record["variants"])

    @property
    def focus(self) -> str:
        """Code of the district the study is about."""
        return str(self.study.record["focus_district"])


class Text(NamedTuple):
    """A paragraph; a `strong` one is set larger."""

    text: str
    strong: bool = False
    kind: str = "text"


class Heading(NamedTuple):
    """A heading inside a section."""

    text: str
    kind: str = "heading"


class Bullets(NamedTuple):
    """A list of sentences."""

    items: list[str]
    kind: str = "bullets"


class Group(NamedTuple):
    """Rows of a table under one title; each row is a heading cell followed by the other cells."""

    title: str
    rows: list[list[str]]


class Table(NamedTuple):
    """A table of formatted cells. The first `n_text` columns hold words, the rest numbers."""

    caption: str
    columns: list[str]
    groups: list[Group]
    note: str = ""
    n_text: int = 1
    last_is_text: bool = False
    """True where the last column holds words again."""
    source_language: bool = False
    """True where cells hold notes in the English of the data files."""
    kind: str = "table"


class Picture(NamedTuple):
    """A figure: inline SVG, its caption, and the rows it was drawn from (written beside it as CSV)."""

    name: str
    svg: str
    caption: str
    data: pd.DataFrame
    kind: str = "picture"


class Folded(NamedTuple):
    """Blocks the reader may open."""

    summary: str
    blocks: list
    kind: str = "folded"


class Beside(NamedTuple):
    """Blocks side by side where the page is wide enough."""

    blocks: list
    n_columns: int = 2
    kind: str = "beside"


class Section(NamedTuple):
    """One question and its answer."""

    key: str
    heading: str
    blocks: list


def pictures(blocks: list) -> list[Picture]:
    """Return all figures among blocks, also inside others."""
    found: list[Picture] = []
    for block in blocks:
        if isinstance(block, Picture):
            found.append(block)
        elif isinstance(block, Folded | Beside):
            found += pictures(block.blocks)
    return found
