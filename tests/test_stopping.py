"""A command that is told to end says so on one line, and nothing of it is left."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.runner.test_tasks import alive

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
LINE = "eum: stopped; what was finished is kept, the same command goes on from there\n"
REPOSITORY = Path(__file__).resolve().parents[1]

_COMMAND = """
import sys, time
import eum.cli as cli
from eum.cli import stopping
def wait(**_):
    try:
        print("ready", flush=True)
        time.sleep(20)
    finally:
        time.sleep(float(sys.argv[1]))
stopping._PATIENCE_SECONDS = float(sys.argv[2])
cli.app = wait
cli.main()
"""
_WITH_WORKERS = """
import sys
from pathlib import Path
import eum.cli as cli
from eum.runner.tasks import Task, TaskRunner
from tests.runner.trivial_units import Marked, marked_square
place = Path(sys.argv[1])
def many(**_):
    units = [Task(f"square-{i:03d}", marked_square, Marked(i, place, seconds=0.3)) for i in range(40)]
    told = lambda n_done, n: print("ready", flush=True) if n_done == 2 else None
    with TaskRunner(place / "out", 2, on_unit=told) as runner:
        runner.run(units, "mark")
if __name__ == "__main__":
    cli.app = many
    cli.main()
"""


def started(*command: str, ignored: signal.Signals | None = None) -> subprocess.Popen[str]:
    """Start a command in a session of its own and wait until it says that it is ready."""
    path = f"{REPOSITORY / 'sim'}{os.pathsep}{REPOSITORY}"
    # Where the tests themselves were started by `nohup` the command would not see the end of its terminal.
    meant = {signal.SIGHUP: signal.SIG_DFL} | ({ignored: signal.SIG_IGN} if ignored else {})
    before = {number: signal.signal(number, handler) for number, handler in meant.items()}
    running = subprocess.Popen(
        [sys.executable, *command],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        restore_signals=False,
    )
    for number, handler in before.items():
        signal.signal(number, handler)
    assert running.stdout is not None and running.stdout.readline() == "ready\n"
    return running


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_each_way_to_end_it_has_its_code_and_one_line(number: signal.Signals, code: int) -> None:
    running = started("-c", _COMMAND, "0", "2")
    running.send_signal(number)
    _, told = running.communicate(timeout=20)
    assert (running.returncode, told) == (code, LINE)


def test_a_closed_terminal_does_not_end_what_was_started_to_outlive_it() -> None:
    running = started("-c", _COMMAND, "0", "2", ignored=signal.SIGHUP)
    running.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    assert running.poll() is None
    running.terminate()
    assert running.communicate(timeout=20)[1] == LINE


def test_two_at_once_are_one_wish() -> None:
    running = started("-c", _COMMAND, "0.5", "2")
    for _ in range(3):
        running.send_signal(signal.SIGINT)
        time.sleep(0.1)
    _, told = running.communicate(timeout=20)
    assert (running.returncode, told) == (130, LINE)


def test_one_that_comes_later_does_not_wait_for_what_is_being_closed() -> None:
    running = started("-c", _COMMAND, "20", "0.1")
    running.send_signal(signal.SIGINT)
    time.sleep(0.4)
    running.send_signal(signal.SIGTERM)
    _, told = running.communicate(timeout=5)
    assert (running.returncode, told) == (143, LINE)


def _twice(group: int, number: signal.Signals) -> None:
    for _ in range(2):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, number)


@pytest.mark.parametrize(
    ("number", "code", "send"),
    [(signal.SIGTERM, 143, os.kill), (signal.SIGHUP, 129, os.killpg), (signal.SIGINT, 130, _twice)],
)
def test_workers_end_with_the_command_without_a_word(
    number: signal.Signals, code: int, send: Callable[[int, int], object], tmp_path: Path
) -> None:
    script = tmp_path / "many.py"
    script.write_text(_WITH_WORKERS, encoding="utf-8")
    running = started(str(script), str(tmp_path))
    send(running.pid, number)
    _, told = running.communicate(timeout=30)
    assert (running.returncode, told) == (code, LINE)
    for _ in range(40):
        if not alive(running.pid):
            break
        time.sleep(0.05)
    assert not alive(running.pid)
    assert len(list((tmp_path / "out").glob("units/mark/square-*"))) >= 2
