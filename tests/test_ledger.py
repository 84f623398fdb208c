"""Postings have two sides; identities that do not hold are told by how much."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eum.ledger import Identity, Ledger, LedgerError, require_identities, require_not_negative

postings = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc"), st.integers(-(10**12), 10**12)))


@given(postings)
def test_all_accounts_sum_to_zero(rows: list[tuple[str, str, int]]) -> None:
    ledger = Ledger()
    for source, target, amount in rows:
        ledger.post(source, target, amount)
    assert sum(ledger.accounts.values()) == 0


def test_a_fraction_of_a_won_is_refused() -> None:
    with pytest.raises(LedgerError, match="not whole"):
        Ledger().post("a", "b", 0.5)  # type: ignore[arg-type]


def test_an_identity_off_by_one_won_is_reported() -> None:
    with pytest.raises(LedgerError, match=r"day 1: classes and payments: 100 and 101 won differ by -1"):
        require_identities([Identity("same", 5, 5), Identity("classes and payments", 100, 101)], "day 1")


def test_an_amount_below_zero_is_reported() -> None:
    with pytest.raises(LedgerError, match="balance is -1 won"):
        require_not_negative({"balance": -1}, "day 1")
