"""Months lived with and without the programme, and what before/after accounting makes of them."""

import doctest

import numpy as np
import pytest

from eum.analysis.validation.evaluation_designs import before_after as accounts
from eum.analysis.validation.evaluation_designs.before_after import before_after
from eum.analysis.validation.evaluation_designs.diff_in_diff import across_districts, cells_of, two_way
from eum.analysis.validation.evaluation_designs.estimate import EstimateRow
from eum.analysis.validation.evaluation_designs.merchant_panel import merchant_panel
from eum.analysis.validation.evaluation_designs.simulated_data import (
    ACTUAL,
    CITY_ONLY,
    NONE,
    POLICY,
    SimulatedSeries,
    simulated_series,
    small_sales,
    worlds_of,
)
from eum.behavior.parameters import Parameters
from eum.city.build import City, build_city
from eum.city.data import CityData, load_city_data
from eum.policy.files import load_policy
from tests.plain_behaviour import plain_behaviour

SCALE = 0.003


@pytest.fixture(scope="module")
def package() -> CityData:
    return load_city_data()


@pytest.fixture(scope="module")
def city(package: CityData) -> City:
    return build_city(package, SCALE, 1, shop_scale=SCALE)


@pytest.fixture(scope="module")
def centre(package: CityData) -> Parameters:
    lively = {"place_response_visitor": 0.2, "visitor_card_share": 0.1, "basket_response": 0.3}
    return plain_behaviour(package)._replace(**lively)


@pytest.fixture(scope="module")
def lived(city: City, centre: Parameters) -> SimulatedSeries:
    return simulated_series(city, centre, worlds_of(load_policy(POLICY)), 1)


@pytest.fixture(scope="module")
def replaced(city: City, centre: Parameters) -> SimulatedSeries:
    """Return months in which the card replaces other means and nothing else: nobody moves, nobody spends more."""
    still = {name: 0.0 for name in Parameters._fields if name.startswith(("place_response_", "mpc_"))}
    return simulated_series(city, centre._replace(**still, basket_response=0.0), worlds_of(load_policy(POLICY)), 1)


def by_name(findings: list[EstimateRow]) -> dict[tuple[str, str], EstimateRow]:
    return {(f.design, f.measure): f for f in findings}


def test_months_add_up_to_the_record(lived: SimulatedSeries) -> None:
    spending = lived.tables["spending"]
    for world, policy in enumerate(worlds_of(load_policy(POLICY))):
        mine = spending[spending["world"] == policy.name]
        assert lived.spend[world].sum() == mine["krw"].sum() and lived.card[world].sum() == mine["card_krw"].sum()
    assert lived.cashback[ACTUAL].sum() == lived.tables["daily"].query("world == @POLICY")["cashback_krw"].sum()
    small = lived.tables["shops"].query("world == @POLICY and size == 'small'")
    assert small_sales(lived.spend)[ACTUAL].sum() == small["sales_krw"].sum()
    assert lived.shop_sales[ACTUAL].sum() == small["sales_krw"].sum(), "few enough shops here that all are followed"


def test_the_months_before_the_programme_are_the_same_in_every_world(lived: SimulatedSeries) -> None:
    before = ~lived.after
    assert before.sum() == 4 and not lived.card[:, before].any()
    for world in (ACTUAL, CITY_ONLY):
        assert (lived.spend[world][before] == lived.spend[NONE][before]).all()
        assert (lived.spend[world][lived.after] != lived.spend[NONE][lived.after]).any()


def test_members_are_the_same_with_and_without_the_districts(lived: SimulatedSeries) -> None:
    daily = lived.tables["daily"].pivot_table(index="date", columns="world", values="subscribers")
    assert (daily[POLICY] == daily[f"{POLICY}-city-only"]).all() and daily[POLICY].iloc[-1] > 0
    assert (daily.loc[:"2019-04-30", POLICY] == 0).all()


def test_accounting_recovers_the_truth_when_before_is_what_would_have_been(
    lived: SimulatedSeries, package: CityData
) -> None:
    ideal = lived._replace(year_before=lived.spend[NONE][lived.after])
    for found in before_after(ideal, package):
        if found.design == "before_after_year_no_growth":
            assert found.estimate == found.truth and found.without == 0


def test_what_is_reported_is_what_is_reported_without_it_and_the_truth(
    lived: SimulatedSeries, package: CityData
) -> None:
    for found in before_after(lived, package):
        assert found.estimate == pytest.approx(found.without + found.truth, abs=1e-9)


def test_growth_that_is_no_effect_is_taken_for_one(lived: SimulatedSeries, package: CityData) -> None:
    found = by_name(before_after(lived, package))
    grown = found["before_after_year", "outflow_only"].estimate
    assert grown < found["before_after_year_no_growth", "outflow_only"].estimate - 1


def test_the_example_of_the_accounting_is_right() -> None:
    tried = doctest.testmod(accounts)
    assert tried.attempted > 0 and tried.failed == 0


def test_payments_that_only_replace_have_no_effect_but_a_panel_of_shops_reports_one(replaced: SimulatedSeries) -> None:
    found = by_name(merchant_panel(replaced))
    for design in ("merchant_fixed_effects", "merchant_random_effects"):
        slope = found[design, "won_of_card_payments"]
        assert abs(slope.truth) < 0.02 and slope.low > 0.1


def test_payments_that_only_replace_have_no_effect_in_the_accounting(
    replaced: SimulatedSeries, package: CityData
) -> None:
    for found in before_after(replaced, package):
        assert abs(found.truth) < 0.02


def test_across_districts_nothing_is_reported_of_programmes_that_change_nothing(replaced: SimulatedSeries) -> None:
    for found in across_districts(replaced, load_policy(POLICY)):
        if found.measure == "effect_of_districts":
            assert abs(found.truth) < 1e-3 and found.estimate == pytest.approx(found.without, abs=2e-3)


def test_the_bias_across_districts_is_trends_and_neighbours(lived: SimulatedSeries) -> None:
    policy = load_policy(POLICY)
    cells, found = cells_of(lived, policy), by_name(across_districts(lived, policy))
    told = found["two_way_fixed_effects", "effect_of_districts"]
    added = two_way(cells.log_sales[ACTUAL] - cells.log_sales[CITY_ONLY], cells).value
    assert told.estimate == pytest.approx(told.without + added, abs=1e-12)


def test_designs_say_nothing_of_a_city_without_a_programme(city: City, centre: Parameters, package: CityData) -> None:
    nothing = [load_policy("none").model_copy(update={"name": f"none {i}"}) for i in range(3)]
    series = simulated_series(city, centre, nothing, 1)
    assert (series.spend == series.spend[NONE]).all()
    assert before_after(series, package) == merchant_panel(series) == across_districts(series, nothing[1]) == []


def test_placebo_dates_find_little_in_sales_that_no_policy_touched(lived: SimulatedSeries) -> None:
    cells = cells_of(lived, load_policy(POLICY))
    found = two_way(cells.log_sales[NONE], cells)
    assert abs(found.value) < 0.05 and np.isfinite(found.low)
