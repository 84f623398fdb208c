"""A comparison repeated over seeds until it is known as closely as wished."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.analysis.experiments.compare import Runs, figure_intervals, requests_by_family
from eum.analysis.experiments.comparison_figures import EFFECT, NO_POLICY, run_rows
from eum.analysis.experiments.run import RunConfig, reference_of, setting_for
from eum.behavior.parameters import Parameters
from eum.calibration.carried_start import start_of
from eum.calibration.central import calibrated_family
from eum.calibration.mechanisms import without_mechanisms
from eum.calibration.priors import CENTRAL, ParameterDraw, coefficients
from eum.city.build import build_city
from eum.city.data import CityData, load_city_data
from eum.engine.scenarios import ScenarioSet, run_worlds
from eum.runner.results_store import publish_result
from eum.runner.stopping_rule import PrecisionTarget, run_until_precise
from eum.runner.tasks import TableSource, Task, TaskRunner, TaskTables, work_fingerprint


class SeedJob(NamedTuple):
    """The worlds of a request on the city and draws of one seed, in one family."""

    package: CityData
    """Data, mechanisms switched off."""
    parameters: Parameters
    """Choices at the centre of the family, mechanisms switched off."""
    request: RunConfig
    setting: ScenarioSet
    reference: str
    seed: int


def seed_tables(job: SeedJob) -> TaskTables:
    """Return the figures (`eum.analysis.experiments.comparison_figures.ROW`) of one family on one seed."""
    request = job.request
    city = build_city(job.package, request.scale, job.seed)
    start = start_of(city, job.parameters, job.setting.start)
    tables = run_worlds(city, job.parameters, job.setting, job.seed, start_state=start)
    draw = ParameterDraw(request.family, CENTRAL, request.seed, source=request.parameter_source)
    c = coefficients(job.package, draw, job.parameters)
    rows = run_rows(tables, request.scale, c, job.reference)
    return {"figures": rows.assign(family=request.family, run=job.seed)}


def _differences(rows: pd.DataFrame, rung: str, reference: str) -> dict[str, np.ndarray]:
    """Return by family, run by run, each policy's ratio less that of the reference (none: as it is), won per won."""
    levels = rows[(rows["group"] == EFFECT) & (rows["measure"] == rung) & (rows["relative_to"] == NO_POLICY)]
    found = {}
    for family, part in levels.groupby("family", sort=False):
        ratios = part.pivot(index="run", columns="policy", values="value") / 100
        own = ratios.get(reference, 0.0)
        for policy in (str(name) for name in dict.fromkeys(part["policy"]) if name != reference):
            found[f"{family}, {policy} less {reference}"] = (ratios[policy] - own).to_numpy()
    return found


class FamilyTables(NamedTuple):
    """What all seeds of a repeated comparison share."""

    jobs: Callable[[int], list[SeedJob]]
    """All families' jobs of one seed."""
    about: dict
    """What is kept beside the tables."""
    mark: str


def _prepared(package: CityData, request: RunConfig) -> FamilyTables:
    """Infer every family's choices, and say what a seed is to run."""
    changed, off = without_mechanisms(package, request.without)
    settings = {family: setting_for(mine) for family, mine in requests_by_family(request).items()}
    about_centre = (request.seed, request.parameter_source)
    centres = {family: off(calibrated_family(package, family, *about_centre).parameters) for family in settings}
    policies = {p.name: p.hash for setting in settings.values() for p in setting.policies[1:]}
    reference = reference_of(request)
    fingerprint = work_fingerprint("repeated", changed.hash, repr(policies), repr(centres), repr(request))

    def jobs(seed: int) -> list[SeedJob]:
        return [
            SeedJob(changed, centres[family], mine, settings[family], reference, seed)
            for family, mine in requests_by_family(request).items()
        ]

    about = {key: str(v) if key in ("start", "end") else v for key, v in request._asdict().items()}
    about |= {"policies": policies, "reference": reference, "data_hash": changed.hash}
    return FamilyTables(jobs, {**about, "parameters": {f: p._asdict() for f, p in centres.items()}}, fingerprint)


def replicate_until_precise(request: RunConfig, wish: PrecisionTarget, folder: Path, many: TaskRunner) -> pd.DataFrame:
    """Run seeds in batches until the wish is met, keep figures and log in a folder, and return the table of the
    comparison (`eum.analysis.experiments.compare.COMPARISON_COLUMNS`).

    The wish is about each policy's average ratio less that of the policy it is compared with, on the same draws, in
    every requested family; a single policy is compared with none. Seeds are those from the request's own on, in order.
    """
    prepared, reference = _prepared(load_city_data(), request), reference_of(request)

    def run_seeds(n: int) -> TableSource:
        jobs = [job for seed in range(request.seed, request.seed + n) for job in prepared.jobs(seed)]
        tasks = [Task(f"{job.request.family}-seed-{job.seed:06d}", seed_tables, job) for job in jobs]
        return many.run(tasks, prepared.mark)

    n, log = run_until_precise(wish, lambda n: _differences(run_seeds(n)["figures"], wish.rung, reference))
    rows = run_seeds(n)["figures"]
    about = {**prepared.about, "wish": wish._asdict(), "n_seeds": n}
    publish_result(folder, "run", about, {"figures": rows, "enough": log})
    return figure_intervals(rows, request, Runs(n, 0))


def wish_words(wish: PrecisionTarget, log: pd.DataFrame) -> str:
    """Return whether the wish was met, and what having stopped on the width does to an interval."""
    met = "met" if log[log["n"] == log["n"].max()]["enough"].all() else "not met"
    return (
        f"Wish of ± {wish.halfwidth_won:g} won for the difference of average {wish.rung}: {met}. Having stopped on the "
        "width, an interval narrower than the wish covers a point or two less than it says "
        "(sim/eum/runner/stopping_rule.py)."
    )
