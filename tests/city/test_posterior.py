"""A broken table of posterior draws is refused on one line that names file, column, value and what was expected."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from eum.city.data import load_city_data
from eum.city.posterior import FEWEST_DRAWS
from eum.errors import InputError
from eum.resources import resource

Change = Callable[[pd.DataFrame], pd.DataFrame]


def copied(tmp_path: Path, change: Change, table: str = "posterior") -> Path:
    """Return a copy of the data with one table changed, every cell as its text."""
    copy = shutil.copytree(resource("data"), tmp_path / "mine", ignore=shutil.ignore_patterns("policies"))
    rows = pd.read_csv(copy / f"{table}.csv", dtype=str, keep_default_na=False)
    change(rows).to_csv(copy / f"{table}.csv", index=False)
    return copy


def cell(row: int, column: str, value: str) -> Change:
    """Return a change of one cell."""

    def changed(rows: pd.DataFrame) -> pd.DataFrame:
        rows.loc[row, column] = value
        return rows

    return changed


BROKEN = {
    "a column missing": (lambda t: t.drop(columns="adoption_q"), "column adoption_q: missing column"),
    "an unknown column": (lambda t: t.assign(adoption_r="1"), "column adoption_r: unknown column"),
    "a share above one": (cell(3, "usage_max_share", "1.2"), "line 5, column usage_max_share: 1.2: expected 1 or less"),
    "a share of one": (
        cell(3, "usage_max_share", "1"),
        "column usage_max_share: 1: expected a value above 0 and",
    ),
    "a hazard below zero": (cell(4, "adoption_q", "-0.1"), "column adoption_q: -0.1: expected 0 or more"),
    "a hazard of zero": (cell(4, "adoption_q", "0"), "line 6, column adoption_q: 0: expected a value above 0"),
    "no value": (cell(4, "adoption_q", ""), "line 6, column adoption_q: .empty.: expected a number"),
    "a word": (cell(4, "adoption_q", "much"), "line 6, column adoption_q: much: expected a number"),
    "few draws": (lambda t: t.head(FEWEST_DRAWS), f"{FEWEST_DRAWS - 1} draws besides the centre: expected 50 or more"),
    "no rows": (lambda t: t.head(0), "0 draws besides the centre"),
    "no centre": (lambda t: t.tail(len(t) - 1), "line 2, column draw: 1: expected 0, as draws are numbered"),
    "a number left out": (lambda t: t.drop(index=9), "line 11, column draw: 10: expected 9, as draws are numbered"),
    "a number twice": (cell(9, "draw", "8"), "line 11, column draw: 8: expected a key not given before"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_broken_draws_are_refused_on_one_line(tmp_path: Path, what: str) -> None:
    change, told = BROKEN[what]
    with pytest.raises(InputError, match=f"mine/posterior.csv: .*{told}") as error:
        load_city_data(copied(tmp_path, change))
    assert "\n" not in str(error.value)


def test_as_few_draws_as_are_allowed_are_read(tmp_path: Path) -> None:
    package = load_city_data(copied(tmp_path, lambda t: t.head(FEWEST_DRAWS + 1)))
    assert len(package.table("posterior")) == FEWEST_DRAWS + 1


def test_a_column_that_no_row_of_the_fit_names_is_refused(tmp_path: Path) -> None:
    mine = copied(tmp_path, lambda t: t[t["parameter"] != "charge_days"], "fit_parameters")
    with pytest.raises(InputError, match=r"posterior.csv: column charge_days: .*expected a parameter that .*fit_param"):
        load_city_data(mine)


def test_a_parameter_of_the_fit_without_a_column_is_refused(tmp_path: Path) -> None:
    mine = copied(tmp_path, lambda t: t.drop(columns="charge_days"))
    about = json.loads((mine / "datapackage.json").read_text(encoding="utf-8"))
    (part,) = (r for r in about["resources"] if r["name"] == "posterior")
    part["schema"]["fields"] = [f for f in part["schema"]["fields"] if f["name"] != "charge_days"]
    (mine / "datapackage.json").write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(InputError, match=r"fit_parameters.csv: line \d+, column parameter: charge_days: expected a c"):
        load_city_data(mine)
