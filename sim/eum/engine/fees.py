"""What the record of a run says about merchant fees: the rates that ruled, and whom the governments support."""

import pandas as pd

from eum.dimensions import SALES_BAND_HIGH_KRW, SALES_BANDS
from eum.engine.lookup_tables import scheme_fees_bp
from eum.engine.model import CityModel
from eum.policy.model import FeeSupport


def fee_rates(model: CityModel) -> pd.DataFrame:
    """Return the merchant fees of a run: sales_band, eeum_bp, credit_card_bp, debit_card_bp (int64, of payments).

    The rates of the first day rule the whole run, as in the compiled day. Raises InputError when a band has none.
    """
    date = model.start.isoformat()
    others = {f"{name}_bp": scheme_fees_bp(model.city, date, (name,)) for name in ("credit_card", "debit_card")}
    return pd.DataFrame({"sales_band": SALES_BANDS, "eeum_bp": model.standing.fee_bp, **others})


def _supported(support: FeeSupport) -> list[tuple[str, int]]:
    """Return the kinds of shop a support is for: sales band, and whether they are Plus shops (0 or 1)."""
    ordinary = [band for band, high in zip(SALES_BANDS, SALES_BAND_HIGH_KRW, strict=False)
                if high <= support.ordinary_shops_up_to_krw]  # fmt: skip
    return [(band, 0) for band in ordinary] + [(band, 1) for band in SALES_BANDS if support.plus_shops]


def fee_support_terms(model: CityModel) -> pd.DataFrame:
    """Return which shops have fee support promised at any time of a run: world, payer (of the budget), district,
    sales_band, plus (0 or 1), rate_bp (of payments)."""
    rows = []
    for policy in model.policies:
        payers = {budget.id: budget.payer for budget in policy.budget}
        for support in policy.fee_support:
            if support.start > model.end or (support.end is not None and support.end < model.start):
                continue
            head = (policy.name, payers[support.budget], support.district)
            rate_bp = round(support.rate_percent * 100)
            rows += [(*head, band, plus, rate_bp) for band, plus in _supported(support)]
    return pd.DataFrame(rows, columns=["world", "payer", "district", "sales_band", "plus", "rate_bp"])
