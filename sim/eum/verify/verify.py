"""The checks of a stored study and its report, from the cheapest to the most expensive."""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

from eum.analysis.experiments.ensemble import Ensemble
from eum.analysis.experiments.study import recorded_ensemble, study_record, study_tables
from eum.calibration.anchoring import inference_of
from eum.errors import InputError
from eum.output.report.build import INDEX, write_report
from eum.output.report.record import report_hash
from eum.output.report.study_reader import read_study
from eum.runner.executors import Task
from eum.runner.results_store import RUNS, StoredTables, environment, read_tables, tables_hash, tables_of
from eum.runner.tasks import TaskResults, TaskRunner
from eum.verify.files import compare_folders
from eum.verify.findings import Difference, VerifyCheck, found_differences

VerifyWorkers = Callable[[Path], AbstractContextManager[TaskRunner]]
"""Gives a way to run many in a folder."""


class RunPlace(NamedTuple):
    """A stored study, and its report where there is one."""

    study: Path
    report: Path | None


class VerifySample(NamedTuple):
    """How many runs are lived again: a number of them, chosen by a word, or all."""

    n_sample: int
    every: bool = False
    sample: str = ""


def place_of_run(folder: Path, study: Path | None = None) -> RunPlace:
    """Return study and report of a folder that is either.

    A report that does not lie in its study's folder needs `study`. Raises InputError for a folder that is neither.
    """
    if (folder / "study.json").is_file():
        report = folder / "report"
        return RunPlace(folder, report if (report / INDEX).is_file() else None)
    if not (folder / INDEX).is_file():
        raise InputError(
            f"{folder}: neither a study nor a report; expected a folder written by `eum study` or `eum report`"
        )
    home = study or folder.resolve().parent
    if not (home / "study.json").is_file():
        raise InputError(f"{folder}: {home} holds no study; expected --study with the folder of this report's study")
    return RunPlace(home, folder)


def checks(place: RunPlace, asked: VerifySample, crew: VerifyWorkers) -> Iterator[VerifyCheck]:
    """Yield the checks of a study one after another: report, record, tables, runs."""
    if place.report is not None:
        yield report_check(place.study, place.report)
    record = json.loads((place.study / "study.json").read_text(encoding="utf-8"))
    tables = read_tables(place.study)
    yield stored_check(place.study, record, tables)
    ensemble = recorded_ensemble(place.study)
    yield record_check(record, ensemble)
    yield summary_check(place.study, record, tables, ensemble)
    yield runs_check(place.study, _chosen(record, asked), ensemble, crew)


def report_check(study: Path, report: Path) -> VerifyCheck:
    """Build the report again and compare every byte of every file."""
    with tempfile.TemporaryDirectory(prefix="eum-verify-") as folder:
        write_report(read_study(study), Path(folder))
        found = compare_folders(report, Path(folder))
    notes = []
    if found and _written_by(report) != report_hash():
        notes.append("the report was written by another version of eum's report; differences may come from there")
    return VerifyCheck("report built again, every byte of every file", found, notes)


def _written_by(report: Path) -> str:
    try:
        return str(json.loads((report / "provenance.json").read_text(encoding="utf-8"))["report_hash"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def stored_check(study: Path, record: dict, tables: StoredTables) -> VerifyCheck:
    """Compare hashes of the stored tables and runs with those that the record holds."""
    found = []
    if tables_hash(tables) != record.get("result_hash"):
        found.append(Difference("tables", "are not those of the record (result_hash)"))
    kept = {path.name for path in (study / RUNS).glob("*") if path.is_dir()}
    recorded: dict[str, str] = record.get("run_hashes") or {}
    if not recorded:
        found.append(Difference("study.json", "run_hashes is missing: the runs behind the tables were not kept"))
    found += [Difference(f"{RUNS}/{name}", "is not in the record") for name in sorted(kept - set(recorded))]
    for name, digest in recorded.items():
        if name not in kept:
            found.append(Difference(f"{RUNS}/{name}", "is missing"))
        elif tables_hash(tables_of(study / RUNS / name)) != digest:
            found.append(Difference(f"{RUNS}/{name}", "is not that of the record (run_hashes)"))
    return VerifyCheck("stored tables and runs, by their hashes", found)


def record_check(record: dict, ensemble: Ensemble) -> VerifyCheck:
    """Compare what the record names (definition, data, policies, code) with what is here; other versions are noted."""
    expected = study_record(ensemble.study, ensemble.package, ensemble.seed)
    here = environment()
    expected["code_hash"] = here["code_hash"]
    expected["package_version"] = here["package_version"]
    found = [
        Difference(f"study.json, {key}", f"{_short(record.get(key))}; here {_short(value)}")
        for key, value in expected.items()
        if record.get(key) != value
    ]
    versions = {"python": record.get("python"), **(record.get("libraries") or {})}
    now = {"python": here["python"], **here["libraries"]}
    notes = [
        f"the study was run with {name} {versions.get(name)}, here is {now.get(name)}; last digits may differ for that"
        for name in sorted(versions.keys() | now.keys())
        if versions.get(name) != now.get(name)
    ]
    if record.get("data_hash") != expected["data_hash"]:
        notes.append("the study was run on other data than are read here; --data FOLDER names the folder of its data")
    return VerifyCheck("record: definition, data, policies and code by their hashes", found, notes)


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


def summary_check(study: Path, record: dict, tables: StoredTables, ensemble: Ensemble) -> VerifyCheck:
    """Sum the stored runs up again and compare every cell of every table."""
    title = "tables summed up again from the stored runs, every cell"
    members = [name for name in record.get("run_hashes") or {} if not name.startswith("centre-")]
    if not members or not all((study / RUNS / name).is_dir() for name in members):
        return VerifyCheck(title, [Difference(RUNS, "are not all there, so that the tables cannot be summed up again")])
    again = study_tables(TaskResults(study / RUNS, members), ensemble.study, ensemble.package)
    found = []
    for name, table in again.items():
        if name not in tables:
            found.append(Difference(f"tables/{name}.parquet", "is missing"))
        else:
            found += found_differences(tables[name], table.reset_index(drop=True), f"tables/{name}.parquet")
    return VerifyCheck(title, found)


def _chosen(record: dict, asked: VerifySample) -> list[str]:
    """Return the names of the runs to live again: all, or some by a hash of word, result and name."""
    names = list(record.get("run_hashes") or {})
    if asked.every:
        return names

    def place(name: str) -> str:
        return hashlib.sha256(f"{asked.sample}\n{record.get('result_hash')}\n{name}".encode()).hexdigest()

    return sorted(sorted(names, key=place)[: asked.n_sample])


def runs_check(study: Path, names: list[str], ensemble: Ensemble, crew: VerifyWorkers) -> VerifyCheck:
    """Live runs again and compare every cell of all their tables with the stored ones."""
    units = [unit for unit in _units(study, ensemble) if unit.name in names]
    title = f"{len(units)} runs lived again, every cell: {', '.join(unit.name for unit in units)}"
    found = [Difference(f"{RUNS}/{name}", "is no run of this study") for name in set(names) - {u.name for u in units}]
    with tempfile.TemporaryDirectory(prefix="eum-verify-") as folder, crew(Path(folder)) as many:
        kept = many.run(units, ensemble.mark)
        for unit in units:
            found += _run_differences(unit.name, tables_of(study / RUNS / unit.name), kept.of(unit.name))
    return VerifyCheck(title, found)


def _units(study: Path, ensemble: Ensemble) -> list[Task]:
    centres = ensemble.centres()
    missing = [unit.name for unit in centres if not (study / RUNS / unit.name).is_dir()]
    if missing:
        return []
    families = ensemble.definition.families
    inferred = {family: inference_of(tables_of(study / RUNS / f"centre-{family}")) for family in families}
    return [*centres, *ensemble.members(ensemble.definition.size.n_draws, inferred)]


def _run_differences(name: str, stored: StoredTables, lived: StoredTables) -> list[Difference]:
    found = [
        Difference(f"{RUNS}/{name}", f"table {table} is missing") for table in sorted(lived.keys() - stored.keys())
    ]
    for table in sorted(lived.keys() & stored.keys()):
        found += found_differences(stored[table], lived[table], f"{RUNS}/{name}/{table}.parquet")
    return found
