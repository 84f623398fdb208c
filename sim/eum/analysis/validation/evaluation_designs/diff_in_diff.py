"""Difference-in-differences across districts: Seo topped the card up from May, Yeonsu and Michuhol from July.

Monthly log sales of small shops by district and trade, January to August 2019. The outcome is linear in the estimate,
so what a design reports is exactly what it reports of sales without the districts' programmes (whose trends were not
parallel if it is not zero) and what it makes of the programmes.
"""

import datetime
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from eum.analysis.validation.evaluation_designs.estimate import EstimateRow, finding
from eum.analysis.validation.evaluation_designs.simulated_data import ACTUAL, CITY_ONLY, NONE, SimulatedSeries
from eum.dimensions import DISTRICTS, N_SECTORS
from eum.extras import extra, require_extra
from eum.policy.model import Policy

LEFT_OUT = ("ganghwa", "ongjin")
"""The island counties: too few people for monthly sales by trade."""

_HALF_A_MONTH = 15


class Estimate(NamedTuple):
    """An estimate with its own 95 % interval."""

    value: float
    low: float
    high: float


class Cells(NamedTuple):
    """Log sales of small shops, one column per district and trade."""

    log_sales: np.ndarray
    """float64[W, M, C]"""
    district: np.ndarray
    """int64[C]"""
    first: np.ndarray
    """int64[C]: the month, from 1, with the first top-up of the district; 0 for never."""

    @property
    def treated(self) -> np.ndarray:
        """bool[M, C]: from the first month with a top-up on."""
        month = np.arange(1, self.log_sales.shape[1] + 1)[:, None]
        return (self.first > 0) & (month >= self.first)


def first_months(policy: Policy, months: tuple[str, ...]) -> np.ndarray:
    """Return int64[10], the first of the months (from 1) in which a district tops up for half the month; 0 never."""
    first = np.zeros(len(DISTRICTS), dtype=np.int64)
    for top_up in sorted(policy.top_up, key=lambda t: t.start, reverse=True):
        start = top_up.start
        if start.day > _HALF_A_MONTH:
            start = (start.replace(day=1) + datetime.timedelta(days=31)).replace(day=1)
        if f"{start:%Y-%m}" in months:
            first[DISTRICTS.index(top_up.district)] = months.index(f"{start:%Y-%m}") + 1
    return first


def cells_of(series: SimulatedSeries, policy: Policy) -> Cells:
    """Return the cells of the districts compared; a cell without any sale in some month is left out."""
    sales = series.small_sales
    sales = sales.reshape(*sales.shape[:2], -1)
    district = np.repeat(np.arange(len(DISTRICTS)), N_SECTORS)
    kept = (sales > 0).all(axis=(0, 1)) & ~np.isin(np.array(DISTRICTS)[district], LEFT_OUT)
    first = first_months(policy, series.months)[district]
    return Cells(np.log(sales[:, :, kept].astype(float)), district[kept], first[kept])


def two_way(outcome: np.ndarray, cells: Cells) -> Estimate:
    """Return the coefficient of "tops up" with fixed effects of cells and months, and its interval.

    Ordinary least squares on a balanced panel; the variance is clustered by district with the usual correction for few
    clusters (Liang and Zeger 1986; critical value of t with clusters less one degrees of freedom). With effects that
    differ or grow it weights early districts against late ones (Goodman-Bacon 2021).
    """
    x, y = (without_means(column) for column in (cells.treated.astype(float), outcome))
    value = (x * y).sum() / (x * x).sum()
    scores = np.bincount(cells.district, weights=(x * (y - value * x)).sum(axis=0))
    n_clusters, n = len(np.unique(cells.district)), x.size
    n_parameters = sum(x.shape)
    correction = n_clusters / (n_clusters - 1) * (n - 1) / (n - n_parameters)
    error = np.sqrt(correction * (scores**2).sum()) / (x * x).sum()
    width = special.stdtrit(n_clusters - 1, 0.975) * error
    return Estimate(value, value - width, value + width)


def without_means(panel: np.ndarray) -> np.ndarray:
    """Return a balanced panel without the means of its rows and of its columns."""
    return panel - panel.mean(axis=0) - panel.mean(axis=1, keepdims=True) + panel.mean()


def long_frame(outcome: np.ndarray, cells: Cells) -> pd.DataFrame:
    """Return outcome[M, C] with a row per cell and month: sales, cell, month, district, first."""
    n_months, n_cells = outcome.shape
    return pd.DataFrame({
        "sales": outcome.ravel(),
        "cell": np.tile(np.arange(n_cells), n_months),
        "month": np.repeat(np.arange(1, n_months + 1), n_cells),
        "district": np.tile(cells.district, n_months),
        "first": np.tile(cells.first, n_months),
    })  # fmt: skip


def require_estimators() -> None:
    """Raise InputError where the library of the staggered designs is missing: it is read when months are simulated."""
    require_extra("calibration", "diff_diff")


def callaway_santanna(outcome: np.ndarray, cells: Cells) -> Estimate:
    """Return the mean effect on the treated over cohorts and months (Callaway and Sant'Anna 2021), districts that never
    top up as controls, clustered by district."""
    with extra("calibration"):
        from diff_diff import CallawaySantAnna

    fitted = CallawaySantAnna(cluster="district").fit(
        long_frame(outcome, cells), outcome="sales", unit="cell", time="month", first_treat="first"
    )
    return Estimate(fitted.overall_att, *fitted.overall_conf_int)


def two_stage(outcome: np.ndarray, cells: Cells) -> Estimate:
    """Return the mean effect on the treated from two stages (Gardner 2022): fixed effects from untreated months, then
    what the treated months have beyond them; clustered by district."""
    with extra("calibration"):
        from diff_diff import TwoStageDiD

    fitted = TwoStageDiD(cluster="district").fit(
        long_frame(outcome, cells), outcome="sales", unit="cell", time="month", first_treat="first"
    )
    return Estimate(fitted.overall_att, *fitted.overall_conf_int)


DISTRICT_DESIGNS: dict[str, Callable[[np.ndarray, Cells], Estimate]] = {
    "two_way_fixed_effects": two_way,
    "callaway_santanna": callaway_santanna,
    "two_stage": two_stage,
}


def district_money(series: SimulatedSeries, policy: Policy) -> float:
    """Return won of the sample that the districts spent on cashback and fee support."""
    flows = series.tables["flows"]
    mine = flows[(flows["world"] == policy.name) & flows["payer"].isin(DISTRICTS)]
    return float(mine["krw"].sum())


def across_districts(series: SimulatedSeries, policy: Policy) -> list[EstimateRow]:
    """Return what each design of difference-in-differences reports of the districts' programmes."""
    cells, money = cells_of(series, policy), district_money(series, policy)
    y, treated = cells.log_sales, cells.treated
    if not treated.any():
        return []
    sales = np.exp(y[ACTUAL])[treated].sum()
    true_gain = (sales - np.exp(y[CITY_ONLY])[treated].sum()) / max(money, 1)
    truth, of_card = (float((y[ACTUAL] - y[other])[treated].mean()) for other in (CITY_ONLY, NONE))

    def won(log_points: float) -> float:
        return sales * (1 - np.exp(-log_points)) / max(money, 1)

    rows = []
    for design, estimate in DISTRICT_DESIGNS.items():
        (value, *interval), without = estimate(y[ACTUAL], cells), estimate(y[CITY_ONLY], cells).value
        untouched = estimate(y[NONE], cells).value
        rows += [
            finding(design, "effect_of_districts", value, truth, without, (interval[0], interval[1])),
            finding(design, "effect_of_card", value, of_card, untouched, (interval[0], interval[1])),
            finding(
                design, "won_of_districts", won(value), true_gain, won(without), (won(interval[0]), won(interval[1]))
            ),
        ]
    return rows
