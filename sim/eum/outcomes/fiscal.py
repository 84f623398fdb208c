"""What a policy costs and who pays: public money posted in the ledger, and the cost of operation apart from it."""

import pandas as pd

from eum.dimensions import DISTRICTS

PUBLIC_PAYERS = ("national", "city", *DISTRICTS)


def posted_krw(flows: pd.DataFrame, world: str, purpose: str | None = None) -> int:
    """Return won of the sample that governments posted in a world, for one purpose or for all (lapsed grants less)."""
    rows = flows[(flows["world"] == world) & flows["payer"].isin(PUBLIC_PAYERS)]
    return int(rows.loc[rows["purpose"] == purpose, "krw"].sum() if purpose else rows["krw"].sum())


def card_payments_krw(spending: pd.DataFrame, world: str) -> int:
    """Return card payments of a world, won of the sample."""
    return int(spending.loc[spending["world"] == world, "card_krw"].sum())


def operation_krw(tables: dict[str, pd.DataFrame], baseline: str, policy: str, operation_share: float) -> float:
    """Return the estimated cost of operation beyond the baseline, won of the sample.

    `operation_share` of card payments (prior `admin_cost_share`, KIPF 2020). No government posts it: the platform
    operator bears it and lives on merchant fees.
    """
    spending = tables["spending"]
    return operation_share * (card_payments_krw(spending, policy) - card_payments_krw(spending, baseline))


def costs_krw(tables: dict[str, pd.DataFrame], baseline: str, policy: str, operation_share: float) -> dict[str, float]:
    """Return what the policy costs beyond the baseline, won of the sample, by DENOMINATORS.

    `fiscal_cost`: all that national, city and district governments post: cashback, grants less what lapsed, fee
    support. `cashback`: their cashback and discounts at the till alone, as in the published ratio. `resource_cost`:
    the fiscal cost and `operation_krw`.
    """
    flows = tables["flows"]
    fiscal = posted_krw(flows, policy) - posted_krw(flows, baseline)
    cashback = posted_krw(flows, policy, "cashback") - posted_krw(flows, baseline, "cashback")
    operation = operation_krw(tables, baseline, policy, operation_share)
    return {"fiscal_cost": fiscal, "cashback": cashback, "resource_cost": fiscal + operation}


def cost_by_payer_krw(tables: dict[str, pd.DataFrame], baseline: str, policy: str) -> dict[str, int]:
    """Return the fiscal cost beyond the baseline by government, won of the sample; the values sum to it."""
    flows = tables["flows"]
    public = flows[flows["payer"].isin(PUBLIC_PAYERS)]
    before, after = (
        public[public["world"] == w].groupby("payer", observed=True)["krw"].sum() for w in (baseline, policy)
    )
    return {str(payer): int(krw) for payer, krw in after.sub(before, fill_value=0).items()}


def funding(tables: dict[str, pd.DataFrame], scale: float, operation_share: float) -> pd.DataFrame:
    """Return who pays for what in each world: columns world, payer, purpose, krw (whole city).

    The cost of operation is an estimate and not a posting; it is shown as borne by the operator.
    """
    flows = tables["flows"].assign(krw=lambda t: t["krw"] / scale)
    operation = [
        (
            world,
            "operator",
            "operation",
            operation_share * card_payments_krw(tables["spending"], world) / scale,
        )
        for world in flows["world"].unique()
    ]
    return pd.concat([flows, pd.DataFrame(operation, columns=flows.columns)], ignore_index=True)
