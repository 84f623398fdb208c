"""The arithmetic of a run: the first number that is not finite ends it, with one sentence."""

import functools
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from eum.errors import InputError

_Function = TypeVar("_Function", bound=Callable)
_ROOT = Path(__file__).parent


def finite(what: str) -> Callable[[_Function], _Function]:
    """Return a decorator for a step of a run (`what` is made there): division by zero, overflow and undefined results
    of NumPy raise InputError, which names the step and the line, instead of warning and going on.

    Where "not a number" is meant (a ratio over nothing) the code says so with `numpy.errstate`. Compiled code cannot
    warn: what it reads and what it leaves is looked at by `require_finite`.
    """

    def decorate(function: _Function) -> _Function:
        @functools.wraps(function)
        def step(*args: Any, **kwargs: Any) -> Any:
            with np.errstate(divide="raise", invalid="raise", over="raise"):
                try:
                    return function(*args, **kwargs)
                except ArithmeticError as error:
                    raise InputError(sentence(error, what)) from error

        return step  # type: ignore[return-value]

    return decorate


def sentence(error: Exception, what: str) -> str:
    """Return the line about a number that is not finite: what was made, what happened, and where."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(_ROOT)]
    where = f" ({Path(frames[-1].filename).relative_to(_ROOT.parent)}, {frames[-1].name})" if frames else ""
    return f"{what}: {error}{where}: expected finite numbers; eum data check FOLDER says what data cannot be"


def require_finite(what: str, columns: Mapping[str, Any]) -> None:
    """Raise InputError naming the first value of float columns (by name; others are passed over) that is not
    finite."""
    for name, column in columns.items():
        values = np.asarray(column)
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            where = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
            raise InputError(f"{what}: {name}{list(where) if where else ''}: {values[where]}: expected a finite number")
