"""Two folders byte for byte: which file differs, and where in it."""

import io
import zipfile
import zlib
from pathlib import Path

from eum.verify.findings import Difference

_TEXT = {".html", ".csv", ".json", ".xml", ".txt", ".hpf", ".rdf", ".rels"}
_MOST_BYTES = 200_000_000
"""Of all members of an archive; a workbook of a report has a hundredth of it."""
_AROUND = 30
"""Letters shown on each side of the first difference."""


def compare_folders(stored: Path, built: Path) -> list[Difference]:
    """Return every file that is missing, too many or different; for a different one the first place of difference."""
    names = {
        path.relative_to(root).as_posix() for root in (stored, built) for path in root.rglob("*") if path.is_file()
    }
    found = []
    for name in sorted(names):
        if not (stored / name).is_file():
            found.append(Difference(name, "is missing"))
        elif not (built / name).is_file():
            found.append(Difference(name, "does not belong to the report"))
        else:
            found += compare_bytes(name, (stored / name).read_bytes(), (built / name).read_bytes())
    return found


def compare_bytes(name: str, stored: bytes, built: bytes) -> list[Difference]:
    """Return where the bytes of a file differ from what they should be: nothing where they do not."""
    if stored == built:
        return []
    suffix = Path(name).suffix
    if suffix in (".xlsx", ".hwpx") and zipfile.is_zipfile(io.BytesIO(stored)):
        return _compare_members(name, stored, built)
    if suffix in _TEXT:
        return [_line(name, stored, built)]
    return [Difference(f"{name}, byte {_first(stored, built) + 1}", "differs from what the stored runs give")]


def _compare_members(name: str, stored: bytes, built: bytes) -> list[Difference]:
    with zipfile.ZipFile(io.BytesIO(stored)) as old, zipfile.ZipFile(io.BytesIO(built)) as new:
        members = [
            (part, _read(old, part), _read(new, part)) for part in dict.fromkeys([*old.namelist(), *new.namelist()])
        ]
    found = [finding for part, left, right in members for finding in compare_bytes(f"{name}/{part}", left, right)]
    return found or [Difference(name, "holds the same parts, packed in another way")]


def _read(archive: zipfile.ZipFile, part: str) -> bytes:
    """Return a member, or what is wrong where all are too long; none is longer than the archive says."""
    n_bytes = sum(info.file_size for info in archive.infolist())
    if n_bytes > _MOST_BYTES:
        return f"{n_bytes} bytes unpacked; expected at most {_MOST_BYTES}".encode()
    try:
        return archive.read(part)
    except (KeyError, RuntimeError, EOFError, zlib.error, zipfile.BadZipFile):
        return b""


def _first(left: bytes, right: bytes) -> int:
    """Return the first position at which two texts differ; the end of the shorter one where one begins the other."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[:middle] == right[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _line(name: str, stored: bytes, built: bytes) -> Difference:
    at = _first(stored, built)
    number = stored[:at].count(b"\n") + 1
    return Difference(f"{name}, line {number}", f"{_around(stored, at)}; expected {_around(built, at)}")


def _around(text: bytes, at: int) -> str:
    start, end = text.rfind(b"\n", 0, at) + 1, text.find(b"\n", at)
    line = text[start : len(text) if end < 0 else end].decode(errors="replace")
    middle = len(text[start:at].decode(errors="replace"))
    left, right = max(0, middle - _AROUND), middle + _AROUND
    return f"“{'…' if left else ''}{line[left:right]}{'…' if right < len(line) else ''}”"
