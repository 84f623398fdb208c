"""What several sections need: the questions put to the ladder, cells with intervals, a figure as a block."""

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes

from sim.report import units
from sim.report.page import Picture, Reader
from sim.report.svg import svg_of
from sim.report.words import Words

CITY = "city"
Drawing = Callable[[pd.DataFrame, Axes, Words], None]


class Question(NamedTuple):
    """One question to the study: which world is the baseline, and in which scope effects count."""

    key: str
    baseline_role: str
    scope: str


def questions(reader: Reader) -> list[Question]:
    """Return the three questions: the whole programme; the district's own money, for the city and for itself."""
    return [
        Question("whole", "baseline", CITY),
        Question("own_city", "city", CITY),
        Question("own_district", "city", reader.focus),
    ]


def asked(reader: Reader, question: Question) -> str:
    """Return the title of a question in the reader's language."""
    return reader.words(f"question.{question.key}", district=district(reader))


def district(reader: Reader) -> str:
    """Return the name of the district the study is about."""
    return reader.words.label("district", reader.focus)


def pair(reader: Reader, variant: str, question: Question) -> dict[str, str]:
    """Return the columns and values that choose the pair of worlds of a question."""
    world = reader.study.world
    return {
        "variant": variant,
        "baseline": world(variant, question.baseline_role),
        "policy": world(variant, "district"),
    }


def with_interval(central: str, low: str, high: str) -> str:
    """Return a value with its interval, `287 (210 ~ 380)`."""
    if central == units.NOTHING:
        return central
    span = units.interval(low, high)
    return central if span == units.NOTHING else f"{central} ({span})"


def won_per_hundred(row: "pd.Series | None", prefix: str = "ratio_") -> str:
    """Return won per 100 won of budget with the interval, from columns ratio, `{prefix}low`, `{prefix}high`."""
    if row is None:
        return units.NOTHING
    return with_interval(*(units.per_hundred(row[name]) for name in ("ratio", f"{prefix}low", f"{prefix}high")))


def picture(reader: Reader, name: str, draw: Drawing, rows: pd.DataFrame, height: float, caption: str) -> Picture:
    """Return a figure drawn from rows, `height` in inches; the caption also stands in for the picture."""
    words = reader.words
    alt = f"{words('figure.alt')} {caption}"
    svg = svg_of(lambda axes: draw(rows, axes, words), height, name.replace("_", "-"), alt)
    return Picture(name, svg, caption, rows)
