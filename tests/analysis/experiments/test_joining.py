"""People join of their own in the order and, over 2019 and early 2020, in the numbers that were counted."""

import datetime

import numpy as np
import pytest

from eum.city.build import City, build_city
from eum.city.data import load_city_data
from eum.engine.expected.adoption import AdoptionQueue
from eum.engine.initial_conditions import first_cards, members_by_age, subscribers_on, turns
from eum.engine.model import CityModel
from eum.engine.observed_members import COUNTED
from eum.engine.state import NO_CARD
from eum.policy.files import load_policy
from tests.plain_behaviour import plain_behaviour

PACKAGE = load_city_data()
PARAMETERS = plain_behaviour(PACKAGE)
SPRING, DECEMBER = datetime.date(2019, 5, 1), datetime.date(2019, 12, 31)


@pytest.fixture(scope="module")
def city() -> City:
    return build_city(PACKAGE, 0.004, 1)


def members_by_day(city: City, policy: str, start: datetime.date, end: datetime.date) -> dict[datetime.date, float]:
    """Members of the city on the evening of each day, joining of their own."""
    worlds = [load_policy("none"), load_policy(policy)]
    model, members = CityModel(city, worlds, PARAMETERS, (start, end), [], seed=1), {}
    while model.running:
        today = model.date
        model.step()
        members[today] = model.holders[1, 0].sum() / city.scale
    return members


# Not of May and June: with the members of Seo and Yeonsu as many as counted, those who join first are fewer elsewhere.
@pytest.mark.parametrize("day", ["2019-07-28", "2019-09-08", "2019-11-30", "2019-12-31"])
def test_members_of_2019_join_of_their_own_as_counted(city: City, day: str) -> None:
    date = datetime.date.fromisoformat(day)
    members = members_by_day(city, "incheon-2019-actual", SPRING, date)[date]
    counted = subscribers_on(city, date + datetime.timedelta(days=1), COUNTED)
    assert members == pytest.approx(counted, rel=0.06)


def test_joiners_of_early_2020_are_few_until_the_rate_rises(city: City) -> None:
    days = [datetime.date(2019, 12, 31) + datetime.timedelta(days=n) for n in (31, 60, 91)]
    members = members_by_day(city, "incheon-2020-actual", datetime.date(2020, 1, 1), days[-1])
    winter = (members[days[1]] - members[days[0]]) / 29
    march = (members[days[2]] - members[days[1]]) / 31
    # 281-316 a day were counted in January and February, 1,387 a day in March.
    assert 200 < winter < 400
    assert 1_000 < march < 1_800


def test_who_was_counted_early_is_among_those_counted_late(city: City) -> None:
    early, late = (first_cards(city, PARAMETERS, day) != NO_CARD for day in (SPRING, DECEMBER))
    turn = turns(city, PARAMETERS)
    assert early.sum() < late.sum()
    assert not (early & ~late).any()
    assert turn[early].max() < np.median(turn[late & ~early])


def test_members_beyond_the_people_of_an_age_are_of_the_others() -> None:
    shares, most = np.array([0.0, 0.5, 0.3, 0.2]), np.array([10, 30, 40, 50])
    assert members_by_age(50, shares, most).tolist() == [0, 25, 15, 10]
    assert members_by_age(100, shares, most).tolist() == [0, 30, 40, 30], "the second and then the third are full"
    assert members_by_age(500, shares, most).tolist() == [0, 30, 40, 50], "there are no more"


@pytest.mark.parametrize("day", ["2020-12-31", "2022-01-31", "2022-06-22"])
def test_late_members_are_as_many_as_counted(city: City, day: str) -> None:
    morning = datetime.date.fromisoformat(day) + datetime.timedelta(days=1)
    members = (first_cards(city, PARAMETERS, morning) != NO_CARD).sum() / city.scale
    counted = PACKAGE.observed("subscribers", "incheon", day, day)
    assert members == pytest.approx(counted, rel=0.002)


def test_thinning_takes_out_as_many_as_joined() -> None:
    none = np.ones((12, 15, 1025))
    people = AdoptionQueue(none)
    people.potential = np.full(12, 0.5)
    waiting, everybody = people.waiting(), people.none.sum(axis=2)
    assert waiting == pytest.approx(np.full((12, 15), 512.0))
    people.thin(waiting * 0.75, everybody - waiting * 0.25 - (everybody - waiting) * 0.5)
    assert people.waiting() == pytest.approx(waiting * 0.75)
    assert people.none.sum(axis=2) == pytest.approx(waiting * 0.75 + (everybody - waiting) * 0.5)
    people.potential = np.full(12, 0.25)
    assert people.waiting() == pytest.approx(np.full((12, 15), 256.0 * 0.75))
