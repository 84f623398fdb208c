"""The uses of a fit, from runs to tables: the posterior and what it predicts, and recovery.

What it did not see is forecast in `eum.analysis.validation.out_of_sample`.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.calibration.fit import results
from eum.calibration.fit.definition import FitDefinition
from eum.calibration.fit.discrepancy import SIZES, sizes_at
from eum.calibration.fit.learn import LearntHistory, learnt_history
from eum.calibration.fit.parameters import fit_parameters, identification_label, value_at
from eum.calibration.fit.posterior import FittedHistory, kept_points
from eum.calibration.fit.recovery import recovered, recovery_summary
from eum.calibration.fit.rng_streams import normals, stream_key
from eum.calibration.fit.training_set import (
    DESIGN,
    REFINED,
    HistoryRuns,
    design_points,
    finished_runs,
    runs_fingerprint,
)
from eum.city.data import CityData
from eum.intervals import percentile_interval
from eum.jit import source_hash
from eum.runner.tasks import Task, TaskRunner, TaskTables, work_fingerprint

_PRIOR_DRAWS = 4000


class FitProblem(NamedTuple):
    """What all commands of a fit need."""

    package: CityData
    definition: FitDefinition
    folder: Path
    """Where runs and results are kept."""

    @property
    def mark(self) -> str:
        """What a result depends on: data, definition, and the code of the fit."""
        code = source_hash(("calibration/fit",))
        return work_fingerprint("fit", self.package.hash, self.definition.model_dump_json(), code)


class Prepared(NamedTuple):
    """What was learnt from all runs."""

    learnt: LearntHistory
    points: np.ndarray
    """float64[R, k]: scores of the runs."""

    @property
    def history(self) -> FittedHistory:
        """Targets, their emulator, and how far figures may be from it."""
        return self.learnt.history

    @property
    def all_of_city(self) -> np.ndarray:
        """int64[n_city]: places of the published figures of the city."""
        return np.arange(self.learnt.known.n_city)


def _learn(problem: FitProblem, runs: HistoryRuns) -> Prepared:
    return Prepared(learnt_history(problem.package, problem.definition, runs), runs.points)


class _First(NamedTuple):
    problem: FitProblem
    runs: HistoryRuns


def first_tables(job: _First) -> TaskTables:
    """Return draws of a first posterior, around which runs are added."""
    prepared = _learn(job.problem, job.runs)
    sampled = prepared.history.fit(prepared.all_of_city, stream_key(job.problem.definition.seed, "first"))
    points = kept_points(sampled, job.problem.definition.size.n_refined)
    return {"points": pd.DataFrame(points[:, : prepared.history.n_parameters]).rename(columns=str)}


def prepared_fit(problem: FitProblem, many: TaskRunner) -> Prepared:
    """Make the runs that are missing and learn from all: those of the design, and those at a first posterior."""
    package, definition = problem.package, problem.definition
    batches = {DESIGN: design_points(package, definition)}
    runs = finished_runs(package, definition, many, batches)
    if definition.size.n_refined == 0:
        return _learn(problem, runs)
    mark = work_fingerprint(problem.mark, runs_fingerprint(package, definition))
    first = many.run([Task("first posterior", first_tables, _First(problem, runs))], mark)
    batches[REFINED] = first.of("first posterior")["points"].to_numpy()
    return _learn(problem, finished_runs(package, definition, many, batches))


# ---- the posterior


class FitJob(NamedTuple):
    """A problem and what was learnt from its runs."""

    problem: FitProblem
    prepared: Prepared


def posterior_tables(job: FitJob) -> TaskTables:
    """Draw the posterior given all figures of the city; return its points and how the sampler got there."""
    prepared, seed = job.prepared, job.problem.definition.seed
    sampled = prepared.history.fit(prepared.all_of_city, stream_key(seed, "posterior"))
    return {
        "points": pd.DataFrame(sampled.points).rename(columns=str),
        "sampling": pd.DataFrame({"temperature": sampled.temperatures, "accepted": sampled.accepted}),
    }


def draws_table(package: CityData, points: np.ndarray, n_kept: int) -> pd.DataFrame:
    """Return the table data/posterior.csv: draw 0 is the mean of scores, the others are draws, in units, six digits.

    `points` (float64[n, k + S]) are those of the sampler.
    """
    parameters = fit_parameters(package)
    scores = points[:, : len(parameters)]
    kept = scores[np.linspace(0, len(scores) - 1, n_kept).round().astype(np.int64)]
    rows = np.vstack([scores.mean(axis=0), kept])
    table = pd.DataFrame({p.name: value_at(p, rows[:, i]) for i, p in enumerate(parameters)})
    table = table.map(lambda value: float(f"{value:.6g}"))
    table.insert(0, "draw", np.arange(len(table)))
    return table


def _ends(values: np.ndarray, prefix: str = "") -> dict[str, float]:
    seen = percentile_interval(values)
    return {f"{prefix}low": seen.low, f"{prefix}median": seen.value, f"{prefix}high": seen.high}


def fitted_parameter_rows(package: CityData, points: np.ndarray, seed: int) -> pd.DataFrame:
    """Return one row a parameter and size of discrepancy: prior and posterior, and whether the data moved it."""
    parameters = fit_parameters(package)
    prior = normals(stream_key(seed, "prior"), _PRIOR_DRAWS, points.shape[1])
    rows = []
    for i, name in enumerate([*(p.name for p in parameters), *SIZES]):
        is_size = i >= len(parameters)
        shown, before = (sizes_at(z[:, i]) if is_size else value_at(parameters[i], z[:, i]) for z in (points, prior))
        left = float(points[:, i].std())
        unit = "ln" if is_size else parameters[i].unit
        row = {"kind": "discrepancy" if is_size else "parameter", "name": name, "unit": unit}
        verdict = {"sd_left": left, "called": identification_label(left)}
        rows.append({**row, **_ends(before, "prior_"), **_ends(shown), **verdict})
    return pd.DataFrame(rows)


def discrepancy_shares(prepared: Prepared, points: np.ndarray) -> pd.DataFrame:
    """Return by group of figures what the variance of a prediction consists of: parameters, discrepancy, emulation.

    Means over the figures of the city, of the standard deviation of ln and of the share of the variance.
    """
    history, k = prepared.history, prepared.history.n_parameters
    of_parameters = history.emulator.at(points[:, :k]).var(axis=0)
    discrepancy = np.mean([np.diag(history.layout.covariance(sizes_at(p[k:]))) for p in points], axis=0)
    emulation = np.diag(history.emulator.error)
    table = pd.DataFrame({
        "group": [t.group for t in history.targets],
        "parameters": of_parameters,
        "discrepancy": discrepancy,
        "emulation": emulation,
    }).iloc[: prepared.learnt.known.n_city]  # fmt: skip
    mean = table.groupby("group", sort=False).mean()
    total = mean.sum(axis=1)
    return mean.pow(0.5).add_suffix("_sd").assign(discrepancy_share=mean["discrepancy"] / total).reset_index()


def fitted_figures(prepared: Prepared, points: np.ndarray, seed: int) -> pd.DataFrame:
    """Return every published figure of the city beside what the posterior says without and with its discrepancies.

    group, period_start, period_end, observed; `model_*`: percentiles of what a run would say; `q05` to `q95`: of what
    would be published, discrepancies drawn independently. In units.
    """
    history, k, places = prepared.history, prepared.history.n_parameters, prepared.all_of_city
    emulated = history.emulator.at(points[:, :k])[:, places]
    part = np.ix_(places, places)
    noise = normals(stream_key(seed, "anew"), *emulated.shape)
    replicated = np.array([
        e + np.linalg.cholesky(history.covariance(p[k:])[part]) @ z
        for e, p, z in zip(emulated, points, noise, strict=True)
    ])  # fmt: skip
    targets = [history.targets[n] for n in places]
    table = pd.DataFrame({
        "group": [t.group for t in targets],
        "period_start": [t.start.isoformat() for t in targets],
        "period_end": [t.end.isoformat() for t in targets],
        "observed": np.exp(history.observed[places]),
    })  # fmt: skip
    names = ("low", "median", "high")
    model, published = (np.exp(np.quantile(x, (0.05, 0.5, 0.95), axis=0)) for x in (emulated, replicated))
    table[[f"model_{n}" for n in names]] = model.T
    table[[f"published_{n}" for n in names]] = published.T
    extreme = np.exp(np.quantile(replicated, (0.005, 0.995), axis=0))
    return table.assign(published_low_99=extreme[0], published_high_99=extreme[1])


def sampled_posterior(problem: FitProblem, prepared: Prepared, many: TaskRunner) -> dict[str, pd.DataFrame]:
    """Return the tables of `posterior_tables`, drawn once and kept for all commands of a fit."""
    tasks = [Task("posterior", posterior_tables, FitJob(problem, prepared))]
    found = many.run(tasks, result_mark(problem)).of("posterior")
    return {name: found[name] for name in ("points", "sampling")}


def fit_posterior(problem: FitProblem, many: TaskRunner) -> pd.DataFrame:
    """Fit all figures of the city; keep draws and tables, and return the table of parameters."""
    prepared = prepared_fit(problem, many)
    found, seed = sampled_posterior(problem, prepared, many), problem.definition.seed
    points = found["points"].to_numpy()
    tables = {
        "points": found["points"],
        "sampling": found["sampling"],
        "draws": draws_table(problem.package, points, problem.definition.size.n_kept),
        "parameters": fitted_parameter_rows(problem.package, points, seed),
        "variance": discrepancy_shares(prepared, points),
        "figures": fitted_figures(prepared, points, seed),
    }
    results.write_result(problem.folder, results.POSTERIOR, tables, {"mark": problem.mark})
    return tables["parameters"]


def result_mark(problem: FitProblem) -> str:
    """Return what tasks on finished runs depend on."""
    return work_fingerprint(problem.mark, runs_fingerprint(problem.package, problem.definition))


# ---- recovery


def recovery_tables(problem: FitProblem, many: TaskRunner) -> pd.DataFrame:
    """Fit synthetic truths again; keep and return how often intervals held."""
    prepared = prepared_fit(problem, many)
    refits = recovered(problem.package, prepared.learnt, prepared.points, many, result_mark(problem))
    summary = recovery_summary(problem.package, refits)
    tables = {"refits": refits, "certificate": summary}
    results.write_result(problem.folder, results.RECOVERY, tables, {"mark": problem.mark})
    return summary
