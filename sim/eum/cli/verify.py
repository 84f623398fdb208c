"""The command `verify`: a stored study and its report, checked."""

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eum.cli.front import app
from eum.cli.options import CORES, MOST_DRAWS, Data, Json, Lang, Workers, progress_bar
from eum.cli.screen import print_json, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eum.runner.tasks import TaskRunner
    from eum.verify import VerifyCheck

_MOST = 20
"""Differences printed of one check."""


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="Folder of a study or of its report.")],
    study: Annotated[Path | None, typer.Option(help="Study of a report that lies elsewhere.")] = None,
    all_runs: Annotated[bool, typer.Option("--all-runs", help="Run everything again, not only a sample.")] = False,
    runs: Annotated[int, typer.Option(help="Runs of the sample.", min=1, max=MOST_DRAWS)] = 2,
    sample_key: Annotated[str, typer.Option(help="Any word; another one picks other runs.")] = "",
    workers: Workers = CORES,
    as_json: Json = False,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Check a study and its report, offline.

    Every byte of the report, the hashes of the record, every cell of the tables, and a sample of runs, which is run
    again. Names every place that differs; exit code 1 then.

    Example: eum verify results/gyeyang-2020
    """
    from eum.verify import VerifySample, checks, place_of_run

    @contextmanager
    def crew(kept: Path) -> "Iterator[TaskRunner]":
        from eum.runner.tasks import TaskRunner

        with progress_bar() as progress:
            task = progress.add_task("Running again", total=None)
            with TaskRunner(kept, workers, "", lambda n, of: progress.update(task, completed=n, total=of)) as many:
                yield many

    found = []
    for check in checks(place_of_run(folder, study), VerifySample(runs, all_runs, sample_key), crew):
        if not as_json:
            _print(check)
        found.append(check)
    same = all(check.holds for check in found)
    if as_json:
        print_json({}, checks=[_record(check) for check in found], same=same)
    else:
        say("All the same." if same else "Something differs.")
    raise typer.Exit(0 if same else 1)


def _record(check: "VerifyCheck") -> dict[str, object]:
    differences = [{"where": where, "what": what} for where, what in check.differences]
    return {"check": check.title, "same": check.holds, "notes": check.notes, "differences": differences}


def _print(check: "VerifyCheck") -> None:
    say(f"{'same' if check.holds else 'DIFFERENT'}: {check.title}", *(f"    note: {note}" for note in check.notes))
    say(*(f"    {where}: {what}" for where, what in check.differences[:_MOST]))
    if len(check.differences) > _MOST:
        say(f"    and {len(check.differences) - _MOST} more")
