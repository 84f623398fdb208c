"""The day's postings, and the identities checked while a run goes on."""

from typing import NamedTuple

import numpy as np

from sim.city.places import SEOUL
from sim.compiled import compiled
from sim.engine.columns import (
    CASHBACK_USED,
    CHARGED,
    EARNED,
    FEE_SUPPORT,
    FEES,
    GRANT_USED,
    PLUS,
    State,
    Tally,
)
from sim.engine.governments import GRANTS
from sim.ledger import Identity, Ledger, require_identities, require_not_negative

HOUSEHOLDS, SHOPS, OUTSIDE, HELD, OPERATOR = (
    "households",
    "shops",
    "outside the city",
    "cashback held",
    "operator",
)


class Sums(NamedTuple):
    """What a tally and people's money come to, in won of the sample."""

    inside: np.ndarray
    """int64[W]: spending in the city, of world 0 without policy, of the others what they change in it."""
    outside: np.ndarray
    """int64[W]: the same outside the city."""
    card: np.ndarray
    """int64[W]: card payments by place."""
    by_person: np.ndarray
    """int64[W, 3]: card payments, cashback and change of spending by person."""
    held: np.ndarray
    lowest: np.ndarray
    """int64[W, 2]: cashback and grant money held, and the lowest that somebody holds (at most 0)."""
    classes: np.ndarray
    """int64[P]: card payments classed."""


def new_sums(n_worlds: int, n_pairs: int) -> Sums:
    """Return the sums of an empty tally."""
    shapes = {"by_person": (n_worlds, 3), "held": (n_worlds, 2), "lowest": (n_worlds, 2), "classes": n_pairs}
    return Sums(**{name: np.zeros(shapes.get(name, n_worlds), dtype=np.int64) for name in Sums._fields})


def in_city_krw(spend: np.ndarray) -> int:
    """Return the part of spending (destinations on the last axis) at shops of the city, won."""
    return int(spend.sum() - outside_krw(spend))


def outside_krw(spend: np.ndarray) -> int:
    """Return the part of spending (destinations on the last axis) outside the city, won."""
    return int(spend[..., SEOUL:PLUS].sum())


@compiled
def _all_krw(krw: np.ndarray) -> int:
    """Return the sum of int64[n]."""
    total = np.int64(0)
    for k in range(len(krw)):
        total += krw[k]
    return total


@compiled
def _sum_places(spend: np.ndarray) -> tuple:
    """Return spending in and outside the city of int64[12, 9, 34]."""
    everywhere, outside = np.int64(0), np.int64(0)
    for home in range(spend.shape[0]):
        for sector in range(spend.shape[1]):
            everywhere += _all_krw(spend[home, sector])
            outside += _all_krw(spend[home, sector, SEOUL:PLUS])
    return everywhere - outside, outside


@compiled
def _sum_persons(persons: np.ndarray, sums: np.ndarray) -> None:
    """Write the sums of int64[12, 6, 30, 3] into int64[3]."""
    sums[:] = 0
    for home in range(persons.shape[0]):
        for age in range(persons.shape[1]):
            for level in range(persons.shape[2]):
                for column in range(len(sums)):
                    sums[column] += persons[home, age, level, column]


@compiled
def _sum_held(held: np.ndarray) -> tuple:
    """Return money held by people, int64[n], and the lowest amount (at most 0)."""
    total, lowest = np.int64(0), np.int64(0)
    for person in range(len(held)):
        total += held[person]
        lowest = min(lowest, held[person])
    return total, lowest


@compiled
def add_up(tally: Tally, state: State, sums: Sums) -> None:
    """Write what a tally and people's money come to into `sums`, in one pass over each column."""
    for world in range(len(sums.inside)):
        spend = tally.change_spend[world] if world > 0 else tally.common_spend
        sums.inside[world], sums.outside[world] = _sum_places(spend)
        by_card = _sum_places(tally.card_spend[world])
        sums.card[world] = by_card[0] + by_card[1]
        _sum_persons(tally.persons[world], sums.by_person[world])
        sums.held[world, 0], sums.lowest[world, 0] = _sum_held(state.balance_krw[world])
        sums.held[world, 1], sums.lowest[world, 1] = _sum_held(state.grant_krw[world])
    for pair in range(len(sums.classes)):
        sums.classes[pair] = 0
        for kind in range(tally.classes.shape[1]):
            for home in range(tally.classes.shape[2]):
                for district in range(tally.classes.shape[3]):
                    sums.classes[pair] += _all_krw(tally.classes[pair, kind, home, district])


def post_purchases(ledger: Ledger, sums: tuple[Sums, Sums], totals: np.ndarray, world: int) -> None:
    """Post one day's purchases and merchant fees of one world: what the sums of the evening have beyond the morning's.

    `totals` is int64[9], the world's totals of the day. Cashback and fee support are posted by the governments that
    pay them.
    """
    worlds = [0, world] if world > 0 else [0]
    inside, outside = (
        int((evening - morning)[worlds].sum()) for morning, evening in zip(sums[0][:2], sums[1][:2], strict=True)
    )
    ledger.post(HELD, HOUSEHOLDS, int(totals[CASHBACK_USED]))
    if totals[GRANT_USED]:
        ledger.post(GRANTS, HOUSEHOLDS, int(totals[GRANT_USED]))
    ledger.post(HOUSEHOLDS, SHOPS, inside)
    ledger.post(HOUSEHOLDS, OUTSIDE, outside)
    ledger.post(SHOPS, OPERATOR, int(totals[FEES]))


def _identities_of_world(totals: list[int], sums: Sums, world: int) -> list[Identity]:
    card, (by_card, cashback, change) = int(sums.card[world]), sums.by_person[world].tolist()
    charged, earned = totals[CHARGED] + totals[CASHBACK_USED] + totals[GRANT_USED], totals[EARNED]
    sides = {
        "card payments, charged, cashback and grants used": (card, charged),
        "card payments by person and by place": (by_card, card),
        "cashback by person and in all": (cashback, earned),
        "change of spending by person and by place": (change, int(sums.inside[world] + sums.outside[world])),
    }
    return [Identity(f"world {world}: {name}", *both) for name, both in sides.items()]


def check_tally(tally: Tally, sums: Sums, pairs: np.ndarray, when: str) -> None:
    """Check that amounts counted in different places of the compiled day agree to the won; shops: `check_sales`."""
    found, totals = [], tally.totals.tolist()
    for world in range(1, len(totals)):
        found += _identities_of_world(totals[world], sums, world)
    for p, (_, policy) in enumerate(pairs):
        found.append(Identity(f"pair {p}: classes and card payments", int(sums.classes[p]), int(sums.card[policy])))
    require_identities(found, when)


def check_sales(tally: Tally, when: str) -> None:
    """Check a month's sales of all shops against its purchases by place.

    Once a month, as it takes adding up every shop of the city. World 0 has no policy and so no columns of its own:
    its purchases are the common ones.
    """
    common = in_city_krw(tally.common_spend), int(tally.common_sales.sum())
    found = [Identity("common purchases and shop sales", *common)]
    for world in range(1, tally.card_spend.shape[0]):
        changed = in_city_krw(tally.change_spend[world]), int(tally.change_sales[world].sum())
        card = int(tally.card_spend[world].sum()), int(tally.card_sales[world].sum())
        found.append(Identity(f"world {world}: changed purchases and shop sales", *changed))
        found.append(Identity(f"world {world}: card payments by place and by shop", *card))
    require_identities(found, when)


def check_payments(tally: Tally, before: np.ndarray, left: np.ndarray, when: str) -> None:
    """Check that what the budgets paid today reached people and shops, and that no budget is overspent.

    `before` is int64[W, 9], the totals at the start of the day; `left` int64[W, B].
    """
    reached = (tally.totals - before)[:, [EARNED, FEE_SUPPORT]].sum(axis=1)
    sides = zip(tally.paid.sum(axis=1).tolist(), reached.tolist(), strict=True)
    name = "paid by budgets and received"
    require_identities([Identity(f"world {world}: {name}", *both) for world, both in enumerate(sides)], when)
    for world, budget in np.argwhere(tally.paid[:, :-1] > left):
        rest = int(left[world, budget] - tally.paid[world, budget])
        require_not_negative({f"world {world}: budget {budget}": rest}, when)


def check_balances(ledgers: list[Ledger], sums: Sums, when: str) -> None:
    """Check people's cashback and grant money against the books, and that nobody's is negative."""
    found = []
    for world, ledger in enumerate(ledgers):
        found.append(Identity(f"world {world}: all accounts and nothing", sum(ledger.accounts.values()), 0))
        for name, account, held, lowest in zip(
            ("cashback", "grants"), (HELD, GRANTS), sums.held[world].tolist(), sums.lowest[world].tolist(), strict=True
        ):
            found.append(Identity(f"world {world}: {name} held and on the books", held, ledger.balance(account)))
            require_not_negative({f"world {world}: lowest balance of {name}": lowest}, when)
    require_identities(found, when)
