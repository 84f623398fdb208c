"""The command `eum`: one thin function for each command."""

import gc
import io
import shutil
import sys
import warnings
from typing import Any, cast

import typer

from eum.cli import (
    calibrate,
    dashboard,
    data,
    decide,
    demo,
    docs,
    explain,
    forecasts,
    history,
    policy,
    run,
    sensitivity,
    study,
    validate,
    verify,
)
from eum.cli.front import app
from eum.cli.stopping import STOPPED, exit_code, stop_on_signals
from eum.errors import InputError, StoppedError, UnitError, one_line

__all__ = [
    "app",
    "calibrate",
    "dashboard",
    "data",
    "decide",
    "demo",
    "docs",
    "explain",
    "forecasts",
    "history",
    "main",
    "policy",
    "run",
    "sensitivity",
    "study",
    "validate",
    "verify",
]

_UsageError, _ClickException = cast(tuple[type[Exception], type[Exception]], typer.BadParameter.__mro__[1:3])
"""What the library of options raises for an argument that is missing, unknown or out of bounds."""


_show_as_python = warnings.showwarning


def _show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
    """Show a warning of eum's own on one line; any other as Python does."""
    if category.__module__.startswith("eum."):
        print(f"eum: {message}", file=sys.stderr)
    else:
        _show_as_python(message, category, *where, **more)


def main() -> None:
    """Run the command; a bad input, or a number that is not finite, is one line and exit code 2; Ctrl-C ends
    with 130, SIGTERM with 143, a closed terminal with 129."""
    stop_on_signals()
    # Importing makes hundreds of thousands of objects that stay: looking through them for garbage took a tenth of the
    # time until the first day of a run.
    gc.set_threshold(100_000)
    warnings.showwarning = _show
    # A step of a run raises of its own (`eum.finite`); here it is what is made of runs: never a wrong number.
    warnings.filterwarnings("error", category=RuntimeWarning, module=r"eum\.")
    # What a terminal cannot show is escaped: a Korean title is no reason to stop.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        sys.exit(app(prog_name="eum", standalone_mode=False) or 0)
    except RuntimeWarning as error:
        from eum.finite import sentence

        _end(sentence(error, "what is made of a run"), 2)
    except (StoppedError, KeyboardInterrupt) as error:
        _end(STOPPED, exit_code(error))
    except UnitError as error:
        _end(f"{error}, the same command goes on from there", 1)
    except MemoryError:
        _end("not enough memory; a smaller --scale, or fewer --workers or --threads, need less", 1)
    except (InputError, OSError, UnicodeEncodeError, _ClickException, typer.Abort) as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            print(error, file=sys.stderr)
            sys.exit(2)
        _end(_reason(error), 2)


def _end(told: str, code: int) -> None:
    print(f"eum: {one_line(told)}", file=sys.stderr)
    sys.exit(code)


def _reason(error: Any) -> str:
    if isinstance(error, _UsageError):
        return _usage(error)
    if isinstance(error, shutil.Error) and error.args and isinstance(error.args[0], list):
        # A folder that could not be copied: each file with its reason; the first will do.
        _, where, why = error.args[0][0]
        return f"{where}: {why}; nothing was left half-written"
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}; nothing was left half-written"
    if isinstance(error, UnicodeEncodeError):
        return f"{error.object!r}: cannot be written as {error.encoding}; expected a locale of UTF-8 (PYTHONUTF8=1)"
    return str(error) or "ended early"


def _usage(error: Any) -> str:
    """Return what is wrong with the arguments of a command: its option or argument, and what was expected."""
    parameter, verb = getattr(error, "param", None), error.ctx.command_path if error.ctx else "eum"
    if parameter is not None and error.message:
        name = parameter.opts[0] if parameter.opts[0].startswith("-") else str(parameter.human_readable_name)
        told = str(error.message).rstrip(".").removeprefix("Value error, ")
        return f"{name}: {told.replace('Input should be', 'expected')}"
    return f"{error.format_message().rstrip('.')}; see {verb} --help"
