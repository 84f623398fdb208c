"""Documents as PDF: figures as vectors, shipped fonts embedded, no date: the same study gives the same bytes."""

from importlib import resources

import typst

from sim.errors import InputError
from sim.report.documents import Document
from sim.report.page import Beside, Block, Bullets, Folded, Heading, Picture, Section, Table, Text
from sim.report.provenance import in_words, lines_of
from sim.report.told import Said
from sim.report.words import Words

_BREAK_AFTER = "/-_.?&=:;,"
_LONG_NAME, _LONG = 14, 24
"""Letters from which a word without spaces (an address, a hash) may be broken."""


def pdf_of(document: Document) -> bytes:
    """Return a document as PDF; the same document gives the same bytes."""
    pictures = {f"{picture.name}.svg": picture.svg.encode() for picture in document.pictures}
    template = (resources.files("sim.report") / "templates" / "report.typ").read_bytes()
    files = {"main.typ": _main(document).encode(), "report.typ": template, **pictures}
    folder = str(resources.files("sim.report") / "fonts")
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
    try:
        content = typst.compile(  # type: ignore[call-overload]  # its hints do not know files by name
            files, font_paths=fonts, ignore_system_fonts=True, format="pdf", timestamp=0
        )
    except typst.TypstError as error:
        raise InputError(f"{document.file('pdf')}: {' '.join(str(error).split())}") from None
    assert isinstance(content, bytes)
    return content


def quoted(text: Said) -> str:
    """Return text as a string of Typst; long words may break at their signs."""
    words = (_breakable(word) for word in str(text).split(" "))
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


def _main(document: Document) -> str:
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
    limit = document.definition.pages_at_most or 0
    parts = [_section(section, words) for section in document.sections]
    head = f'#import "report.typ": *\n#show: report.with({given}, pages-at-most: {limit})\n'
    return head + "\n".join(parts)


def _section(section: Section, words: Words) -> str:
    return f"#heading(level: 1, {quoted(section.heading)})\n{_blocks(section.blocks, words)}"


def _blocks(blocks: list, words: Words) -> str:
    return "\n".join(_block(block, words) for block in blocks)


def _block(block: Block, words: Words) -> str:
    match block:
        case Text():
            return f"#{'lead' if block.strong else 'plain'}({quoted(block.text)})"
        case Heading():
            return f"#heading(level: 2, {quoted(block.text)})"
        case Bullets():
            return f"#bullets({_listed(map(quoted, block.items))})"
        case Picture():
            width = f"{block.inches[0]}in"
            return f'#drawing("{block.name}.svg", {quoted(block.caption)}, {width}, {_lines(block, words)})'
        case Table():
            return _table(block, words)
        case Folded():
            return f"#folded({quoted(block.summary)})[\n{_blocks(block.blocks, words)}\n]"
        case Beside():
            cells = ", ".join(f"[\n{_blocks([inner], words)}\n]" for inner in block.blocks)
            return f"#{_beside(block)}({block.n_columns}, {cells})"


def _beside(block: Beside) -> str:
    """Return how blocks stand: tables of many columns under their figure, all else side by side."""
    wide = any(isinstance(inner, Table) and len(inner.columns) > 3 for inner in block.blocks)
    return "below" if wide else "beside"


def _lines(block: Table | Picture, words: Words) -> str:
    lines = in_words(lines_of(block))
    return quoted(words("source_of_lines", lines=lines) if lines else "")


def _listed(items: "map[str] | list[str]") -> str:
    return "(" + "".join(f"{item}, " for item in items) + ")"


def _table(table: Table, words: Words) -> str:
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
        "lines": _lines(table, words),
    }
    return "#listing(" + ", ".join(f"{name}: {value}" for name, value in given.items()) + ")"


def widths(table: Table) -> list[int]:
    """Return relative widths of a table's columns, by their longest cells within limits."""
    rows = [row for group in table.groups for row in group.rows]
    return [
        _share(max([_width(table.columns[n]) // 2, 7, *(_width(row[n]) for row in rows)]))
        for n in range(len(table.columns))
    ]


def _share(width: int) -> int:
    """Return the share of a table that a width asks for: long cells can break, so they get less than they ask for."""
    return width if width <= 12 else 12 + min(width - 12, 50) * 2 // 5


def _width(text: Said) -> int:
    """Return the width of text in Latin letters; Korean ones are twice as wide."""
    return sum(2 if ord(letter) > 0x1100 else 1 for letter in str(text))
