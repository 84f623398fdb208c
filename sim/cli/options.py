"""The command itself, and the options and progress that its verbs share."""

import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from sim.errors import InputError

app = typer.Typer(no_args_is_help=True, add_completion=False, help="An open simulator of city local-currency policy.")

Scale = Annotated[float, typer.Option(help="Share of residents simulated; 1 is one to one.")]
Seed = Annotated[int, typer.Option(help="Seed of every draw; the same seed gives the same bytes.")]
Threads = Annotated[int, typer.Option(help="Threads; results do not depend on their number.", min=1)]
Family = Annotated[str, typer.Option(help="Family of evidence: survey, causal or iri2019.")]
Out = Annotated[Path | None, typer.Option(help="Folder of the result.")]
Replace = Annotated[bool, typer.Option("--replace", help="Replace a result of the same name.")]
Without = Annotated[list[str] | None, typer.Option(help="A mechanism to switch off (may be given more than once).")]
Days = Annotated[str, typer.Option(help="First and last day.")]

_console = Console(stderr=True)


def progress_bar() -> Progress:
    """Return a progress display with time left, written beside the results."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, TextColumn("left"), TimeRemainingColumn(), console=_console)


def period(text: str) -> tuple[datetime.date, datetime.date]:
    """Return two days written like 2020-01-01..2020-06-30. Raises InputError for anything else."""
    try:
        start, end = (datetime.date.fromisoformat(part) for part in text.split(".."))
    except ValueError:
        raise InputError(f"--days: {text}: expected two days like 2020-01-01..2020-06-30") from None
    if end <= start:
        raise InputError(f"--days: {text}: expected the last day after the first")
    return start, end
