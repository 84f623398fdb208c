"""What merchants save when a payment goes by the e-eum card: fees by sales band, part of the section on gains."""

import pandas as pd

from eum.dimensions import SALES_BANDS
from eum.output.report import number_format
from eum.output.report.document_model import Group, Heading, Reader, Table, Text
from eum.output.report.sections.common import Question, asked, pair, with_interval
from eum.output.report.study_reader import only_row, rows
from eum.output.report.traced_text import Said, cell, say

ALL_BANDS = "all"
_PLAIN = ("card_krw", "change_krw", "fee_krw", "credit_card_krw")
_AFTER = ("saving_replaced_krw", "saving_debit_krw", "support_krw", "net_krw")


def _cells(reader: Reader, row: "pd.Series | None", band: str) -> list[Said]:
    words, scale = reader.words, number_format.AXIS_KRW[reader.language]

    def amount(name: str) -> Said:
        # 억원 need a second digit: a district's savings are a few million won.
        digits = 2 if reader.language == "ko" else 1
        return number_format.NOTHING if row is None else say(number_format.number, cell(row, name) / scale, digits)

    name = words("fees.all") if band == ALL_BANDS else words.label("sales_band", band)
    saving = with_interval(*map(amount, ("saving_krw", "saving_low", "saving_high")))
    return [name, *map(amount, _PLAIN), saving, *map(amount, _AFTER)]


def fee_table(reader: Reader, question: Question, variant: str) -> Table:
    """Return the table of merchant fees of one question and variant: a group per family, a row per sales band."""
    words = reader.words
    found = rows(reader.study.tables["card_fees"], **pair(reader, variant, question))
    columns = [words("fees.band"), *(words(f"fees.{name}") for name in (*_PLAIN, "saving_krw", *_AFTER))]
    groups = []
    for family in reader.families:
        body = [_cells(reader, only_row(found, family=family, sales_band=b), b) for b in (*SALES_BANDS, ALL_BANDS)]
        groups.append(Group(words.label("family_short", family), body))
    which = f"{asked(reader, question)} · {reader.title(variant)}"
    return Table(words("fees.caption", which=which), columns, groups, note=words("fees.note"))


def fee_blocks(reader: Reader, asked_about: list[Question], variant: str) -> list:
    """Return heading, what is assumed, and a table of fees per question."""
    words = reader.words
    tables = [fee_table(reader, question, variant) for question in asked_about]
    return [Heading(words("fees.heading")), Text(words("fees.intro")), *tables]
