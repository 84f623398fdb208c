"""The command `eum`: one thin function for each verb."""

import gc
import signal
import sys
import warnings

from sim.cli import check, choose, evaluate, expect, fit, look, page, record, run, sensitivity, verify
from sim.cli.options import app
from sim.errors import InputError, StoppedError, UnitError
from sim.finite import sentence

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


def main() -> None:
    """Run the command; a bad input, or a number that is not finite, is told on one line with exit code 2, Ctrl-C ends
    with 130."""
    signal.signal(signal.SIGINT, _stop)
    # Importing makes hundreds of thousands of objects that stay: looking through them for garbage took a tenth of the
    # time until the first day of a run.
    gc.set_threshold(100_000)
    # A step of a run raises of its own (`sim.finite`); here it is what is made of runs: never a wrong number.
    warnings.filterwarnings("error", category=RuntimeWarning, module=r"sim\.")
    try:
        app(standalone_mode=True)
    except InputError as error:
        print(f"eum: {error}", file=sys.stderr)
        sys.exit(2)
    except RuntimeWarning as error:
        print(f"eum: {sentence(error, 'what is made of a run')}", file=sys.stderr)
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
