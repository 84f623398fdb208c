"""Designs lived in a plausible world: what is stored is what the model says, and an exact run says it again."""

import datetime
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.choice.answering import Answering
from sim.choice.answers import Lived, answers, stored_answers
from sim.choice.exact import QUANTITIES, Exact, require_values
from sim.choice.live_designs import WorldJob, world_tables
from sim.choice.outcome import beyond
from sim.choice.page_definition import PageDefinition, load_page
from sim.choice.read_off import NARROW, WIDE
from sim.choice.templates import design
from sim.choice.versions import version_of
from sim.choice.worlds import World, expected_in
from sim.city.package import load_package
from sim.errors import InputError
from sim.study.many import Many
from sim.study.priors import CENTRE, Question, behaviour, coefficients

DESIGNS = Path(__file__).resolve().parents[2] / "designs"
"""Templates of the page."""


@pytest.fixture(scope="module")
def tiny() -> tuple[PageDefinition, Path]:
    definition, path = load_page("page-gyeyang")
    effort = definition.effort.model_copy(
        update={"n_full": 16, "n_cut": 16, "n_held_out": 2, "ends": (datetime.date(2020, 4, 30),)}
    )
    city = definition.city.model_copy(update={"low": 4, "high": 10, "step": 3})
    return definition.model_copy(update={"effort": effort, "city": city, "end": datetime.date(2020, 5, 31)}), path


@pytest.fixture(scope="module")
def world() -> World:
    """Return a world of the causal family whose choices are not inferred, which takes long."""
    package, question = load_package(), Question("causal", CENTRE, 1)
    parameters = behaviour(package, question)
    return World(question, parameters, coefficients(package, question, parameters))


@pytest.fixture(scope="module")
def tables(tiny: tuple[PageDefinition, Path], world: World) -> dict[str, Any]:
    return world_tables(_job(tiny[0], world))


def _job(definition: PageDefinition, world: World) -> WorldJob:
    template, alone = (str(DESIGNS / name) for name in (definition.template, definition.beyond))
    return WorldJob(load_package(), definition, template, alone, world)


def _values(definition: PageDefinition, row: Any) -> dict[str, Any]:
    """Return a lived design with its pot; won are whole."""
    values = {name: float(row[name]) for name in definition.levers}
    return {**values, "up_to_krw": int(row["up_to_krw"]), "budget_krw": int(row["pot"])}


class _Kept:
    def __init__(self, tables: dict[str, Any]) -> None:
        self._tables = tables

    def of(self, _: str) -> dict[str, Any]:
        return self._tables


def test_money_that_ends_ends_on_the_day_it_was_meant_to(
    tiny: tuple[PageDefinition, Path], tables: dict[str, Any]
) -> None:
    definition = tiny[0]
    costs = tables["full"][f"spent.{definition.end_days[-1]}"]
    for row, cost in zip(tables["cut"].to_dict("records"), costs, strict=True):
        if cost > 0:
            assert row["day"] == definition.end_days[0]


def test_spending_never_falls_and_a_pot_is_never_overspent(
    tiny: tuple[PageDefinition, Path], tables: dict[str, Any]
) -> None:
    paths = tables["full"][[f"spent.{day}" for day in tiny[0].path_days]].to_numpy()
    assert (np.diff(paths, axis=1) >= 0).all() and (paths >= 0).all()


def test_figures_of_a_design_are_those_of_its_outcome(
    tiny: tuple[PageDefinition, Path], world: World, tables: dict[str, Any]
) -> None:
    """A held-out design lived again by the way of `eum search`, beyond the city's programme alone."""
    definition, job = tiny[0], _job(tiny[0], world)
    row = tables["held_out"].iloc[1]
    city = {definition.city.variable: float(row[definition.city.variable])}
    values = _values(definition, row)
    tried = expected_in(job.package, world, (definition.start, definition.end))
    outcome = beyond(tried(design(job.template, values)), tried(design(job.beyond, city)))
    alone = tables["city"].set_index(definition.city.variable).loc[city[definition.city.variable]]
    for name, expected in (
        ("fiscal_cost", outcome.fiscal_cost_krw),
        ("rung.net_city_sales", outcome.effect_krw["net_city_sales"]),
        ("own_sales", outcome.sales_change_by_district_krw["gyeyang"]),
        ("kept_in_city", 100 * outcome.share_city_more),
    ):
        assert row[name] - alone[name] == pytest.approx(expected, rel=1e-6)
    day = outcome.exhausted_on[definition.budget]
    assert row["day"] == (day - definition.start).days if day else -1


def test_shares_kept_by_home_make_up_the_citys(tables: dict[str, Any]) -> None:
    row = tables["full"].iloc[0]
    kept = {kind: [row[name] for name in WIDE if name.startswith(kind + ".")] for kind in ("kept_home", "kept_city")}
    assert all(0 < home < city < 100 for home, city in zip(*kept.values(), strict=True))
    assert set(NARROW) | set(WIDE) <= set(tables["full"])


def test_the_stored_answers_give_known_designs_back(
    tiny: tuple[PageDefinition, Path], world: World, tables: dict[str, Any]
) -> None:
    definition, path = tiny
    found = Lived(definition, [world], _Kept(tables))  # type: ignore[arg-type]
    answering = Answering(stored_answers(load_package(), path, found))
    row = tables["full"].iloc[0]
    values = {name: float(row[name]) for name in definition.levers} | {"budget_krw": 1e13}
    alone = tables["city"].set_index(definition.city.variable).loc[values[definition.city.variable]]
    for name, told in zip(NARROW, answering.figures(values, "narrow")[0], strict=True):
        assert told == pytest.approx(row[name] - alone[name], rel=0.02, abs=1e6)


def test_a_rebuild_that_was_stopped_goes_on_and_gives_the_same_answers(
    tiny: tuple[PageDefinition, Path], world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.choice.answers.plausible_worlds", lambda *_: iter([world]))
    definition = tiny[0].model_copy(update={"families": ("causal",)})
    done: list[tuple[int, int]] = []
    with Many(tmp_path, on_unit=lambda *steps: done.append(steps)) as many:
        first = answers(load_package(), definition, tiny[1], many)
        again = answers(load_package(), definition, tiny[1], many)
    assert done == [(0, 1), (1, 1), (1, 1)]
    assert json.dumps(first) == json.dumps(again)


@pytest.fixture
def exact(tiny: tuple[PageDefinition, Path], world: World) -> Iterator[Exact]:
    found = Exact(*tiny)
    found._package, found._worlds = load_package(), [world]
    yield found


def test_an_exact_run_in_expectation_says_what_was_lived(exact: Exact, tables: dict[str, Any]) -> None:
    definition, row = exact.definition, tables["held_out"].iloc[1]
    values = _values(definition, row)
    if not definition.money.low <= values["budget_krw"] <= definition.money.high:
        values["budget_krw"] = definition.money.low
    steps: list[tuple[str, int, int]] = []
    result = exact.run(values, "expected", lambda *step: steps.append(step))
    assert [r["quantity"] for r in result["rows"]] == list(QUANTITIES)
    assert steps[-1] == ("running", 1, 1)
    cost = result["rows"][0]["by_family"]["causal"]["value"]
    if values["budget_krw"] == int(row["pot"]):
        alone = tables["city"].set_index(definition.city.variable).loc[values[definition.city.variable]]
        assert cost == pytest.approx(row["fiscal_cost"] - alone["fiscal_cost"], rel=1e-6)
    assert cost > 0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"rate_percent": 50.0}, "values: rate_percent: 50.0: expected a number from 0 to 5"),
        ({"rate_percent": "1"}, "values: rate_percent: '1': expected a number"),
        ({"rate_percent": float("nan")}, "values: rate_percent: nan: expected a number"),
        ({"other": 1.0}, "values: .*other: expected"),
    ],
)
def test_values_that_a_page_cannot_have_are_refused(
    tiny: tuple[PageDefinition, Path], change: dict[str, Any], told: str
) -> None:
    begun = {k: v for k, v in tiny[0].start_from[0].items() if k != "id"}
    with pytest.raises(InputError, match=told):
        require_values(tiny[0], {**begun, **change})  # type: ignore[arg-type]


def test_an_unknown_variable_of_a_page_is_told(tmp_path: Path) -> None:
    text = (DESIGNS / "page-gyeyang.toml").read_text(encoding="utf-8").replace("fee_percent", "fees_percent")
    for name in ("gyeyang-variant.toml", "gyeyang-variant-city.toml"):
        (tmp_path / name).write_text((DESIGNS / name).read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "page.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"page\.toml: fees_percent: not in gyeyang-variant\.toml; expected one of"):
        load_page(str(tmp_path / "page.toml"))


def test_answers_are_of_another_version_once_a_template_changes(tmp_path: Path) -> None:
    for name in ("page-gyeyang.toml", "gyeyang-variant.toml", "gyeyang-variant-city.toml"):
        (tmp_path / name).write_text((DESIGNS / name).read_text(encoding="utf-8"), encoding="utf-8")
    before = version_of(tmp_path / "page-gyeyang.toml")
    assert before == version_of(DESIGNS / "page-gyeyang.toml")
    template = tmp_path / "gyeyang-variant.toml"
    template.write_text(template.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    assert version_of(tmp_path / "page-gyeyang.toml") != before
