"""What the headline loses without each mechanism of the model."""

import datetime
from typing import NamedTuple

import pandas as pd

from eum.behavior.parameters import Parameters
from eum.calibration.mechanisms import MECHANISMS, switched_off
from eum.calibration.priors import CENTRE, Question, coefficients
from eum.city.build import build_city
from eum.city.data import Package
from eum.engine.scenarios import Setting, run_worlds
from eum.intervals import standard_error
from eum.outcomes.attribution import CITY
from eum.outcomes.effects import ladder
from eum.outcomes.retention import retention
from eum.policy.files import load_policy
from eum.policy.model import Policy
from eum.runner.tasks import Many, Tables, Unit, fingerprint

WHOLE = "whole model"
HEADLINE = {
    "card_payments_krw": "card payments, won",
    "gross_use": "gross use per won of fiscal cost",
    "net_city_sales": "net city sales per won of fiscal cost",
    "city_value_added_second_round": "city value added, second round included, per won of fiscal cost",
    "kept_in_city_points": "spending kept in the city, points more than without the policy",
}
"""Columns of the table of mechanisms, with their units."""


class Headline(NamedTuple):
    """What the table of mechanisms is asked for."""

    policy: str
    family: str
    scale: float
    seeds: tuple[int, ...]
    start: datetime.date
    end: datetime.date


class HeadlineJob(NamedTuple):
    """The headline without one mechanism (or with the whole model), on one seed."""

    package: Package
    parameters: Parameters
    policy: Policy
    asked: Headline
    mechanism: str
    seed: int


def headline_table(job: HeadlineJob) -> Tables:
    """Return the headline of one run: a value for each measure of HEADLINE."""
    asked, policy = job.asked, job.policy
    data, off = switched_off(job.package, () if job.mechanism == WHOLE else (job.mechanism,))
    changed = off(job.parameters)
    c = coefficients(data, Question(asked.family, CENTRE, asked.seeds[0]), changed)
    setting = Setting([load_policy("none"), policy], [(0, 1)], asked.start, asked.end)
    tables = run_worlds(build_city(data, asked.scale, job.seed), changed, setting, job.seed)
    rungs = ladder(tables, asked.scale, (CITY,), c).query("denominator == 'fiscal_cost'").set_index("rung")
    kept = retention(tables).query("home == 'incheon' and sector == 'all'").set_index("world")["share_city"]
    values = {
        "card_payments_krw": float(rungs["payments_krw"].iloc[0]),
        **{rung: float(rungs["ratio"][rung]) for rung in list(HEADLINE)[1:4]},
        "kept_in_city_points": 100 * float(kept[policy.name] - kept["none"]),
    }
    return {"headline": pd.DataFrame([values])}


def headline_by_mechanism(package: Package, parameters: Parameters, asked: Headline, many: Many) -> pd.DataFrame:
    """Return the headline with the whole model, and its change with each mechanism off, all else held.

    One row per mechanism and measure: `value` is the mean over the seeds with the mechanism off, `change` its mean
    difference from the whole model on the same seeds, `noise` the standard error of that difference over seeds.
    `parameters` are those of the family's centre; they are not inferred again without the mechanism.
    """
    policy = load_policy(asked.policy)
    units = [
        Unit(f"{name} {seed}", headline_table, HeadlineJob(package, parameters, policy, asked, name, seed))
        for name in (WHOLE, *MECHANISMS)
        for seed in asked.seeds
    ]
    mark = fingerprint("mechanisms", package.hash, policy.hash, repr(parameters), repr(asked))
    kept = many.run(units, mark)
    # [mechanism, seed, measure]
    found = kept["headline"][list(HEADLINE)].to_numpy().reshape(len(MECHANISMS) + 1, len(asked.seeds), len(HEADLINE))
    gaps = found - found[0]
    noise = standard_error(gaps.swapaxes(0, 1))
    rows = [
        (name, measure, found[i, :, k].mean(), gaps[i, :, k].mean(), noise[i, k])
        for i, name in enumerate((WHOLE, *MECHANISMS))
        for k, measure in enumerate(HEADLINE)
    ]
    return pd.DataFrame(rows, columns=["mechanism", "measure", "value", "change", "noise"])
