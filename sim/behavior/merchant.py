"""Whether a small shop becomes a Plus shop (혜택플러스 가맹점)."""

from sim.compiled import compiled


@compiled
def expected_extra_sales_krw(sales_krw: float, card_share: float, cut_percent: float, per_five_points: float) -> float:
    """Return the extra monthly sales an owner expects: sales * card share * expectation * cut / 5.

    `cut_percent` is everything the shopper gets at the shop beyond an ordinary shop: discount and Plus top-up.
    """
    return sales_krw * card_share * per_five_points * cut_percent / 5.0


@compiled
def joins_plus(
    extra_krw: float, margin_share: float, card_sales_krw: float, discount_percent: float, fee_gain_krw: float
) -> bool:
    """Return whether the margin on extra sales plus fee support exceeds the discount given on card sales."""
    given_krw = (card_sales_krw + extra_krw) * discount_percent / 100.0
    return extra_krw * margin_share + fee_gain_krw > given_krw


@compiled
def leaves_plus(pays: bool, months: int) -> bool:
    """Return whether a Plus shop leaves at the end of a month: it does not pay and three months have passed."""
    return not pays and months >= 3
