"""What rules today, for all worlds: stacked from the terms of each world's policy."""

import datetime
from typing import NamedTuple

import numpy as np

from eum import rng
from eum.behavior.consumption import shifted_share
from eum.behavior.parameters import Parameters
from eum.behavior.seasonality import day_factor
from eum.city.build import City
from eum.city.spending import count_cuts, sector_values
from eum.dimensions import N_ORIGINS
from eum.engine.felt_rates import FeltRates, launch_effects
from eum.engine.lookup_tables import HomeRates, card_cuts, highest_tier, most_extra_bp, potential_of
from eum.engine.schedules import are_unchanged, drop_unused_schedules, where_schedules_hold
from eum.engine.state import DayInputs
from eum.errors import InputError
from eum.finite import require_finite
from eum.policy.timetable import DayTerms, Timetable


class TimeShift(NamedTuple):
    """Days across which storable purchases of one world move because of one announced change."""

    change: datetime.date
    days: int
    rises: bool
    gap_percent: float

    def mirror(self, date: datetime.date) -> datetime.date | None:
        """Return the day on the other side of the change, or None outside the window."""
        ahead = (self.change - date).days
        if not -self.days < ahead <= self.days:
            return None
        return date + datetime.timedelta(days=2 * ahead - 1)


def time_shifts(timetable: Timetable, horizon_days: int, start: datetime.date, end: datetime.date) -> list[TimeShift]:
    """Return the windows of a timetable's announced changes, kept inside the run on both sides."""
    windows = []
    for change, known, before_bp, after_bp in timetable.announced_changes():
        room = min(horizon_days, (change - max(known, start)).days, (end - change).days + 1)
        if room > 0 and before_bp != after_bp:
            windows.append(TimeShift(change, room, after_bp > before_bp, abs(after_bp - before_bp) / 100))
    return windows


class Calendar:
    """Builds `DayInputs` for each date of a run; holds what depends on the date alone."""

    def __init__(self, city: City, parameters: Parameters, shifts: list[list[TimeShift]]) -> None:
        self.city = city
        self.parameters = parameters
        self.shifts = shifts
        weekday = city.package.assumptions("weekday_factor")
        month = city.package.assumptions("month_factor")
        self._weekday = dict(zip(weekday["item"].astype(int), weekday["value"].astype(float), strict=True))
        self._month = dict(zip(month["item"].astype(int), month["value"].astype(float), strict=True))
        shock = city.package.assumptions("shock_index")
        self._shock = dict(zip(shock["item"].astype(str), shock["value"].astype(float), strict=True))
        self._storable = sector_values(city.package, "storable_share")
        self._cuts: dict[tuple[float, float], np.ndarray] = {}
        self._terms: list[DayTerms] = []
        self._sales: dict[str, np.ndarray] = {}
        self._columns: dict[str, np.ndarray] = {}
        self._felt = FeltRates(city, parameters)
        self._felt_terms: list[DayTerms] = []
        self._felt_percent = np.empty((0, N_ORIGINS))
        self._potential = np.empty((0, N_ORIGINS))

    def behave(self, parameters: Parameters) -> None:
        """Read who joins, stops and returns by other parameters from now on; what else they say must be the same."""
        if parameters != self.parameters:
            self.parameters, self._terms = parameters, []

    def factor(self, date: datetime.date) -> float:
        """Return purchases on a date relative to an average day."""
        p = self.parameters
        shock = self._shock.get(date.isoformat()[:7], 1.0)
        return day_factor(
            self._weekday[date.weekday()], self._month[date.month], p.season_strength, shock, p.shock_strength
        )

    def counts(self, date: datetime.date, mirror: datetime.date) -> np.ndarray:
        """Return uint64[2, 30, 16]: the cuts of the number of purchases on a date and on its mirror day."""
        factors = self.factor(date), self.factor(mirror)
        if factors not in self._cuts:
            self._cuts[factors] = np.stack([count_cuts(self.city.levels.purchases_per_day, f) for f in factors])
        return self._cuts[factors]

    def starting(self, date: datetime.date) -> list[int]:
        """Return the worlds in which people begin today to move storable purchases across an announced change."""
        return [
            world
            for world, windows in enumerate(self.shifts)
            if any(w.mirror(date) is not None and (w.change - date).days == w.days for w in windows)
        ]

    def mirror(self, date: datetime.date) -> datetime.date | None:
        """Return the mirror day of a date: its purchases move to that day, or come from there, as an announced change
        lies between the two; None where none is near.

        Raises InputError where changes on different days overlap.
        """
        mirrors = {window.mirror(date) for windows in self.shifts for window in windows} - {None}
        if len(mirrors) > 1:
            raise InputError(
                f"{date}: announced changes on different days overlap; expected one change at a time across policies"
            )
        return next(iter(mirrors), None)

    def _windows(self, date: datetime.date) -> tuple[datetime.date | None, dict[str, np.ndarray]]:
        n, mirror = len(self.shifts), self.mirror(date)
        flags = {name: np.zeros(n, np.uint8) for name in ("shift_from", "shift_to")}
        cuts = np.zeros((n, len(self._storable)), np.uint64)
        for world, windows in enumerate(self.shifts):
            for window in windows:
                if window.mirror(date) is None:
                    continue
                leaves = window.rises == (date < window.change)
                flags["shift_from" if leaves else "shift_to"][world] = 1
                moved = shifted_share(self.parameters.time_shift_response, window.gap_percent)
                cuts[world] = [rng.cut(s * moved) for s in self._storable]
        return mirror, {**flags, "shift_cut": cuts}

    def felt_percent(self, terms: list[DayTerms]) -> np.ndarray:
        """Return float64[W, 12]: the rate that people of each home expect of the card under the terms of each world."""
        if not are_unchanged(terms, self._felt_terms):
            self._felt_terms = terms
            self._felt_percent = np.stack([self._felt.percent(t) for t in terms])
        return self._felt_percent

    def _read(self, terms: list[DayTerms], sales: dict[str, np.ndarray]) -> None:
        """Stack the terms of all worlds, unless they and the shops they meet are those of the day before."""
        if are_unchanged(terms, self._terms) and sales is self._sales:
            return
        self._terms, self._sales = terms, sales
        self._potential = np.stack([potential_of(self.parameters, felt) for felt in self.felt_percent(terms)])
        require_finite("who would hold the card", {"potential": self._potential})
        stacked = {name: np.stack([np.asarray(getattr(t, name)) for t in terms]) for name in DayTerms._fields}
        drop_unused_schedules(stacked)
        for layer in ("tier", "topup"):
            _drop_unused_tiers(stacked, layer)
        grant = [stacked.pop(f"grant_{name}") for name in ("open", "minimum_krw", "most_krw", "band")]
        any_card = (stacked["topup_own_card"] == 0) & (stacked["topup_bp"] > 0).any(axis=2)
        stacked |= {
            "grant": np.stack(grant, axis=1).astype(np.int64),
            "any_card_topup": any_card.any(axis=1).astype(np.uint8),
            **highest_tier(stacked["tier_bp"], stacked["tier_high_krw"]),
            **where_schedules_hold(stacked["schedule"], stacked["tier_bp"].shape[1], sales),
        }
        most = {"most_extra_bp": [most_extra_bp(t) for t in terms], "most_topup_bp": [t.topup_bp.max() for t in terms]}
        self._columns = stacked | {name: np.array(column, dtype=np.int64) for name, column in most.items()}

    def today(
        self,
        date: datetime.date,
        terms: list[DayTerms],
        holders_share: np.ndarray,
        sales: dict[str, np.ndarray],
        rest: dict[str, np.ndarray],
    ) -> DayInputs:
        """Build `DayInputs` from the terms of each world, members per resident (float64[W, 12]), sales of shops
        (see `where_schedules_hold`) and the columns that the model keeps itself (`rest`: Plus tables, second round,
        budgets, pairs)."""
        mirror, windows = self._windows(date)
        number = [date.toordinal(), mirror.toordinal() if mirror else 0, date.day]
        self._read(terms, sales)
        attention = np.stack([launch_effects(t, date.toordinal(), self.parameters) for t in terms])
        rates = HomeRates(self.felt_percent(terms), holders_share, self._potential, attention)
        return DayInputs(
            number=np.array(number, dtype=np.int64),
            count_cuts=self.counts(date, mirror or date),
            felt_percent=rates.felt_percent,
            potential=self._potential,
            **card_cuts(self.parameters, rates),
            **self._columns,
            **windows,
            **rest,
        )


def _drop_unused_tiers(stacked: dict[str, np.ndarray], layer: str) -> None:
    """Leave out tiers, on the last axis, that pay nothing in any world: the day goes through all tiers there are."""
    rates = stacked[f"{layer}_bp"]
    n = max(np.flatnonzero(rates.reshape(-1, rates.shape[-1]).any(axis=0)), default=0) + 1
    for name in (f"{layer}_low_krw", f"{layer}_high_krw", f"{layer}_bp"):
        stacked[name] = np.ascontiguousarray(stacked[name][..., :n])
