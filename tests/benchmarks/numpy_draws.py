"""The keyed draws of `eum.rng` over whole columns: the same bits, one NumPy pass for each step.

Functions named `mixed` write into the column they are given, so a draw costs one column and one scratch column.
"""

import numpy as np

from eum.rng import _DAY_STEP, _GOLDEN, _LOG_CENTRE, _LOG_TABLE, _MIX_1, _MIX_2, _N_LOG, _PURPOSES

_S27, _S30, _S31, _S32, _S11 = (np.uint64(n) for n in (27, 30, 31, 32, 11))
LOW = np.uint64(0xFFFFFFFF)
_LN_2 = np.log(2.0)


def mixed(bits: np.ndarray) -> np.ndarray:
    """Mix uint64[n] in place (SplitMix64) and return it."""
    shifted = bits >> _S30
    bits ^= shifted
    bits *= _MIX_1
    np.right_shift(bits, _S27, out=shifted)
    bits ^= shifted
    bits *= _MIX_2
    np.right_shift(bits, _S31, out=shifted)
    bits ^= shifted
    return bits


def agent_keys(seed: int, first: int, end: int) -> np.ndarray:
    """Return uint64[end - first]: the keys of the persons from `first` on."""
    start = mixed(np.array([seed], dtype=np.uint64) + _GOLDEN)
    keys = np.arange(first, end, dtype=np.uint64)
    keys *= _GOLDEN
    keys += start
    return mixed(keys)


def day_keys(agents: np.ndarray, day: int) -> np.ndarray:
    """Return uint64[n]: the keys of one day of agents with an `agent_key`."""
    return mixed(agents ^ (np.array([day], dtype=np.uint64) * _DAY_STEP))


PURCHASE_STEP = np.array([_PURPOSES]) * np.array([_GOLDEN])
"""uint64[1]: what the key of a purchase exceeds that of the one before by."""


def draw_for(purchases: np.ndarray, purpose: int) -> np.ndarray:
    """Return uint64[n]: random bits for one purpose of purchases with a key."""
    return mixed(purchases + (np.array([purpose + 1], dtype=np.uint64) * _GOLDEN))


def high_half(bits: np.ndarray) -> np.ndarray:
    """Return the upper 32 bits, uint64[n]."""
    return bits >> _S32


def unit(bits: np.ndarray) -> np.ndarray:
    """Return float64[n] in the open interval (0, 1)."""
    value = (bits >> _S11).astype(np.float64)
    value += 0.5
    value *= 2.0**-53
    return value


def exponential(bits: np.ndarray) -> np.ndarray:
    """Return float64[n]: exponential waiting times with mean one, by the table of `eum.rng`."""
    mantissa, exponent = np.frexp(unit(bits))
    cell = ((mantissa - 0.5) * (2 * _N_LOG)).astype(np.intp)
    centre = _LOG_CENTRE[cell]
    step = (mantissa - centre) / centre
    series = step * (1.0 - step * (0.5 - step * (1.0 / 3.0)))
    return -(exponent * _LN_2 + _LOG_TABLE[cell] + series)


class FirstAbove:
    """Finds in rows of rising cuts the first that lies above a draw: a table leads there, one look confirms it."""

    def __init__(self, cuts: np.ndarray, bits: int) -> None:
        """Take uint64[rows, n] cuts of 32 bits; the table has 2**bits places in each row."""
        self._shift, self._places, self._n = np.uint64(32 - bits), 1 << bits, cuts.shape[1]
        edges = np.arange(self._places, dtype=np.uint64) << self._shift
        self._table = np.array([np.searchsorted(row, edges, side="right") for row in cuts], dtype=np.intp).ravel()
        self._cuts = np.ascontiguousarray(cuts).ravel()

    def __call__(self, half: np.ndarray, row: np.ndarray | int = 0) -> np.ndarray:
        """Return intp[n]: for draws of 32 bits the number of cuts of their row at or below them."""
        at = (half >> self._shift).astype(np.intp)
        at += row * self._places
        found = self._table[at]
        late = np.flatnonzero(half >= self._cuts[found + row * self._n])
        while len(late):
            found[late] += 1
            rows = row[late] if isinstance(row, np.ndarray) else row
            late = late[half[late] >= self._cuts[found[late] + rows * self._n]]
        return found


def taken_from_alias(entry: np.ndarray, keeps: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Return uint64[n]: the column where the 32 bits in `keeps` lie below the entry's cut, else the entry's other."""
    return np.where(keeps < (entry & LOW), column, entry >> _S32)
