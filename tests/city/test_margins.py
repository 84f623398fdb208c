"""The city without any policy meets its published margins."""

import numpy as np
import pytest

from eum.city.build import City, build_city
from eum.city.data import load_city_data
from eum.city.residents import apportioned_counts, home_counts
from eum.city.spending import lognormal_cell_means
from eum.dimensions import (
    AGE_BANDS,
    DISTRICTS,
    LARGE,
    N_ALTERNATIVES,
    N_DISTRICTS,
    N_SECTORS,
    ORIGINS,
    SALES_BANDS,
    SECTORS,
    SEOUL,
)
from eum.errors import InputError


@pytest.fixture(scope="module")
def city() -> City:
    return build_city(load_city_data(), 0.01, 1)


def test_residents_are_counted_to_one_person(city: City) -> None:
    counts = np.bincount(city.residents.home, minlength=len(ORIGINS))
    assert counts[:N_DISTRICTS].sum() == 26_000
    assert (counts == home_counts(city.package, 0.01)).all()
    full = home_counts(city.package, 1.0)
    assert full[:N_DISTRICTS].sum() == 2_600_000
    population = [city.package.fact(d, "population_dec2019_estimate", 2019) for d in DISTRICTS]
    assert np.allclose(full[:N_DISTRICTS] / 2_600_000, np.array(population) / sum(population), atol=1e-6)


def test_age_bands_meet_their_shares_in_every_district(city: City) -> None:
    shares = city.package.assumptions("age_share").set_index("item")["value"]
    for home in range(N_DISTRICTS):
        ages = np.bincount(city.residents.age[city.residents.home == home], minlength=len(AGE_BANDS))
        assert np.abs(ages - ages.sum() * np.array([shares[b] for b in AGE_BANDS])).max() <= 1


def test_constrained_households_meet_their_share(city: City) -> None:
    stated = city.package.prior("constrained_share", "causal").central
    assert city.residents.constrained[: city.n_residents].mean() == pytest.approx(stated, abs=0.001)


def test_deciles_hold_equally_many_people_and_spending_rises(city: City) -> None:
    levels = np.bincount(city.residents.level)
    assert levels.max() - levels.min() <= 1
    assert (np.diff(city.levels.spending_krw_per_year) > 0).all()


def test_yearly_spending_is_the_card_spending_of_residents(city: City) -> None:
    people = city.residents.level[: city.n_residents]
    total = city.levels.spending_krw_per_year[people].sum() / city.scale
    assert total == pytest.approx(city.package.fact("incheon", "card_spending_residents", 2018), rel=0.01)


def test_purchases_times_amounts_give_that_spending(city: City) -> None:
    by_number = np.diff(np.concatenate([[0], city.levels.sector_cuts.astype(float)])) / 2**32
    mean_amount = by_number @ city.levels.amount_krw.mean(axis=2)
    yearly = city.levels.purchases_per_day * 365 * mean_amount
    assert np.allclose(yearly, city.levels.spending_krw_per_year, rtol=0.002)


def outflow(city: City, home: int) -> float:
    share = np.diff(np.concatenate([[0], city.levels.sector_cuts.astype(float)])) / 2**32
    spend = share * city.levels.amount_krw.mean(axis=(1, 2))
    return float(spend @ city.places.share[home, :, SEOUL:].sum(axis=1) / spend.sum())


def test_outflow_is_the_institutes_of_2018_by_district_where_published(city: City) -> None:
    published = city.package.table("city_base").query("metric == 'outflow_share_iri' and year == 2018")
    known = published.set_index("area")["value"]
    counts = home_counts(city.package, 1.0)[:N_DISTRICTS]
    mine = 100 * np.array([outflow(city, home) for home in range(N_DISTRICTS)])
    assert counts @ mine / counts.sum() == pytest.approx(known["incheon"], abs=0.2)
    for district in set(known.index) & set(DISTRICTS):
        assert mine[DISTRICTS.index(district)] == pytest.approx(known[district], abs=0.2), district


def test_outflow_to_seoul_and_online_meets_the_printed_shares(city: City) -> None:
    share = np.diff(np.concatenate([[0], city.levels.sector_cuts.astype(float)])) / 2**32
    spend = share * city.levels.amount_krw.mean(axis=(1, 2))
    counts = home_counts(city.package, 1.0)[:N_DISTRICTS]
    by_place = counts / counts.sum() @ np.einsum("s,hsa->ha", spend / spend.sum(), city.places.share[:N_DISTRICTS])
    online = by_place[N_ALTERNATIVES - 1]
    assert 100 * online / by_place[SEOUL:].sum() == pytest.approx(26.76, abs=0.2)
    booked = city.package.assumption("ecommerce_booked_in_seoul_share")
    assert 100 * (by_place[SEOUL] + booked * online) == pytest.approx(31.7, abs=0.2)


def test_visitors_spend_the_published_share_of_spending_in_the_city(city: City) -> None:
    people = np.bincount(city.residents.home, city.levels.spending_krw_per_year[city.residents.level], len(ORIGINS))
    by_number = np.diff(np.concatenate([[0], city.levels.sector_cuts.astype(float)])) / 2**32
    spend = by_number * city.levels.amount_krw.mean(axis=(1, 2))
    inside = people * (city.places.share[:, :, :SEOUL].sum(axis=2) @ (spend / spend.sum()))
    assert 100 * inside[N_DISTRICTS:].sum() / inside.sum() == pytest.approx(25.3, abs=1.0)


def test_places_and_alias_tables_agree(city: City) -> None:
    cut, to, share = city.places.alias_cut, city.places.alias_to, city.places.share
    assert np.allclose(share.sum(axis=2), 1)
    kept = cut.astype(float) / 2**32 / N_ALTERNATIVES
    drawn = kept.copy()
    for home in range(len(ORIGINS)):
        for s in range(N_SECTORS):
            np.add.at(drawn[home, s], to[home, s], 1 / N_ALTERNATIVES - kept[home, s])
    assert np.allclose(drawn, share, atol=1e-8)


def test_shops_meet_their_margins(city: City) -> None:
    shops = city.shops
    assert shops.n_small == 175_000
    sector = np.bincount(shops.cell[: shops.n_small] % N_SECTORS, minlength=N_SECTORS) / shops.n_small
    stated = city.package.assumptions("shop_sector_share").set_index("sector")["value"]
    assert np.allclose(sector, [stated[s] for s in SECTORS], atol=1e-4)
    bands = np.bincount(shops.band[: shops.n_small], minlength=len(SALES_BANDS)) / shops.n_small
    stated = city.package.assumptions("shop_band_share").set_index("item")["value"]
    assert np.allclose(bands, [stated[b] for b in SALES_BANDS], atol=1e-5)
    assert shops.first_plus.sum() == 1045
    assert (np.diff(shops.cell_start) > 0).all(), "no cell without a shop"


def test_shop_alias_tables_draw_shops_by_their_sales(city: City) -> None:
    shops = city.shops
    for cell in (0, 40, 95, 179):
        rows = slice(shops.cell_start[cell], shops.cell_start[cell + 1])
        n = rows.stop - rows.start
        kept = shops.alias_cut[rows].astype(float) / 2**32 / n
        drawn = kept.copy()
        np.add.at(drawn, shops.alias_to[rows] - rows.start, 1 / n - kept)
        assert np.allclose(drawn, shops.weight[rows] / shops.weight[rows].sum(), atol=1e-8)


def test_home_districts_come_first_for_most(city: City) -> None:
    near = city.places.share[:N_DISTRICTS, :, :LARGE].sum(axis=1)
    favourite = near.argmax(axis=1)
    assert (favourite == np.arange(N_DISTRICTS)).sum() >= 7


def test_everybody_stands_in_the_order_of_members_once(city: City) -> None:
    groups, people = city.members_in_order, city.residents
    assert (np.sort(np.concatenate(groups)) == np.arange(city.n_persons)).all()
    for age, persons in enumerate(groups[:-1]):
        assert (people.age[persons] == age).all() and (people.home[persons] < N_DISTRICTS).all()
    assert (people.home[groups[-1]] >= N_DISTRICTS).all()


def test_who_spends_more_stands_earlier_in_the_order_of_members(city: City) -> None:
    for persons in city.members_in_order:
        early, late = np.array_split(city.residents.level[persons].astype(float), 2)
        assert early.mean() > late.mean() + 1


def test_the_same_seed_builds_the_same_city_and_another_seed_another() -> None:
    package = load_city_data()
    one, two, other = (build_city(package, 0.001, seed) for seed in (1, 1, 2))
    for a, b in zip((*one.residents, *one.shops), (*two.residents, *two.shops), strict=True):
        assert (a == b).all()
    assert (one.residents.level != other.residents.level).any()


def test_largest_remainders_sum_to_the_total() -> None:
    assert list(apportioned_counts(10, np.array([1, 1, 1]))) == [4, 3, 3]
    assert apportioned_counts(1_000_003, np.array([0.3, 0.3, 0.4])).sum() == 1_000_003


def test_sizes_of_purchases_have_the_mean_of_their_sector() -> None:
    assert lognormal_cell_means(0.8, 512).mean() == pytest.approx(1.0)


@pytest.mark.parametrize("scale", [0.0, -1.0, 1.5])
def test_a_scale_outside_its_range_is_refused(scale: float) -> None:
    with pytest.raises(InputError, match="--scale"):
        build_city(load_city_data(), scale, 1)
