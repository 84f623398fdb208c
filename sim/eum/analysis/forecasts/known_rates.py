"""Cashback that a policy promises by month and place: known from the calendar alone, without any outcome."""

import datetime

import numpy as np
import pandas as pd

from eum.dimensions import DISTRICTS, N_DISTRICTS, N_SECTORS, SALES_BANDS
from eum.policy.model import Policy
from eum.policy.timetable import DayTerms, Timetable

TYPICAL_SPENDING_KRW = 270_000
"""Monthly payments of one user at which the effective promise is read: 540,700 won in May and June 2019 together
(`payments_per_active_user` of data/observed.csv)."""
_DAY = datetime.timedelta(days=1)


def months_between(first: str, last: str) -> list[str]:
    """Return the months from one to another, both included, as "2020-07"."""
    return [str(month) for month in pd.period_range(first, last, freq="M")]


def month_days(month: str) -> tuple[str, str]:
    """Return the first and the last day of a month like "2020-07", ISO."""
    period = pd.Period(month, freq="M")
    return str(period.start_time.date()), str(period.end_time.date())


def _part_earned(low: np.ndarray, high: np.ndarray, bp: np.ndarray, spending_krw: float) -> np.ndarray:
    """Return what tiers over the last axis promise of a month's spending, percent of it."""
    inside = np.clip(np.minimum(high, spending_krw) - low, 0, None)
    return (inside * bp).sum(axis=-1) / spending_krw / 100


def _by_district(terms: DayTerms, spending_krw: float) -> np.ndarray:
    """Return (first rate, effective promise), percent, at the shops of each district, float64[2, 10].

    The city's rate is the plain mean over sectors and sales bands of shops; the top-up of a district counts in full.
    """
    cells = terms.schedule.reshape(N_DISTRICTS, N_SECTORS * len(SALES_BANDS))
    rates = []
    for spending in (1.0, spending_krw):
        city = _part_earned(terms.tier_low_krw, terms.tier_high_krw, terms.tier_bp, spending)
        top_up = _part_earned(terms.topup_low_krw, terms.topup_high_krw, terms.topup_bp, spending)
        rates.append((city[cells].mean(axis=1), top_up))
    return np.array([city + top_up for city, top_up in rates])


def _city(terms: DayTerms, spending_krw: float) -> np.ndarray:
    """Return the same of the city's own rates, mean over districts, float64[2]."""
    without = terms._replace(topup_bp=np.zeros_like(terms.topup_bp))
    return _by_district(without, spending_krw).mean(axis=1)


def promised_by_month(policy: Policy, months: list[str], spending_krw: float = TYPICAL_SPENDING_KRW) -> pd.DataFrame:
    """Return what a policy promises in each month: month, scope, first_percent, effective_percent.

    Rates are means over the days of the month, with every budget open: that money runs out is an outcome. The first
    rate is that of a month's first won; the effective promise is cashback over spending of somebody who spends
    `spending_krw` a month. Scopes are `incheon` (the city's rates, mean over districts, sectors and sales bands of
    shops, each counted alike) and the codes of the districts (with the district's top-up; Plus shops are left out).
    """
    timetable = Timetable(policy)
    open_budgets = np.full(len(policy.budget), 100)
    known: dict[int, np.ndarray] = {}
    rows = []
    for month in months:
        first, last = (datetime.date.fromisoformat(day) for day in month_days(month))
        days = []
        for i in range((last - first).days + 1):
            terms = timetable.terms(first + i * _DAY, open_budgets)
            if id(terms) not in known:
                known[id(terms)] = np.column_stack([_city(terms, spending_krw), _by_district(terms, spending_krw)])
            days.append(known[id(terms)])
        mean = np.mean(days, axis=0)
        rows += [(month, scope, *mean[:, i]) for i, scope in enumerate(("incheon", *DISTRICTS))]
    return pd.DataFrame(rows, columns=["month", "scope", "first_percent", "effective_percent"])


def scope_of_rates(scope: str) -> str:
    """Return the scope of `promised_by_month` that holds for a scope of observations: a district for itself and its
    card, the city for everything else."""
    place = scope.removeprefix("card_")
    return place if place in DISTRICTS else "incheon"
