"""Which version of code, data and policies a page's answers are from; found without loading the model."""

import hashlib
from pathlib import Path

from eum.city.data import default_folder
from eum.jit import RESULT_PACKAGES, source_hash
from eum.policy.files import POLICIES
from eum.toml import file_values

_PACKAGE = Path(__file__).parent
_ANSWERS = ("build", "predict", "kriging", "error", "training_runs", "definition", "outputs")
"""Files of this package on which stored answers depend."""


def version_of(definition: Path) -> str:
    """Return sixteen hex digits that change with anything the answers of a page's definition depend on.

    These are the packages whose sources a result can depend on, the files of this package that make the answers, tables
    and policies of the data folder, the definition, and the templates beside it.
    """
    files = [_PACKAGE / f"{name}.py" for name in _ANSWERS]
    files += [*default_folder().glob("*.csv"), *POLICIES.rglob("*.toml"), definition]
    said = file_values(definition)
    beside = [definition.parent / str(said.get(key)) for key in ("template", "beyond")]
    files += [path for path in beside if path.is_file()]
    digest = hashlib.sha256(source_hash(RESULT_PACKAGES).encode())
    for path in sorted(files, key=lambda path: path.name):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
