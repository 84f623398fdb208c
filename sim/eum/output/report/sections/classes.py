"""Where card payments come from: what the same purchase was in the world without the policy."""

import pandas as pd

from eum.dimensions import CLASSES
from eum.output.report import figures, figures_money, number_format
from eum.output.report.document_model import DocumentGroup, DocumentTable, Heading, ReportContext, Section, Text
from eum.output.report.sections.common import (
    ReportView,
    in_city,
    pair,
    section_figure,
    shown_money,
    view_title,
    with_interval_text,
)
from eum.output.report.study_reader import only_row, rows
from eum.output.report.traced_text import TextLike, traced_cell


def _of_question(reader: ReportContext, view: ReportView) -> pd.DataFrame:
    table = reader.study.tables["classes"]
    parts = [rows(table, **pair(reader, variant, view)) for variant in reversed(reader.variants)]
    found = pd.concat(parts, ignore_index=True)
    found = found.assign(variant_title=[reader.short_title(str(variant)) for variant in found["variant"]])
    order = {name: position for position, name in enumerate(CLASSES)}
    return found.sort_values("class", key=lambda names: names.map(order), kind="stable")


def _cells(reader: ReportContext, found: pd.DataFrame, name: str) -> list[TextLike]:
    cells: list[TextLike] = [reader.words.label("class", name)]
    for family in reader.families:
        row = only_row(found, family=family, **{"class": name})
        if row is None:
            cells += [number_format.NOTHING, number_format.NOTHING]
            continue
        share = with_interval_text(number_format.percent, row, ("share_of_payments", "share_low", "share_high"))
        cells += [share, shown_money(reader, traced_cell(row, "krw"))]
    return cells


def _table(reader: ReportContext, found: pd.DataFrame, caption: str) -> DocumentTable:
    words = reader.words
    columns = [words("column.class")]
    for family in reader.families:
        name = words.label("family_short", family)
        columns += [words("classes.share_column", family=name), words("classes.krw_column", family=name)]
    groups = []
    for variant in dict.fromkeys(found["variant"]):
        part = rows(found, variant=variant)
        body = [_cells(reader, part, name) for name in dict.fromkeys(part["class"])]
        groups.append(DocumentGroup(reader.title(variant), body))
    return DocumentTable(caption, columns, groups)


def section(reader: ReportContext) -> Section:
    """Return the classes section: stacked bars and a table for the whole programme and for the district's money."""
    words = reader.words
    blocks: list = [Text(words("classes.intro"))]
    for question in in_city(reader):
        title, found = view_title(reader, question), _of_question(reader, question)
        blocks.append(Heading(title))
        if found.empty:
            blocks.append(Text(words("nothing_stored", what=title)))
            continue
        caption = words("classes.caption", question=title)
        flow = words("classes.flow_caption", which=f"{title} · {reader.title(reader.variants[-1])}")
        lead = rows(found, variant=reader.variants[-1])
        blocks.append(section_figure(reader, f"flow_{question.name}", figures_money.flow, lead, 2.9, flow, 6.8))
        blocks.append(section_figure(reader, f"classes_{question.name}", figures.classes, found, 4.6, caption))
        blocks.append(_table(reader, found, caption))
    return Section("classes", words("heading.classes"), blocks)
