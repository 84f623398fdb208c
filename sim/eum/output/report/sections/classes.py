"""Where card payments come from: what the same purchase was in the world without the policy."""

import pandas as pd

from eum.dimensions import CLASSES
from eum.output.report import figures, figures_money, number_format
from eum.output.report.document_model import Group, Heading, Reader, Section, Table, Text
from eum.output.report.sections.common import Question, asked, in_city, money, pair, picture, said
from eum.output.report.study_reader import only_row, rows
from eum.output.report.traced_text import Said, cell


def _of_question(reader: Reader, question: Question) -> pd.DataFrame:
    table = reader.study.tables["classes"]
    parts = [rows(table, **pair(reader, variant, question)) for variant in reversed(reader.variants)]
    found = pd.concat(parts, ignore_index=True)
    found = found.assign(variant_title=[reader.short_title(str(variant)) for variant in found["variant"]])
    order = {name: position for position, name in enumerate(CLASSES)}
    return found.sort_values("class", key=lambda names: names.map(order), kind="stable")


def _cells(reader: Reader, found: pd.DataFrame, name: str) -> list[Said]:
    cells: list[Said] = [reader.words.label("class", name)]
    for family in reader.families:
        row = only_row(found, family=family, **{"class": name})
        if row is None:
            cells += [number_format.NOTHING, number_format.NOTHING]
            continue
        share = said(number_format.percent, row, ("share_of_payments", "share_low", "share_high"))
        cells += [share, money(reader, cell(row, "krw"))]
    return cells


def _table(reader: Reader, found: pd.DataFrame, caption: str) -> Table:
    words = reader.words
    columns = [words("column.class")]
    for family in reader.families:
        name = words.label("family_short", family)
        columns += [words("classes.share_column", family=name), words("classes.krw_column", family=name)]
    groups = []
    for variant in dict.fromkeys(found["variant"]):
        part = rows(found, variant=variant)
        body = [_cells(reader, part, name) for name in dict.fromkeys(part["class"])]
        groups.append(Group(reader.title(variant), body))
    return Table(caption, columns, groups)


def section(reader: Reader) -> Section:
    """Return the classes section: stacked bars and a table for the whole programme and for the district's money."""
    words = reader.words
    blocks: list = [Text(words("classes.intro"))]
    for question in in_city(reader):
        title, found = asked(reader, question), _of_question(reader, question)
        blocks.append(Heading(title))
        if found.empty:
            blocks.append(Text(words("nothing_stored", what=title)))
            continue
        caption = words("classes.caption", question=title)
        flow = words("classes.flow_caption", which=f"{title} · {reader.title(reader.variants[-1])}")
        lead = rows(found, variant=reader.variants[-1])
        blocks.append(picture(reader, f"flow_{question.name}", figures_money.flow, lead, 2.9, flow, 6.8))
        blocks.append(picture(reader, f"classes_{question.name}", figures.classes, found, 4.6, caption))
        blocks.append(_table(reader, found, caption))
    return Section("classes", words("heading.classes"), blocks)
