"""Finds what comes with eum: data, policies, definitions and measured tables, in a clone or in an installed package.

A clone is where `pyproject.toml` stands beside `sim/`, the folder of the package; its own files are then the ones that
count, all of them. An installed package carries a copy of them in `_shipped`, under the same names.
"""

from pathlib import Path


def home_of(package: Path) -> Path:
    """Return the folder that holds what comes with a copy of the package: the clone, or the folder inside of it."""
    clone = package.parents[1]
    return clone if (clone / "pyproject.toml").is_file() else package / "_shipped"


HOME = home_of(Path(__file__).resolve().parent)
"""Where everything is that comes with eum."""


def resource(name: str) -> Path:
    """Return the file or folder of a name such as "data", "designs" or "docs/mechanisms.csv", whether it exists or not.

    It does not depend on the current folder.
    """
    return HOME / name


DESIGNS = resource("designs")
"""Folder of the shipped definitions: searches, games, fits, analyses of sensitivity, pages."""
