"""Documents as PDF: figures as vectors, shipped fonts embedded, no date: the same study gives the same bytes."""

import re
import tempfile
from importlib import resources
from itertools import pairwise
from typing import NamedTuple

from eum.errors import InputError
from eum.extras import extra
from eum.output.report.column_widths import widths
from eum.output.report.document_model import (
    Bullets,
    Collapsible,
    Columns,
    DocumentBlock,
    DocumentTable,
    Figure,
    Heading,
    Text,
)
from eum.output.report.documents import Document
from eum.output.report.number_format import with_minus
from eum.output.report.provenance import lines_of, lines_of_all, provenance_sentence
from eum.output.report.render_figure import rendered_svg
from eum.output.report.traced_text import TextLike

with extra("report"):
    import typst

_IMPORT = '#import "report.typ": *\n'
_BREAK_AFTER = "/-_.?&=:;,"
_LONG_NAME, _LONG = 14, 24
"""Letters from which a word without spaces (an address, a hash) may be broken."""
_POINTS, _POINTS_SHORT = (9.5,), (10.5, 10.0, 9.5, 9.0, 8.5)
"""Sizes of letters; a short document takes the first at which it has no more pages than its definition allows."""
_DASH = "\u2013"
"""Stands for a minus, of which the shipped font has no sign."""
_STRING, _REACHES_OUT = r'"(?:\\.|[^"\\])*"', r"\b(import|include|read|eval|plugin|bytes|csv|json|toml|yaml|xml|cbor)\b"
_TOO_LONG = "pages; expected at most"
_HALF_INCHES, _HALF_HEIGHT = 3.36, 0.8
"""Width of a figure that shares a line with another, and its height as a share of that of the figure alone."""


class _Paper(NamedTuple):
    """A document being written: its files beside the main one, by name."""

    document: Document
    files: dict[str, bytes]


def rendered_pdf(document: Document) -> bytes:
    """Return a document as PDF; the same document gives the same bytes.

    A short document takes the largest letters at which it has no more pages than its definition allows, and the
    smallest where it is longer all the same.
    """
    content = _compiled(document, "pdf")
    assert isinstance(content, bytes)
    return content


def first_page_png(document: Document, dots_per_inch: float) -> bytes:
    """Return the first page of a document as it looks on paper."""
    pages = _compiled(document, "png", dots_per_inch)
    return pages[0] if isinstance(pages, list) else pages


def _compiled(document: Document, form: str, dots_per_inch: float | None = None) -> bytes | list[bytes]:
    paper = _Paper(document, {})
    body = _body(paper)
    sizes = _POINTS_SHORT if document.is_short else _POINTS
    limit = document.definition.pages_at_most or 0
    for size, most in [*((size, limit) for size in sizes), (sizes[-1], 0)]:
        try:
            return _compile(paper, _head(document, size, most) + body, form, dots_per_inch)
        except typst.TypstError as error:
            if not most or _TOO_LONG not in str(error):
                raise InputError(f"{document.file('pdf')}: {' '.join(str(error).split())}") from None
    raise AssertionError("no size of letters")


def _require_own_code(main: str) -> None:
    """Raise InputError unless a text of Typst, its strings left out, reads nothing and loads no package.

    Texts of a study are strings and never code; the compiler itself would ask the network for a package.
    """
    found = re.search(_REACHES_OUT, re.sub(_STRING, "", main.removeprefix(_IMPORT), flags=re.DOTALL))
    if found:
        raise InputError(f"a text of the report holds the command {found[0]!r} of Typst; expected text")


def _compile(paper: _Paper, main: str, form: str, dots_per_inch: float | None) -> bytes | list[bytes]:
    """Return a document made from files in memory alone: the folder that it may read from is empty."""
    _require_own_code(main)
    template = (resources.files("eum.output.report") / "templates" / "report.typ").read_bytes()
    files = {"main.typ": main.encode(), "report.typ": template, **paper.files}
    folder = str(resources.files("eum.output.report") / "fonts")
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
    with tempfile.TemporaryDirectory() as empty:
        places = {"root": empty, "package_path": empty, "package_cache_path": empty}
        found: bytes | list[bytes] = typst.compile(  # type: ignore[call-overload]  # its hints know no files by name
            files, font_paths=fonts, ignore_system_fonts=True, format=form, ppi=dots_per_inch, timestamp=0, **places
        )
    return found


def quoted(text: TextLike) -> str:
    """Return text as a string of Typst; long words may break at their signs, a minus is as wide as a dash."""
    words = (_breakable(word) for word in with_minus(str(text), _DASH).split(" "))
    plain = " ".join(words).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{plain}"'


def _breakable(word: str) -> str:
    """Return a word that breaks at its signs where it is a long name (no number does), or anywhere if it must."""
    if len(word) <= _LONG_NAME or (len(word) <= _LONG and not any(map(str.isalpha, word))):
        return word
    pieces = [f"{letter}\u200b" if letter in _BREAK_AFTER else letter for letter in word]
    text = "".join(pieces)
    if "\u200b" in text or len(word) <= _LONG:
        return text
    return "\u200b".join(word[i : i + 8] for i in range(0, len(word), 8))


def _head(document: Document, size: float, most: int) -> str:
    words, record = document.reader.words, document.reader.study.record
    byline = words(
        "page.byline",
        start=record["start"],
        end=record["end"],
        scale=f"{100 * record['scale']:g}",
        n_runs=record["n_runs"],
    )
    about = {
        "title": document.study_title,
        "kicker": f"{words('page.kicker')} · {document.title}",
        "byline": byline,
        "imprint": document.reader.imprint,
        "language": document.language,
        "run": f"{record['study']} · {str(record['result_hash'])[:16]}",
        "kind": document.name,
    }
    given = ", ".join(f"{name}: {quoted(value)}" for name, value in about.items())
    short = "true" if document.is_short else "false"
    layout = f"size: {size}pt, is-brief: {short}, pages-at-most: {most}"
    return f"{_IMPORT}#show: report.with({given}, {layout})\n"


def _body(paper: _Paper) -> str:
    document = paper.document
    parts = [
        f"#heading(level: 1, {quoted(section.heading)})\n{_blocks(section.blocks, paper)}"
        for section in document.sections
    ]
    if document.is_short:
        lines = provenance_sentence(lines_of_all(document.sections))
        parts.append(f"#closing({quoted(document.reader.words('source_of_lines', lines=lines))})")
    return "\n".join(parts)


def _blocks(blocks: list, paper: _Paper) -> str:
    """Return blocks one after another; what introduces a figure or table stays on its page."""
    leads = [isinstance(below, Heading | Figure | DocumentTable | Columns) for _, below in pairwise(blocks)] + [False]
    return "\n".join(_block(block, paper, lead) for block, lead in zip(blocks, leads, strict=True))


def _block(block: DocumentBlock, paper: _Paper, leads: bool = False) -> str:
    match block:
        case Text():
            text = f"{'lead' if block.strong else 'plain'}({quoted(block.text)})"
            return f"#keep({text})" if leads else f"#{text}"
        case Heading():
            return f"#heading(level: 2, {quoted(block.text)})"
        case Bullets():
            return f"#bullets({_listed(map(quoted, block.items))})"
        case Figure():
            return _picture(block, paper)
        case DocumentTable():
            return _table(block, paper)
        case Collapsible():
            return f"#folded({quoted(block.summary)})[\n{_blocks(block.blocks, paper)}\n]"
        case Columns():
            return _beside(block, paper)


def _picture(block: Figure, paper: _Paper) -> str:
    return _drawing(block, block.name, block.inches[0], paper)


def _half_picture(block: Figure, paper: _Paper) -> str:
    """Return a figure drawn anew for half a line, so that its letters keep their size."""
    width, height = block.inches
    if width <= _HALF_INCHES:
        return _picture(block, paper)
    name = f"{block.name}-half"
    svg = rendered_svg(block.draw, _HALF_HEIGHT * height, name.replace("_", "-"), block.caption, _HALF_INCHES)
    return _drawing(block._replace(svg=svg), name, _HALF_INCHES, paper)


def _drawing(block: Figure, name: str, width: float, paper: _Paper) -> str:
    paper.files[f"{name}.svg"] = block.svg.encode()
    file = quoted(f"{name}.svg").replace("\u200b", "")
    return f"#drawing({file}, {quoted(block.caption)}, {width}in, {_lines(block, paper)})"


def _beside(block: Columns, paper: _Paper) -> str:
    """Return blocks side by side, or tables of many columns under their figure."""
    wide = any(isinstance(inner, DocumentTable) and len(inner.columns) > 3 for inner in block.blocks)
    half = not wide and block.n_columns == 2
    inner = [_half_picture(b, paper) if half and isinstance(b, Figure) else _block(b, paper) for b in block.blocks]
    cells = ", ".join(f"[\n{text}\n]" for text in inner)
    return f"#{'below' if wide else 'beside'}({block.n_columns}, {cells})"


def _lines(block: DocumentTable | Figure, paper: _Paper) -> str:
    """Return the sources of a table or figure; a short document has them at its end."""
    lines = "" if paper.document.is_short else provenance_sentence(lines_of(block))
    return quoted(paper.document.reader.words("source_of_lines", lines=lines) if lines else "")


def _listed(items: "map[str] | list[str]") -> str:
    return "(" + "".join(f"{item}, " for item in items) + ")"


def _table(table: DocumentTable, paper: _Paper) -> str:
    rows = []
    for group in table.groups:
        if group.title:
            rows.append(f"group({len(table.columns)}, {quoted(group.title)})")
        rows += [quoted(cell) for row in group.rows for cell in row]
    given = {
        "caption": quoted(table.caption),
        "columns": _listed([quoted(column) for column in table.columns]),
        "widths": _listed([f"{width}fr" for width in widths(table)]),
        "text-columns": str(table.n_text),
        "last-is-text": "true" if table.last_is_text else "false",
        "rows": _listed(rows),
        "note": quoted(table.note),
        "lines": _lines(table, paper),
    }
    return "#listing(" + ", ".join(f"{name}: {value}" for name, value in given.items()) + ")"
