"""Errors meant for people."""


class InputError(Exception):
    """A bad input, told on one line: the file, the row or key, the value, and what was expected."""


class UnreadValueWarning(UserWarning):
    """A value of a data folder was set by hand though no run reads it: the row, the value and what it is for."""


class StoppedError(BaseException):
    """The user pressed Ctrl-C. No `except Exception` on the way may take it for an error of its own."""


class UnitError(Exception):
    """One of many units of work failed: its name and why, on one line."""
