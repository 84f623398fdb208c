"""What forecasts of a fit were worth, by test and group of figures, beside benchmark forecasts of the same figures."""

import numpy as np
import pandas as pd

from eum.analysis.forecasts.accuracy import diebold_mariano, effective_number, weighted_interval_scores
from eum.analysis.forecasts.registered import QUANTILES
from eum.analysis.validation.out_of_sample.fit_forecasts import MODEL
from eum.intervals import binomial_interval

EVERY_GROUP = "all"
"""Group of all figures of a test."""
NOMINAL = {50: ("q25", "q75"), 90: ("q05", "q95")}
"""Intervals by level, percent."""
_FIGURE = ["group", "metric", "scope", "period_start", "period_end"]
_LEAST_FIGURES = 3
"""Figures from which on a benchmark is compared with."""


def with_scores(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Return forecasts (`FORECAST_ROW`, ln) with `wis` and `in_50`, `in_90`; those without a number are left out.

    The score is the weighted interval score of logarithms.
    """
    rows = forecasts[np.isfinite(forecasts[QUANTILES]).all(axis=1)].reset_index(drop=True)
    observed = rows["observed"]
    held = {f"in_{level}": observed.between(rows[low], rows[high]) for level, (low, high) in NOMINAL.items()}
    return rows.assign(wis=weighted_interval_scores(rows[QUANTILES].to_numpy(), observed.to_numpy()), **held)


def _effective(rows: pd.DataFrame) -> float:
    """Return how many independent errors, over the width of their 90 % interval, forecasts are worth."""
    width = rows["q95"] - rows["q05"]
    table = rows.assign(
        error=(rows["observed"] - rows["q50"]) / width, series=rows["group"] + rows["metric"] + rows["scope"]
    )
    periods = ["period_end", "period_start"]
    return effective_number(table.pivot_table(index=periods, columns="series", values="error").to_numpy()).effective


def _alone(rows: pd.DataFrame) -> dict[str, object]:
    effective = _effective(rows)
    found: dict[str, object] = {"n": len(rows), "n_effective": effective, "wis": rows["wis"].mean()}
    for level in NOMINAL:
        share = float(rows[f"in_{level}"].mean())
        low, high = binomial_interval(share, effective)
        found |= {f"coverage_{level}": share, f"coverage_{level}_low": low, f"coverage_{level}_high": high}
    return {**found, "width_90": (rows["q95"] - rows["q05"]).mean()}


def _against(model: pd.DataFrame, benchmark: pd.DataFrame, has_order: bool) -> dict[str, float]:
    """Return the model's WIS over a benchmark's on figures both forecast, and the test of Diebold and Mariano of the
    mean difference by period where periods follow an origin."""
    both = model.merge(benchmark[[*_FIGURE, "wis"]], on=_FIGURE, suffixes=("", "_benchmark"))
    if len(both) < _LEAST_FIGURES:
        return {}
    found: dict[str, float] = {"n_both": len(both), "wis_ratio": both["wis"].mean() / both["wis_benchmark"].mean()}
    if has_order:
        difference = (both["wis"] - both["wis_benchmark"]).groupby([both["period_end"], both["period_start"]]).mean()
        test = diebold_mariano(difference.to_numpy())
        found |= {"dm": test.statistic, "dm_p_value": test.p_value, "dm_periods": test.n_periods}
    return found


def _group_scores(rows: pd.DataFrame, has_order: bool) -> list[dict[str, object]]:
    """Return a row for each rule of one group of one test, the model first."""
    parts = {str(rule): part for rule, part in rows.groupby("rule", sort=False)}
    model = parts.pop(MODEL)
    beside = {rule: _against(model, part, has_order) for rule, part in parts.items()}
    ratios = {rule: found["wis_ratio"] for rule, found in beside.items() if found}
    best = max(ratios, key=lambda rule: ratios[rule]) if ratios else ""
    first = {"best_benchmark": best, "wis_ratio": ratios.get(best, np.nan)}
    others = [{"rule": rule, **_alone(part), **beside[rule]} for rule, part in parts.items()]
    return [{"rule": MODEL, **_alone(model), **first}, *others]


def validation_scores(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Return scores of forecasts (`FORECAST_ROW`) by test, group and rule; the last group of a test is all of it.

    n; n_effective, the number of independent errors that these are worth (`effective_number`); mean weighted interval
    score of ln; coverage of the 50 and 90 % intervals with its 90 % interval at n_effective; mean width of the 90 %
    interval, ln. Of a benchmark `wis_ratio` is the model's score over its own on the `n_both` figures that both
    forecast (below 1 the model is better), and after an origin `dm` is the test of Diebold and Mariano (negative: the
    model is better). Of the model `wis_ratio` is that over `best_benchmark`, the one by which it comes out worst. A
    benchmark with fewer than three figures in common is not compared.
    """
    rows, found = with_scores(forecasts), []
    for test, part in rows.groupby("test", sort=False):
        groups = [(str(group), own) for group, own in part.groupby("group", sort=True)]
        for group, own in [*groups, (EVERY_GROUP, part)] if len(groups) > 1 else groups:
            scores = _group_scores(own, str(test).startswith("origin"))
            found += [{"test": test, "group": group, **row} for row in scores]
    return pd.DataFrame(found)


def coverage_verdict(row: pd.Series, level: int = 90) -> str:
    """Return what the coverage of a row of `validation_scores` says of its intervals.

    "too narrow" or "too wide" where the nominal level lies outside of the 90 % interval of the coverage, "not refuted"
    where it lies inside.
    """
    if row[f"coverage_{level}_high"] < level / 100:
        return "too narrow"
    return "too wide" if row[f"coverage_{level}_low"] > level / 100 else "not refuted"
