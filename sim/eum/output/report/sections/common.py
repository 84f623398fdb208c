"""What several sections need: the questions put to the ladder, cells with intervals, a figure as a block."""

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes

from eum.dimensions import AS_PUBLISHED
from eum.output.report import number_format, style
from eum.output.report.document_model import Figure, ReportContext
from eum.output.report.i18n import Words
from eum.output.report.render_figure import rendered_svg
from eum.output.report.traced_text import TextLike, TracedNumber, format_traced, joined_text, traced_cell

CITY_ROWS = "city"
Drawing = Callable[[pd.DataFrame, Axes, Words], None]


class ReportView(NamedTuple):
    """One question to the study: which world is the baseline, and in which scope effects count."""

    key: str
    """Of its phrases: whole or whole_district; own_ for the district's own money, added_ where others pay too."""
    baseline_role: str
    scope: str
    name: str
    """Part of the names of its figures."""


def whole(reader: ReportContext) -> ReportView:
    """Return the question about the whole programme, in all of the city."""
    return ReportView("whole", "baseline", CITY_ROWS, "whole")


def beyond_city(reader: ReportContext) -> ReportView | None:
    """Return the question about what the policies add to the city's programme; None where they add nothing to it."""
    return ReportView(f"{_money(reader)}_city", "city", CITY_ROWS, "own_city") if reader.adds_to_city else None


def _money(reader: ReportContext) -> str:
    return "own" if reader.study.record["is_own_money"] else "added"


def questions(reader: ReportContext) -> list[ReportView]:
    """Return all questions: the whole programme; what is added to the city's; the last of these in each district."""
    beyond = beyond_city(reader)
    key, role = ("whole", "baseline") if beyond is None else (_money(reader), "city")
    places = [
        ReportView(f"{key}_district", role, place, "own_district" if place == reader.focus else f"in_{place}")
        for place in reader.districts
    ]
    return [whole(reader), *([] if beyond is None else [beyond]), *places]


def in_city(reader: ReportContext) -> list[ReportView]:
    """Return the questions about effects in all of the city."""
    return [question for question in questions(reader) if question.scope == CITY_ROWS]


def view_title(reader: ReportContext, view: ReportView) -> str:
    """Return the title of a question in the reader's language."""
    return reader.words(f"question.{view.key}", **policy_label(reader, view))


def policy_label(reader: ReportContext, view: ReportView) -> dict[str, str]:
    """Return what a question's phrases name: the district of the study, and the place where effects count."""
    place = "" if view.scope == CITY_ROWS else reader.words.label("district", view.scope)
    return {"district": district(reader), "place": place}


def district(reader: ReportContext) -> str:
    """Return the name of the district the study is about; nothing where it is about none."""
    return "" if reader.focus is None else reader.words.label("district", reader.focus)


def pair(reader: ReportContext, variant: str, view: ReportView) -> dict[str, str]:
    """Return the columns and values that choose the pair of worlds of a question."""
    world = reader.study.world
    return {
        "variant": variant,
        "baseline": world(variant, view.baseline_role),
        "policy": world(variant, "district"),
    }


def span(low: TextLike, high: TextLike) -> TextLike:
    """Return a range of two values, `210 ~ 380`."""
    return number_format.NOTHING if number_format.NOTHING in (low, high) else joined_text(low, " ~ ", high)


def with_interval(central: TextLike, low: TextLike, high: TextLike) -> TextLike:
    """Return a value with its interval, `287 (210 ~ 380)`."""
    if number_format.NOTHING in (central, low, high):
        return central
    return joined_text(central, " (", span(low, high), ")")


def with_interval_text(
    form: Callable[..., str], row: pd.Series, columns: tuple[str, str, str], *how: object
) -> TextLike:
    """Return the numbers of three columns (value, low, high) of a row as a value with its interval."""
    return with_interval(*(format_traced(form, traced_cell(row, name), *how) for name in columns))


def published_number(reader: ReportContext) -> TracedNumber:
    """Return the ratio that the institute published, won per won of cashback, as the study holds it."""
    table = reader.study.tables["published"]
    return traced_cell(table[table["accounting"] == AS_PUBLISHED].iloc[0], "published_ratio")


def published_won(reader: ReportContext) -> TextLike:
    """Return the same per 100 won."""
    return format_traced(number_format.per_hundred, published_number(reader))


def shown_money(reader: ReportContext, value: TracedNumber) -> TextLike:
    """Return an amount of won in the unit of its size."""
    return format_traced(number_format.money, value, reader.language)


def won_per_hundred(row: "pd.Series | None") -> TextLike:
    """Return won per 100 won of budget with the interval."""
    return (
        number_format.NOTHING
        if row is None
        else with_interval_text(number_format.per_hundred, row, ("ratio", "ratio_low", "ratio_high"))
    )


def section_figure(
    reader: ReportContext,
    name: str,
    draw: Drawing,
    rows: pd.DataFrame,
    height: float,
    caption: str,
    width: float = style.WIDTH_INCHES,
) -> Figure:
    """Return a figure drawn from rows, sizes in inches; the caption also stands in for the picture."""
    words = reader.words

    def on(axes: Axes) -> None:
        draw(rows, axes, words)

    alt = f"{words('figure.alt')} {caption}"
    svg = rendered_svg(on, height, name, alt, width)
    return Figure(name, svg, caption, rows, on, (width, height))
