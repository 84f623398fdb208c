"""What people do with grant money on the card: policy money that lapses."""

import numpy as np

from eum.jit import compiled
from eum.rng import high_half, lower_half


@compiled
def takes_grant(bits: np.uint64, take_up_cut: np.uint64) -> bool:
    """Return whether a person takes a grant on the card; the draw is the person's own, the same in every world."""
    return high_half(bits) < take_up_cut


@compiled
def takes_up_card(bits: np.uint64, habit_cut: np.uint64) -> bool:
    """Return whether somebody whose card is not in use pays own money with it from a grant on.

    The others spend the grant and nothing else: they got the card for it. The draw is independent of `takes_grant`.
    """
    return high_half(lower_half(bits)) < habit_cut


@compiled
def raised_to_minimum_krw(amount_krw: int, minimum_krw: int, benefit_krw: int) -> int:
    """Return what a purchase costs where grant money has a minimum: the minimum, if the benefit covers what is short.

    A purchase below the minimum is raised to it when the household then pays no more than without it (assumption);
    what was short is consumption that nobody would have had. Other purchases stay as they are. At most `benefit_krw`
    above the amount.
    >>> raised_to_minimum_krw(33_000, 40_000, 10_000)
    40000
    """
    short_krw = minimum_krw - amount_krw
    return minimum_krw if 0 < short_krw <= benefit_krw else amount_krw
