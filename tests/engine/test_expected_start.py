"""Expectation begins where persons stand: to the won what they hold, and close to what they go on to do."""

import datetime

import numpy as np
import pytest

from eum.behavior.parameters import Parameters
from eum.city.build import City, build_city
from eum.city.data import load_city_data
from eum.dimensions import N_ORIGINS
from eum.engine.expected.model import Expectation
from eum.engine.expected.prepare import prepared_city
from eum.engine.expected.start import PersonCells
from eum.engine.expected.state import ACTIVE as ACTIVE_NOW
from eum.engine.expected.state import CASHBACK, MEMBERS, PAYMENTS, USERS
from eum.engine.history import history_state
from eum.engine.model import CityModel
from eum.engine.start import StartState
from eum.engine.state import ACTIVE, DORMANT, ORDERED
from eum.errors import InputError
from eum.policy.files import load_policy
from tests.plain_behaviour import plain_behaviour
from tests.switched_on import SWITCHED_ON

START, END = datetime.date(2020, 3, 16), datetime.date(2020, 5, 14)


@pytest.fixture(scope="module")
def city() -> City:
    return build_city(load_city_data(), 0.005, 1)


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    centre = plain_behaviour(load_city_data())
    return centre._replace(**SWITCHED_ON)


@pytest.fixture(scope="module")
def state(city: City, parameters: Parameters) -> StartState:
    return history_state(city, parameters, START, 1, n_threads=2)


@pytest.fixture(scope="module", params=["incheon-2020-actual", "gyeyang-2020-actual"])
def begun(request: pytest.FixtureRequest, city: City, parameters: Parameters, state: StartState) -> Expectation:
    return Expectation(prepared_city(city, parameters, (START, END), state), load_policy(request.param))


def held_krw(world: Expectation, name: str) -> np.ndarray:
    """Return float64[12]: what holders of a home have of a column, of active and of dormant cards."""
    mass = world.plan.group_share[0][:, None, None] * world.prepared.population.affinity_share[:, None]
    found, home = np.zeros(12), world.groups.home
    for persons, held in ((world.cards.active, world.month), (world.cards.dormant, world.cards.aside)):
        krw = (mass * persons[home][:, None, :] * getattr(held, name)).sum(axis=(1, 2))
        np.add.at(found, home, krw)
    return found


def test_cells_hold_what_persons_hold(begun: Expectation, city: City, state: StartState) -> None:
    home = city.residents.home
    for name, krw in (("balance", state.balance_krw), ("own", state.own_krw)):
        assert held_krw(begun, name) == pytest.approx(np.bincount(home, krw, 12))
    cards = begun.cards
    for persons, kind in ((cards.active, ACTIVE), (cards.dormant, DORMANT), (cards.ordered, ORDERED)):
        assert persons.sum(axis=1) == pytest.approx(np.bincount(home, state.card == kind, 12))
    assert cards.users[0] == state.has_paid.sum() > 0
    assert np.array_equal(begun.plus[0], state.is_plus[: city.shops.n_small])


def test_people_go_on_in_expectation_as_the_crowd_does(
    begun: Expectation, city: City, parameters: Parameters, state: StartState
) -> None:
    """Two months: payments and cashback within 2 %, members, active holders and users within 1 %."""
    worlds = [load_policy("none"), begun.policy]
    crowd = CityModel(city, worlds, parameters, (START, END), [], n_threads=2, start_state=state)
    while crowd.running:
        crowd.step()
    begun.simulate()
    seen = crowd.daily.query("world == @begun.policy.name")
    for column, name in ((PAYMENTS, "card_payments_krw"), (CASHBACK, "cashback_krw")):
        assert begun.daily[:, column].sum() == pytest.approx(seen[name].sum(), rel=0.02), name
    for column, name in ((MEMBERS, "subscribers"), (ACTIVE_NOW, "active_holders"), (USERS, "users")):
        assert begun.daily[-1, column] == pytest.approx(seen[name].iloc[-1], rel=0.01), name


def test_a_state_of_another_morning_is_refused(city: City, parameters: Parameters, state: StartState) -> None:
    with pytest.raises(InputError, match="start_state: of 2020-03-16; expected that of the first day, 2020-03-17"):
        prepared_city(city, parameters, (datetime.date(2020, 3, 17), END), state)


def test_a_card_that_comes_out_later_changes_nothing_by_itself() -> None:
    """People who will carry it begin with what they have as everybody does, whatever their affinity and level."""
    rng = np.random.default_rng(1)
    home, affinity, level, values = (rng.integers(0, n, 5_000) for n in (N_ORIGINS, 4, 15, 1_000_000))
    group_home, shape = np.array([*range(N_ORIGINS), 6]), (N_ORIGINS + 1, 4, 15)
    nobody_yet = PersonCells(home, affinity, level, home, shape, group_home)
    means = nobody_yet.means(values, np.ones(len(home), dtype=bool), np.zeros(shape))
    assert (means[N_ORIGINS] == means[6]).all()
    one = (home == 3) & (affinity == 1) & (level == 7)
    assert means[3, 1, 7] == pytest.approx(values[one].mean())
