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

from eum import __version__
from eum.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from eum.runner.tasks import Many

CORES = os.cpu_count() or 1
LARGEST_SEED = 2**62
"""Leaves room, in 64 bits, for the seeds that are counted on from the one given."""

# Help is plain text: in markup, a word in brackets such as "[variables]" would be taken for a style and vanish.
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="An open simulator of city local-currency policy.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"eum {__version__}")
        raise typer.Exit


@app.callback()
def eum(
    version: Annotated[
        bool, typer.Option("--version", help="Say which version this is.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """An open simulator of city local-currency policy."""


def _share(scale: float | None) -> float | None:
    if scale is not None and not 0 < scale <= 1:
        raise InputError(f"--scale: {scale}: expected a share of residents above 0 and up to 1")
    return scale


def _read_data_from(context: typer.Context, folder: Path | None) -> Path | None:
    """Read the data of a city from a folder until the command of this context ends."""
    if folder is not None:
        from eum.city.data import data_from

        context.with_resource(data_from(folder))
    return folder


def place(path: Path | None) -> Path | None:
    """Return where a result shall be written. Raises InputError, before any work, where nothing can be."""
    if path is not None:
        from eum.runner.results_store import require_place

        require_place(path)
    return path


def _file(parameter: typer.CallbackParam, path: Path | None) -> Path | None:
    """Return a file to write in a folder that is there. Raises InputError, before any work, where it cannot be."""
    if path is not None and not path.parent.is_dir():
        name = parameter.opts[0]
        raise InputError(f"{name}: {path}: no such folder; expected a file in one that exists")
    if path is not None and path.is_dir():
        raise InputError(f"{parameter.opts[0]}: {path}: is a folder; expected a file")
    return place(path)


Scale = Annotated[float, typer.Option(help="Share of residents simulated; 1 is one to one.", callback=_share)]
Seed = Annotated[
    int, typer.Option(help="Seed of every draw; the same seed gives the same bytes.", min=0, max=LARGEST_SEED)
]
Data = Annotated[
    Path | None,
    typer.Option(
        help="Folder with the data of a city (default: those of eum). Policies by name stay those of eum.",
        callback=_read_data_from,
    ),
]
"""Takes effect by itself: `eum.city.data.load_package` then reads that folder, until the command ends."""
Threads = Annotated[int, typer.Option(help="Threads; results do not depend on their number.", min=1)]
Workers = Annotated[
    int, typer.Option(help="Processes that run units side by side; results do not depend on it.", min=1)
]
Cluster = Annotated[
    str, typer.Option(help="Address of a Dask scheduler whose workers run the units (tcp://host:8786).")
]
Port = Annotated[
    int, typer.Option(help="Port of this machine to serve the page on; 0 is any free one.", min=0, max=65535)
]
Seeds = Annotated[int, typer.Option(help="Seeds to average over.", min=1)]
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
Out = Annotated[Path | None, typer.Option(help="Folder of the result.", callback=place)]
OutFile = Annotated[Path, typer.Option(help="File to write.", callback=place)]
OutFolder = Annotated[Path, typer.Option(help="Folder of the table, the page and the figure.", callback=place)]
TableFile = Annotated[Path | None, typer.Option(help="File to write the table to (CSV), in won.", callback=_file)]
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
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, TextColumn("left"), TimeRemainingColumn(), console=_console)


@contextmanager
def many_beside(out: Path, title: str, workers: int, cluster: str) -> "Iterator[Many]":
    """Give a way to run many, with its progress; what it keeps lies beside `out` until all is done."""
    from eum.runner.results_store import partial_folder
    from eum.runner.tasks import Many

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
    if end < start:
        raise InputError(f"--days: {text}: expected the last day after the first, or the same")
    return start, end


def window(start: str, end: str) -> tuple[datetime.date, datetime.date]:
    """Return two days given as two arguments. Raises InputError for anything else than days in their order."""
    days = []
    for name, text in (("START", start), ("END", end)):
        try:
            days.append(datetime.date.fromisoformat(text))
        except ValueError:
            raise InputError(f"{name}: {text}: expected a day like 2020-06-30") from None
    if days[1] < days[0]:
        raise InputError(f"END: {end}: expected the last day after the first ({start}), or the same")
    return days[0], days[1]


def counted_from(relative_to: str, beyond: str) -> str:
    """Return the policy of --relative-to, under its old name too. Raises InputError where both are given."""
    if not beyond:
        return relative_to
    if relative_to != "none":
        raise InputError(f"--beyond: {beyond}: expected --relative-to alone, its new name")
    _console.print("--beyond is called --relative-to now; taken as that.")
    return beyond
