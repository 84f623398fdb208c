"""The documents of a report: each a definition in reports/documents/, made of the sections it names."""

from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, field_validator

from eum.config import read_definition
from eum.errors import InputError
from eum.output.report.document_model import Figure, ReportContext, Section, pictures
from eum.output.report.sections import SECTIONS
from eum.resources import resource

_ORDER = ("brief", "technical", "evidence")

DocumentFormat = Literal["html", "pdf", "hwpx"]


class DocumentDefinition(BaseModel):
    """What a document shows and in which formats it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title_ko: str
    title_en: str
    formats: tuple[DocumentFormat, ...] = Field(min_length=1)
    sections: tuple[str, ...] = Field(min_length=1)
    pages_at_most: int | None = Field(default=None, ge=1)
    """Pages the PDF is meant to have: it is set closely. A study with more to say is not refused for it once it has
    run; the tests hold the documents of eum's own study to it."""

    @field_validator("sections")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in names if name not in SECTIONS]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no section; expected some of {', '.join(SECTIONS)}")
        return names


class Document(NamedTuple):
    """A document in one language: its definition's name and parts, and the sections as built."""

    name: str
    definition: DocumentDefinition
    reader: ReportContext
    sections: list[Section]

    @property
    def language(self) -> str:
        """Language of the document."""
        return self.reader.language

    @property
    def title(self) -> str:
        """Title of the document in its language."""
        titles = {"ko": self.definition.title_ko, "en": self.definition.title_en}
        return titles[self.language]

    @property
    def study_title(self) -> str:
        """Title of the study in the document's language."""
        return str(self.reader.study.record[f"title_{self.language}"])

    def file(self, form: str) -> str:
        """Return the name of the file of a format."""
        return file_name(self.name, self.language, form)

    @property
    def is_short(self) -> bool:
        """True for a document of limited pages: sources stand at its end once, letters are as large as pages allow."""
        return self.definition.pages_at_most is not None

    @property
    def pictures(self) -> list[Figure]:
        """All figures of the document."""
        return [picture for section in self.sections for picture in pictures(section.blocks)]


def file_name(name: str, language: str, form: str) -> str:
    """Return the name of a document's file. `file_name('brief', 'ko', 'pdf') == 'brief.ko.pdf'`."""
    return f"{name}.{language}.{form}"


def definition_files() -> list[Path]:
    """Return the files that define documents, the shortest document first. Raises InputError where there is none."""
    folder = resource("reports/documents")
    order = {name: position for position, name in enumerate(_ORDER)}
    paths = sorted(folder.glob("*.toml"), key=lambda path: (order.get(path.stem, len(order)), path.stem))
    if not paths:
        raise InputError(f"{folder}: no definition of a document; expected .toml files")
    return paths


def document_definitions() -> dict[str, DocumentDefinition]:
    """Return all documents by name. Raises InputError for one that cannot be read, or where there is none."""
    return {path.stem: read_definition(DocumentDefinition, path) for path in definition_files()}


def document(name: str, definition: DocumentDefinition, reader: ReportContext) -> Document:
    """Return a document as built for a reader."""
    return Document(name, definition, reader, [SECTIONS[key](reader) for key in definition.sections])
