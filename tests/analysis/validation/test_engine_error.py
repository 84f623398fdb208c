"""The error of expectation is measured, stored and shown; it is small where the engines share a rule."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eum.analysis.validation.engine_error import (
    ADDITIONAL,
    ERROR_CHANGES,
    ERROR_COLUMNS,
    ERROR_POLICIES,
    OWN,
    RELATIVE,
    SAME,
    ErrorConfig,
    budget_error,
    change_error,
    change_name,
    load_errors,
    measure,
    with_changes,
    worst_error,
)
from eum.city.data import load_city_data
from eum.dimensions import EFFECTS, EVIDENCE
from eum.errors import InputError
from eum.policy.files import load_policy
from eum.policy.model import with_budget
from eum.runner.tasks import TaskRunner


@pytest.fixture(scope="module")
def errors(repository: Path) -> pd.DataFrame:
    return load_errors(repository / "docs" / "expected-error.csv")


def test_every_family_and_policy_is_measured_with_both_choices(errors: pd.DataFrame) -> None:
    assert tuple(errors.columns) == ERROR_COLUMNS
    measured = set(errors[["family", "policy", "choices"]].itertuples(index=False, name=None))
    changes = {change_name(*pair) for pair in ERROR_CHANGES}
    assert {key for key in measured if key[1] not in changes} == {
        (f, p, c) for f in EVIDENCE for p in ERROR_POLICIES for c in (SAME, OWN)
    }
    assert errors.notna().all(axis=None) and (errors["noise"] >= 0).all()


def test_errors_follow_from_the_figures_beside_them(errors: pd.DataFrame) -> None:
    gap = errors["expected"] - errors["crowd"]
    relative = errors["unit"].isin(RELATIVE)
    stated = np.where(relative, 100 * gap / errors["crowd"].abs(), gap)
    assert errors["error"].to_numpy() == pytest.approx(stated, abs=5e-3)


def test_the_engine_alone_is_close_to_the_crowd(errors: pd.DataFrame) -> None:
    same = errors[(errors["choices"] == SAME) & errors["policy"].isin(ERROR_POLICIES)]
    most = same["unit"].map({"krw": 1.0, "persons": 1.0, "ratio": 2.0, "percent": 0.2, "day": 7.0})
    # National net is what is left of effects that cancel: the same won are a larger part of it.
    most = most.where(same["output"] != "national_net", 3.0)
    far = same[same["error"].abs() > most + 2 * same["noise"]]
    assert far.empty, far.to_string()


def test_a_figure_is_shown_with_the_largest_error_of_its_family(errors: pd.DataFrame) -> None:
    rows = errors[(errors["family"] == "causal") & (errors["choices"] == OWN) & (errors["output"] == "card_payments")]
    worst = rows["error"].to_numpy()[rows["error"].abs().argmax()]
    assert worst_error(errors, "causal", "card_payments").startswith(f"{worst:+.2g} % (noise")
    assert "days" in worst_error(errors, "survey", "exhausted city-cashback")
    assert "points" in worst_error(errors, "survey", "kept_more")


def test_each_budget_is_shown_with_its_own_error(errors: pd.DataFrame) -> None:
    own = errors[(errors["family"] == "survey") & (errors["choices"] == OWN)]
    for budget in load_policy("gyeyang-2020-actual").budget:
        error = own[own["output"] == f"exhausted {budget.id}"]["error"].to_numpy()
        assert budget_error(errors, "survey", [budget]).startswith(f"{error[np.abs(error).argmax()]:+.2g} days")


def test_a_budget_of_ones_own_is_reported_not_to_be_measured(errors: pd.DataFrame) -> None:
    own = errors[(errors["family"] == "survey") & (errors["choices"] == OWN) & (errors["unit"] == "day")]
    worst = own["error"].to_numpy()[own["error"].abs().argmax()]
    budgets = {b.id: b for b in with_budget(load_policy("gyeyang-2020-actual"), "gyeyang-plus", 10**9).budget}
    told = budget_error(errors, "survey", [budgets["gyeyang-plus"]])
    assert told.startswith(f"not measured; largest of all budgets: {worst:+.2g} days")
    assert "not measured" not in budget_error(errors, "survey", [budgets["city-cashback"]])
    with pytest.raises(InputError, match="expected budgets"):
        budget_error(errors, "gut", [budgets["gyeyang-plus"]])


def test_errors_are_measured_on_the_cities_requested(tmp_path: Path) -> None:
    rows = measure(load_city_data(), ErrorConfig(("causal",), 0.001, (1,)), TaskRunner(tmp_path))
    assert tuple(rows.columns) == ERROR_COLUMNS
    changes = {change_name(*pair) for pair in ERROR_CHANGES}
    assert set(rows["policy"]) == {*ERROR_POLICIES, *changes} and set(rows["choices"]) == {SAME, OWN}
    assert set(rows[rows["policy"].isin(changes)]["output"]) == set(rows["output"]) & {
        f"{ADDITIONAL}{name}" for name in rows["output"]
    }
    assert (rows["n_seeds"] == 1).all() and rows["noise"].isna().all(), "one seed has no noise to tell"
    paid = rows[(rows["output"] == "card_payments") & (rows["choices"] == SAME)]
    assert paid["error"].abs().max() < 10, "percent, of a thousandth of the city"


def test_no_figure_without_its_error(errors: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no table of errors"):
        load_errors(tmp_path / "errors.csv")
    with pytest.raises(InputError, match="expected a row"):
        worst_error(errors, "gut", "card_payments")


def test_a_change_has_the_additional_effect_over_the_additional_cost() -> None:
    names = dict.fromkeys(ERROR_POLICIES)
    levels = {
        name: {
            "card_payments": 10.0,
            "cashback": 1.0 + i,
            "fiscal_cost": 2.0 + i,
            **dict.fromkeys(EFFECTS, 3.0 - i / 2),
        }
        for i, name in enumerate(names)
    }
    found = with_changes(levels)
    for before, after in ERROR_CHANGES:
        change, one, other = found[change_name(before, after)], levels[before], levels[after]
        more = other["fiscal_cost"] - one["fiscal_cost"]
        assert change[f"{ADDITIONAL}fiscal_cost"] == more
        effect = other["net_city_sales"] * other["fiscal_cost"] - one["net_city_sales"] * one["fiscal_cost"]
        assert change[f"{ADDITIONAL}net_city_sales"] == pytest.approx(effect / more)


def test_a_change_is_shown_with_its_own_error_or_the_largest_or_that_there_is_none() -> None:
    about = ("krw", 1.0, 1.0)
    rows = [
        ("causal", change_name(*pair), OWN, f"{ADDITIONAL}fiscal_cost", *about, error, 0.1, 5, 0.05)
        for pair, error in zip(ERROR_CHANGES, (0.5, -2.0, 1.0), strict=True)
    ]
    errors = pd.DataFrame(rows, columns=list(ERROR_COLUMNS))
    assert change_error(errors, "causal", "fiscal_cost", ERROR_CHANGES[0]).startswith("+0.5 %")
    assert change_error(errors, "causal", "fiscal_cost", ERROR_CHANGES[0][::-1]).startswith("+0.5 %")
    told = change_error(errors, "causal", "fiscal_cost", ("my-policy", "incheon-2020-actual"))
    assert told.startswith("largest of 3 others: -2 %")
    assert change_error(errors, "survey", "fiscal_cost", ERROR_CHANGES[0]) == "not measured"
