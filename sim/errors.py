"""Errors meant for people."""


class InputError(Exception):
    """A bad input, told on one line: the file, the row or key, the value, and what was expected."""


class StoppedError(BaseException):
    """The user pressed Ctrl-C. No `except Exception` on the way may take it for an error of its own."""


class UnitError(Exception):
    """One of many units of work failed: its name and why, on one line."""
