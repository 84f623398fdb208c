"""A city: residents, visitors and shops as columns, at any scale."""

from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path

import numpy as np

from eum.city.adoption_order import members_in_order
from eum.city.data import CityData, load_city_data
from eum.city.destinations import Places, build_places
from eum.city.residents import Residents, build_residents
from eum.city.shops import Shops, build_shops
from eum.city.spending import Levels, build_levels
from eum.dimensions import N_DISTRICTS
from eum.errors import InputError
from eum.finite import finite, require_finite

SMALLEST_SCALE = 0.0005
"""The smallest share of residents that a city is built with."""


@dataclass(frozen=True, repr=False)
class City:
    """Everything that stands before a policy comes: who lives where, who shops where, which shops there are.

    `City.load` reads one. Seed and scale of a simulation are those of its city.
    """

    package: CityData
    scale: float
    seed: int
    residents: Residents
    levels: Levels
    shops: Shops
    places: Places
    shop_scale: float = 1.0
    """Share of the shops that is simulated."""

    @classmethod
    def load(
        cls, folder: str | Path | None = None, *, scale: float = 0.01, seed: int = 1, shop_scale: float = 1.0
    ) -> "City":
        """Read the data of a city and build its residents, visitors and shops.

        The same data, scales and seed give the same city to the bit.

        Args:
            folder: Data folder of a city; by default the one that comes with eum (Incheon).
            scale: Share of residents and visitors that is simulated, 0.0005 to 1 (one to one).
            seed: Seed of every draw, of the city and of the runs on it.
            shop_scale: Share of shops; 1 except in a small town to look at.

        Returns:
            The city.

        Raises:
            InputError: A fault of the data (file, row, column, value, what was expected), or a scale out of bounds.

        Examples:
            >>> city = City.load(scale=0.001, seed=1)
            >>> city.n_residents, city.scale, city.seed
            (2600, 0.001, 1)
        """
        return build_city(load_city_data(None if folder is None else Path(folder)), scale, seed, shop_scale)

    def __repr__(self) -> str:
        """Return folder, scale, seed and size on one line."""
        about = f"{self.package.folder.name!r}, scale={self.scale:g}, seed={self.seed}"
        return f"City({about}: {self.n_residents:,} residents, {len(self.shops.cell):,} shops)"

    def _repr_html_(self) -> str:
        visitors = self.n_persons - self.n_residents
        rows = {
            "data": f"{self.package.folder.name} ({self.package.hash[:12]})",
            "scale, seed": f"{self.scale:g}, {self.seed}",
            "residents, visitors simulated": f"{self.n_residents:,}, {visitors:,}",
            "shops": f"{len(self.shops.cell):,}",
        }
        lines = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows.items())
        return f"<table><caption>City</caption>{lines}</table>"

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
def build_city(package: CityData, scale: float, seed: int, shop_scale: float = 1.0) -> City:
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
    return City(package, scale, seed, residents, levels, shops, places, shop_scale)
