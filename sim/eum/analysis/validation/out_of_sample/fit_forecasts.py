"""Forecasts of figures that a fit did not see: from origins half a year ahead, of blocks left out one at a time, and of
figures that nothing is fitted to."""

import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from eum.analysis.forecasts.registered import PROBABILITIES, QUANTILES
from eum.analysis.validation.out_of_sample.simple_rules import (
    BOTH_SIDES,
    PAST_RULES,
    PromisedRates,
    forecast_by,
    own_spread,
    spread_of,
)
from eum.calibration.fit.discrepancy import layout_of, margin_sizes
from eum.calibration.fit.learn import HistoryTargets, LearntHistory
from eum.calibration.fit.posterior import FittedHistory, kept_points
from eum.calibration.fit.rng_streams import normals, stream_key, uniforms
from eum.calibration.fit.targets import MARGINS, Target
from eum.extras import extra

FORECAST_ORIGINS = (datetime.date(2019, 6, 30), datetime.date(2020, 2, 29), datetime.date(2022, 6, 30))
"""Last days that are known: before the rate was cut in 2019, before it rose, before it was cut in 2022."""
MONTHS_AHEAD = 6
MODEL = "model"
FORECAST_ROW = [
    *("test", "block", "rule", "group", "metric", "scope", "period_start", "period_end", "observed"),
    *QUANTILES,
]
"""Columns of forecasts: group, metric and scope are those of targets; observed and quantiles are ln, of margins ln of
the share of the city, of large users ln of percent."""


class ValidationCase(NamedTuple):
    """What is validated, and what benchmarks know."""

    learnt: LearntHistory
    rates: PromisedRates

    @property
    def history(self) -> FittedHistory:
        """As learnt from all runs, sizes of margins from all figures."""
        return self.learnt.history

    @property
    def known(self) -> HistoryTargets:
        """Which targets are seen."""
        return self.learnt.known

    def history_given(self, seen: np.ndarray) -> FittedHistory:
        """Return the history with sizes of the processes of margins found from the targets at places `seen` alone."""
        targets = self.history.targets
        sizes = margin_sizes(tuple(targets[n] for n in seen), self.learnt.simulated[:, seen])
        return self.history._replace(layout=layout_of(targets, sizes))

    def series(self, places: np.ndarray) -> dict[tuple[str, str], list[Target]]:
        """Return targets at places by group and scope."""
        found: dict[tuple[str, str], list[Target]] = {}
        for n in places:
            target = self.history.targets[n]
            found.setdefault((target.group, target.scope), []).append(target)
        return found


def _rows(
    case: ValidationCase, test: str, block: str, rule: str, ahead: np.ndarray, quantiles: np.ndarray
) -> pd.DataFrame:
    targets = [case.history.targets[n] for n in ahead]
    rows = pd.DataFrame({
        "test": test,
        "block": block,
        "rule": rule,
        "group": [t.group for t in targets],
        "metric": [t.metric for t in targets],
        "scope": [t.scope for t in targets],
        "period_start": [t.start.isoformat() for t in targets],
        "period_end": [t.end.isoformat() for t in targets],
        "observed": [t.value for t in targets],
    })  # fmt: skip
    rows[QUANTILES] = quantiles
    return rows[FORECAST_ROW]


def _of_draws(drawn: np.ndarray) -> np.ndarray:
    """Return float64[a, 5]: quantiles of draws (float64[n, a])."""
    return np.asarray(np.quantile(drawn, PROBABILITIES, axis=0).T)


def _of_normal(mean: np.ndarray, sd: np.ndarray) -> np.ndarray:
    z = np.asarray(stats.norm.ppf(PROBABILITIES))
    return np.asarray(mean[:, None] + sd[:, None] * z[None, :])


def _later(day: datetime.date, months: int) -> datetime.date:
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    return (datetime.date(year, month + 1, 28) + datetime.timedelta(days=4)).replace(day=1) - datetime.timedelta(days=1)


def origin_forecasts(case: ValidationCase, origin: datetime.date) -> pd.DataFrame:
    """Return forecasts of all published figures of the half-year after an origin, by the model and by benchmarks.

    The model is fitted to what ended by the origin: figures of the city; shares of districts, brands and trades enter
    through what they leave, and are forecast where the series had begun by then.
    """
    known = case.known
    seen = case.history.until(origin)
    seen = seen[seen < known.n_seen]
    history, ahead = case.history_given(seen), targets_after(case, origin)
    key = stream_key(history.seed, "origin", origin)
    points = kept_points(history.fit(seen[seen < known.n_city], key), history.size.n_kept)
    drawn = history.predicted(points, seen, ahead, key)
    test, found = f"origin {origin}", []
    found.append(_rows(case, test, "", MODEL, ahead, _of_draws(drawn)))
    series = case.series(seen)
    for rule in PAST_RULES:
        means, sds = [], []
        for n in ahead:
            target = history.targets[n]
            mine = series.get((target.group, target.scope), [])
            means.append(forecast_by(rule, target, mine, case.rates))
            sds.append(own_spread(rule, mine, case.rates))
        found.append(_rows(case, test, "", rule, ahead, _of_normal(np.array(means), np.array(sds))))
    return pd.concat(found, ignore_index=True)


def targets_after(case: ValidationCase, origin: datetime.date) -> np.ndarray:
    """Return int64[a]: places of the published figures of the half-year after an origin that are forecast."""
    targets, last = case.history.targets, _later(origin, MONTHS_AHEAD)
    begun = {(t.group, t.metric, t.scope) for t in targets[: case.known.n_seen] if t.end <= origin}
    places = [
        n
        for n, t in enumerate(targets[: case.known.n_seen])
        if origin < t.start and t.end <= last and ((t.group, t.metric, t.scope) in begun or t.group not in MARGINS)
    ]
    return np.array(places, dtype=np.int64)


def untargeted_forecasts(case: ValidationCase, points: np.ndarray) -> pd.DataFrame:
    """Return what the model says of figures that nothing is fitted to: parameters, emulation and observation.

    `points` (float64[n, k + S]) are draws of the posterior given all figures of the city. No discrepancy is stated for
    these figures, and nothing else is known of them.
    """
    history = case.history
    ahead = np.arange(case.known.n_fitted, len(history.targets))
    sd = np.array([history.targets[n].sd for n in ahead])
    spread = history.emulator.error[np.ix_(ahead, ahead)] + np.diag(sd**2)
    noise = normals(stream_key(history.seed, "untargeted"), len(points), len(ahead))
    drawn = history.emulator.at(points[:, : history.n_parameters])[:, ahead] + noise @ np.linalg.cholesky(spread).T
    return _rows(case, "untargeted", "", MODEL, ahead, _of_draws(drawn))


def blocks_of(case: ValidationCase) -> dict[str, np.ndarray]:
    """Return the places of the published figures by group and half-year, in order of time."""
    found: dict[str, list[int]] = {}
    for n in range(case.known.n_seen):
        target = case.history.targets[n]
        half = 1 if target.end.month <= 6 else 2
        found.setdefault(f"{target.group} {target.end.year}-{half}", []).append(n)
    return {name: np.array(places) for name, places in sorted(found.items())}


def _without_block(
    history: FittedHistory, points: np.ndarray, seen: np.ndarray, block: np.ndarray, key: int
) -> np.ndarray:
    """Return draws of the posterior without a block of the figures of the city, float64[n, k + S].

    Draws given all figures are reweighted by smoothed inverse densities of the block given the rest (Vehtari, Gelman
    and Gabry 2017). Where the weights are too uneven for that, the history is fitted to the rest.
    """
    with extra("calibration"):
        import arviz
    emulated = history.emulator.at(points[:, : history.n_parameters])
    density = np.empty(len(points))
    for n, given in enumerate(history.conditionals(points, seen, block)):
        apart = history.observed[block] - emulated[n, block] - given.gain @ (history.observed[seen] - emulated[n, seen])
        density[n] = stats.multivariate_normal(cov=given.covariance, allow_singular=True).logpdf(apart)
    log_weights, pareto_k = arviz.psislw(-density)
    # Beyond this the weights of so many draws cannot be relied on (Vehtari, Simpson, Gelman, Yao and Gabry 2024).
    if not float(pareto_k) <= min(1 - 1 / np.log10(len(points)), 0.7):
        return kept_points(history.fit(seen, stream_key(key, "refit")), len(points))
    weights = np.exp(log_weights - log_weights.max())
    return _resampled(points, np.asarray(weights / weights.sum()), key)


def _resampled(points: np.ndarray, weights: np.ndarray, key: int) -> np.ndarray:
    """Return as many points, drawn by weight (systematic resampling)."""
    at = (np.arange(len(points)) + float(uniforms(key, 1)[0])) / len(points)
    return points[np.searchsorted(np.cumsum(weights), at).clip(max=len(points) - 1)]


def _rest_of(case: ValidationCase, block: np.ndarray) -> np.ndarray:
    """Return the places of the figures that a block is forecast from.

    Parameters are not fitted to margins: of these only what others of their group leave is conditioned on.
    """
    targets, known = case.history.targets, case.known
    group = targets[block[0]].group
    rest = np.setdiff1d(np.arange(known.n_seen), block)
    if group in MARGINS:
        return np.array([n for n in rest if targets[n].group == group], dtype=np.int64)
    return rest[rest < known.n_city]


def block_forecast(case: ValidationCase, points: np.ndarray, name: str) -> pd.DataFrame:
    """Return the forecast of one of `blocks_of` by the model without it.

    `points` (float64[n, k + S]) are draws of the posterior given all figures.
    """
    history, block = case.history, blocks_of(case)[name]
    rest, key = _rest_of(case, block), stream_key(history.seed, "block", name)
    if history.targets[block[0]].group in MARGINS:
        drawn = case.history_given(rest).predicted(points, rest, block, key)
    else:
        drawn = history.predicted(_without_block(history, points, rest, block, key), rest, block, key)
    return _rows(case, "block", name, MODEL, block, _of_draws(drawn))


def block_benchmarks(case: ValidationCase) -> pd.DataFrame:
    """Return forecasts of every block by benchmarks that know the other blocks.

    A benchmark's spread is that of its own errors in the other blocks of the group.
    """
    history, blocks = case.history, blocks_of(case)
    errors: dict[tuple[str, str], dict[str, list[float]]] = {}
    means: dict[tuple[str, str], np.ndarray] = {}
    for name, block in blocks.items():
        series = case.series(_rest_of(case, block))
        for rule in BOTH_SIDES:
            said = [
                forecast_by(rule, t, series.get((t.group, t.scope), []), case.rates)
                for t in (history.targets[n] for n in block)
            ]
            means[name, rule] = np.array(said)
            mine = errors.setdefault((history.targets[block[0]].group, rule), {})
            mine[name] = (means[name, rule] - history.observed[block]).tolist()
    found = []
    for (name, rule), mean in means.items():
        elsewhere = errors[history.targets[blocks[name][0]].group, rule]
        sd = spread_of([e for other, some in elsewhere.items() if other != name for e in some])
        found.append(_rows(case, "block", name, rule, blocks[name], _of_normal(mean, np.full(len(mean), sd))))
    return pd.concat(found, ignore_index=True)
