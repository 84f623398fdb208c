"""A drawing as text to put into a page: the same drawing gives the same bytes."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eum.output.report import fonts, style

Draw = Callable[[Axes], None]


@contextmanager
def house_style() -> Iterator[None]:
    """Set the house's figure settings for a while; the settings of the reader's own session stay untouched."""
    fonts.add_to_matplotlib()
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(style.SETTINGS)
        yield


def set_house_style() -> None:
    """Set the house's figure settings for the rest of a session, on white: for notebooks.

    The shipped font has Latin and Hangul, so that a policy with a Korean name is drawn as it is written.
    """
    fonts.add_to_matplotlib()
    mpl.rcParams.update(style.SETTINGS | {"figure.facecolor": "white", "savefig.facecolor": "white"})


def rendered_svg(draw: Draw, height: float, name: str, alt: str, width: float = style.WIDTH_INCHES) -> str:
    """Return a drawing on one pair of axes as inline SVG.

    `height` and `width` in inches; `name` makes the identifiers in the drawing unique on the page; `alt` is read
    aloud in place of the picture.
    """
    buffer = io.StringIO()
    with house_style():
        figure = _figure(draw, (width, height))
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _inline(buffer.getvalue(), name, alt)


def png_of(draw: Draw, inches: tuple[float, float], dots_per_inch: int = 300) -> bytes:
    """Return a drawing as PNG on white, for formats that cannot hold SVG; `inches` are width and height."""
    buffer = io.BytesIO()
    with house_style():
        figure = _figure(draw, inches)
        figure.savefig(buffer, format="png", dpi=dots_per_inch, facecolor="white", metadata={"Software": None})
    return buffer.getvalue()


def _figure(draw: Draw, inches: tuple[float, float]) -> Figure:
    figure = Figure(figsize=inches, layout="constrained")
    draw(figure.add_subplot())
    return figure


def _inline(text: str, name: str, alt: str) -> str:
    name, body = re.sub(r"[^\w.-]", "-", name), text[text.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>\s*", "", body, flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = body.replace('href="#', f'href="#{name}-').replace("url(#", f"url(#{name}-")
    body = re.sub(r"^ +", "", body, flags=re.MULTILINE)
    spoken = alt.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return body.replace("<svg ", f'<svg role="img" aria-label="{spoken}" ', 1).strip()
