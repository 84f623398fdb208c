"""Forecasts that anybody could make, to stand beside every forecast."""

import datetime
from typing import NamedTuple

import numpy as np

from eum.calibration.bayes.moments import Moment, on_scale
from eum.city.data import CityData
from eum.errors import InputError

LAST, GROWTH, RULE = "last value", "constant growth", "s/rho rule"
NAIVE = (LAST, GROWTH, RULE)
_DAY = datetime.timedelta(days=1)


class Series(NamedTuple):
    """A published figure at two days before the blind window: the last one and one before, and their distance."""

    before: float
    last: float
    days: int
    last_day: datetime.date


def _mean_a_day(package: CityData, start: str, end: str) -> float:
    days = (datetime.date.fromisoformat(end) - datetime.date.fromisoformat(start)).days + 1
    return package.observed("payments", "incheon", start, end) / days


def _series(package: CityData, quantity: str) -> Series:
    """Return what was known of a quantity at the end of February 2020."""
    if quantity == "payments":
        january, february = ("2020-01-01", "2020-01-31"), ("2020-02-01", "2020-02-29")
        middle = datetime.date(2020, 2, 15)
        return Series(_mean_a_day(package, *january), _mean_a_day(package, *february), 30, middle)
    if quantity == "subscribers":
        days = ("2019-11-30", "2019-12-31")
        before, last = (package.observed("subscribers", "incheon", day, day) for day in days)
        return Series(before, last, 31, datetime.date(2019, 12, 31))
    if quantity == "new_per_day":
        joiners = package.observed("new_subscribers_daily_avg", "incheon", "2020-01-01", "2020-02-29")
        return Series(joiners, joiners, 30, datetime.date(2020, 1, 31))
    if quantity == "effective_rate":
        rate = package.observed("cashback_rate_effective", "incheon", "2020-01-01", "2020-02-29") / 100
        return Series(rate, rate, 30, datetime.date(2020, 1, 31))
    raise InputError(f"moments.csv: {quantity}: expected a blind moment that a naive forecast is known for")


def naive(package: CityData, moment: Moment, rates: tuple[float, float]) -> dict[str, float]:
    """Return the naive forecasts of a blind moment by name, on its scale.

    - last value: as it last was (a day, for payments);
    - constant growth: on at the pace of the last two figures;
    - s/rho rule: payments in proportion to the promised rate (`rates`: before and now), as a rule that takes the effect
      per won for granted implies; for the rate itself, the promise; for members as the last value.
    """
    known = _series(package, moment.quantity)
    days = (moment.end - moment.start).days + 1
    middle = moment.start + (days - 1) / 2 * _DAY
    ahead = (middle - known.last_day).days / known.days
    size = days if moment.quantity == "payments" else 1
    growth = known.last * (known.last / known.before) ** ahead
    factor = rates[1] / rates[0] if moment.quantity in ("payments", "effective_rate") else 1.0
    values = dict(zip(NAIVE, (known.last, growth, known.last * factor), strict=True))
    return {name: float(on_scale(moment.scale, np.array(value * size))) for name, value in values.items()}
