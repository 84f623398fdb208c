"""Zip files (spreadsheets, HWPX) written again so that the same content gives the same bytes."""

import io
import zipfile
from collections.abc import Callable

_DAY = (1980, 1, 1, 0, 0, 0)
FIXED_DATE = "2000-01-01T00:00:00Z"
"""When office files say that they were made: one day for all, so that the same study gives the same bytes."""
Change = Callable[[str, bytes], bytes]


def normalised_zip(content: bytes, change: Change = lambda name, member: member) -> bytes:
    """Return a zip file with the members in their order, each changed, with one fixed date and system.

    `change` takes the name and the bytes of a member and returns its new bytes. Members stored without
    compression stay so (HWPX wants its first one plain).
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for about in old.infolist():
            entry = zipfile.ZipInfo(about.filename, _DAY)
            entry.compress_type, entry.create_system, entry.external_attr = about.compress_type, 3, 0o644 << 16
            new.writestr(entry, change(about.filename, old.read(about.filename)))
    return buffer.getvalue()
