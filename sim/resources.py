"""Finds what comes with eum: data, policies, definitions and measured tables, in a clone or in an installed package.

A clone is where `pyproject.toml` stands beside the package; its own files are then the ones that count, all of them. An
installed package carries a copy of them in `sim/_shipped`, under the same names.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CLONE, _INSTALLED = _PACKAGE.parent, _PACKAGE / "_shipped"


def resource(name: str) -> Path:
    """Return the file or folder of a name such as "data", "designs" or "docs/mechanisms.csv", whether it exists or not.

    It does not depend on the current folder.
    """
    home = _CLONE if (_CLONE / "pyproject.toml").is_file() else _INSTALLED
    return home / name
