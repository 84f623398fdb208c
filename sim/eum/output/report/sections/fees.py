"""What merchants save when a payment goes by the e-eum card: fees by sales band, part of the section on gains."""

import pandas as pd

from eum.dimensions import SALES_BANDS
from eum.output.report import number_format
from eum.output.report.document_model import DocumentGroup, DocumentTable, Heading, ReportContext, Text
from eum.output.report.sections.common import ReportView, pair, view_title, with_interval
from eum.output.report.study_reader import only_row, rows
from eum.output.report.traced_text import TextLike, format_traced, traced_cell

EVERY_BAND = "all"
_PLAIN = ("card_krw", "change_krw", "fee_krw", "credit_card_krw")
_AFTER = ("saving_replaced_krw", "saving_debit_krw", "support_krw", "net_krw")


def _cells(reader: ReportContext, row: "pd.Series | None", band: str) -> list[TextLike]:
    words, scale = reader.words, number_format.AXIS_KRW[reader.language]

    def amount(name: str) -> TextLike:
        # 억원 need a second digit: a district's savings are a few million won.
        digits = 2 if reader.language == "ko" else 1
        return (
            number_format.NOTHING
            if row is None
            else format_traced(number_format.number, traced_cell(row, name) / scale, digits)
        )

    name = words("fees.all") if band == EVERY_BAND else words.label("sales_band", band)
    saving = with_interval(*map(amount, ("saving_krw", "saving_low", "saving_high")))
    return [name, *map(amount, _PLAIN), saving, *map(amount, _AFTER)]


def fee_table(reader: ReportContext, view: ReportView, variant: str) -> DocumentTable:
    """Return the table of merchant fees of one question and variant: a group per family, a row per sales band."""
    words = reader.words
    found = rows(reader.study.tables["card_fees"], **pair(reader, variant, view))
    columns = [words("fees.band"), *(words(f"fees.{name}") for name in (*_PLAIN, "saving_krw", *_AFTER))]
    groups = []
    for family in reader.families:
        body = [_cells(reader, only_row(found, family=family, sales_band=b), b) for b in (*SALES_BANDS, EVERY_BAND)]
        groups.append(DocumentGroup(words.label("family_short", family), body))
    which = f"{view_title(reader, view)} · {reader.title(variant)}"
    return DocumentTable(words("fees.caption", which=which), columns, groups, note=words("fees.note"))


def fee_blocks(reader: ReportContext, asked_about: list[ReportView], variant: str) -> list:
    """Return heading, what is assumed, and a table of fees per question."""
    words = reader.words
    tables = [fee_table(reader, question, variant) for question in asked_about]
    return [Heading(words("fees.heading")), Text(words("fees.intro")), *tables]
