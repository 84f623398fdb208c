"""Designs lived in a plausible world: what is stored is what the model says, and an exact run says it again."""

import datetime
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eum.analysis.decision.templates import design
from eum.analysis.experiments.outcome import relative_outcome
from eum.analysis.experiments.states_of_the_world import StateOfWorld, expected_evaluator
from eum.calibration.priors import CENTRAL, ParameterDraw, coefficients, drawn_parameters
from eum.city.data import load_city_data
from eum.errors import InputError
from eum.output.dashboard.stored import read_answers, write_answers
from eum.output.surrogate.build import SurrogateRuns, answers, stored_answers
from eum.output.surrogate.definition import PageDefinition, design_values, load_page
from eum.output.surrogate.outputs import NARROW, WIDE
from eum.output.surrogate.predict import Surrogate
from eum.output.surrogate.training_runs import Living, WorldJob, world_tables
from eum.output.surrogate.version import version_of
from eum.runner.tasks import TaskRunner

DESIGNS = Path(__file__).resolve().parents[3] / "designs"
"""Templates of the page."""


@pytest.fixture(scope="module")
def tiny() -> tuple[PageDefinition, Path]:
    definition, path = load_page("page-gyeyang")
    effort = definition.effort.model_copy(
        update={"n_per_lever": 4, "n_held_out": 1, "ends": (datetime.date(2020, 4, 30),)}
    )
    city = definition.city.model_copy(update={"low": 4, "high": 10, "step": 3})
    changes = {"effort": effort, "city": city, "end": datetime.date(2020, 5, 31), "families": ("causal",)}
    changes |= {"start_from": definition.start_from[:2], "n_draws": 0}
    return definition.model_copy(update=changes), path


@pytest.fixture(scope="module")
def world() -> StateOfWorld:
    """Return a world of the causal family whose choices are not inferred, which takes long."""
    package, question = load_city_data(), ParameterDraw("causal", CENTRAL, 1)
    parameters = drawn_parameters(package, question)
    return StateOfWorld(question, parameters, coefficients(package, question, parameters))


@pytest.fixture(scope="module")
def tables(tiny: tuple[PageDefinition, Path], world: StateOfWorld) -> dict[str, Any]:
    return world_tables(_job(tiny[0], world))


def _job(definition: PageDefinition, world: StateOfWorld) -> WorldJob:
    template, alone = (str(DESIGNS / name) for name in (definition.template, definition.beyond))
    return WorldJob(load_city_data(), definition, template, alone, world)


def _values(definition: PageDefinition, row: Any) -> dict[str, Any]:
    """Return a lived design with its pot; won are whole."""
    values = {name: float(row[name]) for name in definition.levers}
    return {**values, "up_to_krw": int(row["up_to_krw"]), "budget_krw": int(row["pot"])}


def test_money_that_ends_ends_on_the_day_it_was_meant_to(
    tiny: tuple[PageDefinition, Path], world: StateOfWorld, tables: dict[str, Any]
) -> None:
    definition, living = tiny[0], Living(_job(tiny[0], world))
    row = tables["full rate_percent"].iloc[0]
    values = {name: row[name] for name in definition.levers} | {"up_to_krw": int(row["up_to_krw"])}
    day = definition.end_days[0]
    assert living.limited(values, row[f"spent.{day}"]).day == day


def test_spending_never_falls_and_a_pot_is_never_overspent(
    tiny: tuple[PageDefinition, Path], tables: dict[str, Any]
) -> None:
    days = [f"spent.{day}" for day in tiny[0].path_days]
    for name in (name for name in tables if name.startswith("full ")):
        paths = tables[name][days].to_numpy()
        assert (np.diff(paths, axis=1) >= 0).all() and (paths >= 0).all() and (paths[:, -1] > 0).all()
    presets = tables["presets"]
    assert (presets[days].to_numpy() <= presets[["budget_krw"]].to_numpy()).all()


def test_figures_of_a_design_are_those_of_its_outcome(
    tiny: tuple[PageDefinition, Path], world: StateOfWorld, tables: dict[str, Any]
) -> None:
    """A held-out design lived again by the way of `eum decide optimize`, beyond the city's programme alone."""
    definition, job = tiny[0], _job(tiny[0], world)
    row = tables["held_out"].iloc[1]
    city = {definition.city.variable: float(row[definition.city.variable])}
    values = _values(definition, row)
    tried = expected_evaluator(job.package, world, (definition.start, definition.end))
    outcome = relative_outcome(tried(design(job.template, values)), tried(design(job.beyond, city)))
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
    row = tables["full rate_percent"].iloc[0]
    kept = {kind: [row[name] for name in WIDE if name.startswith(kind + ".")] for kind in ("kept_home", "kept_city")}
    assert all(0 < home < city < 100 for home, city in zip(*kept.values(), strict=True))
    assert set(NARROW) | set(WIDE) <= set(tables["full rate_percent"])


def test_the_stored_answers_give_known_designs_back(
    tiny: tuple[PageDefinition, Path], world: StateOfWorld, tables: dict[str, Any], tmp_path: Path
) -> None:
    definition, path = tiny
    stored = json.loads(
        json.dumps(stored_answers(load_city_data(), path, SurrogateRuns(definition, [world], [tables])))
    )
    write_answers(tmp_path / "answers.json", stored)
    assert read_answers(tmp_path / "answers.json") == stored
    answering = Surrogate(stored)
    for part in ("rate_percent", "plus_percent", "rate_percent+plus_percent"):
        row = tables[f"full {part}"].iloc[0]
        values = {name: float(row[name]) for name in definition.levers} | {"budget_krw": 1e13}
        alone = tables["city"].set_index(definition.city.variable).loc[values[definition.city.variable]]
        for name, told in zip(NARROW, answering.figures(values, "narrow")[0], strict=True):
            assert told == pytest.approx(row[name] - alone[name], rel=0.05, abs=2e6)


def test_designs_to_begin_with_are_stored_as_they_are_lived(
    tiny: tuple[PageDefinition, Path], world: StateOfWorld, tables: dict[str, Any]
) -> None:
    definition, path = tiny
    answering = Surrogate(stored_answers(load_city_data(), path, SurrogateRuns(definition, [world], [tables])))
    living = Living(_job(definition, world))
    for begun in definition.start_from:
        values = design_values(definition, {name: begun[name] for name in definition.ranges})
        run, alone = living.lived(values), living.city_alone(values[definition.city.variable])
        for name, told in zip(NARROW, answering.figures(values, "narrow")[0], strict=True):
            assert told == run.figures[name] - alone[name]
        assert answering.days(values) == [run.day]


def test_a_rebuild_that_was_stopped_goes_on_and_gives_the_same_answers(
    tiny: tuple[PageDefinition, Path], world: StateOfWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eum.output.surrogate.build.plausible_worlds", lambda *_: iter([world]))
    definition = tiny[0]
    done: list[tuple[int, int]] = []
    with TaskRunner(tmp_path, on_unit=lambda *steps: done.append(steps)) as many:
        first = answers(load_city_data(), definition, tiny[1], many)
        again = answers(load_city_data(), definition, tiny[1], many)
    assert done == [(0, 1), (1, 1), (1, 1)]
    assert json.dumps(first) == json.dumps(again)


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
        design_values(tiny[0], {**begun, **change})


def test_an_unknown_variable_of_a_page_is_told(tmp_path: Path) -> None:
    text = (DESIGNS / "page-gyeyang.toml").read_text(encoding="utf-8").replace("fee_percent", "fees_percent")
    for name in ("gyeyang-variant.toml", "gyeyang-variant-city.toml"):
        (tmp_path / name).write_text((DESIGNS / name).read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "page.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"page\.toml: fees_percent: not in gyeyang-variant\.toml; expected one of"):
        load_page(str(tmp_path / "page.toml"))


@pytest.mark.parametrize("rate", [0, 4.5, 10])
def test_what_a_design_is_counted_beyond_is_the_design_without_its_money(rate: float) -> None:
    """Both files stand by themselves, so that a visitor can take them along."""
    values = {"city_rate_percent": rate}
    alone, whole = (design(str(DESIGNS / f"gyeyang-variant{part}.toml"), values) for part in ("-city", ""))
    other = {"name": "", "hash": "", "title_ko": "", "title_en": ""}
    without = {
        "budget": tuple(pot for pot in whole.budget if pot.id != "gyeyang-programme"),
        **{
            kind: tuple(c for c in getattr(whole, kind) if not c.id.startswith("gyeyang-"))
            for kind in ("top_up", "plus", "fee_support")
        },
    }
    assert whole.model_copy(update={**without, **other}) == alone.model_copy(update=other)


def test_answers_are_of_another_version_once_a_template_changes(tmp_path: Path) -> None:
    for name in ("page-gyeyang.toml", "gyeyang-variant.toml", "gyeyang-variant-city.toml"):
        (tmp_path / name).write_text((DESIGNS / name).read_text(encoding="utf-8"), encoding="utf-8")
    before = version_of(tmp_path / "page-gyeyang.toml")
    assert before == version_of(DESIGNS / "page-gyeyang.toml")
    template = tmp_path / "gyeyang-variant.toml"
    template.write_text(template.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    assert version_of(tmp_path / "page-gyeyang.toml") != before
