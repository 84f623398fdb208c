"""In which order people become members of the card: the same whenever a run starts and whatever the policy."""

import numpy as np

from eum import rng
from eum.city.data import CityData
from eum.city.residents import Residents
from eum.city.spending import N_LEVELS, Levels
from eum.dimensions import AGE_BANDS, DISTRICTS, N_DISTRICTS


def _propensity(package: CityData, residents: Residents, levels: Levels) -> np.ndarray:
    """Return float64[n]: how much likelier than average a person is to be a member, by district and spending."""
    by_district = package.assumptions("card_penetration_relative").set_index("area")["value"]
    district = np.array([*(by_district[d] for d in DISTRICTS), 1.0, 1.0])
    relative = levels.spending_krw_per_year / levels.spending_krw_per_year.mean()
    level = relative ** package.assumption("holder_spending_elasticity")
    assert len(level) == N_LEVELS
    return district[residents.home] * level[residents.level]


def _clocks(package: CityData, seed: int, residents: Residents, levels: Levels) -> np.ndarray:
    """Return float64[n]: exponential clocks of which a member's rings early (Efraimidis and Spirakis 2006).

    Those of people who are never members ring last.
    """
    bits = rng.lifetime_draws(seed, 0, len(residents.home), rng.HOLDS)
    u = ((bits >> np.uint64(11)).astype(float) + 0.5) * 2.0**-53
    often = _propensity(package, residents, levels)
    return np.divide(-np.log(u), often, out=np.full(len(u), np.inf), where=often > 0)


def members_in_order(package: CityData, seed: int, residents: Residents, levels: Levels) -> list[np.ndarray]:
    """Return the persons of each of the six age bands of residents, then the visitors, by number: who becomes a member
    first comes first.

    Within a group people come in proportion to district and spending, without replacement. Int32[n] each.
    """
    clock = _clocks(package, seed, residents, levels)
    n_residents = np.searchsorted(residents.home, N_DISTRICTS)
    age = residents.age[:n_residents]
    groups = [*(np.flatnonzero(age == a) for a in range(len(AGE_BANDS))), np.arange(n_residents, len(clock))]
    return [persons[np.argsort(clock[persons], kind="stable")].astype(np.int32) for persons in groups]
