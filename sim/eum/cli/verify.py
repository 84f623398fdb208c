"""The verb that checks a stored study and its report."""

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eum.cli.options import CORES, Data, Workers, app, progress_bar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eum.runner.tasks import Many
    from eum.verify import Check

_MOST = 20
"""Differences printed of one check."""


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="Folder of a study or of its report.")],
    study: Annotated[Path | None, typer.Option(help="Study of a report that lies elsewhere.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Live every run again, not only a sample.")] = False,
    runs: Annotated[int, typer.Option(help="Runs of the sample.", min=1)] = 2,
    sample: Annotated[str, typer.Option(help="Any word; another one picks other runs.")] = "",
    workers: Workers = CORES,
    data: Data = None,
) -> None:
    """Check a study and its report, offline: every byte of the report, the hashes of the record, every cell of the
    tables, and some runs lived again. Tells where anything differs; exit code 1 then.

    Example: eum verify results/gyeyang-2020
    """
    from eum.verify import Asked, checks, place_of

    @contextmanager
    def crew(kept: Path) -> "Iterator[Many]":
        from eum.runner.tasks import Many

        with progress_bar() as progress:
            task = progress.add_task("Living runs again", total=None)
            with Many(kept, workers, "", lambda n, of: progress.update(task, completed=n, total=of)) as many:
                yield many

    same = True
    for check in checks(place_of(folder, study), Asked(runs, every, sample), crew):
        _print(check)
        same = same and check.holds
    print("All the same." if same else "Something differs.")
    raise typer.Exit(0 if same else 1)


def _print(check: "Check") -> None:
    print(f"{'same     ' if check.holds else 'DIFFERENT'}  {check.title}", flush=True)
    for note in check.notes:
        print(f"           note: {note}")
    for where, what in check.differences[:_MOST]:
        print(f"           {where}: {what}")
    if len(check.differences) > _MOST:
        print(f"           and {len(check.differences) - _MOST} more")
