"""Budgets: what is left by day, when the money runs out, and who pays."""

import pandas as pd

from eum.output.report import figures, figures_money, number_format
from eum.output.report.document_model import (
    Collapsible,
    Columns,
    DocumentGroup,
    DocumentTable,
    Figure,
    Heading,
    ReportContext,
    Section,
    Text,
)
from eum.output.report.sections.common import section_figure, shown_money, with_interval, with_interval_text
from eum.output.report.study_reader import only_row, rows
from eum.output.report.traced_text import TextLike, day_cell, format_traced, traced_cell


def _in_policy_world(reader: ReportContext, name: str, variant: str) -> pd.DataFrame:
    return rows(reader.study.tables[name], variant=variant, world=reader.study.world(variant, "district"))


def with_ends(paths: pd.DataFrame, budgets: pd.DataFrame) -> pd.DataFrame:
    """Return paths of one world with what was set aside and the median day on which it is gone (of the same world)."""
    ends = budgets[["family", "budget", "amount_krw", "exhausted_median"]]
    return paths.merge(ends, on=["family", "budget"], how="left", sort=False, validate="many_to_one")


def _paths(reader: ReportContext, variant: str) -> list[Figure]:
    words, found = reader.words, _in_policy_world(reader, "budget_paths", variant)
    found = with_ends(found, _in_policy_world(reader, "budgets", variant))
    shown = []
    for budget in dict.fromkeys(found["budget"]):
        label = words.label_or_code("budget", budget)
        caption = words("budgets.path_caption", budget=label, variant=reader.title(variant))
        name = f"budget_{variant}.{budget}"
        shown.append(section_figure(reader, name, figures_money.burn_down, rows(found, budget=budget), 2.6, caption))
    return shown


def _exhaustion(reader: ReportContext, variant: str) -> list:
    found = _in_policy_world(reader, "budgets", variant)
    if found.empty:
        return []
    record = reader.study.record
    found = found.assign(first=record["start"], last=record["end"])
    caption = reader.words("budgets.exhaustion_caption", variant=reader.title(variant))
    height = 1.2 + 0.65 * found["budget"].nunique()
    return [section_figure(reader, f"exhaustion_{variant}", figures.exhaustion, found, height, caption)]


def _cells(reader: ReportContext, row: pd.Series) -> list[TextLike]:
    words, language = reader.words, reader.language
    days = (day_cell(number_format.date, row, f"exhausted_{name}", language) for name in ("median", "low", "high"))
    return [
        words.label("family_short", row["family"]),
        words.label("payer", row["payer"]),
        purpose(reader, row["purpose"]),
        shown_money(reader, traced_cell(row, "amount_krw")),
        with_interval_text(number_format.money, row, ("spent_krw", "spent_low", "spent_high"), language),
        format_traced(number_format.percent, traced_cell(row, "share_of_runs_exhausted"), 0),
        with_interval(*days),
    ]


def purpose(reader: ReportContext, codes: str) -> str:
    """Return the label of a purpose; a budget may serve several, joined by "and"."""
    return " · ".join(reader.words.label_or_code("purpose", code) for code in str(codes).split(" and "))


def _table(reader: ReportContext, variant: str) -> DocumentTable:
    words, found = reader.words, _in_policy_world(reader, "budgets", variant)
    groups = [
        DocumentGroup(
            words.label_or_code("budget", budget),
            [_cells(reader, row) for _, row in rows(found, budget=budget).iterrows()],
        )
        for budget in dict.fromkeys(found["budget"])
    ]
    names = ("family", "payer", "purpose", "amount", "spent", "runs_exhausted", "exhausted_on")
    caption = words("budgets.table_caption", variant=reader.title(variant))
    return DocumentTable(caption, [words(f"column.{n}") for n in names], groups, words("budgets.table_note"), n_text=3)


def _funding(reader: ReportContext, variant: str) -> DocumentTable:
    words, groups = reader.words, []
    found = _in_policy_world(reader, "funding", variant)
    for payer in dict.fromkeys(found["payer"]):
        part = rows(found, payer=payer)
        body = []
        for code in dict.fromkeys(part["purpose"]):
            of_purpose = rows(part, purpose=code)
            if of_purpose["krw"].any():
                body.append([purpose(reader, code), *(_funded(reader, of_purpose, f) for f in reader.families)])
        groups += [DocumentGroup(words.label("payer", payer), body)] if body else []
    columns = [words("column.purpose"), *(words.label("family_short", family) for family in reader.families)]
    caption = words("budgets.funding_caption", variant=reader.title(variant))
    return DocumentTable(caption, columns, groups, words("budgets.funding_note"))


def _funded(reader: ReportContext, of_purpose: pd.DataFrame, family: str) -> TextLike:
    row = only_row(of_purpose, family=family)
    return number_format.NOTHING if row is None else shown_money(reader, traced_cell(row, "krw"))


def section(reader: ReportContext) -> Section:
    """Return the budgets section: days of exhaustion, paths, the table, and who pays."""
    words, lead, others = reader.words, reader.variants[-1], reader.variants[:-1]
    blocks: list = [Text(words("budgets.intro"))]
    for variant in reversed(reader.variants):
        blocks.append(Heading(reader.title(variant)))
        blocks += [*_exhaustion(reader, variant), Columns(list(_paths(reader, variant))), _table(reader, variant)]
    blocks += [Heading(words("budgets.who_pays")), _funding(reader, lead)]
    for variant in others:
        blocks.append(Collapsible(words("other_variant", variant=reader.title(variant)), [_funding(reader, variant)]))
    return Section("budgets", words("heading.budgets"), blocks)
