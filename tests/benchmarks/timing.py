"""Figures of the benchmark: rows with median and spread, times of functions in turn, work in fresh processes."""

import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

COLUMNS = ("part", "what", "of", "value", "unit", "min", "max", "repeats", "note")
"""part: of the benchmark; what: was measured; of: which part of the day, or which city; value: the median."""

Say = Callable[[str], object]


class Figure(NamedTuple):
    """One row of the table."""

    what: str
    of: str
    value: float
    unit: str
    low: float
    high: float
    repeats: int
    note: str = ""


def figure(what: str, of: str, unit: str, values: Iterable[float], note: str = "") -> Figure:
    """Return the median of measured values with the lowest and the highest."""
    found = [float(v) for v in values]
    return Figure(what, of, statistics.median(found), unit, min(found), max(found), len(found), note)


def computed(what: str, of: str, unit: str, value: float, note: str = "") -> Figure:
    """Return a figure that no repetition would change."""
    return Figure(what, of, value, unit, value, value, 0, note)


def times_in_turn(tasks: dict[str, Callable[[], object]], repeats: int, say: Say) -> dict[str, list[float]]:
    """Return seconds of each task by name: all once unmeasured, then all in turn as often as asked.

    In turn, so that whatever else the machine does in between falls on all of them.
    """
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for turn in range(repeats + 1):
        for name, task in tasks.items():
            say(f"{name}, {'first time' if turn == 0 else f'{turn} of {repeats}'}")
            start = time.perf_counter()
            task()
            if turn > 0:
                seconds[name].append(time.perf_counter() - start)
    return seconds


def peak_memory_bytes() -> int:
    """Return the most memory that this process has held so far."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not getrusage: a child process starts there with the peak of its parent.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _work(connection: Any, job: Callable[..., Any], arguments: dict[str, Any]) -> None:
    try:
        found = job(**arguments, say=lambda text: connection.send(("says", text)))
        connection.send(("found", found))
    except BaseException as error:
        connection.send(("failed", f"{type(error).__name__}: {error}"))
        raise


def in_fresh_process(job: Callable[..., Any], say: Say, **arguments: Any) -> Any:
    """Return what a job finds in a process of its own: memory and compiled code of no other job are in it."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(there, job, arguments))
    process.start()
    there.close()
    try:
        while True:
            kind, content = here.recv()
            if kind == "found":
                return content
            if kind == "failed":
                raise RuntimeError(content)
            say(content)
    except EOFError as error:
        raise RuntimeError(f"{job.__name__}: the process ended without a result (out of memory?)") from error
    finally:
        process.join(timeout=10)
        if process.is_alive():
            process.terminate()


def as_table(part: str, figures: list[Figure]) -> pd.DataFrame:
    """Return the rows of one part of the benchmark."""
    return pd.DataFrame([(part, *f) for f in figures], columns=list(COLUMNS))


def kept(path: Path, new: pd.DataFrame) -> pd.DataFrame:
    """Return the stored rows with those of the parts measured anew replaced, and store them."""
    old = pd.read_csv(path, keep_default_na=False) if path.exists() else pd.DataFrame(columns=list(COLUMNS))
    old = old[~old["part"].isin(new["part"])]
    table = pd.concat([old, new], ignore_index=True).sort_values("part", kind="stable", ignore_index=True)
    path.write_text(table.to_csv(index=False, float_format="%.6g", lineterminator="\n"), encoding="utf-8")
    return pd.read_csv(path, keep_default_na=False)
