"""No budget is overspent by a won, and the day on which it ends follows the stated rule."""

import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eum.policy.arithmetic import pro_rata_krw
from eum.policy.budget import Budgets, OverspentError, split_krw
from eum.policy.files import load_policy
from eum.policy.model import Budget, Policy, Supplement

MARCH = datetime.date(2020, 3, 1)
DAY = datetime.timedelta(days=1)


def budgets(amount_krw: int, scale: float = 1.0, supplements: tuple[Supplement, ...] = ()) -> Budgets:
    """Return one pot of Gyeyang's, without the layers it would pay."""
    pot = Budget(
        id="pot", payer="gyeyang", purpose="trial", amount_krw=amount_krw, supplements=supplements,
        source="assumption", confidence="J",
    )  # fmt: skip
    return Budgets(Policy.model_construct(name="trial", budget=(pot,)), scale)


def settle(pot: Budgets, date: datetime.date, claims: list[int]) -> list[int]:
    """Pay a day's claims by the rule and return what each got."""
    if not pot.open_at_start(date)[0]:
        claims = []
    left, total = int(pot.left_krw[0]), sum(claims)
    paid = [pro_rata_krw(claim, left, total) for claim in claims]
    pot.charge(date, np.array([total]), np.array([sum(paid)]))
    return paid


def supplement(date: datetime.date, amount_krw: int) -> Supplement:
    """Return money added on a date."""
    return Supplement(date=date, amount_krw=amount_krw, source="assumption")


@given(st.integers(0, 10**10), st.lists(st.lists(st.integers(0, 10**9), max_size=8), max_size=8))
def test_no_budget_is_overspent_on_any_day(amount: int, days: list[list[int]]) -> None:
    pot = budgets(amount)
    paid = [sum(settle(pot, MARCH + i * DAY, claims)) for i, claims in enumerate(days)]
    assert sum(paid) + int(pot.left_krw[0]) == amount
    assert int(pot.left_krw[0]) >= 0
    assert pot.summary()[0]["spent_krw"] == sum(paid)


def test_the_last_day_shares_what_is_left_and_the_next_day_pays_nothing() -> None:
    pot = budgets(100)
    assert settle(pot, MARCH, [40, 40]) == [40, 40]
    assert settle(pot, MARCH + DAY, [21, 7]) == [15, 5]
    assert settle(pot, MARCH + 2 * DAY, [1]) == []
    assert pot.summary()[0]["exhausted_on"] == "2020-03-02"


def test_a_remainder_of_rounding_stays_and_does_not_reopen_the_budget() -> None:
    pot = budgets(10)
    assert settle(pot, MARCH, [7, 7, 7]) == [3, 3, 3]
    assert pot.left_krw.tolist() == [1]
    assert not pot.open_at_start(MARCH + DAY)[0]


def test_claims_that_meet_what_is_left_to_the_won_are_paid_in_full_and_close_the_budget() -> None:
    pot = budgets(10)
    assert settle(pot, MARCH, [4, 6]) == [4, 6]
    assert pot.summary()[0]["exhausted_on"] == "2020-03-01"


def test_a_day_without_claims_does_not_exhaust_an_empty_budget() -> None:
    pot = budgets(0)
    assert settle(pot, MARCH, [5]) == []
    assert pot.summary()[0]["exhausted_on"] == ""


def test_a_supplement_reopens_the_budget_and_the_first_day_of_exhaustion_stays() -> None:
    pot = budgets(10, supplements=(supplement(MARCH + 2 * DAY, 50),))
    assert settle(pot, MARCH, [20]) == [10]
    assert settle(pot, MARCH + DAY, [20]) == []
    assert settle(pot, MARCH + 2 * DAY, [20]) == [20]
    assert settle(pot, MARCH + 3 * DAY, [40]) == [30]
    assert pot.summary()[0]["exhausted_on"] == "2020-03-01"
    assert pot.summary()[0]["amount_krw"] == 60


def test_a_supplement_is_added_once_however_often_the_day_is_opened() -> None:
    pot = budgets(10, supplements=(supplement(MARCH, 50),))
    for _ in range(3):
        pot.open_at_start(MARCH)
    assert pot.left_krw.tolist() == [60]


def test_a_supplement_from_before_the_run_is_there_on_its_first_day() -> None:
    pot = budgets(10, supplements=(supplement(MARCH - 5 * DAY, 50),))
    assert pot.open_at_start(MARCH)[0]
    assert pot.left_krw.tolist() == [60]


@pytest.mark.parametrize("paid", [11, -1])
def test_a_payment_beyond_the_budget_stops_the_run(paid: int) -> None:
    pot = budgets(10)
    with pytest.raises(OverspentError, match="2020-03-01: budget pot: paid"):
        pot.charge(MARCH, np.array([paid]), np.array([paid]))
    assert pot.left_krw.tolist() == [10]


@pytest.mark.parametrize(
    ("amount", "scale", "expected"),
    [(505_000_000, 0.01, 5_050_000), (29, 1.0, 29), (100, 0.29, 29), (999, 0.01, 9), (10**13, 1.0, 10**13)],
)
def test_a_scaled_budget_is_exact_and_rounded_down(amount: int, scale: float, expected: int) -> None:
    assert budgets(amount, scale).amount_krw.tolist() == [expected]


def test_the_path_says_what_is_left_at_the_end_of_each_day() -> None:
    pot = budgets(100)
    settle(pot, MARCH, [30])
    settle(pot, MARCH + DAY, [30])
    assert pot.path() == [("pot", "2020-03-01", 70), ("pot", "2020-03-02", 40)]


@given(st.integers(0, 10**13), st.integers(0, 10_000))
def test_a_split_sums_to_the_amount_and_is_within_a_won_of_its_share(amount: int, bp: int) -> None:
    parts = split_krw(amount, {"national": bp / 100, "city": (10_000 - bp) / 100})
    assert sum(parts.values()) == amount
    assert abs(parts["national"] * 10_000 - amount * bp) < 10_000
    assert min(parts.values()) >= 0


def test_city_cashback_is_shared_by_nation_and_city_and_a_top_up_is_the_districts() -> None:
    policy = load_policy("gyeyang-2020-actual")
    pots = Budgets(policy)
    ids = [b.id for b in policy.budget]
    assert pots.split_krw(ids.index("city-cashback"), MARCH, 1_000) == {"national": 310, "city": 690}
    assert pots.split_krw(ids.index("gyeyang-event"), MARCH, 1_000) == {"gyeyang": 1_000}
