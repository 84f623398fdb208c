"""The figures a policy can be judged by: each one number, its unit, and whether more of it is better."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from eum.calibration.expectation import ExpectedOutcome
from eum.dimensions import DISTRICTS, EFFECTS
from eum.errors import InputError


class OutcomeMeasure(NamedTuple):
    """One figure of an outcome."""

    unit: str
    """"krw", "won per 100 won", "points", "percent", "days" or "persons"."""
    better: int
    """+1: more is better; -1: less is better."""
    of: Callable[[ExpectedOutcome], float]
    meaning: str


def _per_hundred(krw: float, cost_krw: float) -> float:
    """Return won per 100 won of fiscal cost; not a number where nothing was spent."""
    return 100 * krw / cost_krw if cost_krw > 0 else np.nan


def _effect(rung: str) -> Callable[[ExpectedOutcome], float]:
    return lambda o: o.effect_krw[rung]


def _effect_per_hundred(rung: str) -> Callable[[ExpectedOutcome], float]:
    return lambda o: _per_hundred(o.effect_krw[rung], o.fiscal_cost_krw)


def small_gain_krw(o: ExpectedOutcome) -> float:
    """Return the change of all small shops' sales, won."""
    return sum(o.sales_change_by_district_krw.values())


def uneven_percent(gains: dict[str, float], weights: dict[str, float]) -> float:
    """Return the percent of all gains that would have to change hands for each to gain in proportion to its weight.

    0: even; above 100 where some lose. Not a number where nothing is gained in all.
    `uneven_percent({"a": 3, "b": 1}, {"a": 1, "b": 1}) == 25`.
    """
    total, whole = sum(gains.values()), sum(weights.values())
    if total <= 0:
        return np.nan
    return 50 * sum(abs(gains[k] / total - weights[k] / whole) for k in gains)


def _fifths(o: ExpectedOutcome) -> tuple[dict[str, float], dict[str, float]]:
    gains = {f"{i}": krw for i, krw in enumerate(o.cashback_by_quintile_krw, start=1)}
    return gains, dict.fromkeys(gains, 1.0)


def days_money_lasts(o: ExpectedOutcome, budget: str = "") -> float:
    """Return the days from the window's first to the one on which a budget ran out (the first of all by default).

    All days of the window where it lasted. Raises InputError for a budget that the policy does not have.
    """
    if budget and budget not in o.exhausted_on:
        raise InputError(f"{o.policy}: budget {budget}: expected one of {', '.join(o.exhausted_on)}")
    days = [o.exhausted_on[budget]] if budget else o.exhausted_on.values()
    last = min((day for day in days if day is not None), default=o.days[1])
    return float((last - o.days[0]).days + 1)


OUTCOME_MEASURES: dict[str, OutcomeMeasure] = {
    "fiscal_cost": OutcomeMeasure(
        "krw", -1, lambda o: o.fiscal_cost_krw, "fiscal cost: what national, city and district governments pay"),
    "resource_cost": OutcomeMeasure(
        "krw", -1, lambda o: o.fiscal_cost_krw + o.operation_krw,
        "resource cost: fiscal cost and the estimated cost of operation"),
    "card_payments": OutcomeMeasure("krw", 1, lambda o: o.card_payments_krw, "payments with the card"),
    "small_shop_gain": OutcomeMeasure("krw", 1, small_gain_krw, "change of small shops' sales"),
    "small_shop_gain_per_100_won": OutcomeMeasure(
        "won per 100 won", 1, lambda o: _per_hundred(small_gain_krw(o), o.fiscal_cost_krw),
        "change of small shops' sales per 100 won of fiscal cost"),
    "worst_district_gain": OutcomeMeasure(
        "krw", 1, lambda o: min(o.sales_change_by_district_krw.values()),
        "change of small shops' sales in the district where it is lowest"),
    "kept_in_city": OutcomeMeasure(
        "points", 1, lambda o: 100 * o.share_city_more,
        "points of residents' spending kept in the city, more than without"),
    "uneven_districts": OutcomeMeasure(
        "percent", -1, lambda o: uneven_percent(o.sales_change_by_district_krw, o.sales_before_by_district_krw),
        "percent of small shops' gain that would have to move between districts to be in proportion to sales"),
    "uneven_fifths": OutcomeMeasure(
        "percent", -1, lambda o: uneven_percent(*_fifths(o)),
        "percent of cashback that would have to move between fifths of residents by spending to be the same for each"),
    "days_money_lasts": OutcomeMeasure("days", 1, days_money_lasts, "days until the first budget runs out"),
    "members": OutcomeMeasure("persons", 1, lambda o: o.subscribers, "members at the end"),
    **{rung: OutcomeMeasure("krw", 1, _effect(rung), f"effect by the definition {rung}") for rung in EFFECTS},
    **{f"{rung}_per_100_won": OutcomeMeasure("won per 100 won", 1, _effect_per_hundred(rung),
                                      f"effect by the definition {rung} per 100 won of fiscal cost")
       for rung in EFFECTS},
}  # fmt: skip
"""All measures by name."""


SALES_PLACES: dict[str, Callable[[ExpectedOutcome, str], float]] = {
    "small_shop_gain_in": lambda o, d: o.sales_change_by_district_krw[d],
    "value_added_in": lambda o, d: o.value_added_by_district_krw[d],
    "cashback_of_residents_in": lambda o, d: o.cashback_by_district_krw[d],
    "cost_of": lambda o, payer: o.cost_by_payer_krw.get(payer, 0.0),
}
"""Measures in won of one district (or payer), named after a colon: `small_shop_gain_in:gyeyang`, `cost_of:city`.

`days_money_lasts:BUDGET` likewise names one budget."""


def _of_a_place(name: str, where: str) -> OutcomeMeasure:
    kind, _, place = name.partition(":")
    if kind == "days_money_lasts":
        return OutcomeMeasure("days", 1, lambda o: days_money_lasts(o, place), f"days until budget {place} runs out")
    places = (*DISTRICTS, "city", "national") if kind == "cost_of" else DISTRICTS
    if place not in places:
        raise InputError(f"{where}: {name}: expected one of {', '.join(places)} after the colon")
    better = -1 if kind == "cost_of" else 1
    return OutcomeMeasure("krw", better, lambda o: SALES_PLACES[kind](o, place), f"{kind.replace('_', ' ')} {place}")


def require_measure(name: str, where: str = "--measure") -> OutcomeMeasure:
    """Return a measure by name. Raises InputError naming all of them."""
    kind, _, place = name.partition(":")
    if kind in SALES_PLACES or (kind == "days_money_lasts" and place):
        return _of_a_place(name, where)
    if name not in OUTCOME_MEASURES:
        raise InputError(
            f"{where}: {name}: expected one of {', '.join([*OUTCOME_MEASURES, *(f'{p}:PLACE' for p in SALES_PLACES)])}"
        )
    return OUTCOME_MEASURES[name]


def value_of(outcome: ExpectedOutcome, name: str) -> float:
    """Return a measure of an outcome. Raises InputError where it is not a number, as for a ratio over no cost."""
    value = float(require_measure(name).of(outcome))
    if not np.isfinite(value):
        raise InputError(f"{outcome.policy}: {name}: not a number here (nothing spent or gained); expected another one")
    return value
