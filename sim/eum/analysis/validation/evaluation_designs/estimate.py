"""What a design reports in one run, beside the truth of what it claims; and what many runs amount to."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.intervals import percentile_interval, standard_error

NONE_GIVEN = float("nan")
"""Stands where a design gives no interval of its own."""


class EstimateRow(NamedTuple):
    """One number of one design in one run."""

    design: str
    measure: str
    """Key of MEASURES."""
    estimate: float
    low: float
    high: float
    """The design's own 95 % interval."""
    truth: float
    """What the design claims to estimate, from the same days simulated without the programme."""
    without: float
    """What the same arithmetic reports of sales that the programme did not touch: it should be zero."""


WON, SHARE, LOG_POINTS = "krw_per_krw", "share", "log_points"


class EstimateMeasure(NamedTuple):
    """What a number of a design means."""

    unit: str
    claim: str
    """The estimand that is claimed."""


_PER_CASHBACK = "per won of cashback, May-August 2019, eight sectors"
ESTIMATE_MEASURES = {
    "plain_sum": EstimateMeasure(WON, f"outflow avoided, inflow and switching from large stores {_PER_CASHBACK}"),
    "outflow_inflow_output": EstimateMeasure(
        WON, f"outflow avoided and inflow, times the output coefficient, {_PER_CASHBACK}"
    ),
    "outflow_only": EstimateMeasure(WON, f"outflow avoided {_PER_CASHBACK}"),
    "effect_of_districts": EstimateMeasure(
        LOG_POINTS, "what top-ups and fee support of three districts add to sales of their small shops"
    ),
    "effect_of_card": EstimateMeasure(LOG_POINTS, "the same number, read as what the whole card adds to these sales"),
    "won_of_districts": EstimateMeasure(WON, "more sales of small shops there, per won of the districts' money"),
    "won_of_card_payments": EstimateMeasure(WON, "more sales of a small shop per won of its card payments"),
    "won_of_cashback": EstimateMeasure(WON, "more sales of small shops per won of cashback"),
    "large_or_online": EstimateMeasure(SHARE, "card payments that would have gone to large stores or online"),
    "outside": EstimateMeasure(SHARE, "card payments that would have gone outside the city"),
    "new": EstimateMeasure(SHARE, "card payments that would not have been made"),
    "not_replaced": EstimateMeasure(
        WON, "card payments that would not have gone to such a shop here, per won of cashback"
    ),
    "users_large_or_online": EstimateMeasure(
        SHARE, "users who moved something from large stores or online, read as money"
    ),
}
"""Every number that a design reports."""


def finding(
    design: str, measure: str, estimate: float, truth: float, without: float = NONE_GIVEN,
    interval: tuple[float, float] = (NONE_GIVEN, NONE_GIVEN),
) -> EstimateRow:  # fmt: skip
    """Return a finding; a design that gives no interval leaves it out."""
    assert measure in ESTIMATE_MEASURES, measure
    low, high = interval
    return EstimateRow(design, measure, float(estimate), float(low), float(high), float(truth), float(without))


def scaled(found: EstimateRow, measure: str, factor: float) -> EstimateRow:
    """Return the same finding in another unit: every number times a factor."""
    return EstimateRow(found.design, measure, *(factor * value for value in found[2:]))


ESTIMATE_COLUMNS = (
    *("family", "design", "measure", "unit", "n_seeds", "scale"),
    *("estimate", "estimate_low", "estimate_high", "own_width", "truth", "bias", "bias_noise", "rmse"),
    *("coverage", "without", "claim"),
)
"""Columns of the table of evaluations: means over seeds. `estimate_low` and `estimate_high` are the 5th and 95th
percentile of the estimates, `own_width` the mean width of the design's own 95 % intervals and `coverage` the share of
them that hold the truth; `bias` is estimate less truth and `bias_noise` its standard error; `without` is what the
design reports of sales that the programme did not touch, the part of the bias that is no effect at all."""


def _row(rows: pd.DataFrame) -> dict[str, float]:
    gap = (rows["estimate"] - rows["truth"]).to_numpy()
    spread = percentile_interval(rows["estimate"].to_numpy())
    inside = (rows["low"] <= rows["truth"]) & (rows["truth"] <= rows["high"])
    return {
        "n_seeds": len(rows),
        "estimate": rows["estimate"].mean(), "estimate_low": spread.low, "estimate_high": spread.high,
        "own_width": (rows["high"] - rows["low"]).mean(),
        "truth": rows["truth"].mean(),
        "bias": gap.mean(), "bias_noise": float(standard_error(gap)),
        "rmse": np.sqrt((gap**2).mean()),
        "coverage": inside.mean() if rows["low"].notna().all() else np.nan,
        "without": rows["without"].mean(),
    }  # fmt: skip


def estimate_summary(findings: pd.DataFrame, scale: float) -> pd.DataFrame:
    """Return one row per family, design and measure from findings with their family and seed; see COLUMNS."""
    keys = ["family", "design", "measure"]
    rows = [
        {**dict(zip(keys, key, strict=True)), "scale": scale, **_row(part)}
        for key, part in findings.groupby(keys, sort=False)
    ]
    table = pd.DataFrame(rows)
    meant = [ESTIMATE_MEASURES.get(measure, EstimateMeasure(WON, "")) for measure in table["measure"]]
    table["unit"], table["claim"] = [m.unit for m in meant], [m.claim for m in meant]
    return table[list(ESTIMATE_COLUMNS)]
