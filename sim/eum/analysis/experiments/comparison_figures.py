"""Every figure that a comparison shows: of each policy against none, and of each policy less another one."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.analysis.experiments.outcome import relative_outcome, run_outcome
from eum.calibration.expectation import ExpectedOutcome
from eum.dimensions import DISTRICTS, EFFECTS, SALES_BANDS
from eum.engine.results import Tables
from eum.outcomes.attribution import rows_of_pair
from eum.outcomes.distribution import sales_distribution
from eum.outcomes.effects import Coefficients
from eum.outcomes.fiscal import PUBLIC_PAYERS

COST, GAIN = "cost", "effect"
EFFECT, PER_CASHBACK = "effect per 100 won of fiscal cost", "effect per 100 won of cashback"
PER_EFFECT, CITY, MONEY = "fiscal cost per effect", "the city", "until when the money lasts"
SHOPS, BANDS = "gain per small shop, by district", "gain per small shop, by its annual sales"
RESIDENT_GROUPS = "cashback per resident, by spending decile (1 spends least)"

PAID_BY = "paid by "
DENOMINATOR = {EFFECT: "fiscal cost", PER_CASHBACK: "cashback", PER_EFFECT: "effect"}
"""Groups of ratios: what they are per 100 won of."""

MAIN_EFFECTS = ("gross_use", "net_of_replacement", "net_city_sales", "city_value_added_second_round", "national_net")
"""Definitions that are always shown."""

NO_POLICY = "none"
ROW = ("policy", "relative_to", "group", "measure", "unit", "value")
"""Columns of the figures of one run. `relative_to` is what the policy is compared with: none, or another policy."""

_PRICED = ("net_city_sales", "city_value_added_second_round")
"""Effects whose price is shown: won of fiscal cost per 100 won of effect."""
_ITEMS = (*DISTRICTS, *SALES_BANDS, *(f"{decile}" for decile in range(1, 11)))
"""Items of the gains in the order in which they are shown."""
_GAINS = ((SHOPS, "shop_district"), (BANDS, "sales_band"), (RESIDENT_GROUPS, "spending_decile"))


class ComparisonFigure(NamedTuple):
    """One figure of one policy in one run."""

    group: str
    measure: str
    unit: str
    value: float


def _ratio(krw: float, per_krw: float) -> float:
    return 100 * krw / per_krw if per_krw > 0 else np.nan


def _costs(o: ExpectedOutcome) -> Iterator[ComparisonFigure]:
    yield ComparisonFigure(COST, "fiscal cost", "krw", o.fiscal_cost_krw)
    for payer in PUBLIC_PAYERS:
        yield ComparisonFigure(COST, f"{PAID_BY}{payer}", "krw", o.cost_by_payer_krw.get(payer, 0.0))
    yield ComparisonFigure(COST, "cashback", "krw", o.cashback_krw)
    yield ComparisonFigure(COST, "operation, borne by the operator (estimate)", "krw", o.operation_krw)
    yield ComparisonFigure(COST, "resource cost: fiscal cost and operation", "krw", o.fiscal_cost_krw + o.operation_krw)
    yield ComparisonFigure(COST, "card payments", "krw", o.card_payments_krw)


def _effects(o: ExpectedOutcome) -> Iterator[ComparisonFigure]:
    for rung in EFFECTS:
        yield ComparisonFigure(GAIN, rung, "krw", o.effect_krw[rung])
    for group, per in ((EFFECT, o.fiscal_cost_krw), (PER_CASHBACK, o.cashback_krw)):
        for rung in EFFECTS:
            yield ComparisonFigure(group, rung, "won per 100 won", _ratio(o.effect_krw[rung], per))
    for rung in _PRICED:
        yield ComparisonFigure(
            PER_EFFECT, f"for 100 won of {rung}", "won", _ratio(o.fiscal_cost_krw, o.effect_krw[rung])
        )


def level_figures(o: ExpectedOutcome) -> Iterator[ComparisonFigure]:
    """Yield the figures of a policy against the world without any."""
    yield from _costs(o)
    yield from _effects(o)
    yield ComparisonFigure(CITY, "spending kept in city", "percent", 100 * o.share_city)
    yield ComparisonFigure(CITY, "more than without", "points", 100 * o.share_city_more)
    yield ComparisonFigure(CITY, "small shops' sales", "krw", o.small_shop_sales_change_krw)
    for budget, day in o.exhausted_on.items():
        yield ComparisonFigure(MONEY, f"runs out: {budget}", "date", float(day.toordinal()) if day else np.inf)


def difference_figures(after: ExpectedOutcome, before: ExpectedOutcome) -> Iterator[ComparisonFigure]:
    """Yield the figures of a policy less those of another one on the same draws.

    A ratio is the additional effect per additional won, and not a number where the additional cost is not above zero.
    """
    more = relative_outcome(after, before)
    yield from _costs(more)
    yield from _effects(more)
    yield ComparisonFigure(CITY, "spending kept in city", "points", 100 * more.share_city_more)
    yield ComparisonFigure(CITY, "small shops' sales", "krw", more.small_shop_sales_change_krw)


def _gains(rows: pd.DataFrame) -> Iterator[ComparisonFigure]:
    for group, dimension in _GAINS:
        by_item = rows[rows["dimension"] == dimension].set_index("item")["per_head_krw"]
        for item in (i for i in _ITEMS if i in by_item.index):
            yield ComparisonFigure(group, item, "won", float(by_item[item]))


def _less(gains: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    keys = ["dimension", "item"]
    both = gains.merge(before[[*keys, "per_head_krw"]], on=keys, suffixes=("", "_before"))
    return both.assign(per_head_krw=both["per_head_krw"] - both["per_head_krw_before"])


def _frame(policy: str, relative_to: str, figures: Iterator[ComparisonFigure]) -> pd.DataFrame:
    return pd.DataFrame([(policy, relative_to, *figure) for figure in figures], columns=list(ROW))


def outcome_rows(outcomes: list[ExpectedOutcome], reference: str) -> pd.DataFrame:
    """Return the figures (ROW) of outcomes on the same draws: each against none, and each less that of `reference`.

    With "none" for the reference there is nothing more than the former.
    """
    by_name = {o.policy: o for o in outcomes}
    parts = [_frame(o.policy, NO_POLICY, level_figures(o)) for o in outcomes]
    for o in outcomes if reference in by_name else []:
        if o.policy != reference:
            parts.append(_frame(o.policy, reference, difference_figures(o, by_name[reference])))
    return pd.concat(parts, ignore_index=True)


def run_rows(tables: Tables, scale: float, c: Coefficients, reference: str) -> pd.DataFrame:
    """Return the figures (ROW) of every policy of a full run, as `outcome_rows`, and who gains."""
    gains = sales_distribution(tables, scale)
    names = [str(name) for name in dict.fromkeys(tables["left_city"]["policy"])]
    parts = [outcome_rows([run_outcome(tables, scale, c, name) for name in names], reference)]
    by_name = {name: rows_of_pair(gains, (NO_POLICY, name)) for name in names}
    for name, rows in by_name.items():
        parts.append(_frame(name, NO_POLICY, _gains(rows)))
        if reference in by_name and name != reference:
            parts.append(_frame(name, reference, _gains(_less(rows, by_name[reference]))))
    return pd.concat(parts, ignore_index=True)
