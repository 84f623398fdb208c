"""The answer: what 100 won of budget does, under which definition, how sure."""

from collections.abc import Callable

import pandas as pd

from eum.dimensions import AS_PUBLISHED, DENOMINATORS
from eum.errors import InputError
from eum.output.report import number_format
from eum.output.report.document_model import (
    Bullets,
    Collapsible,
    DocumentGroup,
    DocumentTable,
    ReportContext,
    Section,
    Text,
)
from eum.output.report.sections.common import (
    ReportView,
    in_city,
    pair,
    policy_label,
    published_number,
    questions,
    view_title,
    won_per_hundred,
)
from eum.output.report.study_reader import only_row, rows
from eum.output.report.traced_text import TextLike, TracedText, format_traced, from_record, separated_text, traced_cell

GLANCE = ("gross_use", "net_of_size_switching", "net_city_sales", "city_value_added", "national_net")
"""Rungs of the table at the top; the full ladder follows below it."""
ANSWER_EFFECTS = "net_city_sales"
FISCAL, CASHBACK = "fiscal_cost", "cashback"
"""Denominators: of the headline, and of the published ratio that stands beside it."""


def certainty(row: "pd.Series | None") -> str:
    """Return how an interval stands to the 100 won spent: above, below, unclear, maybe_nothing, negative, none."""
    if row is None or pd.isna(row["ratio_low"]) or pd.isna(row["ratio_high"]):
        return "none"
    if row["ratio_high"] < 0:
        return "negative"
    if row["ratio_low"] > 1:
        return "above"
    if row["ratio_high"] < 1:
        return "maybe_nothing" if row["ratio_low"] <= 0 else "below"
    return "unclear"


def answer_sentence(reader: ReportContext, by_family: "list[pd.Series | None]") -> str:
    """Return the certainty of a row of the table: one judgement where families agree, else each family's own."""
    words = reader.words
    judged = [certainty(row) for row in by_family]
    if len(judged) == 1:
        return words(f"certainty_each.{judged[0]}")
    if len(set(judged)) == 1:
        return words(f"certainty.{judged[0]}")
    each = [
        f"{words.label('family_short', family)}: {words(f'certainty_each.{judgement}')}"
        for family, judgement in zip(reader.families, judged, strict=True)
    ]
    return words("certainty_each.split") + " " + " / ".join(each)


def in_marks(reader: ReportContext, by_family: "list[pd.Series | None]") -> str:
    """Return the certainty of a row of the table as one mark a family, in the families' order."""
    return " ".join(reader.words(f"certainty_mark.{certainty(row)}") for row in by_family)


Verdict = Callable[[ReportContext, "list[pd.Series | None]"], str]


def _cells(
    reader: ReportContext, label: TextLike, by_family: "list[pd.Series | None]", judge: Verdict
) -> list[TextLike]:
    return [label, *(won_per_hundred(row) for row in by_family), judge(reader, by_family)]


def _rung_row(
    reader: ReportContext,
    variant: str,
    view: ReportView,
    rung: str,
    denominator: str,
    judge: Verdict = answer_sentence,
) -> list[TextLike]:
    chosen = {**pair(reader, variant, view), "scope": view.scope, "rung": rung, "denominator": denominator}
    table = reader.study.tables["ladder"]
    by_family = [only_row(table, family=family, **chosen) for family in reader.families]
    return _cells(reader, reader.words.label("rung", rung), by_family, judge)


def _accounting_row(
    reader: ReportContext, variant: str, view: ReportView, accounting: str, judge: Verdict = answer_sentence
) -> list[TextLike]:
    chosen = {**pair(reader, variant, view), "accounting": accounting}
    table = reader.study.tables["published"]
    by_family = [only_row(table, family=family, **chosen) for family in reader.families]
    first = next((row for row in by_family if row is not None), None)
    printed = (
        number_format.NOTHING
        if first is None
        else format_traced(number_format.per_hundred, traced_cell(first, "published_ratio"))
    )
    name = reader.words.label("accounting", accounting)
    label = reader.words.tell("answer.accounting_row", name=name, printed=printed)
    return _cells(reader, label, by_family, judge)


def _columns(reader: ReportContext, last: str) -> list[str]:
    families = [reader.words.label("family_short", family) for family in reader.families]
    return [reader.words("column.definition"), *families, reader.words(f"column.{last}")]


def _glance(reader: ReportContext) -> DocumentTable:
    words, groups = reader.words, []
    for question in in_city(reader):
        for variant in reversed(reader.variants):
            title = f"{view_title(reader, question)} · {reader.title(variant)}"
            body = [_rung_row(reader, variant, question, rung, FISCAL) for rung in GLANCE]
            body.insert(1, _accounting_row(reader, variant, question, AS_PUBLISHED))
            groups.append(DocumentGroup(title, body))
    columns, note = (
        _columns(reader, "certainty"),
        words("answer.glance_note", won=number_format.per_hundred(published_number(reader).value)),
    )
    return DocumentTable(words("answer.glance_caption"), columns, groups, note, last_is_text=True)


def _full(reader: ReportContext, view: ReportView) -> DocumentTable:
    words, groups = reader.words, []
    ladder = reader.study.tables["ladder"].sort_values("rung_order", kind="stable")
    accountings = list(dict.fromkeys(reader.study.tables["published"]["accounting"]))
    for variant in reversed(reader.variants):
        for denominator in DENOMINATORS:
            rungs = dict.fromkeys(rows(ladder, denominator=denominator, scope=view.scope)["rung"])
            title = f"{reader.title(variant)} · {words.label('denominator', denominator)}"
            body = [_rung_row(reader, variant, view, r, denominator, in_marks) for r in rungs]
            groups += [DocumentGroup(title, body)] if body else []
        if view.scope == "city":
            title = f"{reader.title(variant)} · {words('answer.published_group')}"
            groups.append(
                DocumentGroup(title, [_accounting_row(reader, variant, view, a, in_marks) for a in accountings])
            )
    note, columns = words("answer.full_note") + " " + words("certainty_mark.key"), _columns(reader, "against_spent")
    return DocumentTable(view_title(reader, view), columns, groups, note, last_is_text=True)


def answer_headline(reader: ReportContext, view: ReportView, denominator: str = FISCAL) -> TracedText:
    """Return one sentence: the headline rung by family for the variant that came about, per 100 won of a denominator.

    Over cashback, the denominator of the published ratio, it is the sentence that stands beside the headline.
    """
    words, variant = reader.words, reader.variants[-1]
    chosen = {
        **pair(reader, variant, view),
        "scope": view.scope,
        "rung": ANSWER_EFFECTS,
        "denominator": denominator,
    }
    found = []
    for family in reader.families:
        row = only_row(reader.study.tables["ladder"], family=family, **chosen)
        if row is None:
            key = ", ".join(f"{k}={v}" for k, v in {"family": family, **chosen}.items())
            raise InputError(f"tables/ladder.parquet: no row for {key}; expected one")
        values = {
            name: format_traced(number_format.per_hundred, traced_cell(row, name))
            for name in ("ratio", "ratio_low", "ratio_high")
        }
        key = "answer.no_cost" if number_format.NOTHING in values.values() else "answer.one_family"
        found.append(words.tell(key, family=words.label("family_short", family), **values))
    about = {"variant": reader.short_title(variant), **policy_label(reader, view)}
    key = f"headline_{view.key}" if denominator == FISCAL else f"headline_{denominator}"
    return words.tell(f"answer.{key}", each=separated_text(", ", found), **about)


def section(reader: ReportContext) -> Section:
    """Return the answer: headline sentences, what the 2.9 is, the table at a glance, the full tables."""
    words, record = reader.words, reader.study.record
    every = questions(reader)
    blocks = [
        *(Text(answer_headline(reader, question), strong=True) for question in every),
        Text(answer_headline(reader, every[0], CASHBACK)),
        Text(words("answer.what_is_published"), strong=True),
        _glance(reader),
        Bullets([*words.many("answer_reading")]),
        Text(words.tell("answer.intervals", n_runs=format_traced(number_format.number, from_record(record, "n_runs")))),
        Collapsible(words("answer.full_summary"), [_full(reader, question) for question in every]),
    ]
    return Section("answer", words("heading.answer"), blocks)
