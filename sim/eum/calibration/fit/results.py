"""What a fit's folder holds: runs below `units`, and a folder for the result of each command, complete or not there."""

import json
from pathlib import Path

import pandas as pd

from eum.artifacts import SealedFolder, new_folder
from eum.errors import InputError
from eum.stored import sealed_table, write_tables

POSTERIOR, RECOVERY, VALIDATION = "posterior", "recovery", "validation"
_COMMANDS = {POSTERIOR: "eum calibrate fit", RECOVERY: "eum calibrate recover", VALIDATION: "eum calibrate forecast"}


def write_result(folder: Path, what: str, tables: dict[str, pd.DataFrame], about: dict[str, object]) -> Path:
    """Write a command's tables and what they are of; the folder appears when all is there, in place of an older one.

    Raises OSError where the folder cannot be written.
    """
    final = folder / what
    with new_folder(final, what) as made:
        write_tables(made, tables)
        (made / "about.json").write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return final


def result_table(folder: Path, what: str, name: str) -> pd.DataFrame:
    """Return a table of a result (POSTERIOR, RECOVERY, VALIDATION). Raises InputError where there is none."""
    path = Path(folder) / what / f"{name}.parquet"
    if not path.is_file():
        raise InputError(f"{path}: no such result; expected one written by {_COMMANDS[what]}")
    return sealed_table(SealedFolder(path.parent), name)
