"""How to pay: an active holder at an accepting shop takes the card or other means."""

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
def pays_by_card(bits: np.uint64, usage_cut: np.uint64) -> bool:
    """Return whether a purchase is paid with the card; the draw is the same in every world."""
    return high_half(bits) < usage_cut
