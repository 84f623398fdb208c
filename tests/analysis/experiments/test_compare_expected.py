"""A comparison in expectation: the difference first, in every family, with what was measured of its error."""

import datetime

import pandas as pd
import pytest

from eum.analysis.experiments.compare import COMPARISON_COLUMNS
from eum.analysis.experiments.compare_expected import (
    OF_CHANGES,
    OF_LEVELS,
    compared_policies,
    errors_table,
    expected_table,
)
from eum.analysis.experiments.comparison_figures import COST, EFFECT, GAIN
from eum.analysis.experiments.run import RunConfig
from eum.analysis.validation.engine_error import ERROR_COLUMNS as OF_ERRORS
from eum.analysis.validation.engine_error import OWN
from eum.city.data import load_city_data
from eum.dimensions import EVIDENCE
from eum.errors import InputError
from eum.policy.files import load_policy

ANNOUNCED, ACTUAL = "incheon-2020-announced", "incheon-2020-actual"
REQUEST = RunConfig([ANNOUNCED, ACTUAL], "all", 0.002, 1, datetime.date(2020, 3, 1), datetime.date(2020, 3, 31))


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return expected_table(load_city_data(), REQUEST)


def test_every_family_has_the_change_and_both_averages(table: pd.DataFrame) -> None:
    assert tuple(table.columns) == COMPARISON_COLUMNS and tuple(dict.fromkeys(table["family"])) == EVIDENCE
    keys = set(table[["policy", "relative_to"]].itertuples(index=False, name=None))
    assert keys == {(ANNOUNCED, "none"), (ACTUAL, "none"), (ACTUAL, ANNOUNCED)}
    assert table["low"].where(table["unit"] != "date").isna().all() and (table["n_runs"] == 1).all()


@pytest.mark.parametrize("family", EVIDENCE)
def test_the_additional_won_does_less_than_the_first_ones_did(table: pd.DataFrame, family: str) -> None:
    """From 4 to 10 percent: the marginal ratio lies below either average, as that of 10 percent is the lower one."""
    mine = table[(table["family"] == family) & (table["group"] == EFFECT) & (table["measure"] == "net_city_sales")]
    ratio = mine.set_index(["policy", "relative_to"])["value"]
    assert ratio[ACTUAL, ANNOUNCED] < ratio[ACTUAL, "none"] < ratio[ANNOUNCED, "none"]
    rows = table[(table["family"] == family) & (table["relative_to"] == ANNOUNCED)].set_index(["group", "measure"])
    effect, cost = rows.loc[(GAIN, "net_city_sales"), "value"], rows.loc[(COST, "fiscal cost"), "value"]
    assert ratio[ACTUAL, ANNOUNCED] == pytest.approx(100 * effect / cost)


def made(outputs: tuple[str, ...], policy: str) -> pd.DataFrame:
    budgets = tuple(f"exhausted {b.id}" for name in REQUEST.policies for b in load_policy(name).budget)
    rows = [
        (family, policy, OWN, name, "day" if name in budgets else "krw", 1.0, 1.0, 0.5, 0.1, 5, 0.05)
        for family in EVIDENCE
        for name in (*outputs, *budgets)
    ]
    return pd.DataFrame(rows, columns=list(OF_ERRORS))


def test_a_change_without_a_measured_error_says_so_and_a_level_is_not_shown_without() -> None:
    told = errors_table(made(OF_LEVELS, ACTUAL), REQUEST).rows.iloc[-1].tolist()
    assert told == [f"{ANNOUNCED} to {ACTUAL}, additional", *["not measured"] * len(EVIDENCE)]
    changes = made(tuple(f"additional {name}" for name in OF_CHANGES), f"{ANNOUNCED} to {ACTUAL}")
    both = pd.concat([made(OF_LEVELS, ACTUAL), changes])
    errors = errors_table(both, REQUEST).rows.set_index("measure").loc["  fiscal cost"]
    assert (errors == "+0.5 % (noise 0.1)").all(axis=None)
    with pytest.raises(InputError, match="expected a row"):
        errors_table(changes, REQUEST)


def test_a_single_policy_is_compared_with_none() -> None:
    alone = REQUEST._replace(policies=[ACTUAL])
    assert [policy.name for policy in compared_policies(alone)] == [ACTUAL]
    assert not any("additional" in name for name in errors_table(made(OF_LEVELS, ACTUAL), alone).rows["measure"])
