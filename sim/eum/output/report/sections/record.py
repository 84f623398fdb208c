"""The record of the run: what has to be the same for the report to be the same."""

from eum.output.report import number_format
from eum.output.report.document_model import Group, Reader, Section, Table, Text
from eum.output.report.traced_text import Said, recorded, say


def _rows(reader: Reader) -> list[list[Said]]:
    record, words = reader.study.record, reader.words
    simple: dict[str, Said] = {
        "study": str(record["study"]),
        "window": " – ".join(number_format.date(record[day], reader.language) for day in ("start", "end")),
        "scale": say(number_format.scale, recorded(record, "scale")),
        "seed": str(record["seed"]),
        "n_runs": say(number_format.number, recorded(record, "n_runs")),
        "families": ", ".join(words.label("family_short", family) for family in reader.families),
        "variants": ", ".join(reader.short_title(variant) for variant in reader.variants),
        "version": str(record["package_version"]),
        "code_hash": str(record["code_hash"]),
        "python": str(record["python"]),
        "data_hash": str(record["data_hash"]),
        "result_hash": str(record["result_hash"]),
    }
    return [[words(f"record.{key}"), value] for key, value in simple.items()]


def section(reader: Reader) -> Section:
    """Return the run record: the values of study.json and the hashes."""
    words, record = reader.words, reader.study.record
    policies: list[list[Said]] = [[name, str(digest)] for name, digest in record["policy_hashes"].items()]
    libraries: list[list[Said]] = [[name, str(version)] for name, version in record["libraries"].items()]
    groups = [
        Group(words("record.run"), _rows(reader)),
        Group(words("record.policies"), policies),
        Group(words("record.libraries"), libraries),
    ]
    columns = [words("column.entry"), words("column.entry_value")]
    table = Table(words("record.caption"), columns, groups, n_text=2)
    return Section("record", words("heading.record"), [Text(words("record.intro")), table])
