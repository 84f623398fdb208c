"""The record of the run: what has to be the same for the report to be the same."""

from sim.report import units
from sim.report.page import Group, Reader, Section, Table, Text


def _rows(reader: Reader) -> list[list[str]]:
    record, words = reader.study.record, reader.words
    simple = {
        "study": record["study"],
        "window": f"{units.date(record['start'], reader.language)} – {units.date(record['end'], reader.language)}",
        "scale": units.scale(record["scale"]),
        "seed": str(record["seed"]),
        "n_runs": units.number(record["n_runs"]),
        "families": ", ".join(words.label("family_short", family) for family in reader.families),
        "variants": ", ".join(words.label("variant_short", variant) for variant in reader.variants),
        "version": record["package_version"],
        "data_hash": record["data_hash"],
        "result_hash": record["result_hash"],
    }
    return [[words(f"record.{key}"), str(value)] for key, value in simple.items()]


def section(reader: Reader) -> Section:
    """Return the run record: the values of study.json and the hashes."""
    words, record = reader.words, reader.study.record
    policies = [[name, str(digest)] for name, digest in record["policy_hashes"].items()]
    libraries = [[name, str(version)] for name, version in record["libraries"].items()]
    groups = [
        Group(words("record.run"), _rows(reader)),
        Group(words("record.policies"), policies),
        Group(words("record.libraries"), libraries),
    ]
    columns = [words("column.entry"), words("column.entry_value")]
    table = Table(words("record.caption"), columns, groups, n_text=2)
    return Section("record", words("heading.record"), [Text(words("record.intro")), table])
