"""A city: residents, visitors and shops as columns, at any scale."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from eum.city.adoption_order import members_in_order
from eum.city.data import Package
from eum.city.destinations import Places, build_places
from eum.city.residents import Residents, build_residents
from eum.city.shops import Shops, build_shops
from eum.city.spending import Levels, build_levels
from eum.dimensions import N_DISTRICTS
from eum.errors import InputError
from eum.finite import finite, require_finite

SMALLEST_SCALE = 0.0005
"""The smallest share of residents that a city is built with."""


@dataclass(frozen=True)
class City:
    """Everything that stands before a policy comes: who lives where, who shops where, which shops there are."""

    package: Package
    scale: float
    seed: int
    residents: Residents
    levels: Levels
    shops: Shops
    places: Places

    @property
    def n_persons(self) -> int:
        """Residents and visitors simulated."""
        return len(self.residents.home)

    @property
    def n_residents(self) -> int:
        """Residents simulated; they come before the visitors."""
        return int(np.searchsorted(self.residents.home, N_DISTRICTS))

    @cached_property
    def members_in_order(self) -> list[np.ndarray]:
        """Persons of each age band of residents, then visitors, as `eum.city.adoption_order.members_in_order` gives
        them."""
        return members_in_order(self.package, self.seed, self.residents, self.levels)


@finite("the city")
def build_city(package: Package, scale: float, seed: int, shop_scale: float = 1.0) -> City:
    """Build a city at a scale: the share of residents and visitors that is simulated, 1.0 is one to one.

    `shop_scale` is the share of shops, at least one of each trade, size and district: 1.0 except in a town to look
    at; a cell of the data that has none stays empty. The same package, scales and seed give the same city to the bit.
    Raises InputError for a scale outside 0.0005 to 1 and for data of which no city can be made.
    """
    if not SMALLEST_SCALE <= scale <= 1.0:
        raise InputError(f"--scale: {scale}: expected a share of residents between {SMALLEST_SCALE:g} and 1")
    residents, relative = build_residents(package, scale, seed)
    shops = build_shops(package, seed, shop_scale)
    levels, places = build_levels(package, relative), build_places(package, shops)
    require_finite("the city", {**levels._asdict(), "places": places.share})
    return City(package, scale, seed, residents, levels, shops, places)
