"""Two-sided postings in whole won, and the identities that every day of every run must meet."""

from collections.abc import Mapping
from typing import NamedTuple

Accounts = dict[str, int]
"""Won on each account; money that people, governments and the rest of the world put in is negative."""


class LedgerError(Exception):
    """An identity of the accounts does not hold: a fault of the program, never of an input."""


class Ledger:
    """The accounts of one world. Every posting takes from one account what it gives to another."""

    def __init__(self) -> None:
        self.accounts: Accounts = {}

    def post(self, source: str, target: str, amount_krw: int) -> None:
        """Move whole won from one account to another (a negative amount moves them back)."""
        if int(amount_krw) != amount_krw:
            raise LedgerError(f"{source} to {target}: {amount_krw} won is not whole")
        self.accounts[source] = self.accounts.get(source, 0) - int(amount_krw)
        self.accounts[target] = self.accounts.get(target, 0) + int(amount_krw)

    def balance(self, account: str) -> int:
        """Return the won on an account (0 when nothing was posted)."""
        return self.accounts.get(account, 0)


class Identity(NamedTuple):
    """Two amounts, counted independently of each other, that must be the same to the won."""

    name: str
    left_krw: int
    right_krw: int


def require_identities(identities: list[Identity], when: str) -> None:
    """Raise LedgerError naming the first identity that does not hold and by how much."""
    for identity in identities:
        if identity.left_krw != identity.right_krw:
            gap = identity.left_krw - identity.right_krw
            raise LedgerError(
                f"{when}: {identity.name}: {identity.left_krw:,} and {identity.right_krw:,} won differ by {gap:,}"
            )


def require_not_negative(amounts: Mapping[str, int], when: str) -> None:
    """Raise LedgerError naming the first amount below zero."""
    for name, amount in amounts.items():
        if amount < 0:
            raise LedgerError(f"{when}: {name} is {amount:,} won, below zero")
