"""Documents as self-contained pages, and the page that leads to them."""

from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined

from eum.output.report.document_model import ReportContext
from eum.output.report.documents import Document, DocumentDefinition, file_name
from eum.output.report.fonts import Fonts
from eum.output.report.i18n import LANGUAGES, Words, load_words
from eum.output.report.provenance import lines_of, lines_of_data, provenance_sentence
from eum.output.report.study_reader import StoredStudy

_FONTS = "/* fonts */"
"""Stands in a page where its fonts come."""

Definitions = dict[str, DocumentDefinition]


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("eum.output.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _style() -> str:
    return (resources.files("eum.output.report") / "templates" / "style.css").read_text(encoding="utf-8")


def with_fonts(pages: dict[str, str]) -> dict[str, str]:
    """Return pages by name, each with fonts cut down to the letters it uses."""
    fonts = Fonts(pages.values())
    return {name: page.replace(_FONTS, fonts.faces(page), 1) for name, page in pages.items()}


def html_page(document: Document, definitions: Definitions) -> str:
    """Return the HTML text of a document; with its fonts (`with_fonts`) it needs nothing but itself."""
    language, record = document.language, document.reader.study.record
    other = next(name for name in LANGUAGES if name != language)
    values = {
        "words": document.reader.words,
        "language": language,
        "other": other,
        "other_page": file_name(document.name, other, "html"),
        "document": document,
        "record": record,
        "sections": document.sections,
        "links": links(document.reader.words, definitions, document.name),
        "files": [(form.upper(), document.file(form)) for form in document.definition.formats if form != "html"],
        "lines": lines_of_data,
        "told_lines": lambda block: provenance_sentence(lines_of(block)),
        "style": _style(),
    }
    return _environment().get_template("page.html.jinja").render(**values, fonts=_FONTS)


def links(words: Words, definitions: Definitions, without: str = "") -> list[tuple[str, str]]:
    """Return title and page of each document in the words' language."""
    titles = {"ko": "title_ko", "en": "title_en"}
    return [
        (getattr(definition, titles[words.language]), file_name(name, words.language, "html"))
        for name, definition in definitions.items()
        if name != without and "html" in definition.formats
    ]


def index(study: StoredStudy, definitions: Definitions, n_csv: int) -> str:
    """Return the page that leads to all documents and data, in both languages, without its fonts."""
    parts = []
    for words in map(load_words, LANGUAGES):
        titles = {"ko": "title_ko", "en": "title_en"}
        documents = [
            (
                getattr(definition, titles[words.language]),
                [(form.upper(), file_name(name, words.language, form)) for form in definition.formats],
            )
            for name, definition in definitions.items()
        ]
        parts.append((words, documents))
    lines = [ReportContext(study, words).imprint for words, _ in parts]
    imprints = list(dict.fromkeys(filter(None, lines)))
    values = {"parts": parts, "record": study.record, "n_csv": n_csv, "style": _style(), "imprints": imprints}
    return _environment().get_template("index.html.jinja").render(**values, fonts=_FONTS)
