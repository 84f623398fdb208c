"""Forecasts of figures that a fit did not see: from origins half a year ahead, and of blocks left out one at a time."""

import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from eum.analysis.forecasts.registered import PROBABILITIES, QUANTILES
from eum.calibration.fit.discrepancy import conditional
from eum.calibration.fit.learn import HistoryTargets
from eum.calibration.fit.posterior import FittedHistory, kept_points
from eum.calibration.fit.rng_streams import stream_key, uniforms
from eum.calibration.fit.simple_rules import (
    BOTH_SIDES,
    RULES,
    PromisedRates,
    forecast_by,
    own_spread,
    spread_of,
)
from eum.calibration.fit.targets import MARGINS, Target
from eum.extras import extra

ORIGINS = (datetime.date(2019, 6, 30), datetime.date(2020, 2, 29), datetime.date(2022, 6, 30))
"""Last days that are known: before the rate was cut in 2019, before it rose, before it was cut in 2022."""
MONTHS_AHEAD = 6
MODEL = "model"
FORECAST_ROW = ["test", "block", "rule", "group", "scope", "period_start", "period_end", "observed", *QUANTILES]
"""Columns of forecasts; observed and quantiles are ln, of margins ln of the share of the city."""


class ValidationCase(NamedTuple):
    """What is validated, and what benchmarks know."""

    history: FittedHistory
    known: HistoryTargets
    rates: PromisedRates

    def series(self, places: np.ndarray) -> dict[tuple[str, str], list[Target]]:
        """Return targets at places by group and scope."""
        found: dict[tuple[str, str], list[Target]] = {}
        for n in places:
            target = self.history.targets[n]
            found.setdefault((target.group, target.scope), []).append(target)
        return found


def _rows(
    case: ValidationCase, test: str, block: str, rule: str, asked: np.ndarray, quantiles: np.ndarray
) -> pd.DataFrame:
    targets = [case.history.targets[n] for n in asked]
    rows = pd.DataFrame({
        "test": test,
        "block": block,
        "rule": rule,
        "group": [t.group for t in targets],
        "scope": [t.scope for t in targets],
        "period_start": [t.start.isoformat() for t in targets],
        "period_end": [t.end.isoformat() for t in targets],
        "observed": [t.value for t in targets],
    })  # fmt: skip
    rows[QUANTILES] = quantiles
    return rows[FORECAST_ROW]


def _of_normal(mean: np.ndarray, sd: np.ndarray) -> np.ndarray:
    z = np.asarray(stats.norm.ppf(PROBABILITIES))
    return np.asarray(mean[:, None] + sd[:, None] * z[None, :])


def _later(day: datetime.date, months: int) -> datetime.date:
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    return (datetime.date(year, month + 1, 28) + datetime.timedelta(days=4)).replace(day=1) - datetime.timedelta(days=1)


def _is_ahead(target: Target, origin: datetime.date, last: datetime.date, begun: set[tuple[str, str]]) -> bool:
    """Return whether a target lies after an origin, to the last day, and its series had begun by the origin."""
    return origin < target.start and target.end <= last and (target.group, target.scope) in begun


def origin_forecasts(case: ValidationCase, origin: datetime.date) -> pd.DataFrame:
    """Return forecasts of all published figures of the half-year after an origin, by the model and by benchmarks.

    The model is fitted to what ended by the origin: figures of the city; shares of districts, brands and trades enter
    through what they leave. Series that begin later are left out.
    """
    history, known = case.history.known_at(origin), case.known
    seen = history.until(origin)
    seen = seen[seen < known.n_seen]
    last = _later(origin, MONTHS_AHEAD)
    begun = {(history.targets[n].group, history.targets[n].scope) for n in seen}
    asked = np.array([n for n in range(known.n_seen) if _is_ahead(history.targets[n], origin, last, begun)])
    key = stream_key(history.seed, "origin", origin)
    points = kept_points(history.fit(seen[seen < known.n_city], key), history.size.n_kept)
    drawn = history.predicted(points, seen, asked, key)
    test, found = f"origin {origin}", []
    found.append(_rows(case, test, "", MODEL, asked, np.quantile(drawn, PROBABILITIES, axis=0).T))
    series = case.series(seen)
    for rule in RULES:
        means, sds = [], []
        for n in asked:
            target = history.targets[n]
            mine = series.get((target.group, target.scope), [])
            means.append(forecast_by(rule, target, mine, case.rates))
            sds.append(own_spread(rule, mine, case.rates))
        found.append(_rows(case, test, "", rule, asked, _of_normal(np.array(means), np.array(sds))))
    return pd.concat(found, ignore_index=True)


def blocks_of(case: ValidationCase) -> dict[str, np.ndarray]:
    """Return the places of the published figures by group and half-year, in order of time."""
    found: dict[str, list[int]] = {}
    for n in range(case.known.n_seen):
        target = case.history.targets[n]
        half = 1 if target.end.month <= 6 else 2
        found.setdefault(f"{target.group} {target.end.year}-{half}", []).append(n)
    return {name: np.array(places) for name, places in sorted(found.items())}


def _without_block(history: FittedHistory, points: np.ndarray, seen: np.ndarray, block: np.ndarray) -> np.ndarray:
    """Return float64[n]: weights that turn draws given all figures of the city into draws without a block of them.

    Smoothed inverse densities of the block given the rest (Vehtari, Gelman and Gabry 2017).
    """
    with extra("calibration"):
        import arviz
    k = history.n_parameters
    emulated = history.emulator.at(points[:, :k])
    density = np.empty(len(points))
    for n, point in enumerate(points):
        given = conditional(history.covariance(point[k:]), seen, block)
        apart = history.observed[block] - emulated[n, block] - given.gain @ (history.observed[seen] - emulated[n, seen])
        density[n] = stats.multivariate_normal(cov=given.covariance, allow_singular=True).logpdf(apart)
    log_weights, _ = arviz.psislw(-density)
    weights = np.exp(log_weights - log_weights.max())
    return np.asarray(weights / weights.sum())


def _resampled(points: np.ndarray, weights: np.ndarray, key: int) -> np.ndarray:
    """Return as many points, drawn by weight (systematic resampling)."""
    at = (np.arange(len(points)) + float(uniforms(key, 1)[0])) / len(points)
    return points[np.searchsorted(np.cumsum(weights), at).clip(max=len(points) - 1)]


def block_forecasts(case: ValidationCase, points: np.ndarray) -> pd.DataFrame:
    """Return forecasts of every block by the model without it, and by benchmarks that know the other blocks.

    `points` (float64[n, k + S]) are draws of the posterior given all figures. A benchmark's spread is that of its own
    errors in the other blocks of the group.
    """
    history, known = case.history, case.known
    every, found = np.arange(known.n_seen), []
    errors: dict[tuple[str, str], dict[str, list[float]]] = {}
    means: dict[tuple[str, str], np.ndarray] = {}
    blocks = blocks_of(case)
    for name, block in blocks.items():
        group = history.targets[block[0]].group
        key = stream_key(history.seed, "block", name)
        rest = np.setdiff1d(every, block)
        mine = points
        if group not in MARGINS:
            rest = rest[rest < known.n_city]
            mine = _resampled(points, _without_block(history, points, rest, block), key)
        else:
            rest = np.array([n for n in rest if history.targets[n].group == group])
        drawn = history.predicted(mine, rest, block, key)
        found.append(_rows(case, "block", name, MODEL, block, np.quantile(drawn, PROBABILITIES, axis=0).T))
        series = case.series(rest)
        for rule in BOTH_SIDES:
            said = [
                forecast_by(rule, t, series.get((t.group, t.scope), []), case.rates)
                for t in (history.targets[n] for n in block)
            ]
            means[name, rule] = np.array(said)
            errors.setdefault((group, rule), {})[name] = (means[name, rule] - history.observed[block]).tolist()
    for (name, rule), mean in means.items():
        elsewhere = errors[history.targets[blocks[name][0]].group, rule]
        sd = spread_of([e for other, some in elsewhere.items() if other != name for e in some])
        found.append(_rows(case, "block", name, rule, blocks[name], _of_normal(mean, np.full(len(mean), sd))))
    return pd.concat(found, ignore_index=True)
