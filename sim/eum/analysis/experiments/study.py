"""A whole study: run its ensemble, summarise it, store it."""

import hashlib
import json
from pathlib import Path

from pydantic import ValidationError

from eum.analysis.experiments.aggregate import summarise
from eum.analysis.experiments.definition import StudyDefinition, setting_of
from eum.analysis.experiments.ensemble import Ensemble
from eum.analysis.experiments.observed import observed_fit
from eum.analysis.experiments.ready import (
    STUDY_POLICIES,
    StudyRequest,
    kept_files,
    kept_policies,
    policies_kept,
)
from eum.artifacts import SealedFolder, remove
from eum.calibration.priors import CENTRAL, ParameterDraw
from eum.calibration.runnable import require_runnable
from eum.city.data import CityData, load_city_data
from eum.errors import InputError
from eum.policy.files import policy_files
from eum.runner.results_store import (
    StoredTables,
    partial_folder,
    publish_result,
    replace_record,
    require_new,
)
from eum.runner.stopping_rule import STOPPING_LOG
from eum.runner.tasks import TableSource, TaskRunner
from eum.stored import sealed_record

PRESENTED = {
    *("definition", "title_ko", "title_en", "titles", "institution", "author", "document_number", "date", "remarks"),
    *("focus_district", "is_own_money"),
}
"""Keys of the record on which no run depends; what of a definition does has a key of its own."""


def study_record(study: StudyRequest, package: CityData, seed: int) -> dict:
    """Return what a study was asked for, as its record says it."""
    definition = study.definition
    return {
        "study": definition.name,
        **_headed(study),
        "scale": definition.size.scale,
        "start": definition.start.isoformat(),
        "end": definition.end.isoformat(),
        "seed": seed,
        "n_draws": definition.size.n_draws,
        "n_seeds": definition.size.n_seeds,
        "parameters": definition.parameters,
        "data_hash": package.hash,
        "policy_hashes": {policy.name: policy.hash for policy in sorted(study.policies.values(), key=lambda p: p.name)},
        "policy_files": {name: hashlib.sha256(content).hexdigest() for name, content in study.files.items()},
        "variants": list(definition.variants),
        "families": list(definition.families),
        "scopes": list(definition.counted_scopes),
        "worlds": {variant: study.worlds(variant) for variant in definition.variants},
        "uncertain_budget": None if definition.uncertain_budget is None else definition.uncertain_budget.model_dump(),
        "enough": None if definition.enough is None else definition.enough.model_dump(),
    }


def _headed(study: StudyRequest) -> dict:
    """Return what the reports say at their head and of whose money they speak: the keys PRESENTED of a record."""
    definition = study.definition
    asked = definition.model_dump(mode="json")
    lines = ("title_ko", "title_en", "institution", "author", "document_number", "date", "focus_district")
    return {
        "definition": asked,
        **{key: asked[key] for key in lines},
        "titles": {variant: study.titles(variant) for variant in definition.variants},
        "remarks": asked["remark"],
        "is_own_money": study.is_own_money,
    }


def ensemble_of(study: StudyRequest, package: CityData, seed: int) -> Ensemble:
    """Return the study's ensemble.

    Raises InputError, before anything is run, for days or policies that cannot be run.
    """
    ensemble, definition = Ensemble(study, package, seed), study.definition
    for variant in definition.variants:
        question = ParameterDraw(definition.families[0], CENTRAL, seed, source=definition.parameters)
        try:
            setting = setting_of(definition, variant, question, ensemble.common.policies.__getitem__)
            require_runnable(package, setting, source=definition.parameters)
        except InputError as error:
            raise InputError(f"{study.where}: variants.{variant}: {error}") from None
    return ensemble


def is_done(ensemble: Ensemble, folder: Path, replace: bool) -> bool:
    """Return whether the folder holds this very study already: same definition, data, policies and seed.

    Where only words differ, such as titles, the record takes the new ones over and nothing is run again.
    Raises InputError when it holds another one that may not be replaced, or nothing can be written there.
    """
    if not folder.exists() or replace:
        require_new(folder, replace)
        return False
    if not (folder / "study.json").is_file():
        raise InputError(f"{folder}: not a result folder of eum; expected a new name")
    found = sealed_record(SealedFolder(folder), "study.json")
    wanted = study_record(ensemble.study, ensemble.package, ensemble.seed)
    others = [key for key, value in wanted.items() if found.get(key) != value]
    if not set(others) <= PRESENTED:
        told = ", ".join(key for key in others if key not in PRESENTED)
        raise InputError(f"{folder}: holds another study ({told}); expected a new --out, or --replace")
    if others:
        replace_record(folder, "study", found | wanted)
    remove(partial_folder(folder))
    return True


def study_tables(found: TableSource, study: StudyRequest, package: CityData) -> StoredTables:
    """Return the tables of a study from those of its runs, and what of the data they stand on."""
    tables = summarise(found, package, study.definition.parameters)
    cities = {variant: study.worlds(variant)["city"] for variant in study.definition.variants}
    tables["observed_fit"] = observed_fit(found, cities, package)
    for name in ("districts", "assumptions", "sources"):
        tables[name] = package.table(name).reset_index(drop=True)
    return tables


def recorded_study(folder: Path) -> StudyRequest:
    """Return the study that a stored one was asked for, from its folder alone: its record and its policies' files.

    Raises InputError, naming the file, for a record without a valid definition or a policy that is missing.
    """
    where, kept = folder / "study.json", folder / STUDY_POLICIES
    try:
        record = json.loads(where.read_bytes())
        definition = StudyDefinition.model_validate(record["definition"])
    except (OSError, KeyError, ValidationError, TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{where}: definition: {' '.join(str(error).split())}; expected that of a study") from None
    if not kept.is_dir():
        raise InputError(f"{kept}: missing; expected the files of the study's policies")
    policies = kept_policies(definition, kept)
    needed = {path.name for name in kept_files(definition) for path in policy_files(kept / name)}
    odd = sorted(path for path in kept.iterdir() if path.name not in needed or not path.is_file())
    if odd:
        raise InputError(f"{odd[0]}: not a policy of the study; expected {', '.join(sorted(needed))}")
    files = {path.name: path.read_bytes() for path in sorted(kept.iterdir())}
    return StudyRequest(definition, policies, files, str(where))


def recorded_ensemble(folder: Path) -> Ensemble:
    """Return the ensemble of a stored study, on this clone's data. Raises InputError as `recorded_study` does."""
    study, where = recorded_study(folder), folder / "study.json"
    try:
        seed = json.loads(where.read_bytes())["seed"]
    except (OSError, KeyError, TypeError, ValueError, RecursionError):
        seed = None
    if type(seed) is not int:
        raise InputError(f"{where}: seed: {seed!r}: expected a whole number")
    return Ensemble(study, load_city_data(), seed)


def run_study(ensemble: Ensemble, folder: Path, many: TaskRunner) -> Path:
    """Run a study's ensemble and write its result folder; returns the folder. Interrupted work is kept.

    `many` keeps its units below the partial name of the folder (`eum.runner.results_store.partial_folder`).
    """
    study, package = ensemble.study, ensemble.package
    found, log = ensemble.run(many)
    tables = study_tables(found, study, package)
    if log is not None:
        tables[STOPPING_LOG] = log
    names = [*(unit.name for unit in ensemble.centres()), *found.names]
    n_runs = len(found.names) * len(study.definition.variants)
    told = study_record(study, package, ensemble.seed) | {"n_runs": n_runs}
    runs = {name: found.folder / name for name in names}
    return publish_result(folder, "study", told, tables, runs, policies_kept(study))
