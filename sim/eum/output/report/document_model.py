"""What a page is made of: paragraphs, lists, tables and figures in sections. The templates draw these."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

import pandas as pd

from eum.output.report import number_format
from eum.output.report.i18n import Words
from eum.output.report.render_figure import Draw
from eum.output.report.study_reader import StoredStudy
from eum.output.report.traced_text import TextLike


class ReportContext(NamedTuple):
    """A study and the words of the reader's language: what every section is built from."""

    study: StoredStudy
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

    def title(self, variant: str) -> str:
        """Return what a variant is called."""
        return str(self.study.record["titles"][variant][self.language]["title"])

    def short_title(self, variant: str) -> str:
        """Return what a variant is called in narrow places and in sentences."""
        return str(self.study.record["titles"][variant][self.language]["short"])

    def note(self, variant: str) -> str:
        """Return what a reader of a variant's tables should know; often nothing."""
        return str(self.study.record["titles"][variant][self.language]["note"])

    @property
    def imprint(self) -> str:
        """Who publishes the study, its author, the number and the day of the document, as far as the study says.

        Of a prior-predictive study also that it is one.
        """
        record = self.study.record
        lines = [record["institution"], record["author"], record["document_number"]]
        day = "" if record["date"] is None else number_format.date(record["date"], self.language)
        label = self.words("prior_predictive.label") if self.is_prior_predictive else ""
        return " · ".join(filter(None, (*lines, day, label)))

    @property
    def is_prior_predictive(self) -> bool:
        """Whether fitted parameters come from their priors, not from what the record says of them."""
        return bool(self.study.record["parameters"] != "posterior")

    @property
    def focus(self) -> str | None:
        """Code of the district the study is about, if any."""
        found = self.study.record["focus_district"]
        return None if found is None else str(found)

    @property
    def districts(self) -> list[str]:
        """Districts in whose scope effects are counted, that of the study first."""
        return [scope for scope in self.study.record["scopes"] if scope != "city"]

    @property
    def adds_to_city(self) -> bool:
        """Whether the study is about policies on top of the city's programme."""
        return any(worlds["city"] != worlds["district"] for worlds in self.study.record["worlds"].values())


class Text(NamedTuple):
    """A paragraph; a `strong` one is set larger."""

    text: TextLike
    strong: bool = False
    kind: str = "text"


class Heading(NamedTuple):
    """A heading inside a section."""

    text: str
    kind: str = "heading"


class Bullets(NamedTuple):
    """A list of sentences."""

    items: list[TextLike]
    kind: str = "bullets"


class DocumentGroup(NamedTuple):
    """Rows of a table under one title; each row is a heading cell followed by the other cells."""

    title: str
    rows: list[list[TextLike]]


class DocumentTable(NamedTuple):
    """A table of formatted cells. The first `n_text` columns hold words, the rest numbers."""

    caption: str
    columns: list[str]
    groups: list[DocumentGroup]
    note: str = ""
    n_text: int = 1
    last_is_text: bool = False
    """True where the last column holds words again."""
    source_language: bool = False
    """True where cells hold notes in the English of the data files."""
    kind: str = "table"


class Figure(NamedTuple):
    """A figure: inline SVG, its caption, and the rows it was drawn from (written beside it as CSV)."""

    name: str
    svg: str
    caption: str
    data: pd.DataFrame
    draw: Draw
    """Draws it again on other axes, for formats that cannot hold SVG."""
    inches: tuple[float, float]
    """Width and height."""
    kind: str = "picture"


class Collapsible(NamedTuple):
    """Blocks the reader may open."""

    summary: str
    blocks: list
    kind: str = "folded"


class Columns(NamedTuple):
    """Blocks side by side where the page is wide enough."""

    blocks: list
    n_columns: int = 2
    kind: str = "beside"


DocumentBlock: TypeAlias = Text | Heading | Bullets | DocumentTable | Figure | Collapsible | Columns


class Section(NamedTuple):
    """One question and its answer."""

    key: str
    heading: str
    blocks: list


def each_block(blocks: Iterable[DocumentBlock]) -> Iterator[DocumentBlock]:
    """Yield blocks in their order, those inside others after the one that holds them."""
    for block in blocks:
        yield block
        if isinstance(block, Collapsible | Columns):
            yield from each_block(block.blocks)


def texts_of(block: DocumentBlock) -> list[TextLike]:
    """Return what a block says, without the blocks inside it."""
    if isinstance(block, Text):
        return [block.text]
    if isinstance(block, Bullets):
        return list(block.items)
    if isinstance(block, DocumentTable):
        return [cell for group in block.groups for row in group.rows for cell in row]
    return []


def pictures(blocks: Iterable[DocumentBlock]) -> list[Figure]:
    """Return all figures among blocks, also inside others."""
    return [block for block in each_block(blocks) if isinstance(block, Figure)]
