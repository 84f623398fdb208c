"""JSON kept in the user's cache folder between commands, under a hash of all that it depends on.

Deleting what is kept costs time later, never a result. A file that another program has damaged is noticed by the hash
of its content and made again; a folder that cannot be written is no reason to stop.
"""

import contextlib
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from eum.artifacts import fingerprint, write_whole
from eum.jit import cache_root


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def cache_file(kind: str, about: Iterable[object]) -> Path:
    """Return the file of a kind of content that depends on `about` alone."""
    return cache_root() / kind / f"{fingerprint(*about, digits=32)}.json"


def cached_content(file: Path) -> Any | None:
    """Return what `keep_content` kept in a file; None where there is nothing, or not what was written."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        return kept["content"] if kept["sha256"] == _digest(json.dumps(kept["content"])) else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def keep_content(file: Path, content: Any) -> None:
    """Keep content in a file, with its hash; numbers come back to the bit."""
    kept = {"sha256": _digest(json.dumps(content)), "content": content}
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, json.dumps(kept))
