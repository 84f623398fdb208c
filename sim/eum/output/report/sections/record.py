"""The record of the run: what has to be the same for the report to be the same."""

from eum.output.report import number_format
from eum.output.report.document_model import DocumentGroup, DocumentTable, ReportContext, Section, Text
from eum.output.report.traced_text import TextLike, format_traced, from_record


def _rows(reader: ReportContext) -> list[list[TextLike]]:
    record, words = reader.study.record, reader.words
    simple: dict[str, TextLike] = {
        "study": str(record["study"]),
        "window": " – ".join(number_format.date(record[day], reader.language) for day in ("start", "end")),
        "scale": format_traced(number_format.scale, from_record(record, "scale")),
        "seed": str(record["seed"]),
        "n_runs": format_traced(number_format.number, from_record(record, "n_runs")),
        "parameters": words(f"record.parameters_{record['parameters']}"),
        "families": ", ".join(words.label("family_short", family) for family in reader.families),
        "variants": ", ".join(reader.short_title(variant) for variant in reader.variants),
        "version": str(record["package_version"]),
        "code_hash": str(record["code_hash"]),
        "python": str(record["python"]),
        "data_hash": str(record["data_hash"]),
        "result_hash": str(record["result_hash"]),
    }
    return [[words(f"record.{key}"), value] for key, value in simple.items()]


def section(reader: ReportContext) -> Section:
    """Return the run record: the values of study.json and the hashes."""
    words, record = reader.words, reader.study.record
    policies: list[list[TextLike]] = [[name, str(digest)] for name, digest in record["policy_hashes"].items()]
    libraries: list[list[TextLike]] = [[name, str(version)] for name, version in record["libraries"].items()]
    groups = [
        DocumentGroup(words("record.run"), _rows(reader)),
        DocumentGroup(words("record.policies"), policies),
        DocumentGroup(words("record.libraries"), libraries),
    ]
    columns = [words("column.entry"), words("column.entry_value")]
    table = DocumentTable(words("record.caption"), columns, groups, n_text=2)
    return Section("record", words("heading.record"), [Text(words("record.intro")), table])
