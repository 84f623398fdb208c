"""What an office document says of itself: title, author, date, and what a file manager shows before it is opened."""

import datetime
import re
from typing import NamedTuple
from xml.sax.saxutils import escape

from eum.output.report import number_format
from eum.output.report.documents import Document
from eum.output.report.pdf import first_page_png
from eum.output.report.reproducible_zip import FIXED_DATE

_AUTHOR = "eum"
_LETTERS, _DOTS_PER_INCH = 1000, 88
"""Of the text and of the picture that are shown before the document is opened."""


class About(NamedTuple):
    """What an office document says of itself."""

    fields: dict[str, str]
    """Field of the metadata -> its text."""
    beginning: str
    first_page: bytes
    """A picture of the first page (PNG)."""

    def put_into(self, name: str, member: bytes) -> bytes:
        """Return a member of the file with what the document says of itself, where it belongs there."""
        if name == "Contents/content.hpf":
            return self._with_fields(member.decode("utf-8")).encode("utf-8")
        if name == "Preview/PrvText.txt":
            return self.beginning.replace("\n", "\r\n").encode("utf-8")
        return self.first_page if name == "Preview/PrvImage.png" else member

    def _with_fields(self, text: str) -> str:
        for field, value in self.fields.items():
            tag, start = ("opf:meta", f'<opf:meta name="{field}" content="text"')
            if field in ("title", "language"):
                tag, start = f"opf:{field}", f"<opf:{field}"
            found = re.compile(rf"{re.escape(start)}(?:\s*/>|>[^<]*</{tag}>)")
            filled = f"{start}>{escape(value)}</{tag}>"
            text, n_filled = found.subn(lambda _, filled=filled: filled, text)  # type: ignore[misc]
            assert n_filled == 1, field
        return text


def about_office_file(document: Document, text: str, run: str) -> About:
    """Return what a document says of itself: `text` is all it says, `run` the run it reports."""
    day = datetime.datetime.fromisoformat(FIXED_DATE).date().isoformat()
    fields = {
        "title": document.study_title,
        "language": document.language,
        "creator": _AUTHOR,
        "lastsaveby": _AUTHOR,
        "subject": document.title,
        "description": run,
        "CreatedDate": FIXED_DATE,
        "ModifiedDate": FIXED_DATE,
        "date": number_format.date(day, document.language),
    }
    return About(fields, text[:_LETTERS], first_page_png(document, _DOTS_PER_INCH))
