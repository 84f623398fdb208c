"""Registered predictions against what was observed, by group, beside other forecasts of the same."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.analysis.forecasts.accuracy import (
    crps_of_quantiles,
    diebold_mariano,
    effective_number,
    weighted_interval_scores,
)
from eum.analysis.forecasts.registered import PERIOD_KEY, QUANTILES
from eum.dimensions import DISTRICTS
from eum.errors import InputError
from eum.intervals import binomial_interval

ALL = "all"
"""Group of everything."""
SCOPE_KINDS = ("incheon", "districts", "cards", "trades", "other")


class Scored(NamedTuple):
    """What predictions were worth."""

    groups: pd.DataFrame
    """A row for each file and group: `score_row`; of every file but the first over the predictions that the first makes
    too, with what `_compared` adds."""
    without: pd.DataFrame
    """`forecast` (name of the file), `PERIOD_KEY`, `lacks`: predictions without an observation, and those of the first
    file that another does not make."""


def scope_kind(scope: str) -> str:
    """Return what kind of scope a code is: the whole city, a district, a card (`card_*`), a trade (`trade_*`)."""
    if scope == "incheon":
        return "incheon"
    if scope in DISTRICTS:
        return "districts"
    return {"card": "cards", "trade": "trades"}.get(scope.partition("_")[0], "other")


def _joined(name: str, forecast: pd.DataFrame, observed: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the predictions of a file with their observation and scores, and those without an observation.

    Raises InputError where the units of the two differ.
    """
    both = forecast.merge(observed, how="left", on=PERIOD_KEY, suffixes=("", "_observed"))
    seen = both["value"].notna()
    rows, without = both[seen].reset_index(drop=True), both.loc[~seen, PERIOD_KEY]
    for row in rows[rows["unit"] != rows["unit_observed"]].itertuples(index=False):
        key = f"{row.period_start} {row.scope} {row.metric}"
        raise InputError(f"{name}: {key}: {row.unit}: expected the unit of the observation, {row.unit_observed}")
    rows["scopes"] = rows["scope"].map(scope_kind)
    return _with_scores(rows), without.assign(forecast=name, lacks="observation")


def _with_scores(rows: pd.DataFrame) -> pd.DataFrame:
    """Add the scores of each prediction in its unit, and of its logarithm where the observation is above zero.

    A quantile at or below zero is infinitely far away on the logarithmic scale.
    """
    q, y = rows[QUANTILES].to_numpy(float), rows["value"].to_numpy(float)
    with np.errstate(divide="ignore"):
        log_q, log_y = np.log(np.maximum(q, 0.0)), np.log(np.where(y > 0, y, np.nan))
    width = q[:, 4] - q[:, 0]
    scale = np.where(width > 0, width, np.maximum(np.abs(y), np.abs(q[:, 2])))
    return rows.assign(
        wis=weighted_interval_scores(q, y),
        crps=crps_of_quantiles(q, y),
        wis_log=weighted_interval_scores(log_q, log_y),
        crps_log=crps_of_quantiles(log_q, log_y),
        in_50=(q[:, 1] <= y) & (y <= q[:, 3]),
        in_90=(q[:, 0] <= y) & (y <= q[:, 4]),
        width_90_relative=np.divide(width, np.abs(q[:, 2]), out=np.full(len(q), np.nan), where=q[:, 2] != 0),
        bias=q[:, 2] - y,
        bias_log=log_q[:, 2] - log_y,
        error=np.divide(y - q[:, 2], scale, out=np.zeros(len(q)), where=scale > 0),
    )


def _groups(rows: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame]]:
    """Return (metric, kind of scope, its rows) of each group, those of everything last."""
    found = [(str(m), str(k), part) for (m, k), part in rows.groupby(["metric", "scopes"], sort=True)]
    order = {kind: i for i, kind in enumerate(SCOPE_KINDS)}
    found.sort(key=lambda group: (group[0], order[group[1]]))
    return found if len(found) == 1 else [*found, (ALL, ALL, rows)]


def score_row(rows: pd.DataFrame) -> dict[str, object]:
    """Return the score of a group of joined predictions.

    n, n_effective (`accuracy.effective_number` of the errors over the width of their 90 % interval); mean WIS and CRPS
    (as five quantiles tell it) in the unit, NaN where units differ; n_log and the means on the logarithmic scale over
    observations above zero; coverage of the 50 and 90 % intervals with its 90 % interval at n_effective; mean width of
    the 90 % interval over the median; bias: the median less the observation, mean, in the unit and in logarithms.
    """
    table = rows.assign(series=rows["metric"] + " " + rows["scope"]).pivot_table(
        index=["period_start", "period_end"], columns="series", values="error"
    )
    number = effective_number(table.to_numpy())
    units = rows["unit"].unique()
    log = rows[rows["value"] > 0]
    row: dict[str, object] = {"unit": units[0] if len(units) == 1 else "", "n": len(rows)}
    row |= {"n_effective": number.effective, "over_time": number.over_time, "across": number.across}
    row |= {name: rows[name].mean() if len(units) == 1 else np.nan for name in ("wis", "crps", "bias")}
    row |= {"n_log": len(log)} | {name: log[name].mean() for name in ("wis_log", "crps_log", "bias_log")}
    for level in (50, 90):
        share = float(rows[f"in_{level}"].mean())
        low, high = binomial_interval(share, number.effective)
        row |= {f"coverage_{level}": share, f"coverage_{level}_low": low, f"coverage_{level}_high": high}
    return {**row, "width_90_relative": rows["width_90_relative"].mean()}


def _compared(first: pd.DataFrame, other: pd.DataFrame) -> dict[str, object]:
    """Return how the first file does against another on the predictions both make: WIS over WIS, and the test of
    Diebold and Mariano of the mean loss by period, all series of the group together.

    The loss is the WIS of logarithms of observations above zero: of those all units can be added. A ratio below 1 and
    a negative statistic say that the first file is better.
    """
    both = first.merge(other[[*PERIOD_KEY, "wis_log"]], on=PERIOD_KEY, suffixes=("", "_other"))
    both = both[both["value"] > 0]
    losses = both[["wis_log", "wis_log_other"]]
    if both.empty or not np.isfinite(losses).all(axis=None):
        return {}
    difference = (losses["wis_log"] - losses["wis_log_other"]).groupby([both["period_start"], both["period_end"]])
    test = diebold_mariano(difference.mean().to_numpy())
    means = losses.mean()
    ratio = means["wis_log"] / means["wis_log_other"] if means["wis_log_other"] > 0 else np.nan
    return {"wis_log_ratio": ratio, "dm": test.statistic, "dm_p_value": test.p_value,
            "dm_periods": test.n_periods, "dm_lags": test.n_lags}  # fmt: skip


def score_forecasts(forecasts: dict[str, pd.DataFrame], observed: pd.DataFrame) -> Scored:
    """Score the first of several files of predictions, by name, against observations, and set the others beside it.

    Raises InputError where a file and the observations have no row in common, or other units.
    """
    joined, without = dict[str, pd.DataFrame](), list[pd.DataFrame]()
    for name, rows in forecasts.items():
        joined[name], lacking = _joined(name, rows, observed)
        without.append(lacking)
        if joined[name].empty:
            raise InputError(f"{name}: none of {len(rows)} predictions was observed; expected the same {_KEY_WORDS}")
    first, *others = joined
    table: list[dict[str, object]] = []
    for metric, kind, part in _groups(joined[first]):
        table.append({"metric": metric, "scopes": kind, "forecast": first, **score_row(part)})
        for name in others:
            group = joined[name].merge(part[PERIOD_KEY], on=PERIOD_KEY)
            if not group.empty:
                beside = {**score_row(group), **_compared(part, group)}
                table.append({"metric": metric, "scopes": kind, "forecast": name, **beside})
    without += [_not_made(name, joined[first], joined[name]) for name in others]
    columns = ["forecast", *PERIOD_KEY, "lacks"]
    return Scored(pd.DataFrame(table), pd.concat(without, ignore_index=True)[columns])


_KEY_WORDS = ", ".join(PERIOD_KEY)


def _not_made(name: str, first: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Return the predictions of the first file that another does not make."""
    both = first[PERIOD_KEY].merge(other[PERIOD_KEY], how="left", on=PERIOD_KEY, indicator=True)
    return both.loc[both["_merge"] == "left_only", PERIOD_KEY].assign(forecast=name, lacks="prediction")
