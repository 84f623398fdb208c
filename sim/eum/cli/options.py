"""The options and the progress that commands share."""

import datetime
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from eum.artifacts import write_whole
from eum.cli.language import in_language, in_words, translator
from eum.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from rich.progress import Progress
    from rich.progress import Task as BarTask

    from eum.runner.tasks import TaskRunner

CORES = os.cpu_count() or 1
MOST_THREADS, MOST_WORKERS, MOST_SEEDS, MOST_DRAWS, MOST_DAYS = 1024, 512, 100_000, 100_000, 3660
"""Far above what anybody runs: a slip of the finger is told at once, not after the memory is full."""
LARGEST_SEED = 2**62
"""Leaves room, in 64 bits, for the seeds that are counted on from the one given."""


def scale_share(scale: float | None) -> float | None:
    """Return a share of residents. Raises InputError outside of 0 to 1."""
    if scale is not None and not 0 < scale <= 1:
        raise InputError(f"--scale: {scale}: expected a share of residents above 0 and up to 1")
    return scale


def _read_data_from(context: typer.Context, folder: Path | None) -> Path | None:
    """Read the data of a city from a folder until the command of this context ends."""
    if folder is not None:
        from eum.city.data import data_from

        context.with_resource(data_from(folder))
    return folder


def _period(context: typer.Context, text: str | None) -> str | None:
    """Make two days written like 2020-01-01..2020-06-30 the defaults of --start and --end."""
    if text is None:
        return None
    start, dots, end = text.partition("..")
    if not dots:
        raise InputError(f"--period: {text}: expected two days like 2020-01-01..2020-06-30")
    window(start, end, ("--period", "--period"))
    context.default_map = {**(context.default_map or {}), "start": start, "end": end}
    return text


def place(path: Path | None) -> Path | None:
    """Return where a result shall be written. Raises InputError, before any work, where nothing can be."""
    if path is not None:
        from eum.runner.results_store import require_place

        if path.exists() and not path.is_file() and not path.is_dir():
            raise InputError(f"{path}: is a device or a pipe; expected a file or a folder")
        if path.is_symlink() and path.is_dir():
            raise InputError(f"{path}: is a link to a folder; expected its own name, {path.resolve()}")
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


class ParameterSource(StrEnum):
    """Where fitted parameters come from (`eum.calibration.fitted.PARAMETER_SOURCES`)."""

    POSTERIOR = "posterior"
    PRIOR = "prior"


PolicyArgument = Annotated[str, typer.Argument(help="Policy by name or file.")]
PoliciesArgument = Annotated[list[str], typer.Argument(help="Policies by name or file.")]
Scale = Annotated[float, typer.Option(help="Share of residents simulated; 1 is all of them.", callback=scale_share)]
Seed = Annotated[
    int, typer.Option(help="Seed of all random numbers; the same seed gives the same bytes.", min=0, max=LARGEST_SEED)
]
Data = Annotated[
    Path | None,
    typer.Option(
        help="Folder with the data of a city (default: those of eum). Policies by name stay those of eum.",
        callback=_read_data_from,
    ),
]
"""Takes effect by itself: `eum.city.data.load_city_data` then reads that folder, until the command ends."""
Lang = Annotated[
    str | None,
    typer.Option(help="Language of what is printed: en or ko (default: EUM_LANG, or en).", callback=in_language),
]
"""Takes effect by itself, until the command ends."""
Json = Annotated[bool, typer.Option("--json", help="Print records in JSON, in won and with codes, and nothing else.")]
Threads = Annotated[int, typer.Option(help="Threads; results do not depend on their number.", min=1, max=MOST_THREADS)]
Workers = Annotated[
    int, typer.Option(help="Processes that run tasks; results do not depend on their number.", min=1, max=MOST_WORKERS)
]
Cluster = Annotated[
    str, typer.Option(help="Address of a Dask scheduler whose workers run the tasks (tcp://host:8786).")
]
Port = Annotated[
    int, typer.Option(help="Port of this machine to serve the page on; 0 is any free one.", min=0, max=65535)
]
Seeds = Annotated[int, typer.Option(help="Seeds to average over.", min=1, max=MOST_SEEDS)]
Precision = Annotated[
    float | None,
    typer.Option(
        "--precision",
        help="Add seeds in batches until half of the 90 % interval (of the difference between the policies, or of the "
        "only one) is at most this: won per 100 won of fiscal cost.",
    ),
]
Effect = Annotated[str, typer.Option(help="Definition of the effect that --precision is about.")]
MaxSeeds = Annotated[int, typer.Option(help="Seeds after which --precision gives up.", max=MOST_SEEDS)]
Family = Annotated[str, typer.Option("--evidence", help="Family of evidence: survey, causal or iri2019.")]
FamiliesOption = Annotated[
    str,
    typer.Option("--evidence", help="all, or families of evidence joined by commas; side by side, never averaged."),
]
ParametersFrom = Annotated[
    ParameterSource,
    typer.Option(
        "--parameters",
        help="posterior: fitted to the record. prior: from their priors, for a prior-predictive answer.",
    ),
]
RelativeTo = Annotated[
    str,
    typer.Option(help="Policy that the others are compared with, by name or file; default: the first of several."),
]
CountedFrom = Annotated[
    str,
    typer.Option("--relative-to", help="Policy whose figures are subtracted, on the same random numbers."),
]
Full = Annotated[bool, typer.Option("--full", help="Print every table, not only costs and effects of the change.")]
Out = Annotated[Path | None, typer.Option(help="Folder of the result.", callback=place)]
OutFile = Annotated[Path, typer.Option(help="File to write.", callback=place)]
OutFolder = Annotated[Path, typer.Option(help="Folder of the table, the page and the figure.", callback=place)]
TableFile = Annotated[Path | None, typer.Option(help="File to write the table to (CSV), in won.", callback=_file)]
Replace = Annotated[bool, typer.Option("--replace", help="Replace a result of the same name.")]
Disable = Annotated[
    list[str] | None, typer.Option("--disable", help="A mechanism to switch off (may be given more than once).")
]
Errors = Annotated[Path | None, typer.Option(help="Table of the errors of expectation (default: the one of eum).")]
Start = Annotated[str, typer.Option(help="First day, as 2020-01-01.")]
End = Annotated[str, typer.Option(help="Last day, as 2020-06-30.")]
Period = Annotated[
    str | None,
    typer.Option(
        "--period",
        "--days",
        help="First and last day at once, as 2020-01-01..2020-06-30.",
        callback=_period,
        is_eager=True,
    ),
]
"""Takes effect by itself: it is what --start and --end are where these are not given."""
START, END = "2020-01-01", "2020-06-30"
"""Days that are run where no others are requested."""


def read_mesa() -> None:
    """Import Mesa before the other libraries of a run.

    Mesa looks for the source of everybody who stands above while it is imported: the more callers and modules there
    are by then, the longer it takes (up to a tenth of the time until the first day).
    """
    import mesa  # noqa: F401


class _Description:
    """The format of a column of a progress display: what each task does, in the language chosen when it was made.

    A thread of the display asks for it, so the language is kept.
    """

    def __init__(self) -> None:
        self._words = translator()

    def format(self, task: "BarTask") -> str:
        """Return what a task does."""
        return self._words(task.description)


def progress_bar() -> "Progress":
    """Return a progress display with time left, on the error output, in the language chosen."""
    # Read here: help and refusals do without, and reading it takes longer than they do.
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    does = TextColumn(cast(str, _Description()), markup=False)
    columns = (does, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, TextColumn(in_words("left")), TimeRemainingColumn(), console=Console(stderr=True))


@contextmanager
def many_in(folder: Path, title: str, workers: int, cluster: str) -> "Iterator[TaskRunner]":
    """Give a way to run many, with its progress; what it keeps stays in `folder`."""
    from eum.runner.tasks import TaskRunner

    with progress_bar() as progress:
        task = progress.add_task(title, total=None)

        def show(n_done: int, n: int) -> None:
            progress.update(task, completed=n_done, total=n)

        with TaskRunner(folder, workers, cluster, show) as many:
            yield many


@contextmanager
def many_beside(out: Path, title: str, workers: int, cluster: str) -> "Iterator[TaskRunner]":
    """Give a way to run many, with its progress; what it keeps lies beside `out` until all is done."""
    from eum.runner.results_store import partial_folder

    kept = partial_folder(out)
    with many_in(kept, title, workers, cluster) as many:
        yield many
    shutil.rmtree(kept, ignore_errors=True)


def write_csv(rows: "pd.DataFrame", out: Path) -> None:
    """Write a measured table, six digits."""
    write_whole(out, rows.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


def window(start: str, end: str, names: tuple[str, str] = ("--start", "--end")) -> tuple[datetime.date, datetime.date]:
    """Return two days; `names` are the options, or arguments, that gave them. Raises InputError for anything else."""
    days = []
    for name, text in zip(names, (start, end), strict=True):
        try:
            days.append(datetime.date.fromisoformat(text))
        except ValueError:
            raise InputError(f"{name}: {text}: expected a day like 2020-06-30") from None
    if days[1] < days[0]:
        raise InputError(f"{names[1]}: {end}: expected the last day after the first ({start}), or the same")
    n_days = (days[1] - days[0]).days + 1
    if n_days > MOST_DAYS:
        raise InputError(f"{names[1]}: {end}: {n_days} days from {start}; expected at most {MOST_DAYS}")
    return days[0], days[1]
