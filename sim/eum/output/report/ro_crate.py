"""The record of a run in a standard form: an RO-Crate (researchobject.org/ro-crate) of the report's folder."""

import hashlib
import re
from pathlib import Path

from eum.output.report.record import report_hash
from eum.output.report.study_reader import StoredStudy

METADATA = "ro-crate-metadata.json"
_PROFILE = "https://w3id.org/ro/crate/1.1"
_SCHEMA_TERMS = {"sha256": "https://schema.org/sha256"}
_FORMATS = {
    ".html": "text/html",
    ".pdf": "application/pdf",
    ".hwpx": "application/hwp+zip",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv",
    ".json": "application/json",
}


def crate(study: StoredStudy, folder: Path) -> dict:
    """Return the metadata of a report's folder: its files with sizes and hashes, and the run that made them.

    The run names data, policies, code and environment by hash or version. `datePublished`, which the standard asks
    for, is the day that the study's definition says, or the newest one among its sources: a report built again must
    have the same bytes.
    """
    files = [_file(path, folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    things = [_descriptor(), _root(study, files), *files, _run(study), _code(study), _report_code(study)]
    things += [*_makers(study), _data(study), *_policies(study), *_libraries(study)]
    return {"@context": [f"{_PROFILE}/context", _SCHEMA_TERMS], "@graph": things}


def _ids(things: list[dict]) -> list[dict]:
    return [{"@id": thing["@id"]} for thing in things]


def _descriptor() -> dict:
    return {
        "@id": METADATA,
        "@type": "CreativeWork",
        "conformsTo": {"@id": _PROFILE},
        "about": {"@id": "./"},
    }


def _root(study: StoredStudy, files: list[dict]) -> dict:
    record = study.record
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": record["title_en"],
        "alternateName": record["title_ko"],
        "description": f"Report of the study {record['study']}: documents, tables, and where numbers come from. "
        f"The date is that of the {'definition' if record['date'] else 'newest source'}, not of the build.",
        "datePublished": record["date"] or _newest(study),
        "license": {"@id": "https://creativecommons.org/licenses/by/4.0/"},
        **{
            {"Organization": "publisher", "Person": "author"}[who["@type"]]: {"@id": who["@id"]}
            for who in _makers(study)
        },
        **({"identifier": record["document_number"]} if record["document_number"] else {}),
        "hasPart": _ids(files),
        "mentions": {"@id": "#run"},
    }


def _makers(study: StoredStudy) -> list[dict]:
    """Return institution and author, as far as the study says."""
    kinds = {"institution": "Organization", "author": "Person"}
    return [
        {"@id": f"#{key}", "@type": kind, "name": study.record[key]} for key, kind in kinds.items() if study.record[key]
    ]


def _newest(study: StoredStudy) -> str:
    days = [str(day) for day in study.tables["sources"]["date"].dropna()]
    whole = [day for day in days if re.fullmatch(r"\d{4}-\d\d-\d\d", day)]
    return max(whole, default=str(study.record["end"]))


def _file(path: Path, folder: Path) -> dict:
    content = path.read_bytes()
    return {
        "@id": path.relative_to(folder).as_posix(),
        "@type": "File",
        "name": path.name,
        "encodingFormat": _FORMATS[path.suffix],
        "contentSize": str(len(content)),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _run(study: StoredStudy) -> dict:
    record = study.record
    tables = [{"@id": f"tables/{name}.csv"} for name in sorted(study.tables)]
    return {
        "@id": "#run",
        "@type": "CreateAction",
        "name": f"eum study {record['study']}",
        "description": f"{record['n_runs']} runs, seed {record['seed']}, {100 * record['scale']:g} % of the residents, "
        f"{record['start']} to {record['end']}",
        "instrument": {"@id": "#eum"},
        "object": [{"@id": "#data"}, *_ids(_policies(study))],
        "result": tables,
        "identifier": record["result_hash"],
    }


def _code(study: StoredStudy) -> dict:
    record = study.record
    return {
        "@id": "#eum",
        "@type": "SoftwareApplication",
        "name": "eum",
        "softwareVersion": record["package_version"],
        "identifier": record["code_hash"],
        "softwareRequirements": _ids(_libraries(study)),
    }


def _report_code(study: StoredStudy) -> dict:
    return {
        "@id": "#report",
        "@type": "CreateAction",
        "name": f"eum report {study.record['study']}",
        "instrument": {"@id": "#eum"},
        "object": [{"@id": f"tables/{name}.csv"} for name in sorted(study.tables)],
        "result": {"@id": "./"},
        "identifier": report_hash(),
    }


def _data(study: StoredStudy) -> dict:
    return {
        "@id": "#data",
        "@type": "CreativeWork",
        "name": "data package of the city",
        "identifier": study.record["data_hash"],
    }


def _policies(study: StoredStudy) -> list[dict]:
    found = sorted(study.record["policy_hashes"].items())
    return [
        {"@id": f"#policy-{name}", "@type": "CreativeWork", "name": f"policy {name}", "identifier": digest}
        for name, digest in found
    ]


def _libraries(study: StoredStudy) -> list[dict]:
    found = [("python", study.record["python"]), *sorted(study.record["libraries"].items())]
    return [
        {"@id": f"#{name}", "@type": "SoftwareApplication", "name": name, "softwareVersion": version}
        for name, version in found
    ]
