"""One run of the history of the card, and what is kept of it: days and months, as they are published."""

import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.behavior.parameters import Parameters
from eum.city.build import City
from eum.dimensions import DISTRICTS, N_DISTRICTS, N_ORIGINS, SECTORS
from eum.engine.history import END_OF_PILOT, HISTORY, WITH_CARD, History
from eum.engine.model import CityModel
from eum.policy.files import load_policy
from eum.policy.model import LARGEST_BUDGET_KRW, Policy

HISTORY_START = END_OF_PILOT
"""First day that is kept."""
KEPT_BY_DAY = ("card_payments_krw", "cashback_krw", "subscribers", "active_holders", "users", "issued_krw")
"""Columns of the days that are kept (`eum.engine.model.DAILY_COLUMNS`)."""
LARGE_USERS_KRW = (0, 500_000, 1_000_000, 2_000_000, 10_000_000)
"""Won of own money in a month beyond which users and their payments are counted."""


class SimulatedHistory(NamedTuple):
    """What a run came to, whole city, won and persons."""

    days: pd.DataFrame
    """A row a day: date (ISO) and `KEPT_BY_DAY`."""
    months: pd.DataFrame
    """month ("2020-07"), scope, metric, value: what is held at a month's end, Plus shops, payments by district of the
    shop and by trade, payments and charges by brand of card, users with large payments."""


def history_policy() -> Policy:
    """Return the policies of the record with the city's cashback paid whatever it comes to.

    It never ran out to the end of 2022. A run whose parameters pay more than was paid is to show in its payments,
    not by a day on which money ends.
    """
    policy = load_policy(HISTORY)
    endless = [
        budget.model_copy(update={"amount_krw": LARGEST_BUDGET_KRW}) if _is_citys_cashback(budget) else budget
        for budget in policy.budget
    ]
    return policy.model_copy(update={"budget": tuple(endless)})


def _is_citys_cashback(budget: object) -> bool:
    return getattr(budget, "payer", "") == "city" and getattr(budget, "purpose", "") == "cashback"


def simulated_history(
    city: City, parameters: Parameters, last_day: datetime.date, seed: int, policy: Policy | None = None
) -> SimulatedHistory:
    """Run the history from its first day to the end of a month.

    Residents join of their own after the pilot. `policy` is the history with endless money unless given. The same
    arguments give the same bits.
    """
    history = History(city, parameters, seed, members_given=False, record=policy or history_policy())
    model, months = history.run_until(HISTORY_START), []
    while model.date <= last_day:
        before, first = _MonthStart(model), model.date
        history.run_until(_next_month(first))
        months.append(before.month(model.date - datetime.timedelta(days=1)))
    daily = model.daily
    daily = daily[(daily["world"] != "none") & (daily["date"] >= HISTORY_START.isoformat())]
    daily = daily[["date", *KEPT_BY_DAY]].reset_index(drop=True)
    for name in KEPT_BY_DAY:
        daily[name] = daily[name] / city.scale
    model.forget()
    return SimulatedHistory(daily, pd.concat(months, ignore_index=True))


def _next_month(day: datetime.date) -> datetime.date:
    return (day.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)


class _MonthStart:
    """Where a model stood when a month began."""

    def __init__(self, model: CityModel) -> None:
        self._model = model
        self._card_spend = model.total.card_spend[WITH_CARD].copy()
        self._own_krw = model.state.own_krw[WITH_CARD].copy()

    def month(self, last_day: datetime.date) -> pd.DataFrame:
        """Return the rows of a month that has just ended."""
        model, scale = self._model, self._model.city.scale
        spend = model.total.card_spend[WITH_CARD] - self._card_spend
        state, month = model.state, last_day.isoformat()[:7]
        charged = state.month_to_date_krw[WITH_CARD]
        issued = charged + state.own_krw[WITH_CARD] - self._own_krw
        values = {
            ("incheon", "float_cashback"): state.balance_krw[WITH_CARD].sum(),
            ("incheon", "float_charged"): state.own_krw[WITH_CARD].sum(),
            ("incheon", "plus_merchants"): model.plus.is_plus[WITH_CARD].sum() * scale,
            **_by_district(spend),
            **{(f"trade_{s}", "payments"): krw for s, krw in zip(SECTORS, spend.sum(axis=(0, 2)), strict=True)},
            **self._by_brand(last_day, spend.sum(axis=(1, 2)), charged, issued),
            **_large_users(charged),
        }
        rows = [(month, scope, metric, float(value) / scale) for (scope, metric), value in values.items()]
        return pd.DataFrame(rows, columns=["month", "scope", "metric", "value"])

    def _by_brand(
        self, last_day: datetime.date, by_home: np.ndarray, charged: np.ndarray, issued: np.ndarray
    ) -> dict[tuple[str, str], float]:
        """Return payments and charges by brand of card: the district's own, or the city's.

        Payments of a home are divided as the own money of its people is.
        """
        model = self._model
        home = model.city.residents.home
        is_own = carries_own_card(model, last_day)
        all_charged, own_charged = (np.bincount(home, charged * of, N_ORIGINS) for of in (1, is_own))
        own_issued = np.bincount(home, issued * is_own, N_ORIGINS)
        share = np.divide(own_charged, all_charged, out=np.zeros(N_ORIGINS), where=all_charged > 0)
        found = {}
        for d in range(N_DISTRICTS):
            found[f"card_{DISTRICTS[d]}", "payments"] = float(by_home[d] * share[d])
            found[f"card_{DISTRICTS[d]}", "issuance"] = float(own_issued[d])
        found["card_incheon", "payments"] = float((by_home * (1 - share)).sum())
        found["card_incheon", "issuance"] = float(issued.sum() - own_issued.sum())
        return found


def carries_own_card(model: CityModel, date: datetime.date) -> np.ndarray:
    """Return bool[n]: who carries, where the policy has one, the card of the home district by a date."""
    launches = {DISTRICTS.index(c.district): c.launch.toordinal() for c in model.policies[WITH_CARD].district_card}
    launch = np.full(N_ORIGINS, np.iinfo(np.int32).max, dtype=np.int64)
    launch[list(launches)] = list(launches.values())
    people = model.city.residents
    return date.toordinal() - launch[people.home] >= people.card_lag


def _by_district(spend: np.ndarray) -> dict[tuple[str, str], float]:
    """Return payments by district of the shop from int64[12, 9, 34] card payments."""
    to = spend.sum(axis=(0, 1))
    inside = to[:N_DISTRICTS] + to[N_DISTRICTS : 2 * N_DISTRICTS] + to[-N_DISTRICTS:]
    return {(name, "payments_in_district"): float(krw) for name, krw in zip(DISTRICTS, inside, strict=True)}


def _large_users(charged: np.ndarray) -> dict[tuple[str, str], float]:
    found = {}
    for edge in LARGE_USERS_KRW:
        above = charged > edge
        found["incheon", f"users_above_{edge}"] = float(above.sum())
        found["incheon", f"charged_above_{edge}"] = float(charged[above].sum())
    return found
