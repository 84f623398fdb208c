"""JSON and arrays kept in the user's cache folder between commands, under a hash of all that they depend on.

Deleting what is kept costs time later, never a result. A file that is damaged, or that stands under another name than
it was written under, is noticed and made again; a folder that cannot be written is no reason to stop.
"""

import contextlib
import json
import zipfile
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from eum.artifacts import fingerprint, sha256, write_whole
from eum.jit import cache_root

_N_DIGEST = 64
"""Bytes of a hash before arrays."""


def _digest(file: Path, content: str | bytes) -> str:
    of_bytes = content.encode() if isinstance(content, str) else content
    return sha256(f"{file.name}\n".encode() + of_bytes)


def cache_file(kind: str, about: Iterable[object], suffix: str = ".json") -> Path:
    """Return the file of a kind of content that depends on `about` alone."""
    return cache_root() / kind / f"{fingerprint(*about, digits=32)}{suffix}"


def cached_content(file: Path) -> Any | None:
    """Return what `keep_content` kept in a file; None where there is nothing, or not what was written."""
    try:
        kept = json.loads(file.read_bytes())
        return kept["content"] if kept["sha256"] == _digest(file, json.dumps(kept["content"])) else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def keep_content(file: Path, content: Any) -> None:
    """Keep content in a file, with its hash; numbers come back to the bit."""
    kept = {"sha256": _digest(file, json.dumps(content)), "content": content}
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, json.dumps(kept))


def cached_arrays(file: Path) -> dict[str, np.ndarray] | None:
    """Return what `keep_arrays` kept in a file; None where there is nothing, or not what was written."""
    try:
        kept = file.read_bytes()
        digest, content = kept[:_N_DIGEST], kept[_N_DIGEST:]
        if digest != _digest(file, content).encode():
            return None
        with np.load(BytesIO(content), allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None


def keep_arrays(file: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Keep arrays by name in a file (compressed, as NumPy reads them), its hash before them; they come back to the
    bit."""
    buffer, columns = BytesIO(), dict[str, Any](arrays)
    np.savez_compressed(buffer, **columns)
    content = buffer.getvalue()
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, _digest(file, content).encode() + content)
