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
from eum.calibration.fit.simulate import HISTORY_START
from eum.calibration.fit.targets import (
    FLOWS,
    STOCKS,
    WHOLE_CITY,
    Target,
    city_targets,
    margin_targets,
    simulated_values,
    untargeted_targets,
)
from eum.calibration.fit.training_set import HistoryRuns, is_of_prior
from eum.city.data import CityData

_BY_MONTH = (*FLOWS, *STOCKS, "float_cashback", "float_charged", "plus_merchants")
_FROM_MONTH = 3
"""Months since the first day from which months of the city are emulated: before, next to nobody held a card."""


class HistoryTargets(NamedTuple):
    """Targets that are seen, those only to be predicted, and those that nothing is fitted to, in this order."""

    targets: tuple[Target, ...]
    n_city: int
    """The first of them: published figures of the city."""
    n_seen: int
    """These and the published figures by district, brand and trade; months of the city follow."""
    n_fitted: int
    """All of these; published figures that nothing is fitted to follow (`LARGE_USERS`)."""


def _months(end: datetime.date) -> list[tuple[datetime.date, datetime.date]]:
    found = []
    for n in range(_FROM_MONTH, 12 * (end.year - HISTORY_START.year) + end.month):
        year, month = HISTORY_START.year + n // 12, n % 12 + 1
        first = datetime.date(year, month, 1)
        found.append((first, first.replace(day=calendar.monthrange(year, month)[1])))
    return found


def history_targets(package: CityData, end: datetime.date) -> HistoryTargets:
    """Return all figures published to a day, and every month of the city, published or not."""
    city = tuple(t for t in city_targets(package) if t.end <= end)
    margins = tuple(t for t in margin_targets(package) if t.end <= end)
    months = tuple(
        Target(metric, metric, WHOLE_CITY, first, last, float("nan"), 0.0)
        for metric in _BY_MONTH
        for first, last in _months(end)
    )
    untargeted = tuple(t for t in untargeted_targets(package) if t.end <= end)
    n_seen = len(city) + len(margins)
    return HistoryTargets((*city, *margins, *months, *untargeted), len(city), n_seen, n_seen + len(months))


class LearntHistory(NamedTuple):
    """What runs of the history taught."""

    history: FittedHistory
    known: HistoryTargets
    simulated: np.ndarray
    """float64[R, m]: what each run says of targets, ln."""


def learnt_history(package: CityData, definition: FitDefinition, runs: HistoryRuns) -> LearntHistory:
    """Learn from runs what any run would say of all targets."""
    known = history_targets(package, definition.end)
    values = simulated_values(package, runs.histories, known.targets)
    n_design = definition.size.n_runs
    near = np.concatenate([~is_of_prior(n_design), np.ones(len(runs.points) - n_design, dtype=bool)])
    emulator = emulate(runs.points, values, tuple(t.group for t in known.targets), near)
    layout = layout_of(known.targets, margin_sizes(known.targets, values))
    n = len(fit_parameters(package))
    history = FittedHistory(known.targets, emulator, layout, n, definition.seed, definition.size)
    return LearntHistory(history, known, values)
