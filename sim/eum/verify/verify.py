"""The checks of a stored study and its report, from the cheapest to the most expensive."""

import json
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

from eum.analysis.experiments.ensemble import Ensemble, Finished, Member, members_of
from eum.analysis.experiments.ready import STUDY_POLICIES
from eum.analysis.experiments.study import recorded_ensemble, study_record, study_tables
from eum.artifacts import SUMS, SealedFolder, seal_folder, sha256
from eum.calibration.anchoring import inference_of, inference_tables
from eum.errors import InputError
from eum.output.report.build import INDEX, write_report
from eum.output.report.record import report_hash, report_identity
from eum.output.report.study_reader import read_study
from eum.parquet_limits import STUDY_LIMIT
from eum.runner.executors import Task
from eum.runner.results_store import BESIDE, RUNS, StoredTables, environment, tables_hash
from eum.runner.stopping_rule import STOPPING_LOG
from eum.runner.tasks import TaskResults, TaskRunner
from eum.stored import SUFFIX, TABLES, parquet_table, sealed_tables
from eum.verify.files import compare_folders
from eum.verify.findings import MOST, Difference, VerifyCheck, check_of, found_differences, unreadable
from eum.verify.report_alone import report_alone_checks

_FILES = re.compile(rf"study\.json|{TABLES}/\w+{SUFFIX}|{RUNS}/[\w-]+/(\w+{SUFFIX}|{SUMS})|{STUDY_POLICIES}/[^/]+")
"""Files of a stored study."""
_RECORD_TITLE = "record: definition, data, policies and code by their hashes"
VerifyWorkers = Callable[[Path], AbstractContextManager[TaskRunner]]
"""Gives a way to run many in a folder."""


class RunPlace(NamedTuple):
    """A stored study and its report, or one of both where the other is not there."""

    study: Path | None
    report: Path | None


class VerifySample(NamedTuple):
    """How many runs are run again: a number of them, chosen by a word, or all."""

    n_sample: int
    every: bool = False
    sample: str = ""


def place_of_run(folder: Path, study: Path | None = None) -> RunPlace:
    """Return study and report of a folder that is either.

    A report that does not lie in its study's folder has none, unless `study` names it. Raises InputError for a folder
    that is neither.
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
        if study is not None:
            raise InputError(f"--study: {study}: holds no study; expected the folder of this report's study")
        return RunPlace(None, folder)
    return RunPlace(home, folder)


def checks(place: RunPlace, sample: VerifySample, crew: VerifyWorkers) -> Iterator[VerifyCheck]:
    """Yield the checks of a study one after another: report, files, record, members, tables, runs.

    What cannot be read is a difference of the check that reads it; the checks that need no more than is there follow.
    Of a report alone there are fewer (`eum.verify.report_alone`).
    """
    study = place.study
    if study is None:
        yield from () if place.report is None else report_alone_checks(place.report)
        return
    if place.report is not None:
        yield report_check(study, place.report)
    yield files_check(study)
    try:
        record, ensemble = _record(study), recorded_ensemble(study)
    except InputError as error:
        yield VerifyCheck(_RECORD_TITLE, [unreadable(error)])
        return
    yield record_check(record, ensemble)
    yield members_check(study, record, ensemble)
    yield summary_check(study, record, ensemble)
    yield runs_check(study, _chosen(record, sample), ensemble, crew)


def _record(study: Path) -> dict:
    """Return the record of a study, whatever its sums say. Raises InputError where it is none."""
    where = study / "study.json"
    try:
        found = json.loads(where.read_bytes())
        hashes = found["run_hashes"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise InputError(f"{where}: no record of a study with its runs: {error}") from None
    if not isinstance(hashes, dict) or not hashes:
        raise InputError(f"{where}: run_hashes: expected a hash for each run that was kept")
    return dict(found)


def _tables(folder: Path) -> StoredTables:
    """Return the tables that lie in a folder, whatever its sums say. Raises InputError for one that cannot be read."""
    paths = sorted(folder.glob(f"*{SUFFIX}"))
    return {path.stem: parquet_table(path.read_bytes(), path, STUDY_LIMIT) for path in paths}


def report_check(study: Path, report: Path) -> VerifyCheck:
    """Build the report again and compare every byte of every file."""

    def compare() -> list[Difference]:
        with tempfile.TemporaryDirectory(prefix="eum-verify-") as folder:
            write_report(read_study(study), Path(folder))
            seal_folder(Path(folder), report_identity())
            return compare_folders(report, Path(folder))

    check = check_of("report built again, every byte of every file", compare)
    if not check.holds and _written_by(report) != report_hash():
        check.notes.append("the report was written by another version of eum's report; differences may come from there")
    return check


def _written_by(report: Path) -> str:
    try:
        return str(json.loads((report / "provenance.json").read_text(encoding="utf-8"))["report_hash"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def files_check(study: Path) -> VerifyCheck:
    """Compare the sha256 of every file of a study with what was written, and its values with the hashes of its
    record."""

    def compare() -> Iterator[Difference]:
        sealed = SealedFolder(study)
        for name, what in sealed.damage(BESIDE):
            yield Difference(name, what)
        record = _record(study)
        for name in sealed.sums:
            if not _FILES.fullmatch(name):
                yield Difference(name, "is no file of a study")
        if tables_hash(_tables(study / TABLES)) != record.get("result_hash"):
            yield Difference(TABLES, "are not those of the record (result_hash)")
        yield from _run_hash_differences(study, record["run_hashes"])

    return check_of("stored files by their sha256, tables and runs by the hashes of the record", compare)


def _run_hash_differences(study: Path, recorded: dict[str, str]) -> list[Difference]:
    kept = {path.name for path in (study / RUNS).glob("*") if path.is_dir()}
    found = [Difference(f"{RUNS}/{name}", "is not in the record") for name in sorted(kept - set(recorded))]
    for name, digest in recorded.items():
        if name not in kept:
            found.append(Difference(f"{RUNS}/{name}", "is missing"))
        elif tables_hash(_tables(study / RUNS / name)) != digest:
            found.append(Difference(f"{RUNS}/{name}", "is not that of the record (run_hashes)"))
    return found


def record_check(record: dict, ensemble: Ensemble) -> VerifyCheck:
    """Compare what the record names (definition, data, policies, code) with what is here; other versions are noted."""
    expected = study_record(ensemble.study, ensemble.package, ensemble.seed)
    here = environment()
    expected["code_hash"] = here["code_hash"]
    expected["package_version"] = here["package_version"]
    found = [
        Difference(f"study.json, {key}", f"{_short(record.get(key))}; here {_short(value)}")
        for key, value in expected.items()
        if key not in record or _text(record[key]) != _text(value)
    ]
    known = {*expected, *here, "n_runs", "run_hashes", "result_hash"}
    found += [
        Difference(f"study.json, {key}", "is no key of a study's record") for key in sorted(record.keys() - known)
    ]
    libraries = record.get("libraries")
    if not isinstance(libraries, dict):
        found.append(Difference("study.json, libraries", f"{_short(libraries)}; expected their versions by name"))
        libraries = {}
    versions = {"python": record.get("python"), **libraries}
    now = {"python": here["python"], **here["libraries"]}
    notes = [
        f"the study was run with {name} {versions.get(name)}, here is {now.get(name)}; last digits may differ for that"
        for name in sorted(versions.keys() | now.keys())
        if versions.get(name) != now.get(name)
    ]
    if record.get("data_hash") != expected["data_hash"]:
        notes.append("the study was run on other data than are read here; --data FOLDER names the folder of its data")
    return VerifyCheck(_RECORD_TITLE, found, notes)


def _text(value: object) -> str:
    """Return a value of a record as JSON, in which 1, 1.0 and true differ."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


def members_check(study: Path, record: dict, ensemble: Ensemble) -> VerifyCheck:
    """Compare the runs that are there with those that definition, seed and stopping rule ask for, and each with its
    name."""

    def compare() -> list[Difference]:
        finished = _finished(study, ensemble)
        found = _log_differences(study, finished)
        centres = [f"centre-{family}" for family in ensemble.definition.families]
        expected, recorded = [*centres, *finished.tables.names], list(record["run_hashes"])
        if recorded != expected:
            odd = sorted(set(expected) ^ set(recorded))
            message = f"{len(recorded)} runs; expected {len(expected)}; {', '.join(odd[:MOST]) or 'in another order'}"
            found.append(Difference("study.json, run_hashes", message))
        n_runs = len(finished.tables.names) * len(ensemble.definition.variants)
        if _text(record.get("n_runs")) != _text(n_runs):
            found.append(Difference("study.json, n_runs", f"{record.get('n_runs')}; expected {n_runs}"))
        members = {m.name: m for m in members_of(ensemble.definition, ensemble.seed, ensemble.definition.size.n_draws)}
        return found + _name_differences(study / RUNS, {name: members.get(name) for name in expected})

    return check_of("runs that definition, seed and stopping rule ask for, each under its own name", compare)


def _finished(study: Path, ensemble: Ensemble) -> Finished:
    """Return the runs that a study should have, decided again on those that are stored."""
    runs = study / RUNS

    def stored(n_draws: int) -> TaskResults:
        return TaskResults(runs, [member.name for member in members_of(ensemble.definition, ensemble.seed, n_draws)])

    return ensemble.finished(stored)


def _log_differences(study: Path, finished: Finished) -> list[Difference]:
    where = f"{TABLES}/{STOPPING_LOG}{SUFFIX}"
    path = study / where
    if finished.log is None:
        return [Difference(where, "the study has no stopping rule")] if path.exists() else []
    if not path.is_file():
        return [Difference(where, "is missing")]
    return found_differences(parquet_table(path.read_bytes(), path, STUDY_LIMIT), finished.log, where)


def _name_differences(runs: Path, members: dict[str, Member | None]) -> list[Difference]:
    """Return where a run is of another task than its name says or than the others, or its rows of another member."""
    found: list[Difference] = []
    shapes: dict[str, list[str]] = {}
    first = SealedFolder(runs / next(iter(members))).of.rpartition(" ")[0]
    for name, member in members.items():
        sealed = SealedFolder(runs / name)
        if sealed.of != f"{first} {name}":
            found.append(Difference(f"{RUNS}/{name}", f"{sealed.of}; expected {first} {name}"))
        tables = sealed_tables(sealed, limit=STUDY_LIMIT)
        if member is None:
            expected = _shapes(inference_tables(inference_of(tables)))
            found += _shape_differences(f"{RUNS}/{name}", _shapes(tables), expected)
        else:
            shapes = shapes or _shapes(tables)
            found += _shape_differences(f"{RUNS}/{name}", _shapes(tables), shapes)
            found += _label_differences(f"{RUNS}/{name}", tables, member)
    return found


def _shapes(tables: StoredTables) -> dict[str, list[str]]:
    return {name: [f"{column} {kind}" for column, kind in table.dtypes.items()] for name, table in tables.items()}


def _shape_differences(where: str, found: dict[str, list[str]], expected: dict[str, list[str]]) -> list[Difference]:
    """Return the tables of a run that should not be there, are missing, or have other columns or types."""
    message = "is not a table of such a run, with its columns and types"
    return [Difference(f"{where}/{name}{SUFFIX}", message) for name in found.keys() | expected.keys()
            if found.get(name) != expected.get(name)]  # fmt: skip


def _label_differences(where: str, tables: StoredTables, member: Member) -> Iterator[Difference]:
    for name, rows in tables.items():
        for column, value in member._asdict().items():
            if not (rows[column] == value).all():
                yield Difference(f"{where}/{name}{SUFFIX}, {column}", f"rows of another run; expected {value}")


def summary_check(study: Path, record: dict, ensemble: Ensemble) -> VerifyCheck:
    """Sum the stored runs up again and compare every cell of every table."""

    def compare() -> list[Difference]:
        members = [name for name in record["run_hashes"] if not name.startswith("centre-")]
        stored = _tables(study / TABLES)
        again = study_tables(TaskResults(study / RUNS, members), ensemble.study, ensemble.package)
        odd = stored.keys() - again.keys() - {STOPPING_LOG}  # the log belongs to another check
        found = [Difference(f"{TABLES}/{name}{SUFFIX}", "is no table of a study") for name in sorted(odd)]
        for name, table in again.items():
            where = f"{TABLES}/{name}{SUFFIX}"
            if name not in stored:
                found.append(Difference(where, "is missing"))
            else:
                found += found_differences(stored[name], table.reset_index(drop=True), where)
        return found

    return check_of("tables summed up again from the stored runs, every cell", compare)


def _chosen(record: dict, sample: VerifySample) -> list[str]:
    """Return the names of the runs to run again: all, or some by a hash of word, result and name."""
    names = list(record.get("run_hashes") or {})
    if sample.every:
        return names

    def place(name: str) -> str:
        text = "\n".join((sample.sample, str(record.get("result_hash")), name))
        return sha256(text.encode(errors="backslashreplace"))

    return sorted(sorted(names, key=place)[: sample.n_sample])


def runs_check(study: Path, names: list[str], ensemble: Ensemble, crew: VerifyWorkers) -> VerifyCheck:
    """Run some again and compare every cell of all their tables with the stored ones."""

    def compare() -> list[Difference]:
        tasks = [task for task in _tasks(study, ensemble) if task.name in names]
        unknown = sorted(set(names) - {task.name for task in tasks})
        found = [Difference(f"{RUNS}/{name}", "is no run of this study") for name in unknown]
        with tempfile.TemporaryDirectory(prefix="eum-verify-") as folder, crew(Path(folder)) as many:
            kept = many.run(tasks, ensemble.mark)
            for task in tasks:
                found += _run_differences(task.name, _tables(study / RUNS / task.name), kept.of(task.name))
        return found

    return check_of(f"{len(names)} runs run again, every cell: {', '.join(names)}", compare)


def _tasks(study: Path, ensemble: Ensemble) -> list[Task]:
    families = ensemble.definition.families
    inferred = {family: inference_of(_centre(study / RUNS / f"centre-{family}")) for family in families}
    return [*ensemble.centres(), *ensemble.members(ensemble.definition.size.n_draws, inferred)]


def _centre(folder: Path) -> StoredTables:
    if not folder.is_dir():
        raise InputError(f"{folder}: missing; expected the choices inferred at the centre of a family")
    return sealed_tables(SealedFolder(folder), limit=STUDY_LIMIT)


def _run_differences(name: str, stored: StoredTables, again: StoredTables) -> list[Difference]:
    odd = {"is missing": again.keys() - stored.keys(), "is no table of a run": stored.keys() - again.keys()}
    found = [
        Difference(f"{RUNS}/{name}/{table}{SUFFIX}", what) for what, tables in odd.items() for table in sorted(tables)
    ]
    for table in sorted(again.keys() & stored.keys()):
        found += found_differences(stored[table], again[table], f"{RUNS}/{name}/{table}{SUFFIX}")
    return found
