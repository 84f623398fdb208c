"""Tables printed for people to read: no word is taken for markup, no number is broken in two."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

_WIDEST = 10_000


def print_table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], numbers: Iterable[str] = (), caption: str = ""
) -> None:
    """Print a table; the columns of `numbers` stand at the right, a line with nothing but a heading is bold.

    Where it does not go to a terminal it is as wide as its widest row. On a terminal too narrow for its longest words
    it is printed as a list, a line for each cell.
    """
    console, cells = Console(), [[str(cell) for cell in row] for row in rows]
    table = _table(title, columns, cells, frozenset(numbers))
    table.caption = Text(caption) if caption else None
    widths = Measurement.get(console, console.options.update(max_width=_WIDEST), table)
    given = console.width if console.is_terminal else max(console.width, widths.maximum)
    if widths.minimum <= given:
        Console(width=given).print(table)
        return
    print(title)
    for row in cells:
        print("\n".join(f"{'- ' if i == 0 else '  '}{columns[i]}: {cell}" for i, cell in enumerate(row) if cell))
    print(*filter(None, [caption]), sep="\n")


def _table(title: str, columns: Sequence[str], cells: list[list[str]], numbers: frozenset[str]) -> Table:
    table = Table(title=Text(title))
    for name in columns:
        is_number = name in numbers
        table.add_column(Text(name), justify="right" if is_number else "left", no_wrap=is_number)
    for row in cells:
        table.add_row(*map(Text, row), style=None if any(row[1:]) else "bold")
    return table
