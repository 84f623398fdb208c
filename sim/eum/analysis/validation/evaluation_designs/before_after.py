"""The institute's accounting of May to August 2019: spending before the programme against spending with it.

Outflow avoided is the fall of residents' spending in Seoul and Gyeonggi, inflow the rise of the spending of people from
there in Incheon, switching the fall of residents' spending at large stores; their sum over cashback is the 2.9. Nothing
says what spending would have been without the programme: "before" has to stand for it.
"""

from typing import NamedTuple

import numpy as np

from eum.analysis.validation.evaluation_designs.estimate import EstimateRow, finding
from eum.analysis.validation.evaluation_designs.simulated_data import ACTUAL, NONE, SimulatedSeries
from eum.city.data import CityData
from eum.dimensions import ELSEWHERE, LARGE, N_DISTRICTS, N_SECTORS, PLUS, SEOUL

EIGHT = slice(0, N_SECTORS - 1)
"""The institute's eight sectors. Which eight was not found: all but "other"."""

DAYS_BEFORE, DAYS_AFTER = 120, 123
"""Days of January to April and of May to August."""


class Seen(NamedTuple):
    """What card data show of the eight sectors over some months, won of the sample."""

    outflow: float
    """Residents' spending in Seoul and Gyeonggi."""
    inflow: float
    """Spending of people from there in Incheon."""
    large: float
    """Residents' spending at large and excluded stores of the city."""

    def at(self, city: float, outside: float) -> "Seen":
        """Return the same spending times a factor for the city and one for what lies outside."""
        return Seen(self.outflow * outside, self.inflow * city, self.large * city)


def seen(spend: np.ndarray) -> Seen:
    """Return what card data show of spend[M, 12, 9, 34]."""
    residents, visitors = spend[:, :N_DISTRICTS, EIGHT], spend[:, N_DISTRICTS:, EIGHT]
    in_city = visitors[..., :SEOUL].sum() + visitors[..., PLUS:].sum()
    return Seen(residents[..., SEOUL:ELSEWHERE].sum(), in_city, residents[..., LARGE:SEOUL].sum())


def accounting(before: Seen, after: Seen, cashback: float, output: float) -> dict[str, float]:
    """Return the institute's ratios: the plain sum, outflow and inflow times an output coefficient, outflow alone.

    >>> accounting(Seen(100.0, 10.0, 50.0), Seen(90.0, 30.0, 45.0), 10.0, 1.2)
    {'plain_sum': 3.5, 'outflow_inflow_output': 3.6, 'outflow_only': 1.0}
    """
    outflow, inflow, switching = (
        before.outflow - after.outflow,
        after.inflow - before.inflow,
        before.large - after.large,
    )
    return {
        "plain_sum": float((outflow + inflow + switching) / cashback),
        "outflow_inflow_output": float((outflow + inflow) * output / cashback),
        "outflow_only": float(outflow / cashback),
    }


def befores(series: SimulatedSeries, package: CityData) -> dict[str, Seen]:
    """Return what stands for "before", by design: the year before with growth as it was, the same without any growth,
    and the months before.

    The growth of the year before the programme is the Bank of Korea's (data/assumptions.csv).
    """
    inside, outside = (
        1 + package.assumption("card_growth_before_percent", item=item) / 100 for item in ("inside", "outside")
    )
    year, longer = seen(series.year_before), DAYS_AFTER / DAYS_BEFORE
    return {
        "before_after_year": year.at(1 / inside, 1 / outside),
        "before_after_year_no_growth": year,
        "before_after_months": seen(series.spend[NONE][~series.after]).at(longer, longer),
    }


def eight_sector_cashback(series: SimulatedSeries) -> float:
    """Return cashback of the programme's months in the eight sectors, won of the sample, in proportion to payments."""
    card = series.card[ACTUAL]
    return float(series.cashback[ACTUAL].sum() * (card[:, :, EIGHT].sum() / max(card.sum(), 1)))


def one_percent_of_outflow(series: SimulatedSeries) -> float:
    """Return one percent of residents' spending in Seoul and Gyeonggi per won of cashback: what an error of one
    percent in "before" adds to outflow avoided."""
    return seen(series.spend[NONE][series.after]).outflow / 100 / eight_sector_cashback(series)


def before_after(series: SimulatedSeries, package: CityData) -> list[EstimateRow]:
    """Return what before/after accounting reports, with three choices of "before"."""
    with_it, without_it = (seen(series.spend[world][series.after]) for world in (ACTUAL, NONE))
    cashback = eight_sector_cashback(series)
    if not cashback:
        return []
    output = package.prior("own_region_output", "common").central
    truth = accounting(without_it, with_it, cashback, output)
    rows = []
    for design, before in befores(series, package).items():
        reported, untouched = (accounting(before, after, cashback, output) for after in (with_it, without_it))
        rows += [finding(design, name, reported[name], truth[name], untouched[name]) for name in reported]
    return rows
