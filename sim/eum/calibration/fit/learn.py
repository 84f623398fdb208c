"""From runs to what a fit needs: an emulator of every target, and how far figures may be from it."""

import calendar
import datetime
from typing import NamedTuple

import numpy as np

from eum.calibration.fit.definition import FitDefinition
from eum.calibration.fit.discrepancy import layout_of, margin_sizes
from eum.calibration.fit.emulator import emulate
from eum.calibration.fit.parameters import fit_parameters
from eum.calibration.fit.posterior import FittedHistory
from eum.calibration.fit.simulate import FIRST_DAY
from eum.calibration.fit.targets import (
    CITY,
    FLOWS,
    STOCKS,
    Target,
    city_targets,
    margin_targets,
    simulated_values,
)
from eum.calibration.fit.training_set import Runs, is_of_prior
from eum.city.data import CityData

_BY_MONTH = (*FLOWS, *STOCKS, "float_cashback", "float_charged", "plus_merchants")
_FROM_MONTH = 3
"""Months since the first day from which months of the city are emulated: before, next to nobody held a card."""


class HistoryTargets(NamedTuple):
    """Targets that are seen and that are only to be predicted, in this order."""

    targets: tuple[Target, ...]
    n_city: int
    """The first of them: published figures of the city."""
    n_seen: int
    """These and the published figures by district, brand and trade; months of the city follow."""


def _months(end: datetime.date) -> list[tuple[datetime.date, datetime.date]]:
    found = []
    for n in range(_FROM_MONTH, 12 * (end.year - FIRST_DAY.year) + end.month):
        year, month = FIRST_DAY.year + n // 12, n % 12 + 1
        first = datetime.date(year, month, 1)
        found.append((first, first.replace(day=calendar.monthrange(year, month)[1])))
    return found


def history_targets(package: CityData, end: datetime.date) -> HistoryTargets:
    """Return all figures published to a day, and every month of the city, published or not."""
    city = tuple(t for t in city_targets(package) if t.end <= end)
    margins = tuple(t for t in margin_targets(package) if t.end <= end)
    months = tuple(
        Target(metric, metric, CITY, first, last, float("nan"), 0.0)
        for metric in _BY_MONTH
        for first, last in _months(end)
    )
    return HistoryTargets((*city, *margins, *months), len(city), len(city) + len(margins))


def learnt_history(package: CityData, definition: FitDefinition, runs: Runs) -> tuple[FittedHistory, HistoryTargets]:
    """Learn from runs what any run would say of all targets."""
    known = history_targets(package, definition.end)
    values = simulated_values(package, runs.histories, known.targets)
    n_design = definition.size.n_runs
    near = np.concatenate([~is_of_prior(n_design), np.ones(len(runs.points) - n_design, dtype=bool)])
    emulator = emulate(runs.points, values, tuple(t.group for t in known.targets), near)
    typical = np.median(values, axis=0)
    layout = layout_of(known.targets, margin_sizes(known.targets, typical, definition.end))
    n = len(fit_parameters(package))
    return FittedHistory(known.targets, emulator, typical, layout, n, definition.seed, definition.size), known
