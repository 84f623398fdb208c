"""The sums by month of the city's open data agree with what was printed, and can be derived again."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from eum.city.data import CityData, load_city_data
from eum.city.schema import split_cells
from eum.dimensions import DISTRICTS, SECTORS

BY_SHOP_BELOW_CARDS = (0.94, 1.0)
"""Payments by place of the shop over those of all cards: a definition differs."""


@pytest.fixture(scope="module")
def package() -> CityData:
    return load_city_data()


@pytest.fixture(scope="module")
def by_month(package: CityData) -> pd.DataFrame:
    """Return won by month (index), with a column for every (metric, scope)."""
    rows = package.table("observed_monthly").assign(month=lambda t: t["period_start"].str[:7])
    return rows.pivot_table(index="month", columns=["metric", "scope"], values="value")


@pytest.fixture(scope="module")
def script(repository: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("derive_monthly", repository / "data" / "derive_monthly.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_is_every_month_from_july_2020_to_december_2022(by_month: pd.DataFrame) -> None:
    assert list(by_month.index) == pd.period_range("2020-07", "2022-12", freq="M").astype(str).tolist()
    assert by_month["payments", "incheon"].notna().all() and by_month["issuance", "incheon"].notna().all()
    impossible = by_month.index[by_month["payments_in_district", "ganghwa"].isna()]
    assert list(impossible) == ["2021-11", "2022-10"]


def test_brands_sum_to_all_cards(by_month: pd.DataFrame) -> None:
    for metric in ("payments", "issuance"):
        brands = by_month[metric].filter(like="card_").sum(axis=1)
        assert (brands == by_month[metric, "incheon"]).all()


@pytest.mark.parametrize(("start", "end"), [
    ("2020-07-01", "2020-07-31"), ("2020-09-01", "2020-09-30"), ("2020-12-01", "2020-12-31"),
    ("2021-01-01", "2021-12-31"), ("2022-01-01", "2022-01-31"), ("2022-01-01", "2022-06-30"),
    ("2022-07-01", "2022-07-31"), ("2022-07-01", "2022-12-31"), ("2022-12-01", "2022-12-31"),
])  # fmt: skip
def test_payments_of_all_cards_are_those_printed(
    package: CityData, by_month: pd.DataFrame, start: str, end: str
) -> None:
    summed = by_month["payments", "incheon"].loc[start[:7] : end[:7]].sum()
    assert summed == pytest.approx(package.observed("payments", "incheon", start, end), rel=0.01)


def test_payments_by_place_of_the_shop_lie_a_little_below_those_of_cards(by_month: pd.DataFrame) -> None:
    by_shop = by_month["payments_in_district"][list(DISTRICTS)].sum(axis=1, skipna=False)
    ratio = (by_shop / by_month["payments", "incheon"]).dropna()
    assert len(ratio) == len(by_month) - 2 and ratio.between(*BY_SHOP_BELOW_CARDS).all()


def test_districts_and_trades_are_two_sums_of_one_table(by_month: pd.DataFrame) -> None:
    trades = by_month["payments"].filter(like="trade_").sum(axis=1)
    assert (trades == by_month["payments_in_district"].sum(axis=1)).all()


def test_groups_of_trades_are_continuous_where_convenience_was_coded_anew(by_month: pd.DataFrame) -> None:
    around = by_month["payments"].filter(like="trade_").loc["2021-07":"2021-08"]  # type: ignore[misc]
    assert (around.loc["2021-08"] / around.loc["2021-07"]).between(0.95, 1.05).all()


def test_every_group_and_sector_of_the_mapping_is_known(package: CityData) -> None:
    groups = package.table("trade_groups")
    scopes = set(package.table("observed_monthly")["scope"])
    assert {f"trade_{name}" for name in groups["trade_group"]} == {s for s in scopes if s.startswith("trade_")}
    assert set(split_cells(groups["sectors"], ";")) == set(SECTORS)


def test_the_script_sums_what_it_is_given(script: ModuleType, tmp_path: Path) -> None:
    months = ["2021-01", "2021-01", "2021-02", "2021-02"]
    cards = {
        "month": months,
        "card": ["incheon", "dong"] * 2,
        "charges_krw": [5, 0, 7, 0],
        "payments_krw": [6, 0, 8, 0],
    }
    paid = {"month": months, "district": ["seo", "ganghwa"] * 2, "trade": ["fuel", "lodging"] * 2}
    pd.DataFrame(cards).to_csv(tmp_path / "panel_cards.csv", index=False)
    pd.DataFrame({**paid, "payments_krw": [3, 1, 4, None]}).to_csv(tmp_path / "panel_payments.csv", index=False)
    rows = script.derived(tmp_path).set_index(["metric", "scope", "period_end"])
    assert "card_dong" not in rows.index.get_level_values("scope"), "a brand that does not exist"
    assert rows["value"]["issuance", "incheon", "2021-02-28"] == 7
    assert rows["value"]["payments", "card_incheon", "2021-01-31"] == 6
    assert rows["value"]["payments", "trade_all_other", "2021-01-31"] == 1
    assert ("payments_in_district", "ganghwa", "2021-02-28") not in rows.index
    assert rows["note"]["payments", "trade_fuel", "2021-02-28"] == script.LACKS
