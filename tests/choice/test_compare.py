"""Policies side by side: one pass for any number, the same figures as alone, a range only with several runs."""

import datetime
import math

import pandas as pd
import pytest

from sim.behavior.parameters import Parameters
from sim.choice.compare import COLUMNS, COST, MONEY, PEOPLE, Runs, rows_of, shown, summary
from sim.city.build import City, build_city
from sim.city.package import Package, load_package
from sim.outcomes.ladder import Coefficients
from sim.policy.files import load_policy
from sim.study.priors import CENTRE, Question, behaviour, coefficients
from sim.study.worlds import Setting, run_worlds

DAYS = (datetime.date(2020, 3, 10), datetime.date(2020, 3, 31))
QUESTION = Question("causal", CENTRE, 1)
NAMES = ("incheon-2020-actual", "incheon-2020-announced", "gyeyang-2020-actual")


@pytest.fixture(scope="module")
def package() -> Package:
    return load_package()


@pytest.fixture(scope="module")
def city(package: Package) -> City:
    return build_city(package, 0.002, 1)


@pytest.fixture(scope="module")
def parameters(package: Package) -> Parameters:
    return behaviour(package, QUESTION)


@pytest.fixture(scope="module")
def c(package: Package, parameters: Parameters) -> Coefficients:
    return coefficients(package, QUESTION, parameters)


def run(city: City, parameters: Parameters, c: Coefficients, names: tuple[str, ...]) -> pd.DataFrame:
    policies = [load_policy("none"), *map(load_policy, names)]
    setting = Setting(policies, [(0, i + 1) for i in range(len(names))], *DAYS)
    return rows_of(run_worlds(city, parameters, setting, 1), city.scale, c)


@pytest.fixture(scope="module")
def rows(city: City, parameters: Parameters, c: Coefficients) -> pd.DataFrame:
    return run(city, parameters, c, NAMES)


def test_a_policy_comes_out_the_same_alone_and_among_others(
    rows: pd.DataFrame, city: City, parameters: Parameters, c: Coefficients
) -> None:
    alone = run(city, parameters, c, NAMES[2:])
    among = rows[rows["policy"] == NAMES[2]].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, among)


def test_payers_add_up_to_the_fiscal_cost(rows: pd.DataFrame) -> None:
    for _, part in rows[rows["group"] == COST].groupby("policy"):
        by_name = part.set_index("measure")["value"]
        assert by_name.filter(like="paid by").sum() == pytest.approx(by_name["fiscal cost"])


def test_deciles_stand_in_order_and_money_that_lasts_says_so(rows: pd.DataFrame) -> None:
    tables = shown(summary(rows, Runs(1, 0)))
    assert tables[PEOPLE]["measure"].tolist() == [f"{i} (won)" for i in range(1, 11)]
    told = tables[MONEY].set_index("measure")
    assert told.loc["runs out: city-cashback (day)", NAMES[0]] == "lasts"
    assert told.loc["runs out: gyeyang-plus (day)", NAMES[0]] == ""


def test_one_run_has_no_range_and_several_have(rows: pd.DataFrame) -> None:
    one = summary(rows, Runs(1, 0))
    assert tuple(one.columns) == COLUMNS and one[one["unit"] != "date"]["low"].isna().all()
    other = rows.assign(value=rows["value"] + 1)
    both = summary(pd.concat([rows, other]), Runs(2, 0))
    cost = both[(both["measure"] == "fiscal cost") & (both["policy"] == NAMES[0])].iloc[0]
    assert cost["low"] < cost["value"] < cost["high"] and cost["n_runs"] == 2


def test_draws_show_quantiles_and_dates_their_earliest_and_latest() -> None:
    days = [datetime.date(2020, 6, d).toordinal() for d in (1, 5, 9)]
    rows = pd.DataFrame([(MONEY, "m", "date", "p", d) for d in [*days, math.inf]], columns=list(COLUMNS[:5]))
    (row,) = summary(rows, Runs(1, 4)).itertuples()
    assert (row.low, row.value, row.high) == (days[0], days[1], math.inf)
    assert shown(summary(rows, Runs(1, 4)))[MONEY]["p"].iloc[0] == "2020-06-05 (2020-06-01 to lasts)"
