"""How well the model matches what was observed, and what each family of evidence needed."""

import pandas as pd

from eum.output.report import figures, number_format
from eum.output.report.document_model import (
    Bullets,
    Collapsible,
    DocumentGroup,
    DocumentTable,
    Heading,
    ReportContext,
    Section,
    Text,
)
from eum.output.report.sections.common import section_figure, with_interval_text
from eum.output.report.study_reader import rows
from eum.output.report.traced_text import TextLike, format_traced, traced_cell


def quantity(reader: ReportContext, code: str) -> str:
    """Return the label of an observed or inferred quantity; outflow shares name their district."""
    name = code.removeprefix("outflow_share_")
    if name != code and name:
        place = reader.words("incheon_total") if name == "incheon" else reader.words.label_or_code("district", name)
        return reader.words("fit.outflow_of", place=place)
    return reader.words.label_or_code("quantity", code)


def in_unit(value: float, unit: str, language: str) -> str:
    """Return a value in the unit a table names: won, percent, share or a plain number."""
    if unit == "krw":
        return number_format.money(value, language)
    if unit == "percent":
        return number_format.percent(value / 100, 2)
    if unit == "share":
        return number_format.percent(value, 2)
    return number_format.number(value) if abs(value) >= 100 else number_format.plain(value)


def _fit_cells(reader: ReportContext, row: pd.Series) -> list[TextLike]:
    how = (row["unit"], reader.language)
    cells: list[TextLike] = [quantity(reader, row["quantity"]), str(row["period"])]
    if "family" in row:
        cells.append(reader.words.label("family_short", row["family"]))
    simulated = with_interval_text(in_unit, row, ("simulated", "low", "high"), *how)
    observed = format_traced(in_unit, traced_cell(row, "observed"), *how)
    return [*cells, simulated, observed, str(row["source_id"] or number_format.NOTHING)]


def fit_table(reader: ReportContext, variant: str) -> DocumentTable:
    """Return what was observed beside what was simulated in a variant."""
    words = reader.words
    found = rows(reader.study.tables["observed_fit"], variant=variant)
    by_family = ["family"] if "family" in found else []
    found = found.sort_values(["quantity", "period"], kind="stable")
    names = ["quantity", "period", *by_family, "simulated", "observed", "source"]
    groups = [DocumentGroup("", [_fit_cells(reader, row) for _, row in found.iterrows()])]
    caption = words("fit.table_caption", variant=reader.title(variant))
    note = " ".join(filter(None, (words("fit.note"), reader.note(variant))))
    return DocumentTable(caption, [words(f"column.{n}") for n in names], groups, note, len(by_family) + 2, True)


def _daily(reader: ReportContext) -> list:
    words, variant = reader.words, reader.variants[-1]
    found = rows(reader.study.tables["daily"], variant=variant, world=reader.study.world(variant, "district"))
    caption = words("fit.daily_caption", variant=reader.title(variant))
    return [section_figure(reader, "daily_payments", figures.daily_payments, found, 3.0, caption)] if len(found) else []


def conflicts(reader: ReportContext) -> list:
    """Return, in sentences, where a family and the observations contradict each other."""
    words = reader.words
    found = rows(reader.study.tables["inference"], status="conflict")
    if found.empty:
        return [Text(words("fit.no_conflict"))]
    sentences: list[TextLike] = [
        words.tell(
            "fit.conflict",
            family=words.label("family", row["family"]),
            quantity=quantity(reader, row["quantity"]),
            **{name: _inferred(reader, row, name) for name in ("target", "achieved")},
        )
        for _, row in found.iterrows()
    ]
    return [Text(words("fit.conflict_intro")), Bullets(sentences)]


def _inferred(reader: ReportContext, row: pd.Series, name: str) -> TextLike:
    unit = "krw" if row["quantity"].endswith("_krw") else "share"
    return with_interval_text(in_unit, row, (name, f"{name}_low", f"{name}_high"), unit, reader.language)


def inference_table(reader: ReportContext) -> DocumentTable:
    """Return what each family states beside what came out."""
    words, groups = reader.words, []
    for family in reader.families:
        body: list[list[TextLike]] = [
            [
                quantity(reader, row["quantity"]),
                _inferred(reader, row, "target"),
                _inferred(reader, row, "achieved"),
                words.label("status", row["status"]),
            ]
            for _, row in rows(reader.study.tables["inference"], family=family).iterrows()
        ]
        groups.append(DocumentGroup(words.label("family", family), body))
    columns = [words(f"column.{name}") for name in ("quantity", "target", "achieved", "status")]
    return DocumentTable(
        words("fit.inference_caption"), columns, groups, words("fit.inference_note"), last_is_text=True
    )


def fit_parameter_table(reader: ReportContext) -> DocumentTable:
    """Return the parameters of each family and where they come from."""
    words, groups = reader.words, []
    for family in reader.families:
        body: list[list[TextLike]] = [
            [
                words.label_or_code("parameter", row["parameter"]),
                words.label_or_code("unit", str(row["unit"])) or number_format.NOTHING,
                with_interval_text(number_format.plain, row, ("central", "low", "high")),
                words.label("origin", str(row["source"]).replace(" ", "_")),
            ]
            for _, row in rows(reader.study.tables["parameters"], family=family).iterrows()
        ]
        groups.append(DocumentGroup(words.label("family", family), body))
    columns = [words(f"column.{name}") for name in ("parameter", "unit", "value", "origin")]
    return DocumentTable(words("fit.parameters_caption"), columns, groups, n_text=2, last_is_text=True)


def section(reader: ReportContext) -> Section:
    """Return the section on fit: simulated beside observed, conflicts in words, what each family needed."""
    words = reader.words
    lead, others = reader.variants[-1], reader.variants[:-1]
    blocks: list = [Text(words("fit.intro")), *_daily(reader), fit_table(reader, lead)]
    for variant in others:
        title = words("other_variant", variant=reader.title(variant))
        blocks.append(Collapsible(title, [fit_table(reader, variant)]))
    blocks += [Heading(words("fit.conflicts")), *conflicts(reader)]
    blocks += [Heading(words("fit.needed")), inference_table(reader)]
    blocks.append(Collapsible(words("fit.parameters_caption"), [fit_parameter_table(reader)]))
    return Section("fit", words("heading.fit"), blocks)
