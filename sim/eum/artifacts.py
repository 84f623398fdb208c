"""Files and folders that are whole or not there, and fingerprints of what they depend on.

What is written gets a temporary name, is flushed to the disk, and only then takes its final name. A process that is
killed, or a machine that loses power, leaves the old content or the new one.
"""

import contextlib
import hashlib
import os
import shutil
from pathlib import Path


def fingerprint(*about: object, digits: int = 16) -> str:
    """Return hexadecimal digits (at most 64) of the sha256 over the `repr` of every part of `about`, in order."""
    return hashlib.sha256("\n".join(map(repr, about)).encode()).hexdigest()[:digits]


def _flush(path: Path) -> None:
    """Flush a file or folder to the disk. A file system that cannot flush a folder is left alone."""
    handle = os.open(path, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def _flush_folder(path: Path) -> None:
    if os.name == "posix":  # elsewhere a folder cannot be opened
        _flush(path)


def write_whole(path: Path, content: bytes | str) -> Path:
    """Write a file under a temporary name beside it, then give it its name; an older file of the name is replaced.

    Text is written as UTF-8, its line ends as they are. Raises OSError, and leaves nothing behind, where the file
    cannot be written.
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        publish_file(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise
    return path


def publish_file(partial: Path, path: Path) -> Path:
    """Give a finished file its final name, in place of an older one, once its content is on the disk."""
    _flush(partial)
    os.replace(partial, path)
    _flush_folder(path.parent)
    return path


def publish_folder(partial: Path, folder: Path, aside: Path | None = None) -> Path:
    """Give a finished folder its final name, once its content is on the disk.

    A folder that has the name is moved to `aside` (by default a name beside it) first and deleted last: if the new one
    cannot take its place, it comes back. Raises OSError where a name cannot be given.
    """
    for path in (partial, *partial.rglob("*")):
        (_flush_folder if path.is_dir() else _flush)(path)
    old = aside or folder.with_name(f".{folder.name}.{os.getpid()}.old")
    was_there = folder.exists()
    if was_there:
        os.replace(folder, old)
    try:
        os.replace(partial, folder)
    except BaseException:
        if was_there:
            os.replace(old, folder)
        raise
    _flush_folder(folder.parent)
    if was_there:
        shutil.rmtree(old, ignore_errors=True)
    return folder
