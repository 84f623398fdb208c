"""The command `eum`: one thin function for each verb."""

import gc
import signal
import sys
import warnings
from typing import Any

from sim.cli import check, choose, evaluate, expect, fit, look, page, record, run, sensitivity, verify
from sim.cli.options import app
from sim.errors import InputError, StoppedError, UnitError, UnreadValueWarning

__all__ = [
    "app",
    "check",
    "choose",
    "evaluate",
    "expect",
    "fit",
    "look",
    "main",
    "page",
    "record",
    "run",
    "sensitivity",
    "verify",
]


def _stop(*_: object) -> None:
    raise StoppedError


def _show(message: Warning | str, category: type[Warning], *where: Any) -> None:
    """Show a warning about data on one line; any other as Python does."""
    if issubclass(category, UnreadValueWarning):
        print(f"eum: {message}", file=sys.stderr)
    else:
        _show_as_python(message, category, *where)


_show_as_python = warnings.showwarning


def main() -> None:
    """Run the command; a bad input is told on one line with exit code 2, Ctrl-C ends with 130."""
    signal.signal(signal.SIGINT, _stop)
    # Importing makes hundreds of thousands of objects that stay: looking through them for garbage took a tenth of the
    # time until the first day of a run.
    gc.set_threshold(100_000)
    warnings.showwarning = _show
    try:
        app(standalone_mode=True)
    except InputError as error:
        print(f"eum: {error}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"eum: {where}{error.strerror or error}; nothing was left half-written", file=sys.stderr)
        sys.exit(2)
    except UnitError as error:
        print(f"eum: {error}, the same command goes on from there", file=sys.stderr)
        sys.exit(1)
    except (StoppedError, KeyboardInterrupt):
        print("eum: stopped; what was finished is kept, the same command goes on from there", file=sys.stderr)
        sys.exit(130)
