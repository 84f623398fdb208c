"""Results in a folder: the tables and the record that the command `eum run` writes, and back."""

import datetime
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from eum.analysis.experiments.run import RunConfig, write_run
from eum.artifacts import SealedFolder
from eum.behavior.parameters import Parameters as Behavior
from eum.calibration.expectation import ExpectedOutcome
from eum.calibration.mechanisms import without_mechanisms
from eum.calibration.priors import CENTRAL, ParameterDraw, coefficients
from eum.city.data import CityData, load_city_data
from eum.errors import InputError
from eum.outcomes.effects import Coefficients
from eum.runner.results_store import StoredTables, new_result, read_tables
from eum.stored import sealed_record

_REPLICATE = "replicate"
"""Column of the tables of several replicates; a single one is kept without, as `eum run` does."""


class Record(NamedTuple):
    """One run in one family of evidence."""

    evidence: str
    replicate: int
    """0 for the city's own seed, 1 for the next ..."""
    tables: StoredTables
    """Record of the run, won of the sample (`eum.engine.results.record`)."""
    outcomes: list[ExpectedOutcome] | None
    """What each policy came to, where that is known in expectation only."""


class Contents(NamedTuple):
    """All that results are made of."""

    request: RunConfig
    policies: dict[str, str]
    """Hash of each policy by name, that of the counterfactual first."""
    data_hash: str
    parameters: dict[str, Behavior]
    """By family of evidence, in their order."""
    coefficients: dict[str, Coefficients]
    records: list[Record]
    engine: str

    @property
    def n_replicates(self) -> int:
        """Runs in each family of evidence."""
        return len(self.records) // len(self.coefficients)


def written(results: Contents, folder: Path, replace: bool) -> Path:
    """Write results under a temporary name, then give the folder its own. Raises InputError where it cannot be."""
    if results.engine == "expected":
        raise InputError(f"{folder}: results in expectation are not kept; expected those of engine='compiled'")
    request = results.request
    about = {key: str(v) if key in ("start", "end") else v for key, v in request._asdict().items()}
    about |= {"policies": results.policies, "data_hash": results.data_hash}
    about["parameters"] = {evidence: values._asdict() for evidence, values in results.parameters.items()}
    if results.n_replicates > 1 or results.engine != "compiled":
        about |= {"replicates": results.n_replicates, "engine": results.engine}
    with new_result(folder, replace):
        write_run(folder, about, _joined(results.records, results.n_replicates))
    return folder


def _joined(records: list[Record], n_replicates: int) -> StoredTables:
    """Return the tables of all records, each with a column for the family of evidence and, if several, the
    replicate."""
    joined = {}
    for name in records[0].tables:
        parts = [record.tables[name].assign(family=record.evidence) for record in records]
        if n_replicates > 1:
            parts = [part.assign(replicate=r.replicate) for part, r in zip(parts, records, strict=True)]
        joined[name] = pd.concat(parts, ignore_index=True)
    return joined


def read(folder: Path, package: CityData | None) -> Contents:
    """Return the results that a folder holds.

    Raises InputError where it holds no run, or one of other data than `package` (those that come with eum if None).
    """
    file = folder / "run.json"
    if not file.is_file():
        raise InputError(f"{folder}: no run.json here; expected a folder written by `eum run` or Results.save")
    about, tables = sealed_record(SealedFolder(folder), file.name), read_tables(folder)
    if "daily" not in tables or "family" not in tables["daily"]:
        raise InputError(f"{folder}: no tables of a run here; expected a folder of `eum run` without --until-halfwidth")
    changed = without_mechanisms(package or load_city_data(), tuple(about["without"]))[0]
    if changed.hash != about["data_hash"]:
        raise InputError(f"{folder}: a run of other data; expected Results.load(folder, city) with a city of its data")
    request, policies = _request(about), about["policies"]
    parameters = {family: Behavior(**values) for family, values in about["parameters"].items()}
    found = {
        f: coefficients(changed, ParameterDraw(f, CENTRAL, request.seed, source=request.parameter_source), p)
        for f, p in parameters.items()
    }
    records = _records(tables, list(parameters))
    return Contents(request, policies, changed.hash, parameters, found, records, about.get("engine", "compiled"))


def _request(about: dict) -> RunConfig:
    known = {name: about[name] for name in RunConfig._fields}
    known |= {key: datetime.date.fromisoformat(about[key]) for key in ("start", "end")}
    names = [name for name in about["policies"] if name != "none"]
    return RunConfig(**(known | {"policies": names, "without": tuple(about["without"])}))


def _records(tables: StoredTables, families: list[str]) -> list[Record]:
    """Return one record for each family of evidence and replicate."""
    first = tables["daily"]
    replicates = sorted(first[_REPLICATE].unique()) if _REPLICATE in first else [0]
    return [Record(f, int(i), _part(tables, f, int(i)), None) for i in replicates for f in families]


def _part(tables: StoredTables, family: str, replicate: int) -> StoredTables:
    found = {}
    for name, table in tables.items():
        rows = table[table["family"] == family]
        if _REPLICATE in table:
            rows = rows[rows[_REPLICATE] == replicate].drop(columns=_REPLICATE)
        found[name] = rows.drop(columns="family").reset_index(drop=True)
    return found
