"""What the headline loses without each mechanism of the model."""

import datetime
from typing import NamedTuple

import pandas as pd

from eum.behavior.parameters import Parameters
from eum.calibration.carried_start import start_of
from eum.calibration.mechanisms import MECHANISMS, without_mechanisms
from eum.calibration.priors import CENTRAL, ParameterDraw, coefficients
from eum.city.build import build_city
from eum.city.data import CityData
from eum.engine.scenarios import ScenarioSet, run_worlds
from eum.intervals import standard_error
from eum.outcomes.attribution import CITY
from eum.outcomes.effects import effect_table
from eum.outcomes.retention import retention
from eum.policy.files import load_policy
from eum.policy.model import Policy
from eum.runner.tasks import Task, TaskRunner, TaskTables, work_fingerprint

WHOLE = "whole model"
HEADLINE_MEASURES = {
    "card_payments_krw": "card payments, won",
    "gross_use": "gross use per won of fiscal cost",
    "net_city_sales": "net city sales per won of fiscal cost",
    "city_value_added_second_round": "city value added, second round included, per won of fiscal cost",
    "kept_in_city_points": "spending kept in the city, points more than without the policy",
}
"""Columns of the table of mechanisms, with their units."""


class HeadlineConfig(NamedTuple):
    """What the table of mechanisms is made for."""

    policy: str
    family: str
    scale: float
    seeds: tuple[int, ...]
    start: datetime.date
    end: datetime.date


class HeadlineJob(NamedTuple):
    """The headline without one mechanism (or with the whole model), on one seed."""

    package: CityData
    parameters: Parameters
    policy: Policy
    config: HeadlineConfig
    mechanism: str
    seed: int


def ablated_headline(job: HeadlineJob) -> TaskTables:
    """Return the headline of one run: a value for each measure of HEADLINE."""
    config, policy = job.config, job.policy
    data, off = without_mechanisms(job.package, () if job.mechanism == WHOLE else (job.mechanism,))
    changed = off(job.parameters)
    c = coefficients(data, ParameterDraw(config.family, CENTRAL, config.seeds[0]), changed)
    setting = ScenarioSet([load_policy("none"), policy], [(0, 1)], config.start, config.end)
    city = build_city(data, config.scale, job.seed)
    start = start_of(city, changed, config.start)
    tables = run_worlds(city, changed, setting, job.seed, start_state=start)
    rungs = effect_table(tables, config.scale, (CITY,), c).query("denominator == 'fiscal_cost'").set_index("rung")
    kept = retention(tables).query("home == 'incheon' and sector == 'all'").set_index("world")["share_city"]
    values = {
        "card_payments_krw": float(rungs["payments_krw"].iloc[0]),
        **{rung: float(rungs["ratio"][rung]) for rung in list(HEADLINE_MEASURES)[1:4]},
        "kept_in_city_points": 100 * float(kept[policy.name] - kept["none"]),
    }
    return {"headline": pd.DataFrame([values])}


def headline_by_mechanism(
    package: CityData, parameters: Parameters, config: HeadlineConfig, many: TaskRunner
) -> pd.DataFrame:
    """Return the headline with the whole model, and its change with each mechanism off, all else held.

    One row per mechanism and measure: `value` is the mean over the seeds with the mechanism off, `change` its mean
    difference from the whole model on the same seeds, `noise` the standard error of that difference over seeds.
    `parameters` are those of the family's centre; they are not inferred again without the mechanism.
    """
    policy = load_policy(config.policy)
    tasks = [
        Task(f"{name} {seed}", ablated_headline, HeadlineJob(package, parameters, policy, config, name, seed))
        for name in (WHOLE, *MECHANISMS)
        for seed in config.seeds
    ]
    fingerprint = work_fingerprint("mechanisms", package.hash, policy.hash, repr(parameters), repr(config))
    kept = many.run(tasks, fingerprint)
    # [mechanism, seed, measure]
    found = (
        kept["headline"][list(HEADLINE_MEASURES)]
        .to_numpy()
        .reshape(len(MECHANISMS) + 1, len(config.seeds), len(HEADLINE_MEASURES))
    )
    gaps = found - found[0]
    noise = standard_error(gaps.swapaxes(0, 1))
    rows = [
        (name, measure, found[i, :, k].mean(), gaps[i, :, k].mean(), noise[i, k])
        for i, name in enumerate((WHOLE, *MECHANISMS))
        for k, measure in enumerate(HEADLINE_MEASURES)
    ]
    return pd.DataFrame(rows, columns=["mechanism", "measure", "value", "change", "noise"])
