"""The shipped fonts: for figures as they are, for pages cut down to the letters the page uses."""

import base64
import io
from importlib import resources

from fontTools import subset
from fontTools.ttLib import TTFont
from matplotlib import font_manager

FAMILY = "NanumGothic"
_FILES = {"400": "NanumGothic.ttf", "700": "NanumGothicBold.ttf"}


def add_to_matplotlib() -> None:
    """Make the shipped fonts known to Matplotlib, once."""
    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for name in _FILES.values():
        path = str(resources.files(__package__) / "fonts" / name)
        if path not in known:
            font_manager.fontManager.addfont(path)


def font_faces(text: str) -> str:
    """Return CSS @font-face rules with the letters of `text` embedded; the same text gives the same bytes."""
    letters = "".join(sorted(set(text) | {chr(code) for code in range(0x20, 0x7F)}))
    return "\n".join(
        f"@font-face{{font-family:'{FAMILY}';font-weight:{weight};font-style:normal;"
        f"src:url(data:font/woff;base64,{_subset(name, letters)}) format('woff')}}"
        for weight, name in _FILES.items()
    )


def _subset(name: str, letters: str) -> str:
    path = str(resources.files(__package__) / "fonts" / name)
    font = TTFont(path, recalcTimestamp=False)
    options = subset.Options()
    options.hinting = False
    options.layout_features = ["kern"]
    options.drop_tables += ["TSI0", "TSI1", "TSI2", "TSI3", "TSI5"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=letters)
    subsetter.subset(font)
    font.flavor = "woff"
    buffer = io.BytesIO()
    font.save(buffer)
    return base64.b64encode(buffer.getvalue()).decode("ascii")
