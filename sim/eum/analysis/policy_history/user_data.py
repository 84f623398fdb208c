"""Figures of one's own, such as a month's card payments, set beside the model and beside what was published."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.analysis.validation.target_patterns import PatternKey
from eum.city.data import CityData
from eum.city.descriptor import Column, Constraints, Resource, Schema
from eum.city.schema import read_csv_table
from eum.errors import InputError

_CITY = "incheon"


class Indicator(NamedTuple):
    """What an own figure may be about; named as the metrics of data/observed.csv."""

    unit: str
    simulated: Callable[[pd.DataFrame, float], float]
    """Its value in the days of a period, from the run's daily table and the scale of the run."""
    at_the_end: bool = False
    """Whether it is counted at the end of the last day, so that the first day of the period does not matter."""


def _payments(days: pd.DataFrame, scale: float) -> float:
    return days["card_payments_krw"].sum() / scale


def _cashback(days: pd.DataFrame, scale: float) -> float:
    return days["cashback_krw"].sum() / scale


def _rate(days: pd.DataFrame, _: float) -> float:
    paid = days["card_payments_krw"].sum()
    return 100 * days["cashback_krw"].sum() / paid if paid else np.nan


def _subscribers(days: pd.DataFrame, scale: float) -> float:
    return days["subscribers"].iloc[-1] / scale


INDICATORS = {
    "payments": Indicator("krw", _payments),
    "cashback_paid": Indicator("krw", _cashback),
    "cashback_rate_effective": Indicator("percent_of_payments", _rate),
    "subscribers": Indicator("persons", _subscribers, at_the_end=True),
}
"""Figures of the whole city that own data may hold."""

_NEEDED = Constraints(required=True)
_SCHEMA = Schema(
    fields=[
        Column(name="period_start", type="date", constraints=_NEEDED),
        Column(name="period_end", type="date", constraints=_NEEDED),
        Column(name="indicator", type="string", constraints=Constraints(required=True, enum=list(INDICATORS))),
        Column(name="value", type="number", constraints=Constraints(required=True, minimum=0)),
        Column(name="unit", type="string", constraints=_NEEDED),
    ],
    primaryKey=["period_start", "period_end", "indicator"],
    ascending=[["period_start", "period_end"]],
)


def read_own(file: Path) -> pd.DataFrame:
    """Read own figures: period_start, period_end (days, both included), indicator, value, unit; UTF-8, commas.

    Raises InputError on the first fault: file, line, column, value, expectation, and how many more there are.
    """
    if not file.is_file():
        raise InputError(f"{file}: no such file; expected a table with {', '.join(c.name for c in _SCHEMA.fields)}")
    # Not validated: a person's file may have any name, tables of a package may not.
    table, found = read_csv_table(
        file.parent, Resource.model_construct(name="own", path=file.name, table_schema=_SCHEMA)
    )
    if table is not None and not found:
        units = table.rows["indicator"].map({name: indicator.unit for name, indicator in INDICATORS.items()})
        wrong = np.flatnonzero(table.rows["unit"] != units)
        found = [table.finding(i, "unit", f"{units.iloc[i]} for {table.rows['indicator'].iloc[i]}") for i in wrong]
        if table.rows.empty:
            raise InputError(f"{file}: no rows; expected at least one figure")
    if table is None or found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise InputError(f"{found[0]}{more}")
    return table.rows


def require_inside(own: pd.DataFrame, file: Path, start: str, end: str) -> None:
    """Raise InputError where an own period leaves the days (ISO, both included) of a run."""
    outside = own[(own["period_start"] < start) | (own["period_end"] > end)]
    for first, last in outside[["period_start", "period_end"]].itertuples(index=False):
        raise InputError(f"{file}: {first} to {last}: expected periods inside the days run, {start} to {end}")


def _published(package: CityData, name: str, first: str, last: str) -> pd.Series:
    rows = package.observations(name, _CITY)
    same = rows["period_end"] == last
    return rows[same if INDICATORS[name].at_the_end else same & (rows["period_start"] == first)]["value"]


def compared_with_user_data(package: CityData, own: pd.DataFrame, daily: pd.DataFrame, scale: float) -> pd.DataFrame:
    """Return own figures beside the model's and the published ones, in the order of the file.

    `daily` has date, card_payments_krw, cashback_krw and subscribers of one world, in won and persons of the sample.
    Returns period, indicator, unit, own, simulated, published_low and published_high, of the whole city; where papers
    differ the last two do, where nothing was published of exactly this period they are NaN.
    """
    rows = []
    for first, last, name, value, unit in own.itertuples(index=False):
        days = daily[(daily["date"] >= first) & (daily["date"] <= last)]
        published = _published(package, name, first, last)
        simulated = INDICATORS[name].simulated(days, scale)
        period = PatternKey(name, first, last).days
        rows.append((period, name, unit, value, float(simulated), published.min(), published.max()))
    names = ["period", "indicator", "unit", "own", "simulated", "published_low", "published_high"]
    return pd.DataFrame(rows, columns=names)


def shown_months(rows: pd.DataFrame) -> pd.DataFrame:
    """Return `compared_with_user_data` for the screen: won in hundred millions (억원), the model also as a share of the
    own figure."""
    krw = rows["unit"] == "krw"
    digits, factor = rows["unit"].map({"krw": 1, "percent_of_payments": 2, "persons": 0}), np.where(krw, 1e-8, 1.0)
    units = rows["unit"].map({"krw": "억원", "percent_of_payments": "%", "persons": "persons"})
    columns: dict[str, object] = {
        "period": rows["period"],
        "figure": rows["indicator"].str.replace("_", " ") + " (" + units + ")",
    }
    for name in ("own", "simulated", "published_low", "published_high"):
        cells = zip(rows[name] * factor, digits, strict=True)
        columns[name.replace("_", " ")] = ["-" if v != v else f"{v:,.{n}f}" for v, n in cells]
    ratio = rows["simulated"] / rows["own"]
    columns["model / own"] = ["-" if not np.isfinite(v) else f"{v:.2f}" for v in ratio]
    return pd.DataFrame(columns)
