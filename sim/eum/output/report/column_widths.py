"""How wide the columns of a printed table are: long cells get less than they ask for, no word is broken."""

import re

from eum.output.report.document_model import DocumentTable
from eum.output.report.traced_text import TextLike

_ROOM = 150
"""Latin letters that a line of a table of many columns holds; wider tables have smaller letters."""
_GAP = 2
"""Of each column, in letters: the space between it and the next."""
_LONGEST_WORD = 30
"""Longer words (addresses, hashes) are broken."""


def widths(table: DocumentTable) -> list[int]:
    """Return relative widths of a table's columns: by their longest cells, and room for every whole word."""
    columns = [_cells(table, n) for n in range(len(table.columns))]
    wanted = [_wanted(max([width_of(cells[0]) // 2, 7, *map(width_of, cells[1:])])) for cells in columns]
    least = [_GAP + max(map(_widest_word, cells)) for cells in columns]
    share = _ROOM / max(sum(wanted), 1)
    for _ in range(len(columns)):
        given = [max(needs, share * wish) for needs, wish in zip(least, wanted, strict=True)]
        free = [wish for needs, wish in zip(least, wanted, strict=True) if share * wish > needs]
        if sum(given) <= _ROOM or not free:
            break
        held = sum(needs for needs, wish in zip(least, wanted, strict=True) if share * wish <= needs)
        share = max(_ROOM - held, 0) / sum(free)
    return [round(10 * width) for width in given]


def width_of(text: TextLike) -> int:
    """Return the width of text in Latin letters; Korean ones are twice as wide."""
    return sum(2 if ord(letter) > 0x1100 else 1 for letter in str(text))


def _cells(table: DocumentTable, column: int) -> list[TextLike]:
    """Return a column's name and its cells."""
    return [table.columns[column], *(row[column] for group in table.groups for row in group.rows)]


def _wanted(width: int) -> int:
    return width if width <= 12 else 12 + min(width - 12, 50) * 2 // 5


def _widest_word(text: TextLike) -> int:
    words = (width_of(word) for word in re.split(r"[\s/·]+", str(text)))
    return max((width for width in words if width <= _LONGEST_WORD), default=0)
