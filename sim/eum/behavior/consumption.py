"""What cashback does to a household's spending."""

import math

import numpy as np

from eum.jit import compiled
from eum.rng import high_half


@compiled
def uses_cashback(bits: np.uint64, use_cut: np.uint64, growth: float, held_krw: int, price_krw: int) -> bool:
    """Return whether a card payment uses the cashback held; people hold it for weeks (prior voucher_spent_3m).

    The chance is use_cut / 2**32 while what is held pays for one such purchase at most. With a `growth` of one it is as
    many times larger as the cashback would pay for such purchases, so that a payment uses a fixed part of what is held,
    on average, and holdings settle at any rate; with zero it stays, and they grow without bound where people earn a
    larger part of their payments than they use.
    """
    times = 1.0 + growth * (max(held_krw / max(price_krw, 1), 1.0) - 1.0)
    return float(high_half(bits)) < float(use_cut) * times


@compiled
def charge_krw(needed_krw: int, held_krw: int, buffer_krw: int) -> int:
    """Return what is charged on the card before a payment, won.

    Where own money on it does not suffice: what is short, and a buffer for the days to come.

    >>> charge_krw(12_000, 5_000, 90_000)
    97000
    >>> charge_krw(12_000, 12_000, 90_000)
    0
    """
    return needed_krw - held_krw + buffer_krw if needed_krw > held_krw else 0


@compiled
def charge_buffer_krw(monthly_krw: int, usage_cut: np.uint64, days_ppm: int) -> int:
    """Return the buffer of a charge: what a person would pay with the card in some days at the rate perceived, won.

    `monthly_krw` ordinary monthly spending, `usage_cut` the share of it paid with the card times 2**32, `days_ppm` the
    days in millionths of a month. Rounded down at each step.
    >>> charge_buffer_krw(1_000_000, np.uint64(2**31), 200_000)
    100000
    """
    return monthly_krw * np.int64(usage_cut) // 4_294_967_296 * days_ppm // 1_000_000


@compiled
def new_from_cashback_krw(used_krw: int, propensity_bp: int) -> int:
    """Return the won by which a basket grows when `used_krw` of cashback is spent on it.

    The marginal propensity to consume, in basis points of one; the rest replaces own money. At most `used_krw`.
    >>> new_from_cashback_krw(1000, 2500)
    250
    """
    return used_krw * propensity_bp // 10_000


@compiled
def new_from_price_krw(amount_krw: int, rate_bp: int, basket_response_bp: int) -> int:
    """Return the own money added to a basket because it earns cashback.

    amount * rate is the cashback the basket earns; each won of it draws `basket_response` won of own money.
    Zero unless a family of evidence claims more new consumption than the cashback itself.
    >>> new_from_price_krw(20_000, 1000, 5000)
    1000
    """
    return amount_krw * rate_bp // 10_000 * basket_response_bp // 10_000


@compiled
def second_round_krw(monthly_krw: int, gain_ppm: int) -> int:
    """Return what a resident spends out of last month's gain in local income, won (negative for a loss).

    `gain_ppm` is the district's extra spending in millionths of its residents' ordinary monthly spending.
    >>> second_round_krw(1_000_000, 1500)
    1500
    """
    return monthly_krw * gain_ppm // 1_000_000


@compiled
def shifted_share(response: float, gap_percent: float) -> float:
    """Return the share of storable purchases moved across an announced change of `gap_percent` points.

    1 - exp(-response * gap): nothing for no change, never more than all.
    """
    return 1.0 - math.exp(-response * gap_percent)


@compiled
def moves_in_time(bits: np.uint64, shift_cut: np.uint64) -> bool:
    """Return whether a storable purchase is moved across an announced change of the rate."""
    return high_half(bits) < shift_cut
