"""What a policy did in a full run, as the same record that expectation gives; and what it did beyond another policy."""

import datetime
from collections.abc import Sequence
from typing import Any

import pandas as pd

from eum.calibration.expectation import ExpectedOutcome
from eum.dimensions import DISTRICTS, SALES_BANDS, SECTORS
from eum.engine.results import Tables
from eum.outcomes.attribution import CITY, class_totals, rows_of_pair
from eum.outcomes.distribution import sales_distribution
from eum.outcomes.effects import Coefficients, effect_table
from eum.outcomes.fiscal import cost_by_payer_krw, operation_krw
from eum.outcomes.retention import retention


def _sales(spending: pd.DataFrame, world: str) -> pd.Series:
    rows = spending[(spending["world"] == world) & spending["kind"].isin(("small", "plus"))]
    return rows.groupby("place", observed=True)["krw"].sum().reindex(list(DISTRICTS), fill_value=0)


def _value_added(spending: pd.DataFrame, pair: tuple[str, str], c: Coefficients) -> pd.Series:
    by_sector = dict(zip(SECTORS, map(float, c.value_added_by_sector), strict=True))
    added = spending.assign(added=spending["krw"] * spending["sector"].astype(str).map(by_sector))
    sums = added.groupby(["world", "place"], observed=True)["added"].sum()
    before, after = (sums[world].reindex(list(DISTRICTS), fill_value=0) for world in pair)
    return after - before


def _by_place(column: pd.Series) -> dict[str, float]:
    return {str(place): float(krw) for place, krw in column.items()}


def _gains(tables: Tables, scale: float, pair: tuple[str, str]) -> dict[str, Any]:
    rows = rows_of_pair(sales_distribution(tables, scale), pair)

    def by(dimension: str, column: str, items: Sequence[str]) -> dict[str, float]:
        part = rows[rows["dimension"] == dimension]
        found = dict(zip(part["item"].astype(str), part[column].astype(float), strict=True))
        return {**found, **{item: 0.0 for item in items if item not in found}}

    deciles = by("spending_decile", "cashback_krw", [str(n) for n in range(1, 11)])
    return {
        "sales_change_by_band_krw": by("sales_band", "sales_change_krw", SALES_BANDS),
        "cashback_by_district_krw": by("home_district", "cashback_krw", DISTRICTS),
        "cashback_by_quintile_krw": tuple(deciles[f"{2 * i + 1}"] + deciles[f"{2 * i + 2}"] for i in range(5)),
    }


def _money(tables: Tables, scale: float, policy: str) -> dict[str, Any]:
    rows = tables["budgets"][tables["budgets"]["world"] == policy]
    days = [datetime.date.fromisoformat(d) if d else None for d in rows["exhausted_on"]]
    return {
        "exhausted_on": dict(zip(rows["budget"], days, strict=True)),
        "spent_krw": dict(zip(rows["budget"], map(float, rows["spent_krw"] / scale), strict=True)),
    }


def _effects(tables: Tables, scale: float, c: Coefficients, pair: tuple[str, str]) -> dict[str, Any]:
    rows = effect_table({**tables, "left_city": rows_of_pair(tables["left_city"], pair)}, scale, (CITY,), c)
    cost = rows.drop_duplicates("denominator").set_index("denominator")["cost_krw"]
    rungs = rows[rows["denominator"] == "fiscal_cost"].set_index("rung")
    return {
        "card_payments_krw": float(rungs["payments_krw"].iloc[0]),
        "cashback_krw": float(cost["cashback"]),
        "fiscal_cost_krw": float(cost["fiscal_cost"]),
        "effect_krw": _by_place(rungs["numerator_krw"]),
        "ratio": _by_place(rungs["ratio"]),
        "class_krw": _by_place(class_totals(tables["classes"], pair) / scale),
    }


def _places(tables: Tables, scale: float, c: Coefficients, pair: tuple[str, str]) -> dict[str, Any]:
    spending = tables["spending"]
    before, after = (_sales(spending, world) / scale for world in pair)
    kept = retention(tables).query("home == 'incheon' and sector == 'all'").set_index("world")["share_city"]
    return {
        "small_shop_sales_change_krw": float((after - before).sum()),
        "sales_change_by_district_krw": _by_place(after - before),
        "sales_before_by_district_krw": _by_place(before),
        "value_added_by_district_krw": _by_place(_value_added(spending, pair, c) / scale),
        "share_city": float(kept[pair[1]]),
        "share_city_more": float(kept[pair[1]] - kept[pair[0]]),
    }


def run_outcome(tables: Tables, scale: float, c: Coefficients, policy: str) -> ExpectedOutcome:
    """Return what a policy of a full run did against its world without any ("none"), won of the whole city."""
    pair, daily = ("none", policy), tables["daily"]
    dates, last = sorted(daily["date"].unique()), daily[daily["world"] == policy].iloc[-1]
    return ExpectedOutcome(
        policy=policy,
        days=(datetime.date.fromisoformat(dates[0]), datetime.date.fromisoformat(dates[-1])),
        operation_krw=operation_krw(tables, *pair, c.operation_share) / scale,
        cost_by_payer_krw={payer: krw / scale for payer, krw in cost_by_payer_krw(tables, *pair).items()},
        **_effects(tables, scale, c, pair),
        **_places(tables, scale, c, pair),
        **_gains({**tables, "left_city": rows_of_pair(tables["left_city"], pair)}, scale, pair),
        **_money(tables, scale, policy),
        subscribers=float(last["subscribers"]) / scale,
        active_holders=float(last["active_holders"]) / scale,
    )


def _less(after: dict[str, float], before: dict[str, float]) -> dict[str, float]:
    return {key: after.get(key, 0.0) - before.get(key, 0.0) for key in dict.fromkeys([*after, *before])}


_AMOUNTS = ("card_payments_krw", "cashback_krw", "fiscal_cost_krw", "operation_krw", "small_shop_sales_change_krw")
_SPLIT = (
    *("cost_by_payer_krw", "effect_krw", "class_krw", "sales_change_by_district_krw", "value_added_by_district_krw"),
    *("sales_change_by_band_krw", "cashback_by_district_krw"),
)


def relative_outcome(after: ExpectedOutcome, before: ExpectedOutcome) -> ExpectedOutcome:
    """Return what a policy did beyond another one: each figure of the first less that of the second.

    Both were compared with the world without any; days, budgets and members are those of the first.
    """
    start, lasting = before.sales_change_by_district_krw, before.sales_before_by_district_krw
    effect, cost = _less(after.effect_krw, before.effect_krw), after.fiscal_cost_krw - before.fiscal_cost_krw
    fifths = zip(after.cashback_by_quintile_krw, before.cashback_by_quintile_krw, strict=True)
    changes: dict[str, Any] = {name: getattr(after, name) - getattr(before, name) for name in _AMOUNTS}
    changes |= {name: _less(getattr(after, name), getattr(before, name)) for name in _SPLIT}
    return after._replace(
        **changes,
        ratio={rung: krw / cost if cost > 0 else float("nan") for rung, krw in effect.items()},
        sales_before_by_district_krw={district: krw + start[district] for district, krw in lasting.items()},
        cashback_by_quintile_krw=tuple(a - b for a, b in fifths),
        share_city_more=after.share_city - before.share_city,
    )
