"""What a policy costs and who pays."""

import pandas as pd

from sim.vocabulary import DISTRICTS

PUBLIC_PAYERS = ("national", "city", *DISTRICTS)
PURPOSES = ("cashback", "grant", "fee_support")
"""What public money is posted for; the cost of operation is an estimate on top."""


def paid_krw(flows: pd.DataFrame, world: str, purpose: str, payers: tuple[str, ...] = PUBLIC_PAYERS) -> int:
    """Return won of the sample that payers spent for a purpose in a world."""
    rows = flows[(flows["world"] == world) & (flows["purpose"] == purpose) & flows["payer"].isin(payers)]
    return int(rows["krw"].sum())


def card_payments_krw(spending: pd.DataFrame, world: str) -> int:
    """Return card payments of a world, won of the sample."""
    return int(spending.loc[spending["world"] == world, "card_krw"].sum())


def costs_krw(tables: dict[str, pd.DataFrame], baseline: str, policy: str, operation_share: float) -> dict[str, float]:
    """Return what the policy costs beyond the baseline, won of the sample, by denominator.

    `cashback`: cashback of all kinds and discounts at the till, as in the published ratio, without grants.
    `public_cost`: with grants less what lapsed of them, fee support and the cost of operation (`operation_share` of
    card payments; prior admin_cost_share, KIPF 2020).
    """
    flows, spending = tables["flows"], tables["spending"]

    def extra(purpose: str) -> int:
        return paid_krw(flows, policy, purpose) - paid_krw(flows, baseline, purpose)

    cashback = extra("cashback")
    payments = card_payments_krw(spending, policy) - card_payments_krw(spending, baseline)
    posted = sum(map(extra, PURPOSES))
    return {"cashback": cashback, "public_cost": posted + operation_share * payments}


def funding(tables: dict[str, pd.DataFrame], scale: float, operation_share: float) -> pd.DataFrame:
    """Return who pays for what in each world: columns world, payer, purpose, krw (whole city).

    The cost of operation is an estimate and not a posting; it is shown as carried by the operator.
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
