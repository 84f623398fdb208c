"""Randomness as a pure function of who, when, which purchase and what for.

There is no stream and no state: a draw is the SplitMix64 mixing function (Steele, Lea and Flood 2014,
"Fast splittable pseudorandom number generators") of a key. The same key gives the same 64 bits in every
world, thread and process, so a resident whom a policy leaves alone has the identical day in both worlds.
"""

import math

import numpy as np

from eum.jit import compiled, compiled_with_memory, compiled_wrapping

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_DAY_STEP = np.uint64(0xD1342543DE82EF95)
_S30, _S27, _S31, _S11, _S32 = (np.uint64(n) for n in (30, 27, 31, 11, 32))
_ONE = np.uint64(1)
_PURPOSES = np.uint64(128)

# What a draw is for. Numbers are part of the keys: never reuse or renumber one. A draw has two independent halves;
# where two things are named, the upper half is for the first and the lower half (`lower_half`) for the second.
DAY = 0
"""Of a person's day: how many purchases; whether the card is taken up, laid aside or taken up again."""
BASKET = 1
"""Of a purchase: sector; amount."""
PLACE = 3
"""Of a purchase: place without policy; whether it goes to the known shop there."""
PAYMENT = 6
"""Of a purchase: whether the card is taken out; whether it uses the cashback held."""
SHOP, WINNING_TIME, FIRST_CLOCK, NEW_SHOP, SHIFT = 4, 7, 8, 9, 11
FIRST_DISTRICT, PLUS_LEADS, PLUS_CLOCK, PLUS_DISTRICT = 12, 13, 14, 29
GRANT = 30
"""Of a person for a lifetime: whether a grant is taken on the card."""
MONTH_DAY, AWARE, DISCOUNT = 15, 16, 17
AGE, LEVEL, CONSTRAINED, AFFINITY, CARD_LAG, HOLDS, ACTIVE = 18, 19, 20, 21, 22, 23, 24
SHOP_BAND, SHOP_SIZE, PLUS_START, PRIOR = 25, 26, 27, 28
SURVEY = 30
"""Of a person: whether a simulated survey asks them. Of a purchase: whether its payer remembers otherwise; as what."""
FIT = 31
"""Of a fit: where a design begins, where a synthetic truth lies, its noise, and the moves of a sampler."""
RESAMPLE = 90
"""Of a position in a resample of results: which result stands there."""
ORDINARY_CLOCKS, PLUS_CLOCKS = 40, 60
"""First of ten purposes each, one for a district."""

NO_DAY = 0
"""Day used for draws made once for a lifetime; simulated days count from 1."""


@compiled_wrapping
def mix(bits: np.uint64) -> np.uint64:
    """Return 64 well-mixed bits of 64 bits (one to one)."""
    bits = (bits ^ (bits >> _S30)) * _MIX_1
    bits = (bits ^ (bits >> _S27)) * _MIX_2
    return bits ^ (bits >> _S31)


@compiled_wrapping
def agent_key(seed: int, agent: int) -> np.uint64:
    """Return the key of one agent under a seed."""
    return mix(mix(np.uint64(seed) + _GOLDEN) + np.uint64(agent) * _GOLDEN)


@compiled_wrapping
def day_of(agent: np.uint64, day: int) -> np.uint64:
    """Return the key of one day of the agent with an `agent_key`."""
    return mix(agent ^ (np.uint64(day) * _DAY_STEP))


@compiled
def day_key(seed: int, agent: int, day: int) -> np.uint64:
    """Return the key of one agent on one day; `day` counts from 1, `NO_DAY` is for a lifetime."""
    return day_of(agent_key(seed, agent), day)


@compiled_wrapping
def purchase_key(key: np.uint64, purchase: int) -> np.uint64:
    """Return the key of one purchase of the day with a `day_key`."""
    return key + np.uint64(purchase) * (_PURPOSES * _GOLDEN)


@compiled_wrapping
def draw_for(purchase: np.uint64, purpose: int) -> np.uint64:
    """Return 64 random bits for one purpose of the purchase with a `purchase_key`."""
    return mix(purchase + (np.uint64(purpose) + _ONE) * _GOLDEN)


@compiled
def draw(key: np.uint64, purchase: int, purpose: int) -> np.uint64:
    """Return 64 random bits for one purchase (or 0) and one purpose under a `day_key`."""
    return draw_for(purchase_key(key, purchase), purpose)


@compiled
def high_half(bits: np.uint64) -> np.uint64:
    """Return the upper 32 bits, as a uint64 below 2**32."""
    return bits >> _S32


@compiled
def lower_half(bits: np.uint64) -> np.uint64:
    """Return bits whose upper half is the lower half of `bits`: a second draw, independent of the first."""
    return bits << _S32


@compiled
def below(bits: np.uint64, n: int) -> np.uint64:
    """Return an index in 0..n-1 from the upper half of the bits (multiply and shift, Lemire 2019)."""
    return (high_half(bits) * np.uint64(n)) >> _S32


@compiled
def unit(bits: np.uint64) -> float:
    """Return a float64 in the open interval (0, 1)."""
    return (np.float64(bits >> _S11) + 0.5) * 2.0**-53


_N_LOG = 1024
_LOG_CENTRE = 0.5 + (np.arange(_N_LOG) + 0.5) / (2 * _N_LOG)
_LOG_TABLE = np.array([math.log(c) for c in _LOG_CENTRE])
_LN_2 = math.log(2.0)
_S52, _S42, _BIAS = np.uint64(52), np.uint64(52 - 10), 1022
_FRACTION, _HALF = np.uint64(2**52 - 1), np.uint64(_BIAS << 52)


@compiled
def exponential(bits: np.uint64) -> float:
    """Return an exponential waiting time with mean one, as float64.

    Minus the logarithm of `unit(bits)` by a table and three terms of the series (error below 1e-13): only
    sums and products, which are the same bits on every machine, where a library logarithm is not. Mantissa and
    exponent are read off the bits of the number (IEEE 754), as `math.frexp` gives them, which is a call.
    """
    value = np.float64(unit(bits)).view(np.uint64)
    exponent, fraction = np.int64(value >> _S52) - _BIAS, value & _FRACTION
    mantissa, cell = np.uint64(fraction | _HALF).view(np.float64), fraction >> _S42
    centre = _LOG_CENTRE[cell]
    step = (mantissa - centre) / centre
    series = step * (1.0 - step * (0.5 - step * (1.0 / 3.0)))
    return -(np.float64(exponent) * _LN_2 + _LOG_TABLE[cell] + series)


@compiled
def unchecked_cut(share: float) -> np.uint64:
    """Return the same as `cut` inside compiled code, for a share known to lie in 0..1."""
    return np.uint64(round(share * 4294967296.0))


def cut(share: float) -> np.uint64:
    """Return the uint64 in 0..2**32 such that `high_half(bits) < cut` has probability `share`.

    Raises ValueError when the share is outside 0..1.
    """
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"a share lies between 0 and 1, got {share}")
    return np.uint64(round(share * 2**32))


@compiled_with_memory
def lifetime_draws(seed: int, first_agent: int, n: int, purpose: int) -> np.ndarray:
    """Return uint64[n]: one draw for each of n agents from `first_agent` on, made once for a lifetime."""
    bits = np.empty(n, dtype=np.uint64)
    for i in range(n):
        bits[i] = draw(day_key(seed, first_agent + i, NO_DAY), 0, purpose)
    return bits
