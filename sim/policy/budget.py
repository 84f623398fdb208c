"""Budgets that run out, to the won and on a day.

The rule, the same in whatever order payments are made: whether a budget is open is read at the start of the day.
If the day's claims T exceed what is left B, each claim is paid claim * B // T, and what rounding leaves stays in
the budget. A budget whose claims reach what is left is exhausted on that day and closed from the next, until a
supplement comes.
"""

import datetime

import numpy as np

from sim.policy.model import Policy


class OverspentError(Exception):
    """A payment beyond what a budget held: a fault of the program, never of an input."""


def split_krw(amount_krw: int, percent: dict[str, float]) -> dict[str, int]:
    """Split whole won by percentages so that the parts sum to the amount (largest remainder).

    >>> split_krw(101, {"national": 31.0, "city": 69.0})
    {'national': 31, 'city': 70}
    """
    exact = {payer: amount_krw * share / 100 for payer, share in percent.items()}
    parts = {payer: int(value // 1) for payer, value in exact.items()}
    by_remainder = sorted(exact, key=lambda payer: parts[payer] - exact[payer])
    for payer in by_remainder[: amount_krw - sum(parts.values())]:
        parts[payer] += 1
    return parts


class Budgets:
    """The budgets of one world. Amounts are int64 won of the sample: the promised won times the scale."""

    def __init__(self, policy: Policy, scale: float = 1.0) -> None:
        self.policy = policy
        self.scale = scale
        n = len(policy.budget)
        self.amount_krw = np.array([self._scaled(b.amount_krw) for b in policy.budget], dtype=np.int64)
        self.left_krw = self.amount_krw.copy()
        self._exhausted_on: list[datetime.date | None] = [None] * n
        self._closed = np.zeros(n, dtype=bool)
        self._path: list[tuple[str, str, int]] = []

    def _scaled(self, amount_krw: int) -> int:
        return int(amount_krw * self.scale) if self.scale != 1.0 else amount_krw

    def open_at_start(self, date: datetime.date) -> np.ndarray:
        """Add the day's supplements and return bool[B]: which budgets are open today."""
        for i, budget in enumerate(self.policy.budget):
            for supplement in (s for s in budget.supplements if s.date == date):
                extra = self._scaled(supplement.amount_krw)
                self.amount_krw[i] += extra
                self.left_krw[i] += extra
                self._closed[i] = False
        return (self.left_krw > 0) & ~self._closed

    def charge(self, date: datetime.date, claims_krw: np.ndarray, paid_krw: np.ndarray) -> None:
        """Take the day's payments, int64[B], out of the budgets, and close those that the claims reached.

        Raises OverspentError when a payment exceeds what is left or is negative.
        """
        for i, budget in enumerate(self.policy.budget):
            if not 0 <= paid_krw[i] <= self.left_krw[i]:
                raise OverspentError(
                    f"{date}: budget {budget.id}: paid {paid_krw[i]:,} of {self.left_krw[i]:,} won left"
                )
        reached = (claims_krw >= self.left_krw) & ~self._closed & (claims_krw > 0)
        self.left_krw -= paid_krw
        self._closed |= reached
        self._exhausted_on = [
            on or (date if now else None) for on, now in zip(self._exhausted_on, reached, strict=True)
        ]
        self._path += [(b.id, date.isoformat(), int(self.left_krw[i])) for i, b in enumerate(self.policy.budget)]

    def funders(self, i: int, date: datetime.date) -> dict[str, float]:
        """Return who funds budget `i` on a date, in percent: a district alone, or nation and city."""
        budget = self.policy.budget[i]
        if budget.payer != "city":
            return {budget.payer: 100.0}
        for period in self.policy.city:
            if period.budget == budget.id and period.in_force(date):
                return {"national": period.national_percent, "city": period.city_percent}
        return {"city": 100.0}

    def split_krw(self, i: int, date: datetime.date, amount_krw: int) -> dict[str, int]:
        """Split won paid from budget `i` among those who fund it on a date."""
        return split_krw(amount_krw, self.funders(i, date))

    def summary(self) -> list[dict[str, object]]:
        """Return budget, payer, purpose, amount_krw, spent_krw and exhausted_on (ISO date or "") of each budget."""
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
