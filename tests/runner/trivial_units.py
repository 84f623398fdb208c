"""Small pieces of work for the tests of many: a worker finds them by name. As a command, many slow ones."""

import os
import signal
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.errors import InputError, StoppedError
from eum.runner.tasks import Task, TaskRunner, TaskTables


def square(number: int) -> TaskTables:
    """Return the squares of some numbers, and text."""
    x = np.arange(50) + number
    return {"squares": pd.DataFrame({"x": x, "y": x**2 / 7}), "words": pd.DataFrame({"word": [f"no {number}", "예"]})}


def squares(n: int) -> list[Task]:
    """Return n units, each of some squares."""
    return [Task(f"square-{i:03d}", square, i) for i in range(n)]


class Marked(NamedTuple):
    """A number, and a folder where a unit leaves a line each time it is run."""

    number: int
    folder: Path
    fatal: tuple[int, ...] = ()
    """How often a number kills its worker: as often as it stands here."""
    seconds: float = 0.0

    @property
    def n_runs(self) -> int:
        """How often it was run."""
        file = self.folder / str(self.number)
        return len(file.read_text().splitlines()) if file.exists() else 0


def marked_square(marked: Marked) -> TaskTables:
    """Leave a line, kill this very process if the number says so, return the squares."""
    with (marked.folder / str(marked.number)).open("a") as file:
        file.write(f"{os.getpid()}\n")
    if marked.n_runs <= marked.fatal.count(marked.number):
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(marked.seconds)
    return square(marked.number)


def fails(number: int) -> TaskTables:
    """Return squares, but not of 3 (a program's error) nor of 4 (a user's)."""
    if number == 3:
        raise ZeroDivisionError("three is\none too many")
    if number == 4:
        raise InputError("four.csv: 4: expected 5")
    return square(number)


def _stop(*_: object) -> None:
    raise StoppedError


if __name__ == "__main__":
    signal.signal(signal.SIGINT, _stop)
    place, marks, n_workers = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    slow = [Task(f"square-{i:03d}", marked_square, Marked(i, marks, seconds=0.4)) for i in range(12)]
    with TaskRunner(place, n_workers) as many:
        many.run(slow, "mark")
