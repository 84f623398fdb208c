"""Optional dependencies: the extras of the package, and one line on what to install where one is missing."""

from collections.abc import Iterator
from contextlib import contextmanager

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
        text = f'{missing}: not installed; expected the optional dependencies "{name}": pip install "eum[{name}]"'
        raise InputError(text) from None
