"""How well the model matches what was observed, and what each family of evidence needed."""

import pandas as pd

from eum.output.report import figures, number_format
from eum.output.report.document_model import Bullets, Folded, Group, Heading, Reader, Section, Table, Text
from eum.output.report.sections.common import picture, said
from eum.output.report.study_reader import rows
from eum.output.report.traced_text import Said, cell, say


def quantity(reader: Reader, code: str) -> str:
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


def _fit_cells(reader: Reader, row: pd.Series) -> list[Said]:
    how = (row["unit"], reader.language)
    cells: list[Said] = [quantity(reader, row["quantity"]), str(row["period"])]
    if "family" in row:
        cells.append(reader.words.label("family_short", row["family"]))
    simulated = said(in_unit, row, ("simulated", "low", "high"), *how)
    observed = say(in_unit, cell(row, "observed"), *how)
    return [*cells, simulated, observed, str(row["source_id"] or number_format.NOTHING)]


def fit_table(reader: Reader, variant: str) -> Table:
    """Return what was observed beside what was simulated in a variant."""
    words = reader.words
    found = rows(reader.study.tables["observed_fit"], variant=variant)
    by_family = ["family"] if "family" in found else []
    found = found.sort_values(["quantity", "period"], kind="stable")
    names = ["quantity", "period", *by_family, "simulated", "observed", "source"]
    groups = [Group("", [_fit_cells(reader, row) for _, row in found.iterrows()])]
    caption = words("fit.table_caption", variant=reader.title(variant))
    note = " ".join(filter(None, (words("fit.note"), reader.note(variant))))
    return Table(caption, [words(f"column.{n}") for n in names], groups, note, len(by_family) + 2, True)


def _daily(reader: Reader) -> list:
    words, variant = reader.words, reader.variants[-1]
    found = rows(reader.study.tables["daily"], variant=variant, world=reader.study.world(variant, "district"))
    caption = words("fit.daily_caption", variant=reader.title(variant))
    return [picture(reader, "daily_payments", figures.daily_payments, found, 3.0, caption)] if len(found) else []


def conflicts(reader: Reader) -> list:
    """Return, in sentences, where a family and the observations contradict each other."""
    words = reader.words
    found = rows(reader.study.tables["inference"], status="conflict")
    if found.empty:
        return [Text(words("fit.no_conflict"))]
    sentences: list[Said] = [
        words.tell(
            "fit.conflict",
            family=words.label("family", row["family"]),
            quantity=quantity(reader, row["quantity"]),
            **{name: _inferred(reader, row, name) for name in ("target", "achieved")},
        )
        for _, row in found.iterrows()
    ]
    return [Text(words("fit.conflict_intro")), Bullets(sentences)]


def _inferred(reader: Reader, row: pd.Series, name: str) -> Said:
    unit = "krw" if row["quantity"].endswith("_krw") else "share"
    return said(in_unit, row, (name, f"{name}_low", f"{name}_high"), unit, reader.language)


def inference_table(reader: Reader) -> Table:
    """Return what each family states beside what came out."""
    words, groups = reader.words, []
    for family in reader.families:
        body: list[list[Said]] = [
            [
                quantity(reader, row["quantity"]),
                _inferred(reader, row, "target"),
                _inferred(reader, row, "achieved"),
                words.label("status", row["status"]),
            ]
            for _, row in rows(reader.study.tables["inference"], family=family).iterrows()
        ]
        groups.append(Group(words.label("family", family), body))
    columns = [words(f"column.{name}") for name in ("quantity", "target", "achieved", "status")]
    return Table(words("fit.inference_caption"), columns, groups, words("fit.inference_note"), last_is_text=True)


def parameter_table(reader: Reader) -> Table:
    """Return the parameters of each family and where they come from."""
    words, groups = reader.words, []
    for family in reader.families:
        body: list[list[Said]] = [
            [
                words.label_or_code("parameter", row["parameter"]),
                words.label_or_code("unit", str(row["unit"])) or number_format.NOTHING,
                said(number_format.plain, row, ("central", "low", "high")),
                words.label("origin", str(row["source"]).replace(" ", "_")),
            ]
            for _, row in rows(reader.study.tables["parameters"], family=family).iterrows()
        ]
        groups.append(Group(words.label("family", family), body))
    columns = [words(f"column.{name}") for name in ("parameter", "unit", "value", "origin")]
    return Table(words("fit.parameters_caption"), columns, groups, n_text=2, last_is_text=True)


def section(reader: Reader) -> Section:
    """Return the section on fit: simulated beside observed, conflicts in words, what each family needed."""
    words = reader.words
    lead, others = reader.variants[-1], reader.variants[:-1]
    blocks: list = [Text(words("fit.intro")), *_daily(reader), fit_table(reader, lead)]
    for variant in others:
        title = words("other_variant", variant=reader.title(variant))
        blocks.append(Folded(title, [fit_table(reader, variant)]))
    blocks += [Heading(words("fit.conflicts")), *conflicts(reader)]
    blocks += [Heading(words("fit.needed")), inference_table(reader)]
    blocks.append(Folded(words("fit.parameters_caption"), [parameter_table(reader)]))
    return Section("fit", words("heading.fit"), blocks)
