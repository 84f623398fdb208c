"""Which version of code, data and policies a page's answers are from; found without loading the model."""

import hashlib
from pathlib import Path

from sim.city.package import default_folder
from sim.compiled import RESULT_ROOMS, source_hash
from sim.policy.files import POLICIES
from sim.resources import resource
from sim.toml import file_values

DESIGNS = resource("designs")
_ROOM = Path(__file__).parent
_ANSWERS = (
    *("answers", "answering", "emulate", "emulator_error"),
    *("live_designs", "page_definition", "read_off", "worlds"),
)
"""Files of this room on which stored answers depend."""


def version_of(definition: Path) -> str:
    """Return sixteen hex digits that change with anything the answers of a page's definition depend on.

    These are the rooms whose sources a result can depend on, the files of this room that make the answers, tables and
    policies of the data folder, the definition, and the templates beside it.
    """
    files = [_ROOM / f"{name}.py" for name in _ANSWERS]
    files += [*default_folder().glob("*.csv"), *POLICIES.rglob("*.toml"), definition]
    said = file_values(definition)
    beside = [definition.parent / str(said.get(key)) for key in ("template", "beyond")]
    files += [path for path in beside if path.is_file()]
    digest = hashlib.sha256(source_hash(RESULT_ROOMS).encode())
    for path in sorted(files, key=lambda path: path.name):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
