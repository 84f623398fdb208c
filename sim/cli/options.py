"""The command itself, and the options and progress that its verbs share."""

import datetime
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    import pandas as pd

    from sim.study.many import Many

CORES = os.cpu_count() or 1

app = typer.Typer(no_args_is_help=True, add_completion=False, help="An open simulator of city local-currency policy.")

Scale = Annotated[float, typer.Option(help="Share of residents simulated; 1 is one to one.")]
Seed = Annotated[int, typer.Option(help="Seed of every draw; the same seed gives the same bytes.")]
Threads = Annotated[int, typer.Option(help="Threads; results do not depend on their number.", min=1)]
Workers = Annotated[
    int, typer.Option(help="Processes that run units side by side; results do not depend on it.", min=1)
]
Cluster = Annotated[
    str, typer.Option(help="Address of a Dask scheduler whose workers run the units (tcp://host:8786).")
]
Until = Annotated[
    float | None,
    typer.Option(
        "--until-halfwidth",
        help="Add seeds in batches until half of the 90 % interval (of the difference between the policies, or of the "
        "only one) is at most this: won per 100 won of fiscal cost.",
    ),
]
Rung = Annotated[str, typer.Option(help="Definition of the multiplier that --until-halfwidth is about.")]
Most = Annotated[int, typer.Option(help="Seeds after which --until-halfwidth gives up.")]
Family = Annotated[str, typer.Option(help="Family of evidence: survey, causal or iri2019.")]
Families = Annotated[str, typer.Option(help="all, or families of evidence joined by commas; shown apart, never mixed.")]
RelativeTo = Annotated[
    str,
    typer.Option(help="Policy that the others are compared with, by name or file; default: the first of several."),
]
CountedFrom = Annotated[
    str,
    typer.Option("--relative-to", help="Policy whose figures are taken off, draw by draw, as the city's programme."),
]
Beyond = Annotated[str, typer.Option("--beyond", hidden=True, help="Old name of --relative-to.")]
Full = Annotated[bool, typer.Option("--full", help="Show every table, not only what the change costs and does.")]
Out = Annotated[Path | None, typer.Option(help="Folder of the result.")]
Replace = Annotated[bool, typer.Option("--replace", help="Replace a result of the same name.")]
Without = Annotated[list[str] | None, typer.Option(help="A mechanism to switch off (may be given more than once).")]
Days = Annotated[str, typer.Option(help="First and last day.")]

_console = Console(stderr=True)


def read_mesa() -> None:
    """Import Mesa before the other libraries of a run.

    Mesa looks for the source of everybody who stands above while it is imported: the more callers and modules there
    are by then, the longer it takes (up to a tenth of the time until the first day).
    """
    import mesa  # noqa: F401


def progress_bar() -> Progress:
    """Return a progress display with time left, written beside the results."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, TextColumn("left"), TimeRemainingColumn(), console=_console)


@contextmanager
def many_beside(out: Path, title: str, workers: int, cluster: str) -> "Iterator[Many]":
    """Give a way to run many, with its progress; what it keeps lies beside `out` until all is done."""
    from sim.study.many import Many
    from sim.study.store import partial_folder

    kept = partial_folder(out)
    with progress_bar() as progress:
        task = progress.add_task(title, total=None)

        def show(n_done: int, n: int) -> None:
            progress.update(task, completed=n_done, total=n)

        with Many(kept, workers, cluster, show) as many:
            yield many
    shutil.rmtree(kept, ignore_errors=True)


def write_csv(rows: "pd.DataFrame", out: Path) -> None:
    """Write a measured table, six digits."""
    out.parent.mkdir(parents=True, exist_ok=True)
    rows.to_csv(out, index=False, float_format="%.6g", lineterminator="\n")


def period(text: str) -> tuple[datetime.date, datetime.date]:
    """Return two days written like 2020-01-01..2020-06-30. Raises InputError for anything else."""
    try:
        start, end = (datetime.date.fromisoformat(part) for part in text.split(".."))
    except ValueError:
        raise InputError(f"--days: {text}: expected two days like 2020-01-01..2020-06-30") from None
    if end <= start:
        raise InputError(f"--days: {text}: expected the last day after the first")
    return start, end


def counted_from(relative_to: str, beyond: str) -> str:
    """Return the policy of --relative-to, under its old name too. Raises InputError where both are given."""
    if not beyond:
        return relative_to
    if relative_to != "none":
        raise InputError(f"--beyond: {beyond}: expected --relative-to alone, its new name")
    _console.print("--beyond is called --relative-to now; taken as that.")
    return beyond
