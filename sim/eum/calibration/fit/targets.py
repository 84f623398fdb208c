"""What a fit is held against: published figures of the card, each day of a metric at most about once.

All figures are natural logarithms: of won, persons, shops or percent, and of shares of the city for what is published
by district, trade or brand of card.
"""

import calendar
import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.calibration.fit.simulate import HISTORY_START, SimulatedHistory
from eum.city.data import CityData
from eum.engine.history import HISTORY
from eum.policy.files import load_policy

WHOLE_CITY = "incheon"
FLOWS = {
    "payments": ("card_payments_krw", 1.0),
    "issuance": ("issued_krw", 1.0),
    "cashback_paid": ("cashback_krw", 1.0),
}
"""Sums over the days of a period, by the column of days."""
STOCKS = {"subscribers": "subscribers", "active_users": "users"}
"""Read on the last day of a period: members; those who paid since the month began."""
HELD = ("float_cashback", "float_charged", "plus_merchants")
"""Read at the end of the month in which a period ends."""
RATE = "cashback_rate_effective"
LARGE_USERS = "large_users"
"""Group of what users with large payments are of all users, and their payments of all: nothing is fitted to it."""
_LARGE = {
    "share_users_over_500k": ("users", 500_000),
    "share_payments_by_users_over_500k": ("charged", 500_000),
    "share_users_over_1m": ("users", 1_000_000),
    "share_users_over_2m": ("users", 2_000_000),
    "share_payments_class_over_10m": ("charged", 10_000_000),
}
"""Metrics of that group, percent: what a run counts, and the won of own money in a month beyond which it counts."""
_BEYOND_1M = "share_payments_above_1m_per_user"
"""Metric of that group, percent: what users pay beyond a million in a month, of all."""
_UNTARGETED = ("share_users_over_500k", "share_payments_by_users_over_500k", _BEYOND_1M)
"""Of these nothing is known beforehand. On users beyond 1m won in May-June 2019 data rest (`spending_log_sd`)."""
JOINED = "new_subscribers"
"""Members at the end of a period less those before it."""
MARGINS = ("payments_in_district", "card_payments", "card_issuance", "trade_payments")
"""Groups of what is published by district of the shop, brand of card and trade."""
OBSERVATION_SD = {"A": 0.01, "B": 0.03, "C": 0.06, "D": 0.03}
"""Of ln, by confidence: prints of one figure differ by about so much (judgement)."""
_FITTED = (*FLOWS, *STOCKS, RATE, "float_cashback", "float_charged")
_TRUSTED = ("A", "B", "D")
_MOST_OVERLAP = 0.5
SMALLEST_SHARE = 5e-4
"""Of the city's payments or charges, from which on a margin is looked at."""


class Target(NamedTuple):
    """One figure."""

    group: str
    """A metric of the city, or one of `MARGINS`."""
    metric: str
    scope: str
    start: datetime.date
    end: datetime.date
    value: float
    """ln of the figure; of `MARGINS` ln of its share of the city's."""
    sd: float
    """Of its observation, of ln."""

    @property
    def month(self) -> float:
        """Middle of the period, months since `HISTORY_START`."""
        middle = (self.start.toordinal() + self.end.toordinal()) / 2 + 0.5
        return (middle - HISTORY_START.toordinal()) / 30.4375


def _date(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text[:10])


def is_whole_month(start: datetime.date, end: datetime.date) -> bool:
    """Return whether a period is one calendar month."""
    last = calendar.monthrange(start.year, start.month)[1]
    return (start.year, start.month, start.day) == (end.year, end.month, 1) and end.day == last


def _rows(package: CityData) -> pd.DataFrame:
    """Return published figures of open data by month, then the others, the most trusted first, each period once."""
    rows = pd.concat([package.table("observed_monthly"), package.table("observed")], ignore_index=True)
    rows = rows[
        rows["confidence"].isin(_TRUSTED) & (rows["period_start"] >= HISTORY_START.isoformat()) & (rows["value"] > 0)
    ]
    rows = rows.sort_values("confidence", kind="stable")
    return rows.drop_duplicates(["period_start", "period_end", "scope", "metric"])


def city_targets(package: CityData) -> tuple[Target, ...]:
    """Return the figures of the city that a fit is held against, in the order of their days.

    Whole months come first, then shorter periods; one of which more than half the days are spoken of already is left
    out, as is a number of users of more or less than a month.
    """
    rows, found = _rows(package), []
    for metric in _FITTED:
        mine = rows[(rows["metric"] == metric) & (rows["scope"] == WHOLE_CITY)]
        periods = [(_date(s), _date(e)) for s, e in zip(mine["period_start"], mine["period_end"], strict=True)]
        order = sorted(range(len(mine)), key=lambda i: (not is_whole_month(*periods[i]), periods[i][1] - periods[i][0]))
        spoken: set[int] = set()
        for i in order:
            start, end = periods[i]
            days = set(range(start.toordinal(), end.toordinal() + 1))
            if len(days & spoken) > _MOST_OVERLAP * len(days):
                continue
            if metric == "active_users" and not is_whole_month(start, end):
                continue
            spoken |= days
            row = mine.iloc[i]
            sd = OBSERVATION_SD[row["confidence"]]
            found.append(Target(metric, metric, WHOLE_CITY, start, end, float(np.log(row["value"])), sd))
    return tuple(sorted(found, key=lambda t: (t.group, t.end, t.start)))


def group_of(scope: str, metric: str) -> str:
    """Return the group of a figure: its metric in the city, or one of `MARGINS`, or `LARGE_USERS`."""
    if scope == WHOLE_CITY:
        return LARGE_USERS if metric in (*_LARGE, _BEYOND_1M) else metric
    kind = scope.split("_")[0]
    return metric if metric == "payments_in_district" else f"{kind}_{metric}"


def margin_targets(package: CityData) -> tuple[Target, ...]:
    """Return the months of districts, brands of card and trades as ln of their share of the city, in order.

    Months without a figure are left out, as are brands that the policy record does not have, so that the model has none
    (Namdong's card, on which several times more is paid than charged), and shares below `SMALLEST_SHARE`.
    """
    rows = package.table("observed_monthly")
    brands = {"card_incheon", *(f"card_{card.district}" for card in load_policy(HISTORY).district_card)}
    city = rows[rows["scope"] == WHOLE_CITY].set_index(["metric", "period_start"])["value"]
    found = []
    is_brand = rows["scope"].str.startswith("card_")
    mine = rows[(rows["scope"] != WHOLE_CITY) & (rows["value"] > 0) & (~is_brand | rows["scope"].isin(brands))]
    columns = (mine[name].tolist() for name in ("scope", "metric", "period_start", "period_end", "value"))
    for scope, metric, start, end, value in zip(*columns, strict=True):
        share = value / city["payments" if metric == "payments_in_district" else metric, start]
        if share >= SMALLEST_SHARE:
            days = _date(start), _date(end)
            found.append(
                Target(group_of(scope, metric), metric, scope, *days, float(np.log(share)), OBSERVATION_SD["A"])
            )
    return tuple(sorted(found, key=lambda t: (t.group, t.scope, t.end)))


def untargeted_targets(package: CityData) -> tuple[Target, ...]:
    """Return the figures of `LARGE_USERS`, ln of percent, to which no parameter is fitted, in the order of days."""
    rows, found = _rows(package), []
    mine = rows[rows["metric"].isin(_UNTARGETED) & (rows["scope"] == WHOLE_CITY)]
    for row in mine.to_dict("records"):
        days, sd = (_date(row["period_start"]), _date(row["period_end"])), OBSERVATION_SD[row["confidence"]]
        found.append(Target(LARGE_USERS, row["metric"], WHOLE_CITY, *days, float(np.log(row["value"])), sd))
    return tuple(sorted(found, key=lambda t: (t.end, t.metric)))


class HistoryReader:
    """Reads figures from a run of the history, as targets name them."""

    def __init__(self, package: CityData, history: SimulatedHistory) -> None:
        self._sums = {name: np.concatenate([[0.0], history.days[name].cumsum()]) for name, _ in FLOWS.values()}
        self._stocks = {name: history.days[name].to_numpy() for name in STOCKS.values()}
        table = history.months
        self._months = dict(
            zip(zip(table["month"], table["scope"], table["metric"], strict=True), table["value"], strict=True)
        )
        groups = package.table("trade_groups")
        self._sectors = {
            f"trade_{name}": sorted({s for part in rows["sectors"] for s in part.split(";")})
            for name, rows in groups.groupby("trade_group")
        }

    def flow(self, metric: str, start: datetime.date, end: datetime.date) -> float:
        """Return the sum of a flow over days; of days that were not simulated there is none."""
        sums = self._sums[FLOWS[metric][0]]
        first, last = (day.toordinal() - HISTORY_START.toordinal() for day in (start, end))
        return float(sums[last + 1] - sums[max(first, 0)])

    def value(self, target: Target) -> float:
        """Return what the run says of a target, ln."""
        start, end, metric = target.start, target.end, target.metric
        if target.group in MARGINS:
            whole = self.flow("issuance" if metric == "issuance" else "payments", start, end)
            return _ln(self._margin(target) / whole) if whole > 0 else _ln(0.0)
        if target.group == LARGE_USERS:
            return _ln(100 * self._large_share(target))
        if metric in FLOWS:
            return _ln(self.flow(metric, start, end))
        if metric in STOCKS:
            return _ln(float(self._stocks[STOCKS[metric]][end.toordinal() - HISTORY_START.toordinal()]))
        if metric == JOINED:
            return _ln(self._joined(target))
        if metric == RATE:
            paid = self.flow("payments", start, end)
            return _ln(100 * self.flow("cashback_paid", start, end) / paid) if paid > 0 else _ln(0.0)
        return _ln(self._months[end.isoformat()[:7], WHOLE_CITY, metric])

    def _large_share(self, target: Target) -> float:
        """Return the share of the last month of a period, at least `SMALLEST_SHARE`."""

        def counted(of: str, krw: int) -> float:
            return float(self._months[target.end.isoformat()[:7], WHOLE_CITY, f"{of}_above_{krw}"])

        of, edge = _LARGE.get(target.metric, ("charged", 1_000_000))
        part, every = counted(of, edge), counted(of, 0)
        if target.metric == _BEYOND_1M:
            part -= edge * counted("users", edge)
        return max(part / every, SMALLEST_SHARE) if every > 0 else SMALLEST_SHARE

    def _joined(self, target: Target) -> float:
        first, last = (day.toordinal() - HISTORY_START.toordinal() for day in (target.start, target.end))
        members = self._stocks["subscribers"]
        return float(members[last] - (members[first - 1] if first > 0 else 0.0))

    def _margin(self, target: Target) -> float:
        month = target.end.isoformat()[:7]
        if target.scope in self._sectors:
            return sum(self._months[month, f"trade_{s}", "payments"] for s in self._sectors[target.scope])
        return self._months.get((month, target.scope, target.metric), 0.0)


def _ln(value: float) -> float:
    """Return ln of a figure; where nothing was simulated, that of next to nothing."""
    return float(np.log(max(value, 1e-9)))


def simulated_values(package: CityData, histories: list[SimulatedHistory], targets: tuple[Target, ...]) -> np.ndarray:
    """Return float64[R, m]: what runs say of targets."""
    readers = [HistoryReader(package, history) for history in histories]
    return np.array([[reader.value(target) for target in targets] for reader in readers])
