"""Whether a small shop becomes a Plus shop (혜택플러스 가맹점)."""

from eum.jit import compiled


@compiled
def expected_extra_sales_krw(sales_krw: float, card_share: float, cut_percent: float, per_five_points: float) -> float:
    """Return the extra monthly sales an owner expects: sales * card share * expectation * cut / 5.

    `cut_percent` is everything the shopper gets at the shop beyond an ordinary shop: discount and Plus top-up.
    """
    return sales_krw * card_share * per_five_points * cut_percent / 5.0


@compiled
def awareness_share(base: float, from_help: float, imitation: float, plus_share: float) -> float:
    """Return the share of owners who think about becoming a Plus shop this month, at most one.

    base + what governments' help adds + imitation * share of Plus shops among shops of the trade and district.
    >>> awareness_share(0.02, 0.04, 0.5, 0.01)
    0.065
    """
    return min(1.0, base + from_help + imitation * plus_share)


@compiled
def joins_plus(
    extra_krw: float, margin_share: float, card_sales_krw: float, discount_percent: float, support_krw: float
) -> bool:
    """Return whether the margin on extra sales plus support exceeds the discount given on card sales.

    `support_krw` is what governments add in a month: fee support and the worth of help in kind.
    """
    given_krw = (card_sales_krw + extra_krw) * discount_percent / 100.0
    return extra_krw * margin_share + support_krw > given_krw


@compiled
def leaves_plus(pays: bool, months: int) -> bool:
    """Return whether a Plus shop leaves at the end of a month: it does not pay and three months have passed."""
    return not pays and months >= 3
