"""A small city and short runs that the tests of the engine share."""

import datetime
from collections.abc import Callable

import pytest

from eum.behavior.parameters import Parameters
from eum.city.build import City, build_city
from eum.city.data import load_city_data
from eum.engine.model import CityModel
from eum.policy.files import load_policy
from eum.policy.model import Policy
from tests.plain_behaviour import plain_behaviour

MARCH = (datetime.date(2020, 2, 20), datetime.date(2020, 4, 5))

Runner = Callable[..., CityModel]


@pytest.fixture(scope="session")
def city() -> City:
    """Return a city of 2,600 residents."""
    return build_city(load_city_data(), 0.001, 1)


@pytest.fixture(scope="session")
def parameters(city: City) -> Parameters:
    """Return lively behaviour: every mechanism on, responses strong enough to move many purchases."""
    centre = plain_behaviour(city.package)
    return centre._replace(place_response_visitor=0.2, visitor_card_share=0.1, basket_response=0.3)


@pytest.fixture(scope="session")
def run(city: City, parameters: Parameters) -> Runner:
    """Return a function that runs policies by name (or as given) over the weeks around the launch."""

    def runner(
        *policies: str | Policy, seed: int = 1, threads: int = 1, period: tuple = MARCH, **changed: float
    ) -> CityModel:
        worlds = [load_policy(p) if isinstance(p, str) else p for p in policies]
        pairs = [(i, j) for j in range(len(worlds)) for i in range(j)]
        model = CityModel(city, worlds, parameters._replace(**changed), period, pairs, seed=seed, n_threads=threads)
        while model.running:
            model.step()
        return model

    return runner


@pytest.fixture(scope="session")
def gyeyang(run: Runner) -> CityModel:
    """Return a finished run of none, the city's programme and Gyeyang's on top."""
    return run("none", "incheon-2020-actual", "gyeyang-2020-actual")
