"""Posterior predictive checks: figures in which the model failed before it lived through 2020-2022.

What the posterior says of each as it would be published: runs at its draws, discrepancies drawn anew and not known
from anything published. Most are fitted to; statistics of several figures, Plus shops and large users are not. No
discrepancy is stated for new members and large users; a share of large users that is nil shows as `SMALLEST_SHARE`.
"""

import datetime
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.calibration.fit.discrepancy import layout_of, margin_sizes, sizes_at
from eum.calibration.fit.rng_streams import normals, stream_key
from eum.calibration.fit.simulate import SimulatedHistory
from eum.calibration.fit.targets import JOINED, WHOLE_CITY, Target, group_of, margin_targets, simulated_values
from eum.city.data import CityData
from eum.errors import InputError


class _Row(NamedTuple):
    """A row of observed.csv or observed_monthly.csv."""

    metric: str
    start: str
    end: str
    scope: str = WHOLE_CITY


def _first(x: np.ndarray) -> np.ndarray:
    return np.asarray(x[..., 0])


class PredictiveCheck(NamedTuple):
    """A statistic of figures."""

    name: str
    unit: str
    figures: tuple[_Row, ...]
    """What is read from a run."""
    statistic: Callable[[np.ndarray], np.ndarray] = _first
    """Of float64[..., n] in units, float64[...]."""
    published: tuple[_Row, ...] = ()
    """What was published, where it is not the same figures."""
    of_published: Callable[[np.ndarray], np.ndarray] = _first
    """Their statistic."""


def _change(x: np.ndarray) -> np.ndarray:
    return 100 * (x[..., 0] / x[..., 1] - 1)


def _ratio(x: np.ndarray) -> np.ndarray:
    return np.asarray(x[..., 0] / x[..., 1])


def _more(x: np.ndarray) -> np.ndarray:
    return np.asarray(x[..., 0] - x[..., 1])


def _daily(days: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda x: np.asarray(x[..., 0] / days)


def _percent(x: np.ndarray) -> np.ndarray:
    return 100 * _ratio(x)


def _each(metric: str, unit: str, *periods: tuple[str, str]) -> tuple[PredictiveCheck, ...]:
    return tuple(PredictiveCheck(f"{metric} {_named(*period)}", unit, (_Row(metric, *period),)) for period in periods)


def _named(start: str, end: str) -> str:
    return end if start == end else f"{start}..{end}"


def _stock(day: str) -> tuple[str, str]:
    return day, day


_JULY, _JUNE = ("2022-07-01", "2022-07-31"), ("2022-06-01", "2022-06-30")
_18_DAYS = ("2022-07-01", "2022-07-18"), ("2022-06-01", "2022-06-18")
_CUT_BRANDS = ("bupyeong", "gyeyang", "seo", "yeonsu")
PREDICTIVE_CHECKS = (
    *_each(
        "payments", "krw",
        ("2019-04-01", "2019-04-30"), ("2019-05-01", "2019-05-21"), ("2019-07-01", "2019-07-31"),
        ("2019-12-01", "2019-12-31"), ("2019-01-01", "2019-12-31"), ("2020-07-01", "2020-07-31"),
        ("2020-09-01", "2020-09-30"), ("2020-12-01", "2020-12-31"), ("2021-01-01", "2021-12-31"),
        ("2022-01-01", "2022-06-30"), ("2022-05-01", "2022-05-31"), _JULY, ("2022-12-01", "2022-12-31"),
    ),
    *_each(
        "active_users", "persons",
        ("2020-09-01", "2020-09-30"), ("2022-01-01", "2022-01-31"), _JULY, ("2022-12-01", "2022-12-31"),
    ),
    *_each("subscribers", "persons", _stock("2019-04-30"), _stock("2020-12-31")),
    *_each("plus_merchants", "shops", _stock("2020-12-31")),
    *_each("float_cashback", "krw", _stock("2022-06-30"), _stock("2022-12-31")),
    *_each(
        "cashback_rate_effective", "percent", ("2020-01-01", "2020-02-29"), ("2021-01-01", "2021-12-31")
    ),
    PredictiveCheck(
        "won per user 2020-09", "krw",
        (_Row("payments", "2020-09-01", "2020-09-30"), _Row("active_users", "2020-09-01", "2020-09-30")), _ratio,
    ),
    PredictiveCheck(
        "card_seo of payments 2019-05", "percent",
        (_Row("payments", "2019-05-01", "2019-05-31", "card_seo"), _Row("payments", "2019-05-01", "2019-05-31")),
        _percent,
    ),
    PredictiveCheck(
        "new members 2019-07-29..2019-11-30", "persons", (_Row(JOINED, "2019-07-29", "2019-11-30"),),
        published=(_Row("subscribers", *_stock("2019-11-30")), _Row("subscribers", *_stock("2019-07-28"))),
        of_published=_more,
    ),
    PredictiveCheck(
        "new members 2019-12", "persons", (_Row(JOINED, "2019-12-01", "2019-12-31"),),
        published=(_Row("subscribers", *_stock("2019-12-31")), _Row("subscribers", *_stock("2019-11-30"))),
        of_published=_more,
    ),
    *(
        PredictiveCheck(
            f"new members a day {start[:7]}", "persons", (_Row(JOINED, start, end),), _daily(days),
            (_Row("new_subscribers_daily_avg", start, end),),
        )
        for start, end, days in (("2020-03-01", "2020-03-31", 31), ("2020-04-01", "2020-04-30", 30))
    ),
    *_each("share_users_over_1m", "percent", ("2019-05-01", "2019-06-30")),
    *_each("share_users_over_2m", "percent", ("2019-05-01", "2019-06-30")),
    *_each("share_payments_class_over_10m", "percent", ("2019-05-01", "2019-06-30")),
    *_each("share_payments_above_1m_per_user", "percent", ("2020-09-01", "2020-09-30")),
    *(
        PredictiveCheck(
            f"{metric} 2022-07-01..18 over 2022-06-01..18", "percent",
            tuple(_Row(metric, *days) for days in _18_DAYS), _change,
            (_Row(f"{metric}_change_jul2022", *_18_DAYS[0]),),
        )
        for metric in ("payments", "issuance")
    ),
    *(
        PredictiveCheck(
            f"{metric} card_{brand} 2022-07 over 2022-06", "percent",
            tuple(_Row(metric, *days, f"card_{brand}") for days in (_JULY, _JUNE)), _change,
        )
        for metric in ("payments", "issuance")
        for brand in _CUT_BRANDS
    ),
)  # fmt: skip
"""In the order of their kind and day."""

_ENDS = {"q005": 0.005, "q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95, "q995": 0.995}
_WITHIN = {99: ("005", "995"), 90: ("05", "95"), 50: ("25", "75")}


def _target(figure: _Row) -> Target:
    start, end = (datetime.date.fromisoformat(day) for day in (figure.start, figure.end))
    return Target(group_of(figure.scope, figure.metric), figure.metric, figure.scope, start, end, float("nan"), 0.0)


def _of_city(figure: _Row) -> _Row:
    return figure._replace(scope=WHOLE_CITY)


def _needed() -> tuple[_Row, ...]:
    """Return the figures of all checks, with those of the city of which others are shares."""
    figures = [figure for check in PREDICTIVE_CHECKS for figure in check.figures]
    return tuple(dict.fromkeys(found for figure in figures for found in (figure, _of_city(figure))))


def _statistics(values: np.ndarray) -> np.ndarray:
    """Return float64[n, C] of checks, of ln of the figures needed (float64[n, m])."""
    at = {figure: n for n, figure in enumerate(_needed())}

    def amount(figure: _Row) -> np.ndarray:
        whole = 0.0 if figure.scope == WHOLE_CITY else values[:, at[_of_city(figure)]]
        return np.asarray(np.exp(values[:, at[figure]] + whole))

    return np.stack([c.statistic(np.stack([amount(f) for f in c.figures], axis=-1)) for c in PREDICTIVE_CHECKS], axis=1)


def published_statistics(package: CityData) -> np.ndarray:
    """Return float64[C]: what was published of each check. Raises InputError where data lack a figure."""
    rows = pd.concat([package.table("observed_monthly"), package.table("observed")], ignore_index=True)
    # The most trusted print of a figure; a figure of open data before one of the press.
    rows = rows.sort_values("confidence", kind="stable").drop_duplicates(
        ["metric", "period_start", "period_end", "scope"]
    )
    published = rows.set_index(["metric", "period_start", "period_end", "scope"])["value"]

    def amount(figure: _Row) -> float:
        if tuple(figure) not in published.index:
            raise InputError(f"observed.csv: {' '.join(figure)}: no such row; a predictive check rests on it")
        return float(published[tuple(figure)])

    found = []
    for check in PREDICTIVE_CHECKS:
        statistic = check.of_published if check.published else check.statistic
        found.append(float(statistic(np.array([amount(f) for f in check.published or check.figures]))))
    return np.array(found)


def simulated_statistics(package: CityData, histories: list[SimulatedHistory]) -> np.ndarray:
    """Return float64[R, C]: what runs say of each check."""
    return _statistics(simulated_values(package, histories, tuple(map(_target, _needed()))))


def predictive_checks(
    package: CityData, histories: list[SimulatedHistory], size_scores: np.ndarray, seed: int
) -> pd.DataFrame:
    """Return a row a check: check, unit, published, `model` (median of runs), quantiles of what would be published, and
    `within` (50, 90, 99, or 100: not even within 99 %).

    Runs are at draws of the posterior, `size_scores` (float64[n, S]) those of their sizes of discrepancies.
    """
    targets, margins = tuple(map(_target, _needed())), margin_targets(package)
    values = simulated_values(package, histories, (*targets, *margins))
    layout = layout_of(targets, margin_sizes(margins, values[:, len(targets) :]))
    noise = normals(stream_key(seed, "checks"), len(values), len(targets))
    drawn = values[:, : len(targets)].copy()
    for n, scores in enumerate(size_scores):
        drawn[n] += np.linalg.cholesky(layout.covariance(sizes_at(scores))) @ noise[n]
    replicated, published = _statistics(drawn), published_statistics(package)
    table = pd.DataFrame({
        "check": [c.name for c in PREDICTIVE_CHECKS],
        "unit": [c.unit for c in PREDICTIVE_CHECKS],
        "published": published,
        "model": np.median(_statistics(values[:, : len(targets)]), axis=0),
    })  # fmt: skip
    for name, share in _ENDS.items():
        table[name] = np.quantile(replicated, share, axis=0)
    table["within"] = 100
    for percent in (99, 90, 50):
        low, high = (table[f"q{end}"] for end in _WITHIN[percent])
        table.loc[(low <= published) & (published <= high), "within"] = percent
    return table
