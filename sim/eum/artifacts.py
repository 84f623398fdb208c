"""Files and folders that are whole or not there, whose damage is noticed.

What is written gets a temporary name, is flushed to the disk, and only then takes its final name: a process that is
killed, or a machine that loses power, leaves the old content or the new one. A folder holds the sha256 of each of its
files in `SHA256SUMS`, which `sha256sum --check` reads too; whoever reads a file of it compares.
"""

import contextlib
import errno
import hashlib
import os
import platform
import re
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from eum.errors import DamagedError

SUMS = "SHA256SUMS"
"""File of a sealed folder: what the folder is of, the sha256 of every other file in it, and of these lines."""
_HEAD, _FOOT = "# eum: ", "# sha256 of the lines above: "
_LINE = re.compile(r"([0-9a-f]{64})  (.+)")


def fingerprint(*about: object, digits: int = 16) -> str:
    """Return hexadecimal digits (at most 64) of the sha256 over the `repr` of every part of `about`, in order."""
    return hashlib.sha256("\n".join(map(repr, about)).encode()).hexdigest()[:digits]


def sha256(content: bytes) -> str:
    """Return the sha256 of some bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


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


def _about_temporary(path: Path) -> str:
    return f".eum-{fingerprint(path.name, digits=12)}.{fingerprint(platform.node(), digits=8)}."


def temporary_beside(path: Path) -> Path:
    """Return a name beside a file or folder for what shall take its place; it tells path, host, process and thread."""
    return path.with_name(f"{_about_temporary(path)}{os.getpid()}.{threading.get_ident()}.partial")


def _aside(folder: Path) -> Path:
    """Return the name that an older folder has while a newer one takes its place."""
    return folder.with_name(f".eum-{fingerprint(folder.name, digits=12)}.replaced")


def remove(path: Path) -> None:
    """Remove a file, a folder with all that is in it, or a link but not what it points to; nothing if it is missing."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def remove_leftovers(path: Path) -> None:
    """Finish what a process of this host that is gone had begun to write to a file or folder.

    An older folder whose place was never taken comes back; temporary files and folders go.
    """
    old, begun = _aside(path), _about_temporary(path)
    if old.exists() and not path.exists():
        os.replace(old, path)
    remove(old)
    for left in path.parent.glob(f"{begun}*.partial"):
        process = left.name.removeprefix(begun).partition(".")[0]
        if process.isdecimal() and not _is_running(int(process)):
            remove(left)


@contextmanager
def file_named(path: Path) -> Iterator[None]:
    """Name the file in an OSError of the block that names none."""
    try:
        yield
    except OSError as error:
        if error.filename is not None or error.errno is None:
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error


def write_whole(path: Path, content: bytes | str) -> Path:
    """Write a file under a temporary name beside it, then give it its name; an older file of the name is replaced.

    Folders above that are missing are made. Text is written as UTF-8, its line ends as they are. A link is replaced,
    not followed. Raises OSError with the file's name, and leaves nothing behind, where the file cannot be written.
    """
    partial = temporary_beside(path)
    try:
        with file_named(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as file:
                file.write(content.encode() if isinstance(content, str) else content)
                file.flush()
                os.fsync(file.fileno())
            publish_file(partial, path)
    except BaseException:
        remove(partial)
        raise
    remove_leftovers(path)
    return path


def publish_file(partial: Path, path: Path) -> Path:
    """Give a finished file its final name, in place of an older one, once its content is on the disk."""
    _flush(partial)
    os.replace(partial, path)
    _flush_folder(path.parent)
    return path


def publish_folder(partial: Path, folder: Path) -> Path:
    """Give a finished folder its final name, once its content is on the disk.

    A folder that has the name is moved aside first and deleted last: if the new one cannot take its place, it comes
    back, at once or by `remove_leftovers`. Raises OSError where a name cannot be given.
    """
    for path in (partial, *partial.rglob("*")):
        (_flush_folder if path.is_dir() else _flush)(path)
    remove_leftovers(folder)
    old, was_there = _aside(folder), folder.exists()
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
        remove(old)
    return folder


@contextmanager
def new_folder(folder: Path, of: str, beside: Sequence[str] = ()) -> Iterator[Path]:
    """Give a temporary folder to fill; at the end it is sealed (`seal_folder`) and takes its name, in place of an older
    one. Nothing is left of it where an error ends the block."""
    partial = temporary_beside(folder)
    remove(partial)
    try:
        with file_named(folder):
            partial.mkdir(parents=True)
            yield partial
            seal_folder(partial, of, beside)
            publish_folder(partial, folder)
    except BaseException:
        remove(partial)
        raise


def link_or_copy(source: str, target: str) -> str:
    """Give a file a second name, or copy it where the file system cannot; for `shutil.copytree`."""
    try:
        os.link(source, target)
        return target
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        return str(shutil.copy2(source, target))


class Damage(NamedTuple):
    """A file of a sealed folder that is not what was written: its name in the folder, and what is wrong."""

    name: str
    what: str


def _names(folder: Path, beside: Sequence[str]) -> list[str]:
    """Return the names of all files below a folder but its sums and what lies in the folders `beside`, in order."""
    found = []
    for root, folders, files in os.walk(folder):
        here = Path(root).relative_to(folder)
        linked = [name for name in folders if (Path(root) / name).is_symlink()]
        folders[:] = [name for name in folders if name not in linked and (here / name).as_posix() not in beside]
        found += [(here / name).as_posix() for name in (*files, *linked)]
    return sorted(name for name in found if name != SUMS)


def seal_folder(folder: Path, of: str, beside: Sequence[str] = ()) -> None:
    """Write the sums of all files of a folder, those in the folders `beside` left out, under what the folder is of."""
    lines = [f"{sha256((folder / name).read_bytes())}  {name}\n" for name in _names(folder, beside)]
    text = f"{_HEAD}{of}\n{''.join(lines)}"
    (folder / SUMS).write_text(f"{text}{_FOOT}{sha256(text.encode())}\n", encoding="utf-8", newline="\n")


class SealedFolder:
    """A folder as it was written, by its sums. Raises DamagedError where they are missing or no such sums."""

    def __init__(self, folder: Path) -> None:
        self.folder, where = folder, folder / SUMS
        try:
            head, *lines, foot, end = where.read_bytes().decode().split("\n")
            found = [_LINE.fullmatch(line) for line in lines]
        except FileNotFoundError:
            raise DamagedError(f"{where}: missing; expected the sha256 of every file of a folder of eum") from None
        except (OSError, ValueError):
            raise DamagedError(f"{where}: cannot be read; expected the sha256 of every file of the folder") from None
        text = "".join(f"{line}\n" for line in (head, *lines))
        if not head.startswith(_HEAD) or not all(found) or end or foot != f"{_FOOT}{sha256(text.encode())}":
            raise DamagedError(f"{where}: damaged or changed: its last line is not the sha256 of the others")
        self.of = head.removeprefix(_HEAD)
        """What the folder is of."""
        self.sums = {match[2]: match[1] for match in found if match}
        """sha256 by name of file, in the order of the names."""

    def read(self, name: str) -> bytes:
        """Return the content of a file. Raises DamagedError where it is not what was written."""
        where = self.folder / name
        if name not in self.sums:
            raise DamagedError(f"{where}: not among the files that were written; expected one of {SUMS}")
        try:
            content = where.read_bytes()
        except OSError as error:
            raise DamagedError(f"{where}: {error.strerror}; expected the file that was written") from None
        if sha256(content) != self.sums[name]:
            raise DamagedError(f"{where}: damaged or changed: its sha256 is not that of {SUMS}")
        return content

    def damage(self, beside: Sequence[str] = ()) -> list[Damage]:
        """Return every file that is missing, changed or too many; those in the folders `beside` may be there."""
        there = _names(self.folder, beside)
        found = [Damage(name, f"is not in {SUMS}") for name in there if name not in self.sums]
        for name in self.sums:
            if (self.folder / name).is_symlink():
                found.append(Damage(name, "is a link; expected a file"))
                continue
            try:
                self.read(name)
            except DamagedError:
                what = f"is not what was written ({SUMS})" if name in there else "is missing"
                found.append(Damage(name, what))
        if list(self.sums) != sorted(self.sums):
            found.append(Damage(SUMS, "is not in the order that eum writes"))
        return found


def is_whole(folder: Path, of: str) -> bool:
    """Return whether a folder is there, is of what is expected, and holds just what was written."""
    try:
        sealed = SealedFolder(folder)
    except DamagedError:
        return False
    return sealed.of == of and not sealed.damage()
