"""The out-of-sample validation of a fit, from runs to its table of forecasts."""

import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.analysis.validation.out_of_sample.fit_forecasts import (
    FORECAST_ORIGINS,
    ValidationCase,
    block_benchmarks,
    block_forecast,
    blocks_of,
    origin_forecasts,
    targets_after,
    untargeted_forecasts,
)
from eum.analysis.validation.out_of_sample.simple_rules import promised_rates
from eum.calibration.fit import results
from eum.calibration.fit.parameters import priors_of_origin
from eum.calibration.fit.simulate import HISTORY_START
from eum.calibration.fit.workflow import FitProblem, prepared_fit, result_mark, sampled_posterior
from eum.engine.history import HISTORY
from eum.extras import require_extra
from eum.jit import source_hash
from eum.policy.files import load_policy
from eum.runner.tasks import Task, TaskRunner, TaskTables, work_fingerprint

_CODE = ("analysis/validation/out_of_sample", "analysis/forecasts")


class _Part(NamedTuple):
    """One test of a fit."""

    case: ValidationCase
    points: np.ndarray
    """float64[n, k + S]: draws of the posterior given all figures of the city."""
    test: str
    """`untargeted`, `block`, `benchmarks` of blocks, or the day of an origin (ISO)."""
    block: str = ""
    """Which, where the test is `block`."""


def validation_tables(part: _Part) -> TaskTables:
    """Return the forecasts of one test."""
    if part.test == "untargeted":
        return {"forecasts": untargeted_forecasts(part.case, part.points)}
    if part.test == "block":
        return {"forecasts": block_forecast(part.case, part.points, part.block)}
    if part.test == "benchmarks":
        return {"forecasts": block_benchmarks(part.case)}
    return {"forecasts": origin_forecasts(part.case, datetime.date.fromisoformat(part.test))}


def require_validation(problem: FitProblem) -> None:
    """Raise InputError where an optional library is missing, or where a prior rests on an observation later than an
    origin of the fit."""
    require_extra("calibration", "arviz")
    for origin in FORECAST_ORIGINS:
        if origin < problem.definition.end:
            priors_of_origin(problem.package, origin)


def validated_forecasts(problem: FitProblem, many: TaskRunner) -> pd.DataFrame:
    """Forecast what a fit did not see; keep and return the table of forecasts (`fit_forecasts.FORECAST_ROW`).

    Figures that nothing is fitted to come first, then origins after which something was published within the fit, then
    blocks. Raises InputError, before any work, as `require_validation` does.
    """
    require_validation(problem)
    definition = problem.definition
    prepared = prepared_fit(problem, many)
    points = sampled_posterior(problem, prepared, many)["points"].to_numpy()
    rates = promised_rates(load_policy(HISTORY), HISTORY_START, definition.end)
    case, n_kept = ValidationCase(prepared.learnt, rates), definition.size.n_kept
    kept = points[np.linspace(0, len(points) - 1, n_kept).round().astype(np.int64)]
    origins = [origin.isoformat() for origin in FORECAST_ORIGINS if len(targets_after(case, origin))]
    parts = [_Part(case, kept, test) for test in ("untargeted", *origins)]
    parts += [*(_Part(case, kept, "block", name) for name in blocks_of(case)), _Part(case, kept, "benchmarks")]
    tasks = [Task(f"validation {n:03d} {part.test}", validation_tables, part) for n, part in enumerate(parts)]
    found = many.run(tasks, work_fingerprint(result_mark(problem), source_hash(_CODE)))
    forecasts = pd.concat([found.of(task.name)["forecasts"] for task in tasks], ignore_index=True)
    results.write_result(problem.folder, results.VALIDATION, {"forecasts": forecasts}, {"mark": problem.mark})
    return forecasts
