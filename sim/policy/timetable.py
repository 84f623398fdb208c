"""The rates in force on a date, as arrays that the day reads."""

import datetime
from bisect import bisect
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from sim.policy.model import MOST_CITY_TIERS, MOST_TOP_UP_TIERS, Dated, Plus, Policy, Tier, in_force
from sim.vocabulary import DISTRICTS, N_DISTRICTS, SALES_BAND_HIGH_KRW

NO_LIMIT_KRW = 2**62
"""Upper end of a tier without one."""


class DayTerms(NamedTuple):
    """What a policy promises on one day, rates in basis points; layers of an empty budget promise nothing."""

    tier_low_krw: np.ndarray
    """int64[8]: city tiers; unused ones are all zero."""
    tier_high_krw: np.ndarray
    tier_bp: np.ndarray
    topup_low_krw: np.ndarray
    """int64[10, 4]: top-up of a district for its own card used in its own shops."""
    topup_high_krw: np.ndarray
    topup_bp: np.ndarray
    plus_bp: np.ndarray
    """int64[10]: top-up at the Plus shops of a district."""
    plus_own_card: np.ndarray
    """uint8[10]: 1 where only the district's own card earns it."""
    plus_open: np.ndarray
    """uint8[10]: 1 where Plus shops give their discount."""
    fee_plus_bp: np.ndarray
    """int64[10]: fee support of Plus shops, of payments."""
    fee_ordinary_bp: np.ndarray
    """int64[10]: the same for ordinary shops of a sales band below `fee_ordinary_band`."""
    fee_ordinary_band: np.ndarray
    budget_city: np.ndarray
    """int64: index of the budget that pays the city's cashback, -1 for none."""
    budget_topup: np.ndarray
    """int64[10]: likewise by district."""
    budget_plus: np.ndarray
    budget_fee: np.ndarray
    card_launched: np.ndarray
    """uint8[10]: 1 where the district has a card of its own by now."""
    launch_day: np.ndarray
    """int64[10]: the number of the day on which it was launched."""


def _nothing() -> dict[str, np.ndarray]:
    def zeros(*shape: int) -> np.ndarray:
        return np.zeros(shape, dtype=np.int64)

    flags = ("plus_own_card", "plus_open", "card_launched")
    terms = {name: zeros(N_DISTRICTS) for name in DayTerms._fields}
    terms |= {name: np.zeros(N_DISTRICTS, dtype=np.uint8) for name in flags}
    terms |= {name: zeros(MOST_CITY_TIERS) for name in ("tier_low_krw", "tier_high_krw", "tier_bp")}
    shape = (N_DISTRICTS, MOST_TOP_UP_TIERS)
    terms |= {name: zeros(*shape) for name in ("topup_low_krw", "topup_high_krw", "topup_bp")}
    terms |= {name: zeros(N_DISTRICTS) - 1 for name in ("budget_topup", "budget_plus", "budget_fee")}
    terms["budget_city"] = np.array(-1, dtype=np.int64)
    return terms


def _fill_tiers(tiers: tuple[Tier, ...], low: np.ndarray, high: np.ndarray, bp: np.ndarray) -> None:
    for k, tier in enumerate(tiers):
        low[k], high[k] = tier.from_krw, tier.to_krw or NO_LIMIT_KRW
        bp[k] = round(tier.rate_percent * 100)


def _districts(area: str) -> slice:
    """Return the rows of an area: all ten of "incheon", one of a district."""
    first = 0 if area == "incheon" else DISTRICTS.index(area)
    return slice(N_DISTRICTS) if area == "incheon" else slice(first, first + 1)


class Timetable:
    """A policy, read by date."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._budget = {budget.id: i for i, budget in enumerate(policy.budget)}
        self._changes = self.changes(datetime.date.min, datetime.date.max)
        self._terms: dict[tuple[int, bytes], DayTerms] = {}
        """Terms made so far, by how many changes came before and by open budgets: few of a year's days differ."""

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
        policy = self.policy
        days = {card.launch for card in policy.district_card}
        promises: list[Dated] = [*policy.city, *policy.top_up, *policy.plus, *policy.fee_support]
        for part in promises:
            days.add(part.start)
            if part.end is not None and part.end < datetime.date.max:
                days.add(part.end + datetime.timedelta(days=1))
        return sorted(day for day in days if start <= day <= end)

    def _open(self, budget: str | None, open_budgets: np.ndarray) -> bool:
        return budget is None or bool(open_budgets[self._budget[budget]])

    def terms(self, date: datetime.date, open_budgets: np.ndarray) -> DayTerms:
        """Return the terms of a date. `open_budgets` is bool[B], read at the start of the day.

        Days with the same terms get the same object, so that whoever reads them can tell by `is`; it is not to be
        written to.
        """
        key = (bisect(self._changes, date), open_budgets.tobytes())
        if key not in self._terms:
            self._terms[key] = self._terms_of(date, open_budgets)
        return self._terms[key]

    def _terms_of(self, date: datetime.date, open_budgets: np.ndarray) -> DayTerms:
        t = _nothing()
        for period in in_force(self.policy.city, date):
            t["budget_city"] = np.array(self._budget[period.budget], dtype=np.int64)
            if self._open(period.budget, open_budgets):
                _fill_tiers(period.tiers, t["tier_low_krw"], t["tier_high_krw"], t["tier_bp"])
        for top_up in in_force(self.policy.top_up, date):
            d = DISTRICTS.index(top_up.district)
            t["budget_topup"][d] = self._budget[top_up.budget]
            if self._open(top_up.budget, open_budgets):
                _fill_tiers(top_up.tiers, t["topup_low_krw"][d], t["topup_high_krw"][d], t["topup_bp"][d])
        self._fill_plus(t, date, open_budgets)
        self._fill_fee_support(t, date, open_budgets)
        for card in (c for c in self.policy.district_card if c.launch <= date):
            d = DISTRICTS.index(card.district)
            t["card_launched"][d], t["launch_day"][d] = 1, card.launch.toordinal()
        return DayTerms(**t)

    def _plus_in_force(self, date: datetime.date) -> list[Plus]:
        """Return the Plus terms of a date, the city's first: those of a district replace them there."""
        found = in_force(self.policy.plus, date)
        return sorted(found, key=lambda p: p.area != "incheon")

    def _fill_plus(self, t: dict[str, np.ndarray], date: datetime.date, open_budgets: np.ndarray) -> None:
        for plus in self._plus_in_force(date):
            where = _districts(plus.area)
            paid = plus.budget is not None and self._open(plus.budget, open_budgets)
            t["plus_open"][where] = 1
            t["budget_plus"][where] = -1 if plus.budget is None else self._budget[plus.budget]
            t["plus_own_card"][where] = plus.card == "own"
            t["plus_bp"][where] = round(plus.top_up_percent * 100) if paid else 0

    def _fill_fee_support(self, t: dict[str, np.ndarray], date: datetime.date, open_budgets: np.ndarray) -> None:
        for support in in_force(self.policy.fee_support, date):
            d = DISTRICTS.index(support.district)
            t["budget_fee"][d] = self._budget[support.budget]
            if not self._open(support.budget, open_budgets):
                continue
            bp = round(support.rate_percent * 100)
            t["fee_plus_bp"][d] = bp * support.plus_shops
            limit = support.ordinary_shops_up_to_krw
            t["fee_ordinary_bp"][d] = bp if limit else 0
            t["fee_ordinary_band"][d] = SALES_BAND_HIGH_KRW.index(limit) + 1 if limit else 0

    def plus_in_kind(self, date: datetime.date) -> tuple[frozenset[str], ...]:
        """Return of each district what governments give its Plus shops in kind: the city's help and the district's."""
        found: list[set[str]] = [set() for _ in range(N_DISTRICTS)]
        for plus in in_force(self.policy.plus, date):
            for district in found[_districts(plus.area)]:
                district.update(plus.in_kind)
        return tuple(frozenset(items) for items in found)

    def announced_changes(self) -> list[tuple[datetime.date, datetime.date, int, int]]:
        """Return changes of the city's first rate that were announced ahead.

        Each is (day of the change, day it became known, basis points before, after).
        """
        periods = sorted(self.policy.city, key=lambda p: p.start)
        changes = []
        for before, after in pairwise(periods):
            rates = [round(p.tiers[0].rate_percent * 100) for p in (before, after)]
            known = after.announced or after.start
            if rates[0] != rates[1] and known < after.start:
                changes.append((after.start, known, rates[0], rates[1]))
        return changes
