"""What each mechanism earns: how far published figures are from the history with it and without.

Runs at the centre of the posterior, nothing fitted again: what a mechanism seems to earn is an upper bound, as the
other parameters could make up for a part of it.
"""

import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.behavior.parameters import Parameters
from eum.calibration.fit.predictive_checks import PREDICTIVE_CHECKS, published_statistics, simulated_statistics
from eum.calibration.fit.simulate import simulated_history
from eum.calibration.fit.targets import HistoryReader, Target, city_targets
from eum.calibration.mechanisms import MECHANISMS, without_mechanisms
from eum.calibration.priors import CENTRAL, ParameterDraw, drawn_parameters
from eum.city.build import build_city
from eum.city.data import CityData
from eum.intervals import standard_error
from eum.runner.tasks import Task, TaskRunner, TaskTables, work_fingerprint

ALL_ON = "all"
OF_THE_HISTORY = (
    *("rate_memory", "grant_habit", "launches", "cashback_settles", "charge_ahead", "first_use_lag", "late_limit"),
    *("felt_rate", "growth", "dormancy", "neighbours", "usage_response"),
)
"""Mechanisms whose part in what was published of the card is shown."""
_LEAVING_OUT_BEFORE = datetime.date(2019, 6, 1)


class EarnedJob(NamedTuple):
    """A run without one mechanism (or with all); everything its table depends on."""

    package: CityData
    mechanism: str
    scale: float
    seed: int
    end: datetime.date


def _changed(job: EarnedJob) -> tuple[CityData, Parameters]:
    left_out = () if job.mechanism == ALL_ON else (job.mechanism,)
    changed, off = without_mechanisms(job.package, left_out)
    return changed, off(drawn_parameters(job.package, ParameterDraw("causal", CENTRAL, 1)))


def earned_tables(job: EarnedJob) -> TaskTables:
    """Run the history; return the tables `errors` (group, period, and ln of simulated over published) and `checks`
    (check, and what the run says of it)."""
    package, parameters = _changed(job)
    found = simulated_history(build_city(package, job.scale, job.seed), parameters, job.end, job.seed)
    reader = HistoryReader(package, found)
    targets = [t for t in city_targets(package) if t.end <= job.end]
    rows = [_error(t, reader.value(t)) for t in targets]
    checks = {"check": [c.name for c in PREDICTIVE_CHECKS], "value": simulated_statistics(package, [found])[0]}
    tables = {"errors": pd.DataFrame(rows), "checks": pd.DataFrame(checks)}
    return {name: table.assign(mechanism=job.mechanism, seed=job.seed) for name, table in tables.items()}


def _error(target: Target, simulated: float) -> dict[str, object]:
    return {
        "group": target.group,
        "period_start": target.start.isoformat(),
        "period_end": target.end.isoformat(),
        "error": simulated - target.value,
    }


class Earned(NamedTuple):
    """What published figures are with each mechanism and without."""

    groups: pd.DataFrame
    """By mechanism left out ("all": none is) and group of figures since June 2019: `miss`, the mean |ln
    simulated/published|; `change`, what it is more than with all mechanisms; `noise`, the standard error of that."""
    checks: pd.DataFrame
    """A row a predictive check: unit, published, and the mean over seeds by mechanism left out."""


def earned(package: CityData, many: TaskRunner, scale: float, seeds: int, end: datetime.date) -> Earned:
    """Return what each mechanism earns, of runs to the last day of observations.

    Raises InputError, before any work, where data lack a figure of a predictive check.
    """
    published = published_statistics(package)
    jobs = [
        Task(f"{name} {seed}", earned_tables, EarnedJob(package, name, scale, seed, end))
        for name in (ALL_ON, *OF_THE_HISTORY)
        for seed in range(1, seeds + 1)
    ]
    found = many.run(jobs, work_fingerprint("earned", package.hash, repr((scale, str(end)))))
    return Earned(_by_group(found["errors"]), _by_check(published, found["checks"]))


def _by_check(published: np.ndarray, rows: pd.DataFrame) -> pd.DataFrame:
    wide = rows.pivot_table(index="check", columns="mechanism", values="value", sort=False)
    known = {"check": [c.name for c in PREDICTIVE_CHECKS], "unit": [c.unit for c in PREDICTIVE_CHECKS]}
    table = pd.DataFrame({**known, "published": published})
    return table.join(wide[[ALL_ON, *OF_THE_HISTORY]], on="check")


def _by_group(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows[rows["period_end"] >= _LEAVING_OUT_BEFORE.isoformat()]
    rows = rows.assign(miss=rows["error"].abs())
    table = rows.pivot_table(index=["mechanism", "group"], columns="seed", values="miss", aggfunc="mean", sort=False)
    groups, found = list(dict.fromkeys(rows["group"])), []
    for mechanism in (ALL_ON, *OF_THE_HISTORY):
        for group in groups:
            misses, of_all = (table.loc[(name, group)].to_numpy(float) for name in (mechanism, ALL_ON))
            change = misses - of_all
            row = (mechanism, _meaning(mechanism), group, float(misses.mean()), float(change.mean()))
            found.append((*row, float(standard_error(change))))
    return pd.DataFrame(found, columns=["mechanism", "meaning", "group", "miss", "change", "noise"])


def _meaning(mechanism: str) -> str:
    return "all mechanisms" if mechanism == ALL_ON else MECHANISMS[mechanism].meaning
