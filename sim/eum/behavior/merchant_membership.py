"""The Plus decision: whether a small shop becomes, stays or ceases to be a Plus shop (혜택플러스 가맹점).

At the end of a month an owner who thinks about it (`awareness_share`) joins if being a Plus shop pays (`plus_pays`); a
Plus shop leaves if it does not pay and it has been one for three months (`leaves_plus`).
"""

from typing import NamedTuple

from eum.jit import compiled


class ShopMonth(NamedTuple):
    """What an owner knows of the own shop in an ordinary month."""

    sales_krw: float
    """Sales, won a month."""
    card_share: float
    """Part of sales paid with the e-eum card, 0-1."""
    margin_share: float
    """Contribution margin on a won of sales, 0-1."""
    discount_percent: float
    """Discount on card payments that the shop would give as a Plus shop."""


class PlusOffer(NamedTuple):
    """What governments offer a shop for being a Plus shop."""

    top_up_percent: float
    """Plus top-up that its shoppers get."""
    fee_support_percent: float
    """Fee support of Plus shops, percent of card payments."""
    ordinary_fee_support_percent: float
    """Fee support that the shop gets anyway, as an ordinary shop of its sales band; 0 where there is none."""
    in_kind_krw: float
    """What help in kind is worth to it, won a month."""


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


@compiled
def plus_pays(shop: ShopMonth, offer: PlusOffer, per_five_points: float) -> bool:
    """Return whether being a Plus shop pays in an ordinary month: the pay-off of the Plus decision.

    The margin on the extra sales that discount and Plus top-up are expected to bring, the fee support beyond that of an
    ordinary shop and the worth of help in kind must exceed the discount given on card sales. `per_five_points` are the
    extra sales that this owner expects per unit of card share and five points of total cut.
    """
    cut_percent = shop.discount_percent + offer.top_up_percent
    extra_krw = expected_extra_sales_krw(shop.sales_krw, shop.card_share, cut_percent, per_five_points)
    card_sales_krw = shop.sales_krw * shop.card_share
    fee_gain_krw = card_sales_krw * (offer.fee_support_percent - offer.ordinary_fee_support_percent) / 100.0
    support_krw = fee_gain_krw + offer.in_kind_krw
    return joins_plus(extra_krw, shop.margin_share, card_sales_krw, shop.discount_percent, support_krw)
