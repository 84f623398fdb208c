"""What rows say of each moment, on the moment's scale."""

import datetime
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.calibration.bayes.moments import Moment, on_scale
from eum.calibration.bayes.simulate import EDGES_KRW, PLAIN, SHOCKED
from eum.dimensions import DISTRICTS, N_DISTRICTS, ORIGINS, SECTORS
from eum.engine.expected.state import ACTIVE, CASHBACK, DAILY, MEMBERS, PAYMENTS
from eum.errors import InputError
from eum.runner.tasks import TableSource

_WORLDS = (SHOCKED, PLAIN)
_SCOPES = ("", *DISTRICTS)
_CORE = tuple(SECTORS.index(name) for name in ("restaurants_cafes", "groceries_convenience", "food_shops"))
_PAID, _CASHBACK, _MEMBERS, _ACTIVE = PAYMENTS, CASHBACK, MEMBERS, ACTIVE


class SimulatedMonths(NamedTuple):
    """What rows gave in one world (R rows, D days, M months). Months count from the first day on."""

    start: datetime.date
    daily: np.ndarray
    """float64[R, D, 6]: see `eum.engine.expected.state.DAILY`."""
    homes: np.ndarray
    """float64[R, M, 12, 2]: won paid by residents of a home, and inside it."""
    trades: np.ndarray
    """float64[R, M, 9]"""
    sizes: np.ndarray
    """float64[R, M, 4, 11, 4]: users and won below each edge, then all users and won, by edge and scope."""
    tickets: np.ndarray
    """float64[R, M, 11, 2]: won and number of payments of the month's last day, by scope."""

    def day(self, date: datetime.date) -> int:
        """Return the index of a day. Raises InputError for one that was not simulated."""
        n = (date - self.start).days
        if not 0 <= n < self.daily.shape[1]:
            last = self.start + datetime.timedelta(days=self.daily.shape[1] - 1)
            raise InputError(f"moments.csv: {date}: expected a day of the fit, {self.start} to {last}")
        return n

    def month(self, date: datetime.date) -> int:
        """Return the index of the month that ends on a date. Raises InputError for a day that ends none."""
        self.day(date)
        if (date + datetime.timedelta(days=1)).day != 1:
            raise InputError(f"moments.csv: {date}: expected the last day of a month")
        return (date.year - self.start.year) * 12 + date.month - self.start.month

    def since(self, table: np.ndarray, moment: Moment) -> np.ndarray:
        """Return what a table of totals since the first day (R, M, ...) grew by from a moment's start to its end."""
        before = table[:, self.month(moment.start - datetime.timedelta(days=1))] if moment.start > self.start else 0.0
        return table[:, self.month(moment.end)] - before


def months_in(kept: TableSource, world: str, n_rows: int, start: datetime.date) -> SimulatedMonths:
    """Return what rows gave in a world, from their stacked tables (`eum.calibration.bayes.simulate.rows_tables`)."""
    which = _WORLDS.index(world)

    def part(table: str, columns: list[str], *shape: int) -> np.ndarray:
        values = kept[table][columns].to_numpy(float)
        return values.reshape(n_rows, len(_WORLDS), -1, *shape, len(columns))[:, which]

    size = ["users_below", "krw_below", "users", "krw"]
    return SimulatedMonths(
        start,
        part("daily", list(DAILY)),
        part("homes", ["krw", "inside_krw"], len(ORIGINS)),
        part("trades", ["krw"], len(SECTORS))[..., 0],
        part("sizes", size, len(EDGES_KRW), len(_SCOPES)),
        part("tickets", ["krw", "times"], len(_SCOPES)),
    )


def headline_values(kept: TableSource, n_rows: int) -> pd.DataFrame:
    """Return the headline numbers of rows, one column each."""
    table = kept["headline"]
    names = list(dict.fromkeys(table["name"]))
    return pd.DataFrame(table["value"].to_numpy(float).reshape(n_rows, len(names)), columns=names)


def _between(months: SimulatedMonths, column: int, start: datetime.date, end: datetime.date) -> np.ndarray:
    return months.daily[:, months.day(start) : months.day(end) + 1, column].sum(axis=1)


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    return top / np.maximum(bottom, 1e-9)


def _payments(months: SimulatedMonths, m: Moment) -> np.ndarray:
    return _between(months, _PAID, m.start, m.end)


def _subscribers(months: SimulatedMonths, m: Moment) -> np.ndarray:
    return months.daily[:, months.day(m.end), _MEMBERS]


def _new_per_day(months: SimulatedMonths, m: Moment) -> np.ndarray:
    first, last = months.day(m.start), months.day(m.end)
    members = months.daily[:, :, _MEMBERS]
    return (members[:, last] - members[:, first - 1]) / (last - first + 1)


def _active_share(months: SimulatedMonths, m: Moment) -> np.ndarray:
    day = months.day(m.end)
    return _ratio(months.daily[:, day, _ACTIVE], months.daily[:, day, _MEMBERS])


def _rate(months: SimulatedMonths, start: datetime.date, end: datetime.date) -> np.ndarray:
    return _ratio(_between(months, _CASHBACK, start, end), _between(months, _PAID, start, end))


def _effective_rate(months: SimulatedMonths, m: Moment) -> np.ndarray:
    return _rate(months, m.start, m.end)


def _below(months: SimulatedMonths, m: Moment, what: int) -> np.ndarray:
    at = months.sizes[:, months.month(m.end), EDGES_KRW.index(int(m.item)), _SCOPES.index(m.area)]
    return _ratio(at[:, what], at[:, what + 2])


def _users_below(months: SimulatedMonths, m: Moment) -> np.ndarray:
    return _below(months, m, 0)


def _users_above(months: SimulatedMonths, m: Moment) -> np.ndarray:
    return 1 - _below(months, m, 0)


def _payments_above(months: SimulatedMonths, m: Moment) -> np.ndarray:
    return 1 - _below(months, m, 1)


def _trade_share(months: SimulatedMonths, m: Moment) -> np.ndarray:
    won = months.since(months.trades, m)
    return _ratio(won[:, SECTORS.index(m.item)], won.sum(axis=1))


def _core_share(months: SimulatedMonths, m: Moment) -> np.ndarray:
    won = months.since(months.trades, m)
    return _ratio(won[:, _CORE].sum(axis=1), won.sum(axis=1))


def _inside_share(months: SimulatedMonths, m: Moment) -> np.ndarray:
    won = months.since(months.homes, m)[:, ORIGINS.index(m.area)]
    return _ratio(won[:, 1], won[:, 0])


def _home_part(months: SimulatedMonths, m: Moment) -> np.ndarray:
    won = months.since(months.homes, m)[..., 0]
    return _ratio(won[:, ORIGINS.index(m.area)], won.sum(axis=1))


def _visitors_share(months: SimulatedMonths, m: Moment) -> np.ndarray:
    won = months.since(months.homes, m)[..., 0]
    return _ratio(won[:, N_DISTRICTS:].sum(axis=1), won.sum(axis=1))


def _ticket(months: SimulatedMonths, m: Moment) -> np.ndarray:
    at = months.tickets[:, months.month(m.end), _SCOPES.index(m.area)]
    return _ratio(at[:, 0], at[:, 1])


def _halves(m: Moment) -> tuple[tuple[datetime.date, datetime.date], tuple[datetime.date, datetime.date]]:
    """Return the days before the last month of a moment, and those of the last month."""
    last = m.end.replace(day=1)
    return (m.start, last - datetime.timedelta(days=1)), (last, m.end)


def _payments_growth(months: SimulatedMonths, m: Moment) -> np.ndarray:
    before, after = (_between(months, _PAID, *days) / ((days[1] - days[0]).days + 1) for days in _halves(m))
    return _ratio(after, before)


def _joiners_growth(months: SimulatedMonths, m: Moment) -> np.ndarray:
    before, after = (_new_per_day(months, m._replace(start=start, end=end)) for start, end in _halves(m))
    return after - before


def _rate_growth(months: SimulatedMonths, m: Moment) -> np.ndarray:
    before, after = (_rate(months, *days) for days in _halves(m))
    return _ratio(after, before)


MOMENT_QUANTITIES: dict[str, Callable[[SimulatedMonths, Moment], np.ndarray]] = {
    "payments": _payments,
    "subscribers": _subscribers,
    "new_per_day": _new_per_day,
    "active_share": _active_share,
    "effective_rate": _effective_rate,
    "users_below": _users_below,
    "users_above": _users_above,
    "payments_above": _payments_above,
    "trade_share": _trade_share,
    "core_share": _core_share,
    "inside_share": _inside_share,
    "home_part": _home_part,
    "visitors_share": _visitors_share,
    "ticket": _ticket,
    "payments_growth": _payments_growth,
    "joiners_growth": _joiners_growth,
    "rate_growth": _rate_growth,
}
"""What each word of the column `quantity` of data/moments.csv reads from rows."""


def moments_of(months: SimulatedMonths, chosen: tuple[Moment, ...]) -> np.ndarray:
    """Return float64[R, m]: what rows say of moments, on their scales. Raises InputError for days not simulated."""
    return np.stack([on_scale(m.scale, MOMENT_QUANTITIES[m.quantity](months, m)) for m in chosen], axis=1)
