"""Merchant fees by sales band of the shop: what the card costs them, and what the same payments cost otherwise."""

from itertools import accumulate, pairwise

import numpy as np
import pandas as pd

from eum.dimensions import SALES_BANDS
from eum.errors import InputError
from eum.outcomes.attribution import pairs_of

ALL_BANDS = "all"
"""Item of the row over all sales bands, whose fee is the one that was posted."""

FEE_COLUMNS = (
    *("card_krw", "change_krw", "replaced_krw", "fee_krw", "credit_card_krw", "saving_krw"),
    *("saving_replaced_krw", "saving_debit_krw", "support_krw", "net_krw"),
)
_BP = 10_000


def apportion_krw(total_krw: int, weights: list[int]) -> list[int]:
    """Split whole won in proportion to weights (not all zero); the parts sum to the total exactly.

    `apportion_krw(10, [1, 1, 1]) == [3, 3, 4]`.
    """
    whole = sum(weights)
    cuts = [0, *(total_krw * running // whole for running in accumulate(weights))]
    return [high - low for low, high in pairwise(cuts)]


def _support(tables: dict[str, pd.DataFrame], world: str) -> pd.Series:
    """Return int64 fee support by sales band in a world, won of the sample.

    What a payer posted is exact; its bands share it by card payments times the rate of the shops supported, with
    Plus shops as they stand at the end: an estimate, because supports are posted by budget and not by shop.
    """
    terms, shops, flows = (tables[name] for name in ("fee_support_terms", "shops", "flows"))
    keys = ["district", "sales_band", "plus"]
    sales = shops[shops["world"] == world].groupby(keys, observed=True)["card_krw"].sum()
    supported = terms[terms["world"] == world].join(sales, on=keys, how="inner")
    posted = flows[(flows["world"] == world) & (flows["purpose"] == "fee_support")]
    found = pd.Series(0, index=list(SALES_BANDS), dtype=np.int64)
    # The nation pays its part out of the city's budgets.
    for payer, krw in posted.groupby(posted["payer"].replace("national", "city"))["krw"].sum().items():
        mine = supported[supported["payer"] == payer]
        weight = (mine["card_krw"] * mine["rate_bp"]).groupby(mine["sales_band"].astype(str)).sum()
        if not weight.sum():
            weight = sales.groupby("sales_band", observed=True).sum()
        parts = apportion_krw(int(krw), [int(weight.get(band, 0)) for band in SALES_BANDS]) if krw else 0
        found += parts
    return found


def _by_band(tables: dict[str, pd.DataFrame], world: str) -> pd.DataFrame:
    """Return int64 card_krw, other_krw (other means at small shops) and support_krw by sales band, won of the sample.

    Large and excluded stores take no card: what leaves them is no fee that a shop saves.
    """
    shops = tables["shops"][tables["shops"]["world"] == world]
    sales_krw = shops["sales_krw"].where(shops["size"] == "small", shops["card_krw"])
    sums = shops.assign(other_krw=sales_krw - shops["card_krw"])
    sums = sums.groupby("sales_band", observed=True)[["card_krw", "other_krw"]].sum()
    return sums.reindex(list(SALES_BANDS), fill_value=0).assign(support_krw=_support(tables, world))


def _pair(tables: dict[str, pd.DataFrame], pair: tuple[str, str], credit_share: float) -> pd.DataFrame:
    before, after = (_by_band(tables, world) for world in pair)
    rates = tables["fee_rates"].set_index("sales_band").reindex(list(SALES_BANDS))
    reference_bp = credit_share * rates["credit_card_bp"] + (1 - credit_share) * rates["debit_card_bp"]
    gap_bp, debit_gap_bp = reference_bp - rates["eeum_bp"], rates["debit_card_bp"] - rates["eeum_bp"]
    change = after["card_krw"] - before["card_krw"]
    replaced = before["other_krw"] - after["other_krw"]
    support = after["support_krw"] - before["support_krw"]
    table = pd.DataFrame({
        "card_krw": after["card_krw"], "change_krw": change, "replaced_krw": replaced,
        "fee_krw": after["card_krw"] * rates["eeum_bp"] / _BP,
        "credit_card_krw": after["card_krw"] * rates["credit_card_bp"] / _BP,
        "saving_krw": change * gap_bp / _BP, "saving_replaced_krw": replaced * gap_bp / _BP,
        "saving_debit_krw": change * debit_gap_bp / _BP,
        "support_krw": support, "net_krw": change * gap_bp / _BP + support,
    })  # fmt: skip
    total, flows = table.sum(), tables["flows"]
    posted = flows[(flows["world"] == pair[1]) & (flows["purpose"] == "fees")]["krw"].sum()
    table.loc[ALL_BANDS] = total.where(total.index != "fee_krw", posted)
    return table.rename_axis("sales_band").reset_index()


def card_fees(tables: dict[str, pd.DataFrame], scale: float, credit_share: float) -> pd.DataFrame:
    """Return merchant fees by pair and sales band: baseline, policy, sales_band and amounts in won (whole city).

    - `card_krw`: card payments under the policy; `change_krw`: the part whose twin did not go by the e-eum card, net
      of payments that left the band; `replaced_krw`: other means of payment that gave way at the band's small shops.
    - `fee_krw`: the fee of all card payments at the e-eum rate; `credit_card_krw`: the same payments by credit card.
    - `saving_krw`: reference rate less e-eum rate, on `change_krw` alone; `saving_replaced_krw`: of it, where another
      means gave way at these shops (on new sales no fee was saved); `saving_debit_krw`: had all been debit cards.
    - `support_krw`: fee support beyond the baseline (shared between bands by estimate, exact in all); `net_krw`:
      saving and support.

    The reference is `credit_share` (0-1) credit card and the rest debit card: assumption
    `fee_reference_credit_share`. Fees are not rounded by payment here; in the row "all" `fee_krw` is the fee posted,
    lower by less than one won per payment. Raises InputError when `credit_share` is not a share.
    """
    if not 0 <= credit_share <= 1:
        raise InputError(
            f"data/assumptions.csv: fee_reference_credit_share: {credit_share:g}: expected a share from 0 to 1"
        )
    parts = []
    for baseline, policy in pairs_of(tables):
        part = _pair(tables, (baseline, policy), credit_share)
        part[list(FEE_COLUMNS)] = part[list(FEE_COLUMNS)] / scale
        part.insert(0, "policy", policy)
        part.insert(0, "baseline", baseline)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
