"""The runs that a fit learns from: made once, kept below the fit's folder, and shared by all fits."""

import hashlib
import inspect
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.calibration.fit import parameters, simulate
from eum.calibration.fit.definition import FitDefinition
from eum.calibration.fit.parameters import FitParameter, fit_parameters, score_of, values_of
from eum.calibration.fit.rng_streams import normals, stream_key
from eum.calibration.fit.simulate import SimulatedHistory, simulated_history
from eum.calibration.priors import CENTRAL, ParameterDraw, drawn_parameters
from eum.city.build import build_city
from eum.city.data import CityData
from eum.errors import InputError
from eum.runner.tasks import Task, TaskResults, TaskRunner, TaskTables, work_fingerprint

_TOGETHER = 4
"""Runs of a task."""
_NEAR_SD = 0.5
"""Standard deviation of scores around the centre."""
_MOST_SCORE = 2.2
"""Scores of runs lie within these bounds; a prior has 3 % beyond."""
DESIGN, REFINED, KEPT = "design", "refined", "kept"
"""Runs that fill the prior and the neighbourhood of the centre; at draws of a first posterior; at the draws kept."""


class HistoryRuns(NamedTuple):
    """Finished runs, in the order of their points."""

    points: np.ndarray
    """float64[R, k]: scores."""
    histories: list[SimulatedHistory]


class RunsJob(NamedTuple):
    """Runs to be made; everything their tables depend on."""

    package: CityData
    definition: FitDefinition
    points: np.ndarray
    """float64[n, k]: scores."""
    seeds: tuple[int, ...]
    """Of each run: its city and its draws, so that simulation noise is part of what an emulator leaves."""


def centre_point(moved: tuple[FitParameter, ...], definition: FitDefinition) -> np.ndarray:
    """Return float64[k]: scores of the definition's centre. Raises InputError where it is not one value a parameter."""
    names, given = [p.name for p in moved], definition.centre
    if set(names) != set(given):
        odd = sorted(set(names) ^ set(given))[0]
        raise InputError(f"{definition.name}: centre: {odd}: expected the parameters of data/fit_parameters.csv")
    return np.array([float(score_of(p, given[p.name])) for p in moved])


def is_of_prior(n: int) -> np.ndarray:
    """Return bool[n]: which runs lie anywhere in the prior; further ones, at draws of a posterior, do not."""
    return np.arange(n) % 10 < 3


def design_points(package: CityData, definition: FitDefinition) -> np.ndarray:
    """Return float64[n_runs, k]: scores of the design; a longer design begins with the shorter one."""
    moved, n = fit_parameters(package), definition.size.n_runs
    noise = normals(stream_key(definition.seed, DESIGN), n, len(moved))
    near = centre_point(moved, definition) + _NEAR_SD * noise
    anywhere = is_of_prior(n)
    return np.clip(np.where(anywhere[:, None], noise, near), -_MOST_SCORE, _MOST_SCORE)


_NOT_OF_RUNS = ("posterior", "observed_monthly", "trade_groups")
"""Tables that no run reads: what comes of a fit, and what it is held against."""


_CODE_OF_RUNS = hashlib.sha256("".join(map(inspect.getsource, (simulate, parameters))).encode()).hexdigest()
"""Of what makes a run of a point, read once; the rest of the fit may change without a run being made again."""


def runs_fingerprint(package: CityData, definition: FitDefinition) -> str:
    """Return what runs depend on: data, days, scale, seed, and the code; the number of runs and draws is none of it."""
    tables = [table.to_csv(index=False) for name, table in sorted(package.tables.items()) if name not in _NOT_OF_RUNS]
    data = hashlib.sha256("\n".join(tables).encode()).hexdigest()
    about = (data, str(definition.end), repr(definition.size.scale), repr(definition.seed), _CODE_OF_RUNS)
    return work_fingerprint("runs of a fit", *about)


def runs_tables(job: RunsJob) -> TaskTables:
    """Run the history at each point of a job; return the tables `days` and `months`, stacked, with `run` first."""
    moved = fit_parameters(job.package)
    rest = drawn_parameters(job.package, ParameterDraw("causal", CENTRAL, job.definition.seed))
    days, months = [], []
    for n, (point, seed) in enumerate(zip(job.points, job.seeds, strict=True)):
        city = build_city(job.package, job.definition.size.scale, seed)
        found = simulated_history(city, rest._replace(**values_of(moved, point)), job.definition.end, seed)
        days.append(found.days.assign(run=n))
        months.append(found.months.assign(run=n))
    return {"days": pd.concat(days, ignore_index=True), "months": pd.concat(months, ignore_index=True)}


def run_tasks(package: CityData, definition: FitDefinition, kind: str, points: np.ndarray) -> list[Task]:
    """Return the tasks that make the runs of points (float64[n, k]), named by kind, place and points."""
    tasks = []
    for first in range(0, len(points), _TOGETHER):
        part = np.ascontiguousarray(points[first : first + _TOGETHER])
        seeds = tuple(1 + (stream_key(definition.seed, kind, first + n) % 1_000_000) for n in range(len(part)))
        label = hashlib.sha256(part.tobytes()).hexdigest()[:8]
        name = f"{kind} {first:05d} {label}"
        tasks.append(Task(name, runs_tables, RunsJob(package, definition, part, seeds)))
    return tasks


def finished_runs(
    package: CityData, definition: FitDefinition, many: TaskRunner, batches: dict[str, np.ndarray]
) -> HistoryRuns:
    """Make the runs of batches (points by kind) that are not kept yet and return all of them."""
    fingerprint = runs_fingerprint(package, definition)
    tasks = [task for kind, points in batches.items() for task in run_tasks(package, definition, kind, points)]
    kept = many.run(tasks, fingerprint)
    histories = [history for task in tasks for history in _histories(kept, task)]
    return HistoryRuns(np.concatenate(list(batches.values())), histories)


def _histories(kept: TaskResults, task: Task) -> list[SimulatedHistory]:
    tables = kept.of(task.name)
    found = []
    for n in sorted(set(tables["days"]["run"].tolist())):
        parts = (tables[name][tables[name]["run"] == n] for name in ("days", "months"))
        found.append(SimulatedHistory(*(part.drop(columns="run").reset_index(drop=True) for part in parts)))
    return found
