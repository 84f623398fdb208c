"""A document in the format that Korean offices exchange (HWPX, KS X 6101): text, tables that can be edited, figures."""

import re
from typing import NamedTuple

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
    Section,
    Text,
)
from eum.output.report.documents import Document
from eum.output.report.hwpx_properties import about_office_file
from eum.output.report.i18n import Words
from eum.output.report.number_format import with_minus
from eum.output.report.provenance import lines_of, lines_of_all, provenance_sentence
from eum.output.report.render_figure import png_of
from eum.output.report.reproducible_zip import normalised_zip
from eum.output.report.traced_text import TextLike

with extra("report"):
    from hwpx.document import HwpxDocument

_PER_MM = 283.465
"""HWPUNIT per millimetre (7200 an inch)."""
_MARGIN_MM, _TEXT_MM = 20, 170
_SHADE, _HEAD = "#F4F2EC", "#E3E1DA"
_GREY = "#5F5F5A"


class _Letters(NamedTuple):
    """Identifiers of the letters that a document uses."""

    title: str
    heading: str
    strong: str
    plain: str
    small: str
    cell: str
    cell_strong: str


class _Sheet(NamedTuple):
    """A document being written."""

    document: HwpxDocument
    letters: _Letters
    words: Words
    is_short: bool


def rendered_hwpx(document: Document) -> bytes:
    """Return a document as HWPX; the same document gives the same bytes."""
    made = HwpxDocument.new()
    margin = round(_MARGIN_MM * _PER_MM)
    made.page.set_margins(left=margin, right=margin, top=margin, bottom=margin)
    sheet = _Sheet(made, _letters(made), document.reader.words, document.is_short)
    record = document.reader.study.record
    _paragraph(sheet, sheet.words("page.kicker") + " · " + document.title, sheet.letters.small)
    _paragraph(sheet, document.study_title, sheet.letters.title, after=4)
    if document.reader.imprint:
        _paragraph(sheet, document.reader.imprint, sheet.letters.small, after=4)
    for section in document.sections:
        _section(sheet, section)
    if document.is_short:
        _source(sheet, provenance_sentence(lines_of_all(document.sections)))
    run = f"{record['study']} · {record['result_hash'][:16]}"
    _paragraph(sheet, run, sheet.letters.small)
    about = about_office_file(document, made.text.plain(), run)
    return normalised_zip(made.to_bytes(), lambda name, member: about.put_into(name, _with_fixed_ids(name, member)))


def _letters(made: HwpxDocument) -> _Letters:
    ensure = made.styles.ensure_run
    return _Letters(
        title=ensure(bold=True, size=18),
        heading=ensure(bold=True, size=13),
        strong=ensure(bold=True, size=11),
        plain=ensure(size=10),
        small=ensure(size=8, color=_GREY),
        cell=ensure(size=8.5),
        cell_strong=ensure(bold=True, size=8.5),
    )


def _with_fixed_ids(name: str, member: bytes) -> bytes:
    """Return a part with identifiers counted up in their order, where the library draws them by chance."""
    if not re.fullmatch(r"Contents/section\d+\.xml", name):
        return member
    known: dict[bytes, bytes] = {}

    def numbered(found: re.Match[bytes]) -> bytes:
        old = found[2]
        known.setdefault(old, str(1_000_001 + len(known)).encode())
        return found[1] + known[old] + b'"'

    def tag(found: re.Match[bytes]) -> bytes:
        return re.sub(rb'(\s(?:id|instid)=")(\d+)"', numbered, found[0])

    return re.sub(rb"<hp:(?:p|tbl|pic)\s[^>]*>", tag, member)


def _paragraph(sheet: _Sheet, text: TextLike, letters: str, after: float = 2, left_mm: float = 0) -> None:
    made = sheet.document.add_paragraph(with_minus(str(text)), char_pr_id_ref=letters, inherit_style=False)
    sheet.document.styles.apply_paragraph_format(
        paragraphs=[made], line_spacing_percent=140, spacing_after_pt=after, indent_left_mm=left_mm
    )


def _section(sheet: _Sheet, section: Section) -> None:
    made = sheet.document.add_heading(section.heading, level=1, char_pr_id_ref=sheet.letters.heading)
    sheet.document.styles.apply_paragraph_format(paragraphs=[made], spacing_before_pt=6, spacing_after_pt=3)
    for block in section.blocks:
        _block(sheet, block)


def _block(sheet: _Sheet, block: DocumentBlock) -> None:
    match block:
        case Text():
            _paragraph(sheet, block.text, sheet.letters.strong if block.strong else sheet.letters.plain)
        case Heading():
            _paragraph(sheet, block.text, sheet.letters.strong)
        case Bullets():
            for item in block.items:
                _paragraph(sheet, f"○ {item}", sheet.letters.plain, left_mm=2)
        case Figure():
            _picture(sheet, block)
        case DocumentTable():
            _table(sheet, block)
        case Collapsible() | Columns():
            for inner in block.blocks:
                _block(sheet, inner)


def _lines(sheet: _Sheet, block: DocumentTable | Figure) -> None:
    """Write the sources of a table or figure; a short document has them at its end."""
    if not sheet.is_short:
        _source(sheet, provenance_sentence(lines_of(block)))


def _source(sheet: _Sheet, lines: str) -> None:
    if lines:
        _paragraph(sheet, sheet.words("source_of_lines", lines=lines), sheet.letters.small, after=4)


def _picture(sheet: _Sheet, picture: Figure) -> None:
    wide, high = (25.4 * inches for inches in picture.inches)
    part = min(1.0, _TEXT_MM / wide)
    content = png_of(picture.draw, picture.inches)
    sheet.document.add_picture(content, "png", width_mm=wide * part, height_mm=high * part)
    _paragraph(sheet, picture.caption, sheet.letters.small, after=0)
    _lines(sheet, picture)


def _table(sheet: _Sheet, table: DocumentTable) -> None:
    _paragraph(sheet, table.caption, sheet.letters.strong, after=1)
    rows: list[tuple[list[TextLike], str]] = [([*table.columns], _HEAD), *_rows(table)]
    made = sheet.document.add_table(len(rows), len(table.columns), width=round(_TEXT_MM * _PER_MM))
    made.set_column_widths(widths(table))
    for y, (cells, shade) in enumerate(rows):
        for x, cell in enumerate(cells):
            made.set_cell_text(y, x, with_minus(str(cell)))
            letters = sheet.letters.cell_strong if shade else sheet.letters.cell
            for paragraph in made.cell(y, x).paragraphs:
                paragraph.char_pr_id_ref = letters
            if shade:
                made.set_cell_shading(y, x, shade)
        if len(cells) == 1 and len(table.columns) > 1:
            made.merge_cells(y, 0, y, len(table.columns) - 1)
    if table.note:
        _paragraph(sheet, table.note, sheet.letters.small)
    _lines(sheet, table)


def _rows(table: DocumentTable) -> list[tuple[list[TextLike], str]]:
    """Return the rows with their shade; the title of a group is a row of one cell."""
    found: list[tuple[list[TextLike], str]] = []
    for group in table.groups:
        found += [([group.title], _SHADE)] if group.title else []
        found += [(row, "") for row in group.rows]
    return found
