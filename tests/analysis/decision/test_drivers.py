"""The questions asked of the engines themselves, on a month and small cities: what must come out, comes out."""

import datetime
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eum.analysis.decision.break_even import ONE, Grid
from eum.analysis.decision.definition import GameDefinition, SearchDefinition, load_choice
from eum.analysis.decision.district_game import audit_rows, laid_out, paths_of, profiles_of
from eum.analysis.decision.find_break_even import CORRECTED, BreakEvenProblem, checked_in_full, solved_in
from eum.analysis.decision.find_designs import check_rows, search_of, spread_over_states
from eum.analysis.decision.pareto_search import Objectives
from eum.analysis.decision.regret import Sweep, regret_summary, regrets, swept_outcomes, tried_everywhere
from eum.analysis.decision.sweeps import sweep_evaluator, sweeps_of
from eum.analysis.decision.templates import design
from eum.analysis.experiments.measures import OUTCOME_MEASURES, require_measure, uneven_percent, value_of
from eum.analysis.experiments.outcome import relative_outcome
from eum.analysis.experiments.states_of_the_world import (
    Evaluator,
    StateOfWorld,
    StatesConfig,
    expected_evaluator,
    relative_evaluator,
    simulated_outcomes,
)
from eum.calibration.priors import CENTRAL, ParameterDraw, coefficients, drawn_parameters
from eum.city.build import City, build_city
from eum.city.data import CityData, load_city_data
from eum.errors import InputError
from eum.policy.files import load_policy
from eum.runner.result_folder import write_result_folder

DAYS = (datetime.date(2020, 3, 1), datetime.date(2020, 3, 31))
ASKED = StatesConfig(("causal",), 0, DAYS, 0.002, 1)
TEMPLATE = "designs/city-rate.toml"


@pytest.fixture(scope="module")
def package() -> CityData:
    return load_city_data()


@pytest.fixture(scope="module")
def world(package: CityData) -> StateOfWorld:
    draw = ParameterDraw("causal", CENTRAL, 1)
    parameters = drawn_parameters(package, draw)
    return StateOfWorld(draw, parameters, coefficients(package, draw, parameters))


@pytest.fixture(scope="module")
def city(package: CityData) -> City:
    return build_city(package, 0.002, 1)


@pytest.fixture(scope="module")
def tried(package: CityData, world: StateOfWorld, city: City) -> Evaluator:
    return expected_evaluator(package, world, DAYS, city)


def question(repository: Path, reference: str, within: Grid) -> BreakEvenProblem:
    template = str(repository / TEMPLATE)
    return BreakEvenProblem(template, "rate_percent", within, reference, "fiscal_cost", "none", 0.1, 5)


def test_a_policy_equals_itself_at_its_own_value(repository: Path, world: StateOfWorld, tried: Evaluator) -> None:
    q = question(repository, str(repository / TEMPLATE), Grid(1.0, 12.0, 0.01))
    rows, found = solved_in(world, tried, q)
    assert found is not None and found.value == 6.0
    assert rows["kind"].tolist() == [ONE] and abs(rows["residual_percent"].iloc[0]) < 1e-6


def test_full_runs_find_no_difference_between_a_policy_and_itself(
    repository: Path, package: CityData, world: StateOfWorld, tried: Evaluator
) -> None:
    q = question(repository, str(repository / TEMPLATE), Grid(1.0, 12.0, 0.01))
    _, found = solved_in(world, tried, q)
    assert found is not None
    check = checked_in_full(package, world, ASKED, q, found, 2, lambda: None)
    assert (check["difference"] == 0).all() and check["value"].tolist() == [6.0, 6.0]
    assert check["stage"].tolist()[-1] == CORRECTED and check["told"].str.startswith("equal within").all()


def test_a_single_full_run_does_not_judge_a_difference(
    repository: Path, package: CityData, world: StateOfWorld, tried: Evaluator
) -> None:
    q = question(repository, str(repository / TEMPLATE), Grid(1.0, 12.0, 0.01))
    _, found = solved_in(world, tried, q)
    assert found is not None
    check = checked_in_full(package, world, ASKED, q, found, 1, lambda: None)
    assert check["low"].isna().all() and (check["told"] == "one run has no error to judge a difference by").all()


def test_both_engines_tell_the_same_outcome_of_a_policy(
    package: CityData, world: StateOfWorld, tried: Evaluator
) -> None:
    policy = load_policy("incheon-2020-actual")
    (lived,), told = simulated_outcomes(package, world, ASKED._replace(scale=0.01), [policy], 1), tried(policy)
    for name in ("fiscal_cost", "card_payments", "small_shop_gain", "net_city_sales"):
        assert value_of(told, name) == pytest.approx(value_of(lived, name), rel=0.05), name
    # A cell has one memory and one balance where people differ, so cashback is spread a little less unevenly.
    assert value_of(told, "uneven_fifths") == pytest.approx(value_of(lived, "uneven_fifths"), rel=0.08)
    assert set(told.value_added_by_district_krw) == set(lived.value_added_by_district_krw)
    assert sum(lived.value_added_by_district_krw.values()) == pytest.approx(
        lived.effect_krw["city_value_added_second_round"]
    )
    assert sum(told.value_added_by_district_krw.values()) == pytest.approx(
        told.effect_krw["city_value_added_second_round"]
    )


def test_a_policy_does_nothing_beyond_itself(tried: Evaluator) -> None:
    policy = load_policy("incheon-2020-actual")
    nothing = relative_outcome(tried(policy), tried(policy))
    assert nothing.fiscal_cost_krw == 0 and set(nothing.effect_krw.values()) == {0.0}
    assert np.isnan(require_measure("net_city_sales_per_100_won").of(nothing))
    with pytest.raises(InputError, match="not a number here"):
        value_of(nothing, "net_city_sales_per_100_won")


def test_the_dearer_of_two_rates_has_all_the_regret_of_cost(
    repository: Path, world: StateOfWorld, tried: Evaluator
) -> None:
    designs = [design(str(repository / TEMPLATE), {"rate_percent": r}) for r in (4.0, 8.0)]
    values = tried_everywhere([(world, tried)], designs, "fiscal_cost", lambda: None)
    told = regret_summary(regrets(values, OUTCOME_MEASURES["fiscal_cost"].better)).set_index("design")
    assert told.loc[designs[0].name, "max_regret"] == 0 < told.loc[designs[1].name, "max_regret"]


def test_every_uncertain_parameter_has_a_range_that_holds_its_centre(package: CityData, world: StateOfWorld) -> None:
    sweeps = sweeps_of(package, world, [])
    assert len(sweeps) > 15 and all(s.low <= s.centre <= s.high for s in sweeps)
    assert "usage_rate_scale_percent" in {s.parameter for s in sweeps}


def test_a_flip_is_found_where_the_cost_of_operation_makes_it(
    repository: Path, package: CityData, world: StateOfWorld, city: City, tried: Evaluator
) -> None:
    """Resource cost is linear in the share for operation: where two designs cost the same follows from two figures."""
    designs = [design(str(repository / TEMPLATE), {"rate_percent": r}) for r in (4.0, 6.0)]
    one, other = (tried(d) for d in designs)
    paid = [o.fiscal_cost_krw for o in (one, other)]
    at = (paid[0] - paid[1]) / (other.card_payments_krw - one.card_payments_krw)
    sweep = Sweep("operation_share", at - 0.5, at + 0.1, at + 0.5, "share", "test")
    (row,) = swept_outcomes("causal", sweep, designs, "resource_cost", sweep_evaluator(package, world, DAYS, city), 3)
    assert row[9] == pytest.approx(at, abs=1e-3)
    assert "unless operation_share is" in row[-1]


def test_a_design_is_measured_beyond_the_citys_programme(tried: Evaluator) -> None:
    base = load_policy("incheon-2020-actual")
    district = load_policy("gyeyang-2020-actual")
    outcome = relative_evaluator(tried, base)(district)
    assert outcome.fiscal_cost_krw == pytest.approx(tried(district).fiscal_cost_krw - tried(base).fiscal_cost_krw)
    assert value_of(outcome, "cost_of:gyeyang") == tried(district).cost_by_payer_krw["gyeyang"] > 0
    assert value_of(outcome, "small_shop_gain_in:gyeyang") > 0


def test_evenness_is_the_part_that_would_have_to_move() -> None:
    assert uneven_percent({"a": 3, "b": 1}, {"a": 1, "b": 1}) == 25
    assert uneven_percent({"a": 2, "b": 1}, {"a": 2, "b": 1}) == pytest.approx(0)
    assert np.isnan(uneven_percent({"a": -1, "b": 1}, {"a": 1, "b": 1}))


@pytest.mark.parametrize("name", ["small_shop_gain_in:atlantis", "wealth", "cost_of:"])
def test_an_unknown_measure_is_reported_in_one_line(name: str) -> None:
    with pytest.raises(InputError, match="expected one of"):
        require_measure(name)


def test_the_definitions_that_come_with_eum_can_be_run(repository: Path, package: CityData, tmp_path: Path) -> None:
    definition, path = load_choice(SearchDefinition, str(repository / "designs" / "search-gyeyang.toml"))
    work = search_of(definition, path, package, 1, tmp_path)
    assert work.space.n_designs == 11 * 5 * 6 * 5
    game, path = load_choice(GameDefinition, str(repository / "designs" / "game-top-ups.toml"))
    assert design(str(path.parent / game.template), dict.fromkeys(game.players.values(), 1.0)).top_up[-1].tiers


def test_a_full_front_is_checked_and_a_long_one_at_its_ends_and_between() -> None:
    places = [(i,) for i in range(10)]
    assert spread_over_states(places, 20) == places
    assert spread_over_states(places, 4) == [(0,), (3,), (6,), (9,)]


def test_the_check_stands_beside_what_was_expected() -> None:
    lived = [[{"fiscal_cost": 9.0}], [{"fiscal_cost": 11.0}]]
    (row,) = check_rows([{"fiscal_cost": 12.0}], lived, Objectives({"fiscal_cost": -1}, ()))
    assert row["fiscal_cost expected"] == 12 and row["fiscal_cost full"] == 10
    assert row["fiscal_cost low"] < 10 < row["fiscal_cost high"] and row["keeps_bounds"] is True


def test_where_nobody_responds_no_district_adds_anything(
    repository: Path, package: CityData, world: StateOfWorld, city: City
) -> None:
    """Without any response of place or of consumption a top-up is all cost: nobody adds one, from every start."""
    unmoved = {name: 0.0 for name in world.parameters._fields if name.startswith(("place_response_", "mpc_"))}
    numb = world._replace(parameters=world.parameters._replace(**unmoved, basket_response=0.0, time_shift_response=0.0))
    tried = expected_evaluator(package, numb, DAYS, city)
    definition, path = load_choice(GameDefinition, str(repository / "designs" / "game-top-ups.toml"))
    small = definition.model_copy(
        update={
            "players": {"gyeyang": "gyeyang_percent", "seo": "seo_percent"},
            "rates": definition.rates.model_copy(update={"high": 2.0}),
            "payoff": definition.payoff.model_copy(update={"shops": "value_added"}),
        }
    )
    table = laid_out(small, str(path.parent / small.template), tried, lambda: None)
    answers = paths_of(table)
    assert {p.ending for p in answers} == {"settled"} and {p.rounds[-1] for p in answers} == {(0, 0)}
    rows = list(audit_rows("causal", table, profiles_of(table, answers)))
    assert {r[1] for r in rows} == {"no top-ups", "settled from none", "together"}
    assert all(r[7] == 0 for r in rows)


def test_the_same_result_is_kept_as_the_same_bytes(tmp_path: Path) -> None:
    tables = {"front": pd.DataFrame({"a": [1.5, 2.0]})}
    folders = [write_result_folder(tmp_path / n, "search", {"seed": 1}, tables, {"picture": "<svg/>"}) for n in "ab"]
    files = [sorted(p.relative_to(f) for p in f.rglob("*") if p.is_file()) for f in folders]
    assert files[0] == files[1] and Path("picture.svg") in files[0]
    assert all((folders[0] / f).read_bytes() == (folders[1] / f).read_bytes() for f in files[0])
    assert json.loads((folders[0] / "search.json").read_text())["seed"] == 1


def test_in_the_audit_districts_and_city_gain_the_same_and_the_city_counts_every_payer(
    repository: Path, tried: Evaluator
) -> None:
    definition, path = load_choice(GameDefinition, str(repository / "designs" / "game-top-ups.toml"))
    table = laid_out(definition, str(path.parent / definition.template), tried, lambda: None)
    profile = tuple(int(district == "gyeyang") for district in definition.players)
    rows = {r[2]: r for r in audit_rows("causal", table, {"one": profile})}
    districts, city = rows["all districts"], rows["city"]
    assert districts[4] == pytest.approx(city[4]) == sum(r[4] for d, r in rows.items() if d in definition.players)
    outcome = table.outcome(profile)
    assert rows["gyeyang"][6] == outcome.cost_by_payer_krw["gyeyang"] > 0
    assert districts[6] == sum(outcome.cost_by_payer_krw.get(d, 0.0) for d in definition.players)
    assert city[6] == pytest.approx(sum(outcome.cost_by_payer_krw.values())) and city[6] > districts[6]
