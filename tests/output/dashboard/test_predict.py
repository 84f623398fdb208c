"""The emulator: right where designs are known, honest where they are not, and never against common sense."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from eum.output.surrogate.error import errors
from eum.output.surrogate.kriging import fitted_kriging, spread_designs
from eum.output.surrogate.outputs import NARROW
from eum.output.surrogate.predict import Surrogate, mark_of, to_json_array, unpacked
from eum.output.surrogate.training_runs import held_out_designs, known_designs


@pytest.fixture(scope="module")
def answering(stored: dict[str, Any]) -> Surrogate:
    return Surrogate(stored)


def test_known_designs_come_out_as_they_are() -> None:
    places = 2 * spread_designs(30, 0, 3) - 1
    figures = np.stack([np.sin(places[:, 0]) + places[:, 1] * places[:, 2], np.exp(places[:, 0])], axis=1)
    assert np.allclose(fitted_kriging(places).weights(places) @ figures, figures, atol=5e-3)


def test_known_designs_have_the_same_bits_for_any_number_of_threads() -> None:
    matrices = []
    for n in (1, 2, 3):
        with threadpool_limits(n):
            matrices.append(fitted_kriging(2 * spread_designs(128, 0, 5) - 1).matrix)
    assert all(np.array_equal(matrices[0], other) for other in matrices)


def test_a_figure_in_proportion_to_the_variables_is_exact_everywhere() -> None:
    designs = fitted_kriging(2 * spread_designs(30, 0, 3) - 1)
    others = 2 * spread_designs(20, 100, 3, 1.0) - 1
    linear = np.array([1.0, -2.0, 3.0])
    assert np.allclose(designs.weights(others) @ (designs.places @ linear + 5), others @ linear + 5, atol=1e-5)


def test_points_are_the_same_again_and_reach_the_faces() -> None:
    points = spread_designs(64, 0, 5)
    assert np.array_equal(points, spread_designs(64, 0, 5))
    assert ((points >= 0) & (points <= 1)).all()
    assert (points == 0).any(axis=0).all() and (points == 1).any(axis=0).all()


def test_numbers_survive_being_stored() -> None:
    array = np.array([[1.5, -2.25], [3e9, 0.0]])
    assert np.array_equal(unpacked(to_json_array(array)), array)
    assert np.array_equal(unpacked(to_json_array(array / 3, "<f8")), array / 3)


def test_designs_lived_and_held_out_are_all_different(made: ModuleType) -> None:
    definition, _ = made.small_page()
    designs = [values for part in definition.parts for values in known_designs(definition, part)]
    designs += [values for values, _ in held_out_designs(definition)]
    assert len({tuple(d.values()) for d in designs}) == len(designs)


def test_every_set_of_instruments_is_held_out_and_each_alone_or_in_a_pair_is_known(made: ModuleType) -> None:
    definition, _ = made.small_page()

    def sets(designs: list[dict[str, float]]) -> set[frozenset[str]]:
        return {frozenset(name for name in definition.instruments if values[name]) for values in designs}

    known_sets = sets([values for part in definition.parts for values in known_designs(definition, part)])
    assert known_sets == set(map(frozenset, definition.parts))
    held_out = sets([values for values, _ in held_out_designs(definition)])
    assert held_out == known_sets | {frozenset(definition.instruments)}


def _design(definition: Any, shares: list[float]) -> dict[str, float]:
    spans = definition.ranges
    values = {
        n: s.steps.value(round(share * s.steps.last)) for (n, s), share in zip(spans.items(), shares, strict=True)
    }
    return {name: float(value) for name, value in values.items()}


def _error(rows: Any, output: str) -> Any:
    """Return the error of an output over all families and instruments."""
    return next(r for r in rows if (r["output"], r["family"], r["instruments"]) == (output, "all", "all"))


@given(st.lists(st.floats(0, 1), min_size=6, max_size=6))
def test_more_money_lasts_no_shorter_and_is_never_overspent(
    made: ModuleType, answering: Surrogate, shares: list[float]
) -> None:
    definition, _ = made.small_page()
    values = _design(definition, shares)
    richer = {**values, "budget_krw": values["budget_krw"] * 1.5}
    for poor, rich in zip(answering.lasting(values), answering.lasting(richer), strict=True):
        assert poor.spent_krw <= values["budget_krw"] and poor.spent_krw <= poor.cost_krw
        assert rich.day == -1 or (poor.day != -1 and rich.day >= poor.day)
        assert 0 <= poor.mix.sum() <= 1 + 1e-9 and (poor.mix >= 0).all()


def test_a_design_without_money_does_nothing(answering: Surrogate, stored: dict[str, Any]) -> None:
    begun = {k: v for k, v in stored["definition"]["start_from"][0].items() if k != "id"}
    nothing = answering.figures({**begun, "budget_krw": 0}, "narrow")
    assert np.allclose(nothing, 0, atol=1.0)


@given(st.lists(st.floats(0, 1), min_size=6, max_size=6))
def test_a_design_without_instruments_adds_exactly_nothing(
    made: ModuleType, answering: Surrogate, shares: list[float]
) -> None:
    definition, _ = made.small_page()
    values = _design(definition, shares) | dict.fromkeys(definition.instruments, 0.0)
    for group in ("narrow", "wide"):
        assert not answering.figures(values, group).any()
    for lasting in answering.lasting(values):
        assert lasting.cost_krw == 0 and lasting.day == -1 and not lasting.path.any()


@given(st.lists(st.floats(0, 1), min_size=6, max_size=6), st.floats(1e-6, 1e-3))
def test_a_small_design_is_small(made: ModuleType, answering: Surrogate, shares: list[float], size: float) -> None:
    """Whatever the city does, a design a thousand times smaller does about a thousand times less."""
    definition, _ = made.small_page()
    values = _design(definition, shares) | {"budget_krw": 1e15}
    small = values | {name: values[name] * size for name in definition.instruments}
    whole = np.abs(answering.read_off(values | {"rate_percent": 5.0, "plus_percent": 5.0}, "narrow"))
    assert (np.abs(answering.read_off(small, "narrow")) <= 5 * size * whole + 1e-3).all()


def test_designs_to_begin_with_are_stored_as_they_were_lived(
    made: ModuleType, answering: Surrogate, stored: dict[str, Any]
) -> None:
    for begun in stored["definition"]["start_from"]:
        values = {k: v for k, v in begun.items() if k != "id"}
        cost = made.cost_of(values)
        share = min(values["budget_krw"] / cost, 1.0) if cost else 0.0
        for world, about in enumerate(stored["worlds"]):
            question = made.ParameterDraw(about["family"], about["draw"], 1)
            lived, alone = (made.figures(values, question, s) for s in (share, 0.0))
            told, without = (f(values, "narrow")[world] for f in (answering.figures, answering.city_alone))
            for i, name in enumerate(NARROW):
                assert told[i] == pytest.approx(lived[name] - alone[name], rel=1e-12, abs=1e-3)
                # What is stored of the city's programme alone elsewhere has seven digits.
                assert without[i] == pytest.approx(alone[name], rel=1e-7)
            assert answering.days(values)[world] == (-1 if share in (0.0, 1.0) else answering.days(values)[0])


def test_made_up_truth_is_found(made: ModuleType, answering: Surrogate, stored: dict[str, Any]) -> None:
    begun = {k: v for k, v in stored["definition"]["start_from"][0].items() if k != "id"}
    world = answering.stored["worlds"].index({"family": "causal", "draw": 0})
    lasting = answering.lasting(begun)[world]
    assert lasting.cost_krw == pytest.approx(made.cost_of(begun), rel=0.01)
    share = begun["budget_krw"] / made.cost_of(begun)
    question = made.ParameterDraw("causal", 0, 1)
    truth = made.figures(begun, question, min(share, 1.0))["rung.net_city_sales"]
    alone = made.figures(begun, question, 0.0)["rung.net_city_sales"]
    told = answering.figures(begun, "narrow")[world][NARROW.index("rung.net_city_sales")]
    assert told == pytest.approx(truth - alone, rel=0.02)


def test_the_stated_error_is_that_of_designs_the_emulator_does_not_know(
    made: ModuleType, answering: Surrogate, stored: dict[str, Any]
) -> None:
    """The stated error of the net sales per 100 won, worked out once more from the formulas themselves."""
    definition, _ = made.small_page()
    at = {name: i for i, name in enumerate(NARROW)}
    misses = []
    for world, about in enumerate(stored["worlds"]):
        question = made.ParameterDraw(about["family"], about["draw"], 1)
        for values, share in held_out_designs(definition):
            for part, pot in ((1.0, 1e15), (share, share * made.cost_of(values))):
                asked = {**values, "budget_krw": pot}
                told = answering.read_off(asked, "narrow")[world]
                lived, alone = (made.figures(values, question, s) for s in (part, 0.0))
                added = {n: lived[n] - alone[n] for n in ("rung.net_city_sales", "fiscal_cost")}
                if added["fiscal_cost"] < 20e6:
                    continue
                truth = added["rung.net_city_sales"] / added["fiscal_cost"]
                misses.append(100 * abs(told[at["rung.net_city_sales"]] / told[at["fiscal_cost"]] - truth))
    row = _error(stored["errors"], "own.net_city_sales")
    assert row["n"] == len(misses)
    # What is stored of the city alone has seven digits.
    assert row["median"] == pytest.approx(np.median(misses), rel=0.01, abs=2e-3)
    assert row["within_95"] == pytest.approx(np.quantile(misses, 0.95), rel=0.01)


def test_an_emulator_that_knows_less_states_a_larger_error(made: ModuleType, stored: dict[str, Any]) -> None:
    """The error is measured, not assumed: spoiled answers state a larger one."""
    definition, _ = made.small_page()
    spoiled = Surrogate(stored)
    for part in spoiled.parts:
        part.tables["narrow"] = part.tables["narrow"] * 1.3
    made_up = made.MadeUp(definition)
    questions = [made.ParameterDraw(world["family"], world["draw"], 1) for world in stored["worlds"]]
    rows = errors(spoiled, [made_up.of(question)["held_out"] for question in questions]).to_dict("records")
    assert _error(rows, "cost")["median"] > 5 > _error(stored["errors"], "cost")["median"]


def test_the_mark_is_that_of_the_design_and_of_the_answers() -> None:
    values = {"b": 2.0, "a": 1.0}
    assert mark_of("0123456789ab", values) == mark_of("0123456789ab", {"a": 1, "b": 2})
    assert mark_of("0123456789ab", values) != mark_of("0123456789ab", {"a": 1, "b": 3})
    assert mark_of("0123456789ab", values) != mark_of("9123456789ab", values)
