"""Registered predictions: what the posterior says of months that no fit has seen, under the policies of the record.

Runs of the history at draws of the posterior go on to the last month ahead for. How figures differed from the model is
carried on (`discrepancy`): what is known of it fades, and a drift adds to it, by judgement, since the model knows
nothing of what will change around the card.
"""

import calendar
import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.analysis.forecasts.registered import FORECAST_COLUMNS, PROBABILITIES, QUANTILES
from eum.analysis.policy_history.replay import last_day
from eum.artifacts import sha256
from eum.calibration.fit import results
from eum.calibration.fit.discrepancy import conditional, layout_of, margin_sizes, sizes_at
from eum.calibration.fit.learn import last_observed
from eum.calibration.fit.parameters import fit_parameters, values_of
from eum.calibration.fit.predictive_checks import predictive_checks, published_statistics
from eum.calibration.fit.rng_streams import normals, stream_key
from eum.calibration.fit.simulate import SimulatedHistory, simulated_history
from eum.calibration.fit.targets import MARGINS, WHOLE_CITY, Target, city_targets, margin_targets, simulated_values
from eum.calibration.fit.workflow import FitProblem, result_mark
from eum.calibration.priors import CENTRAL, ParameterDraw, drawn_parameters
from eum.city.build import build_city
from eum.city.data import CityData
from eum.engine.history import HISTORY
from eum.errors import InputError
from eum.jit import RESULT_PACKAGES, source_hash
from eum.policy.files import load_policy
from eum.runner.tasks import Task, TaskRunner, TaskTables, work_fingerprint

DRIFT_SD_PER_YEAR, MARGIN_DRIFT_SD_PER_YEAR = 0.12, 0.08
"""Standard deviation, of ln, by which figures of the city, and shares of districts, brands and trades, drift in a year
beyond the last observation (judgement: about what benchmark rules missed in a quiet year of this card)."""
MEMBERS = "subscribers"
MEMBERS_DRIFT_SD_PER_YEAR = 0.03
"""Of accounts ever opened: they never fall, and are near the number of residents of 14 and over (judgement)."""
CITY_METRICS = {
    "payments": "krw",
    "issuance": "krw",
    "active_users": "persons",
    "subscribers": "persons",
    "cashback_paid": "krw",
    "float_cashback": "krw",
    "float_charged": "krw",
    "plus_merchants": "shops",
}
"""Metrics of the city that are predicted, and their units."""
FLOAT_TOTAL = ("float_cashback", "float_charged")
"""Together they are the metric float_total; policy money is a hundredth of it."""
_TOGETHER = 2


class PredictionJob(NamedTuple):
    """Runs at draws of a posterior; everything their tables depend on."""

    package: CityData
    points: np.ndarray
    """float64[n, k]: scores."""
    seeds: tuple[int, ...]
    scale: float
    end: datetime.date


def prediction_tables(job: PredictionJob) -> TaskTables:
    """Run the history to the end at each point; return the tables `days` and `months`, with `run` first."""
    parameters, rest = fit_parameters(job.package), drawn_parameters(job.package, ParameterDraw("causal", CENTRAL, 1))
    days, months = [], []
    for n, (point, seed) in enumerate(zip(job.points, job.seeds, strict=True)):
        found = simulated_history(
            build_city(job.package, job.scale, seed), rest._replace(**values_of(parameters, point)), job.end, seed
        )
        days.append(found.days.assign(run=n))
        months.append(found.months.assign(run=n))
    return {"days": pd.concat(days, ignore_index=True), "months": pd.concat(months, ignore_index=True)}


def prediction_tasks(package: CityData, points: np.ndarray, scale: float, end: datetime.date, seed: int) -> list[Task]:
    """Return the tasks that run the history to a day at points (float64[n, k])."""
    tasks = []
    for first in range(0, len(points), _TOGETHER):
        part = points[first : first + _TOGETHER]
        seeds = tuple(1 + stream_key(seed, "prediction", first + n) % 1_000_000 for n in range(len(part)))
        job = PredictionJob(package, np.ascontiguousarray(part), seeds, scale, end)
        tasks.append(Task(f"prediction {first:05d}", prediction_tables, job))
    return tasks


def histories_of(many: TaskRunner, tasks: list[Task], mark: str) -> list[SimulatedHistory]:
    """Return the runs of tasks, in their order."""
    kept, found = many.run(tasks, mark), []
    for task in tasks:
        tables = kept.of(task.name)
        for n in sorted(set(tables["days"]["run"].tolist())):
            parts = (tables[name][tables[name]["run"] == n] for name in ("days", "months"))
            found.append(SimulatedHistory(*(part.drop(columns="run").reset_index(drop=True) for part in parts)))
    return found


def _month(year: int, month: int) -> tuple[datetime.date, datetime.date]:
    return datetime.date(year, month, 1), datetime.date(year, month, calendar.monthrange(year, month)[1])


def months_ahead(after: datetime.date, end: datetime.date) -> list[tuple[datetime.date, datetime.date]]:
    """Return the first and last days of the months after a day to another."""
    first, last = 12 * after.year + after.month, 12 * end.year + end.month
    return [_month(n // 12, n % 12 + 1) for n in range(first, last)]


def targets_ahead(package: CityData, after: datetime.date, end: datetime.date) -> tuple[Target, ...]:
    """Return what is predicted: each month of the city, and of every series of districts, brands and trades that is
    published."""
    months, known = months_ahead(after, end), margin_targets(package)
    series = dict.fromkeys((t.group, t.metric, t.scope) for t in known)
    of_city = [(metric, metric, WHOLE_CITY) for metric in CITY_METRICS]
    return tuple(
        Target(group, metric, scope, first, last, float("nan"), 0.0)
        for group, metric, scope in (*of_city, *series)
        for first, last in months
    )


def predicted_draws(
    package: CityData, histories: list[SimulatedHistory], size_scores: np.ndarray, ahead: tuple[Target, ...], seed: int
) -> np.ndarray:
    """Return float64[n, a]: draws of what will be published, ln, one for each run; of margins ln of the share.

    Targets of one series stand in the order of their days. Accounts ever opened are never fewer than before.
    `size_scores` (float64[n, S]) are those of the sizes of discrepancies that belong to the runs.
    """
    seen = (*city_targets(package), *margin_targets(package))
    values = simulated_values(package, histories, (*seen, *ahead))
    sizes = margin_sizes(seen, values[:, : len(seen)])
    layout, observed = layout_of((*seen, *ahead), sizes), np.array([t.value for t in seen])
    places = np.arange(len(seen)), np.arange(len(seen), len(seen) + len(ahead))
    drift, noise = (
        _drift(ahead, last_observed(package)),
        normals(stream_key(seed, "predicted"), len(values), len(ahead)),
    )
    found = np.empty_like(noise)
    for n, run in enumerate(values):
        given = conditional(layout.covariance(sizes_at(size_scores[n])), *places)
        factor = np.linalg.cholesky(given.covariance + drift + 1e-10 * np.eye(len(ahead)))
        found[n] = run[places[1]] + given.gain @ (observed - run[places[0]]) + factor @ noise[n]
    members = np.array([t.metric == MEMBERS for t in ahead])
    most = max(t.value for t in seen if t.metric == MEMBERS)
    found[:, members] = np.maximum.accumulate(np.maximum(found[:, members], most), axis=1)
    return found


def _drift(ahead: tuple[Target, ...], last: datetime.date) -> np.ndarray:
    """Return float64[a, a]: the covariance of random walks that begin on the last observed day: one of the city, in
    which all its figures move alike, and one of each margin's series."""
    years = np.array([max((t.end - last).days, 0) / 365.25 for t in ahead])
    both = np.minimum(years[:, None], years[None, :])
    series = np.array(["" if t.group not in MARGINS else f"{t.group} {t.scope}" for t in ahead])
    sd = np.where(series == "", DRIFT_SD_PER_YEAR, MARGIN_DRIFT_SD_PER_YEAR)
    sd[[t.metric == MEMBERS for t in ahead]] = MEMBERS_DRIFT_SD_PER_YEAR
    return np.asarray(sd[:, None] * sd[None, :] * both * (series[:, None] == series[None, :]))


def registered_rows(ahead: tuple[Target, ...], draws: np.ndarray) -> pd.DataFrame:
    """Return registered predictions (`FORECAST_COLUMNS`) of draws of ln (float64[n, a])."""
    amounts = np.exp(draws)
    at = {(t.metric, t.scope, t.start): n for n, t in enumerate(ahead)}
    rows = []
    for n, target in enumerate(ahead):
        values, unit = amounts[:, n], CITY_METRICS.get(target.metric, "krw")
        if target.group in MARGINS:
            whole = "issuance" if target.metric == "issuance" else "payments"
            values = values * amounts[:, at[whole, WHOLE_CITY, target.start]]
        metric = target.metric
        if metric == FLOAT_TOTAL[0]:
            metric, values = "float_total", values + amounts[:, at[FLOAT_TOTAL[1], WHOLE_CITY, target.start]]
        if metric != FLOAT_TOTAL[1]:
            quantiles = np.quantile(values, PROBABILITIES).tolist()
            rows.append((target.start.isoformat(), target.end.isoformat(), target.scope, metric, unit, *quantiles))
    table = pd.DataFrame(rows, columns=["period_start", "period_end", "scope", "metric", "unit", *QUANTILES])
    return table[FORECAST_COLUMNS]


def histories_at_draws(
    problem: FitProblem, many: TaskRunner, end: datetime.date
) -> tuple[list[SimulatedHistory], np.ndarray]:
    """Return runs of the history to a day at draws of the posterior, and float64[n, S]: scores of their sizes.

    Raises InputError where the folder of the fit keeps no posterior.
    """
    package, definition = problem.package, problem.definition
    points = results.result_table(problem.folder, results.POSTERIOR, "points").to_numpy()
    rows = points[np.linspace(0, len(points) - 1, definition.size.n_predicted).round().astype(np.int64)]
    n, scale = len(fit_parameters(package)), definition.size.scale
    tasks = prediction_tasks(package, rows[:, :n], scale, end, definition.seed)
    return histories_of(many, tasks, work_fingerprint(result_mark(problem), str(end))), rows[:, n:]


def require_checks(problem: FitProblem) -> None:
    """Raise InputError where a fit ends before the checks do, its folder keeps no posterior, or data lack a figure."""
    end, wanted = problem.definition.end, last_observed(problem.package)
    if end < wanted:
        raise InputError(f"{problem.definition.name}: end: {end}: expected {wanted} or later, to which checks reach")
    published_statistics(problem.package)
    results.result_table(problem.folder, results.POSTERIOR, "points")


def checked_posterior(problem: FitProblem, many: TaskRunner) -> pd.DataFrame:
    """Return posterior predictive checks (`predictive_checks`) of the posterior in the folder of the fit.

    Raises InputError, before any work, as `require_checks` does.
    """
    require_checks(problem)
    histories, size_scores = histories_at_draws(problem, many, problem.definition.end)
    return predictive_checks(problem.package, histories, size_scores, problem.definition.seed)


def registered_predictions(problem: FitProblem, many: TaskRunner, end: datetime.date) -> pd.DataFrame:
    """Return predictions of every month after the last observation to a day, in the registered format.

    Runs go on from the draws of the posterior that is kept in the folder of the fit. Raises InputError where none is.
    """
    package = problem.package
    histories, size_scores = histories_at_draws(problem, many, end)
    ahead = targets_ahead(package, last_observed(package), end)
    draws = predicted_draws(package, histories, size_scores, ahead, problem.definition.seed)
    return registered_rows(ahead, draws)


def require_end(package: CityData, text: str) -> datetime.date:
    """Return the last day of predictions.

    Raises InputError unless it is the last of a month after the observations, and one that the record of policies
    reaches.
    """
    try:
        end = datetime.date.fromisoformat(text)
    except ValueError:
        raise InputError(f"END: {text}: expected a day like 2025-12-31") from None
    first, last = last_observed(package), last_day(package)
    if not first < end <= last or (end + datetime.timedelta(days=1)).day != 1:
        raise InputError(
            f"END: {end}: expected the last day of a month after {first} and by {last}, to which the policy record "
            "reaches"
        )
    return end


def about_predictions(problem: FitProblem) -> dict[str, object]:
    """Return what predictions were made with: the first lines of their file."""
    posterior = sha256(problem.package.table("posterior").to_csv(index=False).encode())
    return {
        "method": "eum",
        "origin": last_observed(problem.package).isoformat()[:7],
        "policy": f"{HISTORY} {load_policy(HISTORY).hash}",
        "data_sha256": problem.package.hash,
        "posterior_sha256": posterior,
        "code": source_hash((*RESULT_PACKAGES, "analysis/forecasts")),
        "runs": problem.definition.size.n_predicted,
        "scale": problem.definition.size.scale,
        "seed": problem.definition.seed,
    }
