"""A whole study: run its ensemble, summarise it, store it."""

import json
from pathlib import Path

from sim.city.package import Package
from sim.errors import InputError
from sim.policy.files import load_policy
from sim.study.definition import StudyDefinition, setting_of
from sim.study.ensemble import Ensemble
from sim.study.many import Many
from sim.study.observed import observed_fit
from sim.study.priors import CENTRE, Question
from sim.study.store import finish
from sim.study.summary import summarise


def _about(definition: StudyDefinition, package: Package, seed: int) -> dict:
    """Return what a study was asked for, as its record says it."""
    worlds = {
        variant: {"baseline": "none", "city": v.city, "district": v.district}
        for variant, v in definition.variants.items()
    }
    names = sorted({name for v in worlds.values() for name in v.values()})
    return {
        "study": definition.name,
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
    wanted = _about(ensemble.definition, ensemble.package, ensemble.seed)
    if all(found.get(key) == value for key, value in wanted.items()):
        return True
    raise InputError(f"{folder}: holds another study; expected a new --out, or --replace")


def run_study(ensemble: Ensemble, folder: Path, many: Many) -> Path:
    """Run a study's ensemble and write its result folder; returns the folder. Interrupted work is kept.

    `many` keeps its units below the partial name of the folder (`sim.study.store.partial_folder`).
    """
    definition, package = ensemble.definition, ensemble.package
    found, log = ensemble.run(many)
    tables = summarise(found, package)
    cities = {variant: v.city for variant, v in definition.variants.items()}
    tables["observed_fit"] = observed_fit(found, cities, package)
    tables["assumptions"] = package.table("assumptions").reset_index(drop=True)
    tables["sources"] = package.table("sources").reset_index(drop=True)
    if log is not None:
        tables["enough"] = log
    about = _about(definition, package, ensemble.seed)
    return finish(folder, "study", about | {"n_runs": len(found.names) * len(definition.variants)}, tables)
