"""What several sections need: the questions put to the ladder, cells with intervals, a figure as a block."""

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes

from sim.report import style, units
from sim.report.page import Picture, Reader
from sim.report.svg import svg_of
from sim.report.told import Number, Said, cell, joined, say
from sim.report.words import Words
from sim.vocabulary import AS_PUBLISHED

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


def span(low: Said, high: Said) -> Said:
    """Return a range of two values, `210 ~ 380`."""
    return units.NOTHING if units.NOTHING in (low, high) else joined(low, " ~ ", high)


def with_interval(central: Said, low: Said, high: Said) -> Said:
    """Return a value with its interval, `287 (210 ~ 380)`."""
    if units.NOTHING in (central, low, high):
        return central
    return joined(central, " (", span(low, high), ")")


def said(form: Callable[..., str], row: pd.Series, columns: tuple[str, str, str], *how: object) -> Said:
    """Return the numbers of three columns (value, low, high) of a row as a value with its interval."""
    return with_interval(*(say(form, cell(row, name), *how) for name in columns))


def published_number(reader: Reader) -> Number:
    """Return the ratio that the institute published, won per won of cashback, as the study holds it."""
    table = reader.study.tables["published"]
    return cell(table[table["accounting"] == AS_PUBLISHED].iloc[0], "published_ratio")


def published_won(reader: Reader) -> Said:
    """Return the same per 100 won."""
    return say(units.per_hundred, published_number(reader))


def money(reader: Reader, value: Number) -> Said:
    """Return an amount of won in the unit of its size."""
    return say(units.money, value, reader.language)


def won_per_hundred(row: "pd.Series | None") -> Said:
    """Return won per 100 won of budget with the interval."""
    return units.NOTHING if row is None else said(units.per_hundred, row, ("ratio", "ratio_low", "ratio_high"))


def picture(
    reader: Reader,
    name: str,
    draw: Drawing,
    rows: pd.DataFrame,
    height: float,
    caption: str,
    width: float = style.WIDTH_INCHES,
) -> Picture:
    """Return a figure drawn from rows, sizes in inches; the caption also stands in for the picture."""
    words = reader.words

    def on(axes: Axes) -> None:
        draw(rows, axes, words)

    alt = f"{words('figure.alt')} {caption}"
    svg = svg_of(on, height, name.replace("_", "-"), alt, width)
    return Picture(name, svg, caption, rows, on, (width, height))
