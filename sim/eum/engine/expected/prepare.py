"""What expectation needs of a city whatever the policy: prepared once, then many policies run on it."""

import datetime
from typing import NamedTuple

import numpy as np

from eum.behavior.parameters import RESPONSES, Parameters
from eum.city.build import City
from eum.city.spending import spending_index
from eum.engine.day import Calendar
from eum.engine.expected.perceived_use import usage_table
from eum.engine.expected.population import Population, build_population
from eum.engine.expected.shops import ShopSales, first_stock
from eum.engine.felt_rates import FeltRates
from eum.engine.lookup_tables import speeds
from eum.engine.merchant_decisions import ShopOwners
from eum.engine.start import StartState, require_start
from eum.errors import InputError
from eum.finite import finite, require_finite

PreparedPeriod = tuple[datetime.date, datetime.date]


class ExpectedCity(NamedTuple):
    """A city, its behaviour and a period, ready for policies to be simulated in expectation."""

    city: City
    parameters: Parameters
    period: PreparedPeriod
    population: Population
    owners: ShopOwners
    horizon_days: int
    """Days ahead of an announced change from which purchases can wait for it."""
    factor: np.ndarray
    """float64[days]: purchases of each day relative to an average day."""
    price: np.ndarray
    """float64[days]: what purchases cost relative to the base year (`spending_index`); amounts here are those of it."""
    base_krw: np.ndarray
    """float64[12, 9, 24]: purchases of an average day without policy, won of the sample."""
    stock: ShopSales
    """Sales of small shops with the first Plus shops there are."""
    income_krw: np.ndarray
    """float64[12, 9, 24]: what a day's second-round income of one month's spending would be spent on, won."""
    felt: FeltRates
    choice: tuple[np.ndarray, np.ndarray]
    """`eum.engine.lookup_tables.speeds` and `usage_table`: how people respond to rates in basis points."""
    start_state: StartState | None
    """Where a history had brought people and shops by the first morning; None for a run without one."""

    @property
    def spending(self) -> np.ndarray:
        """float64[days]: won spent without policy on each day relative to an average day of the base year."""
        return self.factor * self.price

    @property
    def n_days(self) -> int:
        """Days of the period."""
        return len(self.factor)


@finite("the city in expectation")
def prepared_city(
    city: City, parameters: Parameters, period: PreparedPeriod, start_state: StartState | None = None
) -> ExpectedCity:
    """Prepare a city for policies over the days of a period (both ends included).

    Policies begin at `start_state`, which is that of `eum.engine.model.CityModel`; of its persons cells take over means
    (`eum.engine.expected.start`). Raises InputError for a period that ends before it starts, for tastes that are not
    frozen, and where a number is not finite.
    """
    if period[0] > period[1]:
        raise InputError(f"period: {period[0]} to {period[1]}: expected the end after the start, or the same day")
    if parameters.frozen_tastes <= 0.5:
        raise InputError("frozen_tastes: 0: expected 1, as tastes are always frozen in expectation")
    require_finite("behaviour", parameters._asdict())
    if start_state is not None:
        require_start(start_state, city, period[0])
    parameters = Parameters(*map(float, parameters))
    people = build_population(city, parameters, period[0], start_state)
    calendar, is_plus = Calendar(city, parameters, []), city.shops.first_plus
    days = range(period[0].toordinal(), period[1].toordinal() + 1)
    prepared = ExpectedCity(
        city=city,
        parameters=parameters,
        period=period,
        population=people,
        owners=ShopOwners(city, parameters),
        horizon_days=int(city.package.assumption("time_shift_horizon_days")),
        factor=np.array([calendar.factor(datetime.date.fromordinal(day)) for day in days]),
        price=_prices(city, parameters, period),
        base_krw=(people.n @ people.value.T)[:, :, None] * city.places.share,
        stock=first_stock(city, is_plus if start_state is None else start_state.is_plus),
        income_krw=_income_krw(city, people),
        felt=FeltRates(city, parameters),
        choice=(speeds(np.array(parameters[: len(RESPONSES)])), usage_table(parameters, people.affinity)),
        start_state=start_state,
    )
    floats = {"base_krw": prepared.base_krw, "speeds": prepared.choice[0], "usage": prepared.choice[1]}
    known = {name: column for name, column in people._asdict().items() if name != "lags"}
    require_finite("the city in expectation", {**known, **floats, "factor": prepared.factor})
    return prepared


def _prices(city: City, parameters: Parameters, period: PreparedPeriod) -> np.ndarray:
    """Return float64[days]: what purchases cost relative to the base year."""
    first, last = period
    years = np.array([datetime.date.fromordinal(n).year for n in range(first.toordinal(), last.toordinal() + 1)])
    by_year = {y: spending_index(city.package, y, parameters.growth_strength) for y in range(first.year, last.year + 1)}
    return np.array([by_year[year] for year in years.tolist()])


def _income_krw(city: City, people: Population) -> np.ndarray:
    everybody = (people.n @ people.monthly_krw)[:, None] * people.income_chance
    return everybody[:, :, None] * city.places.share
