"""What this machine can do at most, measured: mixing of integers, memory in order and at random; one thread.

From what a purchase needs (draws, look-ups, additions to tables, columns written and read) follows a time below
which no way of writing the day can get on this machine: the larger of the time of its arithmetic and the time of its
memory, as both can overlap.
"""

import time
from typing import NamedTuple

import numpy as np

from eum import rng
from eum.dimensions import N_DESTINATIONS, N_ORIGINS, N_SECTORS
from eum.engine.state import StaticInputs
from eum.jit import compiled

_N = 1 << 22
_ORDER = 1 << 25
"""Bytes read and written in order: larger than the second cache."""


class Limits(NamedTuple):
    """Nanoseconds of one thread."""

    mix_ns: float
    """One draw: SplitMix64 of a counter, many of them independent of each other."""
    shop_ns: float
    """Reading eight bytes at random in a table as large as that of the shops."""
    amount_ns: float
    """Reading four bytes at random in a table as large as that of the amounts."""
    place_ns: float
    """Reading eight bytes at random in a table as large as that of the places."""
    sale_ns: float
    """Adding eight bytes at random in an array as large as the sales of the shops."""
    spend_ns: float
    """Adding eight bytes at random in an array as large as the spending by home, trade and place."""
    read_ns: float
    """Reading a byte in order."""
    write_ns: float
    """Writing a byte in order."""


SHOWN = {
    "mix_ns": ("mixing 64 bits", "ns per draw"),
    "shop_ns": ("look-up at random, shops", "ns each"),
    "amount_ns": ("look-up at random, amounts", "ns each"),
    "place_ns": ("look-up at random, places", "ns each"),
    "sale_ns": ("addition at random, sales of shops", "ns each"),
    "spend_ns": ("addition at random, spending", "ns each"),
    "read_ns": ("reading in order", "ns per byte"),
    "write_ns": ("writing in order", "ns per byte"),
}
"""What each limit is called in the table, and its unit."""


class Needs(NamedTuple):
    """What a purchase without policy cannot do without, on average over a day."""

    draws: float
    """Each purchase: basket and place; in the city its shop; shared by a person's purchases: the day's key and draw.
    Keys that are the same every day could be kept and are not counted."""
    inside: float
    """Look-ups and sales of shops: one for each purchase in the city."""
    bytes_read: float
    """Of the person: home, level and two keys kept from day to day."""


@compiled
def mix_all(n: int) -> np.uint64:
    """Return the sum of n mixed counters."""
    total = np.uint64(0)
    for i in range(n):
        total += rng.mix(np.uint64(i))
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
    bits = rng.lifetime_draws(1, 0, n, rng.SHOP)
    return ((bits >> np.uint64(32)) * np.uint64(size) >> np.uint64(32)).astype(np.uint32)


def limits_of(standing: StaticInputs, repeats: int) -> Limits:
    """Measure the machine with tables of the sizes of a city."""
    shops, amounts, places = standing.shop_alias, standing.amount_krw.ravel(), standing.place_alias.ravel()
    sales, spend = (np.zeros(n, dtype=np.int64) for n in (len(shops), N_ORIGINS * N_SECTORS * N_DESTINATIONS))
    column = np.zeros(_ORDER // 8, dtype=np.int64)

    def at_random(function: object, table: np.ndarray) -> float:
        return _best_ns(function, (table, in_draw_order(len(table), _N)), _N, repeats)

    return Limits(
        mix_ns=_best_ns(mix_all, (8 * _N,), 8 * _N, repeats),
        shop_ns=at_random(read_at, shops.view(np.int64)),
        amount_ns=at_random(read_at, amounts),
        place_ns=at_random(read_at, places.view(np.int64)),
        sale_ns=at_random(add_at, sales),
        spend_ns=at_random(add_at, spend),
        read_ns=_best_ns(read_all, (column,), _ORDER, repeats),
        write_ns=_best_ns(write_all, (column,), _ORDER, repeats),
    )


def needs_of(purchases_per_person: float, inside_share: float) -> Needs:
    """Count what a purchase without policy needs at least."""
    shared = 1 / purchases_per_person
    return Needs(draws=2 * shared + 2 + inside_share, inside=inside_share, bytes_read=18 * shared)


def arithmetic_ns(limits: Limits, needs: Needs) -> float:
    """Return nanoseconds per purchase of the draws alone."""
    return needs.draws * limits.mix_ns


def memory_ns(limits: Limits, needs: Needs) -> float:
    """Return nanoseconds per purchase of look-ups, additions and columns alone."""
    everywhere = limits.amount_ns + limits.place_ns + limits.spend_ns
    return everywhere + needs.inside * (limits.shop_ns + limits.sale_ns) + needs.bytes_read * limits.read_ns


def bound_ns(limits: Limits, needs: Needs) -> float:
    """Return the nanoseconds per purchase below which no way of writing the day without policy gets here."""
    return max(arithmetic_ns(limits, needs), memory_ns(limits, needs))


def derivation(limits: Limits, needs: Needs) -> str:
    """Return in one line how the bound follows from what was measured."""
    m = limits
    return (
        f"arithmetic {needs.draws:.2f} draws x {m.mix_ns:.2f} = {arithmetic_ns(m, needs):.2f} ns; memory amount "
        f"{m.amount_ns:.2f} + place {m.place_ns:.2f} + spending {m.spend_ns:.2f} + {needs.inside:.2f} x (shop "
        f"{m.shop_ns:.2f} + sale {m.sale_ns:.2f}) + {needs.bytes_read:.1f} B x {m.read_ns:.3f} = "
        f"{memory_ns(m, needs):.2f} ns; the larger of both, as they can overlap"
    )
