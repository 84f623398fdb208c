"""Budgets that run out, to the won and on a day.

The rule, the same in whatever order payments are made: whether a budget is open is read at the start of the
day. If the day's claims T exceed what is left B, each claim is paid claim * B // T, and what rounding leaves
stays in the budget. A budget whose claims reach what is left is exhausted on that day and closed from the
next, until a supplement or an allotment comes, even if rounding left a few won in it. Budgets with steps pay
less of the promised rates from the day after a part of them is gone.
"""

import datetime
from fractions import Fraction
from typing import Literal, NamedTuple

import numpy as np

from eum.policy.arithmetic import BASIS
from eum.policy.model import Budget, Policy, in_force

_DAY = datetime.timedelta(days=1)


class OverspentError(Exception):
    """A payment beyond what a budget held: a fault of the program, never of an input."""


def split_krw(amount_krw: int, percent: dict[str, float]) -> dict[str, int]:
    """Split whole won by percentages of at most two decimals, to parts that sum to the amount.

    Each part is rounded down, and what is missing goes to the parts with the largest remainders (among equals
    to the first).

    >>> split_krw(101, {"national": 31.0, "city": 69.0})
    {'national': 31, 'city': 70}
    """
    if not amount_krw:
        return dict.fromkeys(percent, 0)
    won_bp = {payer: amount_krw * round(share * 100) for payer, share in percent.items()}
    parts = {payer: value // BASIS for payer, value in won_bp.items()}
    by_remainder = sorted(won_bp, key=lambda payer: -(won_bp[payer] % BASIS))
    for payer in by_remainder[: amount_krw - sum(parts.values())]:
        parts[payer] += 1
    return parts


class _Income(NamedTuple):
    """Money that comes into a budget on a date; sorted, an allotment comes before a supplement of the same day."""

    date: datetime.date
    kind: Literal["allotment", "supplement"]
    amount_krw: int


def _allotment_days(budget: Budget, first: datetime.date, last: datetime.date) -> list[datetime.date]:
    """Return the days from `first` to `last` on which monthly money comes: its first day, then every first."""
    if budget.monthly_krw is None:
        return []
    start = max(first, budget.monthly_from or first)
    end = min(last, budget.monthly_to or last)
    days = (start + i * _DAY for i in range((end - start).days + 1))
    return [day for day in days if day.day == 1 or day == budget.monthly_from]


class Budgets:
    """The budgets of one world. Amounts are int64 won of the sample: the promised won times the scale."""

    def __init__(self, policy: Policy, scale: float = 1.0) -> None:
        self.policy = policy
        self.scale = scale
        self._exact_scale = Fraction(str(scale))
        n = len(policy.budget)
        self.amount_krw = np.array([self._scaled(b.amount_krw) for b in policy.budget], dtype=np.int64)
        """Won so far, with supplements and allotments, less what lapsed at the end of a month."""
        self.left_krw = self.amount_krw.copy()
        self._with_steps = [i for i, budget in enumerate(policy.budget) if budget.steps]
        self._exhausted_on: list[datetime.date | None] = [None] * n
        self._closed = np.zeros(n, dtype=bool)
        self._opened_to: datetime.date | None = None
        self._path: list[tuple[str, str, int]] = []

    def _scaled(self, amount_krw: int) -> int:
        return int(amount_krw * self._exact_scale)

    def open_at_start(self, date: datetime.date) -> np.ndarray:
        """Add the money due by now and return int64[B]: what each budget pays today of the promised rates, percent.

        0 for a closed budget, 100 without steps. Money is added once, however often the day is opened; a
        supplement dated before the first day of a run is there from that first day, and so is the allotment of
        the month in course.
        """
        if self._opened_to is None or self._opened_to < date:
            for i, budget in enumerate(self.policy.budget):
                if budget.monthly_krw is None and not budget.supplements:
                    continue
                for income in sorted(self._income(budget, date)):
                    self._add(i, income, lapses=income.kind == "allotment" and not budget.carry_over)
            self._opened_to = date
        is_open = (self.left_krw > 0) & ~self._closed
        paid = np.where(is_open, 100, 0).astype(np.int64)
        for i in self._with_steps:
            if is_open[i]:
                paid[i] = self._paid_percent(i)
        return paid

    def _income(self, budget: Budget, date: datetime.date) -> list[_Income]:
        """Return the money that is due since the day opened last, or since ever on the first day of a run."""
        first_day = self._opened_to is None
        since = datetime.date.min if self._opened_to is None else self._opened_to + _DAY
        days = _allotment_days(budget, date if first_day else since, date)
        begun = budget.monthly_from or date
        if first_day and budget.monthly_krw and not days and begun <= date <= (budget.monthly_to or date):
            days = [date]
        come = [_Income(day, "allotment", self._scaled(budget.monthly_krw or 0)) for day in days]
        added = (s for s in budget.supplements if since <= s.date <= date)
        return come + [_Income(s.date, "supplement", self._scaled(s.amount_krw)) for s in added]

    def _add(self, i: int, income: _Income, lapses: bool) -> None:
        if lapses and self._opened_to is not None:
            self.amount_krw[i] -= self.left_krw[i]
            self.left_krw[i] = 0
        self.amount_krw[i] += income.amount_krw
        self.left_krw[i] += income.amount_krw
        self._closed[i] = False

    def _paid_percent(self, i: int) -> int:
        """Return what an open budget pays of the promised rates: that of the last step behind it."""
        amount, spent = int(self.amount_krw[i]), int(self.amount_krw[i] - self.left_krw[i])
        behind = [s for s in self.policy.budget[i].steps if spent * BASIS > round(s.gone_percent * 100) * amount]
        return behind[-1].paid_percent if behind else 100

    def charge(self, date: datetime.date, claims_krw: np.ndarray, paid_krw: np.ndarray) -> None:
        """Take the day's payments, int64[B], out of the budgets, and close those that the claims reached.

        Raises OverspentError when a payment exceeds what is left or is negative.
        """
        left = self.left_krw.tolist()
        for i, (budget, claimed, paid) in enumerate(
            zip(self.policy.budget, claims_krw.tolist(), paid_krw.tolist(), strict=True)
        ):
            if not 0 <= paid <= left[i]:
                raise OverspentError(f"{date}: budget {budget.id}: paid {paid:,} of {left[i]:,} won left")
            if claimed >= left[i] and claimed > 0 and not self._closed[i]:
                self._closed[i], self._exhausted_on[i] = True, self._exhausted_on[i] or date
        self.left_krw -= paid_krw
        day = date.isoformat()
        self._path += [(b.id, day, krw) for b, krw in zip(self.policy.budget, self.left_krw.tolist(), strict=True)]

    def funders(self, i: int, date: datetime.date) -> dict[str, float]:
        """Return who funds budget `i` on a date, in percent: its payer, and the nation where a period says so."""
        budget = self.policy.budget[i]
        for period in in_force(self.policy.city, date):
            if period.budget == budget.id and budget.payer != "national":
                return {"national": period.national_percent, budget.payer: period.city_percent}
        return {budget.payer: 100.0}

    def split_krw(self, i: int, date: datetime.date, amount_krw: int) -> dict[str, int]:
        """Split won paid from budget `i` among those who fund it on a date."""
        return split_krw(amount_krw, self.funders(i, date))

    def summary(self) -> list[dict[str, object]]:
        """Return of each budget: budget, payer, purpose, amount_krw, spent_krw, exhausted_on (ISO or "")."""
        return [
            {
                "budget": budget.id,
                "payer": budget.payer,
                "purpose": budget.purpose,
                "amount_krw": int(self.amount_krw[i]),
                "spent_krw": int(self.amount_krw[i] - self.left_krw[i]),
                "exhausted_on": (self._exhausted_on[i] or "") and str(self._exhausted_on[i]),
            }
            for i, budget in enumerate(self.policy.budget)
        ]

    def path(self) -> list[tuple[str, str, int]]:
        """Return (budget, ISO date, won left at the end of the day) for every day so far."""
        return self._path
