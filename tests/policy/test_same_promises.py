"""Files that were taken apart into shared ones promise on every day of their periods what they promised before.

The copies in first_published/ are the files as they stood when each held all of its layers itself; what the record of
2020 has gained since (supplements of the city's budget, Yeonsu's Plus programme) was written into both.
"""

import datetime
from pathlib import Path

import numpy as np
import pytest

from eum.policy.files import load_policy
from eum.policy.model import Policy
from eum.policy.timetable import DayTerms, Timetable

BEFORE = Path(__file__).parent / "first_published"
PERIODS = {
    "incheon-2019-july": ("2019-04-01", "2019-07-31"),
    "incheon-2019-actual": ("2019-04-01", "2019-12-31"),
    "incheon-2020-announced": ("2020-01-01", "2020-12-31"),
    "incheon-2020-actual": ("2020-01-01", "2020-12-31"),
    "gyeyang-2020-announced": ("2020-01-01", "2020-12-31"),
    "gyeyang-2020-actual": ("2020-01-01", "2020-12-31"),
}
RENAMED = {"city-cashback-2019": "city-cashback"}
"""Budgets that got another name, so that the years stand beside each other in the whole record."""


def days(name: str) -> list[datetime.date]:
    first, last = map(datetime.date.fromisoformat, PERIODS[name])
    return [first + datetime.timedelta(days=i) for i in range((last - first).days + 1)]


def promised(policy: Policy, date: datetime.date) -> DayTerms:
    return Timetable(policy).terms(date, np.full(len(policy.budget), 100, dtype=np.int64))


def payers(policy: Policy, budgets: np.ndarray) -> list[str]:
    """Return the names of budgets behind indices of terms, "" for none."""
    names = [RENAMED.get(b.id, b.id) for b in policy.budget]
    return [names[i] if i >= 0 else "" for i in budgets.ravel()]


def pots(policy: Policy) -> dict[str, tuple]:
    return {RENAMED.get(b.id, b.id): (b.payer, b.amount_krw, b.supplements) for b in policy.budget}


@pytest.mark.parametrize("name", PERIODS)
def test_every_day_is_promised_what_it_was(name: str) -> None:
    before, after = load_policy(BEFORE / f"{name}.toml"), load_policy(name)
    for date in days(name):
        old, new = promised(before, date), promised(after, date)
        for field, first, second in zip(DayTerms._fields, old, new, strict=True):
            if field.startswith("budget_"):
                assert payers(before, first) == payers(after, second), (date, field)
            else:
                assert np.array_equal(first, second), (date, field)
        assert Timetable(before).plus_in_kind(date) == Timetable(after).plus_in_kind(date), date


@pytest.mark.parametrize("name", PERIODS)
def test_the_same_money_pays_and_the_same_changes_are_announced_ahead(name: str) -> None:
    before, after = load_policy(BEFORE / f"{name}.toml"), load_policy(name)
    assert pots(before) == pots(after)
    assert Timetable(before).announced_changes() == Timetable(after).announced_changes()
    assert (before.title_ko, before.title_en) == (after.title_ko, after.title_en)
