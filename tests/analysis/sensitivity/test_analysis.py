"""The whole analysis on tiny settings: the same bytes for any number of workers, and a table that adds up."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eum.analysis.sensitivity import run as live_
from eum.analysis.sensitivity import table as tables
from eum.analysis.sensitivity.analysis import analysis_rows
from eum.analysis.sensitivity.definition import load_sensitivity
from eum.analysis.sensitivity.evaluate_point import OUTPUTS, PointSettings, expected_ratios, world_at
from eum.analysis.sensitivity.factors import CITY, DRAWN, drawn_names, factors_of, question_at
from eum.analysis.sensitivity.run import simulate_points
from eum.behavior.parameters import Parameters
from eum.calibration.expectation import infer_in_expectation
from eum.calibration.fitted import fitted_names
from eum.calibration.priors import CENTRAL, POSTERIOR_DRAW, SHARES, ParameterDraw, drawn_parameters
from eum.city.data import load_city_data
from eum.dimensions import EVIDENCE
from eum.errors import InputError
from eum.output.evidence_pages.sensitivity import sensitivity_page
from eum.output.evidence_pages.sensitivity_figure import sensitivity_picture
from eum.policy.files import load_policy
from eum.runner.tasks import TaskRunner

TINY = """
policy = "incheon-2020-actual"
start = 2020-01-01
end = 2020-01-10
families = ["causal", "survey"]
seed = 1
at_least = 2.9
n_points = 2
n_alone = 2
n_resamples = 20
[crowd]
scale = 0.0005
n_points = 2
n_populations = 2
n_runs = 2
"""
DOCS = Path(__file__).resolve().parents[3] / "docs"
FEW = ("admin_cost_share", "spending_log_sd", "own_region_value_added", "habit_share")


@pytest.fixture(scope="module")
def few() -> pytest.MonkeyPatch:
    """Keep four factors only, so that a run takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        every = live_.factors_of
        patch.setattr(live_, "factors_of", lambda *asked: ([f for f in every(*asked)[0] if f.name in FEW], ["left"]))
        yield patch


@pytest.fixture(scope="module")
def definition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("asked") / "tiny.toml"
    path.write_text(TINY, encoding="utf-8")
    return path


def table_of(definition: Path, folder: Path, n_workers: int) -> str:
    with TaskRunner(folder, n_workers) as many:
        return analysis_rows(simulate_points(load_city_data(), load_sensitivity(str(definition)), many)).to_csv(
            index=False
        )


@pytest.fixture(scope="module")
def alone(few: pytest.MonkeyPatch, definition: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a table that one worker made."""
    path = tmp_path_factory.mktemp("alone") / "sensitivity.csv"
    path.write_text(table_of(definition, path.parent, 1), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def table(alone: Path) -> pd.DataFrame:
    return tables.read_sensitivity(alone)


@pytest.mark.slow
def test_two_workers_give_the_same_bytes(
    few: pytest.MonkeyPatch, alone: Path, definition: Path, tmp_path: Path
) -> None:
    assert table_of(definition, tmp_path, 2) == alone.read_text(encoding="utf-8")


def test_finished_units_are_not_run_again(
    alone: Path, definition: Path, monkeypatch: pytest.MonkeyPatch, few: pytest.MonkeyPatch
) -> None:
    ran: list[tuple[int, int]] = []
    with TaskRunner(alone.parent, on_unit=lambda done, n: ran.append((done, n))) as many:
        again = analysis_rows(simulate_points(load_city_data(), load_sensitivity(str(definition)), many))
    assert ran and all(done == n for done, n in ran)
    assert again.to_csv(index=False) == alone.read_text(encoding="utf-8")


def test_parts_of_the_variance_add_up_to_all_of_it(table: pd.DataFrame) -> None:
    for denominator, definition in OUTPUTS:
        rows = tables.variance_budget(table, definition, denominator)
        parts = rows.drop(index="total")
        assert parts["variance"].sum() == pytest.approx(rows.loc["total", "variance"], rel=1e-9)
        assert parts["value"].sum() == pytest.approx(1.0, abs=1e-9)


def test_first_order_indices_and_interactions_add_up(table: pd.DataFrame) -> None:
    rows = tables.part(table, "index", "net_city_sales", "fiscal_cost")
    sums = rows[rows["measure"] == "first"].groupby("family")["value"].sum()
    assert set(sums.index) == {"all", "causal", "survey"}
    assert sums.to_numpy() == pytest.approx(np.ones(3), abs=1e-9)


def test_value_added_moves_value_added_alone(table: pd.DataFrame) -> None:
    sales = tables.indices(table, "net_of_replacement", "cashback", "causal")
    added = tables.indices(table, "city_value_added", "cashback", "causal")
    assert added.loc["own_region_value_added", "total"] > 100 * sales.loc["own_region_value_added", "total"]


def test_rules_say_where_the_level_is_reached(table: pd.DataFrame) -> None:
    gross = tables.discovered_rules(table, "gross_use", "fiscal_cost")
    assert set(gross["rule"]) == {"everywhere"} and (gross["worlds"] == 4).all()
    national = tables.discovered_rules(table, "national_net", "fiscal_cost")
    assert national.loc["causal", "rule"] == "nowhere" and national.loc["causal", "highest"] < 290


def test_the_operators_cost_moves_no_ratio_and_is_said_to_move_none(table: pd.DataFrame) -> None:
    rows = table[(table["part"] == "factor") & (table["measure"] == "swing")].set_index("item")
    assert set(rows.index) == set(FEW) and rows.loc["admin_cost_share", "value"] == 0.0
    assert rows.loc["admin_cost_share", "text"] == "" and rows.loc["own_region_value_added", "text"] != ""


def test_page_and_figure_are_those_of_the_table(table: pd.DataFrame) -> None:
    told, drawn = sensitivity_page(table), sensitivity_picture(table)
    assert told == sensitivity_page(table) and drawn == sensitivity_picture(table)
    changed = table.assign(value=table["value"].where(table["part"] != "budget", table["value"] * 1.5))
    assert sensitivity_page(changed) != told and sensitivity_picture(changed) != drawn
    assert "`admin_cost_share`" in told.partition("These moved no ratio")[2]


@pytest.mark.skipif(not (DOCS / "sensitivity.csv").exists(), reason="the analysis has not been run")
def test_the_page_in_docs_is_that_of_the_table_beside_it() -> None:
    stored = tables.read_sensitivity(DOCS / "sensitivity.csv")
    assert (DOCS / "sensitivity.md").read_text(encoding="utf-8") == sensitivity_page(stored)
    assert (DOCS / "sensitivity.svg").read_text(encoding="utf-8") == sensitivity_picture(stored)


def test_every_drawn_number_is_a_factor_and_every_other_with_a_range_is_reported() -> None:
    package = load_city_data()
    factors, left = factors_of(package, EVIDENCE)
    names = {factor.name: factor for factor in factors}
    for family in EVIDENCE:
        drawn = [name for name in drawn_names(package, family) if name not in (*SHARES, POSTERIOR_DRAW)]
        assert drawn and all(names[name].how == DRAWN for name in drawn)
        for name, prior in drawn_names(package, family).items():
            if prior and name in names:
                assert names[name][2:5] == package.prior(name, prior)[:3], "the range is that of the draw"
    ranged = {
        name
        for table in ("assumptions", "priors")
        for name in package.table(table).query("low90 < high90")["parameter"]
        if name not in (*SHARES, *fitted_names(package))
    }
    assert set(names) | set(left) == ranged and not set(names) & set(left)
    assert {factor.how for factor in factors} == {CITY, DRAWN}


def test_quantiles_stand_in_the_place_of_draws() -> None:
    package = load_city_data()
    factors = [f for f in factors_of(package, ("causal",))[0] if f.how == DRAWN and f.name in Parameters._fields]
    one, other, *_ = [f for f in factors if f.unit != "share"]
    moved, middle = (
        drawn_parameters(package, question_at("causal", 1, q)) for q in ({one.name: 0.95, other.name: 0.05}, {})
    )
    assert getattr(moved, one.name) == pytest.approx(one.high90)
    assert getattr(moved, other.name) == pytest.approx(other.low90)
    assert middle == drawn_parameters(package, ParameterDraw("causal", CENTRAL, 1))
    still = {one.name: 0.0, other.name: 0.0}
    assert moved._replace(**still) == middle._replace(**still)


def test_a_number_of_the_city_reaches_the_city(definition: Path) -> None:
    package, asked = load_city_data(), load_sensitivity(str(definition))
    factors = tuple(f for f in factors_of(package, asked.families)[0] if f.name == "spending_log_sd")
    centres = {"causal": infer_in_expectation(package, "causal", 1)}
    common = PointSettings(asked, package, load_policy(asked.policy), factors, centres)
    low, high = (world_at(common, "causal", {"spending_log_sd": u}) for u in (0.05, 0.95))
    assert low.package.assumption("spending_log_sd") == pytest.approx(
        package.assumptions("spending_log_sd")["low90"].iloc[0]
    )
    assert np.ptp(low.city.levels.spending_krw_per_year) < np.ptp(high.city.levels.spending_krw_per_year)
    assert expected_ratios(common, low) != expected_ratios(common, high)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("n_points = 2\nn_alone", "n_points = 3\nn_alone", "power of two"),
        ('"survey"]', '"surveys"]', "'surveys': no such family of evidence"),
        ("end = 2020-01-10", "end = 2019-01-10", "after start"),
        ("n_points = 2\nn_pop", "n_points = 4\nn_pop", "at most n_points"),
        ("incheon-2020-actual", "no-such-policy", "no-such-policy"),
    ],
)
def test_a_faulty_definition_is_refused_on_one_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = tmp_path / "faulty.toml"
    path.write_text(TINY.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=told) as error:
        load_sensitivity(str(path))
    assert "\n" not in str(error.value)


def test_a_missing_or_other_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="eum sensitivity"):
        tables.read_sensitivity(tmp_path / "none.csv")
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="expected part, family"):
        tables.read_sensitivity(other)
