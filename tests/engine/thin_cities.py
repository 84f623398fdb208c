"""Cities in which many cells hold nobody, nothing, one or few: made at random from the data that comes with eum."""

from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from eum.city.build import City, build_city
from eum.city.data import CityData, load_city_data
from eum.dimensions import AGE_BANDS, DISTRICTS, SECTORS
from tests.engine.random_cases import SCALE, SHOP_SCALE

LARGE_DISTRICTS = ("namdong", "gyeyang", "seo")
"""Never emptied, so that the published outflow of the others leaves the city's total possible."""

POPULATION = "population_dec2019_estimate"


class Draft:
    """Tables of a package to be changed, a cell at a time."""

    def __init__(self) -> None:
        self.tables = {name: table.copy() for name, table in load_city_data().tables.items()}

    def _rows(self, parameter: str, column: str, keys: list[str]) -> pd.Series:
        rows = self.tables["assumptions"]
        return (rows["parameter"] == parameter) & rows[column].isin(keys)

    def assume(self, parameter: str, column: str, keys: list[str], value: float) -> None:
        """Write a value into the rows of an assumption whose area, sector or item is one of the keys."""
        self.tables["assumptions"].loc[self._rows(parameter, column, keys), "value"] = value

    def take_out(self, parameter: str, column: str, keys: list[str]) -> None:
        """Set some shares of an assumption to zero; the others sum to one again."""
        self.assume(parameter, column, keys, 0.0)
        rows = self.tables["assumptions"]["parameter"] == parameter
        self.tables["assumptions"].loc[rows, "value"] /= self.tables["assumptions"].loc[rows, "value"].sum()

    def state(self, area: str, metric: str, value: float) -> None:
        """Write a fact of all years."""
        rows = self.tables["city_base"]
        self.tables["city_base"].loc[(rows["area"] == area) & (rows["metric"] == metric), "value"] = value

    def package(self) -> CityData:
        """Return the changed data."""
        base, told = load_city_data(), pd.concat([self.tables["assumptions"], self.tables["city_base"]])
        marks = pd.util.hash_pandas_object(told.astype(str), index=False)
        return CityData(base.folder, f"thin {int(marks.sum())}", self.tables)


def _some(draw: st.DrawFn, keys: tuple[str, ...], most: int) -> list[str]:
    return draw(st.lists(st.sampled_from(keys), max_size=most, unique=True))


def _empty_homes(draw: st.DrawFn, draft: Draft) -> None:
    small = tuple(d for d in DISTRICTS if d not in LARGE_DISTRICTS)
    for district in _some(draw, small, len(small)):
        draft.state(district, POPULATION, draw(st.sampled_from([0, 1, 2_000, 6_000])))
    if draw(st.integers(0, 4)) == 0:
        # A town of one, or of some twenty, simulated residents.
        part = draw(st.sampled_from([2_000, 40_000])) / 2_600_000
        for metric in ("population_14_plus", "card_spending_residents", "card_spending_residents_inside"):
            value = draft.tables["city_base"].query("area == 'incheon' and metric == @metric")["value"].iloc[-1]
            draft.state("incheon", metric, value * part)


def _empty_groups(draw: st.DrawFn, draft: Draft) -> None:
    ages = _some(draw, AGE_BANDS, 5)
    draft.take_out("age_share", "item", ages)
    draft.take_out("subscriber_age_share", "item", ages)
    draft.take_out("spending_share", "sector", _some(draw, SECTORS, 8))
    draft.assume("card_penetration_relative", "area", _some(draw, DISTRICTS, 5), 0.0)
    if draw(st.booleans()):
        draft.assume("district_card_share", "area", list(DISTRICTS), 0.0)
    if draw(st.booleans()):
        draft.state("incheon", "inflow_share_bok", 0.0)


def _empty_shops(draw: st.DrawFn, draft: Draft) -> None:
    without = _some(draw, DISTRICTS, 9)
    draft.take_out("shop_share", "area", without)
    plus = DISTRICTS if draw(st.booleans()) else without
    draft.assume("plus_shops_initial", "area", list(plus), 0.0)
    only_large = _some(draw, SECTORS, 8)
    draft.take_out("shop_sector_share", "sector", only_large)
    draft.assume("large_share", "sector", only_large, 1.0)
    only_small = [s for s in _some(draw, SECTORS, 9) if s not in only_large]
    draft.assume("n_large_stores", "sector", only_small, 0.0)
    draft.assume("large_share", "sector", only_small, 0.0)


def _empty_ways(draw: st.DrawFn, draft: Draft) -> None:
    if draw(st.booleans()):
        draft.state("ganghwa", "outflow_share_iri", 0.0)
    if draw(st.booleans()):
        draft.state("incheon", "ecommerce_share_of_outside_spending_iri", 0.0)


@st.composite
def thin_packages(draw: st.DrawFn) -> CityData:
    """Draw the data of a city with empty homes, ages, trades, shops and ways out."""
    draft = Draft()
    for part in (_empty_homes, _empty_groups, _empty_shops, _empty_ways):
        if draw(st.integers(0, 3)) > 0:
            part(draw, draft)
    return draft.package()


@st.composite
def thin_towns(draw: st.DrawFn) -> City:
    """Draw a town of such a city: some tens of persons, with all its shops."""
    city = build_city(draw(thin_packages()), SCALE, draw(st.integers(1, 3)), SHOP_SCALE)
    every = draw(st.integers(10, 25)) if city.n_persons > 500 else 1
    chosen = np.arange(0, city.n_persons, every)
    return replace(city, residents=type(city.residents)(*(column[chosen] for column in city.residents)))


def with_people(district: str, n: float) -> CityData:
    """Return the data of Incheon with `n` people in a district; what it had more or less is nowhere else."""
    draft = Draft()
    draft.state(district, POPULATION, n)
    return draft.package()
