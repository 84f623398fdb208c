"""Nobody, nothing, one or few in any cell: all three engines stay exact and finite, and nobody else notices."""

import dataclasses
import datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from eum.behavior.parameters import Parameters
from eum.calibration.expectation import Expected, ExpectedOutcome
from eum.calibration.priors import CENTRAL, ParameterDraw, coefficients
from eum.city.build import City, build_city
from eum.city.data import load_city_data
from eum.dimensions import DISTRICTS, LARGE, N_DISTRICTS, N_ORIGINS, N_SECTORS, SEOUL
from eum.engine.expected.results import expected_results
from eum.engine.model import CityModel
from eum.engine.reference.model import ReferenceModel
from eum.engine.results import Tables, record
from eum.engine.scenarios import ScenarioSet, run_worlds
from eum.engine.second_round import gain_ppm
from eum.errors import InputError
from eum.finite import finite, require_finite
from eum.outcomes.distribution import sales_distribution
from eum.outcomes.retention import retention
from eum.policy.files import load_policy
from tests.engine.random_cases import SCALE, SHOP_SCALE, Case, behaviours, policies
from tests.engine.test_same_model import require_agreement
from tests.engine.thin_cities import thin_packages, thin_towns, with_people
from tests.plain_behaviour import plain_behaviour

FEW, MANY = 12, 150
NAMES = ("none", "incheon-2020-actual", "gyeyang-2020-actual")
MARCH = (datetime.date(2020, 3, 10), datetime.date(2020, 4, 8))
ONGJIN = DISTRICTS.index("ongjin")
MAY_BE_NAN = {"ratio"}
"""Figures of an outcome that are not numbers where nothing was spent."""


@st.composite
def thin_cases(draw: st.DrawFn) -> Case:
    """Draw a thin town with lively behaviour and two policies around a month's end."""
    start = datetime.date(2020, draw(st.sampled_from([2, 3, 4])), draw(st.integers(20, 28)))
    end = start + datetime.timedelta(days=draw(st.integers(6, 14)))
    worlds = [load_policy("none"), draw(policies("a", start, end)), draw(policies("b", start, end))]
    pairs = [(0, 1), (0, 2), (1, 2)]
    return Case(draw(thin_towns()), worlds, draw(behaviours()), (start, end), pairs, draw(st.integers(0, 2**63 - 1)))


def centre(city: City) -> Parameters:
    return plain_behaviour(city.package)._replace(place_response_visitor=0.2)


def numbers_of(outcome: ExpectedOutcome) -> dict[str, float]:
    """Return every number of an outcome by its name."""
    found: dict[str, float] = {}
    for name, value in outcome._asdict().items():
        parts: Any = (
            value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, tuple) else [value])
        )
        found |= {f"{name} {key}": part for key, part in parts if isinstance(part, float)}
    return found


def require_finite_tables(tables: Tables) -> None:
    for name, table in tables.items():
        require_finite(name, {column: table[column].to_numpy() for column in table.columns})


def require_whole_shares(city: City, tables: Tables) -> None:
    """Every share of a whole is one of a whole; nobody is where nobody lives, nothing is sold where no shop is."""
    assert city.places.share.sum(axis=2) == pytest.approx(np.ones((N_ORIGINS, N_SECTORS)), abs=1e-9)
    kept = retention(tables)
    shares = kept[["share_home_district", "share_other_districts", "share_outside"]]
    assert np.allclose(shares.sum(axis=1), 1.0)
    lived_in = {DISTRICTS[home] for home in np.unique(city.residents.home) if home < N_DISTRICTS}
    assert set(kept["home"]) - {"incheon"} <= lived_in
    has_shops = np.diff(city.shops.cell_start).reshape(2, N_DISTRICTS, N_SECTORS) > 0
    at_shops = city.places.share[:, :, :SEOUL].max(axis=0).T.reshape(2, N_DISTRICTS, N_SECTORS)
    sold = city.package.assumptions("spending_share")["value"].to_numpy() > 0
    assert not (at_shops > 0)[~has_shops & sold].any()


@pytest.mark.parametrize("n_cases", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
def test_crowd_and_reference_agree_to_the_won_where_cells_are_empty(n_cases: int) -> None:
    @settings(max_examples=n_cases, phases=[Phase.explicit, Phase.generate])
    @given(thin_cases())
    def agree(case: Case) -> None:
        crowd = CityModel(*case[:5], seed=case.seed)
        reference = ReferenceModel(*case[:5], seed=case.seed)
        while crowd.running:
            crowd.step()
            reference.step()
            require_agreement(crowd, reference)
        tables = record(crowd)
        crowd.forget()
        require_finite_tables(tables)
        require_whole_shares(case.city, tables)
        require_finite_tables({"winners": sales_distribution(tables, case.city.scale)})

    agree()


@pytest.mark.parametrize("n_cases", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
def test_expectation_is_finite_and_adds_up_where_cells_are_empty(n_cases: int) -> None:
    worlds = [load_policy(name) for name in NAMES]

    @settings(max_examples=n_cases, phases=[Phase.explicit, Phase.generate])
    @given(thin_packages(), st.integers(1, 3))
    def finite_everywhere(package: Any, seed: int) -> None:
        city = build_city(package, SCALE, seed, SHOP_SCALE)
        tables = expected_results(city, worlds, centre(city), MARCH)
        require_finite_tables(tables)
        require_whole_shares(city, tables)
        paid = tables["spending"].groupby("world")["card_krw"].sum()
        classed = tables["classes"].groupby("policy")["krw"].sum()
        for policy in NAMES[1:]:
            assert classed.get(policy, 0.0) == pytest.approx(paid.get(policy, 0.0), rel=1e-9, abs=1.0)
        c = coefficients(package, ParameterDraw("causal", CENTRAL, 1), centre(city))
        for name, number in numbers_of(Expected(city, centre(city), c, MARCH).evaluate(worlds[2])).items():
            assert np.isfinite(number) or name.split()[0] in MAY_BE_NAN, name

    finite_everywhere()


# ---- nobody is the limit of one and of two


def outcome_with(n: float) -> tuple[City, dict[str, float]]:
    """Return a city with so many people in Ongjin and what Gyeyang's programme comes to there in expectation."""
    city = build_city(with_people("ongjin", n), 0.01, 1)
    c = coefficients(city.package, ParameterDraw("causal", CENTRAL, 1), centre(city))
    return city, numbers_of(Expected(city, centre(city), c, MARCH).evaluate(load_policy(NAMES[2])))


def test_shares_of_places_with_nobody_are_the_limit_of_one_and_two() -> None:
    none, one, two = (build_city(with_people("ongjin", n), SCALE, 1, SHOP_SCALE).places.share for n in (0, 1, 2))
    assert np.abs(one - none).max() < 1e-5
    # A straight line through one and two reaches nobody, but for other districts' persons, who are whole.
    assert 2 * one - two == pytest.approx(none, abs=1e-8)


def test_the_citys_results_with_nobody_in_a_district_are_the_limit_of_one_and_two() -> None:
    (nobody, none), (_, one), (_, two), (_, many) = (outcome_with(n) for n in (0, 113.0, 226.0, 20_700))
    assert (nobody.residents.home != ONGJIN).all()
    whole = ("card_payments_krw", "cashback_krw", "public_cost_krw", "effect_krw", "ratio", "share_city", "subscribers")
    for name in (n for n in none if n.startswith(whole)):
        assert one[name] == pytest.approx(none[name], rel=5e-3), name
        assert two[name] == pytest.approx(none[name], rel=5e-3), name
        assert many[name] == pytest.approx(none[name], rel=3e-2), name
    assert none["cashback_by_district_krw ongjin"] == 0
    assert none["sales_before_by_district_krw ongjin"] > 0, "others still shop there"


def test_a_run_with_nobody_in_a_district_keeps_in_the_city_what_it_kept() -> None:
    """An empty district once made all of the city keep 83 % of spending instead of 50 %."""
    kept = {}
    for n in (0, 20_700):
        city = build_city(with_people("ongjin", n), 0.003, 1)
        setting = ScenarioSet([load_policy(name) for name in NAMES[:2]], [(0, 1)], *MARCH)
        shares = retention(run_worlds(city, centre(city), setting, 1)).query("sector == 'all' and world == 'none'")
        kept[n] = shares.set_index("home")["share_city"]
    assert "ongjin" not in kept[0] and 0 < kept[20_700]["ongjin"] < 1
    assert kept[0]["incheon"] == pytest.approx(kept[20_700]["incheon"], abs=0.01)


def test_nobody_visits_and_all_members_are_residents() -> None:
    city = build_city(load_city_data(), 0.002, 1)
    at_home = city.residents.home < N_DISTRICTS
    alone = dataclasses.replace(city, residents=type(city.residents)(*(c[at_home] for c in city.residents)))
    members = []
    for town in (city, alone):
        model = CityModel(
            town, [load_policy(n) for n in NAMES[:2]], centre(city)._replace(visitor_card_share=0.2), MARCH, [(0, 1)]
        )
        members.append(int(model.holders[1, 0].sum()))
    assert members[0] == members[1]


# ---- income of the second round goes somewhere


def income(monthly: np.ndarray, sales: np.ndarray) -> tuple[np.ndarray, float]:
    """Return what residents of each district receive, won, of sales at small shops there, and what was to be given."""
    p = plain_behaviour(load_city_data())._replace(
        second_round_own_district_share=0.6, second_round_propensity=0.8, local_income_share=0.5
    )
    change = np.zeros((N_ORIGINS, N_SECTORS, 34))
    change[0, 0, :LARGE] = sales
    ppm = gain_ppm(np.full(N_SECTORS, 0.5), p, change, monthly)
    return ppm[:N_DISTRICTS] * monthly / 1e6, float(0.5 * 0.5 * 0.8 * sales.sum())


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_income_of_a_district_where_nobody_lives_goes_to_the_others(sign: float) -> None:
    sales = sign * np.linspace(1e6, 9e6, N_DISTRICTS)
    received = []
    for people in (0.0, 1.0, 1e6):
        monthly = np.full(N_DISTRICTS, 1e9)
        monthly[ONGJIN] = people
        got, given_out = income(monthly, sales)
        assert got.sum() == pytest.approx(given_out, rel=1e-3)
        assert (np.abs(got) <= np.maximum(2 * monthly, 0)).all()
        received.append(got)
    assert received[0][ONGJIN] == 0
    assert received[1] == pytest.approx(received[0], rel=1e-3, abs=2.0), "the limit of ever fewer people"


# ---- what is not finite ends with a sentence


def test_what_is_not_finite_in_a_step_is_reported_with_its_line() -> None:
    @finite("the town")
    def halve() -> np.ndarray:
        return np.ones(2) / np.zeros(2)

    with pytest.raises(InputError, match=r"^the town: divide by zero encountered in divide.*expected finite") as caught:
        halve()
    assert "\n" not in str(caught.value)


def test_behaviour_that_is_not_a_number_starts_no_engine() -> None:
    city = build_city(load_city_data(), SCALE, 1)
    broken = centre(city)._replace(mpc_other=float("nan"))
    worlds = [load_policy(name) for name in NAMES[:2]]
    with pytest.raises(InputError, match="behaviour: mpc_other: nan: expected a finite number"):
        CityModel(city, worlds, broken, MARCH, [(0, 1)])
    with pytest.raises(InputError, match="behaviour: mpc_other: nan: expected a finite number"):
        expected_results(city, worlds, broken, MARCH)


def test_a_day_that_divides_by_nothing_does_not_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    city = build_city(load_city_data(), SCALE, 1)
    model = CityModel(city, [load_policy(n) for n in NAMES[:2]], centre(city), MARCH, [(0, 1)])
    monkeypatch.setattr(model, "_left_this_morning", lambda: np.zeros(1) / np.zeros(1))
    with pytest.raises(InputError, match="a day of the run: invalid value"):
        model.step()
