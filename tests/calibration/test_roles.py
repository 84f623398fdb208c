"""Every row of priors.csv and assumptions.csv is read by a run or says what it is for; setting one of those warns."""

import ast
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from eum.calibration.anchoring import mpc_from_new_share, targets, updated_parameters
from eum.calibration.priors import CENTRAL, INFERRED, ParameterDraw, drawn_parameters
from eum.city.data import CityData, check_city, load_city_data, unread_values
from eum.city.descriptor import read_descriptor
from eum.city.roles import ROLE_TABLES, RUN_ROLE, WHAT_FOR, parameters_by_role
from eum.cli import app
from eum.dimensions import EVIDENCE
from eum.errors import UnreadValueWarning
from tests.calibration.silent_rows import fingerprint, outcomes, perturbed

READ_BY_RUNS = (RUN_ROLE, "start", "implied")
"""Roles of rows that a run reads, whether or not results move with them."""
LEVEL = "usage_max_share"
"""Fitted, and scaled so that a family keeps the record's level of use."""
NOWHERE = ("published", "check", "policy")
"""Roles of rows that no code names."""


@pytest.fixture(scope="module")
def package() -> CityData:
    return load_city_data()


def keys_of(package: CityData, table: str) -> list[str]:
    """Return the name of every row, of a prior with its family."""
    rows = package.tables[table]
    return list(rows["parameter"] + (" " + rows["family"] if table == "priors" else ""))


# ---- one list says what is inferred


@pytest.mark.parametrize("family", EVIDENCE)
def test_inference_sets_what_the_list_says_and_nothing_else(package: CityData, family: str) -> None:
    draw = ParameterDraw(family, CENTRAL, 1)
    aim, start = targets(package, draw, 1.0), drawn_parameters(package, draw)._replace(basket_response=0.5)
    other = {name: share / 2 + 0.1 for name, share in aim.stated.items()}
    got = {**other, "nonresident_share_of_payments": 0.01, "cashback_rate": 0.07, "payments_krw": 1.1}
    found = updated_parameters(start, aim, got)
    assert {name for name in start._fields if getattr(found, name) != getattr(start, name)} - {
        *INFERRED,
        LEVEL,
    } == set()
    another = updated_parameters(start._replace(mpc_constrained=0.1), aim, {k: v * 0.9 for k, v in got.items()})
    assert {n for n in start._fields if len({getattr(p, n) for p in (start, found, another)}) > 1} == {*INFERRED, LEVEL}


def test_a_propensity_of_other_households_is_implied(package: CityData) -> None:
    for family in EVIDENCE:
        draw = ParameterDraw(family, CENTRAL, 1)
        aim, start = targets(package, draw, 1.0), drawn_parameters(package, draw)
        told = [
            mpc_from_new_share(start._replace(mpc_other=m), aim.stated["share_new"], 0.06, aim.constrained_share)
            for m in (0.05, 0.25, 0.9)
        ]
        assert told[0] == told[1] == told[2]


# ---- roles


def test_the_roles_are_those_of_the_descriptor(package: CityData) -> None:
    described = {r.name: r.table_schema for r in read_descriptor(package.folder).resources}
    for table in ROLE_TABLES:
        (role,) = (c for c in described[table].fields if c.name == "role")
        assert role.constraints.enum == list(WHAT_FOR) and role.constraints.required


def test_rows_of_one_name_and_family_have_one_role(package: CityData) -> None:
    for table in ROLE_TABLES:
        roles = package.tables[table]["role"].groupby(keys_of(package, table)).nunique()
        assert (roles == 1).all()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return the names of the rows that a package is asked for from now on, of priors with their family."""
    found: set[str] = set()
    # A city that another test has fitted asks for nothing.
    monkeypatch.setattr("eum.city.destinations._FITTED", {})

    def noting(name: str, key: Callable[..., str]) -> None:
        read = getattr(CityData, name)

        def noted(self: CityData, *what: str, **how: str) -> object:
            found.add(key(*what, **how))
            return read(self, *what, **how)

        monkeypatch.setattr(CityData, name, noted)

    for name in ("assumptions", "assumption", "range_of"):
        noting(name, lambda parameter, *_, **__: parameter)
    noting("prior", lambda parameter, family="common": f"{parameter} {family}")
    return found


def test_a_run_reads_the_rows_whose_role_says_so_and_no_others(package: CityData, asked: set[str]) -> None:
    list(outcomes(package))
    every = {
        key: role
        for table in ROLE_TABLES
        for key, role in zip(keys_of(package, table), package.tables[table]["role"], strict=True)
    }
    assert {key for key, role in every.items() if role in READ_BY_RUNS} == asked & set(every)


def test_rows_that_nothing_reads_are_named_in_no_code(package: CityData, repository: Path) -> None:
    words: set[str] = set()
    for path in (repository / "sim").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        words |= {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    silent = {name.split(" ")[0] for role in NOWHERE for name in parameters_by_role(package.tables)[role]}
    simulate = {name.split(" ")[0] for role in READ_BY_RUNS for name in parameters_by_role(package.tables)[role]}
    assert (silent - simulate) & words == set()


@pytest.mark.slow
def test_results_move_with_the_rows_of_a_run_and_with_no_others(package: CityData) -> None:
    wrong, before = [], fingerprint(package)
    for table in ROLE_TABLES:
        keys, roles = np.array(keys_of(package, table)), package.tables[table]["role"].to_numpy()
        for key in dict.fromkeys(keys):
            moves = fingerprint(perturbed(package, table, keys == key)) != before
            if moves != (roles[keys == key][0] == RUN_ROLE):
                wrong.append((table, key))
    assert wrong == []


# ---- setting one by hand


def changed(package: CityData, folder: Path, file: str, row: str, old: str, new: str) -> Path:
    """Return a copy of the data with a text replaced in the one line that starts with `row`."""
    copy = shutil.copytree(package.folder, folder / "mine", ignore=shutil.ignore_patterns("policies"))
    lines = (copy / file).read_text(encoding="utf-8").splitlines(keepends=True)
    (at,) = (i for i, line in enumerate(lines) if line.startswith(row) and old in line)
    lines[at] = lines[at].replace(old, new, 1)
    (copy / file).write_text("".join(lines), encoding="utf-8")
    return copy


def test_a_value_that_no_run_reads_warns_on_one_line(package: CityData, tmp_path: Path) -> None:
    mine = changed(package, tmp_path, "priors.csv", "mpc_other,", "0.25,0.05", "0.30,0.05")
    with pytest.warns(UnreadValueWarning) as caught:
        load_city_data(mine)
    (line,) = (str(w.message) for w in caught)
    assert (
        line
        == f"mine/priors.csv: mpc_other causal: central 0.3 in place of 0.25 moves no result: {WHAT_FOR['implied']}"
    )
    shown = CliRunner().invoke(app, ["data", "check", str(mine)])
    assert shown.exit_code == 0 and line in shown.stdout and "  implied: " not in shown.stdout
    assert "  implied: " in CliRunner().invoke(app, ["data", "check", "--roles", str(mine)]).stdout


def test_the_prior_of_a_fitted_parameter_moves_no_result_and_says_so(package: CityData, tmp_path: Path) -> None:
    old = ",".join(f"{x:g}" for x in package.prior("adoption_p")[:2])
    new = ",".join(f"{x:g}" for x in (1.1 * package.prior("adoption_p").central, package.prior("adoption_p").low90))
    mine = changed(package, tmp_path, "priors.csv", "adoption_p,", old, new)
    with pytest.warns(UnreadValueWarning, match="priors.csv: adoption_p common: .* posterior.csv"):
        moved = load_city_data(mine)
    draws = [ParameterDraw("causal", draw, 1) for draw in (CENTRAL, 3)]
    assert [drawn_parameters(moved, d) for d in draws] == [drawn_parameters(package, d) for d in draws]


def test_a_value_that_runs_read_and_the_shipped_data_do_not_warn(package: CityData, tmp_path: Path) -> None:
    mine = changed(package, tmp_path, "priors.csv", "admin_cost_share,", "0.02,0.01", "0.025,0.01")
    assert check_city(mine) == []
    with warnings.catch_warnings():
        warnings.simplefilter("error", UnreadValueWarning)
        load_city_data()
        assert unread_values(load_city_data(mine)) == []
