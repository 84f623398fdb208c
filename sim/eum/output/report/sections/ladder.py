"""The ladder drawn: every definition side by side, with the parts of each ratio."""

import pandas as pd

from eum.output.report import figures, number_format
from eum.output.report.document_model import (
    Columns,
    DocumentGroup,
    DocumentTable,
    Heading,
    ReportContext,
    Section,
    Text,
)
from eum.output.report.sections.answer import FISCAL
from eum.output.report.sections.common import (
    ReportView,
    pair,
    published_number,
    published_won,
    questions,
    section_figure,
    span,
    view_title,
    won_per_hundred,
)
from eum.output.report.study_reader import rows
from eum.output.report.traced_text import TextLike, format_traced, traced_cell


def _table(reader: ReportContext, chosen: pd.DataFrame, caption: str) -> DocumentTable:
    words = reader.words
    groups = []
    for rung in dict.fromkeys(chosen["rung"]):
        body: list[list[TextLike]] = [
            [
                words.label("family_short", row["family"]),
                won_per_hundred(row),
                span(
                    *(
                        format_traced(number_format.per_hundred, traced_cell(row, name))
                        for name in ("noise_low", "noise_high")
                    )
                ),
                format_traced(number_format.percent, traced_cell(row, "s")),
                format_traced(number_format.percent, traced_cell(row, "rho")),
            ]
            for _, row in chosen[chosen["rung"] == rung].iterrows()
        ]
        groups.append(DocumentGroup(words.label("rung", rung), body))
    columns = [words(f"column.{name}") for name in ("family", "won_per_hundred", "noise", "s", "rho")]
    return DocumentTable(caption, columns, groups)


def _view(reader: ReportContext, view: ReportView, variant: str) -> Columns:
    words = reader.words
    chosen = rows(
        reader.study.tables["ladder"], **pair(reader, variant, view), scope=view.scope, denominator=FISCAL
    ).sort_values("rung_order", kind="stable")
    caption = f"{view_title(reader, view)} · {reader.title(variant)}"
    if chosen.empty:
        return Columns([Text(words("nothing_stored", what=caption))])
    drawn = chosen.assign(published_ratio=published_number(reader).value)
    figure = section_figure(reader, f"ladder_{view.name}_{variant}", figures.ladder, drawn, 6.4, caption)
    return Columns([figure, _table(reader, chosen, caption)])


def section(reader: ReportContext) -> Section:
    """Return the ladder section: one figure and table per question and variant, over the fiscal cost."""
    words = reader.words
    blocks: list = [Text(words.tell("ladder.intro", won=published_won(reader)))]
    for question in questions(reader):
        blocks.append(Heading(view_title(reader, question)))
        blocks += [_view(reader, question, variant) for variant in reversed(reader.variants)]
    return Section("ladder", words("heading.ladder"), blocks)
