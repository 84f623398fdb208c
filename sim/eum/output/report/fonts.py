"""The shipped fonts: for figures as they are, for pages cut down to the letters the page uses."""

import base64
import io
from collections.abc import Iterable
from importlib import resources

from fontTools import subset
from fontTools.ttLib import TTFont
from matplotlib import font_manager

FONT_FAMILY = "NanumGothic"
_FILES = {"400": "NanumGothic.ttf", "700": "NanumGothicBold.ttf"}


def add_to_matplotlib() -> None:
    """Make the shipped fonts known to Matplotlib, once."""
    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for name in _FILES.values():
        path = str(resources.files(__package__) / "fonts" / name)
        if path not in known:
            font_manager.fontManager.addfont(path)


class Fonts:
    """The shipped fonts with the letters of some pages, from which each page's own are cut.

    A page gets the same bytes as if its letters were cut from the whole fonts, which takes longer.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        letters = _letters("".join(texts))
        folder = resources.files(__package__) / "fonts"
        self._files = {weight: _cut((folder / name).read_bytes(), letters) for weight, name in _FILES.items()}

    def faces(self, text: str) -> str:
        """Return CSS @font-face rules with the letters of one of the texts embedded; the same text gives the same
        bytes."""
        woff = {weight: _cut(file, _letters(text), "woff") for weight, file in self._files.items()}
        return "\n".join(
            f"@font-face{{font-family:'{FONT_FAMILY}';font-weight:{weight};font-style:normal;"
            f"src:url(data:font/woff;base64,{base64.b64encode(file).decode('ascii')}) format('woff')}}"
            for weight, file in woff.items()
        )


def _letters(text: str) -> str:
    return "".join(sorted(set(text) | {chr(code) for code in range(0x20, 0x7F)}))


def _cut(file: bytes, letters: str, flavor: str | None = None) -> bytes:
    font = TTFont(io.BytesIO(file), recalcTimestamp=False)
    options = subset.Options()
    options.hinting = False
    options.layout_features = ["kern"]
    options.drop_tables += ["TSI0", "TSI1", "TSI2", "TSI3", "TSI5"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=letters)
    subsetter.subset(font)
    font.flavor = flavor
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()
