"""What a policy did against the world without any, as one record, from the tables of either engine."""

import datetime
from typing import NamedTuple

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

GAINS = ("band_sales_krw", "home_cashback_krw", "decile_cashback_krw", "decile_people")
"""Fields that are empty where the engine does not tell persons and shops apart."""


class Outcome(NamedTuple):
    """Whole-city amounts in won over the window, beyond the world without any policy. Changes may be negative."""

    policy: str
    days: tuple[datetime.date, datetime.date]
    payments_krw: float
    public_cost_krw: float
    """Cashback, fee support and the estimated cost of operation, all payers."""
    cost_by_payer_krw: dict[str, float]
    """The public cost by who pays it; "operator" carries the estimate of operation."""
    effects_krw: dict[str, float]
    """Numerator of each definition (rung)."""
    kept_share: float
    kept_more_share: float
    """Share of residents' spending kept in the city, and how much more than without."""
    small_sales_krw: dict[str, float]
    """Change of small shops' sales by district."""
    small_sales_before_krw: dict[str, float]
    """Small shops' sales by district without the policy."""
    value_added_krw: dict[str, float]
    """Change of value added at all shops by district, second round included."""
    band_sales_krw: dict[str, float]
    """Change of small shops' sales by band of a shop's annual sales."""
    home_cashback_krw: dict[str, float]
    """Cashback of residents by home district."""
    decile_cashback_krw: dict[str, float]
    """Cashback of residents by spending decile, 1 spends least."""
    decile_people: dict[str, float]
    """Residents of each decile."""
    gone_on: dict[str, datetime.date | None]
    """Day on which each budget ran out; None: it lasted."""
    members: float


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


def _gains(tables: Tables, scale: float, pair: tuple[str, str]) -> dict[str, dict[str, float]]:
    if "people" not in tables:
        return {name: {} for name in GAINS}
    rows = pair_rows(winners(tables, scale), pair)

    def by(dimension: str, column: str) -> dict[str, float]:
        part = rows[rows["dimension"] == dimension]
        return dict(zip(part["item"].astype(str), part[column].astype(float), strict=True))

    return {
        "band_sales_krw": by("sales_band", "sales_change_krw"),
        "home_cashback_krw": by("home_district", "cashback_krw"),
        "decile_cashback_krw": by("spending_decile", "cashback_krw"),
        "decile_people": by("spending_decile", "n"),
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
        payments_krw=float(rungs["payments_krw"].iloc[0]),
        public_cost_krw=float(rungs["cost_krw"].iloc[0]),
        cost_by_payer_krw={payer: krw / scale for payer, krw in costs.items()},
        effects_krw={str(rung): float(krw) for rung, krw in rungs["numerator_krw"].items()},
        kept_share=float(kept[policy]),
        kept_more_share=float(kept[policy] - kept["none"]),
        small_sales_krw=_by_place(after - before),
        small_sales_before_krw=_by_place(before),
        value_added_krw=_by_place(added / scale),
        **_gains(mine, scale, pair),
        gone_on=_money(tables, policy),
        members=float(daily[daily["world"] == policy]["subscribers"].iloc[-1]) / scale,
    )


def _less(after: dict[str, float], before: dict[str, float]) -> dict[str, float]:
    return {key: after.get(key, 0.0) - before.get(key, 0.0) for key in dict.fromkeys([*after, *before])}


def beyond(after: Outcome, before: Outcome) -> Outcome:
    """Return what a policy did beyond another one: each figure of the first less that of the second.

    Both were compared with the world without any; days, budgets and members are those of the first.
    """
    start = {d: krw + before.small_sales_krw[d] for d, krw in before.small_sales_before_krw.items()}
    return after._replace(
        payments_krw=after.payments_krw - before.payments_krw,
        public_cost_krw=after.public_cost_krw - before.public_cost_krw,
        cost_by_payer_krw=_less(after.cost_by_payer_krw, before.cost_by_payer_krw),
        effects_krw=_less(after.effects_krw, before.effects_krw),
        kept_more_share=after.kept_share - before.kept_share,
        small_sales_krw=_less(after.small_sales_krw, before.small_sales_krw),
        small_sales_before_krw=start,
        value_added_krw=_less(after.value_added_krw, before.value_added_krw),
        band_sales_krw=_less(after.band_sales_krw, before.band_sales_krw),
        home_cashback_krw=_less(after.home_cashback_krw, before.home_cashback_krw),
        decile_cashback_krw=_less(after.decile_cashback_krw, before.decile_cashback_krw),
    )
