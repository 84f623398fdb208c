"""How long a command takes to begin: each time a process of its own, with what was compiled before."""

import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from tests.benchmarks.cases import POLICY
from tests.benchmarks.stamp import REPOSITORY
from tests.benchmarks.timing import Figure, Say, figure, times_in_turn

TWO_DAYS = "2020-01-01..2020-01-02"
COMMANDS = {
    "eum --help": ("--help",),
    "eum run, 1 % of residents, two days": ("run", POLICY, "--scale", "0.01", "--days", TWO_DAYS, "--replace"),
}


def _call(arguments: tuple[str, ...], folder: Path) -> None:
    command = [sys.executable, "-c", "from sim.cli import main; main()", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)


def start_figures(repeats: int, say: Say) -> list[Figure]:
    """Return the seconds from a command to its end, the first time of each left out."""
    with tempfile.TemporaryDirectory() as folder:
        tasks = {of: partial(_call, arguments, Path(folder)) for of, arguments in COMMANDS.items()}
        seconds = times_in_turn(tasks, repeats, say)
    return [figure("a fresh process", of, "s", measured) for of, measured in seconds.items()]
