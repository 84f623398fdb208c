"""A whole study: run its ensemble, summarise it, store it."""

import json
from pathlib import Path

from pydantic import ValidationError

from sim.city.package import Package, load_package
from sim.errors import InputError
from sim.policy.files import load_policy
from sim.study.definition import StudyDefinition, setting_of
from sim.study.ensemble import Ensemble
from sim.study.many import ByName, Many
from sim.study.observed import observed_fit
from sim.study.priors import CENTRE, Question
from sim.study.store import Tables, finish
from sim.study.summary import summarise


def about(definition: StudyDefinition, package: Package, seed: int) -> dict:
    """Return what a study was asked for, as its record says it."""
    worlds = {
        variant: {"baseline": "none", "city": v.city, "district": v.district}
        for variant, v in definition.variants.items()
    }
    names = sorted({name for v in worlds.values() for name in v.values()})
    return {
        "study": definition.name,
        "definition": definition.model_dump(mode="json"),
        "title_ko": definition.title_ko,
        "title_en": definition.title_en,
        "scale": definition.size.scale,
        "start": definition.start.isoformat(),
        "end": definition.end.isoformat(),
        "seed": seed,
        "n_draws": definition.size.n_draws,
        "n_seeds": definition.size.n_seeds,
        "data_hash": package.hash,
        "policy_hashes": {name: load_policy(name).hash for name in names},
        "variants": list(definition.variants),
        "families": list(definition.families),
        "worlds": worlds,
        "focus_district": definition.focus_district,
        "enough": None if definition.enough is None else definition.enough.model_dump(),
    }


def ensemble_of(definition: StudyDefinition, package: Package, seed: int) -> Ensemble:
    """Return the study's ensemble. Checks every policy file before anything is run."""
    for variant in definition.variants:
        setting_of(definition, variant, Question(definition.families[0], CENTRE, seed))
    return Ensemble(definition, package, seed)


def is_done(ensemble: Ensemble, folder: Path, replace: bool) -> bool:
    """Return whether the folder holds this very study already: same definition, data, policies, seed, version.

    Raises InputError when it holds another one that may not be replaced.
    """
    record = folder / "study.json"
    if not folder.exists() or replace:
        return False
    if not record.is_file():
        raise InputError(f"{folder}: not a result folder of eum; expected a new name")
    found = json.loads(record.read_text(encoding="utf-8"))
    wanted = about(ensemble.definition, ensemble.package, ensemble.seed)
    if all(found.get(key) == value for key, value in wanted.items()):
        return True
    raise InputError(f"{folder}: holds another study; expected a new --out, or --replace")


def study_tables(found: ByName, definition: StudyDefinition, package: Package) -> Tables:
    """Return the tables of a study from those of its runs, and what of the data they stand on."""
    tables = summarise(found, package)
    cities = {variant: v.city for variant, v in definition.variants.items()}
    tables["observed_fit"] = observed_fit(found, cities, package)
    for name in ("districts", "assumptions", "sources"):
        tables[name] = package.table(name).reset_index(drop=True)
    return tables


def recorded_ensemble(record: dict, where: Path) -> Ensemble:
    """Return the ensemble that a stored study was asked for, from its record alone and this clone's data and policies.

    Raises InputError, naming the file `where`, for a record without a valid definition.
    """
    try:
        definition = StudyDefinition.model_validate(record["definition"])
        return ensemble_of(definition, load_package(), int(record["seed"]))
    except (KeyError, ValidationError, TypeError, ValueError) as error:
        raise InputError(f"{where}: definition: {' '.join(str(error).split())}; expected that of a study") from None


def run_study(ensemble: Ensemble, folder: Path, many: Many) -> Path:
    """Run a study's ensemble and write its result folder; returns the folder. Interrupted work is kept.

    `many` keeps its units below the partial name of the folder (`sim.study.store.partial_folder`).
    """
    definition, package = ensemble.definition, ensemble.package
    found, log = ensemble.run(many)
    tables = study_tables(found, definition, package)
    if log is not None:
        tables["enough"] = log
    names = [*(unit.name for unit in ensemble.centres()), *found.names]
    told = about(definition, package, ensemble.seed) | {"n_runs": len(found.names) * len(definition.variants)}
    return finish(folder, "study", told, tables, {name: found.folder / name for name in names})
