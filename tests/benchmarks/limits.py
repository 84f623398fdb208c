"""What this machine can do at most, measured: mixing of integers, memory in order and at random; one thread.

From what a purchase needs (draws, look-ups, additions to tables, columns written and read) follows a time below
which no way of writing the day can get on this machine: the larger of the time of its arithmetic and the time of its
memory, as both can overlap.
"""

import time
from typing import NamedTuple

import numpy as np

from sim import draws
from sim.compiled import compiled
from sim.engine.columns import Standing

_N = 1 << 22
_ORDER = 1 << 25
"""Bytes read and written in order: larger than the second cache."""


class Limits(NamedTuple):
    """Nanoseconds of one thread."""

    mix_ns: float
    """One draw: SplitMix64 of a counter, many of them independent of each other."""
    look_up_ns: float
    """Reading eight bytes at random in a table as large as that of the shops."""
    scatter_ns: float
    """Adding eight bytes at random in an array as large as the sales of the shops."""
    small_look_up_ns: float
    """Reading four bytes at random in a table as large as that of the amounts."""
    read_byte_ns: float
    """Reading a byte in order."""
    write_byte_ns: float
    """Writing a byte in order."""


SHOWN = {
    "mix_ns": "mixing 64 bits",
    "look_up_ns": "look-up at random, shops",
    "scatter_ns": "addition at random, sales of shops",
    "small_look_up_ns": "look-up at random, amounts",
    "read_byte_ns": "reading in order",
    "write_byte_ns": "writing in order",
}
"""What each limit is called in the table."""


class Needs(NamedTuple):
    """What a purchase without policy cannot do without, on average over a day."""

    draws: float
    look_ups: float
    small_look_ups: float
    scatters: float
    read_bytes: float


@compiled
def mix_all(n: int) -> np.uint64:
    """Return the sum of n mixed counters."""
    total = np.uint64(0)
    for i in range(n):
        total += draws.mix(np.uint64(i))
    return total


@compiled
def read_at(table: np.ndarray, index: np.ndarray) -> np.int64:
    """Return the sum of the entries at an index."""
    total = np.int64(0)
    for i in range(len(index)):
        total += np.int64(table[index[i]])
    return total


@compiled
def add_at(table: np.ndarray, index: np.ndarray) -> np.int64:
    """Add one to the entries at an index."""
    for i in range(len(index)):
        table[index[i]] += 1
    return np.int64(len(index))


@compiled
def read_all(column: np.ndarray) -> np.int64:
    """Return the sum of a column of int64, read in order."""
    total = np.int64(0)
    for i in range(len(column)):
        total += column[i]
    return total


@compiled
def write_all(column: np.ndarray) -> np.int64:
    """Write a column of int64 in order."""
    for i in range(len(column)):
        column[i] = i
    return np.int64(len(column))


def _best_ns(function: object, arguments: tuple, n: float, repeats: int) -> float:
    """Return the shortest time of some repeats for one of n, nanoseconds: a limit is what is reached once."""
    best = np.inf
    for _ in range(repeats + 1):
        start = time.perf_counter()
        function(*arguments)  # type: ignore[operator]
        best = min(best, time.perf_counter() - start)
    return best / n * 1e9


def in_draw_order(size: int, n: int) -> np.ndarray:
    """Return uint32[n]: places in a table of a size, at random."""
    bits = draws.lifetime_draws(1, 0, n, draws.SHOP)
    return ((bits >> np.uint64(32)) * np.uint64(size) >> np.uint64(32)).astype(np.uint32)


def limits_of(standing: Standing, repeats: int) -> Limits:
    """Measure the machine with tables of the sizes of a city."""
    n_shops, amounts = len(standing.shop_alias), standing.amount_krw.ravel()
    shops, sizes = in_draw_order(n_shops, _N), in_draw_order(len(amounts), _N)
    column = np.zeros(_ORDER // 8, dtype=np.int64)
    return Limits(
        _best_ns(mix_all, (8 * _N,), 8 * _N, repeats),
        _best_ns(read_at, (standing.shop_alias.view(np.int64), shops), _N, repeats),
        _best_ns(add_at, (np.zeros(n_shops, dtype=np.int64), shops), _N, repeats),
        _best_ns(read_at, (amounts, sizes), _N, repeats),
        _best_ns(read_all, (column,), _ORDER, repeats),
        _best_ns(write_all, (column,), _ORDER, repeats),
    )


def needs_of(purchases_per_person: float, inside_share: float, known_share: float) -> Needs:
    """Count what a purchase without policy needs at least.

    Draws: the person's two keys and number of purchases are shared by the day's purchases; each takes basket and
    place; one in the city takes a shop, and a known shop one more for the lifetime key. Look-ups: the shop's alias.
    Small look-ups: amount and alias of the place. Scatters: spending by place, sales of the shop. Bytes: home and
    level of the person.
    """
    per_person = 1 / purchases_per_person
    return Needs(
        draws=3 * per_person + 2 + inside_share * (1 + known_share),
        look_ups=inside_share,
        small_look_ups=2.0,
        scatters=1.0 + inside_share,
        read_bytes=2 * per_person,
    )


def arithmetic_ns(limits: Limits, needs: Needs) -> float:
    """Return nanoseconds per purchase of the draws alone."""
    return needs.draws * limits.mix_ns


def memory_ns(limits: Limits, needs: Needs) -> float:
    """Return nanoseconds per purchase of look-ups, additions and columns alone."""
    tables = needs.look_ups * limits.look_up_ns + needs.small_look_ups * limits.small_look_up_ns
    return tables + needs.scatters * limits.scatter_ns + needs.read_bytes * limits.read_byte_ns


def bound_ns(limits: Limits, needs: Needs) -> float:
    """Return the nanoseconds per purchase below which no way of writing the day without policy gets here."""
    return max(arithmetic_ns(limits, needs), memory_ns(limits, needs))


def derivation(limits: Limits, needs: Needs) -> str:
    """Return in one line how the bound follows from what was measured."""
    return (
        f"arithmetic {needs.draws:.2f} draws x {limits.mix_ns:.2f} = {arithmetic_ns(limits, needs):.2f} ns; memory "
        f"{needs.look_ups:.2f} x {limits.look_up_ns:.2f} + {needs.small_look_ups:.0f} x {limits.small_look_up_ns:.2f} "
        f"+ {needs.scatters:.2f} x {limits.scatter_ns:.2f} + {needs.read_bytes:.2f} B x {limits.read_byte_ns:.3f} = "
        f"{memory_ns(limits, needs):.2f} ns; the larger of both, as they can overlap"
    )
