"""JSON kept in the user's cache folder between commands, under a hash of all that it depends on.

Deleting what is kept costs time later, never a result. A file that is damaged, or that stands under another name than
it was written under, is noticed and made again; a folder that cannot be written is no reason to stop.
"""

import contextlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from eum.artifacts import fingerprint, sha256, write_whole
from eum.jit import cache_root


def _digest(file: Path, content: str) -> str:
    return sha256(f"{file.name}\n{content}".encode())


def cache_file(kind: str, about: Iterable[object]) -> Path:
    """Return the file of a kind of content that depends on `about` alone."""
    return cache_root() / kind / f"{fingerprint(*about, digits=32)}.json"


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
