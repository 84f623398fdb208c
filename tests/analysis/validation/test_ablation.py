"""Every mechanism can be switched off, and off means off."""

import datetime
from pathlib import Path

import pytest

from eum.analysis.validation.ablation import HEADLINE_MEASURES, WHOLE, HeadlineConfig, headline_by_mechanism
from eum.behavior.parameters import Parameters
from eum.calibration.mechanisms import MECHANISMS, without_mechanisms
from eum.city.build import build_city
from eum.city.data import CityData, load_city_data
from eum.engine.scenarios import ScenarioSet, run_worlds
from eum.errors import InputError
from eum.outcomes.retention import retention
from eum.policy.files import load_policy
from eum.runner.tasks import TaskRunner
from tests.plain_behaviour import plain_behaviour
from tests.switched_on import SWITCHED_ON

DAYS = (datetime.date(2020, 2, 20), datetime.date(2020, 4, 5))


@pytest.fixture(scope="module")
def package() -> CityData:
    return load_city_data()


@pytest.fixture(scope="module")
def centre(package: CityData) -> Parameters:
    centre = plain_behaviour(package)
    return centre._replace(visitor_card_share=0.1, **SWITCHED_ON)


def test_every_mechanism_stands_on_rows_of_the_data(package: CityData) -> None:
    known = {*package.table("assumptions")["parameter"], *package.table("priors")["parameter"]}
    for mechanism in MECHANISMS.values():
        assert set(mechanism.rows.split()) <= known, mechanism.name


def test_every_switch_changes_what_it_says_and_nothing_else(package: CityData, centre: Parameters) -> None:
    for name, mechanism in MECHANISMS.items():
        data, off = without_mechanisms(package, (name,))
        changed = {f for f in Parameters._fields if getattr(off(centre), f) != getattr(centre, f)}
        assert changed or data.hash != package.hash, f"{name} switches nothing"
        assert (data.hash != package.hash) == bool(mechanism.data)


def test_switching_twice_is_switching_once(package: CityData, centre: Parameters) -> None:
    for name in set(MECHANISMS) - {"usage_response"}:
        _, off = without_mechanisms(package, (name,))
        assert off(off(centre)) == pytest.approx(off(centre))


def test_an_unknown_mechanism_is_reported_in_one_line(package: CityData) -> None:
    with pytest.raises(InputError, match=r"--disable: gravitation: expected one of seasons, .*gravity"):
        without_mechanisms(package, ("gravitation",))


def test_without_gravity_people_shop_less_in_their_own_district(package: CityData, centre: Parameters) -> None:
    setting = ScenarioSet([load_policy("none"), load_policy("incheon-2020-actual")], [(0, 1)], *DAYS)
    kept = []
    for names in ((), ("gravity",)):
        data, off = without_mechanisms(package, names)
        tables = run_worlds(build_city(data, 0.001, 1), off(centre), setting, 1)
        rows = retention(tables).query("home == 'incheon' and sector == 'all' and world == 'none'")
        kept.append(float(rows["share_home_district"].iloc[0]))
    assert kept[1] < kept[0] / 2


def test_the_table_names_what_the_headline_loses(package: CityData, centre: Parameters, tmp_path: Path) -> None:
    config = HeadlineConfig("incheon-2020-actual", "causal", 0.001, (1,), *DAYS)
    rows = headline_by_mechanism(package, centre, config, TaskRunner(tmp_path)).set_index(["mechanism", "measure"])
    assert set(rows.index.get_level_values("measure")) == set(HEADLINE_MEASURES)
    assert (rows.loc[WHOLE, "change"] == 0).all()
    value = rows["value"]
    assert value["place_response", "kept_in_city_points"] < value[WHOLE, "kept_in_city_points"]
    assert value["usage_response", "card_payments_krw"] < value[WHOLE, "card_payments_krw"]
    assert value["new_consumption", "net_city_sales"] < value[WHOLE, "net_city_sales"]
    assert value["joining", "card_payments_krw"] < value[WHOLE, "card_payments_krw"]
    both = value["second_round", "city_value_added_second_round"]
    assert both < value[WHOLE, "city_value_added_second_round"]
