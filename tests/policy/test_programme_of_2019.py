"""The policy file of 2019 says what the record of the programme says, day by day."""

import csv
import datetime
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from eum.dimensions import DISTRICTS
from eum.policy.files import load_policy
from eum.policy.model import Policy, in_force
from eum.policy.timetable import DayTerms, Timetable

FIRST, LAST = datetime.date(2019, 4, 1), datetime.date(2019, 12, 31)
DAYS = [FIRST + datetime.timedelta(days=i) for i in range((LAST - FIRST).days + 1)]
SPENT = (100_000, 400_000, 800_000, 2_000_000)
"""Month-to-date spending, one in every tier of 2019."""
SEEN_BY_SHOPPERS = (
    *("tier_low_krw", "tier_high_krw", "tier_bp", "topup_low_krw", "topup_high_krw", "topup_bp"),
    *("plus_bp", "plus_own_card", "plus_open", "card_launched", "launch_day"),
)

Row = dict[str, str]


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy("incheon-2019-actual")


@pytest.fixture(scope="module")
def city_rows(repository: Path) -> list[Row]:
    return read(repository, "policy_city")


@pytest.fixture(scope="module")
def district_rows(repository: Path) -> list[Row]:
    return read(repository, "policy_district")


def read(repository: Path, table: str) -> list[Row]:
    with (repository / "data" / f"{table}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def rows_on(rows: list[Row], date: datetime.date) -> list[Row]:
    return [r for r in rows if r["start"] <= date.isoformat() <= (r["end"] or "9999")]


def printed_bp(rows: list[Row], spent_krw: int) -> int:
    """Return the rate that the rows print for the next won of the month, basis points."""
    return sum(
        round(float(r["rate_percent"]) * 100)
        for r in rows
        if int(r["tier_low_krw"] or 0) <= spent_krw < int(r["tier_high_krw"] or 2**62)
    )


def promised_bp(low: np.ndarray, high: np.ndarray, bp: np.ndarray, spent_krw: int) -> int:
    return int(bp[(low <= spent_krw) & (spent_krw < high)].sum())


def terms(policy: Policy) -> Iterator[tuple[datetime.date, DayTerms]]:
    timetable, paid = Timetable(policy), np.full(len(policy.budget), 100)
    return ((day, timetable.terms(day, paid)) for day in DAYS)


def test_the_city_pays_on_every_day_what_the_record_prints(policy: Policy, city_rows: list[Row]) -> None:
    for day, today in terms(policy):
        rows = rows_on(city_rows, day)
        for spent in SPENT:
            promised = promised_bp(today.tier_low_krw[1], today.tier_high_krw[1], today.tier_bp[1], spent)
            assert promised == printed_bp(rows, spent), (day, spent)


def test_who_funds_the_city_rate_is_what_the_record_prints(policy: Policy, city_rows: list[Row]) -> None:
    for day in DAYS:
        (period,), (row, *_) = in_force(policy.city, day), rows_on(city_rows, day)
        assert period.national_percent == float(row["funding_national_pct"]), day
        assert set(period.source.split(";")) == set(row["source_id"].split(";")), day


def test_every_district_adds_on_every_day_what_the_record_prints(policy: Policy, district_rows: list[Row]) -> None:
    top_ups = [r for r in district_rows if r["programme"] == "topup"]
    for day, today in terms(policy):
        for d, district in enumerate(DISTRICTS):
            rows = [r for r in rows_on(top_ups, day) if r["area"] == district]
            for spent in SPENT:
                promised = promised_bp(today.topup_low_krw[d], today.topup_high_krw[d], today.topup_bp[d], spent)
                assert promised == printed_bp(rows, spent), (day, district, spent)


def test_a_suspended_district_adds_nothing(policy: Policy, district_rows: list[Row]) -> None:
    suspended = [r for r in district_rows if r["programme"] == "suspension"]
    seen = 0
    for day, today in terms(policy):
        for row in rows_on(suspended, day):
            assert not today.topup_bp[DISTRICTS.index(row["area"])].any(), (day, row["area"])
            seen += 1
    assert seen > 100


@pytest.mark.parametrize("district", ["seo", "yeonsu"])
def test_printed_budgets_of_a_district_are_in_the_file(policy: Policy, district_rows: list[Row], district: str) -> None:
    printed = [r for r in district_rows if r["amount_kind"] == "cashback_budget" and r["start"] < "2020"]
    wanted = {int(r["amount_krw"]) for r in printed if r["area"] == district}
    (budget,) = (b for b in policy.budget if b.id == f"{district}-cashback")
    pots = [budget, *budget.supplements]
    assert {pot.amount_krw for pot in pots if pot.source != "assumption"} == wanted


def test_contradictions_of_the_record_are_noted(policy: Policy) -> None:
    noted = {part.start for name in ("city", "top_up", "fee_support") for part in getattr(policy, name)
             if "CONFLICT" in part.note}  # fmt: skip
    assert noted == {datetime.date(2019, 10, 22), datetime.date(2019, 8, 1), datetime.date(2019, 6, 29)}


def test_july_is_the_month_in_which_families_are_inferred(policy: Policy) -> None:
    july = load_policy("incheon-2019-july")
    for (day, year), (_, month) in zip(terms(policy), terms(july), strict=True):
        if day.month == 7:
            for name in SEEN_BY_SHOPPERS:
                assert np.array_equal(getattr(year, name), getattr(month, name)), (day, name)
