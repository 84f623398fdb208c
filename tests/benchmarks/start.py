"""How long a command takes to begin: each time a process of its own."""

import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from tests.benchmarks.cases import POLICY
from tests.benchmarks.stamp import REPOSITORY
from tests.benchmarks.timing import Figure, Say, figure, times_in_turn

TWO_DAYS = "2020-01-01..2020-01-02"
HELP, RUN = "eum --help", "eum run, 1 % of residents, two days"
COMMANDS = {
    HELP: ("--help",),
    RUN: ("run", POLICY, "--scale", "0.01", "--period", TWO_DAYS, "--replace"),
}


def _call(arguments: tuple[str, ...], folder: Path, cache: dict[str, str]) -> None:
    command = [sys.executable, "-c", "from eum.cli import main; main()", *arguments]
    environment = {**os.environ, "PYTHONPATH": f"{REPOSITORY / 'sim'}{os.pathsep}{REPOSITORY}", **cache}
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)


def start_figures(repeats: int, say: Say) -> list[Figure]:
    """Return the seconds from a command to its end: first with nothing kept from before, once, then with all of it."""
    with tempfile.TemporaryDirectory() as folder:
        say("The first run of all: compiling")
        start = time.perf_counter()
        _call(COMMANDS[RUN], Path(folder), {"EUM_CACHE_DIR": str(Path(folder) / "cache")})
        seconds = time.perf_counter() - start
        first = figure("the first process of all", RUN, "s", [seconds], "with an empty cache folder")
        tasks = {of: partial(_call, arguments, Path(folder), {}) for of, arguments in COMMANDS.items()}
        measured = times_in_turn(tasks, repeats, say)
    return [first, *(figure("a fresh process", of, "s", seconds) for of, seconds in measured.items())]
