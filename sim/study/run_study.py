"""A whole study: run its ensemble, summarise it, store it."""

import json
from collections.abc import Callable
from pathlib import Path

from sim.city.package import Package
from sim.errors import InputError
from sim.policy.files import load_policy
from sim.study.definition import StudyDefinition, setting_of
from sim.study.ensemble import Ensemble
from sim.study.observed import observed_fit
from sim.study.priors import CENTRE, Question
from sim.study.store import finish, partial_folder
from sim.study.summary import summarise


def _about(definition: StudyDefinition, package: Package, seed: int, n_runs: int) -> dict:
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
        "n_runs": n_runs,
        "n_draws": definition.size.n_draws,
        "n_seeds": definition.size.n_seeds,
        "data_hash": package.hash,
        "policy_hashes": {name: load_policy(name).hash for name in names},
        "variants": list(definition.variants),
        "families": list(definition.families),
        "worlds": worlds,
        "focus_district": definition.focus_district,
    }


def ensemble_of(definition: StudyDefinition, package: Package, seed: int, folder: Path) -> Ensemble:
    """Return the study's ensemble; units already finished under the folder's partial name are kept.

    Checks every policy file before anything is run.
    """
    for variant in definition.variants:
        setting_of(definition, variant, Question(definition.families[0], CENTRE, seed))
    return Ensemble(definition, package, seed, partial_folder(folder))


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
    wanted = _about(
        ensemble.definition,
        ensemble.package,
        ensemble.seed,
        len(ensemble.units) * len(ensemble.definition.variants),
    )
    if all(found.get(key) == value for key, value in wanted.items()):
        return True
    raise InputError(f"{folder}: holds another study; expected a new --out, or --replace")


def run_study(ensemble: Ensemble, folder: Path, n_workers: int, on_unit: Callable[[], object]) -> Path:
    """Run a study's ensemble and write its result folder; returns the folder. Interrupted work is kept."""
    definition, package = ensemble.definition, ensemble.package
    stacked = ensemble.run(n_workers, on_unit)
    tables = summarise(stacked, package)
    cities = {variant: v.city for variant, v in definition.variants.items()}
    tables["observed_fit"] = observed_fit(stacked, cities, package)
    tables["assumptions"] = package.table("assumptions").reset_index(drop=True)
    tables["sources"] = package.table("sources").reset_index(drop=True)
    about = _about(definition, package, ensemble.seed, len(ensemble.units) * len(definition.variants))
    return finish(folder, "study", about, tables)
