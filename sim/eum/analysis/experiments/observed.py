"""The simulated programme beside what was observed of the card."""

import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.calibration.priors import CENTRAL
from eum.city.data import CityData
from eum.engine.initial_conditions import TRUSTED
from eum.intervals import percentile_interval
from eum.runner.tasks import TableSource

_SCOPE = "incheon"
_COUNTED = {"payments": "krw", "subscribers": "persons", "cashback_rate_effective": "percent"}
"""Metric of the observations that a window is held against -> unit in which it is shown."""
_QUANTITY = {"cashback_rate_effective": "effective_rate"}
_DAY = datetime.timedelta(days=1)


class PublishedFigure(NamedTuple):
    """What was printed, and where: not a number and no source where nothing was."""

    value: float
    source_id: str


def _published(package: CityData, metric: str, start: str, end: str, scope: str = _SCOPE) -> PublishedFigure:
    rows = package.observations(metric, scope)
    rows = rows[(rows["period_start"].str[:10] == start) & (rows["period_end"].str[:10] == end)]
    if len(rows) == 0:
        return PublishedFigure(np.nan, "")
    return PublishedFigure(float(rows["value"].iloc[0]), str(rows["source_id"].iloc[0]))


def _row(values: pd.Series, quantity: str, period: str, published: PublishedFigure, unit: str) -> dict:
    spread = percentile_interval(values.to_numpy())
    return {
        "quantity": quantity,
        "period": period,
        "simulated": spread.value,
        "low": spread.low,
        "high": spread.high,
        "observed": published.value,
        "unit": unit,
        "source_id": published.source_id,
    }


def _period(start: datetime.date, end: datetime.date) -> str:
    """Return a period in short: `2020-01`, `2020-01..2020-02` for whole months, else its days."""
    if start == end:
        return start.isoformat()
    whole = start.day == 1 and (end + _DAY).day == 1
    first, last = (day.isoformat()[: 7 if whole else 10] for day in (start, end))
    return first if first == last else f"{first}..{last}"


def _observed_periods(package: CityData, metric: str, days: pd.Series) -> list[tuple[datetime.date, datetime.date]]:
    """Return the periods inside the days simulated for which a metric of the city was observed, in their order; rounded
    and unchecked figures are left out."""
    rows = package.observations(metric, _SCOPE)
    rows = rows[rows["confidence"].isin(TRUSTED)]
    first, last = days.min(), days.max()
    periods = {(a[:10], b[:10]) for a, b in zip(rows["period_start"], rows["period_end"], strict=True)}
    inside = sorted((a, b) for a, b in periods if first <= a and b <= last)
    return [(datetime.date.fromisoformat(a), datetime.date.fromisoformat(b)) for a, b in inside]


def _simulated(daily: pd.DataFrame, metric: str, start: str, end: str) -> pd.Series:
    """Return what a metric came to in a period, one value a run."""
    run = ["family", "draw", "seed"]
    if metric == "subscribers":
        return daily[daily["date"] == end].groupby(run)["subscribers"].sum()
    part = daily[daily["date"].between(start, end)].groupby(run)[["cashback_krw", "card_payments_krw"]].sum()
    paid = part["card_payments_krw"]
    return paid if metric == "payments" else (100 * part["cashback_krw"] / paid).where(paid > 0)


def _of_days(daily: pd.DataFrame, package: CityData) -> list[dict]:
    """Return what the window holds in whole of the periods that were observed; parts of a period say nothing of it."""
    rows = []
    for metric, unit in _COUNTED.items():
        for start, end in _observed_periods(package, metric, daily["date"]):
            values = _simulated(daily, metric, start.isoformat(), end.isoformat())
            published = _published(package, metric, start.isoformat(), end.isoformat())
            rows.append(_row(values, _QUANTITY.get(metric, metric), _period(start, end), published, unit))
    return rows


def _of_places(retention: pd.DataFrame, package: CityData) -> list[dict]:
    base = package.table("city_base").query("metric == 'outflow_share_iri' and year == 2018")
    whole = retention[(retention["world"] == "none") & (retention["sector"] == "all")]
    return [
        _row(
            100 * whole.loc[whole["home"] == row["area"], "share_outside"],
            f"outflow_share_{row['area']}",
            "2018",
            PublishedFigure(float(row["value"]), str(row["source_id"])),
            "percent",
        )
        for _, row in base.iterrows()
    ]


def _of_visitors(visitors: pd.DataFrame, package: CityData) -> dict:
    paid = visitors.pivot_table(index=["family", "draw", "seed"], columns="visitor", values="card_krw", aggfunc="sum")
    share = 100 * paid.reindex(columns=[True]).fillna(0.0)[True] / paid.sum(axis=1).where(lambda total: total > 0)
    published = _published(package, "share_payments_by_nonresidents_of_incheon", "2019-01-01", "2019-12-31")
    return _row(share, "nonresident_share_of_payments", "2019", published, "percent")


def _in_world(table: pd.DataFrame, world: str) -> pd.DataFrame:
    return table[table["world"] == world]


def observed_fit(stacked: TableSource, cities: dict[str, str], package: CityData) -> pd.DataFrame:
    """Return simulated and observed values by family and variant for the city's own programme.

    `cities` names the city's policy of each variant. Columns family, variant, quantity, period, simulated, low,
    high, observed, unit, source_id; runs are those of the draws.
    """
    parts = []
    drawn = {name: stacked[name][stacked[name]["draw"] != CENTRAL] for name in ("daily", "retention", "visitors")}
    for variant, city in cities.items():
        for family in drawn["daily"]["family"].unique():
            chosen = {n: t[(t["variant"] == variant) & (t["family"] == family)] for n, t in drawn.items()}
            rows = _of_days(_in_world(chosen["daily"], city), package)
            rows += _of_places(chosen["retention"], package)
            rows.append(_of_visitors(_in_world(chosen["visitors"], city), package))
            parts.append(pd.DataFrame(rows).assign(variant=variant, family=family))
    return pd.concat(parts, ignore_index=True)
