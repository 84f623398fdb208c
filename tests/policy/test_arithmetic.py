"""Cashback to the won: cases a clerk could check, and what holds for every schedule."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eum.policy.arithmetic import cashback_krw, flat_krw, marginal_rate_bp, pro_rata_krw
from eum.policy.timetable import NO_LIMIT_KRW

CASES = list(csv.DictReader((Path(__file__).parent / "cases.csv").read_text(encoding="utf-8").splitlines()))
LARGEST_CLAIM_KRW, LARGEST_BUDGET_KRW = 10**10, 10**13
HIGHEST_BP = 10_000

Schedule = tuple[np.ndarray, np.ndarray, np.ndarray]


def schedule(bounds: list[int], rates: list[int]) -> Schedule:
    """Return the columns of tiers between bounds."""
    return (
        np.array(bounds[:-1], dtype=np.int64),
        np.array(bounds[1:], dtype=np.int64),
        np.array(rates, dtype=np.int64),
    )


def schedule_of(text: str) -> Schedule:
    """Return the columns of tiers written low-high:rate;..."""
    ends, rates = zip(*(tier.split(":") for tier in text.split(";")), strict=True)
    bounds = [end.split("-") for end in ends]
    return (
        np.array([int(low) for low, _ in bounds]),
        np.array([int(high) if high else NO_LIMIT_KRW for _, high in bounds]),
        np.array([int(rate) for rate in rates]),
    )


def answer(case: dict[str, str]) -> int:
    """Return what the rule of a worked case says."""
    amount = int(case["amount_krw"])
    if case["rule"] == "cashback":
        return cashback_krw(amount, int(case["month_to_date_krw"]), *schedule_of(case["tiers"]))
    if case["rule"] == "flat":
        return flat_krw(amount, int(case["rate_bp"]))
    return pro_rata_krw(amount, int(case["left_krw"]), int(case["total_krw"]))


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Tiers that follow each other from zero, the last one perhaps without an end."""
    steps = draw(st.lists(st.integers(1, 2_000_000), min_size=1, max_size=8))
    bounds = [0, *np.cumsum(steps).tolist()]
    if draw(st.booleans()):
        bounds[-1] = NO_LIMIT_KRW
    rates = draw(st.lists(st.integers(0, HIGHEST_BP), min_size=len(steps), max_size=len(steps)))
    return schedule(bounds, rates)


payments = st.integers(0, 100_000_000)
spent = st.integers(0, 10_000_000)


@pytest.mark.parametrize("case", CASES, ids=[f"{c['rule']}: {c['situation']}" for c in CASES])
def test_rule_agrees_with_the_worked_case(case: dict[str, str]) -> None:
    assert answer(case) == int(case["expected_krw"])


@given(payments, spent, schedules())
def test_cashback_equals_the_sum_written_with_unbounded_integers(amount: int, before: int, tiers: Schedule) -> None:
    rows = zip(*(column.tolist() for column in tiers), strict=True)
    parts = (max(0, min(before + amount, high) - max(before, low)) * bp for low, high, bp in rows)
    assert cashback_krw(amount, before, *tiers) == sum(parts) // 10_000


@given(payments, spent, schedules())
def test_cashback_lies_between_nothing_and_the_highest_rate(amount: int, before: int, tiers: Schedule) -> None:
    assert 0 <= cashback_krw(amount, before, *tiers) <= amount * int(tiers[2].max()) // 10_000


@given(payments, spent, schedules(), st.data())
def test_a_higher_rate_never_lowers_cashback(amount: int, before: int, tiers: Schedule, data: st.DataObject) -> None:
    low, high, rates = tiers
    raised = rates.copy()
    tier = data.draw(st.integers(0, len(rates) - 1))
    raised[tier] = data.draw(st.integers(int(rates[tier]), HIGHEST_BP))
    assert cashback_krw(amount, before, low, high, raised) >= cashback_krw(amount, before, *tiers)


@given(payments, spent, schedules(), st.integers(0, 10_000_000))
def test_a_higher_cap_never_lowers_cashback(amount: int, before: int, tiers: Schedule, more: int) -> None:
    low, high, rates = tiers
    raised = high.copy()
    raised[-1] = min(int(high[-1]) + more, NO_LIMIT_KRW)
    assert cashback_krw(amount, before, low, raised, rates) >= cashback_krw(amount, before, *tiers)


@given(st.lists(st.integers(0, 1_000_000), min_size=1, max_size=12), spent, schedules())
def test_splitting_a_payment_loses_less_than_a_won_for_each_part(
    parts: list[int], before: int, tiers: Schedule
) -> None:
    whole = cashback_krw(sum(parts), before, *tiers)
    split, so_far = 0, before
    for part in parts:
        split += cashback_krw(part, so_far, *tiers)
        so_far += part
    assert 0 <= whole - split < len(parts)


@given(spent, schedules())
def test_the_next_ten_thousand_won_earn_the_marginal_rate_within_a_tier(before: int, tiers: Schedule) -> None:
    low, high, _ = tiers
    inside = (low <= before) & (before + 10_000 <= high)
    if inside.any() or before >= high[-1]:
        assert cashback_krw(10_000, before, *tiers) == marginal_rate_bp(before, *tiers)


def test_the_marginal_rate_changes_exactly_on_the_bound() -> None:
    tiers = schedule([0, 300_000, 500_000], [400, 200])
    rates = [marginal_rate_bp(won, *tiers) for won in (0, 299_999, 300_000, 499_999, 500_000)]
    assert rates == [400, 400, 200, 200, 0]


@given(st.integers(0, LARGEST_CLAIM_KRW), st.integers(0, LARGEST_BUDGET_KRW), st.integers(1, LARGEST_BUDGET_KRW))
def test_a_share_of_what_is_left_is_exact_up_to_the_bounds(claim: int, left: int, total: int) -> None:
    total = max(total, claim, 1)
    expected = claim if total <= left else claim * left // total
    assert pro_rata_krw(claim, left, total) == expected


@pytest.mark.parametrize("left", [0, 1, LARGEST_BUDGET_KRW - 2, LARGEST_BUDGET_KRW - 1])
@pytest.mark.parametrize("claim", [1, 2**17 - 1, 2**17, LARGEST_CLAIM_KRW - 1, LARGEST_CLAIM_KRW])
def test_a_share_of_what_is_left_is_exact_at_the_bounds(claim: int, left: int) -> None:
    assert pro_rata_krw(claim, left, LARGEST_BUDGET_KRW) == claim * left // LARGEST_BUDGET_KRW


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=40), st.integers(0, 10**10), st.randoms())
def test_the_last_day_never_overspends_and_does_not_depend_on_order(
    claims: list[int], left: int, order: object
) -> None:
    total = sum(claims)
    paid = {i: pro_rata_krw(claim, left, total) for i, claim in enumerate(claims)}
    shuffled = list(enumerate(claims))
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert {i: pro_rata_krw(claim, left, total) for i, claim in shuffled} == paid
    assert sum(paid.values()) <= left or total <= left
    assert min(total, left) - sum(paid.values()) < len(claims)
