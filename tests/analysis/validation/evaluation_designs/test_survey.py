"""A survey of users: everybody asked and everything remembered gives the truth to the won."""

import datetime

import numpy as np
import pandas as pd
import pytest

from eum.analysis.validation.evaluation_designs.user_survey import (
    ANSWER,
    HERE_ANYWAY,
    JULY_POLICY,
    SURVEY_CHANGES,
    Memory,
    SurveyAnswers,
    ask,
    share_of_won,
    survey_estimates,
    survey_of,
    true_shares,
    users_surveyed,
)
from eum.behavior.parameters import Parameters
from eum.city.build import City, build_city
from eum.city.data import load_city_data
from eum.dimensions import CLASSES
from eum.policy.files import load_policy
from tests.plain_behaviour import plain_behaviour

WEEK = (datetime.date(2019, 7, 1), datetime.date(2019, 7, 6))
PERFECT = Memory(0.0, 0.0)


@pytest.fixture(scope="module")
def city() -> City:
    return build_city(load_city_data(), 0.0005, 1, shop_scale=0.001)


@pytest.fixture(scope="module")
def parameters(city: City) -> Parameters:
    centre = plain_behaviour(city.package)
    return centre._replace(place_response_visitor=0.3, visitor_card_share=0.1, basket_response=0.3)


@pytest.fixture(scope="module")
def everybody(city: City, parameters: Parameters) -> SurveyAnswers:
    return ask(city, parameters, load_policy(JULY_POLICY), list(range(city.n_persons)), 1, WEEK)


def test_everybody_surveyed_with_perfect_memory_gives_the_truth(everybody: SurveyAnswers) -> None:
    truth = true_shares(everybody)
    assert all(truth.values())
    says = survey_estimates(everybody.payments, PERFECT)
    for answer in SURVEY_CHANGES:
        assert share_of_won(everybody.payments, says, (answer,)).value == pytest.approx(truth[answer], rel=1e-12)
    for found in survey_of(everybody, "survey", PERFECT)[:-1]:
        assert found.estimate == pytest.approx(found.truth, rel=1e-12)


def test_every_won_of_card_payments_is_surveyed(everybody: SurveyAnswers) -> None:
    assert everybody.payments["krw"].sum() == everybody.tables["classes"]["krw"].sum()
    assert set(ANSWER) == set(CLASSES)


def test_memory_errs_as_often_as_stated_and_in_the_stated_direction(everybody: SurveyAnswers) -> None:
    payments = everybody.payments
    stayed = payments["answer"] == HERE_ANYWAY
    assert (survey_estimates(payments, Memory(1.0, 0.0))[stayed] != HERE_ANYWAY).all()
    assert (survey_estimates(payments, Memory(0.0, 1.0)) == HERE_ANYWAY).all()
    slips = survey_estimates(payments, Memory(0.2, 0.0))[stayed] != HERE_ANYWAY
    assert slips.mean() == pytest.approx(0.2, abs=0.05)
    invented = survey_estimates(payments, Memory(1.0, 0.0))[stayed].value_counts(normalize=True)
    assert invented.to_numpy() == pytest.approx(1 / 3, abs=0.06)


def test_who_is_surveyed_is_a_keyed_draw_among_users(city: City, parameters: Parameters) -> None:
    asked = users_surveyed(city, parameters, 1, 20)
    assert asked == users_surveyed(city, parameters, 1, 20) != users_surveyed(city, parameters, 2, 20)
    assert set(asked) <= set(users_surveyed(city, parameters, 1, 40)) and len(set(asked)) == 20


def test_intervals_of_a_sample_of_users_cover_the_truth(everybody: SurveyAnswers) -> None:
    payments, truth = everybody.payments, true_shares(everybody)["large_or_online"]
    by_user, random = [part for _, part in payments.groupby("user")], np.random.default_rng(1)
    inside = []
    for _ in range(100):
        drawn = random.integers(len(by_user), size=100)
        sample = pd.concat([by_user[user].assign(user=i) for i, user in enumerate(drawn)], ignore_index=True)
        value, error = share_of_won(sample, sample["answer"], ("large_or_online",))
        inside.append(abs(value - truth) < 1.96 * error)
    assert 0.82 <= np.mean(inside) <= 1.0


def test_a_city_without_a_programme_has_nobody_to_ask(city: City, parameters: Parameters) -> None:
    nothing = load_policy("none").model_copy(update={"name": "still none"})
    asked = ask(city, parameters, nothing, users_surveyed(city, parameters, 1, 5), 1, WEEK)
    assert asked.payments.empty and survey_of(asked, "survey", PERFECT) == []
