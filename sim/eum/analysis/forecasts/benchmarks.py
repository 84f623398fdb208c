"""Forecasts that anybody could make of a monthly series, each with the spread of its own past errors.

All are rules for the logarithm y of a figure, from an origin o, h months ahead:

- `last-value`: y(o);
- `last-year`: the same month of the last year known;
- `s-rho`: y(o) + ln of the promised rate at o + h over that at o: payments in proportion to the rate, as a rule that
  takes the effect per won for granted implies;
- `semi-elasticity`: y(o) + b (effective rate at o + h less that at o), b as in `SEMI_ELASTICITY`;
- `arx`: y(t) = c + f y(t - 1) + b (effective rate at t) + error, by least squares with f from 0 to 1, iterated.

The spread of h months ahead is that of the errors that the same rule, fitted again, made h months ahead from every
earlier origin (rolling origin; Tashman 2000, "Out-of-sample tests of forecasting accuracy: an analysis and review"):
Student's t around the forecast with the root mean square of these errors about zero as its scale. Errors of h months
ahead overlap, so of k of them k / h count as independent: that many degrees of freedom, at least 3. Where fewer than
`LEAST_ERRORS` are known, the longest horizon that has them stands in, its scale times the root of the ratio of the two.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import optimize, special, stats

from eum.analysis.forecasts.monthly import Known, MonthlySeries, forecast_rows
from eum.analysis.forecasts.registered import PROBABILITIES

LEAST_KNOWN, LEAST_FITTED, LEAST_ERRORS, LEAST_FREEDOM = 6, 8, 3, 3
"""Months before a first past origin, of a rule and of a fit; past errors and degrees of freedom of a spread."""


class SemiElasticity(NamedTuple):
    """Change of ln payments per percentage point of effective cashback, as a normal distribution."""

    mean: float
    sd: float


SEMI_ELASTICITY = SemiElasticity(0.11, 0.05 / special.ndtri(0.95))
"""5 to 95 %: 0.06 to 0.16, what rate changes of this card to 2020 came to (0.074 in March 2020, 0.16 in the second half
of 2019; `usage_semi_elasticity_*` of data/priors.csv)."""


class KnownRates(NamedTuple):
    """Promised rates of the months known and to come, percent: of the first won, and effective; float64[n + H]."""

    first: np.ndarray
    effective: np.ndarray


ForecastRule = Callable[[np.ndarray, KnownRates, int], np.ndarray]
"""(logarithms known, float64[n]; rates; H) -> forecasts of 1 to H months ahead, float64[H], NaN where there is none."""


def last_value(y: np.ndarray, rates: KnownRates, n_ahead: int) -> np.ndarray:
    """Return the last value for every month to come."""
    return np.full(n_ahead, y[-1])


def last_year(y: np.ndarray, rates: KnownRates, n_ahead: int) -> np.ndarray:
    """Return the value of the same month of the last year in which it is known."""
    ahead = np.arange(1, n_ahead + 1)
    place = len(y) - 1 + ahead - 12 * (-(-ahead // 12))
    return np.where(place >= 0, y[np.maximum(place, 0)], np.nan)


def in_proportion(y: np.ndarray, rates: KnownRates, n_ahead: int) -> np.ndarray:
    """Return the last value in proportion to the promised rate; NaN where none is promised at the origin or then."""
    now, then = rates.first[len(y) - 1], rates.first[len(y) : len(y) + n_ahead]
    possible = (now > 0) & (then > 0)
    return np.where(possible, y[-1] + np.log(np.where(possible, then, 1.0) / (now or 1.0)), np.nan)


def by_semi_elasticity(y: np.ndarray, rates: KnownRates, n_ahead: int) -> np.ndarray:
    """Return the last value moved by the change of the effective rate, at the mean of `SEMI_ELASTICITY`."""
    change = rates.effective[len(y) : len(y) + n_ahead] - rates.effective[len(y) - 1]
    return y[-1] + SEMI_ELASTICITY.mean * change


class Autoregression(NamedTuple):
    """A first-order autoregression of logarithms with the effective rate."""

    constant: float
    persistence: float
    per_point: float
    """Change of the logarithm in the same month per percentage point; 0 where the rate never changed."""


def fitted_autoregression(y: np.ndarray, effective: np.ndarray) -> Autoregression:
    """Return the autoregression of logarithms, float64[n], on rates of the same months, percent, by least squares.

    The persistence is held between 0 and 1: a longer series decides it, a short one must not explode.
    """
    rate = effective[1:]
    varies = bool(np.ptp(rate) > 1e-9)
    table = np.column_stack([np.ones(len(y) - 1), y[:-1], *([rate] if varies else [])])
    # Around their means, so that constant and slopes are nearly uncorrelated.
    means = table.mean(axis=0) * [0, 1, *([1] if varies else [])]
    bounds = ([-np.inf, 0, *([-np.inf] if varies else [])], [np.inf, 1, *([np.inf] if varies else [])])
    found = optimize.lsq_linear(table - means, y[1:], bounds).x
    return Autoregression(float(found[0] - found[1:] @ means[1:]), float(found[1]), float(found[2]) if varies else 0.0)


def by_autoregression(y: np.ndarray, rates: KnownRates, n_ahead: int) -> np.ndarray:
    """Return the forecasts of `fitted_autoregression`, iterated; NaN before `LEAST_FITTED` months are known."""
    if len(y) < LEAST_FITTED:
        return np.full(n_ahead, np.nan)
    fit = fitted_autoregression(y, rates.effective[: len(y)])
    value, values = y[-1], []
    for rate in rates.effective[len(y) : len(y) + n_ahead]:
        value = fit.constant + fit.persistence * value + fit.per_point * rate
        values.append(value)
    return np.array(values)


RULES: dict[str, ForecastRule] = {
    "last-value": last_value,
    "last-year": last_year,
    "s-rho": in_proportion,
    "semi-elasticity": by_semi_elasticity,
    "arx": by_autoregression,
}
"""Rules by the name of their method."""


class Spread(NamedTuple):
    """The spread of a rule's forecasts, h = 1 to H months ahead: float64[H] each."""

    scale: np.ndarray
    freedom: np.ndarray
    """Degrees of freedom of Student's t."""


def past_errors(rule: ForecastRule, y: np.ndarray, rates: KnownRates, n_ahead: int) -> list[np.ndarray]:
    """Return the errors in logarithms that a rule made 1 to H months ahead from every earlier origin, oldest first."""
    errors: list[list[float]] = [[] for _ in range(n_ahead)]
    for n in range(LEAST_KNOWN, len(y)):
        within = min(n_ahead, len(y) - n)
        for h, error in enumerate(y[n : n + within] - rule(y[:n], rates, within)):
            errors[h].append(float(error))
    return [np.array(found)[np.isfinite(found)] for found in errors]


def spread_of_errors(errors: list[np.ndarray]) -> Spread | None:
    """Return the spread that past errors by horizon imply (see the top of this file); None where they are too few."""
    known = [h for h, found in enumerate(errors) if len(found) >= LEAST_ERRORS]
    if not known:
        return None
    scale, freedom = np.empty(len(errors)), np.empty(len(errors))
    for h in range(len(errors)):
        source = h if h in known else max(known)
        size = float(np.sqrt((errors[source] ** 2).mean()))
        scale[h] = size * np.sqrt((h + 1) / (source + 1))
        freedom[h] = max(LEAST_FREEDOM, len(errors[source]) // (source + 1))
    return Spread(scale, freedom)


def benchmark_quantiles(series: MonthlySeries, method: str) -> np.ndarray | None:
    """Return the quantiles of a method for the months to come, float64[H, 5] in the unit of the series.

    None where the method has no forecast, or too few past errors to know its spread.
    """
    rates = KnownRates(series.first_percent, series.effective_percent)
    n, n_ahead = len(series.log_values), len(series.ahead)
    forecast = RULES[method](series.log_values, rates, n_ahead)
    spread = spread_of_errors(past_errors(RULES[method], series.log_values, rates, n_ahead))
    if spread is None or not np.isfinite(forecast).all():
        return None
    scale = spread.scale
    if method == "semi-elasticity":
        # What the coefficient is not known by counts where the rate changes, as it may not have done before.
        change = rates.effective[n:] - rates.effective[n - 1]
        scale = np.hypot(scale, change * SEMI_ELASTICITY.sd)
    steps = stats.t.ppf(np.array(PROBABILITIES), spread.freedom[:, None])
    return np.exp(forecast[:, None] + scale[:, None] * steps)


def benchmark_forecast(known: Known, method: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the registered rows of a method for all series, and the series it leaves out (scope, metric, why)."""
    rows, left_out = [], [known.left_out]
    for series in known.series:
        quantiles = benchmark_quantiles(series, method)
        if quantiles is None:
            why = [(series.scope, series.metric, f"{method}: no forecast, or too few past errors")]
            left_out.append(pd.DataFrame(why, columns=["scope", "metric", "why"]))
        else:
            rows.append(forecast_rows(series, quantiles))
    return (pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()), pd.concat(left_out, ignore_index=True)
