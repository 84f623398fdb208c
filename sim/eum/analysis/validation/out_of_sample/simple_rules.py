"""Benchmark forecasts of single targets: what anybody could say who knows earlier figures and the promised rates.

`last value`: the figure before, by day; `s/rho`: that in proportion to the promised rate; `semi-elasticity`: that moved
by the change of the effective rate (`eum.analysis.forecasts.benchmarks`). Where figures on both sides are known,
`interpolation` lies on the line between them. Each has a spread of its own errors elsewhere.
"""

import datetime
from typing import NamedTuple

import numpy as np

from eum.analysis.forecasts.benchmarks import SEMI_ELASTICITY
from eum.analysis.forecasts.known_rates import months_between, promised_by_month, scope_of_rates
from eum.calibration.fit.targets import FLOWS, RATE, STOCKS, Target
from eum.policy.model import Policy

PAST_RULES = ("last value", "s/rho", "semi-elasticity")
BOTH_SIDES = (*PAST_RULES, "interpolation")
LEAST_SD, MOST_SD = 0.02, 0.5
"""The least and the most spread of a rule, of ln. The most is also that where fewer than three errors are known: while
the card spread from nothing errors were of several hundred percent, which says nothing of its later course."""
_MOST_MONTHS = 6.5
"""Months ahead of which a rule's own errors in the past are counted."""
_MEMORY_MONTHS = 24.0
"""Months before the last figure of a series in which its errors are counted."""


class PromisedRates(NamedTuple):
    """Promised percent of the first won and over a typical month, by scope and month."""

    first: dict[tuple[str, str], float]
    effective: dict[tuple[str, str], float]

    def change(self, kind: str, scope: str, days: tuple[datetime.date, datetime.date]) -> float:
        """Return by how much ln of the first rate, or the effective rate in points, differs between two days."""
        then, now = ((scope_of_rates(scope), day.isoformat()[:7]) for day in days)
        if kind == "s/rho":
            before, after = self.first[then], self.first[now]
            return float(np.log(after / before)) if before > 0 and after > 0 else 0.0
        return self.effective[now] - self.effective[then]


def promised_rates(policy: Policy, first: datetime.date, last: datetime.date) -> PromisedRates:
    """Return the promised rates of a policy for every month from one day to another."""
    months = months_between(first.isoformat()[:7], last.isoformat()[:7])
    rows = promised_by_month(policy, months)
    keys = list(zip(rows["scope"], rows["month"], strict=True))
    return PromisedRates(*(dict(zip(keys, rows[f"{kind}_percent"], strict=True)) for kind in ("first", "effective")))


def _by_day(target: Target) -> float:
    """Return ln of a figure by day, where it is a sum over days."""
    is_flow = target.group in FLOWS
    return target.value - (np.log((target.end - target.start).days + 1) if is_flow else 0.0)


def _middle(target: Target) -> datetime.date:
    return target.start + (target.end - target.start) // 2


def _moved(rule: str, target: Target, before: Target, rates: PromisedRates) -> float:
    """Return how far a rule moves the figure before for the change of rates."""
    if rule == "last value" or target.group not in (*FLOWS, "active_users", RATE):
        return 0.0
    days = (_middle(before), _middle(target))
    if target.group == RATE:
        return rates.change("s/rho", target.scope, days) if rule == "s/rho" else 0.0
    by_rule = rates.change(rule, target.scope, days)
    return by_rule if rule == "s/rho" else SEMI_ELASTICITY.mean * by_rule


def forecast_by(rule: str, target: Target, series: list[Target], rates: PromisedRates) -> float:
    """Return what a rule says of a target from other figures of its series, ln; NaN where it knows none before."""
    before = [t for t in series if t.end < target.start or (target.group in STOCKS and t.end < target.end)]
    after = [t for t in series if t.start > target.end]
    if not before:
        return float("nan")
    last = max(before, key=lambda t: t.end)
    days = _by_day(target._replace(value=0.0))
    if rule == "interpolation":
        if not after:
            return _by_day(last) - days
        first = min(after, key=lambda t: t.start)
        weight = (target.month - last.month) / (first.month - last.month)
        return (1 - weight) * _by_day(last) + weight * _by_day(first) - days
    return _by_day(last) + _moved(rule, target, last, rates) - days


def own_spread(rule: str, series: list[Target], rates: PromisedRates) -> float:
    """Return the root mean square of what a rule missed within a series, up to half a year ahead, in its last two
    years."""
    errors, last = [], max((t.month for t in series), default=0.0)
    for target in (t for t in series if last - t.month <= _MEMORY_MONTHS):
        for other in series:
            if 0 < target.month - other.month <= _MOST_MONTHS:
                errors.append(forecast_by(rule, target, [other], rates) - target.value)
    return spread_of(errors)


def spread_of(errors: list[float]) -> float:
    """Return the root mean square of errors that are numbers, from `LEAST_SD` to `MOST_SD`; of fewer than three
    `MOST_SD`."""
    known = np.array([e for e in errors if np.isfinite(e)])
    return float(np.clip(np.sqrt((known**2).mean()), LEAST_SD, MOST_SD)) if len(known) >= 3 else MOST_SD
