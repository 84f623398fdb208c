"""The record pays in every month, district and class of shop what the city's own table of terms says.

`terms_of_the_city.csv` gathers the city's open data (data-go-kr-15067973) into periods of equal terms. To June 2022 it
shows the first tier alone, under a limit of a million won, where the rate fell to 1 % beyond 500,000 won: there only
the rate on the first won is held against it, and policy_city.csv stands.
"""

import csv
import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from eum.analysis.policy_history.fidelity import rate_bp
from eum.dimensions import DISTRICTS, N_DISTRICTS, N_SECTORS, SALES_BANDS
from eum.policy.files import load_policy
from eum.policy.timetable import DayTerms, Timetable

ISLANDS = ("ganghwa", "ongjin")
WHERE = {"all": DISTRICTS, "islands": ISLANDS, "mainland": tuple(d for d in DISTRICTS if d not in ISLANDS)}
CLASSES = {
    "up_to_300m_percent": ("up_to_300m",),
    "from_300m_to_3bn_percent": ("300m_to_500m", "500m_to_1bn", "1bn_to_3bn"),
    "over_3bn_percent": ("over_3bn",),
}
WHOLE_FROM = "2022-07"
"""Month from which the table shows every tier."""

Key = tuple[str, str, str]
"""Month, district, class of shop by yearly sales (a column of the table)."""

NOTED: dict[Key, str] = {}
"""Differences between the record and the table that are meant, and why."""


class Terms(NamedTuple):
    """What the table says of a month, a district and a class of shop."""

    key: Key
    rate_bp: int
    limit_krw: int


def months(first: str, last: str) -> Iterator[str]:
    year, month = map(int, first.split("-"))
    while f"{year}-{month:02d}" <= last:
        yield f"{year}-{month:02d}"
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def read_terms() -> Iterator[Terms]:
    with (Path(__file__).parent / "terms_of_the_city.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for month in months(row["first_month"], row["last_month"]):
                for district in WHERE[row["districts"]]:
                    for name in CLASSES:
                        key = (month, district, name)
                        yield Terms(key, round(100 * float(row[name])), int(row["monthly_limit_krw"]))


def days_of(month: str) -> Iterator[datetime.date]:
    day = datetime.date.fromisoformat(f"{month}-01")
    while day.isoformat().startswith(month):
        yield day
        day += datetime.timedelta(days=1)


def differences(terms: dict[datetime.date, DayTerms], told: Terms) -> list[str]:
    month, district, name = told.key
    last_won = told.limit_krw - 1 if month >= WHOLE_FROM else 0
    probes = [(0, told.rate_bp), (last_won, told.rate_bp), (told.limit_krw, 0)]
    found = []
    for day in days_of(month):
        t = terms[day]
        rows = t.schedule.reshape(N_DISTRICTS, N_SECTORS, len(SALES_BANDS))[DISTRICTS.index(district)]
        for row in np.unique(rows[:, [SALES_BANDS.index(band) for band in CLASSES[name]]]):
            for spent, bp in probes:
                paid = rate_bp(t.tier_low_krw[row], t.tier_high_krw[row], t.tier_bp[row], spent)
                if paid != bp:
                    found.append(f"{day}: {paid} basis points at {spent:,} won a month, {bp} in the table")
    return found


@pytest.fixture(scope="module")
def terms_by_day() -> dict[datetime.date, DayTerms]:
    policy = load_policy("incheon-history")
    timetable, paid = Timetable(policy), np.full(len(policy.budget), 100, dtype=np.int64)
    return {day: timetable.terms(day, paid) for month in months("2020-07", "2025-02") for day in days_of(month)}


def test_the_record_pays_what_the_table_of_the_city_says(terms_by_day: dict[datetime.date, DayTerms]) -> None:
    wrong = {t.key: found for t in read_terms() if (found := differences(terms_by_day, t))}
    assert {key: found[0] for key, found in wrong.items() if key not in NOTED} == {}
    assert set(NOTED) <= set(wrong), "noted, but no longer different"


def test_the_table_has_every_month_district_and_class_once() -> None:
    keys = [t.key for t in read_terms()]
    every = {(m, d, c) for m in months("2020-07", "2025-02") for d in DISTRICTS for c in CLASSES}
    assert len(keys) == len(set(keys)) and set(keys) == every


def test_september_2023_was_a_month_at_one_million_won(terms_by_day: dict[datetime.date, DayTerms]) -> None:
    event = [t for t in read_terms() if t.key[0] == "2023-09"]
    assert {(t.rate_bp, t.limit_krw) for t in event} == {(1000, 1_000_000), (700, 1_000_000)}
    assert not [found for t in event for found in differences(terms_by_day, t)]
    assert differences(terms_by_day, event[1]._replace(rate_bp=500)), "the comparison notices another rate"
    assert differences(terms_by_day, event[1]._replace(limit_krw=300_000)), "and another limit"
