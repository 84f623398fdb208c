"""Posting and classing card payments over columns: what `eum.engine.compiled.classification` does one by one."""

import numpy as np

from eum.behavior.classification import (
    INFLOW,
    MOVED,
    NEW,
    REPLACED,
    RESHUFFLED,
    RETAINED,
    RETAINED_ONLINE,
    SIZE_SWITCHED,
    UNCHANGED,
)
from eum.city.spending import N_LEVELS
from eum.dimensions import (
    AGE_BANDS,
    LARGE,
    N_CLASSES,
    N_DESTINATIONS,
    N_DISTRICTS,
    N_ORIGINS,
    N_SECTORS,
    ONLINE,
    PLUS,
    SEOUL,
)
from eum.engine.state import PERSON_CARD, PERSON_CASHBACK, PERSON_CHANGE, StaticInputs, Tally
from tests.benchmarks.numpy_clocks import Buyers


def sum_into(table: np.ndarray, cell: np.ndarray, won: np.ndarray) -> None:
    """Add won to the cells of a small int64 table (float64 sums of whole won are exact below 2**53)."""
    table.reshape(-1)[:] += np.bincount(cell, won, table.size).astype(np.int64)


def spend_cell(buyers: Buyers, destination: np.ndarray) -> np.ndarray:
    """Return intp: cells of the table of spending by home, sector and destination."""
    return (buyers.home * N_SECTORS + buyers.sector) * N_DESTINATIONS + destination


def post(standing: StaticInputs, tally: Tally, world: int, buyers: Buyers, visits: tuple) -> None:
    """Post what a world changes in the common purchases, its card payments and the cashback of its people."""
    differs = (visits.destination != buyers.place) | (visits.shop != buyers.shop) | visits.covered
    rows = np.flatnonzero(differs)
    some, paid = buyers.rows(rows), visits.paid_krw[rows]
    now, shop, covered = visits.destination[rows], visits.shop[rows], visits.covered[rows]
    before, after = spend_cell(some, some.place), spend_cell(some, now)
    sum_into(tally.change_spend[world], before, -some.amount_krw)
    sum_into(tally.change_spend[world], after, paid)
    sum_into(tally.card_spend[world], after[covered], paid[covered])
    inside = some.shop >= 0
    np.subtract.at(tally.change_sales[world], some.shop[inside], some.amount_krw[inside])
    np.add.at(tally.change_sales[world], shop, paid)
    np.add.at(tally.card_sales[world], shop[covered], paid[covered])
    group = groups(standing, buyers.person)
    persons = tally.persons[world].reshape(-1, 3)
    n = len(persons)
    persons[:, PERSON_CHANGE] += np.bincount(group[rows], paid - some.amount_krw, n).astype(np.int64)
    persons[:, PERSON_CARD] += np.bincount(group[rows], paid * covered, n).astype(np.int64)
    persons[:, PERSON_CASHBACK] += np.bincount(group, visits.earned_krw, n).astype(np.int64)


def groups(standing: StaticInputs, person: np.ndarray) -> np.ndarray:
    """Return intp: cells of the table of persons by home, age and level."""
    home, age, level = (c[person].astype(np.intp) for c in (standing.home, standing.age, standing.level))
    return (home * len(AGE_BANDS) + age) * N_LEVELS + level


def is_outside(destination: np.ndarray) -> np.ndarray:
    """Return bool: whether destinations lie outside the city."""
    return (destination >= SEOUL) & (destination < PLUS)


def district_of(destination: np.ndarray) -> np.ndarray:
    """Return the districts 0-9 of destinations in the city."""
    return np.where(destination >= PLUS, destination - PLUS, destination % N_DISTRICTS)


def class_of(home: np.ndarray, twin: tuple, destination: np.ndarray, same_shop: np.ndarray) -> np.ndarray:
    """Return intp: the classes of card payments. `twin` is (destination, paid with the card) in the baseline."""
    resident, (before, by_card) = home < N_DISTRICTS, twin
    cases = [
        (before == ONLINE, np.where(resident, RETAINED_ONLINE, INFLOW)),
        (is_outside(before), np.where(resident, RETAINED, INFLOW)),
        ((before >= LARGE) & (before < SEOUL), np.intp(SIZE_SWITCHED)),
        (district_of(before) != district_of(destination), np.intp(MOVED)),
        (~same_shop, np.intp(RESHUFFLED)),
        (by_card, np.intp(UNCHANGED)),
    ]
    conditions, kinds = zip(*cases, strict=True)
    return np.select(conditions, kinds, REPLACED)


def attribute(tally: Tally, pair: int, buyers: Buyers, before: tuple, after: tuple) -> None:
    """Class the card payments of one pair of worlds: `before` are the visits of the baseline, `after` the policy's."""
    leaves = is_outside(after.destination) & ~is_outside(before.destination)
    tally.left_city[pair] += after.paid_krw[leaves].sum()
    rows = np.flatnonzero(after.covered)
    now, home = after.destination[rows], buyers.home[rows]
    twin = (before.destination[rows], before.covered[rows])
    kind = class_of(home, twin, now, after.shop[rows] == before.shop[rows])
    cell = (home * N_DISTRICTS + district_of(now)) * N_SECTORS + buyers.sector[rows]
    new, step = after.new_krw[rows] - before.new_krw[rows], N_ORIGINS * N_DISTRICTS * N_SECTORS
    classes = tally.classes[pair]
    assert classes.size == N_CLASSES * step
    sum_into(classes, NEW * step + cell, new)
    sum_into(classes, kind * step + cell, after.paid_krw[rows] - new)
