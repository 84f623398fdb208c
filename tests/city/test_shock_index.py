"""The epidemic's index of March 2020 is net of what the card took from other cards, and follows from the data."""

import pytest

from eum.city.data import CityData, load_city_data

BASE_19_SECTORS_KRW = 1.9e12
CARDS_IN_WHAT_IS_REPLACED = 0.8
MONTH = ("2020-03-01", "2020-03-31")


@pytest.fixture(scope="module")
def package() -> CityData:
    return load_city_data()


def index(package: CityData, replaced: float, base_krw: float) -> float:
    """Return purchases of March 2020 over those of a year before, where `replaced` of e-eum payments replaced any other
    means of payment."""
    cards = package.observed("resident_card_spending_change_yoy_total", "incheon", *MONTH)
    institute = package.table("observed").query("metric == 'payments' and period_start == '2020-03-01'")
    paid = float(institute.loc[institute["source_id"] == "kyeongin-1539654", "value"].iloc[0])
    before = package.observed("payments", "incheon", "2019-03-01", "2019-03-31")
    return 1 + (cards + replaced * CARDS_IN_WHAT_IS_REPLACED * (paid - before)) / base_krw


def test_the_index_of_march_is_that_of_the_formula_in_its_note(package: CityData) -> None:
    rows = package.assumptions("shock_index").set_index("item").loc["2020-03"]
    every_sector = package.fact("incheon", "card_spending_residents", 2018) / 12
    causal, survey = (package.prior("share_replaced", family) for family in ("causal", "survey"))
    assert rows["value"] == pytest.approx(index(package, causal.central, BASE_19_SECTORS_KRW), abs=0.001)
    assert rows["low90"] == pytest.approx(index(package, survey.central, BASE_19_SECTORS_KRW), abs=0.005)
    assert rows["high90"] == pytest.approx(index(package, causal.high90, every_sector), abs=0.005)


def test_taking_replacement_for_the_epidemic_would_put_it_far_lower(package: CityData) -> None:
    rows = package.assumptions("shock_index").set_index("item").loc["2020-03"]
    assert index(package, 0.0, BASE_19_SECTORS_KRW) < rows["low90"]


def test_march_is_the_worst_month_and_every_month_has_a_range(package: CityData) -> None:
    rows = package.assumptions("shock_index")
    assert rows.loc[rows["value"].idxmin(), "item"] == "2020-03"
    assert (rows["low90"] < rows["value"]).all() and (rows["value"] < rows["high90"]).all()
