"""One way to run many: every unit's tables are on disk as soon as it is done, and a finished unit is not run again.

Studies, mechanisms, responses and errors of expectation are lists of units (`eum.runner.executors.Task`). A unit
depends on its argument alone, so the tables are the same bits for any number of workers, in any order, after any
interruption. This process holds the tables of a few units at a time.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Protocol, Self

import pandas as pd

from eum.artifacts import SealedFolder, fingerprint, is_whole, remove_leftovers, write_whole
from eum.errors import UnitError
from eum.locks import claimed
from eum.parquet_limits import STUDY_LIMIT
from eum.runner.executors import (
    DaskExecutor,
    Failure,
    InProcessExecutor,
    Task,
    TaskTables,
    environment_fingerprint,
    identity,
)
from eum.stored import sealed_table, sealed_tables

__all__ = ["TableSource", "Task", "TaskResults", "TaskRunner", "TaskTables", "work_fingerprint"]


class TableSource(Protocol):
    """Tables asked for by name."""

    def __getitem__(self, table: str, /) -> pd.DataFrame:
        """Return a table."""
        ...


class TaskResults:
    """The tables of finished tasks, on disk until asked for, then checked against their sums.

    Reading raises DamagedError, naming the file, for one that is not what was written.
    """

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self.folder, self.names = folder, names

    def __getitem__(self, table: str, /) -> pd.DataFrame:
        """Return one table of all tasks, stacked in the order of the tasks."""
        parts = [sealed_table(SealedFolder(self.folder / name), table, limit=STUDY_LIMIT) for name in self.names]
        return pd.concat(parts, ignore_index=True)

    def of(self, task: str) -> TaskTables:
        """Return all tables of one task."""
        return sealed_tables(SealedFolder(self.folder / task), limit=STUDY_LIMIT)


def work_fingerprint(*about: str) -> str:
    """Return sixteen hex digits that change with what the units are about, the code, the policies and the libraries.

    Work of another fingerprint is never taken up again.
    """
    return fingerprint(*about, environment_fingerprint())


class TaskRunner:
    """Runs units and keeps what they finish below `folder`/units; used in a `with`, it holds the folder for itself and
    stops its workers at the end.

    `cluster` is the address of a Dask scheduler; without one, `n_workers` processes of this machine work, and one
    worker is this process itself. `on_unit` is told how many units are finished and how many there are, at the
    start of a run and after each unit.
    """

    def __init__(
        self, folder: Path, n_workers: int = 1, cluster: str = "", on_unit: Callable[[int, int], object] | None = None
    ) -> None:
        self.folder, self._on_unit = folder / "units", on_unit or (lambda n_done, n: None)
        self._claim, self._opened = claimed(folder), ExitStack()
        self._crew = DaskExecutor(n_workers, cluster) if cluster or n_workers > 1 else InProcessExecutor()

    def __enter__(self) -> Self:
        """Return itself; workers start when first needed. Raises BusyError where another process has the folder."""
        self._opened.enter_context(self._claim)
        self._opened.callback(self._crew.close)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the workers."""
        self._opened.close()

    def missing(self, units: Sequence[Task], mark: str) -> list[Task]:
        """Return the units that are not finished, or whose tables are not what was written; `mark` is their
        fingerprint."""
        folders = [(unit, self.folder / mark / unit.name) for unit in units]
        return [unit for unit, folder in folders if not is_whole(folder, identity(folder))]

    def run(self, units: Sequence[Task], mark: str) -> TaskResults:
        """Run what is not finished; `mark` is the units' fingerprint. Return the tables of all.

        Raises UnitError, with the unit's name, at the first unit that fails; finished ones stay.
        """
        folder, missing = self.folder / mark, self.missing(units, mark)
        if missing:
            self._crew.start()
        folder.mkdir(parents=True, exist_ok=True)
        for unit in missing:
            remove_leftovers(folder / unit.name)
        n_done = len(units) - len(missing)
        self._on_unit(n_done, len(units))
        if missing:
            with closing(self._crew.failures(missing, folder)) as failures:
                for name, failure in failures:
                    if failure is not None:
                        raise _error(name, failure, folder)
                    n_done += 1
                    self._on_unit(n_done, len(units))
        return TaskResults(folder, [unit.name for unit in units])


def _error(name: str, failure: Failure, folder: Path) -> UnitError:
    trace = folder / f"{name}.error.txt"
    write_whole(trace, failure.trace or failure.told)
    return UnitError(f"unit {name}: {failure.told} ({trace}); finished units are kept")
