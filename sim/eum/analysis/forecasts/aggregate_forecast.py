"""Forecasts of the aggregate model, with quantiles by a residual bootstrap whose draws are keyed.

A draw of the parameters is the fit to data moved by residuals drawn with replacement, and to medians moved by what is
not known of them, as far as `STEPS` steps lead from the fit (a k-step bootstrap: Andrews 2002, "Higher-order
improvements of a computationally attractive k-step bootstrap for extremum estimators"; with moved medians: Oliver, He
and Reynolds 1996, "Conditioning permeability fields to pressure data"). Its run goes on from the last residual, which
fades at the persistence of the residuals, while innovations drawn with replacement come in.
"""

import numpy as np
import pandas as pd

from eum.analysis.forecasts.aggregate_model import (
    MODEL_OUTPUTS,
    N_PARAMETERS,
    PAYMENTS,
    AggregateFit,
    fitted_aggregate,
    parameter_values,
    simulated_logs,
)
from eum.analysis.forecasts.monthly import Known, MonthlySeries, forecast_rows
from eum.analysis.forecasts.registered import PROBABILITIES
from eum.calibration.fit.rng_streams import normals, stream_key, uniforms

OUTPUT_OF_METRIC = {
    "payments": PAYMENTS,
    "payments_in_district": PAYMENTS,
    "issuance": "issuance",
    "users": "users",
    "active_users": "users",
}
"""Metric of an observation -> output of the model that it is."""


STEPS = 12
"""Steps of the fit of a draw: after these the misfit of most draws is least to a hundredth (tests)."""


def _resampled(values: np.ndarray, key: int, *shape: int) -> np.ndarray:
    """Return values drawn with replacement, float64[shape], around their mean."""
    centred = values - values.mean()
    return centred[(uniforms(key, *shape) * len(values)).astype(int)]


def drawn_points(fit: AggregateFit, n_draws: int, key: int) -> np.ndarray:
    """Return bootstrapped parameters as points (`parameter_values`), float64[n_draws, 10]."""
    parts = []
    for name, row in fit.residuals.items():
        size = float(row.std()) or 1.0
        parts.append(_resampled(row, stream_key(key, "residuals", name), n_draws, len(row)) / size)
    noise = np.concatenate([*parts, normals(stream_key(key, "medians"), n_draws, N_PARAMETERS)], axis=1)
    return _least(fit, noise)


def _least(fit: AggregateFit, noise: np.ndarray) -> np.ndarray:
    """Return the points that fit data and medians moved by noise, float64[B, 10], from the fit on.

    Steps of Levenberg and Marquardt, all draws at once; a step that does not make the misfit less is not taken, and the
    next one of that draw is shorter.
    """
    points = np.tile(fit.point, (len(noise), 1))
    rows, damping = fit.misfit.weighted(points, noise), np.ones(len(noise))
    for _ in range(STEPS):
        slopes = fit.misfit.slopes(points)
        turned = slopes.transpose(0, 2, 1)
        curved = turned @ slopes + damping[:, None, None] * np.eye(N_PARAMETERS)
        step = np.linalg.solve(curved, turned @ rows[:, :, None])[:, :, 0]
        tried = points - step
        new_rows = fit.misfit.weighted(tried, noise)
        better = (new_rows**2).sum(axis=1) < (rows**2).sum(axis=1)
        points[better], rows[better] = tried[better], new_rows[better]
        damping *= np.where(better, 0.2, 5.0)
    return points


def _errors_ahead(fit: AggregateFit, name: str, n_draws: int, n_ahead: int, key: int) -> np.ndarray:
    """Return what is added to the model's logarithms of an output, float64[n_draws, H]."""
    residuals, rho = fit.residuals[name], fit.persistence[name]
    innovations = _resampled(residuals[1:] - rho * residuals[:-1], stream_key(key, "ahead", name), n_draws, n_ahead)
    error, errors = np.full(n_draws, residuals[-1]), np.empty((n_draws, n_ahead))
    for h in range(n_ahead):
        error = rho * error + innovations[:, h]
        errors[:, h] = error
    return errors


def aggregate_quantiles(
    known: dict[str, np.ndarray], effective_percent: np.ndarray, n_draws: int, key: int
) -> dict[str, np.ndarray]:
    """Return quantiles of the months to come of each output known, float64[H, 5], H the rates beyond those known.

    `known` is as for `fitted_aggregate`; the same key gives the same bytes.
    """
    fit = fitted_aggregate(known, effective_percent)
    n = len(known[PAYMENTS])
    drawn = parameter_values(drawn_points(fit, n_draws, key))
    runs = simulated_logs(drawn, effective_percent, fit.misfit.log_first_krw)[:, :, n:]
    found = {}
    for name in known:
        logs = runs[:, MODEL_OUTPUTS.index(name)] + _errors_ahead(fit, name, n_draws, len(effective_percent) - n, key)
        found[name] = np.exp(np.quantile(logs, PROBABILITIES, axis=0).T)
    return found


def _places(known: Known) -> dict[str, dict[str, MonthlySeries]]:
    """Return the series of each scope that the model can be fitted to, by output."""
    places: dict[str, dict[str, MonthlySeries]] = {}
    for series in known.series:
        if series.metric in OUTPUT_OF_METRIC:
            places.setdefault(series.scope, {}).setdefault(OUTPUT_OF_METRIC[series.metric], series)
    return places


def aggregate_forecast(known: Known, n_draws: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the registered rows of the aggregate model for all scopes with payments, and the series it leaves out.

    Outputs of a scope are fitted together over the months that all of them have; the draws of a scope depend on the
    seed and its name alone.
    """
    rows, made = [], set()
    for scope, outputs in _places(known).items():
        if PAYMENTS in outputs:
            n = min(len(series.log_values) for series in outputs.values())
            payments = outputs[PAYMENTS]
            rate = payments.effective_percent[len(payments.log_values) - n :]
            logs = {name: series.log_values[-n:] for name, series in outputs.items()}
            found = aggregate_quantiles(logs, rate, n_draws, stream_key(seed, "aggregate", scope))
            rows += [forecast_rows(outputs[name], quantiles) for name, quantiles in found.items()]
            made |= {(scope, series.metric) for series in outputs.values()}
    why = "aggregate: no payments of this scope, or a metric that the model has not"
    lacking = [(s.scope, s.metric, why) for s in known.series if (s.scope, s.metric) not in made]
    left_out = pd.concat([known.left_out, pd.DataFrame(lacking, columns=["scope", "metric", "why"])], ignore_index=True)
    return (pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()), left_out
