"""Tables of results say what they are, figures show what the tables say, and a folder gives back what was kept."""

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

import eum
from tests.api.conftest import CITY_PROGRAMME, DISTRICT_PROGRAMME, END, START

TABLES = ("effects", "costs", "gains", "retention", "budgets", "daily", "classes")


@pytest.mark.parametrize("name", TABLES)
def test_every_number_of_a_table_has_a_unit(results: eum.Results, name: str) -> None:
    table = getattr(results, name)()
    numbers = table.select_dtypes("number").columns
    assert len(table) and set(numbers) == set(table.attrs["units"])
    assert table["evidence"].unique().tolist() == ["causal"]


def test_costs_of_payers_sum_to_the_fiscal_cost(results: eum.Results) -> None:
    costs = results.costs("none").set_index(["policy", "cost"])["krw"]
    for policy in (CITY_PROGRAMME, DISTRICT_PROGRAMME):
        paid = costs[policy]
        assert paid["fiscal cost"] == pytest.approx(paid[paid.index.str.startswith("paid by ")].sum())


def test_effects_are_over_the_fiscal_cost_first_and_cashback_beside(results: eum.Results) -> None:
    effects = results.effects("none")
    run = results.comparison("none")
    assert effects.columns.tolist()[4:9:4] == ["krw", "krw_per_100_krw_cashback"]
    per = run[run["group"] == "effect per 100 won of fiscal cost"]
    assert effects["krw_per_100_krw_fiscal_cost"].tolist() == per["value"].tolist()
    assert (effects["low"] < effects["krw_per_100_krw_fiscal_cost"]).all()


def test_shares_of_spending_sum_to_one_and_the_counterfactual_has_no_change(results: eum.Results) -> None:
    shares = results.retention()
    assert (
        shares.filter(["share_home_district", "share_other_districts", "share_outside"])
        .sum(axis=1)
        .round(12)
        .eq(1)
        .all()
    )
    assert shares[shares["policy"] == "none"]["share_city_change"].eq(0).all()
    assert shares["home"].iloc[0] == "incheon"
    assert len(results.retention(by_sector=True)) > 5 * len(shares)


def test_days_are_the_mean_of_the_replicates(results: eum.Results) -> None:
    daily = results.daily()
    assert daily["date"].min() == pd.Timestamp(START) and daily["date"].max() == pd.Timestamp(END)
    mean = np.mean([r.tables["daily"]["card_payments_krw"].sum() for r in results.records]) / 0.001
    assert daily["card_payments_krw"].sum() == pytest.approx(mean)


def test_classes_are_all_of_card_payments(single: eum.Results) -> None:
    classes = single.classes().groupby("policy")["krw"].sum()
    payments = single.costs("none").query("cost == 'card payments'").set_index("policy")["krw"]
    assert classes[DISTRICT_PROGRAMME] == pytest.approx(payments[DISTRICT_PROGRAMME])


def test_a_budget_that_is_too_small_runs_out_on_a_day(small_city: eum.City) -> None:
    small = eum.Policy.load(DISTRICT_PROGRAMME).replace("budget[city-cashback].amount_krw", 10**9, name="little")
    results = eum.Simulation(small_city, small, "causal", start=START, end=END).run()
    budget = results.budgets().set_index("budget").loc["city-cashback"]
    assert pd.Timestamp(START) <= budget["exhausted_on"] <= pd.Timestamp(END)
    assert budget["amount_krw"] == 10**9 and budget["spent_krw"] == pytest.approx(10**9, rel=1e-3), (
        "floors of shares stay"
    )
    assert pd.isna(results.budgets().set_index("budget").loc["gyeyang-event", "exhausted_on"])


def test_a_folder_gives_back_the_results_that_were_kept(results: eum.Results, tmp_path: Path) -> None:
    results.save(tmp_path / "kept")
    found = eum.Results.load(tmp_path / "kept")
    assert repr(found) == repr(results) and found.baseline == results.baseline
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(found, name)(), getattr(results, name)())
    with pytest.raises(eum.InputError, match="there is a result here already"):
        results.save(tmp_path / "kept")
    results.save(tmp_path / "kept", replace=True)


def test_what_holds_no_run_is_refused(simulation: eum.Simulation, tmp_path: Path) -> None:
    with pytest.raises(eum.InputError, match=r"no run\.json here"):
        eum.Results.load(tmp_path)
    expected = simulation.run(engine="expected")
    with pytest.raises(eum.InputError, match="results in expectation are not kept"):
        expected.save(tmp_path / "expected")
    with pytest.raises(eum.InputError, match="gains: not known with engine='expected'"):
        expected.gains()
    with pytest.raises(eum.InputError, match="relative_to: 'nobody': expected one of none, incheon-2020-actual"):
        expected.effects("nobody")


FIGURES: list[Callable[[eum.Results], plt.Axes]] = [
    lambda results: results.plot.effects(),
    lambda results: results.plot.effects("none"),
    lambda results: results.plot.budgets(),
    lambda results: results.plot.daily("subscribers"),
    lambda results: results.plot.retention(),
]


@pytest.mark.parametrize("draw", FIGURES)
def test_a_figure_is_drawn_and_leaves_the_session_as_it_was(results: eum.Results, draw: Callable) -> None:
    before = dict(mpl.rcParams)
    axes = draw(results)
    axes.get_figure().canvas.draw()
    assert dict(mpl.rcParams) == before
    assert axes.get_legend_handles_labels()[1] and (axes.get_xlabel() or axes.get_ylabel())
    plt.close("all")


def test_a_figure_is_drawn_where_it_is_requested_and_shows_the_table(results: eum.Results) -> None:
    figure, ax = plt.subplots()
    assert results.plot.effects("none", ax=ax) is ax
    table = results.effects("none").query("policy == @CITY_PROGRAMME", local_dict={"CITY_PROGRAMME": CITY_PROGRAMME})
    drawn = next(line for line in ax.get_lines() if line.get_label() == CITY_PROGRAMME)
    assert np.asarray(drawn.get_xdata()).tolist() == table["krw_per_100_krw_fiscal_cost"].tolist()
    plt.close(figure)


def test_a_notebook_shows_the_difference_before_the_averages(results: eum.Results, small_city: eum.City) -> None:
    shown = results._repr_html_()
    assert 0 < shown.index(f"From {CITY_PROGRAMME} to {DISTRICT_PROGRAMME}") < shown.index("Average, each policy")
    assert "residents" in small_city._repr_html_()
    assert "Gyeyang" in eum.Policy.load(DISTRICT_PROGRAMME)._repr_html_()
    assert "mpc_other" in eum.calibrate(small_city, "causal")._repr_html_()
