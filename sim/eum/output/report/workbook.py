"""Tables as a spreadsheet: inputs from the stored runs in yellow, everything else as formulas over them.

Formulas carry the value they had when written, so that a reader without a calculating program sees them too.
"""

import io
import math
import re
from collections.abc import Iterable

import pandas as pd

from eum.dimensions import CLASSES
from eum.extras import extra
from eum.output.report.document_model import ReportContext
from eum.output.report.reproducible_zip import FIXED_DATE, normalised_zip
from eum.output.report.sections.common import pair, questions, view_title
from eum.output.report.sheets import (
    FLAG,
    RATIO,
    SHARE,
    WON,
    Formula,
    Input,
    Sheet,
    SheetLine,
    add_sheet,
    add_text_sheet,
    values_of_formulas,
    writable_text,
)
from eum.output.report.study_reader import only_row, rows
from eum.output.report.traced_text import LINE

with extra("report"):
    from openpyxl import Workbook  # type: ignore[import-untyped]

_NOT_COUNTED = ("replaced", "unchanged")


def workbook(reader: ReportContext) -> bytes:
    """Return the workbook of a study in the reader's language; the same study gives the same bytes."""
    sheets = [_ladder(reader), _classes(reader), _own(reader), _budgets(reader)]
    book, title = Workbook(), str(reader.study.record[f"title_{reader.language}"])
    book.remove(book.active)
    book.properties.creator, book.properties.title = "eum", writable_text(title)
    add_text_sheet(book, reader.words("workbook.read_me"), title, _about(reader))
    for sheet in sheets:
        add_sheet(book, sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    shown = {f"xl/worksheets/sheet{n}.xml": values_of_formulas(sheet) for n, sheet in enumerate(sheets, start=2)}
    return normalised_zip(buffer.getvalue(), lambda name, member: _settled(name, member, shown))


def _settled(name: str, member: bytes, shown: dict[str, dict[str, float]]) -> bytes:
    """Return a part with fixed dates, and with the values of its formulas."""
    if name == "docProps/core.xml":
        return re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", FIXED_DATE.encode(), member)
    if name not in shown:
        return member
    values = shown[name]

    def with_value(found: re.Match[bytes]) -> bytes:
        return found[1] + b"<v>" + repr(values[found[2].decode()]).encode() + b"</v>"

    return re.sub(rb'(<c r="([A-Z]+\d+)"[^>]*><f>[^<]*</f>)(?:<v\s*/>|<v></v>)', with_value, member)


def _letter(column: int) -> str:
    return chr(ord("A") + column)


def _about(reader: ReportContext) -> list[str]:
    words, record = reader.words, reader.study.record
    about = [reader.imprint] if reader.imprint else []
    about += [words(f"workbook.about_{name}") for name in "abcd"]
    return [*about, *(f"{words(f'workbook.{name}')}: {record[name]}" for name in ("study", "result_hash"))]


def _of(reader: ReportContext, names: Iterable[str]) -> list[str]:
    return [reader.words(f"workbook.{name}") for name in names]


def _ladder(reader: ReportContext) -> Sheet:
    names = ("variant", "question", "rung", "family", "denominator", "effect", "payments", "cost")
    head = _of(reader, (*names, "s", "rho", "of_medians", "of_runs", "low", "high", "line"))
    lines: list[SheetLine] = []
    for variant in reversed(reader.variants):
        for question in questions(reader):
            found = rows(reader.study.tables["ladder"], **pair(reader, variant, question), scope=question.scope)
            about = [reader.title(variant), view_title(reader, question)]
            whole = found[found["ratio"].notna() & (found["payments_krw"] != 0)]
            first = 2 + len(lines)
            lines += [_rung(reader, about, row, n) for n, (_, row) in enumerate(whole.iterrows(), start=first)]
    return Sheet(reader.words("workbook.ladder"), head, lines)


def _rung(reader: ReportContext, about: list[str], row: pd.Series, number: int) -> SheetLine:
    words = reader.words
    effect, payments, cost = (float(row[f"{name}_krw"]) for name in ("numerator", "payments", "cost"))
    return [
        *about,
        words.label("rung", row["rung"]),
        words.label("family_short", row["family"]),
        words.label("denominator", row["denominator"]),
        *(Input(value, WON) for value in (effect, payments, cost)),
        Formula(f"=F{number}/G{number}", effect / payments, SHARE),
        Formula(f"=H{number}/G{number}", cost / payments, SHARE),
        Formula(f"=F{number}/H{number}*100", effect / cost * 100, RATIO),
        *(Input(100 * float(row[name]), RATIO) for name in ("ratio", "ratio_low", "ratio_high")),
        str(row[LINE]),
    ]


def _shares(reader: ReportContext, variant: str) -> pd.DataFrame:
    return rows(reader.study.tables["classes"], **pair(reader, variant, questions(reader)[0]))


def _classes(reader: ReportContext) -> Sheet:
    """Return the shares of classes; ten lines and a total for each variant (the last first) and family."""
    words, lines = reader.words, list[SheetLine]()
    for variant in reversed(reader.variants):
        for family in reader.families:
            about: SheetLine = [reader.title(variant), words.label("family_short", family)]
            first, shares = 2 + len(lines), []
            for name in CLASSES:
                row = only_row(_shares(reader, variant), family=family, **{"class": name})
                share, low, high = (0.0, 0.0, 0.0) if row is None else _three(row)
                shares.append(share)
                number = 2 + len(lines)
                inputs = [Input(value, SHARE) for value in (share, low, high)]
                per = Formula(f"=D{number}*100", 100 * share, RATIO)
                line = "" if row is None else str(row[LINE])
                lines.append([*about, words.label("class", name), *inputs, per, line])
            last = 1 + len(lines)
            total = Formula(f"=SUM(D{first}:D{last})", _sum(shares), SHARE)
            hundred = Formula(f"=SUM(G{first}:G{last})", _sum(100 * share for share in shares), RATIO)
            lines.append([*about, words("workbook.total"), total, "", "", hundred, ""])
    head = _of(reader, ("variant", "family", "class", "share", "low", "high", "per_hundred", "line"))
    return Sheet(words("workbook.classes"), head, lines)


def _three(row: pd.Series) -> tuple[float, float, float]:
    return float(row["share_of_payments"]), float(row["share_low"]), float(row["share_high"])


def _sum(values: Iterable[float]) -> float:
    total = 0.0
    for value in values:
        total += value
    return total


def _rho(reader: ReportContext, family: str) -> float:
    whole, variant = questions(reader)[0], reader.variants[-1]
    chosen = {**pair(reader, variant, whole), "scope": whole.scope, "denominator": "fiscal_cost", "family": family}
    found = rows(reader.study.tables["ladder"], **chosen, rung="gross_use")
    rho = float(found["rho"].iloc[0])
    return rho if math.isfinite(rho) else 0.0


def _own(reader: ReportContext) -> Sheet:
    """Return the sheet on which the reader says what counts: shares from the sheet of classes, flags, cost, result."""
    words, families = reader.words, reader.families
    classes = words("workbook.classes")
    flags = [0.0 if name in _NOT_COUNTED else 1.0 for name in CLASSES]
    shares = [_family_shares(reader, family) for family in families]
    lines: list[SheetLine] = []
    for number, name in enumerate(CLASSES):
        cells: SheetLine = []
        for position, found in enumerate(shares):
            line = 2 + position * (len(CLASSES) + 1) + number
            cells.append(Formula(f"='{classes}'!D{line}", found[number], SHARE))
        lines.append([words.label("class", name), Input(flags[number], FLAG), *cells])
    last = 1 + len(lines)
    costs = [_rho(reader, family) for family in families]
    lines.append([words("workbook.cost_share"), "", *(Input(cost, SHARE) for cost in costs)])
    results: SheetLine = []
    for position, (found, cost) in enumerate(zip(shares, costs, strict=True)):
        letter = _letter(2 + position)
        text = f"=SUMPRODUCT(B2:B{last},{letter}2:{letter}{last})/{letter}{last + 1}*100"
        counted = _sum(flag * share for flag, share in zip(flags, found, strict=True))
        results.append(Formula(text, counted / cost * 100, RATIO) if cost else "")
    lines.append([words("workbook.multiplier"), "", *results])
    names = [words.label("family_short", family) for family in families]
    head = [*_of(reader, ("class", "counted")), *names]
    return Sheet(words("workbook.own"), head, lines, words("workbook.own_note"), filtered=False)


def _family_shares(reader: ReportContext, family: str) -> list[float]:
    found = rows(_shares(reader, reader.variants[-1]), family=family).set_index("class")["share_of_payments"]
    return [float(found.get(name, 0.0)) for name in CLASSES]


def _budgets(reader: ReportContext) -> Sheet:
    words, lines = reader.words, list[SheetLine]()
    for variant in reversed(reader.variants):
        found = rows(reader.study.tables["budgets"], variant=variant, world=reader.study.world(variant, "district"))
        for _, row in found.iterrows():
            number, amount, spent = 2 + len(lines), float(row["amount_krw"]), float(row["spent_krw"])
            used = Formula(f"=E{number}/D{number}", spent / amount if amount else 0.0, SHARE)
            lines.append(
                [
                    reader.title(variant),
                    words.label_or_code("budget", row["budget"]),
                    words.label("family_short", row["family"]),
                    *(Input(value, WON) for value in (amount, spent)),
                    Formula(f"=D{number}-E{number}", amount - spent, WON),
                    *([used] if amount else [""]),
                    str(row[LINE]),
                ]
            )
    head = _of(reader, ("variant", "budget", "family", "amount", "spent", "left", "used", "line"))
    return Sheet(words("workbook.budgets"), head, lines)
