"""What commands print: tables, lines and stories for people, in the language chosen, and records for machines.

No word is taken for markup, no number is broken in two.
"""

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from eum.cli.language import in_words

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

_WIDEST = 10_000


def print_table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], numbers: Iterable[str] = (), caption: str = ""
) -> None:
    """Print a table; the columns of `numbers` stand at the right, a line with nothing but a heading is bold.

    Where it does not go to a terminal it is as wide as its widest row. On a terminal too narrow for its longest words
    it is printed as a list, a line for each cell.
    """
    from rich.console import Console
    from rich.measure import Measurement
    from rich.text import Text

    title, caption, names = in_words(title), in_words(caption), [in_words(name) for name in columns]
    numbers = {in_words(name) for name in numbers}
    console, cells = Console(), [[in_words(str(cell)) for cell in row] for row in rows]
    table = _table(title, names, cells, frozenset(numbers))
    table.caption = Text(caption) if caption else None
    widths = Measurement.get(console, console.options.update(max_width=_WIDEST), table)
    given = console.width if console.is_terminal else max(console.width, widths.maximum)
    if widths.minimum <= given:
        Console(width=given).print(table)
        return
    print(title)
    for row in cells:
        print("\n".join(f"{'- ' if i == 0 else '  '}{names[i]}: {cell}" for i, cell in enumerate(row) if cell))
    print(*filter(None, [caption]), sep="\n")


def _table(title: str, columns: Sequence[str], cells: list[list[str]], numbers: frozenset[str]) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title))
    for name in columns:
        is_number = name in numbers
        table.add_column(Text(name), justify="right" if is_number else "left", no_wrap=is_number)
    for row in cells:
        table.add_row(*map(Text, row), style=None if any(row[1:]) else "bold")
    return table


def print_frame(title: str, rows: "pd.DataFrame", caption: str = "") -> None:
    """Print a table of numbers, each with four digits."""
    from pandas.api.types import is_numeric_dtype

    names = list(map(str, rows.columns))
    cells = [list(map(_number, row)) for row in rows.itertuples(index=False, name=None)]
    print_table(title, names, cells, [name for name in names if is_numeric_dtype(rows[name])], caption)


def _number(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    if math.isnan(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def say(*lines: str) -> None:
    """Print lines in the language chosen."""
    for line in lines:
        print(in_words(line), flush=True)


STORY_WIDTH = 80
"""Columns of the screen that a story fills at most."""


def print_story(text: str, indent: int = 0) -> None:
    """Print a paragraph of at most 80 columns; lines after the first are indented by four columns more."""
    from rich.console import Console
    from rich.text import Text

    console = Console(width=STORY_WIDTH, color_system=None)
    lines = Text(in_words(text)).wrap(console, STORY_WIDTH - indent - 4)
    for i, line in enumerate(lines):
        print(" " * (indent + (4 if i else 0)) + line.plain.rstrip())


def next_step(command: str) -> None:
    """Name, on the error output, the command that comes next after the one that has ended."""
    print(in_words(f"Next: {command}"), file=sys.stderr, flush=True)


def print_json(tables: "Mapping[str, pd.DataFrame]", **more: object) -> None:
    """Print tables as one JSON object: a list of records for each by its name, then what else is named.

    Numbers stand as in the tables, in won and unrounded; what is not a finite number is null, a date is ISO text.
    """
    records = {name: [_plain(row) for row in rows.to_dict("records")] for name, rows in tables.items()}
    print(json.dumps({**records, **more}, ensure_ascii=False, indent=1, default=str))


def _plain(row: "Mapping[object, object]") -> dict[str, object]:
    return {str(name): _value(value) for name, value in row.items()}


def _value(value: object) -> object:
    import pandas as pd

    if not isinstance(value, list | tuple | dict) and pd.isna(value):  # type: ignore[call-overload]
        return None
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value
