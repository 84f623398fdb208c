"""Every definition of the multiplier side by side: the ladder, and the published accounting beside it."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.city.data import CityData
from eum.dimensions import CLASSES, EFFECTS
from eum.outcomes.attribution import CITY, class_totals, pairs_of, sales_change, spending_change
from eum.outcomes.counting import INSTITUTE, counted_krw
from eum.outcomes.fiscal import card_payments_krw, costs_krw

ACCOUNTINGS = {"plain_sum": "E2", "outflow_inflow_output": "E3", "outflow_only": "E8", "outflow_switching": "E6"}
"""Ways of adding up the institute's printed components of May-August 2019, by their mark in data/studies.csv."""


class Coefficients(NamedTuple):
    """What turns sales into value added and payments into cost; shares, drawn from the priors."""

    value_added_by_sector: np.ndarray
    """float64[9]: city value added per won at the till."""
    national_value_added: float
    own_region_output: float
    operation_share: float
    payback_12m: float
    fee_reference_credit_share: float
    """Share of credit cards in the means that card payments are set against for fees; the rest are debit cards."""


def numerators(
    gross: float,
    by_class: Mapping | pd.Series,
    sales: tuple[np.ndarray, np.ndarray],
    spending: float,
    scope: str,
    c: Coefficients,
) -> list[float]:
    """Return the effect of a policy by the definitions of RUNGS, won.

    `gross` is what it adds to card payments and `by_class` how they are classed (all ten classes), at the shops of the
    scope; `sales` the change of sales there by sector, float64[9], in the first and the second round; `spending` the
    change of everybody's spending anywhere before the second round.

    Card payments that moved between small shops add nothing where their twin was paid with the card as well, as it
    often was between two policies: they are in no more than `gross`.
    """
    first, second = sales
    moved = gross - by_class["replaced"]
    inside = ["reshuffled", "size_switched"] + (["moved_between_districts"] if scope == CITY else [])
    from_outside = sum(by_class[name] for name in CLASSES if name not in ("replaced", "unchanged", *inside))
    lasting = from_outside - by_class["time_shifted"]
    added, added_second = c.value_added_by_sector @ first, c.value_added_by_sector @ second
    national = spending * c.national_value_added
    later = lasting - c.payback_12m * by_class["new"]
    return [gross, moved, from_outside, lasting, later, first.sum(), added, added + added_second, national]


def _numerators(tables: dict, pair: tuple[str, str], scope: str, c: Coefficients) -> list[float]:
    by_class = class_totals(tables["classes"], pair, scope)
    spending = tables["spending"]
    if scope != CITY:
        spending = spending[spending["place"] == scope]
    gross = card_payments_krw(spending, pair[1]) - card_payments_krw(spending, pair[0])
    sales = sales_change(tables, pair, scope)
    rounds = (sales["first_round"].to_numpy(), sales["second_round"].to_numpy())
    return numerators(gross, by_class, rounds, spending_change(tables, pair), scope, c)


def effect_table(tables: dict, scale: float, scopes: tuple[str, ...], coefficients: Coefficients) -> pd.DataFrame:
    """Return the ladder of every pair: one row per pair, scope, rung and denominator.

    Columns baseline, policy, scope, rung, rung_order, denominator, numerator_krw, payments_krw, cost_krw (whole
    city), s = numerator / payments, rho = cost / payments, ratio = numerator / cost. Payments and cost are what
    the policy adds to its baseline; a ratio over no cost is not a number. In a district's scope purchases moved
    from other districts count; its cost is that of the whole pair.
    """
    rows = []
    for baseline, policy in pairs_of(tables):
        costs = costs_krw(tables, baseline, policy, coefficients.operation_share)
        for scope in scopes:
            numerators = _numerators(tables, (baseline, policy), scope, coefficients)
            payments = numerators[0]
            for order, (rung, numerator) in enumerate(zip(EFFECTS, numerators, strict=True)):
                for denominator, cost in costs.items():
                    rows.append((baseline, policy, scope, rung, order, denominator, numerator, payments, cost))
    names = ["baseline", "policy", "scope", "rung", "rung_order", "denominator"]
    amounts = ["numerator_krw", "payments_krw", "cost_krw"]
    table = pd.DataFrame(rows, columns=names + amounts)
    with np.errstate(divide="ignore", invalid="ignore"):
        table["s"] = table["numerator_krw"] / table["payments_krw"]
        table["rho"] = table["cost_krw"] / table["payments_krw"]
        table["ratio"] = (table["numerator_krw"] / table["cost_krw"]).where(table["cost_krw"] > 0)
    table[amounts] /= scale
    return table


def published_ratios(package: CityData) -> dict[str, float]:
    """Return the ratio that each accounting gives on the institute's printed components (data/studies.csv)."""
    studies = package.table("studies").set_index("estimand_definition")["value"]
    return {
        name: float(studies[studies.index.str.startswith(f"{label} ")].iloc[0]) for name, label in ACCOUNTINGS.items()
    }


def institute_effects(by_class: Mapping | pd.Series, coefficients: Coefficients) -> dict[str, float]:
    """Return the effect by the institute's accountings (ACCOUNTINGS) of card payments by class, won.

    Classes are counted as the institute does (`eum.outcomes.counting.INSTITUTE`): outflow avoided is what was retained
    from Seoul, Gyeonggi, elsewhere and online.
    """
    counted = counted_krw(by_class, INSTITUTE)
    outflow, inflow, switching = (counted[f"share_{name}"] for name in ("retained", "inflow", "switching"))
    return {
        "plain_sum": outflow + inflow + switching,
        "outflow_inflow_output": (outflow + inflow) * coefficients.own_region_output,
        "outflow_only": outflow,
        "outflow_switching": outflow + switching,
    }


def published_institute_effects(tables: dict, coefficients: Coefficients, printed: dict[str, float]) -> pd.DataFrame:
    """Return the institute's accounting applied to each pair: baseline, policy, accounting, ratio, published_ratio.

    Effects are those of `institute_effects`; cashback is the denominator. `printed` are the `published_ratios` to
    stand beside.
    """
    rows = []
    for baseline, policy in pairs_of(tables):
        by_class = class_totals(tables["classes"], (baseline, policy))
        cashback = costs_krw(tables, baseline, policy, 0.0)["cashback"]
        for name, effect in institute_effects(by_class, coefficients).items():
            ratio = effect / cashback if cashback > 0 else np.nan
            rows.append((baseline, policy, name, ratio, printed[name]))
    return pd.DataFrame(rows, columns=["baseline", "policy", "accounting", "ratio", "published_ratio"])
