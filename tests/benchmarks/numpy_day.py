"""The crowd's day written in vectorised NumPy: the same rules, tables and keyed draws, to the won.

Persons are taken some hundred thousand at a time, so that columns of purchases stay in the processor's cache. What a
policy changes depends on what the same person has paid before, so the card payments of all persons are made in
passes: everybody's first, everybody's second, and so on (`numpy_cards`).

Outside its scope, and refused: days on which storable purchases move across an announced change, days with
second-round income, the second run of a day on which a budget runs out, and tastes drawn anew in each world.
"""

from typing import NamedTuple

import numpy as np

from eum import rng
from eum.city.spending import N_LEVELS, N_SIZES
from eum.dimensions import N_ALTERNATIVES, N_DESTINATIONS, N_ORIGINS, N_SECTORS, SEOUL
from eum.engine.checkpoint import copy_persons
from eum.engine.state import ACTIVE, LATE, NO_CARD, DayInputs, State, StaticInputs, Tally
from tests.benchmarks.numpy_cards import pay_in_worlds
from tests.benchmarks.numpy_draws import (
    LOW,
    PURCHASE_STEP,
    FirstAbove,
    agent_keys,
    day_keys,
    draw_for,
    high_half,
    taken_from_alias,
)

CHUNK = 1 << 17
"""Persons handled together."""

_S32 = np.uint64(32)
_SIZE_OF_SPEND = N_ORIGINS * N_SECTORS * N_DESTINATIONS


class Purchases(NamedTuple):
    """The purchases of some persons without policy, one row each."""

    who: np.ndarray
    """intp: row of the person among those handled together."""
    key: np.ndarray
    """uint64"""
    home: np.ndarray
    sector: np.ndarray
    place: np.ndarray
    """intp"""
    shop: np.ndarray
    """intp: -1 outside the city."""
    amount_krw: np.ndarray
    """int64"""


class Tables(NamedTuple):
    """What is made once for a day."""

    counts: FirstAbove
    sectors: FirstAbove


def day_tables(standing: StaticInputs, today: DayInputs) -> Tables:
    """Build the tables that lead to the number of purchases and to their sector."""
    return Tables(FirstAbove(today.count_cuts[0], 10), FirstAbove(standing.sector_cuts[None, :], 16))


def require_ordinary_day(standing: StaticInputs, today: DayInputs) -> None:
    """Raise ValueError on a day with a mechanism outside the scope of this file."""
    unusual = {
        "purchases move in time": today.number[1] != 0,
        "second-round income": today.second_round_ppm.any(),
        "a budget runs out": (today.claimed_krw > today.left_krw).any(),
        "tastes not frozen": standing.frozen_tastes[0] == 0,
    }
    found = [name for name, is_so in unusual.items() if is_so]
    if found:
        raise ValueError(f"not an ordinary day: {', '.join(found)}")


def shops_without_policy(
    standing: StaticInputs, agents: np.ndarray, rows: tuple, cell: np.ndarray, is_known: np.ndarray
) -> np.ndarray:
    """Return intp: the shops of purchases in the city. `rows` is (row of the person, key of the purchase) of each."""
    who, key = rows
    known = np.flatnonzero(is_known)
    key[known] = day_keys(agents[who[known]], rng.NO_DAY) + cell[known].astype(np.uint64) * PURCHASE_STEP
    return shops_in_cells(standing, cell, draw_for(key, rng.SHOP))


def shops_in_cells(standing: StaticInputs, cell: np.ndarray, bits: np.ndarray) -> np.ndarray:
    """Return intp: shops of cells, drawn by their sales from the alias tables."""
    first = standing.cell_start[cell]
    size = (standing.cell_start[cell + 1] - first).view(np.uint64)
    hit = high_half(bits)
    hit *= size
    hit >>= _S32
    hit += first.view(np.uint64)
    return taken_from_alias(standing.shop_alias[hit], bits & LOW, hit).view(np.intp)


def drawn_purchases(
    standing: StaticInputs, tables: Tables, agents: np.ndarray, keys: np.ndarray, who: tuple
) -> Purchases:
    """Draw sector, amount, place and shop. `who` is (first person, purchases of each)."""
    first, n = who
    row = np.repeat(np.arange(len(n)), n)
    number = np.arange(len(row)) - np.repeat(np.cumsum(n) - n, n)
    key = keys[row] + number.view(np.uint64) * PURCHASE_STEP
    home, level = (column[first : first + len(n)][row].astype(np.intp) for column in (standing.home, standing.level))
    bits = draw_for(key, rng.BASKET)
    sector = tables.sectors(high_half(bits))
    size = ((bits & LOW) * np.uint64(N_SIZES) >> _S32).view(np.intp)
    amount = standing.amount_krw.ravel()[(sector * N_LEVELS + level) * N_SIZES + size]
    bits = draw_for(key, rng.PLACE)
    product = high_half(bits) * np.uint64(N_ALTERNATIVES)
    column = product >> _S32
    entry = standing.place_alias.ravel()[(home * N_SECTORS + sector) * N_ALTERNATIVES + column.view(np.intp)]
    place = taken_from_alias(entry, product & LOW, column).view(np.intp)
    inside = np.flatnonzero(place < SEOUL)
    shop = np.full(len(row), -1, dtype=np.intp)
    is_known = (bits[inside] & LOW) < standing.habit_cut[0]
    cell = place[inside] * N_SECTORS + sector[inside]
    shop[inside] = shops_without_policy(standing, agents, (row[inside], key[inside]), cell, is_known)
    return Purchases(row, key, home, sector, place, shop, amount.astype(np.int64))


def post_common(tally: Tally, bought: Purchases) -> None:
    """Post the purchases as they are without policy (float64 sums of whole won are exact below 2**53)."""
    cell = (bought.home * N_SECTORS + bought.sector) * N_DESTINATIONS + bought.place
    spend = np.bincount(cell, bought.amount_krw, _SIZE_OF_SPEND)
    tally.common_spend.ravel()[:] += spend.astype(np.int64)
    inside = np.flatnonzero(bought.shop >= 0)
    np.add.at(tally.common_sales, bought.shop[inside], bought.amount_krw[inside])


def change_cards(
    standing: StaticInputs, today: DayInputs, state: State, tally: Tally, span: slice, bits: np.ndarray
) -> None:
    """Let persons join, go dormant or return at the end of the day, and count members."""
    low, home = bits & LOW, standing.home[span].astype(np.intp)
    for world in range(1, state.card.shape[0]):
        card = state.card[world, span]
        cut = today.card_cut[world].ravel()[card * np.intp(N_ORIGINS) + home]
        late = low >= today.card_cut[world, LATE][home]
        waits = (card == NO_CARD) & late & (standing.turn[span] >= today.potential[world][home])
        changed = np.flatnonzero((low < cut) & ~waits)
        old, where = card[changed], home[changed]
        state.card[world, span.start + changed] = np.where(old == NO_CARD, ACTIVE, 3 - old)
        tally.holders[world, 0] += np.bincount(where[old == NO_CARD], minlength=N_ORIGINS)
        tally.holders[world, 1] += np.bincount(where[old != ACTIVE], minlength=N_ORIGINS)
        tally.holders[world, 1] -= np.bincount(where[old == ACTIVE], minlength=N_ORIGINS)


def live_chunk(
    standing: StaticInputs, today: DayInputs, state: State, tally: Tally, tables: Tables, span: slice
) -> None:
    """The day of the persons of a span."""
    agents = agent_keys(int(standing.seed[0]), span.start, span.stop)
    keys = day_keys(agents, int(today.number[0]))
    bits = draw_for(keys, rng.DAY)
    n = tables.counts(high_half(bits), standing.level[span].astype(np.intp))
    bought = drawn_purchases(standing, tables, agents, keys, (span.start, n))
    post_common(tally, bought)
    if len(state.card) == 1:
        return
    pay_in_worlds(standing, today, state, tally, (span.start, bought))
    change_cards(standing, today, state, tally, span, bits)


def simulate(
    standing: StaticInputs, today: DayInputs, before: State, after: State, tally: Tally, chunk: int = CHUNK
) -> None:
    """The whole day: keep the state `before`, write `after`, add to the tally; as the day of `CityModel`."""
    require_ordinary_day(standing, today)
    tables, n = day_tables(standing, today), len(standing.home)
    for first in range(0, n, chunk):
        end = min(first + chunk, n)
        copy_persons(before, after, (first, end))
        live_chunk(standing, today, after, tally, tables, slice(first, end))
