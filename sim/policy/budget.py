"""Budgets that run out, to the won and on a day.

The rule, the same in whatever order payments are made: whether a budget is open is read at the start of the
day. If the day's claims T exceed what is left B, each claim is paid claim * B // T, and what rounding leaves
stays in the budget. A budget whose claims reach what is left is exhausted on that day and closed from the
next, until a supplement comes, even if rounding left a few won in it.
"""

import datetime
from fractions import Fraction

import numpy as np

from sim.policy.arithmetic import BASIS
from sim.policy.model import Policy, in_force


class OverspentError(Exception):
    """A payment beyond what a budget held: a fault of the program, never of an input."""


def split_krw(amount_krw: int, percent: dict[str, float]) -> dict[str, int]:
    """Split whole won by percentages of at most two decimals, to parts that sum to the amount.

    Each part is rounded down, and what is missing goes to the parts with the largest remainders (among equals
    to the first).

    >>> split_krw(101, {"national": 31.0, "city": 69.0})
    {'national': 31, 'city': 70}
    """
    won_bp = {payer: amount_krw * round(share * 100) for payer, share in percent.items()}
    parts = {payer: value // BASIS for payer, value in won_bp.items()}
    by_remainder = sorted(won_bp, key=lambda payer: -(won_bp[payer] % BASIS))
    for payer in by_remainder[: amount_krw - sum(parts.values())]:
        parts[payer] += 1
    return parts


class Budgets:
    """The budgets of one world. Amounts are int64 won of the sample: the promised won times the scale."""

    def __init__(self, policy: Policy, scale: float = 1.0) -> None:
        self.policy = policy
        self.scale = scale
        self._exact_scale = Fraction(str(scale))
        n = len(policy.budget)
        self.amount_krw = np.array([self._scaled(b.amount_krw) for b in policy.budget], dtype=np.int64)
        self.left_krw = self.amount_krw.copy()
        self._exhausted_on: list[datetime.date | None] = [None] * n
        self._closed = np.zeros(n, dtype=bool)
        self._supplemented_to = datetime.date.min
        self._path: list[tuple[str, str, int]] = []

    def _scaled(self, amount_krw: int) -> int:
        return int(amount_krw * self._exact_scale)

    def open_at_start(self, date: datetime.date) -> np.ndarray:
        """Add the supplements due by now and return bool[B]: which budgets are open today.

        A supplement is added once, however often the day is opened; one dated before the first day of a run
        is there from that first day.
        """
        for i, budget in enumerate(self.policy.budget):
            for supplement in (s for s in budget.supplements if self._supplemented_to < s.date <= date):
                extra = self._scaled(supplement.amount_krw)
                self.amount_krw[i] += extra
                self.left_krw[i] += extra
                self._closed[i] = False
        self._supplemented_to = max(self._supplemented_to, date)
        return (self.left_krw > 0) & ~self._closed

    def charge(self, date: datetime.date, claims_krw: np.ndarray, paid_krw: np.ndarray) -> None:
        """Take the day's payments, int64[B], out of the budgets, and close those that the claims reached.

        Raises OverspentError when a payment exceeds what is left or is negative.
        """
        for i, budget in enumerate(self.policy.budget):
            if not 0 <= paid_krw[i] <= self.left_krw[i]:
                left = self.left_krw[i]
                raise OverspentError(f"{date}: budget {budget.id}: paid {paid_krw[i]:,} of {left:,} won left")
        reached = (claims_krw >= self.left_krw) & ~self._closed & (claims_krw > 0)
        self.left_krw -= paid_krw
        self._closed |= reached
        for i, exhausted in enumerate(reached):
            if exhausted:
                self._exhausted_on[i] = self._exhausted_on[i] or date
        day = date.isoformat()
        self._path += [(b.id, day, int(self.left_krw[i])) for i, b in enumerate(self.policy.budget)]

    def funders(self, i: int, date: datetime.date) -> dict[str, float]:
        """Return who funds budget `i` on a date, in percent: a district alone, or nation and city."""
        budget = self.policy.budget[i]
        if budget.payer != "city":
            return {budget.payer: 100.0}
        for period in in_force(self.policy.city, date):
            if period.budget == budget.id:
                return {"national": period.national_percent, "city": period.city_percent}
        return {"city": 100.0}

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
