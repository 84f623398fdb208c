"""Reads TOML that people write: policies, definitions, and values given to an option."""

import tomllib
from pathlib import Path
from typing import Any

from eum.errors import InputError

_MOST_BYTES = 10_000_000


def toml_values(text: str, where: str) -> dict[str, Any]:
    """Return the values of a text in TOML. `where` is what the text is called in messages.

    Raises InputError on one line for a text that is not valid, holds a number of thousands of digits, or is nested
    too deeply to be read.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{where}: not valid TOML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise InputError(f"{where}: not valid TOML: nested too deeply to be read; expected a few levels") from None
    except ValueError as error:
        # A number of more digits than Python reads, or a date that no calendar has.
        reason = " ".join(str(error).split()).partition(";")[0]
        raise InputError(f"{where}: not valid TOML: {reason}; expected numbers and dates that can be read") from None
    _require_64_bits(values, where)
    return values


def _require_64_bits(values: dict[str, Any], where: str) -> None:
    """Raise InputError for a whole number that TOML does not promise to hold: one of more than 64 bits."""
    waiting: list[tuple[str, Any]] = list(values.items())
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(f"{key}.{name}", inner) for name, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{key}[{i}]", inner) for i, inner in enumerate(value)]
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise InputError(
                f"{where}: {key}: a number of {value.bit_length()} bits; expected one from -2^63 to 2^63 - 1"
            )


def file_values(path: Path) -> dict[str, Any]:
    """Return the values of a TOML file, with or without a byte order mark. Raises InputError as `toml_values`, and for
    a file that is missing, too large or not text in UTF-8."""
    try:
        size = path.stat().st_size
        if size > _MOST_BYTES:
            raise InputError(f"{path}: {size:,} bytes; expected a TOML file of at most {_MOST_BYTES:,}")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path}: not text in UTF-8; expected a TOML file") from None
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; expected a TOML file") from None
    return toml_values(text, str(path))
