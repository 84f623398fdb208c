"""The rates in force on a date, as arrays that the day reads."""

import datetime
from bisect import bisect
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from eum.dimensions import (
    AGE_BANDS,
    DISTRICTS,
    HOUSEHOLDS,
    N_DISTRICTS,
    N_SECTORS,
    SALES_BAND_HIGH_KRW,
    SALES_BANDS,
    SECTORS,
    WEEKDAYS,
)
from eum.policy.clauses import bands_between
from eum.policy.model import (
    MOST_CITY_TIERS,
    MOST_TOP_UP_TIERS,
    CityPeriod,
    Dated,
    Grant,
    Plus,
    Policy,
    Tier,
    TopUp,
    in_force,
)
from eum.policy.validation import MOST_SCHEDULES

NO_LIMIT_KRW = 2**62
"""Upper end of a tier without one."""

_DAY = datetime.timedelta(days=1)


class DayTerms(NamedTuple):
    """What a policy promises on one day, rates in basis points; layers of an empty budget promise nothing.

    A schedule is a row of city tiers; row 0 pays nothing. A cell is district * 9 + sector of the shop.
    """

    tier_low_krw: np.ndarray
    """int64[12, 8]: tiers of each schedule; unused ones are all zero."""
    tier_high_krw: np.ndarray
    tier_bp: np.ndarray
    schedule: np.ndarray
    """int64[90, 5]: the schedule that holds at shops of a cell and sales band."""
    budget_city: np.ndarray
    """int64[12]: index of the budget that pays a schedule, -1 for none."""
    at_once: np.ndarray
    """uint8[12]: 1 where the benefit is taken off at the till and used in the same purchase."""
    most_per_payment_krw: np.ndarray
    """int64[12]: the most that one payment can earn."""
    base_bp: np.ndarray
    """int64[12]: part of ordinary monthly spending, basis points, below which nothing is earned."""
    topup_low_krw: np.ndarray
    """int64[10, 4]: top-up of a district in its own shops."""
    topup_high_krw: np.ndarray
    topup_bp: np.ndarray
    topup_own_card: np.ndarray
    """uint8[10]: 1 where only the district's own card earns it."""
    topup_for: np.ndarray
    """uint8[10, 6, 2]: 1 for people of an age band and a household (1: constrained) who can have it."""
    plus_bp: np.ndarray
    """int64[10]: top-up at the Plus shops of a district."""
    plus_limit_krw: np.ndarray
    """int64[10]: spending up to which it counts."""
    plus_own_card: np.ndarray
    """uint8[10]: 1 where only the district's own card earns it."""
    plus_open: np.ndarray
    """uint8[10]: 1 where Plus shops give their discount."""
    fee_plus_bp: np.ndarray
    """int64[10]: fee support of Plus shops, of payments."""
    fee_ordinary_bp: np.ndarray
    """int64[10]: the same for ordinary shops of a sales band below `fee_ordinary_band`."""
    fee_ordinary_band: np.ndarray
    budget_topup: np.ndarray
    """int64[10]: index of the budget by district, -1 for none."""
    budget_plus: np.ndarray
    budget_fee: np.ndarray
    grant_open: np.ndarray
    """uint8: 1 where money of a grant can be spent."""
    grant_minimum_krw: np.ndarray
    """int64: a purchase below it cannot use the grant."""
    grant_most_krw: np.ndarray
    """int64: the most of it that one purchase can use."""
    grant_band: np.ndarray
    """int64: shops of a sales band below this number accept it."""
    card_launched: np.ndarray
    """uint8[10]: 1 where the district has a card of its own by now."""
    launch_day: np.ndarray
    """int64[10]: the number of the day on which it was launched."""


_SHAPES: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("tier_low_krw", "tier_high_krw", "tier_bp"), (MOST_SCHEDULES, MOST_CITY_TIERS)),
    **dict.fromkeys(("budget_city", "at_once", "most_per_payment_krw", "base_bp"), (MOST_SCHEDULES,)),
    **dict.fromkeys(("topup_low_krw", "topup_high_krw", "topup_bp"), (N_DISTRICTS, MOST_TOP_UP_TIERS)),
    **dict.fromkeys(("grant_open", "grant_minimum_krw", "grant_most_krw", "grant_band"), ()),
    "schedule": (N_DISTRICTS * N_SECTORS, len(SALES_BANDS)),
    "topup_for": (N_DISTRICTS, len(AGE_BANDS), len(HOUSEHOLDS)),
}
"""Shapes of the terms that are not one number a district."""
_FLAGS = ("at_once", "topup_own_card", "topup_for", "plus_own_card", "plus_open", "grant_open", "card_launched")
_NOT_ZERO = {
    **dict.fromkeys(("budget_city", "budget_topup", "budget_plus", "budget_fee"), -1),
    **dict.fromkeys(("most_per_payment_krw", "plus_limit_krw", "grant_most_krw"), NO_LIMIT_KRW),
}

TermColumns = dict[str, np.ndarray]


def _nothing() -> TermColumns:
    """Return the terms of a day on which nothing is promised."""
    return {
        name: np.full(
            _SHAPES.get(name, (N_DISTRICTS,)), _NOT_ZERO.get(name, 0), np.uint8 if name in _FLAGS else np.int64
        )
        for name in DayTerms._fields
    }


def _paid_bp(rate_percent: float, paid_percent: int) -> int:
    """Return the part of a rate that is paid, basis points rounded down."""
    return round(rate_percent * 100) * paid_percent // 100


def _fill_tiers(tiers: tuple[Tier, ...], paid_percent: int, rows: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    """Write tiers into rows of (low, high, basis points); a closed budget leaves them empty."""
    low, high, bp = rows
    for k, tier in enumerate(tiers if paid_percent else ()):
        low[k], high[k] = tier.from_krw, tier.to_krw or NO_LIMIT_KRW
        bp[k] = _paid_bp(tier.rate_percent, paid_percent)


def _districts(area: str) -> slice:
    """Return the rows of an area: all ten of "incheon", one of a district."""
    first = 0 if area == "incheon" else DISTRICTS.index(area)
    return slice(N_DISTRICTS) if area == "incheon" else slice(first, first + 1)


def _covered(period: CityPeriod) -> tuple[np.ndarray, ...]:
    """Return the index of a period's shops in `schedule`, read as [district, sector, band]."""
    districts = [DISTRICTS.index(d) for d in period.districts]
    return np.ix_(districts, [SECTORS.index(s) for s in period.sectors], list(period.bands))


class Timetable:
    """A policy, read by date."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._budget = {budget.id: i for i, budget in enumerate(policy.budget)}
        self._edges = sorted(self._starts_and_ends())
        self._some_days = [p for p in policy.city if len(p.weekdays) < len(WEEKDAYS)]
        self._terms: dict[tuple[int, int, bytes], DayTerms] = {}
        """Terms made so far, by how many layers began or ended before, by day of the week where it matters, and by what
        budgets pay: few of a year's days differ."""

    @property
    def budget_names(self) -> list[str]:
        """The ids of the budgets, in the order of their indices."""
        return list(self._budget)

    def layers_of_budget(self, i: int) -> list[str]:
        """Return the keys of the layers that budget `i` pays, such as "plus[1]"."""
        return [key for key, budget in self.policy.budget_users() if budget == self.policy.budget[i].id]

    def changes(self, start: datetime.date, end: datetime.date) -> list[datetime.date]:
        """Return the days from `start` to `end` on which the promises differ from the day before.

        The calendar alone counts here; on which day a budget runs out is known only to a run.
        """
        days, some_days = self._starts_and_ends(), self._some_days
        dates = [start + i * _DAY for i in range((end - start).days + 1)] if some_days else []
        days.update(day for day in dates if _on(some_days, day) != _on(some_days, day - _DAY))
        return sorted(day for day in days if start <= day <= end)

    def _starts_and_ends(self) -> set[datetime.date]:
        """Return the days on which a layer comes into force, and those after the last day of one."""
        policy = self.policy
        days = {card.launch for card in policy.district_card}
        promises: list[Dated] = [*policy.city, *policy.top_up, *policy.plus, *policy.fee_support, *policy.grant]
        for part in promises:
            days.add(part.start)
            if part.end is not None and part.end < datetime.date.max:
                days.add(part.end + _DAY)
        return days

    def terms(self, date: datetime.date, paid_percent: np.ndarray) -> DayTerms:
        """Return the terms of a date.

        `paid_percent` is int64[B], read at the start of the day: what each budget pays of the promised rates,
        0 for a closed one. Raises TypeError for flags, which would read as one percent. Days with the same terms get
        the same object, so that whoever reads them can tell by `is`; it is not to be written to.
        """
        if paid_percent.dtype == np.bool_:
            raise TypeError("flags of open budgets; expected percent, int64[B]")
        key = (bisect(self._edges, date), date.weekday() if self._some_days else 0, paid_percent.tobytes())
        if key not in self._terms:
            self._terms[key] = self._terms_of(date, paid_percent)
        return self._terms[key]

    def _terms_of(self, date: datetime.date, paid_percent: np.ndarray) -> DayTerms:
        t = _nothing()
        self._fill_city(t, date, paid_percent)
        for top_up in in_force(self.policy.top_up, date):
            self._fill_top_up(t, top_up, self._paid(top_up.budget, paid_percent))
        self._fill_plus(t, date, paid_percent)
        self._fill_fee_support(t, date, paid_percent)
        for grant in in_force(self.policy.grant, date):
            _fill_grant(t, grant)
        for card in (c for c in self.policy.district_card if c.launch <= date):
            d = DISTRICTS.index(card.district)
            t["card_launched"][d], t["launch_day"][d] = 1, card.launch.toordinal()
        return DayTerms(**t)

    def _paid(self, budget: str | None, paid_percent: np.ndarray) -> int:
        return 100 if budget is None else int(paid_percent[self._budget[budget]])

    def _fill_city(self, t: TermColumns, date: datetime.date, paid_percent: np.ndarray) -> None:
        """Write the schedules of a date; an open event stands instead of the ordinary period of a shop."""
        shops = t["schedule"].reshape(N_DISTRICTS, N_SECTORS, len(SALES_BANDS))
        for row, period in enumerate(_schedules_on(self.policy.city, date), start=1):
            paid = self._paid(period.budget, paid_percent)
            tiers = t["tier_low_krw"][row], t["tier_high_krw"][row], t["tier_bp"][row]
            _fill_tiers(period.tiers, paid, tiers)
            t["budget_city"][row] = self._budget[period.budget]
            t["at_once"][row] = period.form == "discount"
            t["most_per_payment_krw"][row] = period.most_per_payment_krw or NO_LIMIT_KRW
            t["base_bp"][row] = period.base_bp
            if paid or not period.event:
                shops[_covered(period)] = row

    def city_key(self, date: datetime.date, row: int) -> str:
        """Return the key of the period behind a row of a date's schedules, such as "city[1]"; "city" for row 0."""
        period = self.city_period(date, row)
        return next((f"city[{i}]" for i, p in enumerate(self.policy.city) if p is period), "city")

    def city_period(self, date: datetime.date, row: int) -> CityPeriod | None:
        """Return the period behind a row of a date's schedules, None for row 0."""
        return [None, *_schedules_on(self.policy.city, date)][row]

    def _fill_top_up(self, t: TermColumns, top_up: TopUp, paid_percent: int) -> None:
        d = DISTRICTS.index(top_up.district)
        tiers = t["topup_low_krw"][d], t["topup_high_krw"][d], t["topup_bp"][d]
        _fill_tiers(top_up.tiers, paid_percent, tiers)
        t["budget_topup"][d] = self._budget[top_up.budget]
        t["topup_own_card"][d] = top_up.card == "own"
        ages = [AGE_BANDS.index(age) for age in top_up.ages]
        homes = [i for i, name in enumerate(HOUSEHOLDS) if top_up.households in (None, name)]
        t["topup_for"][np.ix_([d], ages, homes)] = 1

    def _plus_in_force(self, date: datetime.date) -> list[Plus]:
        """Return the Plus terms of a date, the city's first: those of a district replace them there."""
        found = in_force(self.policy.plus, date)
        return sorted(found, key=lambda p: p.area != "incheon")

    def _fill_plus(self, t: TermColumns, date: datetime.date, paid_percent: np.ndarray) -> None:
        for plus in self._plus_in_force(date):
            where = _districts(plus.area)
            t["plus_open"][where] = 1
            t["budget_plus"][where] = -1 if plus.budget is None else self._budget[plus.budget]
            t["plus_own_card"][where] = plus.card == "own"
            t["plus_bp"][where] = _paid_bp(plus.top_up_percent, self._paid(plus.budget, paid_percent))
            t["plus_limit_krw"][where] = plus.up_to_krw or NO_LIMIT_KRW

    def _fill_fee_support(self, t: TermColumns, date: datetime.date, paid_percent: np.ndarray) -> None:
        for support in in_force(self.policy.fee_support, date):
            d = DISTRICTS.index(support.district)
            t["budget_fee"][d] = self._budget[support.budget]
            bp = _paid_bp(support.rate_percent, self._paid(support.budget, paid_percent))
            limit = support.ordinary_shops_up_to_krw
            t["fee_plus_bp"][d] = bp * support.plus_shops
            t["fee_ordinary_bp"][d] = bp if limit else 0
            t["fee_ordinary_band"][d] = SALES_BAND_HIGH_KRW.index(limit) + 1 if limit and bp else 0

    def plus_in_kind(self, date: datetime.date) -> tuple[frozenset[str], ...]:
        """Return of each district what governments give its Plus shops in kind: the city's help and the district's."""
        found: list[set[str]] = [set() for _ in range(N_DISTRICTS)]
        for plus in in_force(self.policy.plus, date):
            for district in found[_districts(plus.area)]:
                district.update(plus.in_kind)
        return tuple(frozenset(items) for items in found)

    def spending_starts_again(self, date: datetime.date) -> bool:
        """Return whether month-to-date spending (tiers, caps, limits) is counted from zero again on a date.

        By month on its first day, by half-year on 1 January and 1 July, by programme never. A programme that
        counts otherwise than what held the day before starts from zero. Without a programme months count.
        """
        if date.day != 1 and date not in self._edges:
            return False
        counts = self._spending_counts(date)
        if counts != self._spending_counts(date - _DAY):
            return True
        return date.day == 1 and (counts == "month" or (counts == "half_year" and date.month in (1, 7)))

    def _spending_counts(self, date: datetime.date) -> str:
        return next((p.spending_counts for p in in_force(self.policy.city, date)), "month")

    def grants_starting(self, date: datetime.date) -> list[Grant]:
        """Return the grants loaded on the card on the morning of a date."""
        return [grant for grant in self.policy.grant if grant.start == date]

    def grants_ending(self, date: datetime.date) -> list[Grant]:
        """Return the grants whose last day is a date: what is left of them lapses that evening."""
        return [grant for grant in self.policy.grant if grant.end == date]

    def announced_changes(self) -> list[tuple[datetime.date, datetime.date, int, int]]:
        """Return changes of the city's first rate that were announced ahead.

        Each is (day of the change, day it became known, basis points before, after). Only ordinary periods that
        cover every shop count: a rate in some shops or on some days moves no purchases of the whole city.
        """
        whole = [p for p in self.policy.city if p.covers_every_shop and not p.event]
        changes = []
        for before, after in pairwise(sorted(whole, key=lambda p: p.start)):
            rates = [round(p.tiers[0].rate_percent * 100) for p in (before, after)]
            known = after.announced or after.start
            if rates[0] != rates[1] and known < after.start:
                changes.append((after.start, known, rates[0], rates[1]))
        return changes


def _on(periods: tuple[CityPeriod, ...] | list[CityPeriod], date: datetime.date) -> list[CityPeriod]:
    """Return the periods that hold on a date and its day of the week."""
    return [p for p in in_force(periods, date) if WEEKDAYS[date.weekday()] in p.weekdays]


def _schedules_on(periods: tuple[CityPeriod, ...], date: datetime.date) -> list[CityPeriod]:
    """Return the periods behind the schedules of a date, from row 1 on: events last."""
    return sorted(_on(periods, date), key=lambda p: p.event)


def _fill_grant(t: TermColumns, grant: Grant) -> None:
    t["grant_open"][...] = 1
    t["grant_minimum_krw"][...] = grant.minimum_spend_krw
    t["grant_most_krw"][...] = grant.most_per_purchase_krw or NO_LIMIT_KRW
    t["grant_band"][...] = len(bands_between(0, grant.merchant_sales_to_krw))
