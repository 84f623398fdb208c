"""What all tests share: calm settings, the folder of the repository, and a browser where there is one."""

import gc
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import matplotlib
import pytest
from hypothesis import HealthCheck, settings

from eum.cli import main

matplotlib.use("Agg")

# The first call of a compiled rule takes seconds; examples are the same in every run of the tests.
settings.register_profile(
    "eum", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("eum")

_LONGEST = (
    "test_docs.py",
    "test_made.py",
    "test_recovery.py",
    "test_same_model.py",
    "test_notebooks.py",
    "test_verify.py",
    "test_types.py",
    "test_report.py",
)
"""Files of the longest tests: they begin first, so that none of them is left to run alone at the end. The first
compiles the crowd; the next two do without it, so that no second worker compiles the same at the same time."""

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files of the longest tests first; otherwise the order stays."""
    place = {name: i for i, name in enumerate(_LONGEST)}
    items.sort(key=lambda item: place.get(item.path.name, len(place)))


@pytest.fixture(scope="session")
def repository() -> Path:
    """Return the top folder of the repository."""
    return Path(__file__).resolve().parents[1]


class Done(NamedTuple):
    """What a command ended with."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def eum(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Done]]:
    """Return a way to give the command `eum` its arguments in this process, through the function its script calls."""
    signals = [signal.SIGINT, signal.SIGTERM, *filter(None, [getattr(signal, "SIGHUP", None)])]
    handlers, threshold = {number: signal.getsignal(number) for number in signals}, gc.get_threshold()

    def run(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["eum", *arguments])
        code: object = 0
        try:
            main()
        except SystemExit as end:
            code = end.code
        assert isinstance(code, int), code
        return Done(code, *capsys.readouterr())

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)
    gc.set_threshold(*threshold)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Return the command of the system's Chromium (or $EUM_CHROMIUM).

    Without one the test is skipped; with CI=true it fails, so that the browser tests cannot vanish unseen.
    """
    found = os.environ.get("EUM_CHROMIUM") or next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found:
        return found
    message = "no Chromium found: install the package chromium or set EUM_CHROMIUM to its path"
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(message)
    pytest.skip(message)
