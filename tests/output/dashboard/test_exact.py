"""Exact answers: those of `eum compare --engine expected` for the files handed out, and nothing for nothing."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eum.analysis.experiments.outcome import relative_outcome
from eum.calibration.central import INFERENCE_SCALE
from eum.calibration.expectation import Expected, expected_city
from eum.city.data import load_city_data
from eum.errors import InputError
from eum.output.surrogate.definition import PageDefinition, in_won, load_page
from eum.output.surrogate.exact_crowd import SIMULATED_QUANTITIES, crowd_run
from eum.output.surrogate.exact_run import CENTRES, DRAWS, PREPARING, READY, SUPERSEDED, ExactRunner
from eum.output.surrogate.outputs import NARROW, WIDE
from eum.policy.files import load_policy

DESIGNS = Path(__file__).resolve().parents[3] / "designs"


@pytest.fixture(scope="module")
def page() -> tuple[PageDefinition, Path]:
    definition, path = load_page("page-gyeyang")
    return definition.model_copy(update={"n_draws": 1}), path


@pytest.fixture(scope="module")
def exact(page: tuple[PageDefinition, Path]) -> Iterator[ExactRunner]:
    """Return what answers exactly, with as little prepared as answers need."""
    found = ExactRunner(*page)
    found.fill = lambda: None  # type: ignore[method-assign]
    found.prepare()
    yield found


@pytest.fixture(scope="module")
def expected(page: tuple[PageDefinition, Path]) -> dict[str, Expected]:
    """Return what `eum compare --engine expected` prepares at the scale and seed of the printed command, by family."""
    d, package = page[0], load_city_data()
    return {f: expected_city(package, f, (INFERENCE_SCALE, d.seed), (d.start, d.end)) for f in d.families}


def _random(definition: PageDefinition, shares: list[float]) -> dict[str, float]:
    spans = definition.ranges.items()
    return {name: span.steps.value(share * span.steps.last) for (name, span), share in zip(spans, shares, strict=True)}


def _files(definition: PageDefinition, values: dict[str, float], folder: Path) -> list[Path]:
    """Return the two policy files that the page hands out, as its script writes them."""
    told, found = {name: f"{int(v)}" if in_won(name) else f"{v:g}" for name, v in values.items()}, []
    for name in (definition.template, definition.beyond):
        section, lines = "", (DESIGNS / name).read_text(encoding="utf-8").splitlines()
        for i, line in enumerate(lines):
            section = line.strip("[]") if line.startswith("[") else section
            key = line.partition(" = ")[0]
            lines[i] = f"{key} = {told[key]}" if section == "variables" and key in told else line
        found.append(folder / name)
        found[-1].write_text("\n".join(lines) + "\n", encoding="utf-8")
    return found


def _is_what_expect_says(
    exact: ExactRunner, expected: dict[str, Expected], values: dict[str, float], folder: Path
) -> None:
    d = exact.definition
    answer = exact.answer(values, CENTRES, "test")
    assert answer["state"] == READY
    design, alone = map(load_policy, _files(d, values, folder))
    for family, world in zip(d.families, answer["worlds"], strict=True):
        outcomes = [expected[family].evaluate(policy) for policy in (design, alone)]
        more = relative_outcome(*outcomes)
        told = dict(zip(NARROW, world["narrow"]["added"], strict=True))
        told |= dict(zip(WIDE, world["wide"]["added"], strict=True))
        pairs = [
            ("fiscal_cost", more.fiscal_cost_krw),
            ("cashback", more.cashback_krw),
            ("operation", more.operation_krw),
        ]
        pairs += [("card_payments", more.card_payments_krw), ("small_shop_sales", more.small_shop_sales_change_krw)]
        pairs += [(f"rung.{name}", krw) for name, krw in more.effect_krw.items()]
        pairs += [(f"sales.{name}", krw) for name, krw in more.sales_change_by_district_krw.items()]
        pairs += [("cost_of.city", more.cost_by_payer_krw.get("city", 0.0))]
        for name, krw in pairs:
            # The same bits, but for what rounding leaves of nothing.
            assert told[name] == krw or (told[name] == 0 and abs(krw) < 1e-3), (family, name)
        day = outcomes[0].exhausted_on[d.budget]
        assert world["money"]["day"] == ((day - d.start).days if day else -1)
        assert world["money"]["spent"] == pytest.approx(outcomes[0].spent_krw[d.budget], abs=1)


_SHARES = st.lists(st.floats(0, 1), min_size=6, max_size=6)


@settings(max_examples=8)
@given(shares=_SHARES)
def test_an_answer_is_what_expect_says_of_the_files_handed_out(
    exact: ExactRunner, expected: dict[str, Expected], tmp_path_factory: pytest.TempPathFactory, shares: list[float]
) -> None:
    _is_what_expect_says(exact, expected, _random(exact.definition, shares), tmp_path_factory.mktemp("files"))


@pytest.mark.slow
def test_200_answers_are_what_expect_says(exact: ExactRunner, expected: dict[str, Expected], tmp_path: Path) -> None:
    from eum.output.surrogate.kriging import spread_designs

    for point in spread_designs(200, 5, 6):
        _is_what_expect_says(exact, expected, _random(exact.definition, list(map(float, point))), tmp_path)


@settings(max_examples=6)
@given(shares=_SHARES)
def test_a_design_without_instruments_comes_to_nothing_exactly(exact: ExactRunner, shares: list[float]) -> None:
    d = exact.definition
    values = _random(d, shares) | dict.fromkeys(d.instruments, 0)
    for part in (CENTRES, DRAWS):
        for world in exact.answer(values, part, "test")["worlds"]:
            for group in ("narrow", "wide"):
                assert not any(world.get(group, {"added": []})["added"])
            assert world["money"] == {"day": -1, "spent": 0.0, "path": [0.0] * len(d.path_days)}


def test_an_answer_is_json_and_the_draws_are_those_of_stored_answers(exact: ExactRunner) -> None:
    d = exact.definition
    values = {k: v for k, v in d.start_from[0].items() if k != "id"}
    centres, draws = (exact.answer(values, part, "test") for part in (CENTRES, DRAWS))
    assert [world["world"] for world in centres["worlds"]] == [0, 2, 4]
    assert [world["world"] for world in draws["worlds"]] == [1, 3, 5]
    spent = {str(world["world"]): world["money"]["spent"] for world in centres["worlds"]}
    assert all(draws["costs"][world] >= krw for world, krw in spent.items()), "a pot that is large enough pays it all"
    assert json.loads(json.dumps([centres, draws], allow_nan=False)) == [centres, draws]
    found = [(world.question.family, world.question.draw) for _, world in sorted(exact.worlds.items())]
    assert found == [(family, draw) for family in d.families for draw in (0, 1)]


@pytest.mark.parametrize(
    ("change", "told"),
    [({"rate_percent": 99}, "values: rate_percent: 99: expected a number from 0 to 5"), ({"x": 1}, "values: .*x")],
)
def test_a_design_that_the_page_cannot_have_is_refused(exact: ExactRunner, change: dict[str, Any], told: str) -> None:
    values = {k: v for k, v in exact.definition.start_from[0].items() if k != "id"}
    with pytest.raises(InputError, match=told):
        exact.answer({**values, **change}, CENTRES, "test")
    with pytest.raises(InputError, match="part: middle: expected centres or draws"):
        exact.answer(values, "middle", "test")


def test_a_newer_question_of_the_same_visitor_ends_an_older_one(exact: ExactRunner) -> None:
    values = {k: v for k, v in exact.definition.start_from[0].items() if k != "id"} | {"rate_percent": 4.75}
    states: dict[str, str] = {}

    def ask(name: str, visitor: str, rate: float) -> None:
        states[name] = exact.answer({**values, "rate_percent": rate}, DRAWS, visitor)["state"]

    with exact.busy:
        threads = [threading.Thread(target=ask, args=who) for who in (("old", "a", 4.5), ("other", "b", 4.5))]
        for thread in threads:
            thread.start()
        time.sleep(0.2)
        newer = threading.Thread(target=ask, args=("new", "a", 4.25))
        newer.start()
        time.sleep(0.2)
    for thread in (*threads, newer):
        thread.join()
    assert states == {"old": SUPERSEDED, "other": READY, "new": READY}


def test_before_the_worlds_are_prepared_an_answer_is_how_far_that_is(page: tuple[PageDefinition, Path]) -> None:
    fresh = ExactRunner(*page)
    values = {k: v for k, v in page[0].start_from[0].items() if k != "id"}
    assert fresh.answer(values, CENTRES, "me") == {"state": PREPARING, "done": 0, "total": 6, "error": ""}
    with pytest.raises(InputError, match="not ready yet"):
        crowd_run(fresh, values, lambda *_: None)


def test_what_was_worked_out_before_is_read_and_damage_to_it_is_noticed(
    page: tuple[PageDefinition, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition = page[0].model_copy(update={"families": ("causal",), "n_draws": 0})
    city = definition.city.model_copy(update={"low": 9, "high": 10, "step": 1})
    definition = definition.model_copy(update={"city": city})
    monkeypatch.setenv("EUM_CACHE_DIR", str(tmp_path))
    first, second = (ExactRunner(definition, page[1]) for _ in range(2))
    first.prepare()
    files = sorted((tmp_path / "page").iterdir())
    assert len(files) == 2
    content = files[0].read_text()
    files[0].write_text(content.replace("1", "2", 5))
    second.prepare()
    assert second.alone == first.alone
    assert files[0].read_text() == content


def test_a_run_person_by_person_says_every_quantity(exact: ExactRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eum.output.surrogate.exact_crowd.SCALE", 0.002)
    monkeypatch.setattr("eum.output.surrogate.exact_crowd.SEEDS", 2)
    values = {k: v for k, v in exact.definition.start_from[0].items() if k != "id"}
    steps: list[tuple[str, int, int]] = []
    result = crowd_run(exact, values, lambda *step: steps.append(step))
    assert [row["quantity"] for row in result["rows"]] == list(SIMULATED_QUANTITIES)
    assert steps[0] == ("running", 0, 6) and steps[-1] == ("running", 6, 6)
    cost = result["rows"][0]["by_family"]["causal"]
    assert cost["low"] < cost["value"] < cost["high"] and np.isfinite(cost["value"])
