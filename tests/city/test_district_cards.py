"""Who takes the card of the home district, and where shops draw people, district by district as the data say."""

import numpy as np
import pytest

from eum.city.build import build_city
from eum.city.data import CityData, load_city_data
from eum.city.residents import NEVER
from eum.dimensions import DISTRICTS, N_DISTRICTS, SMALL


@pytest.mark.parametrize("district", ["seo", "gyeyang"])
def test_as_many_take_the_districts_card_as_its_row_says(district: str) -> None:
    package = load_city_data()
    people = build_city(package, 0.01, 1).residents
    lag = people.card_lag[people.home == DISTRICTS.index(district)]
    share = package.assumption("district_card_share", area=district)
    assert (lag != NEVER).mean() == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / len(lag)))
    half = package.assumption("district_card_pickup_half_days", area=district)
    assert (lag <= half).mean() == pytest.approx(share / 2, abs=4 * np.sqrt(0.25 / len(lag)))


def test_visitors_have_no_districts_card() -> None:
    people = build_city(load_city_data(), 0.01, 1).residents
    assert (people.card_lag[people.home >= N_DISTRICTS] == NEVER).all()


def test_shops_that_draw_twice_as_many_have_twice_the_odds_and_no_other_place_changes() -> None:
    package = load_city_data()
    base = build_city(package, 0.001, 1).places.share[:, 0, SMALL : SMALL + N_DISTRICTS]
    table = package.table("assumptions").copy()
    row = (table["parameter"] == "district_attraction") & (table["area"] == "seo")
    table.loc[row, "value"] *= 2

    drawn = CityData(package.folder, "0" * 64, dict(package.tables) | {"assumptions": table})
    more = build_city(drawn, 0.001, 1).places.share[:, 0, SMALL : SMALL + N_DISTRICTS]
    seo, other = DISTRICTS.index("seo"), DISTRICTS.index("namdong")
    np.testing.assert_allclose(more[:, seo] / more[:, other], 2 * base[:, seo] / base[:, other])
    np.testing.assert_allclose(more.sum(axis=1), base.sum(axis=1))
