"""Any number of policies side by side: cost and who pays, every definition of the effect, who gains, until when.

All policies of a run live the same city and the same draws beside the world without any, in one pass. Several seeds
give what the draws alone move; draws from the priors also what is not known of people and shops.
"""

import datetime
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.choice.outcome import outcome_of
from sim.city.build import build_city
from sim.city.package import Package
from sim.intervals import extremes, mean_interval, percentile_interval
from sim.outcomes.attribution import pair_rows
from sim.outcomes.fiscal import PUBLIC_PAYERS
from sim.outcomes.ladder import RUNGS, Coefficients
from sim.outcomes.winners import winners
from sim.study.centre import INFERENCE_SCALE, infer_family
from sim.study.ensemble import drawn_start
from sim.study.expectation import Outcome
from sim.study.inference import Inference, infer
from sim.study.mechanisms import switched_off
from sim.study.priors import CENTRE, Question, coefficients
from sim.study.single import Request, setting_for
from sim.study.store import Tables
from sim.study.worlds import run_worlds
from sim.vocabulary import DISTRICTS, SALES_BANDS

COST, EFFECT, PER_EFFECT = "cost", "effect per 100 won of fiscal cost", "fiscal cost per effect"
CITY, MONEY = "the city", "until when the money lasts"
SHOPS, BANDS = "gain per small shop, by district", "gain per small shop, by its annual sales"
PEOPLE = "cashback per resident, by spending decile (1 spends least)"
COLUMNS = ("group", "measure", "unit", "policy", "value", "low", "high", "n_runs")
"""Columns of the table of a comparison. `low` and `high`: 90 %, of the mean over seeds, or over draws."""

_PRICED = ("net_city_sales", "city_value_added_second_round")
"""Effects whose price is shown: won of fiscal cost per 100 won of effect."""


_ITEMS = (*DISTRICTS, *SALES_BANDS, *(f"{decile}" for decile in range(1, 11)))
"""Items of the gains in the order in which they are shown."""


class Figure(NamedTuple):
    """One figure of one policy in one run."""

    group: str
    measure: str
    unit: str
    value: float


def _effects(o: Outcome) -> Iterator[Figure]:
    for rung in RUNGS:
        yield Figure(EFFECT, rung, "won per 100 won", 100 * o.ratio[rung])
    for rung in _PRICED:
        krw = o.effect_krw[rung]
        price = 100 * o.fiscal_cost_krw / krw if krw > 0 else np.nan
        yield Figure(PER_EFFECT, f"for 100 won of {rung}", "won", price)


def _budgets(o: Outcome) -> Iterator[Figure]:
    for budget, day in o.exhausted_on.items():
        yield Figure(MONEY, f"runs out: {budget}", "date", float(day.toordinal()) if day else np.inf)


def figures(o: Outcome, gains: pd.DataFrame) -> Iterator[Figure]:
    """Yield every figure of a policy; `gains` are its rows of `sim.outcomes.winners.winners`."""
    yield Figure(COST, "card payments", "krw", o.card_payments_krw)
    yield Figure(COST, "fiscal cost", "krw", o.fiscal_cost_krw)
    for payer in (p for p in PUBLIC_PAYERS if o.cost_by_payer_krw.get(p)):
        yield Figure(COST, f"paid by {payer}", "krw", o.cost_by_payer_krw[payer])
    yield Figure(COST, "operation, borne by the operator (estimate)", "krw", o.operation_krw)
    yield Figure(COST, "resource cost: fiscal cost and operation", "krw", o.fiscal_cost_krw + o.operation_krw)
    yield from _effects(o)
    yield Figure(CITY, "spending kept in city", "percent", 100 * o.share_city)
    yield Figure(CITY, "more than without", "points", 100 * o.share_city_more)
    yield Figure(CITY, "small shops' sales", "krw", o.small_shop_sales_change_krw)
    yield from _budgets(o)
    for group, dimension in ((SHOPS, "shop_district"), (BANDS, "sales_band"), (PEOPLE, "spending_decile")):
        by_item = gains[gains["dimension"] == dimension].set_index("item")["per_head_krw"]
        for item in (i for i in _ITEMS if i in by_item.index):
            yield Figure(group, item, "won", float(by_item[item]))


def rows_of(tables: Tables, scale: float, c: Coefficients) -> pd.DataFrame:
    """Return group, measure, unit, policy and value of every policy of a run against its world without any."""
    rows, gains = [], winners(tables, scale)
    for _, policy in zip(tables["left_city"]["baseline"], tables["left_city"]["policy"], strict=True):
        outcome = outcome_of(tables, scale, c, policy)
        for figure in figures(outcome, pair_rows(gains, ("none", policy))):
            rows.append((figure.group, figure.measure, figure.unit, policy, figure.value))
    return pd.DataFrame(rows, columns=list(COLUMNS[:5]))


class Runs(NamedTuple):
    """How often a comparison is run: seeds at the centre, or draws from the priors, each with a seed of its own."""

    n_seeds: int
    n_draws: int

    @property
    def units(self) -> list[tuple[int, int]]:
        """Draw and what is added to the seed, of each run."""
        if self.n_draws:
            return [(draw, 1000 + draw) for draw in range(1, self.n_draws + 1)]
        return [(CENTRE, i) for i in range(self.n_seeds)]


def _inferred(package: Package, question: Question, centre: Inference) -> Inference:
    if question.draw == CENTRE:
        return centre
    city = build_city(package, INFERENCE_SCALE, question.seed)
    return infer(city, question, drawn_start(package, question, centre.parameters), centre.achieved)


def compared(
    package: Package, request: Request, runs: Runs, threads: int, on_day: Callable[[], object]
) -> pd.DataFrame:
    """Return the table of a comparison; see COLUMNS. With a single run there is no interval."""
    setting = setting_for(request)
    changed, off = switched_off(package, request.without)
    centre, parts = infer_family(package, request.family, request.seed), []
    for draw, more in runs.units:
        question = Question(request.family, draw, request.seed)
        parameters = off(_inferred(package, question, centre).parameters)
        city = build_city(changed, request.scale, request.seed + more)
        tables = run_worlds(city, parameters, setting, request.seed + more, threads, on_day)
        parts.append(rows_of(tables, request.scale, coefficients(changed, question, parameters)))
    return summary(pd.concat(parts, ignore_index=True), runs)


def summary(rows: pd.DataFrame, runs: Runs) -> pd.DataFrame:
    """Return one row per figure and policy from those of all runs, with its interval; see COLUMNS.

    Draws: median and 5-95 %. Seeds: mean and the 90 % interval of the mean. Dates: median, earliest and latest.
    """
    keys, found = list(COLUMNS[:4]), []
    for key, group in rows.groupby(keys, sort=False):
        values = group["value"].to_numpy()
        if key[2] == "date":
            value, low, high = extremes(values)[:3]
        elif runs.n_draws:
            value, low, high = percentile_interval(values)[:3]
        else:
            value, low, high = mean_interval(values)[:3]
        found.append((*key, value, low, high, len(values)))
    return pd.DataFrame(found, columns=list(COLUMNS))


def _date(day: float) -> str:
    return datetime.date.fromordinal(int(day)).isoformat() if np.isfinite(day) else "lasts"


def _words(unit: str, value: float) -> str:
    if unit == "date":
        return _date(value)
    if not np.isfinite(value):
        return "-"
    if unit == "krw":
        return f"{value / 1e8:,.1f}"
    return f"{value:,.0f}" if unit.startswith("won") else f"{value:,.2f}"


def shown(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return a comparison for the screen by group: a row per figure, a column per policy, `value (low to high)`.

    Amounts (krw) are in 억원.
    """
    with_range = table["n_runs"].max() > 1

    def cell(row: pd.Series) -> str:
        value, low, high = (_words(row["unit"], row[k]) for k in ("value", "low", "high"))
        return f"{value} ({low} to {high})" if with_range and low != high else value

    units = table["unit"].replace({"krw": "억원", "won per 100 won": "won", "date": "day"})
    told = table.assign(cell=table.apply(cell, axis=1), measure=table["measure"] + " (" + units + ")")
    order, found = list(dict.fromkeys(table["policy"])), {}
    for group, rows in told.groupby("group", sort=False):
        wide = rows.pivot_table(index="measure", columns="policy", values="cell", aggfunc="first", sort=False)
        found[str(group)] = wide.reindex(columns=order).fillna("").reset_index()
    return found


def caption(runs: Runs) -> str:
    """Return what the numbers are and what their range says."""
    told = "Each against the world without any policy, over the window. Small shops gain sales, not income. "
    if runs.n_draws:
        return f"{told}Median and 5-95 % of {runs.n_draws} draws from the priors, each with a seed of its own."
    if runs.n_seeds > 1:
        return f"{told}Mean of {runs.n_seeds} seeds and its 90 % interval; priors at their centres."
    return f"{told}One seed, priors at their centres: no interval (see --seeds, --draws)."
