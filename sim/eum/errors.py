"""Errors meant for people."""

_MOST_LETTERS = 2000


class InputError(Exception):
    """A bad input, told on one line: the file, the row or key, the value, and what was expected."""

    def __str__(self) -> str:
        """Return the message as `one_line` has it."""
        return one_line(super().__str__())


def one_line(text: str) -> str:
    """Return a message that may quote any input on one line: line breaks become spaces, other characters that do not
    print are escaped, and the middle of a very long text is left out."""
    if text.isprintable() and len(text) <= _MOST_LETTERS:
        return text
    line = " ".join(part.strip() for part in text.splitlines() if part.strip())
    if len(line) > _MOST_LETTERS:
        half = _MOST_LETTERS // 2
        line = f"{line[:half]} ... {line[-half:]}"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in line)


class DamagedError(InputError):
    """A file that eum wrote is not there, or not as it was written: the file, and what was expected."""


class BusyError(InputError):
    """Another process writes the same result: the result, and the process."""


class FolderWarning(UserWarning):
    """A folder cannot be written, or keeps no locks: the folder, why, and what follows."""


class UnreadValueWarning(UserWarning):
    """A value of a data folder was set by hand though no run reads it: the row, the value and what it is for."""


class CalibratedValueWarning(UserWarning):
    """A parameter that calibration sets was set by hand afterwards: the parameter, both values and what follows."""


class StoppedError(BaseException):
    """The user pressed Ctrl-C. No `except Exception` on the way may take it for an error of its own."""


class UnitError(Exception):
    """One of many units of work failed: its name and why, on one line."""
