"""Made policies live some days in a tiny town: nothing breaks, no budget is overspent, whatever is promised."""

import datetime
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eum.behavior.parameters import Parameters
from eum.city.build import City, build_city
from eum.city.data import load_city_data
from eum.engine.model import CityModel
from eum.errors import InputError
from eum.policy.files import load_policy
from tests.policy.made import Layer, made_policies, policy_from

FEW, MANY, N_DAYS = 100, 2_000, 3
FIRST_DAYS = st.dates(datetime.date(2020, 2, 10), datetime.date(2020, 4, 30))


@pytest.fixture(scope="module")
def town() -> City:
    """Return a town of some 40 residents and the shops of a small city."""
    city = build_city(load_city_data(), 0.0005, 1, 0.003)
    chosen = np.arange(0, city.n_persons, 32)
    return replace(city, residents=type(city.residents)(*(column[chosen] for column in city.residents)))


@pytest.mark.parametrize("n_policies", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
def test_made_policies_run_some_days(town: City, parameters: Parameters, n_policies: int) -> None:
    ends: Counter[str] = Counter()
    none = load_policy("none")

    @settings(max_examples=n_policies, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(made_policies(), FIRST_DAYS)
    def lives(made: Layer, start: datetime.date) -> None:
        days = start, start + datetime.timedelta(days=N_DAYS - 1)
        try:
            model = CityModel(town, [none, policy_from(made)], parameters, days, [(0, 1)], seed=1, n_threads=1)
            while model.running:
                model.step()
        except InputError as error:
            assert "announced changes on different days overlap" in str(error)
            ends["refused"] += 1
            return
        for budget in model.treasuries[1].budgets.summary():
            assert 0 <= int(str(budget["spent_krw"])) <= int(str(budget["amount_krw"])), budget
        ends["lived"] += 1

    lives()
    assert ends["lived"] > 20 * ends["refused"], ends
