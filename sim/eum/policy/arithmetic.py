"""Cashback and fee arithmetic in whole won: scalar rules with one floor for each payment and layer."""

import numpy as np

from eum.jit import assume, compiled, compiled_apart

BASIS = 10_000
"""Basis points of one."""


@compiled
def cashback_krw(
    amount_krw: int, month_to_date_krw: int, low_krw: np.ndarray, high_krw: np.ndarray, rate_bp: np.ndarray
) -> int:
    """Return the cashback on a payment under a schedule of tiers of monthly spending.

    Each tier pays its rate on the part of the payment that lies above `low_krw` and up to `high_krw` of the
    month's spending (int64 arrays of one length; unused tiers have a rate of zero). The sum is rounded down
    once. Between zero and the payment times the highest rate. Worked cases in tests/policy/cases.csv.
    """
    total = np.int64(0)
    for k in range(len(rate_bp)):
        inside = min(month_to_date_krw + amount_krw, high_krw[k]) - max(month_to_date_krw, low_krw[k])
        if inside > 0:
            total += inside * rate_bp[k]
    assume(total >= 0)
    return total // BASIS


@compiled
def marginal_rate_bp(month_to_date_krw: int, low_krw: np.ndarray, high_krw: np.ndarray, rate_bp: np.ndarray) -> int:
    """Return the rate on the next won of a month's spending, basis points (zero beyond the last tier)."""
    rate = np.int64(0)
    for k in range(len(rate_bp)):
        if low_krw[k] <= month_to_date_krw < high_krw[k]:
            rate += rate_bp[k]
    return rate


@compiled_apart
def mean_rate_bp(rate_bp: np.ndarray, sales_krw: np.ndarray) -> int:
    """Return the mean of rates weighted by sales, rounded to the nearest basis point (half upwards; 0 without sales).

    Between the lowest and the highest rate with sales; exact within 64 bits for sales up to 1e14 won in all.

    >>> int(mean_rate_bp(np.array([400, 1000]), np.array([3, 1])))
    550
    """
    total, weighted = np.int64(0), np.int64(0)
    for k in range(len(sales_krw)):
        total += sales_krw[k]
        weighted += sales_krw[k] * rate_bp[k]
    return (weighted + total // 2) // total if total > 0 else np.int64(0)


@compiled
def flat_krw(amount_krw: int, rate_bp: int) -> int:
    """Return a flat rate of an amount, rounded down to the won; their product must not be negative.

    >>> flat_krw(23_900, 200)
    478
    """
    product = amount_krw * rate_bp
    assume(product >= 0)
    return product // BASIS


_PART = np.int64(1 << 17)


@compiled_apart
def pro_rata_krw(claim_krw: int, left_krw: int, total_krw: int) -> int:
    """Return what is paid of a claim on the day a budget runs out: claim * left // total, at most the claim.

    With enough left for all claims (`total_krw` <= `left_krw`) the claim is paid in full. Rounding down keeps
    the sum of all payments within what is left, in whatever order they are made. The product is taken in two
    parts, which is exact within 64 bits for claims up to 1e10 and budgets and totals up to 1e13 won.

    >>> pro_rata_krw(100, 50, 200)
    25
    """
    if total_krw <= left_krw:
        return claim_krw
    upper = claim_krw // _PART * left_krw
    lower = upper % total_krw * _PART + claim_krw % _PART * left_krw
    return upper // total_krw * _PART + lower // total_krw
