"""Folders of results: they appear under their final name only when complete, with the sha256 of every file.

Unfinished work lies beside a result, below its partial name, until the result has its own.
"""

import errno
import hashlib
import importlib.metadata
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from eum import __version__
from eum.artifacts import (
    SUMS,
    SealedFolder,
    link_or_copy,
    new_folder,
    remove,
    remove_leftovers,
    temporary_beside,
)
from eum.errors import DamagedError, InputError
from eum.jit import RESULT_PACKAGES, source_hash
from eum.locks import LOCKS, claimed
from eum.stored import TABLES, sealed_tables, write_tables

StoredTables = dict[str, pd.DataFrame]
RESULT_KINDS = ("run", "study", "equal", "regret", "search", "game")
"""What a result folder can hold; the kind names the JSON record in it."""

RUNS = "runs"
"""Folder of a study that keeps the tables of its runs, so that any of them can be run again and compared."""
BESIDE = ("report",)
"""Folders that may be added to a result later, with sums of their own."""

_LIBRARIES = ("numpy", "pandas", "numba", "mesa", "scipy", "pyarrow")


def partial_folder(folder: Path) -> Path:
    """Return the temporary name beside a result folder, where unfinished work is kept."""
    return folder.with_name(folder.name + ".partial")


@contextmanager
def claimed_result(folder: Path) -> Iterator[None]:
    """Hold the names of a result and of its unfinished work until the end of the block (`eum.locks.claimed`).

    Raises BusyError where another process or thread holds one of them.
    """
    with claimed(folder), claimed(partial_folder(folder)):
        yield


@contextmanager
def new_result(folder: Path, replace: bool) -> Iterator[None]:
    """Hold the name of a result for this process until it is written.

    Raises InputError if a result is there already and may not be replaced, none can be written there, or another
    process is writing it. What a stopped command left beside it is removed even where the result may not be replaced.
    """
    require_place(folder)
    with claimed_result(folder):
        require_new(folder, replace)
        yield


def require_new(folder: Path, replace: bool) -> None:
    """Raise InputError if a result is there already and may not be replaced, or none can be written there."""
    if folder.is_symlink():
        raise InputError(f"{folder}: is a link; expected the name of a folder that is none, such as {folder.resolve()}")
    if folder.exists() and not any((folder / f"{kind}.json").exists() for kind in RESULT_KINDS):
        raise InputError(f"{folder}: not a result folder of eum; expected a new name")
    if folder.exists() and not replace:
        raise InputError(f"{folder}: there is a result here already; expected a new name, or --replace")
    require_place(folder)


def require_place(path: Path) -> None:
    """Raise InputError unless a file or folder of this name can be written, its folders made where they are missing.

    It is tried: something is written beside the nearest folder that is there, and removed.
    """
    try:
        above = next(folder for folder in path.absolute().parents if folder.exists())
        remove_leftovers(above / "probe")
        probe = temporary_beside(above / "probe")
        probe.mkdir()
        probe.rmdir()
        if path.is_file() and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{path}: {reason}; expected a name that can be written") from None


def read_tables(folder: Path) -> StoredTables:
    """Return the tables of a result folder by name.

    Raises InputError when there are none, or a file is not what was written (DamagedError).
    """
    if not (folder / TABLES).is_dir():
        raise InputError(f"{folder}: no tables here; expected a folder written by `eum run` or `eum study`")
    return sealed_tables(SealedFolder(folder), TABLES)


def tables_hash(tables: StoredTables) -> str:
    """Return a sha256 over the values of all tables, in the order of their names."""
    digest = hashlib.sha256()
    for name in sorted(tables):
        digest.update(name.encode())
        digest.update(tables[name].to_csv(index=False).encode())
    return digest.hexdigest()


def _keep_runs(runs: dict[str, Path], folder: Path) -> dict[str, str]:
    """Take the tables of runs over into a folder; return a hash of each run's values."""
    hashes = {}
    for name, kept in runs.items():
        hashes[name] = tables_hash(sealed_tables(SealedFolder(kept)))
        shutil.copytree(kept, folder / name, copy_function=link_or_copy)
    return hashes


def environment() -> dict:
    """Return what results depend on beside their question: versions of eum, Python and libraries; hash of the code."""
    return {
        "package_version": __version__,
        "code_hash": source_hash(RESULT_PACKAGES),
        "python": ".".join(map(str, sys.version_info[:3])),
        "libraries": {name: importlib.metadata.version(name) for name in _LIBRARIES},
    }


def _record_bytes(about: dict) -> bytes:
    return (json.dumps(about, indent=1, ensure_ascii=False) + "\n").encode()


def publish_result(
    folder: Path,
    kind: str,
    about: dict,
    tables: StoredTables,
    runs: dict[str, Path] | None = None,
    files: dict[str, bytes] | None = None,
) -> Path:
    """Write a result under a temporary name, then give it its final one; returns the folder.

    `kind` is one of RESULT_KINDS and names the JSON record written beside the tables; the environment and the hash of
    the results are added to `about`. `runs` are folders with the tables of single runs to keep beside them (in runs/),
    by name; the record then holds their hashes. `files` are further files by name. An older result of the same name is
    replaced at the very end, and unfinished work is removed after that.
    """
    about = {**about, **environment(), "result_hash": tables_hash(tables)}
    with new_folder(folder, _identity(kind, about)) as made:
        write_tables(made / TABLES, tables)
        for name, content in (files or {}).items():
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            (made / name).write_bytes(content)
        if runs is not None:
            about["run_hashes"] = _keep_runs(runs, made / RUNS)
        (made / f"{kind}.json").write_bytes(_record_bytes(about))
    remove(partial_folder(folder))
    return folder


def _identity(kind: str, about: dict) -> str:
    return f"{kind} {about['result_hash']}"


def replace_record(folder: Path, kind: str, about: dict) -> None:
    """Give a result another record; its other files, and its report, stay as they are.

    Raises DamagedError, naming the file, where the folder is not as it was written, as its files are sealed anew;
    BusyError where another process writes its report.
    """
    with claimed(folder / BESIDE[0]), new_folder(folder, _identity(kind, about), BESIDE) as made:
        no_locks = shutil.ignore_patterns(LOCKS)
        shutil.copytree(folder, made, copy_function=link_or_copy, dirs_exist_ok=True, ignore=no_locks)
        for name, what in SealedFolder(made).damage(BESIDE):
            raise DamagedError(f"{folder / name}: {what}; expected the folder as it was written")
        # The older result has these files, too, until the new one takes its place.
        (made / f"{kind}.json").unlink()
        (made / f"{kind}.json").write_bytes(_record_bytes(about))
        (made / SUMS).unlink()
