"""How to pay: an active holder at an accepting shop takes the card or other means, by the rate as it is perceived."""

import math

import numpy as np

from eum.jit import compiled
from eum.rng import high_half


@compiled
def usage_share(rate_percent: float, max_share: float, scale_percent: float, affinity: float) -> float:
    """Return the share of purchases paid with the card at an effective rate of cashback.

    affinity * max_share * (1 - exp(-rate / scale)), at most one: nothing at a rate of zero, steep at first,
    flat at high rates. Between 3.72 and 8.85 % it gives the usage part of the rise of March 2020
    (source kyeongin-1539654; the form is an assumption).
    """
    return min(1.0, affinity * max_share * (1.0 - math.exp(-rate_percent / scale_percent)))


@compiled
def perceived_rate_bp(rate_bp: int, remembered_ppm: int, weight_bp: int) -> int:
    """Return the rate on which people act when they choose how to pay, basis points.

    A mean of the rate on the next won and of the rate remembered from own payments: consumers respond to an average
    price rather than to the marginal one (Ito 2014, AER 104(2)), so card use does not stop dead at a limit and wears
    off when the money has run out. `rate_bp` is the marginal rate, `remembered_ppm` what `remembered_rate_ppm` kept,
    `weight_bp` the weight of memory in basis points of one; 0 is the marginal rate alone. Rounded down.
    >>> perceived_rate_bp(0, 100_000, 4000)
    400
    """
    return (rate_bp * (10_000 - weight_bp) + remembered_ppm * weight_bp // 100) // 10_000


@compiled
def remembered_rate_ppm(before_ppm: int, earned_krw: int, charged_krw: int, learning_ppm: int) -> int:
    """Return the rate remembered after a card payment, millionths of one.

    Adaptive expectations: what the payment earned on its charged money, at most all of it, moves memory by the part
    `learning_ppm` of the gap. A payment without charged money (all of it cashback or grant money) leaves it as it was.
    The form is an assumption; the part learnt is fitted.
    >>> remembered_rate_ppm(100_000, 0, 20_000, 50_000)
    95000
    """
    if charged_krw <= 0:
        return before_ppm
    rate_ppm = min(earned_krw * 1_000_000 // charged_krw, 1_000_000)
    return before_ppm + (rate_ppm - before_ppm) * learning_ppm // 1_000_000


@compiled
def pays_by_card(bits: np.uint64, usage_cut: np.uint64) -> bool:
    """Return whether a purchase is paid with the card; the draw is the same in every world."""
    return high_half(bits) < usage_cut
