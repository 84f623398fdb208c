"""The governments and the platform operator: Mesa agents that promise rates and pay for them."""

import datetime

import mesa
import numpy as np

from eum.errors import InputError
from eum.ledger import Ledger
from eum.policy.budget import Budgets, split_krw
from eum.policy.model import LARGEST_BUDGET_KRW, Grant, Policy
from eum.policy.timetable import DayTerms, Timetable

GRANTS = "grants held"
"""Account of grant money on cards."""


class Government(mesa.Agent):
    """A payer in one world: the national, city or a district government, or the platform operator."""

    def __init__(self, model: mesa.Model, world: int, name: str) -> None:
        super().__init__(model)
        self.world = world
        self.name = name
        self.paid_krw: dict[str, int] = {}
        """Won paid since the start, by purpose."""

    @property
    def total_paid_krw(self) -> int:
        """Won paid since the start, all purposes."""
        return sum(self.paid_krw.values())

    def pay(self, ledger: Ledger, target: str, purpose: str, amount_krw: int) -> None:
        """Pay whole won to an account for a purpose."""
        ledger.post(self.name, target, amount_krw)
        self.paid_krw[purpose] = self.paid_krw.get(purpose, 0) + int(amount_krw)


class Treasury:
    """One world's policy at work: the timetable of rates, the budgets, the governments that fund them."""

    def __init__(self, policy: Policy, scale: float, payers: dict[str, Government]) -> None:
        self.policy = policy
        self.timetable = Timetable(policy)
        self.budgets = Budgets(policy, scale)
        self.payers = payers
        self.ledger = Ledger()
        self._paid_percent = np.zeros(len(policy.budget), dtype=np.int64)
        self._grants = np.zeros((2, len(policy.budget)), dtype=np.int64)

    def change_policy(self, policy: Policy) -> None:
        """Promise something else from now on, out of the same budgets. Raises InputError where these differ."""
        if policy.budget != self.policy.budget:
            raise InputError(f"{policy.name}: other budgets than {self.policy.name}; expected the same pots of money")
        self.policy = self.budgets.policy = policy
        self.timetable = Timetable(policy)

    def open_day(self, date: datetime.date) -> DayTerms:
        """Return the rates of the day, read from the calendar and the budgets left this morning."""
        self._paid_percent = self.budgets.open_at_start(date)
        self._grants[:] = 0
        return self.timetable.terms(date, self._paid_percent)

    @property
    def left_krw(self) -> np.ndarray:
        """int64[B]: left for the purchases of the day, after the grants of the morning."""
        return self.budgets.left_krw - self._grants[1]

    def pays_for(self, grant: Grant) -> tuple[int, int]:
        """Return what the budget of a grant pays of the promise this morning, percent, and the won left in it."""
        i = self.timetable.budget_names.index(grant.budget)
        return int(self._paid_percent[i]), int(self.left_krw[i])

    def load(self, date: datetime.date, grant: Grant, claims_and_given: tuple[np.ndarray, np.ndarray]) -> None:
        """Pay a grant onto cards; `claims_and_given` are won by person."""
        i = self.timetable.budget_names.index(grant.budget)
        claimed, given = (int(krw.sum()) for krw in claims_and_given)
        if claimed > LARGEST_BUDGET_KRW:
            raise InputError(f"{self.policy.name}: grant of {date}: {claimed:,} won; expected {LARGEST_BUDGET_KRW:,}")
        self._grants[:, i] += claimed, given
        for payer, share in self.budgets.split_krw(i, date, given).items() if given else ():
            self.payers[payer].pay(self.ledger, GRANTS, "grant", share)

    def lapse(self, grant: Grant, amount_krw: int) -> None:
        """Give what nobody spent of a grant back to its payers, in the proportions in which they paid."""
        i = self.timetable.budget_names.index(grant.budget)
        for payer, share in self.budgets.split_krw(i, grant.start, amount_krw).items() if amount_krw else ():
            self.payers[payer].pay(self.ledger, GRANTS, "grant", -share)

    def close_day(
        self, date: datetime.date, claims_krw: np.ndarray, paid_krw: np.ndarray, support_krw: np.ndarray
    ) -> None:
        """Settle the budgets with the day's claims and payments, int64[B] each, and let their funders pay.

        `support_krw` is the part of what was paid that went to shops as fee support; the rest is cashback.
        """
        self.budgets.charge(date, claims_krw + self._grants[0], paid_krw + self._grants[1])
        for i, (paid, support) in enumerate(zip(paid_krw.tolist(), support_krw.tolist(), strict=True)):
            funders = self.budgets.funders(i, date) if paid else {}
            parts = (("cashback held", "cashback", paid - support), ("shops", "fee_support", support))
            for target, purpose, amount in parts:
                for payer, share in split_krw(amount, funders).items():
                    self.payers[payer].pay(self.ledger, target, purpose, share)
