"""The ladder drawn: every definition side by side, with the parts of each ratio."""

import pandas as pd

from eum.output.report import figures, number_format
from eum.output.report.document_model import Beside, Group, Heading, Reader, Section, Table, Text
from eum.output.report.sections.answer import FISCAL
from eum.output.report.sections.common import (
    Question,
    asked,
    pair,
    picture,
    published_number,
    published_won,
    questions,
    span,
    won_per_hundred,
)
from eum.output.report.study_reader import rows
from eum.output.report.traced_text import Said, cell, say


def _table(reader: Reader, chosen: pd.DataFrame, caption: str) -> Table:
    words = reader.words
    groups = []
    for rung in dict.fromkeys(chosen["rung"]):
        body: list[list[Said]] = [
            [
                words.label("family_short", row["family"]),
                won_per_hundred(row),
                span(*(say(number_format.per_hundred, cell(row, name)) for name in ("noise_low", "noise_high"))),
                say(number_format.percent, cell(row, "s")),
                say(number_format.percent, cell(row, "rho")),
            ]
            for _, row in chosen[chosen["rung"] == rung].iterrows()
        ]
        groups.append(Group(words.label("rung", rung), body))
    columns = [words(f"column.{name}") for name in ("family", "won_per_hundred", "noise", "s", "rho")]
    return Table(caption, columns, groups)


def _view(reader: Reader, question: Question, variant: str) -> Beside:
    words = reader.words
    chosen = rows(
        reader.study.tables["ladder"], **pair(reader, variant, question), scope=question.scope, denominator=FISCAL
    ).sort_values("rung_order", kind="stable")
    caption = f"{asked(reader, question)} · {reader.title(variant)}"
    if chosen.empty:
        return Beside([Text(words("nothing_stored", what=caption))])
    drawn = chosen.assign(published_ratio=published_number(reader).value)
    figure = picture(reader, f"ladder_{question.name}_{variant}", figures.ladder, drawn, 6.4, caption)
    return Beside([figure, _table(reader, chosen, caption)])


def section(reader: Reader) -> Section:
    """Return the ladder section: one figure and table per question and variant, over the fiscal cost."""
    words = reader.words
    blocks: list = [Text(words.tell("ladder.intro", won=published_won(reader)))]
    for question in questions(reader):
        blocks.append(Heading(asked(reader, question)))
        blocks += [_view(reader, question, variant) for variant in reversed(reader.variants)]
    return Section("ladder", words("heading.ladder"), blocks)
