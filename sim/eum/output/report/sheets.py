"""How a sheet of the workbook is written: text as text, widths from what cells show, and a set-up for printing."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from eum.extras import extra
from eum.spreadsheets import literal_text

with extra("report"):
    from openpyxl import Workbook  # type: ignore[import-untyped]
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell  # type: ignore[import-untyped]
    from openpyxl.styles import Alignment, Font, PatternFill  # type: ignore[import-untyped]
    from openpyxl.utils import get_column_letter as letter  # type: ignore[import-untyped]
    from openpyxl.worksheet.properties import PageSetupProperties  # type: ignore[import-untyped]
    from openpyxl.worksheet.worksheet import Worksheet  # type: ignore[import-untyped]

WON, SHARE, RATIO, FLAG = "#,##0", "0.0%", "#,##0.0", "0"
"""Number formats: amounts, shares of one (shown in percent), won per 100 won, 1 or 0."""
_INPUT = PatternFill("solid", fgColor="FFFFF2CC")
_HEAD = PatternFill("solid", fgColor="FFE3E1DA")
_BOLD, _TITLE = Font(name="Calibri", bold=True), Font(name="Calibri", bold=True, size=14)
_TEXT = Alignment(horizontal="left", wrap_text=True, vertical="top", indent=1)
_NUMBER = Alignment(vertical="top")
_NUMBER_NAME = Alignment(horizontal="right", wrap_text=True, vertical="top")
_NARROWEST, _WIDEST, _MARGIN = 10, 40, 2.5
"""Widths of columns in letters; text that is longer than the widest goes on in a second line."""
_LINE_POINTS = 15
_READ_ME_WIDTH = 80
"""Of a single column, which must not be wider than a page: a spreadsheet shrinks pages only between columns."""
_A4, _INCHES = 9, 0.4


class Input(NamedTuple):
    """A value from the stored runs, or one for the reader to choose."""

    value: float
    form: str


class Formula(NamedTuple):
    """A formula, and what it comes to with the inputs as stored."""

    text: str
    value: float
    form: str


SheetContent = str | Input | Formula
SheetLine = list[SheetContent]


class Sheet(NamedTuple):
    """A sheet: its title, the columns' names, the lines below them, and a note under the table."""

    title: str
    head: list[str]
    lines: list[SheetLine]
    note: str = ""
    filtered: bool = True
    """True where readers may want to choose lines by what a column holds."""


def add_text_sheet(book: Workbook, title: str, heading: str, paragraphs: list[str]) -> None:
    """Add a sheet of one heading and the paragraphs below it."""
    sheet = book.create_sheet(title)
    sheet.column_dimensions["A"].width = _READ_ME_WIDTH
    for number, text in enumerate([heading, *paragraphs], start=1):
        _write_text(sheet.cell(number, 1), text)
        _make_room(sheet, number, [text], [_READ_ME_WIDTH])
    sheet["A1"].font = _TITLE
    sheet.row_dimensions[1].height = 1.4 * _LINE_POINTS * _n_lines(heading, _READ_ME_WIDTH / 1.4)
    _set_up_printing(sheet, landscape=False)


def add_sheet(book: Workbook, made: Sheet) -> None:
    """Add a sheet as a table that can be read, filtered and printed as it opens."""
    sheet = book.create_sheet(made.title)
    widths = [_width([made.head[x], *(line[x] for line in made.lines if x < len(line))]) for x in range(len(made.head))]
    for x, width in enumerate(widths, start=1):
        sheet.column_dimensions[letter(x)].width = width
    _write_head(sheet, made)
    _make_room(sheet, 1, made.head, widths)
    for y, line in enumerate(made.lines, start=2):
        for x, content in enumerate(line, start=1):
            _write(sheet.cell(y, x), content)
        _make_room(sheet, y, line, widths)
    last = f"{letter(len(widths))}{1 + len(made.lines)}"
    if made.filtered:
        sheet.auto_filter.ref = f"A1:{last}"
    if made.note:
        _write_note(sheet, made, sum(widths))
    sheet.freeze_panes = "A2"
    _set_up_printing(sheet, landscape=True)
    sheet.print_title_rows = "1:1"


def values_of_formulas(sheet: Sheet) -> dict[str, float]:
    """Return what the formulas of a sheet come to, by cell."""
    return {
        f"{letter(x)}{y}": content.value
        for y, line in enumerate(sheet.lines, start=2)
        for x, content in enumerate(line, start=1)
        if isinstance(content, Formula)
    }


def writable_text(text: str) -> str:
    """Return text without the control characters that XML cannot hold; each becomes U+FFFD."""
    return str(ILLEGAL_CHARACTERS_RE.sub("\ufffd", text))


def _write(cell: Cell, content: SheetContent) -> None:
    if isinstance(content, str):
        _write_text(cell, content)
        return
    cell.value = content.value if isinstance(content, Input) else content.text
    cell.number_format, cell.alignment = content.form, _NUMBER
    if isinstance(content, Input):
        cell.fill = _INPUT


def _write_text(cell: Cell, text: str) -> None:
    """Write text that stays text, whatever it begins with; it also stays so when somebody edits the cell."""
    plain = writable_text(text)
    cell.value = plain or None
    if plain:
        cell.data_type = "s"
    cell.alignment, cell.quotePrefix = _TEXT, literal_text(plain) != plain


def _write_head(sheet: Worksheet, made: Sheet) -> None:
    """Write the columns' names, those of numbers to the right as the numbers stand."""
    for x, name in enumerate(made.head):
        cell = sheet.cell(1, x + 1)
        _write_text(cell, name)
        cell.fill, cell.font = _HEAD, _BOLD
        if any(not isinstance(line[x], str) for line in made.lines):
            cell.alignment = _NUMBER_NAME


def _write_note(sheet: Worksheet, made: Sheet, width: float) -> None:
    row = 3 + len(made.lines)
    _write_text(sheet.cell(row, 1), made.note)
    sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(made.head))
    sheet.row_dimensions[row].height = _LINE_POINTS * _n_lines(made.note, width)


def _set_up_printing(sheet: Worksheet, landscape: bool) -> None:
    """Set A4, one page wide and as long as it takes, with the sheet's name and the number of the page."""
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page = sheet.page_setup
    page.paperSize, page.orientation = _A4, "landscape" if landscape else "portrait"
    page.fitToWidth, page.fitToHeight = 1, 0
    for side in ("left", "right", "top", "bottom"):
        setattr(sheet.page_margins, side, _INCHES if side in ("left", "right") else 1.6 * _INCHES)
    sheet.page_margins.footer = 0.3
    sheet.oddFooter.left.text, sheet.oddFooter.right.text = "&A", "&P / &N"
    sheet.print_area = sheet.dimensions


def _shown(content: SheetContent) -> str:
    """Return what a cell shows."""
    if isinstance(content, str):
        return content
    digits = len(content.form.partition(".")[2].rstrip("%"))
    if content.form.endswith("%"):
        return f"{content.value:.{digits}%}"
    return f"{content.value:,.{digits}f}"


def _width(contents: list[SheetContent]) -> float:
    """Return the width of a column, its name first: room for every number and whole words of the name.

    The longest text decides up to a limit; numbers always fit, with room for a sign and a digit more.
    """
    name, *cells = contents
    texts = [_letters(content) for content in cells if isinstance(content, str)]
    numbers = [1 + len(_shown(content)) for content in cells if not isinstance(content, str)]
    words = [_letters(word) for word in str(name).split()]
    return _MARGIN + max(min(max(texts, default=0), _WIDEST), *words, *numbers, _NARROWEST)


def _make_room(sheet: Worksheet, row: int, line: Sequence[SheetContent], widths: Sequence[float]) -> None:
    """Make a row as high as its longest text needs; not every spreadsheet does so by itself."""
    texts = [(content, width) for content, width in zip(line, widths, strict=False) if isinstance(content, str)]
    most = max((_n_lines(text, width) for text, width in texts), default=1)
    if most > 1:
        sheet.row_dimensions[row].height = _LINE_POINTS * most


def _n_lines(text: str, width: float) -> int:
    """Return how many lines a text takes in a column: words stay whole where they fit."""
    room, lines, used = width - 1.5, 1, 0.0
    for word in text.split():
        wide = _letters(word)
        if used and used + 1 + wide > room:
            lines, used = lines + 1, 0.0
        lines += max(0, math.ceil(wide / room) - 1)
        used += bool(used) + (wide if wide <= room else wide % room)
    return lines


def _letters(text: str) -> float:
    """Return the width of text in digits; Korean letters are nearly twice as wide."""
    return sum(1.8 if ord(sign) > 0x1100 else 0.95 for sign in text)
