"""Assumptions and their sources as tables."""

import pandas as pd

from eum.output.report import number_format
from eum.output.report.document_model import DocumentGroup, DocumentTable, ReportContext
from eum.output.report.sections.common import with_interval_text
from eum.output.report.traced_text import TextLike

_LABELS = {"area": ("place",), "sector": ("sector",), "item": ("age_band", "sales_band", "place")}
"""Column of the assumptions -> groups of labels its codes may come from."""


def _written(value: object) -> str:
    return "" if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]


def _where(reader: ReportContext, row: pd.Series) -> str:
    """Return what an assumption holds for: area, sector and item, in words where they have any."""
    words, parts = reader.words, []
    for column, groups in _LABELS.items():
        code = _written(row[column])
        labels = (words.label_or_code(group, code) for group in groups)
        parts.append(next((label for label in labels if label != code), code))
    return " · ".join(filter(None, parts))


def _assumption(reader: ReportContext, row: pd.Series) -> list[TextLike]:
    return [
        _where(reader, row) or reader.words("everywhere"),
        with_interval_text(number_format.plain, row, ("value", "low90", "high90")),
        reader.words.label_or_code("unit", _written(row["unit"])),
        reader.words.label_or_code("confidence", _written(row["confidence"])),
        _written(row["source_id"]),
        _written(row["note"]),
    ]


def assumption_table(reader: ReportContext) -> DocumentTable:
    """Return every assumption of the data: value, range, unit, confidence, source, note."""
    words, table = reader.words, reader.study.tables["assumptions"]
    groups = [
        DocumentGroup(
            words.label_or_code("parameter", str(name)),
            [_assumption(reader, row) for _, row in table[table["parameter"] == name].iterrows()],
        )
        for name in dict.fromkeys(table["parameter"])
    ]
    names = ("holds_for", "value", "unit", "confidence", "source", "note")
    columns = [words(f"column.{name}") for name in names]
    return DocumentTable(words("sources.assumptions_caption"), columns, groups, n_text=len(names), source_language=True)


def _cited(reader: ReportContext) -> set[str]:
    cells = [reader.study.tables[name]["source_id"] for name in ("assumptions", "observed_fit")]
    return {part.strip() for cell in pd.concat(cells).dropna() for part in str(cell).split(";")}


def source_table(reader: ReportContext) -> DocumentTable:
    """Return the sources that assumptions and observations cite."""
    words, table, cited = reader.words, reader.study.tables["sources"], _cited(reader)
    names = ("title_or_description", "outlet", "date", "url")
    body: list[list[TextLike]] = [
        [str(row["source_id"]), *(_written(row[name]) for name in names)]
        for _, row in table.iterrows()
        if row["source_id"] in cited
    ]
    columns = [words(f"column.{name}") for name in ("source", "title", "outlet", "date", "url")]
    caption = words("sources.sources_caption", n=number_format.number(len(body)))
    return DocumentTable(
        caption, columns, [DocumentGroup("", body)], words("sources.all_in_csv"), n_text=5, source_language=True
    )
