"""One command at a time writes a result: the others are refused, by the number of the process that does.

The lock is of the system (flock): it ends with the process that holds it, however that ends. Windows has none of this
kind; there nobody is kept apart.
"""

import contextlib
import errno
import os
import platform
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eum.artifacts import fingerprint, remove_leftovers
from eum.errors import BusyError, FolderWarning

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

LOCKS = ".*.eum-lock"
"""Pattern of the names of locks; each lies beside what it is of."""
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EINVAL)
"""Errors of a file system that keeps no locks."""
_held: dict[Path, int] = {}
"""Locks of this process, and the thread that holds each."""


@contextmanager
def claimed(path: Path) -> Iterator[None]:
    """Hold the name of a result until the end of the block, what a stopped command left of it put in order first.

    A thread that holds it already may claim it again. Folders above that are missing are made, and removed at the end
    where nothing came to be in them. Raises BusyError where another process or thread holds it. On a file system
    without locks it warns (FolderWarning) and goes on.
    """
    path = path.absolute()
    lock = path.with_name(f".{fingerprint(path.name, digits=12)}.eum-lock")
    if _held.get(lock) == threading.get_ident():
        yield
        return
    missing = [folder for folder in path.parents if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = _take(lock, path)
        _held[lock] = threading.get_ident()
        try:
            remove_leftovers(path)
            yield
        finally:
            del _held[lock]
            _release(lock, handle)
    finally:
        with contextlib.suppress(OSError):
            for folder in missing:
                folder.rmdir()


def _take(lock: Path, path: Path) -> int:
    """Return the open file of a lock that this process now holds alone; it names the process."""
    while True:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if fcntl is not None:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Who held it before may have removed the file between the two lines above.
            if lock.exists() and os.path.samestat(os.fstat(handle), lock.stat()):
                with contextlib.suppress(OSError):  # on a full disk it is held by "unknown"
                    os.ftruncate(handle, 0)
                    os.write(handle, f"{os.getpid()} on {platform.node()}".encode())
                return handle
        except BlockingIOError:
            owner = os.read(handle, 200).decode(errors="replace") or "unknown"
            os.close(handle)
            told = f"another command of eum writes here (process {owner})"
            raise BusyError(f"{path}: {told}; expected another name, or the end of that command") from None
        except FileNotFoundError:
            pass
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                os.close(handle)
                raise
            told = f"{path.parent}: this file system keeps no locks; start one command at a time here"
            warnings.warn(told, FolderWarning, stacklevel=4)
            return handle
        os.close(handle)


def _release(lock: Path, handle: int) -> None:
    with contextlib.suppress(OSError):
        lock.unlink()
    os.close(handle)
