"""Small simulations that the tests of the public interface share."""

from collections.abc import Callable
from typing import Any

import pytest

import eum as library

CITY_PROGRAMME, DISTRICT_PROGRAMME = "incheon-2020-actual", "gyeyang-2020-actual"
START, END = "2020-03-16", "2020-03-18"


@pytest.fixture(scope="session")
def small_city() -> library.City:
    """Return a thousandth of Incheon."""
    return library.City.load(scale=0.001, seed=1)


@pytest.fixture(scope="session")
def simulation(small_city: library.City) -> library.Simulation:
    """Return three days of two programmes, the second compared with the first."""
    policies = [CITY_PROGRAMME, DISTRICT_PROGRAMME]
    return library.Simulation(small_city, policies, "causal", start=START, end=END, baseline=CITY_PROGRAMME)


@pytest.fixture(scope="session")
def results(simulation: library.Simulation) -> library.Results:
    """Return two replicates of them."""
    return simulation.run(replicates=2)


@pytest.fixture(scope="session")
def single(simulation: library.Simulation) -> library.Results:
    """Return one run of them."""
    return simulation.run()


@pytest.fixture
def command(eum: Callable[..., Any]) -> Callable[..., Any]:
    """Return the command `eum`, under a name that is not the library's."""
    return eum
