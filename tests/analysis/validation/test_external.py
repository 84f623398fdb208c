"""Programmes elsewhere: amounts follow from those abroad, measures are read off a run, verdicts from the numbers."""

import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eum.analysis.validation.external import (
    EXTERNAL_MEASURES,
    PUBLISHED,
    VARIANTS,
    Case,
    ExternalVariant,
    ProgrammeDays,
    cases,
    earned_krw,
    misses_by,
    parameters_of,
    published_elsewhere,
    run_case,
    runs_of,
    score,
)
from eum.analysis.validation.target_patterns import Published
from eum.behavior.parameters import Parameters
from eum.calibration.central import calibrated_family
from eum.city.build import City, build_city
from eum.city.data import CityData, load_city_data
from eum.errors import InputError
from eum.output.evidence_pages.external import comparison_rows, transfer_page
from eum.policy.files import POLICIES, load_policy
from eum.policy.model import CityPeriod, Policy


@pytest.fixture(scope="module")
def package() -> CityData:
    return load_city_data()


@pytest.fixture(scope="module")
def city(package: CityData) -> City:
    return build_city(package, 0.002, 1)


@pytest.fixture(scope="module")
def centre(package: CityData) -> Parameters:
    return calibrated_family(package, "causal", 1).parameters


def most_krw(policy: Policy) -> float:
    """Return the most that a programme gives one person in won, or in one purchase where that is what is printed."""
    if policy.grant:
        each = [g.most_per_purchase_krw or g.amounts[0].amount_krw for g in policy.grant]
        return float(sum(each))
    period = policy.city[0]
    if period.most_per_payment_krw:
        return float(period.most_per_payment_krw)
    (tier,) = period.tiers
    assert tier.to_krw is not None
    return float(tier.to_krw) * (1 if period.form == "discount" else tier.rate_percent / 100)


def test_amounts_are_those_abroad_at_the_stated_rate(package: CityData) -> None:
    rows = package.table("transfer").query("currency != ''").drop_duplicates("policy")
    assert len(rows) > 5
    for _, row in rows.iterrows():
        won = package.assumption("won_per_unit", item=row["currency"])
        assert most_krw(load_policy(row["policy"])) == pytest.approx(row["amount_abroad"] * won), row["policy"]


def test_every_programme_elsewhere_is_held_against_something(package: CityData) -> None:
    there = {path.stem for path in (POLICIES / "elsewhere").glob("*.toml")}
    told = cases(package)
    assert {case.policy for case in told} == there
    assert {case.measure for case in told} <= set(EXTERNAL_MEASURES)
    assert all(published_elsewhere(package, case).unit for case in told)


def test_a_run_covers_the_days_of_its_programme_from_the_first(package: CityData) -> None:
    for name, start, end in runs_of(cases(package)):
        policy = load_policy(name)
        first = min(part.start for part in (*policy.city, *policy.grant))
        last = max(part.end or part.start for part in (*policy.city, *policy.grant))
        assert start == first and start < end <= last, name


def test_a_study_that_is_not_there_is_reported_in_one_line(package: CityData) -> None:
    case = cases(package)[0]._replace(study="Nobody")
    with pytest.raises(InputError, match=r"studies\.csv: Nobody: .*expected a row"):
        published_elsewhere(package, case)


def test_a_figure_without_an_interval_gets_the_common_tolerance(package: CityData) -> None:
    told = {case.study: published_elsewhere(package, case) for case in cases(package)}
    gyeonggi, hangzhou = told["Baek et al. 2023"], told["Liu, Shen, Li and Chen"]
    tolerance = package.assumption("pattern_tolerance")
    assert gyeonggi.high - gyeonggi.value == pytest.approx(tolerance * gyeonggi.value)
    assert (hangzhou.low, hangzhou.high) == (3.4, 5.8)


@pytest.mark.parametrize(("value", "halves"), [(3.4, 0.0), (5.0, 0.0), (2.2, 1.0), (8.2, 2.0)])
def test_a_miss_is_counted_in_halves_of_the_interval(value: float, halves: float) -> None:
    assert misses_by(value, Published(4.6, 3.4, 5.8, "ratio", "")) == pytest.approx(halves)


@pytest.fixture(scope="module")
def above_spring() -> CityPeriod:
    return load_policy("korea-2021-incremental", {"ordinary_card_share_percent": 50}).city[0]


@pytest.mark.parametrize(
    ("spent", "earned"), [(0, 0.0), (515_000, 0.0), (516_000, 100.0), (1_515_000, 100_000.0), (9_000_000, 100_000.0)]
)
def test_cashback_counts_what_lies_above_the_base_up_to_the_cap(
    above_spring: CityPeriod, spent: int, earned: float
) -> None:
    # 103 % of half of a million won: 515,000.
    assert earned_krw(above_spring, np.array([spent]), np.array([1_000_000])) == pytest.approx([earned])


def test_measures_are_read_off_a_run_of_coupons(city: City, centre: Parameters) -> None:
    days: list[int] = []
    days_of_coupons = ProgrammeDays("hangzhou-2020", datetime.date(2020, 3, 27), datetime.date(2020, 4, 2))
    run = run_case(city, centre, days_of_coupons, 1, lambda: days.append(1))
    assert len(days) == 7
    value = {
        name: EXTERNAL_MEASURES[name](run)
        for name in EXTERNAL_MEASURES
        if name not in ("qualified", "mean_of_qualified", "at_cap")
    }
    assert 0 < value["extra_per_grant"] < value["extra_per_benefit"] < 1.5
    assert value["payments_per_benefit"] > 4, "a coupon takes at most a quarter off"
    assert 0 < value["grant_used"] < 100 and 0 < value["food_share"] < 100
    assert 0 < value["spending_rise"] < value["small_shop_rise"]
    assert np.isnan(value["not_in_model"])


def test_measures_are_read_off_a_run_of_cashback(city: City, centre: Parameters) -> None:
    run = run_case(
        city,
        centre,
        ProgrammeDays("korea-2021-incremental", datetime.date(2021, 10, 1), datetime.date(2021, 11, 30)),
        1,
    )
    assert len(run.counts) == 2, "two months"
    assert 0 < EXTERNAL_MEASURES["qualified"](run) < 100
    assert 0 <= EXTERNAL_MEASURES["at_cap"](run) < 100
    assert 0 < EXTERNAL_MEASURES["mean_of_qualified"](run) < 100_000


def test_published_propensities_replace_those_inferred_and_nothing_else(package: CityData, centre: Parameters) -> None:
    changed = parameters_of(package, ExternalVariant("causal", PUBLISHED), 1)
    assert changed.mpc_other == package.prior("mpc_other", "causal").central != centre.mpc_other
    assert changed._replace(mpc_other=0, mpc_constrained=0) == centre._replace(mpc_other=0, mpc_constrained=0)


def test_the_score_counts_what_comes_out_and_the_typical_factor() -> None:
    rows = pd.DataFrame({"verdict": ["reproduced", "too low", "out of scope"], "ratio": [1.0, 0.25, np.nan]})
    assert score(rows) == {"n": 2.0, "come_out": 1.0, "factor": pytest.approx(2.0)}


def test_the_page_shows_the_table_beside_it(package: CityData, repository: Path) -> None:
    rows = pd.read_csv(repository / "docs" / "transfer.csv")
    assert (repository / "docs" / "transfer.md").read_text(encoding="utf-8") == transfer_page(rows)
    assert len(rows) == len(cases(package)) * len(VARIANTS)
    assert len(comparison_rows(rows)) == len(cases(package))
    told = list(zip(rows["policy"], rows["study"], rows["published_as"], strict=True))
    assert told[: len(cases(package))] == [(c.policy, c.study, c.estimand) for c in cases(package)]


def test_a_case_names_its_run() -> None:
    day = datetime.date(2020, 1, 1)
    assert Case("a", "b", "c", "at_cap", day, day, "").run == ("a", day, day)
