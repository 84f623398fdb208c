"""The brief for a council: the answer first, three figures, what the data cannot decide. At most two pages."""

import pandas as pd

from eum.dimensions import CLASSES, DENOMINATORS
from eum.output.report import figures_money, number_format
from eum.output.report.document_model import (
    Bullets,
    Columns,
    DocumentBlock,
    DocumentGroup,
    DocumentTable,
    Figure,
    ReportContext,
    Section,
    Text,
)
from eum.output.report.sections.answer import CASHBACK, FISCAL, answer_headline
from eum.output.report.sections.budgets import with_ends
from eum.output.report.sections.common import (
    district,
    pair,
    published_number,
    published_won,
    questions,
    section_figure,
    whole,
    with_interval,
    won_per_hundred,
)
from eum.output.report.study_reader import only_row, rows
from eum.output.report.traced_text import TextLike, day_cell, format_traced, from_record, traced_cell

BRIEF_EFFECTS = ("gross_use", "net_of_size_switching", "net_city_sales", "city_value_added", "national_net")
"""From what is often quoted to what remains for the nation."""
MOST_QUESTIONS, MOST_BUDGETS = 3, 3
"""What a brief has room for; the technical report has all."""
_WIDE = 6.8
"""Inches: the width of a page's text."""


def _ladder(reader: ReportContext) -> pd.DataFrame:
    question, variant = whole(reader), reader.variants[-1]
    chosen = {**pair(reader, variant, question), "scope": question.scope, "denominator": FISCAL}
    found = rows(reader.study.tables["ladder"], **chosen)
    rungs = found[found["rung"].isin(BRIEF_EFFECTS)].sort_values("rung_order", kind="stable")
    return rungs.assign(published_ratio=published_number(reader).value)


def answer(reader: ReportContext) -> Section:
    """Return the answer in three sentences and the figure of the definitions."""
    words, others = reader.words, questions(reader)[1:MOST_QUESTIONS]
    caption = words("brief.rungs_caption", variant=reader.title(reader.variants[-1]))
    figure = section_figure(reader, "brief_rungs", figures_money.rungs, _ladder(reader), 3.8, caption, _WIDE)
    points: list[TextLike] = [
        answer_headline(reader, whole(reader)),
        answer_headline(reader, whole(reader), CASHBACK),
        words("brief.definition"),
        words.tell("brief.published", won=published_won(reader)),
        *(answer_headline(reader, question) for question in others),
    ]
    blocks: list[DocumentBlock] = [Text(words("brief.message"), strong=True), Bullets(points), figure]
    return Section("brief-answer", words("heading.brief_answer"), blocks)


def payments(reader: ReportContext) -> Section:
    """Return where card payments come from: the flow, and what it means."""
    words, variant = reader.words, reader.variants[-1]
    found = rows(reader.study.tables["classes"], **pair(reader, variant, whole(reader)))
    order = {name: position for position, name in enumerate(CLASSES)}
    found = found.sort_values("class", key=lambda names: names.map(order), kind="stable")
    caption = words("brief.flow_caption", variant=reader.title(variant))
    figure = section_figure(reader, "brief_flow", figures_money.flow, found, 2.9, caption, _WIDE)
    return Section("brief-payments", words("heading.brief_payments"), [Text(words("brief.flow")), figure])


def _of_programme(reader: ReportContext, name: str) -> pd.DataFrame:
    variant = reader.variants[-1]
    return rows(reader.study.tables[name], variant=variant, world=reader.study.world(variant, "district"))


def _budgets_shown(reader: ReportContext) -> tuple[bool, list[str]]:
    """Return whether the district of the study has budgets of its own, and those to show: its own, else all; few
    enough for a brief, those that run out most often first."""
    found = _of_programme(reader, "budgets")
    own = found[found["payer"] == reader.focus]
    often = (own if len(own) else found).groupby("budget", sort=False)["share_of_runs_exhausted"].mean()
    return len(own) > 0, [str(name) for name in often.sort_values(ascending=False, kind="stable").index[:MOST_BUDGETS]]


def _own_budgets(reader: ReportContext, name: str) -> pd.DataFrame:
    found, shown = _of_programme(reader, name), _budgets_shown(reader)[1]
    return found[found["budget"].isin(shown)]


def _burning(reader: ReportContext) -> "tuple[str, pd.DataFrame] | None":
    """Return the district's budget that runs out most often, and its path with what was set aside."""
    budgets = _own_budgets(reader, "budgets")
    if budgets.empty:
        return None
    often = budgets.groupby("budget", sort=False)["share_of_runs_exhausted"].mean()
    name = str(often.idxmax())
    return name, with_ends(rows(_own_budgets(reader, "budget_paths"), budget=name), budgets)


def _budget_figure(reader: ReportContext) -> Figure | None:
    found = _burning(reader)
    if found is None:
        return None
    budget, path = found
    words = reader.words
    caption = words("brief.budget_caption", budget=words.label_or_code("budget", budget))
    return section_figure(reader, "brief_burn_down", figures_money.burn_down, path, 2.3, caption, _WIDE / 2)


def _exhausted(reader: ReportContext, row: pd.Series) -> TextLike:
    language = reader.language
    return reader.words.tell(
        "brief.budget_row",
        share=format_traced(number_format.percent, traced_cell(row, "share_of_runs_exhausted"), 0),
        day=day_cell(number_format.date, row, "exhausted_median", language),
    )


def _amount(reader: ReportContext, row: pd.Series, name: str) -> TextLike:
    digits = 2 if reader.language == "ko" else 0
    return format_traced(number_format.number, traced_cell(row, name) / number_format.AXIS_KRW[reader.language], digits)


def _budget_table(reader: ReportContext) -> DocumentTable:
    words, found = reader.words, _own_budgets(reader, "budgets")
    groups = []
    for budget in dict.fromkeys(found["budget"]):
        body: list[list[TextLike]] = []
        for family in reader.families:
            row = only_row(found, budget=budget, family=family)
            if row is not None:
                spent = with_interval(
                    *(_amount(reader, row, name) for name in ("spent_krw", "spent_low", "spent_high"))
                )
                body.append([words.label("family_short", family), spent, _exhausted(reader, row)])
        groups.append(DocumentGroup(words.label_or_code("budget", budget), body))
    columns = [words("column.family"), words("brief.spent_column"), words("brief.exhausted_column")]
    key = "budget_table" if _budgets_shown(reader)[0] else "budget_table_all"
    caption = words(f"brief.{key}", district=district(reader))
    return DocumentTable(caption, columns, groups, last_is_text=True)


def budget_lines(reader: ReportContext) -> Section:
    """Return how long the district's own money lasts: one figure and one table."""
    words, figure = reader.words, _budget_figure(reader)
    own = _budgets_shown(reader)[0]
    title = words("heading.brief_budget" if own else "heading.brief_budget_all", district=district(reader))
    if figure is None:
        return Section("brief-budget", title, [Text(words("brief.no_budget"))])
    return Section("brief-budget", title, [Columns([figure, _budget_table(reader)])])


def _by_denominator(reader: ReportContext) -> DocumentTable:
    words, variant, question = reader.words, reader.variants[-1], whole(reader)
    groups = []
    for denominator in DENOMINATORS:
        chosen = {**pair(reader, variant, question), "scope": question.scope, "denominator": denominator}
        body: list[list[TextLike]] = []
        for rung in ("net_city_sales", "city_value_added"):
            found = [only_row(reader.study.tables["ladder"], rung=rung, family=f, **chosen) for f in reader.families]
            body.append([words.label("rung", rung), *map(won_per_hundred, found)])
        groups.append(DocumentGroup(words.label("denominator", denominator), body))
    columns = [words("column.definition"), *(words.label("family_short", family) for family in reader.families)]
    return DocumentTable(words("brief.cost_table"), columns, groups)


def limits(reader: ReportContext) -> Section:
    """Return the headline over each denominator, what the data cannot decide, and how the figures were made."""
    words, record = reader.words, reader.study.record
    made = words.tell(
        "brief.made",
        start=number_format.date(record["start"], reader.language),
        end=number_format.date(record["end"], reader.language),
        n_runs=format_traced(number_format.number, from_record(record, "n_runs")),
        scale=format_traced(number_format.scale, from_record(record, "scale")),
    )
    remarks = [remark[reader.language] for remark in record["remarks"] if remark["in_brief"]]
    prior = [words("prior_predictive.note")] if reader.is_prior_predictive else []
    undecided: list[TextLike] = [*prior, *words.many("brief_undecided"), *remarks]
    return Section(
        "brief-limits", words("heading.brief_limits"), [_by_denominator(reader), Bullets(undecided), Text(made)]
    )
