"""What a fit is held against: each day of a metric about once, trusted rows, figures as printed."""

import dataclasses
import datetime
import math

import numpy as np
import pandas as pd
import pytest

from eum.calibration.fit.learn import history_targets
from eum.calibration.fit.simulate import HISTORY_START, SimulatedHistory
from eum.calibration.fit.targets import (
    JOINED,
    LARGE_USERS,
    MARGINS,
    RATE,
    SMALLEST_SHARE,
    STOCKS,
    WHOLE_CITY,
    HistoryReader,
    Target,
    city_targets,
    is_whole_month,
    margin_targets,
    untargeted_targets,
)
from eum.city.data import CityData, load_city_data


@pytest.fixture(scope="module")
def package() -> CityData:
    """Return the shipped data."""
    return load_city_data()


def days_of(target: Target) -> set[int]:
    """Return the days of a period."""
    return set(range(target.start.toordinal(), target.end.toordinal() + 1))


def with_rows(package: CityData, *rows: dict[str, object]) -> CityData:
    """Return data whose observations are some rows alone."""
    empty = package.table("observed").iloc[:0]
    blank = {name: "" for name in empty}
    observed = pd.concat([empty, pd.DataFrame([{**blank, **row} for row in rows])], ignore_index=True)
    tables = {**package.tables, "observed": observed, "observed_monthly": package.table("observed_monthly").iloc[:0]}
    return dataclasses.replace(package, tables=tables)


def row(start: str, end: str, value: float, metric: str = "payments", confidence: str = "A") -> dict[str, object]:
    """Return one published figure."""
    return {"period_start": start, "period_end": end, "scope": WHOLE_CITY, "metric": metric, "value": value,
            "unit": "krw", "confidence": confidence}  # fmt: skip


def test_no_figure_repeats_more_than_half_of_the_days_of_those_before_it(package: CityData) -> None:
    for metric in {t.metric for t in city_targets(package)}:
        mine = [t for t in city_targets(package) if t.metric == metric]
        mine.sort(key=lambda t: (not is_whole_month(t.start, t.end), t.end - t.start))
        spoken: set[int] = set()
        for target in mine:
            assert len(days_of(target) & spoken) <= 0.5 * len(days_of(target)), target
            spoken |= days_of(target)


def test_a_half_year_is_left_out_where_its_months_are_known(package: CityData) -> None:
    months = [row(f"2020-0{n}-01", f"2020-0{n}-{last}", 1e9) for n, last in ((1, 31), (2, 29), (3, 31), (4, 30))]
    found = city_targets(with_rows(package, row("2020-01-01", "2020-06-30", 6e9), *months))
    assert [t.end.isoformat() for t in found] == ["2020-01-31", "2020-02-29", "2020-03-31", "2020-04-30"]
    found = city_targets(with_rows(package, row("2020-01-01", "2020-06-30", 6e9), *months[:2]))
    assert len(found) == 3, "a third of its days are spoken of: it tells of the others"


def test_the_more_trusted_of_two_prints_counts_and_rounded_ones_do_not(package: CityData) -> None:
    days = ("2020-01-01", "2020-01-31")
    found = city_targets(with_rows(package, row(*days, 3e9, confidence="B"), row(*days, 2e9, confidence="A")))
    assert [(t.value, t.sd) for t in found] == [(pytest.approx(math.log(2e9)), 0.01)]
    assert city_targets(with_rows(package, row(*days, 3e9, confidence="C"))) == ()
    assert city_targets(with_rows(package, row("2018-12-01", "2018-12-31", 3e9))) == ()


def test_users_are_of_whole_months(package: CityData) -> None:
    users = [row("2020-01-01", "2020-01-31", 5e5, "active_users"), row("2020-03-01", "2020-04-30", 6e5, "active_users")]
    assert [t.end.isoformat() for t in city_targets(with_rows(package, *users))] == ["2020-01-31"]


def test_margins_are_shares_of_the_month_of_the_city(package: CityData) -> None:
    table = package.table("observed_monthly")
    for target in margin_targets(package)[::97]:
        start = target.start.isoformat()
        mine = table[(table["scope"] == target.scope) & (table["metric"] == target.metric)
                     & (table["period_start"] == start)]["value"].iloc[0]  # fmt: skip
        whole = "payments" if target.metric == "payments_in_district" else target.metric
        city = table[(table["scope"] == WHOLE_CITY) & (table["metric"] == whole) & (table["period_start"] == start)]
        assert math.exp(target.value) == pytest.approx(mine / city["value"].iloc[0])
        assert math.exp(target.value) >= SMALLEST_SHARE and target.group in MARGINS


def test_nothing_is_fitted_to_figures_that_are_kept_to_judge(package: CityData) -> None:
    known = history_targets(package, datetime.date(2022, 12, 31))
    judged = known.targets[known.n_fitted :]
    assert judged == untargeted_targets(package) and {t.group for t in judged} == {LARGE_USERS}
    fitted = {(t.metric, t.start, t.end) for t in known.targets[: known.n_fitted]}
    assert not fitted & {(t.metric, t.start, t.end) for t in judged}
    assert all(math.isfinite(t.value) for t in known.targets[: known.n_seen])


def test_an_earlier_end_sees_nothing_later(package: CityData) -> None:
    end = datetime.date(2019, 12, 31)
    assert all(t.end <= end for t in history_targets(package, end).targets)


# ---- what a run says


@pytest.fixture(scope="module")
def reader(package: CityData) -> HistoryReader:
    """Return a reader of a run: day n, from 0, has n won paid, 2 n charged, n / 10 of cashback and 1000 n members."""
    n = np.arange(90)
    days = pd.DataFrame({
        "date": [(HISTORY_START + datetime.timedelta(days=int(i))).isoformat() for i in n],
        "card_payments_krw": 1.0 * n, "cashback_krw": 0.1 * n, "issued_krw": 2.0 * n, "subscribers": 1000.0 * n,
        "users": 10.0 * n,
    })  # fmt: skip
    march = [
        (WHOLE_CITY, "float_charged", 7.0), ("seo", "payments_in_district", 435.0),
        (WHOLE_CITY, "users_above_0", 200.0), (WHOLE_CITY, "users_above_1000000", 10.0),
        (WHOLE_CITY, "charged_above_0", 5e7), (WHOLE_CITY, "charged_above_500000", 0.0),
        (WHOLE_CITY, "charged_above_1000000", 1.5e7),
    ]  # fmt: skip
    months = pd.DataFrame(march, columns=["scope", "metric", "value"]).assign(month="2019-03")
    return HistoryReader(package, SimulatedHistory(days, months))


def told(reader: HistoryReader, group: str, first: str, last: str, scope: str = WHOLE_CITY, metric: str = "") -> float:
    """Return what the run says of a figure, in its unit."""
    days = datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)
    return math.exp(reader.value(Target(group, metric or group, scope, *days, 0.0, 0.01)))


def test_new_members_are_those_of_a_period_also_of_the_first(reader: HistoryReader) -> None:
    assert told(reader, JOINED, "2019-01-01", "2019-01-31") == pytest.approx(30_000)
    assert told(reader, JOINED, "2019-02-01", "2019-02-28") == pytest.approx(28_000)


def test_what_is_paid_beyond_a_million_is_less_the_million_of_each_user(reader: HistoryReader) -> None:
    beyond = told(reader, LARGE_USERS, "2019-03-01", "2019-03-31", metric="share_payments_above_1m_per_user")
    assert beyond == pytest.approx(100 * (1.5e7 - 10 * 1e6) / 5e7)


def test_flows_are_sums_and_stocks_are_of_the_last_day(reader: HistoryReader) -> None:
    assert told(reader, "payments", "2019-01-03", "2019-01-05") == pytest.approx(2 + 3 + 4)
    assert told(reader, "issuance", "2019-01-03", "2019-01-05") == pytest.approx(2 * 9)
    assert told(reader, "cashback_paid", "2018-12-01", "2019-01-03") == pytest.approx(0.1 * 3)
    assert told(reader, "subscribers", "2019-01-01", "2019-01-31") == pytest.approx(30_000)
    assert set(STOCKS) == {"subscribers", "active_users"}


def test_rates_shares_and_money_held_by_hand(reader: HistoryReader) -> None:
    assert told(reader, RATE, "2019-01-02", "2019-02-20") == pytest.approx(10)
    assert told(reader, "float_charged", "2019-03-31", "2019-03-31") == pytest.approx(7)
    # March is days 59 to 89: 31 * 74 = 2294 won.
    found = told(reader, "payments_in_district", "2019-03-01", "2019-03-31", "seo")
    assert found == pytest.approx(435 / 2294)


def test_shares_of_large_users_are_percent_of_the_last_month_and_never_nothing(reader: HistoryReader) -> None:
    days = ("2019-02-01", "2019-03-31")
    assert told(reader, LARGE_USERS, *days, metric="share_users_over_1m") == pytest.approx(5.0)
    nobody = told(reader, LARGE_USERS, *days, metric="share_payments_by_users_over_500k")
    assert nobody == pytest.approx(100 * SMALLEST_SHARE)
