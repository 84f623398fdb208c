"""Policies side by side: one pass for any number, the difference first, an interval only with several runs."""

import datetime
import math

import numpy as np
import pandas as pd
import pytest

from eum.analysis.experiments.compare import COMPARISON_COLUMNS, Runs, figure_intervals
from eum.analysis.experiments.comparison_figures import (
    COST,
    EFFECT,
    GAIN,
    MONEY,
    PER_CASHBACK,
    RESIDENT_GROUPS,
    ROW,
    difference_figures,
    run_rows,
)
from eum.analysis.experiments.comparison_tables import screens, table_cell
from eum.analysis.experiments.outcome import relative_outcome, run_outcome
from eum.analysis.experiments.run import RunConfig, reference_of, setting_for
from eum.behavior.parameters import Parameters
from eum.calibration.expectation import ExpectedOutcome
from eum.calibration.priors import CENTRAL, ParameterDraw, coefficients, drawn_parameters
from eum.city.build import City, build_city
from eum.city.data import CityData, load_city_data
from eum.dimensions import EFFECTS
from eum.engine.results import Tables
from eum.engine.scenarios import ScenarioSet, run_worlds
from eum.intervals import EXTREMES, MEAN, NONE, PERCENTILES
from eum.outcomes.effects import Coefficients
from eum.policy.files import load_policy

DAYS = (datetime.date(2020, 3, 10), datetime.date(2020, 3, 31))
QUESTION = ParameterDraw("causal", CENTRAL, 1)
NAMES = ("incheon-2020-actual", "incheon-2020-announced", "gyeyang-2020-actual")
CITY, ANNOUNCED, DISTRICT = NAMES
REQUEST = RunConfig(list(NAMES), "causal", 0.002, 1, *DAYS)


@pytest.fixture(scope="module")
def package() -> CityData:
    return load_city_data()


@pytest.fixture(scope="module")
def city(package: CityData) -> City:
    return build_city(package, 0.002, 1)


@pytest.fixture(scope="module")
def parameters(package: CityData) -> Parameters:
    return drawn_parameters(package, QUESTION)


@pytest.fixture(scope="module")
def c(package: CityData, parameters: Parameters) -> Coefficients:
    return coefficients(package, QUESTION, parameters)


def lived(city: City, parameters: Parameters, names: tuple[str, ...]) -> Tables:
    policies = [load_policy("none"), *map(load_policy, names)]
    return run_worlds(city, parameters, ScenarioSet(policies, [(0, i + 1) for i in range(len(names))], *DAYS), 1)


@pytest.fixture(scope="module")
def tables(city: City, parameters: Parameters) -> Tables:
    return lived(city, parameters, NAMES)


@pytest.fixture(scope="module")
def rows(tables: Tables, city: City, c: Coefficients) -> pd.DataFrame:
    return run_rows(tables, city.scale, c, CITY)


@pytest.fixture(scope="module")
def outcomes(tables: Tables, city: City, c: Coefficients) -> dict[str, ExpectedOutcome]:
    return {name: run_outcome(tables, city.scale, c, name) for name in NAMES}


def one_run(rows: pd.DataFrame, run: int = 0) -> pd.DataFrame:
    return rows.assign(family="causal", run=run)


def test_a_policy_comes_out_the_same_alone_and_among_others(
    rows: pd.DataFrame, city: City, parameters: Parameters, c: Coefficients
) -> None:
    alone = run_rows(lived(city, parameters, NAMES[2:]), city.scale, c, "none")
    assert tuple(alone.columns) == ROW and set(alone["relative_to"]) == {"none"}
    among = rows[(rows["policy"] == DISTRICT) & (rows["relative_to"] == "none")].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, among)


def test_payers_add_up_to_the_fiscal_cost_and_to_the_additional_one(rows: pd.DataFrame) -> None:
    for _, part in rows[rows["group"] == COST].groupby(["policy", "relative_to"]):
        by_name = part.set_index("measure")["value"]
        assert by_name.filter(like="paid by").sum() == pytest.approx(by_name["fiscal cost"])


def test_a_difference_is_that_of_the_levels_and_its_ratio_that_of_the_differences(rows: pd.DataFrame) -> None:
    keys = ["group", "measure"]
    level = {name: rows[(rows["policy"] == name) & (rows["relative_to"] == "none")] for name in NAMES}
    for name in (ANNOUNCED, DISTRICT):
        more = rows[(rows["policy"] == name) & (rows["relative_to"] == CITY)].set_index(keys)["value"]
        own, other = (level[p].set_index(keys)["value"] for p in (name, CITY))
        for group in (COST, GAIN, RESIDENT_GROUPS):
            assert more[group].to_numpy() == pytest.approx((own[group] - other[group]).to_numpy()), group
        for group, cost in ((EFFECT, "fiscal cost"), (PER_CASHBACK, "cashback")):
            extra = more[COST, cost]
            ratio = 100 * more[GAIN] / extra if extra > 0 else np.full(len(EFFECTS), np.nan)
            assert more[group].to_numpy() == pytest.approx(np.array(ratio), nan_ok=True), group


def test_a_comparison_and_the_verbs_that_choose_mean_the_same_by_relative_to(
    outcomes: dict[str, ExpectedOutcome],
) -> None:
    more = relative_outcome(outcomes[DISTRICT], outcomes[CITY])
    found = {(f.group, f.measure): f.value for f in difference_figures(outcomes[DISTRICT], outcomes[CITY])}
    assert found[COST, "fiscal cost"] == more.fiscal_cost_krw > 0
    for rung in EFFECTS:
        assert found[GAIN, rung] == more.effect_krw[rung]
        assert found[EFFECT, rung] == pytest.approx(100 * more.ratio[rung])


def test_the_average_of_the_dearer_policy_lies_between_that_of_the_cheaper_and_the_marginal(
    tables: Tables, city: City, c: Coefficients
) -> None:
    rows = run_rows(tables, city.scale, c, ANNOUNCED)
    ratio = rows[(rows["group"] == EFFECT) & (rows["measure"] == "net_city_sales")].set_index(["policy", "relative_to"])
    cheap, dear, more = (ratio.loc[key, "value"] for key in ((ANNOUNCED, "none"), (CITY, "none"), (CITY, ANNOUNCED)))
    assert min(cheap, more) <= dear <= max(cheap, more)


def test_a_saving_has_words_and_no_ratio(rows: pd.DataFrame) -> None:
    table = figure_intervals(one_run(rows), REQUEST, Runs(1, 0))
    cheaper = table[(table["policy"] == ANNOUNCED) & (table["relative_to"] == CITY)].set_index(["group", "measure"])
    assert cheaper.loc[(COST, "fiscal cost"), "value"] < 0 > cheaper.loc[(GAIN, "gross_use"), "value"]
    for group in (EFFECT, PER_CASHBACK):
        assert cheaper.loc[group]["value"].isna().all()
        assert cheaper.loc[(group, "gross_use"), "note"].startswith("saves ")
        assert ", loses " in cheaper.loc[(group, "gross_use"), "note"]


def made(costs: list[float], gains: list[float]) -> pd.DataFrame:
    """Return runs in which one policy costs 1,000 억원 and another that much more or less."""
    parts = []
    for run, (cost, gain) in enumerate(zip(costs, gains, strict=True)):
        ratio = 100 * gain / cost if cost > 0 else math.nan
        told = [("a", "none", COST, "fiscal cost", "krw", 1e11), ("b", "a", COST, "fiscal cost", "krw", cost)]
        told += [("b", "a", GAIN, "net_city_sales", "krw", gain)]
        told += [("b", "a", EFFECT, "net_city_sales", "won per 100 won", ratio)]
        parts.append(pd.DataFrame(told, columns=list(ROW)).assign(family="causal", run=run))
    return pd.concat(parts)


CASES = [
    ([2e9, 3e9, 4e9], [3e9, 3e9, 3e9], None),
    ([-2e9, -3e9, -4e9], [-3e9, -6e9, -9e9], "saves 30.0, loses 60.0"),
    ([-2e9, -3e9, -4e9], [1e8, 1e8, 1e8], "saves 30.0, gains 1.00"),
    ([5e7, 1e7, -2e7], [3e9, 3e9, 3e9], "costs 0.13 more, gains 30.0"),
    ([2e9, -3e9, 4e9], [3e9, 3e9, 3e9], "dearer in 2 of 3 runs, gains 30.0"),
    ([2e8, 2e8, 9e9], [3e9, 3e9, 3e9], "cost not surely more, gains 30.0"),
    ([2e9, 3e9, 4e9], [-3e9, -3e9, -3e9], None),
]


@pytest.mark.parametrize(("costs", "gains", "note"), CASES)
def test_there_is_a_ratio_only_over_an_additional_cost_that_is_surely_above_zero(
    costs: list[float], gains: list[float], note: str | None
) -> None:
    table = figure_intervals(made(costs, gains), REQUEST, Runs(3, 0))
    (row,) = table[table["group"] == EFFECT].to_dict("records")
    if note is not None:
        assert math.isnan(row["value"]) and row["note"] == note and row["interval"] == NONE
        return
    each = [100 * g / c for c, g in zip(costs, gains, strict=True)]
    assert row["value"] == pytest.approx(np.mean(each)) and row["low"] < row["value"] < row["high"]
    assert row["note"] == "" and row["interval"] == MEAN and (row["value"] < 0) == (gains[0] < 0)


def test_a_paired_difference_is_closer_than_the_levels() -> None:
    """Runs that differ by 10 in level and by a tenth in the difference."""
    parts = []
    for run, level in enumerate((1e11, 1.1e11, 1.2e11)):
        told = [(p, "none", COST, "fiscal cost", "krw", level + more) for p, more in (("a", 0.0), ("b", 1e10))]
        told.append(("b", "a", COST, "fiscal cost", "krw", 1e10 + run * 1e8))
        parts.append(pd.DataFrame(told, columns=list(ROW)).assign(family="causal", run=run))
    table = figure_intervals(pd.concat(parts), REQUEST, Runs(3, 0)).set_index(["policy", "relative_to"])
    width = table["high"] - table["low"]
    assert width["b", "a"] < width["b", "none"] / 50


def test_the_tables_of_two_comparisons_can_be_told_apart(rows: pd.DataFrame) -> None:
    table = figure_intervals(one_run(rows), REQUEST, Runs(1, 0))
    assert tuple(table.columns) == COMPARISON_COLUMNS
    first = table.iloc[0]
    told = (first["family"], first["start"], first["end"], first["scale"], first["seed"])
    assert told == ("causal", "2020-03-10", "2020-03-31", 0.002, 1)
    assert set(table[table["group"] == EFFECT]["denominator"]) == {"fiscal cost"}
    assert set(table[table["group"] == PER_CASHBACK]["denominator"]) == {"cashback"}
    keys = ["family", "policy", "relative_to", "group", "measure"]
    assert not table.duplicated(keys).any()


def test_the_change_comes_first_and_families_stand_side_by_side(rows: pd.DataFrame) -> None:
    both = pd.concat([rows.assign(family=f, run=0) for f in ("survey", "causal")])
    shown = list(screens(figure_intervals(both, REQUEST, Runs(1, 0)), "March", "Told.", full=False))
    assert [s.title.split(":")[0] for s in shown[:2]] == [f"From {CITY} to {p}" for p in (ANNOUNCED, DISTRICT)]
    assert len(shown) == 3 and shown[2].title.startswith("Average, each policy against none")
    for screen in shown:
        assert list(screen.rows.columns) == ["measure", "survey", "causal"]
        assert (screen.rows["survey"] == screen.rows["causal"]).all()
    everything = list(screens(figure_intervals(both, REQUEST, Runs(1, 0)), "March", "Told.", full=True))
    people = next(s for s in everything if s.title.startswith(RESIDENT_GROUPS)).rows["measure"].str.strip().tolist()
    assert people[1:11] == [f"{i} (won)" for i in range(1, 11)]
    money = next(s for s in everything if s.title.startswith(MONEY)).rows
    lasting = money[money["measure"].str.strip() == "runs out: city-cashback (day)"]
    assert (lasting["causal"] == "lasts").all() and len(lasting) == len(NAMES)


def test_one_run_has_no_interval_and_several_have(rows: pd.DataFrame) -> None:
    one = figure_intervals(one_run(rows), REQUEST, Runs(1, 0))
    assert one[one["unit"] != "date"]["low"].isna().all() and set(one["interval"]) == {NONE}
    both = pd.concat([one_run(rows), one_run(rows.assign(value=rows["value"] + 1), 1)])
    for runs, kind in ((Runs(2, 0), MEAN), (Runs(1, 2), PERCENTILES)):
        table = figure_intervals(both, REQUEST, runs)
        cost = table[(table["measure"] == "fiscal cost") & (table["policy"] == CITY)].iloc[0]
        assert cost["low"] < cost["value"] < cost["high"] and cost["n_runs"] == 2 and cost["interval"] == kind


def test_dates_show_their_median_earliest_and_latest() -> None:
    days = [*(datetime.date(2020, 6, d).toordinal() for d in (1, 5, 9)), math.inf]
    rows = pd.concat(
        [pd.DataFrame([("p", "none", MONEY, "m", "date", d)], columns=list(ROW)).assign(family="f", run=i)
         for i, d in enumerate(days)]
    )  # fmt: skip
    (row,) = figure_intervals(rows, REQUEST, Runs(1, 4)).itertuples()
    assert (row.low, row.value, row.high, row.interval) == (days[0], days[1], math.inf, EXTREMES)
    assert row.note == "2020-06-05 (2020-06-01 to lasts)"


def shown(value: float, low: float, high: float, unit: str = "won", kind: str = MEAN) -> str:
    return table_cell(pd.Series({"value": value, "low": low, "high": high, "unit": unit, "interval": kind, "note": ""}))


def test_an_interval_is_seen_even_where_it_is_narrow() -> None:
    assert shown(118.94, 117.9, 120.0) == "119 ± 1"
    assert shown(118.94, 118.81, 119.07) == "118.9 ± 0.1", "not 119 alone, which would look exact"
    assert shown(118.94, 110.3, 127.1, kind=PERCENTILES) == "119 (110 to 127)"
    assert shown(1.2345e11, 1.2344e11, 1.2346e11, "krw") == "1,234.5 ± 0.1"
    assert shown(5.0, 5.0, 5.0) == shown(5.0, 5.0 - 1e-15, 5.0 + 1e-15) == "5", "the same in all runs"
    assert shown(5.0, 4.99999, 5.00001) == "5 ± <1" and shown(209.9, 208.92, 210.88) == "210 ± 1"
    assert shown(-0.001, -0.002, 0.0) == "-0.001 ± 0.001" and shown(-0.0, math.nan, math.nan) == "0"
    assert shown(math.nan, math.nan, math.nan) == "-"


def test_what_others_are_compared_with_is_the_first_or_the_one_requested() -> None:
    assert reference_of(REQUEST) == CITY
    assert reference_of(REQUEST._replace(policies=[DISTRICT])) == "none"
    assert reference_of(REQUEST._replace(policies=["none", DISTRICT])) == "none"
    asked = REQUEST._replace(policies=[DISTRICT], relative_to=ANNOUNCED)
    assert reference_of(asked) == ANNOUNCED
    assert [p.name for p in setting_for(asked).policies] == ["none", ANNOUNCED, DISTRICT], "it is run too"
    twice = REQUEST._replace(relative_to=ANNOUNCED)
    assert [p.name for p in setting_for(twice).policies] == ["none", *NAMES], "and once"
