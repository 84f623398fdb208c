"""What a policy did against the world without any, as one record, from the tables of either engine."""

import datetime
from typing import Any, NamedTuple

import pandas as pd

from sim.engine.record import Tables
from sim.outcomes.attribution import CITY, pair_rows
from sim.outcomes.fiscal import PUBLIC_PAYERS, card_payments_krw
from sim.outcomes.ladder import Coefficients, ladder
from sim.outcomes.retention import retention
from sim.outcomes.winners import winners
from sim.vocabulary import DISTRICTS, SECTORS

OPERATOR = "operator"
"""Who carries the estimated cost of operation."""


class Outcome(NamedTuple):
    """Whole-city amounts in won over the window, beyond the world without any policy. Changes may be negative."""

    policy: str
    days: tuple[datetime.date, datetime.date]
    card_payments_krw: float
    public_cost_krw: float
    """Cashback, fee support and the estimated cost of operation, all payers."""
    cost_by_payer_krw: dict[str, float]
    """The public cost by who pays it; "operator" carries the estimate of operation."""
    effect_krw: dict[str, float]
    """Numerator of each definition (rung)."""
    share_city: float
    share_city_more: float
    """Share of residents' spending kept in the city, and how much more than without."""
    sales_change_by_district_krw: dict[str, float]
    """Change of small shops' sales by district."""
    sales_before_by_district_krw: dict[str, float]
    """Small shops' sales by district without the policy."""
    value_added_by_district_krw: dict[str, float]
    """Change of value added at all shops by district, second round included."""
    sales_change_by_band_krw: dict[str, float]
    """Change of small shops' sales by band of a shop's annual sales."""
    cashback_by_district_krw: dict[str, float]
    """Cashback of residents by home district."""
    cashback_by_quintile_krw: tuple[float, ...]
    """The same by fifth of residents, from the lowest spending to the highest."""
    exhausted_on: dict[str, datetime.date | None]
    """Day on which each budget ran out; None: it lasted."""
    subscribers: float


def _cost_by_payer(tables: Tables, pair: tuple[str, str], operation_share: float) -> dict[str, float]:
    flows = tables["flows"]
    public = flows[flows["payer"].isin(PUBLIC_PAYERS) & flows["purpose"].isin(["cashback", "fee_support"])]
    before, after = (public[public["world"] == w].groupby("payer", observed=True)["krw"].sum() for w in pair)
    extra = after.sub(before, fill_value=0)
    payments = card_payments_krw(tables["spending"], pair[1]) - card_payments_krw(tables["spending"], pair[0])
    return {**{str(p): float(krw) for p, krw in extra.items()}, OPERATOR: operation_share * payments}


def _sales(spending: pd.DataFrame, world: str, kinds: tuple[str, ...]) -> pd.Series:
    rows = spending[(spending["world"] == world) & spending["kind"].isin(kinds)]
    return rows.groupby("place", observed=True)["krw"].sum().reindex(list(DISTRICTS), fill_value=0)


def _value_added(spending: pd.DataFrame, pair: tuple[str, str], by_sector: dict[str, float]) -> pd.Series:
    added = spending.assign(added=spending["krw"] * spending["sector"].astype(str).map(by_sector))
    sums = added.groupby(["world", "place"], observed=True)["added"].sum()
    before, after = (sums[world].reindex(list(DISTRICTS), fill_value=0) for world in pair)
    return after - before


def _by_place(column: pd.Series) -> dict[str, float]:
    return {str(place): float(krw) for place, krw in column.items()}


def _gains(tables: Tables, scale: float, pair: tuple[str, str]) -> dict[str, Any]:
    if "people" not in tables:
        return {"sales_change_by_band_krw": {}, "cashback_by_district_krw": {}, "cashback_by_quintile_krw": ()}
    rows = pair_rows(winners(tables, scale), pair)

    def by(dimension: str, column: str) -> dict[str, float]:
        part = rows[rows["dimension"] == dimension]
        return dict(zip(part["item"].astype(str), part[column].astype(float), strict=True))

    deciles = by("spending_decile", "cashback_krw")
    return {
        "sales_change_by_band_krw": by("sales_band", "sales_change_krw"),
        "cashback_by_district_krw": by("home_district", "cashback_krw"),
        "cashback_by_quintile_krw": tuple(deciles[f"{2 * i + 1}"] + deciles[f"{2 * i + 2}"] for i in range(5)),
    }


def _money(tables: Tables, policy: str) -> dict[str, datetime.date | None]:
    rows = tables["budgets"][tables["budgets"]["world"] == policy]
    days = (datetime.date.fromisoformat(d) if d else None for d in rows["exhausted_on"])
    return dict(zip(rows["budget"], days, strict=True))


def outcome_of(tables: Tables, scale: float, c: Coefficients, policy: str) -> Outcome:
    """Return what a policy of a run did against its world without any ("none"), from the tables of the run."""
    pair, spending = ("none", policy), tables["spending"]
    mine = {**tables, "left_city": pair_rows(tables["left_city"], pair)}
    rungs = ladder(mine, scale, (CITY,), c).query("denominator == 'public_cost'").set_index("rung")
    kept = retention(tables).query("home == 'incheon' and sector == 'all'").set_index("world")["share_city"]
    before, after = (_sales(spending, world, ("small", "plus")) / scale for world in pair)
    added = _value_added(spending, pair, dict(zip(SECTORS, map(float, c.value_added_by_sector), strict=True)))
    daily = tables["daily"]
    dates, costs = sorted(daily["date"].unique()), _cost_by_payer(tables, pair, c.operation_share)
    return Outcome(
        policy=policy,
        days=(datetime.date.fromisoformat(dates[0]), datetime.date.fromisoformat(dates[-1])),
        card_payments_krw=float(rungs["payments_krw"].iloc[0]),
        public_cost_krw=float(rungs["cost_krw"].iloc[0]),
        cost_by_payer_krw={payer: krw / scale for payer, krw in costs.items()},
        effect_krw={str(rung): float(krw) for rung, krw in rungs["numerator_krw"].items()},
        share_city=float(kept[policy]),
        share_city_more=float(kept[policy] - kept["none"]),
        sales_change_by_district_krw=_by_place(after - before),
        sales_before_by_district_krw=_by_place(before),
        value_added_by_district_krw=_by_place(added / scale),
        **_gains(mine, scale, pair),
        exhausted_on=_money(tables, policy),
        subscribers=float(daily[daily["world"] == policy]["subscribers"].iloc[-1]) / scale,
    )


def _less(after: dict[str, float], before: dict[str, float]) -> dict[str, float]:
    return {key: after.get(key, 0.0) - before.get(key, 0.0) for key in dict.fromkeys([*after, *before])}


def beyond(after: Outcome, before: Outcome) -> Outcome:
    """Return what a policy did beyond another one: each figure of the first less that of the second.

    Both were compared with the world without any; days, budgets and members are those of the first.
    """
    start = {d: krw + before.sales_change_by_district_krw[d] for d, krw in before.sales_before_by_district_krw.items()}
    return after._replace(
        card_payments_krw=after.card_payments_krw - before.card_payments_krw,
        public_cost_krw=after.public_cost_krw - before.public_cost_krw,
        cost_by_payer_krw=_less(after.cost_by_payer_krw, before.cost_by_payer_krw),
        effect_krw=_less(after.effect_krw, before.effect_krw),
        share_city_more=after.share_city - before.share_city,
        sales_change_by_district_krw=_less(after.sales_change_by_district_krw, before.sales_change_by_district_krw),
        sales_before_by_district_krw=start,
        value_added_by_district_krw=_less(after.value_added_by_district_krw, before.value_added_by_district_krw),
        sales_change_by_band_krw=_less(after.sales_change_by_band_krw, before.sales_change_by_band_krw),
        cashback_by_district_krw=_less(after.cashback_by_district_krw, before.cashback_by_district_krw),
        cashback_by_quintile_krw=tuple(
            a - b for a, b in zip(after.cashback_by_quintile_krw, before.cashback_by_quintile_krw, strict=True)
        ),
    )
