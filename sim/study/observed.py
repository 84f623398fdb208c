"""The simulated programme beside what was observed of the card."""

import datetime

import numpy as np
import pandas as pd

from sim.city.package import Package
from sim.intervals import percentile_interval
from sim.study.many import ByName
from sim.study.priors import CENTRE

_MONTHS = [(datetime.date(2020, m, 1), f"2020-{m:02d}") for m in range(1, 7)]
_SUBSCRIBERS = ("2020-04-03", "2020-05-19", "2020-05-31")
_RATES = (
    ("2020-01", "2020-02", "2020-01-01", "2020-02-29"),
    ("2020-03", "2020-03", "2020-03-01", "2020-03-31"),
)


def _published(package: Package, metric: str, start: str, end: str, scope: str = "incheon") -> tuple[float, str]:
    rows = package.table("observed")
    rows = rows[
        (rows["metric"] == metric)
        & (rows["scope"] == scope)
        & (rows["period_start"].astype(str).str[:10] == start)
        & (rows["period_end"].astype(str).str[:10] == end)
    ].sort_values("confidence", kind="stable")
    return (float(rows["value"].iloc[0]), str(rows["source_id"].iloc[0])) if len(rows) else (np.nan, "")


def _row(values: pd.Series, quantity: str, period: str, published: tuple[float, str], unit: str) -> dict:
    spread = percentile_interval(values.to_numpy())
    return {
        "quantity": quantity,
        "period": period,
        "simulated": spread.value,
        "low": spread.low,
        "high": spread.high,
        "observed": published[0],
        "unit": unit,
        "source_id": published[1],
    }


def _of_days(daily: pd.DataFrame, package: Package) -> list[dict]:
    run, month = ["family", "draw", "seed"], daily["date"].str[:7]
    rows = []
    for first, period in _MONTHS:
        last = (first + datetime.timedelta(days=31)).replace(day=1) - datetime.timedelta(days=1)
        paid = daily[month == period].groupby(run)["card_payments_krw"].sum()
        if len(paid):
            published = _published(package, "payments", first.isoformat(), last.isoformat())
            rows.append(_row(paid, "payments", period, published, "krw"))
    for date in _SUBSCRIBERS:
        members = daily[daily["date"] == date].groupby(run)["subscribers"].sum()
        if len(members):
            rows.append(_row(members, "subscribers", date, _published(package, "subscribers", date, date), "persons"))
    for low, high, start, end in _RATES:
        part = daily[(month >= low) & (month <= high)].groupby(run)[["cashback_krw", "card_payments_krw"]].sum()
        if len(part):
            rate = 100 * part["cashback_krw"] / part["card_payments_krw"]
            published = _published(package, "cashback_rate_effective", start, end)
            rows.append(_row(rate, "effective_rate", low if low == high else f"{low}..{high}", published, "percent"))
    return rows


def _of_places(retention: pd.DataFrame, package: Package) -> list[dict]:
    base = package.table("city_base").query("metric == 'outflow_share_iri' and year == 2018")
    whole = retention[(retention["world"] == "none") & (retention["sector"] == "all")]
    return [
        _row(
            100 * whole.loc[whole["home"] == row["area"], "share_outside"],
            f"outflow_share_{row['area']}",
            "2018",
            (float(row["value"]), str(row["source_id"])),
            "percent",
        )
        for _, row in base.iterrows()
    ]


def _of_visitors(visitors: pd.DataFrame, package: Package) -> dict:
    paid = visitors.pivot_table(index=["family", "draw", "seed"], columns="visitor", values="card_krw", aggfunc="sum")
    share = 100 * paid[True] / paid.sum(axis=1)
    published = _published(package, "share_payments_by_nonresidents_of_incheon", "2019-01-01", "2019-12-31")
    return _row(share, "nonresident_share_of_payments", "2019", published, "percent")


def _in_world(table: pd.DataFrame, world: str) -> pd.DataFrame:
    return table[table["world"] == world]


def observed_fit(stacked: ByName, cities: dict[str, str], package: Package) -> pd.DataFrame:
    """Return simulated and observed values by family and variant for the city's own programme.

    `cities` names the city's policy of each variant. Columns family, variant, quantity, period, simulated, low,
    high, observed, unit, source_id; runs are those drawn from the priors.
    """
    parts = []
    drawn = {name: stacked[name][stacked[name]["draw"] != CENTRE] for name in ("daily", "retention", "visitors")}
    for variant, city in cities.items():
        for family in drawn["daily"]["family"].unique():
            chosen = {n: t[(t["variant"] == variant) & (t["family"] == family)] for n, t in drawn.items()}
            rows = _of_days(_in_world(chosen["daily"], city), package)
            rows += _of_places(chosen["retention"], package)
            rows.append(_of_visitors(_in_world(chosen["visitors"], city), package))
            parts.append(pd.DataFrame(rows).assign(variant=variant, family=family))
    return pd.concat(parts, ignore_index=True)
