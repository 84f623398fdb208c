"""The second round: sales leave value added in the city, value added becomes income, income is spent."""

import numpy as np

from eum.behavior.parameters import Parameters
from eum.city.build import City
from eum.city.spending import sector_values
from eum.dimensions import LARGE, N_DISTRICTS, N_ORIGINS, PLUS, SEOUL


def by_district(spend: np.ndarray) -> np.ndarray:
    """Return spending at shops of the city, [..., 34] destinations added up to [..., 10] districts."""
    return spend[..., :LARGE] + spend[..., LARGE:SEOUL] + spend[..., PLUS:]


def value_added_share(city: City, parameters: Parameters) -> np.ndarray:
    """Return float64[9]: city value added per won at the till, by sector (retail counts its margin)."""
    return sector_values(city.package, "output_share_of_till") * parameters.own_region_value_added


def monthly_spending_krw(city: City, monthly_krw: np.ndarray) -> np.ndarray:
    """Return float64[10]: ordinary monthly spending of the residents of each district, won of the sample."""
    people = city.residents
    return np.bincount(people.home, monthly_krw[people.level], N_ORIGINS)[:N_DISTRICTS]


def gain_ppm(
    added_share: np.ndarray, parameters: Parameters, change_spend: np.ndarray, monthly: np.ndarray
) -> np.ndarray:
    """Return int64[12]: next month's extra spending of residents, millionths of their monthly spending.

    Change of sales by district and sector (int64[12, 9, 34], summed over homes) * value added share (`added_share`,
    float64[9]) * local income share * propensity to spend; a part goes to residents of the district, at most as much
    as they spend in a month (shops where hardly anybody lives belong to people elsewhere), the rest over the city by
    spending. Visitors get nothing. Coefficients from the Incheon input-output table 2015.
    """
    sales = by_district(change_spend).sum(axis=0)
    income = added_share @ sales * parameters.local_income_share
    spent = income * parameters.second_round_propensity
    own = parameters.second_round_own_district_share
    at_home = np.clip(own * spent, -monthly, monthly)
    elsewhere = (1 - own) * spent.sum() + (own * spent - at_home).sum()
    received = at_home + elsewhere * monthly / monthly.sum()
    ppm = np.zeros(N_ORIGINS, dtype=np.int64)
    lived_in = monthly > 0
    ppm[:N_DISTRICTS][lived_in] = np.rint(received[lived_in] / monthly[lived_in] * 1e6)
    return ppm
