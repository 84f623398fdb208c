"""Optional dependencies: the extras of the package, and one line on what to install where one is missing."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from eum.errors import InputError


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Mark imports that need an extra of the package: `with extra("demo"): import panel`.

    Raises InputError, on one line with the command that installs it, where a module is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in ("", "eum"):
            raise
        raise _missing(missing, name) from None


def require_extra(name: str, *modules: str) -> None:
    """Raise InputError, before any long work, where a module that an extra brings is missing; none of them is read."""
    for module in modules:
        if find_spec(module) is None:
            raise _missing(module, name)


def _missing(module: str, name: str) -> InputError:
    return InputError(
        f'{module}: not installed; expected the optional dependencies "{name}": pip install "eum[{name}]"'
    )
