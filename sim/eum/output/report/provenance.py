"""Where numbers and figures come from: for the index provenance.json and the lines under tables and figures."""

import re
from collections.abc import Iterable, Iterator

import pandas as pd

from eum.output.report.document_model import DocumentBlock, DocumentTable, Figure, Section, each_block, texts_of
from eum.output.report.traced_text import LINE, TextLike, TracedSpan, TracedText


def marks_of(blocks: Iterable[DocumentBlock]) -> list[TracedSpan]:
    """Return the numbers of blocks in their order."""
    return [mark for block in each_block(blocks) for text in texts_of(block) for mark in _marks(text)]


def _marks(text: TextLike) -> list[TracedSpan]:
    return text.marks if isinstance(text, TracedText) else []


def lines_of_data(data: pd.DataFrame) -> list[str]:
    """Return the lines of stored tables that rows of a figure come from, in short: `['ladder:2-10', 'ladder:14']`."""
    columns = [column for column in data.columns if str(column).endswith(LINE)]
    return in_short(str(line) for column in columns for line in data[column].dropna())


def lines_of(block: DocumentTable | Figure) -> list[str]:
    """Return the lines of stored tables that a table or a figure comes from, in short."""
    return in_short(_each_line([block]))


def lines_of_all(sections: Iterable[Section]) -> list[str]:
    """Return the lines of stored tables that the tables and figures of sections come from, in short."""
    return in_short(_each_line(block for section in sections for block in each_block(section.blocks)))


def _each_line(blocks: Iterable[DocumentBlock]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Figure):
            columns = [column for column in block.data.columns if str(column).endswith(LINE)]
            yield from (str(line) for column in columns for line in block.data[column].dropna())
        elif isinstance(block, DocumentTable):
            yield from (origin.line for mark in marks_of([block]) for origin in mark.origins)


def in_short(lines: Iterable[str]) -> list[str]:
    """Return lines drawn together; `/5` means every fifth.

    `in_short(['a:2', 'a:3', 'b:7', 'b:12', 'b:17']) == ['a:2-3', 'b:7-17/5']`.
    """
    by_table: dict[str, set[int]] = {}
    for line in lines:
        table, _, number = line.rpartition(":")
        by_table.setdefault(table or line, set()).update([int(number)] if table else [])
    return [text for table in sorted(by_table) for text in _ranges(table, sorted(by_table[table]))]


def _ranges(table: str, numbers: list[int]) -> list[str]:
    """Return the lines of one table, rising, as few texts: `a:2-6`, or `a:2-12/5` for three or more at one distance."""
    if not numbers:
        return [table]
    texts, start = [], 0
    while start < len(numbers):
        end = _same_distance(numbers, start)
        step = numbers[end] - numbers[end - 1] if end > start else 1
        if step > 1 and end - start < 2:
            end = start
        last = f"-{numbers[end]}" if end > start else ""
        texts.append(f"{table}:{numbers[start]}{last}{f'/{step}' if end > start and step > 1 else ''}")
        start = end + 1
    return texts


def _same_distance(numbers: list[int], start: int) -> int:
    """Return the last position up to which numbers follow at the distance of the first two."""
    end = min(start + 1, len(numbers) - 1)
    while end + 1 < len(numbers) and numbers[end + 1] - numbers[end] == numbers[start + 1] - numbers[start]:
        end += 1
    return end


def provenance_sentence(lines: list[str]) -> str:
    """Return lines for people. `provenance_sentence(['a:2-3', 'a:9', 'study.json']) == 'a.csv 2-3, 9; study.json'`."""
    by_file: dict[str, list[str]] = {}
    for line in lines:
        table, _, numbers = line.partition(":")
        by_file.setdefault(table if not numbers else f"{table}.csv", []).extend([numbers] if numbers else [])
    return "; ".join(f"{name} {', '.join(numbers)}".strip() for name, numbers in by_file.items())


def told_of(sections: Iterable[Section]) -> dict[str, list]:
    """Return every number (as printed, its value, its cells) and figure (its lines) of a document's sections."""
    numbers, figures = [], []
    for section in sections:
        for mark in marks_of(section.blocks):
            cells = [str(origin) for origin in mark.origins]
            numbers.append({"section": section.key, "printed": mark.text, "value": mark.value, "from": cells})
        for block in each_block(section.blocks):
            if isinstance(block, Figure):
                figures.append({"section": section.key, "figure": block.name, "from": lines_of(block)})
    return {"numbers": numbers, "figures": figures}


def cell_of(origin: str) -> tuple[str, int, str]:
    """Return table, line and column of a cell written in one word. Raises ValueError for anything else."""
    found = re.fullmatch(r"(\w+):(\d+):(\w+)", origin)
    if found is None:
        raise ValueError(f"{origin}: expected table:line:column")
    return found[1], int(found[2]), found[3]
