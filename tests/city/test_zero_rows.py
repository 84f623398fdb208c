"""A table with zeros: what can be makes a city, what cannot is told on one line."""

import shutil
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from eum.city.build import build_city
from eum.city.data import CityData, check_city, load_city_data
from eum.city.residents import apportioned_counts
from eum.dimensions import DISTRICTS, N_DISTRICTS, N_SECTORS
from eum.errors import InputError
from tests.city.test_data_faults import line_of, put, rows_of

POPULATION = "population_dec2019_estimate"
Row = tuple[str, ...]
"""A file and the cells that find a row in it."""


def write(folder: Path, row: Row, value: str) -> int:
    """Write the value of a row; return its line."""
    path = folder / f"{row[0]}.csv"
    line = line_of(path, *row[1:])
    put(path, line, "value", value)
    return line


def nobody_in(folder: Path, district: str) -> int:
    """Let nobody live in a district of a folder; return the line that says so. The city has as many fewer."""
    people = next(r for r in rows_of(folder / "city_base.csv") if r[:2] == [district, POPULATION])[2]
    write(folder, ("city_base", "incheon", "population_registered", "2019"), f"{2_957_026 - int(people)}")
    return write(folder, ("city_base", district, POPULATION), "0")


def test_a_district_where_nobody_lives_is_no_fault(folder: Path, eum: Callable) -> None:
    nobody_in(folder, "ongjin")
    assert check_city(folder) == []
    done = eum("data", "check", str(folder))
    assert done.returncode == 0 and done.stdout.endswith("complete, nothing wrong\n"), done.stderr
    city = build_city(load_city_data(folder), 0.001, 1)
    assert (city.residents.home != DISTRICTS.index("ongjin")).all()
    with_them = build_city(load_city_data(), 0.001, 1).places.share
    others = [d for d in range(N_DISTRICTS) if d != DISTRICTS.index("ongjin")]
    assert np.abs(city.places.share[others] - with_them[others]).max() < 0.01


def test_members_of_a_district_where_nobody_lives_are_reported(folder: Path) -> None:
    line = nobody_in(folder, "seo")
    faults = check_city(folder)
    assert faults and all(
        f.startswith("somewhere/observed.csv: line ")
        and f.endswith(f": expected 0, as nobody lives in seo (somewhere/city_base.csv, line {line})")
        for f in faults
    )


CONTRADICTIONS: list[tuple[list[tuple[Row, str]], int, str]] = [
    (
        [
            (("assumptions", "age_share", "14_19"), "0"),
            (("assumptions", "age_share", "20s"), "0.2142"),
            (("assumptions", "subscriber_age_share", "14_19"), "0.02"),
        ],
        2,
        "0.02: expected 0, as nobody is of this age (age_share, line ",
    ),
    (
        [
            (("assumptions", "shop_share", "ongjin"), "0"),
            (("assumptions", "shop_share", "ganghwa"), "0.047"),
            (("assumptions", "plus_shops_initial", "ongjin"), "1"),
        ],
        2,
        "1: expected 0, as the district has no shops (shop_share, line ",
    ),
    ([(("assumptions", "own_distance_km", "dong"), "0")], 0, "0: expected more than 0"),
    ([(("assumptions", "ticket_mean_krw", "fuel"), "0")], 0, "0: expected more than 0"),
    ([(("city_base", "incheon", "population_14_plus"), "0")], 0, "0: expected more than 0"),
    ([(("city_base", "incheon", "inflow_share_bok"), "100")], 0, "100: expected less than 100"),
    ([(("assumptions", "visitor_share_spent_in_incheon"), "0")], 0, "0: expected more than 0, as there is inflow"),
    (
        [
            (("city_base", "incheon", "inflow_origin_seoul_bok"), "0"),
            (("city_base", "incheon", "inflow_origin_gyeonggi_bok"), "0"),
        ],
        1,
        "0: expected more than 0 for some origin, as there is inflow",
    ),
]


@pytest.mark.parametrize(("edits", "at", "expected"), CONTRADICTIONS)
def test_rows_that_cannot_be_true_together_are_reported(
    folder: Path, edits: list[tuple[Row, str]], at: int, expected: str
) -> None:
    lines = [write(folder, row, value) for row, value in edits]
    start = f"somewhere/{edits[at][0][0]}.csv: line {lines[at]}, column value: {expected}"
    assert any(fault.startswith(start) for fault in check_city(folder)), check_city(folder)


def test_a_city_without_anybody_is_reported(folder: Path) -> None:
    for district in DISTRICTS:
        write(folder, ("city_base", district, POPULATION), "0")
    write(folder, ("city_base", "incheon", "population_registered", "2019"), "0")
    assert any("0: expected people in at least one district" in fault for fault in check_city(folder))


IMPOSSIBLE: list[tuple[Row, str, str]] = [
    (("city_base", "incheon", "outflow_share_to_seoul_iri", "2018"), "60", "incheon outflow_*: "),
    (("assumptions", "n_large_stores", "fuel"), "0", "n_large_stores fuel: 0: expected more than 0, as money is spent"),
]


@pytest.mark.parametrize(("row", "value", "expected"), IMPOSSIBLE)
def test_data_of_which_no_city_can_be_made_fail_the_check(
    folder: Path, row: Row, value: str, expected: str, eum: Callable
) -> None:
    write(folder, row, value)
    assert check_city(folder) == [], "each row may stand"
    done = eum("data", "check", str(folder))
    assert done.returncode == 2 and expected in done.stderr
    assert done.stderr.startswith("eum: somewhere/") and done.stderr.count("\n") == 1


def test_margins_that_ask_for_more_than_everything_are_refused(package: CityData) -> None:
    tables = {name: table.copy() for name, table in package.tables.items()}
    rows = tables["city_base"]
    rows.loc[rows["area"].isin(DISTRICTS) & (rows["metric"] == "outflow_share_iri"), "value"] = 0.0
    rows.loc[(rows["area"] == "incheon") & (rows["metric"] == "outflow_share_iri"), "value"] = 99.9
    with pytest.raises(InputError, match=r"data/city_base.csv: incheon outflow_share_iri 2018: 99.9: expected a total"):
        build_city(CityData(package.folder, "all go", tables), 0.001, 1)


def test_nothing_is_split_where_there_is_nothing() -> None:
    assert apportioned_counts(0, np.zeros(3)).tolist() == [0, 0, 0]
    assert apportioned_counts(5, np.array([0.0, 1.0, 0.0])).tolist() == [0, 5, 0]
    assert apportioned_counts(1, np.array([0.0, 0.4, 0.6])).tolist() == [0, 0, 1]


def test_a_city_of_ten_persons_spends_what_ten_persons_spend(package: CityData) -> None:
    tables = {name: table.copy() for name, table in package.tables.items()}
    rows = tables["city_base"]
    scaled = rows["metric"].isin(["population_14_plus", "card_spending_residents", "card_spending_residents_inside"])
    rows.loc[scaled & (rows["area"] == "incheon"), "value"] /= 2_600_000 / 20_000
    small = build_city(CityData(package.folder, "ten", tables), 0.0005, 1)
    assert small.n_residents == 10
    whole = build_city(package, 0.01, 1)
    means = [c.levels.spending_krw_per_year[c.residents.level].mean() for c in (small, whole)]
    assert means[0] == pytest.approx(means[1], rel=1e-3)
    assert np.isfinite(small.levels.purchases_per_day).all() and (small.levels.amount_krw >= 100).all()


def test_a_scale_at_which_nobody_lives_is_refused(package: CityData) -> None:
    tables = {name: table.copy() for name, table in package.tables.items()}
    rows = tables["city_base"]
    rows.loc[(rows["area"] == "incheon") & (rows["metric"] == "population_14_plus"), "value"] = 300.0
    with pytest.raises(InputError, match=r"^--scale: 0\.0005: nobody of 300 residents is simulated"):
        build_city(CityData(package.folder, "hamlet", tables), 0.0005, 1)


def test_a_district_without_shops_has_none_and_nobody_goes_there(folder: Path) -> None:
    for row, value in ((("assumptions", "shop_share", "ongjin"), "0"), (("assumptions", "shop_share", "seo"), "0.153")):
        write(folder, row, value)
    write(folder, ("assumptions", "plus_shops_initial", "ongjin"), "0")
    city = build_city(load_city_data(folder), 0.001, 1)
    ongjin = DISTRICTS.index("ongjin")
    counts = np.diff(city.shops.cell_start).reshape(2, N_DISTRICTS, N_SECTORS)
    assert (counts[:, ongjin] == 0).all() and (np.delete(counts, ongjin, axis=1) > 0).all()
    assert (city.places.share[:, :, [ongjin, N_DISTRICTS + ongjin]] == 0).all()
    assert np.allclose(city.places.share.sum(axis=2), 1.0)


def test_what_is_not_finite_in_a_command_is_one_line_and_exit_code_2(
    eum: Callable, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    def broken(*_: object) -> None:
        warnings.warn_explicit(
            "invalid value encountered in divide", RuntimeWarning, "f", 1, module="eum.outcomes.effects"
        )

    monkeypatch.setattr("eum.city.build.build_city", broken)
    done = eum("data", "check", str(folder))
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("eum: what is made of a run: invalid value encountered in divide")
    assert done.stderr.count("\n") == 1
    shutil.rmtree(folder)
