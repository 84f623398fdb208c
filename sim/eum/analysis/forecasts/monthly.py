"""Monthly figures known to an origin, series by series, with the rates that were promised."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.analysis.forecasts.known_rates import month_days, months_between, promised_by_month, scope_of_rates
from eum.analysis.forecasts.registered import FORECAST_COLUMNS, QUANTILES
from eum.errors import InputError
from eum.policy.model import Policy

LEAST_MONTHS = 12
"""Months that a series must have to be forecast."""


class MonthlySeries(NamedTuple):
    """A figure of n months in a row, the last of them the origin, and the rates of these and the H months to come."""

    scope: str
    metric: str
    unit: str
    log_values: np.ndarray
    """float64[n]: natural logarithms."""
    first_percent: np.ndarray
    """float64[n + H]: promised rate of a month's first won."""
    effective_percent: np.ndarray
    """float64[n + H]: promised cashback over a typical month's spending."""
    ahead: tuple[str, ...]
    """The H months to come, as "2022-07"."""


class Known(NamedTuple):
    """What can be forecast from an origin."""

    series: list[MonthlySeries]
    left_out: pd.DataFrame
    """scope, metric, why: series that cannot be forecast."""


def known_series(observed: pd.DataFrame, policy: Policy, origin: str, end: str, spending_krw: float) -> Known:
    """Return every monthly series as it was known at the end of the month `origin`, to be forecast to the month `end`.

    Observations that end after the origin are not looked at; those whose period is no whole month are passed over. A
    series begins with its first month above zero; it is left out where a later month is missing or not above zero, or
    where it has fewer than `LEAST_MONTHS`. Rates come from the calendar of the policy, those after the origin too: the
    forecasts are conditional on it. Raises InputError where no series is left.
    """
    rows = observed[observed["period_end"] <= month_days(origin)[1]]
    rows = rows.assign(month=rows["period_start"].str[:7])
    whole = [month_days(month) for month in rows["month"]]
    days = list(zip(rows["period_start"], rows["period_end"], strict=True))
    rows = rows[[period == month for period, month in zip(days, whole, strict=True)]]
    if rows.empty:
        raise InputError(f"ORIGIN: {origin}: no monthly observation to this month; expected {LEAST_MONTHS} or more")
    rates = promised_by_month(policy, months_between(rows["month"].min(), end), spending_krw)
    by_scope = {str(scope): part.set_index("month") for scope, part in rates.groupby("scope")}
    found, left_out = [], []
    for (scope, metric), part in rows.groupby(["scope", "metric"], sort=False):
        values = part.set_index("month")["value"]
        months, why = _months_of(values, origin)
        if why:
            left_out.append((scope, metric, why))
            continue
        ahead = months_between(origin, end)[1:]
        known = by_scope[scope_of_rates(str(scope))].loc[[*months, *ahead]]
        log_values = np.log(values.loc[months].to_numpy(float))
        first, effective = (known[name].to_numpy() for name in ("first_percent", "effective_percent"))
        about = str(scope), str(metric), str(part["unit"].iloc[0])
        found.append(MonthlySeries(*about, log_values, first, effective, tuple(ahead)))
    if not found:
        raise InputError(f"ORIGIN: {origin}: {left_out[0][2]}; expected {LEAST_MONTHS} months in a row above zero")
    return Known(found, pd.DataFrame(left_out, columns=["scope", "metric", "why"]))


def _months_of(values: pd.Series, origin: str) -> tuple[list[str], str]:
    """Return the months of a series from its first above zero to the origin, or why it cannot be forecast."""
    positive = values.index[values > 0]
    if positive.empty:
        return [], "never above zero"
    months = months_between(positive.min(), origin)
    missing = [month for month in months if month not in values.index]
    if missing:
        return [], f"no figure of {missing[0]}"
    low = [month for month in months if values[month] <= 0]
    if low:
        return [], f"not above zero in {low[0]}"
    return (months, "") if len(months) >= LEAST_MONTHS else ([], f"{len(months)} months only")


def forecast_rows(series: MonthlySeries, quantiles: np.ndarray) -> pd.DataFrame:
    """Return the registered rows of a series from quantiles of its months to come, float64[H, 5] in its unit."""
    days = [month_days(month) for month in series.ahead]
    rows = pd.DataFrame(days, columns=["period_start", "period_end"])
    rows = rows.assign(scope=series.scope, metric=series.metric, unit=series.unit)
    rows[QUANTILES] = quantiles
    return rows[FORECAST_COLUMNS]
