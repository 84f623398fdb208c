"""How a command ends when it is told to: by Ctrl-C, by a closed terminal, by another program."""

import os
import signal
import time
from types import FrameType

from eum.errors import StoppedError

STOPPED = "stopped; what was finished is kept, the same command goes on from there"
_SIGNALS = [signal.SIGINT, signal.SIGTERM, *filter(None, [getattr(signal, "SIGHUP", None)])]
_PATIENCE_SECONDS = 2.0
"""A second signal within this time is the same wish; a later one does not wait for what is being closed."""


def stop_on_signals() -> None:
    """Raise StoppedError, with the number of the signal, at the first signal that asks the command to end.

    One that was to be ignored from outside, as `nohup` does, stays so.
    """
    for number in _SIGNALS:
        if number == signal.SIGINT or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _stop)


def exit_code(stop: BaseException) -> int:
    """Return the code with which a command that was stopped ends: 128 and the number of the signal."""
    found = stop.args[0] if stop.args else signal.SIGINT
    return 128 + int(found)


def _stop(number: int, _: FrameType | None) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS

    def insist(number: int, _: FrameType | None) -> None:
        if time.monotonic() > until:
            os.write(2, f"eum: {STOPPED}\n".encode())
            os._exit(128 + number)

    for other in _SIGNALS:
        if signal.getsignal(other) == _stop:
            signal.signal(other, insist)
    raise StoppedError(number)
