"""Folders of results: they appear under their final name only when complete."""

import errno
import hashlib
import importlib.metadata
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pandas as pd

from eum import __version__
from eum.artifacts import publish_folder
from eum.errors import InputError
from eum.jit import RESULT_PACKAGES, source_hash

StoredTables = dict[str, pd.DataFrame]
RESULT_KINDS = ("run", "study", "equal", "regret", "search", "game")
"""What a result folder can hold; the kind names the JSON record in it."""

RUNS = "runs"
"""Folder of a study that keeps the tables of its runs, so that any of them can be lived again and compared."""

_LIBRARIES = ("numpy", "pandas", "numba", "mesa", "scipy", "pyarrow")


def partial_folder(folder: Path) -> Path:
    """Return the temporary name beside a result folder, where unfinished work is kept."""
    return folder.with_name(folder.name + ".partial")


def require_new(folder: Path, replace: bool) -> None:
    """Raise InputError if a result is there already and may not be replaced, or none can be written there."""
    if folder.exists() and not any((folder / f"{kind}.json").exists() for kind in RESULT_KINDS):
        raise InputError(f"{folder}: not a result folder of eum; expected a new name")
    if folder.exists() and not replace:
        raise InputError(f"{folder}: there is a result here already; expected a new name, or --replace")
    old = _replaced_folder(folder)
    if folder.exists() and old.exists():
        raise InputError(f"{old}: left by a result that was replaced; expected it to be moved or deleted first")
    require_place(folder)


def require_place(path: Path) -> None:
    """Raise InputError unless a file or folder of this name can be written, its folders made where they are missing.

    It is tried: something is written beside the nearest folder that is there, and removed.
    """
    try:
        above = next(folder for folder in path.absolute().parents if folder.exists())
        with tempfile.TemporaryDirectory(dir=above, prefix=".eum-"):
            pass
        if path.is_file() and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{path}: {reason}; expected a name that can be written") from None


def _replaced_folder(folder: Path) -> Path:
    """Return the name of an older result while a newer one takes its place."""
    return folder.with_name(folder.name + ".old")


def write_tables(folder: Path, tables: StoredTables) -> None:
    """Write each table as Parquet below `folder`/tables."""
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_parquet(folder / "tables" / f"{name}.parquet", index=False, compression="zstd")


def read_tables(folder: Path) -> StoredTables:
    """Return the tables of a result folder by name. Raises InputError when there are none."""
    files = sorted((folder / "tables").glob("*.parquet"))
    if not files:
        raise InputError(f"{folder}: no tables here; expected a folder written by `eum run` or `eum study`")
    return {path.stem: pd.read_parquet(path) for path in files}


def tables_hash(tables: StoredTables) -> str:
    """Return a sha256 over the values of all tables, in the order of their names."""
    digest = hashlib.sha256()
    for name in sorted(tables):
        digest.update(name.encode())
        digest.update(tables[name].to_csv(index=False).encode())
    return digest.hexdigest()


def _keep_runs(runs: dict[str, Path], folder: Path) -> dict[str, str]:
    """Copy the tables of runs into a folder; return a hash of each run's values."""
    hashes = {}
    for name, kept in runs.items():
        shutil.copytree(kept, folder / name)
        hashes[name] = tables_hash(tables_of(folder / name))
    return hashes


def tables_of(folder: Path) -> StoredTables:
    """Return the tables of one kept run by name."""
    return {path.stem: pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}


def environment() -> dict:
    """Return what results depend on beside their question: versions of eum, Python and libraries; hash of the code."""
    return {
        "package_version": __version__,
        "code_hash": source_hash(RESULT_PACKAGES),
        "python": ".".join(map(str, sys.version_info[:3])),
        "libraries": {name: importlib.metadata.version(name) for name in _LIBRARIES},
    }


def write_record(about: dict, path: Path) -> None:
    """Write the record of a result as JSON."""
    path.write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def publish_result(
    folder: Path, kind: str, about: dict, tables: StoredTables, runs: "dict[str, Path] | None" = None
) -> Path:
    """Write a result under a temporary name, then give it its final one.

    `kind` is one of KINDS and names the JSON record written beside the tables; the environment and the hash of the
    results are added to `about`. `runs` are folders with the tables of single runs to keep beside them (in runs/),
    by name; the record then holds their hashes. An older result of the same name is replaced at the very end.
    """
    partial = partial_folder(folder)
    shutil.rmtree(partial / "tables", ignore_errors=True)
    shutil.rmtree(partial / RUNS, ignore_errors=True)
    write_tables(partial, tables)
    about = {**about, **environment(), "result_hash": tables_hash(tables)}
    if runs is not None:
        about["run_hashes"] = _keep_runs(runs, partial / RUNS)
    write_record(about, partial / f"{kind}.json")
    shutil.rmtree(partial / "units", ignore_errors=True)
    return publish_folder(partial, folder, aside=_replaced_folder(folder))
