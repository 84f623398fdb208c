"""A simulation gives the figures of the commands to the digit, by every engine, and refuses what is no question."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.progress import Progress

import eum
from eum.analysis.experiments.compare_expected import expected_table
from eum.analysis.experiments.run import RunConfig
from eum.runner.results_store import read_tables
from tests.api.conftest import CITY_PROGRAMME, DISTRICT_PROGRAMME, END, START

Command = Callable[..., Any]
SMALL = ("--scale", "0.001", "--days", f"{START}..{END}", "--family", "causal")


def test_results_are_kept_as_the_command_keeps_a_run(single: eum.Results, tmp_path: Path, command: Command) -> None:
    policies = (CITY_PROGRAMME, DISTRICT_PROGRAMME, "--relative-to", CITY_PROGRAMME)
    assert command("run", *policies, *SMALL, "--out", str(tmp_path / "command")).returncode == 0
    single.save(tmp_path / "api")
    mine, told = ((tmp_path / name / "run.json").read_text(encoding="utf-8") for name in ("api", "command"))
    assert json.loads(mine) == json.loads(told)
    tables = read_tables(tmp_path / "command")
    assert set(tables) == set(read_tables(tmp_path / "api"))
    for name, table in read_tables(tmp_path / "api").items():
        pd.testing.assert_frame_equal(table, tables[name])


def test_replicates_give_the_figures_of_compare_to_the_digit(
    results: eum.Results, tmp_path: Path, command: Command
) -> None:
    table = tmp_path / "compared.csv"
    asked = ("--seeds", "2", "--table", str(table))
    assert command("compare", CITY_PROGRAMME, DISTRICT_PROGRAMME, *SMALL, *asked).returncode == 0
    told, mine = pd.read_csv(table), results.comparison()
    assert list(mine.columns) == list(told.columns)
    for column in ("value", "low", "high"):
        assert [f"{x:.12g}" for x in mine[column]] == [f"{x:.12g}" for x in told[column]]
    assert mine["note"].tolist() == told["note"].fillna("").tolist()


def test_expectation_gives_the_figures_of_the_command(simulation: eum.Simulation, small_city: eum.City) -> None:
    request = RunConfig([CITY_PROGRAMME, DISTRICT_PROGRAMME], "causal", 0.001, 1, simulation.start, simulation.end)
    found = simulation.run(engine="expected").comparison()
    pd.testing.assert_frame_equal(found, expected_table(small_city.package, request))


def test_the_reference_gives_the_tables_of_the_compiled_engine() -> None:
    town = eum.City.load(scale=0.0005, seed=2, shop_scale=0.003)
    simulation = eum.Simulation(
        town, [CITY_PROGRAMME, DISTRICT_PROGRAMME], "survey", start="2020-03-28", end="2020-04-04"
    )
    mine, told = (simulation.run(engine=engine) for engine in ("reference", "compiled"))
    for name, table in told.records[0].tables.items():
        pd.testing.assert_frame_equal(mine.records[0].tables[name], table)
    assert told.records[0].tables["second_round"]["krw"].abs().sum() > 0, "April has the local income of March"
    pd.testing.assert_frame_equal(mine.effects(), told.effects())


def test_differences_come_first_and_are_those_within_each_replicate(results: eum.Results) -> None:
    effects = results.effects()
    assert effects["relative_to"].drop_duplicates().tolist() == [CITY_PROGRAMME, "none"]
    krw = effects.set_index(["relative_to", "policy", "effect"])["krw"].sort_index()
    more = krw[CITY_PROGRAMME, DISTRICT_PROGRAMME]
    assert np.allclose(more, krw["none", DISTRICT_PROGRAMME] - krw["none", CITY_PROGRAMME])
    assert effects["effect"].drop_duplicates().tolist() == list(eum.EFFECTS)


def test_compare_is_a_simulation_with_the_first_policy_as_baseline(small_city: eum.City, single: eum.Results) -> None:
    found = eum.compare(small_city, [CITY_PROGRAMME, DISTRICT_PROGRAMME], "causal", start=START, end=END)
    pd.testing.assert_frame_equal(found.effects(), single.effects())


def test_a_baseline_is_run_though_it_is_not_among_the_policies(small_city: eum.City, single: eum.Results) -> None:
    asked = {"start": START, "end": END, "baseline": CITY_PROGRAMME}
    found = eum.Simulation(small_city, DISTRICT_PROGRAMME, "causal", **asked).run()
    pd.testing.assert_frame_equal(found.effects(), single.effects())


def test_progress_is_shown_where_it_is_requested(simulation: eum.Simulation) -> None:
    with Progress(disable=True) as progress:
        simulation.run(progress=progress)
    assert [task.finished for task in progress.tasks] == [True, True]


WRONG: list[tuple[dict, str]] = [
    ({"start": "16 March"}, r"start: '16 March': expected a day like 2020-03-16"),
    ({"start": "2020-03-20"}, r"end: 2020-03-18: expected the last day after the first \(2020-03-20\)"),
    ({"policies": []}, r"policies: none: expected one beside none"),
    ({"policies": [DISTRICT_PROGRAMME] * 2}, r"policies: 'gyeyang-2020-actual' stands twice"),
    ({"policies": "gyeyang"}, r"gyeyang: no such policy"),
    ({"parameters": "casual"}, r"evidence: 'casual': expected one of survey, causal, iri2019"),
    ({"parameters": ["causal", "causal"]}, r"parameters: causal stands twice"),
    ({"parameters": []}, r"parameters: nothing"),
    ({"without": ["gravitation"]}, r"gravitation: expected one of"),
]


@pytest.mark.parametrize(("wrong", "told"), WRONG)
def test_a_wrong_question_is_answered_on_one_line(small_city: eum.City, wrong: dict, told: str) -> None:
    right = {"policies": DISTRICT_PROGRAMME, "parameters": "causal", "start": START, "end": END}
    with pytest.raises(eum.InputError, match=told):
        eum.Simulation(small_city, **(right | wrong))


def test_parameters_of_another_seed_or_other_data_are_refused(small_city: eum.City) -> None:
    parameters = eum.calibrate(small_city, "causal")
    for city, told in (
        (eum.City.load(scale=0.001, seed=2), "seed 1; expected that of the city, 2"),
        (eum.City.load(scale=0.001, seed=1), "other data"),
    ):
        other = city
        if told == "other data":
            object.__setattr__(other, "package", city.package.with_values({"habit_share": 0.1}))
        with pytest.raises(eum.InputError, match=told):
            eum.Simulation(other, DISTRICT_PROGRAMME, parameters, start=START, end=END)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"engine": "fast"}, "engine: 'fast': expected one of compiled, expected, reference"),
        ({"replicates": 0}, "replicates: 0: expected a whole number of 1 or more"),
        ({"replicates": 2, "engine": "expected"}, "replicates: 2: expected 1 with engine='expected'"),
        ({"engine": "reference"}, "expected at most 20,000, one agent at a time"),
    ],
)
def test_a_run_that_cannot_be_is_refused(simulation: eum.Simulation, wrong: dict, told: str) -> None:
    with pytest.raises(eum.InputError, match=told):
        simulation.run(**wrong)
