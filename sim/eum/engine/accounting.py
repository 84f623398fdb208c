"""The day's postings, and the identities checked while a run goes on."""

from typing import NamedTuple

import numpy as np

from eum.dimensions import PLUS, SEOUL
from eum.engine.governments import GRANTS
from eum.engine.start import StartState
from eum.engine.state import (
    CASHBACK_USED,
    CHARGED,
    EARNED,
    FEE_SUPPORT,
    FEES,
    GRANT_USED,
    ISSUED,
    PERSON_CARD,
    PERSON_CASHBACK,
    PERSON_CHANGE,
    State,
    Tally,
)
from eum.jit import compiled, compiled_part
from eum.ledger import Identity, Ledger, require_identities, require_not_negative

HOUSEHOLDS, SHOPS, OUTSIDE, HELD, OPERATOR, OWN = (
    "households",
    "shops",
    "outside the city",
    "cashback held",
    "operator",
    "own money on cards",
)


class Sums(NamedTuple):
    """What a tally and people's money come to by world, in whole won of the sample."""

    inside: list[int]
    """Spending in the city: of world 0 without policy, of the others what they change in it."""
    outside: list[int]
    """The same outside the city."""
    card: list[int]
    """Card payments by place."""
    by_person: list[int]
    cashback: list[int]
    change: list[int]
    """Card payments, cashback and change of spending by person."""
    held: list[int]
    lowest: list[int]
    """Cashback held by people, and the lowest that somebody holds (at most 0)."""
    grants: list[int]
    lowest_grant: list[int]
    """The same of grant money."""
    own: list[int]
    lowest_own: list[int]
    """The same of own money charged."""
    classes: list[int]
    """Card payments classed, by pair."""


_BY_WORLD = len(Sums._fields) - 1


def in_city_krw(spend: np.ndarray) -> int:
    """Return the part of spending (destinations on the last axis) at shops of the city, won."""
    return int(spend.sum() - outside_krw(spend))


def outside_krw(spend: np.ndarray) -> int:
    """Return the part of spending (destinations on the last axis) outside the city, won."""
    return int(spend[..., SEOUL:PLUS].sum())


@compiled_part
def _all_krw(krw: np.ndarray) -> int:
    """Return the sum of int64[n]."""
    total = 0
    for k in range(len(krw)):
        total += krw[k]
    return total


@compiled_part
def _sum_places(spend: np.ndarray) -> tuple:
    """Return spending in and outside the city of int64[12, 9, 34]."""
    everywhere, outside = np.int64(0), np.int64(0)
    for home in range(spend.shape[0]):
        for sector in range(spend.shape[1]):
            everywhere += _all_krw(spend[home, sector])
            outside += _all_krw(spend[home, sector, SEOUL:PLUS])
    return everywhere - outside, outside


@compiled_part
def _sum_persons(persons: np.ndarray, sums: np.ndarray) -> None:
    """Write the sums of int64[12, 6, 30, 3] into int64[3]."""
    card, cashback, change = np.int64(0), np.int64(0), np.int64(0)
    for home in range(persons.shape[0]):
        for age in range(persons.shape[1]):
            for level in range(persons.shape[2]):
                card += persons[home, age, level, PERSON_CARD]
                cashback += persons[home, age, level, PERSON_CASHBACK]
                change += persons[home, age, level, PERSON_CHANGE]
    sums[PERSON_CARD], sums[PERSON_CASHBACK], sums[PERSON_CHANGE] = card, cashback, change


@compiled_part
def _sum_held(held: np.ndarray) -> tuple:
    """Return money held by people, int64[n], and the lowest amount (at most 0)."""
    total, lowest = np.int64(0), np.int64(0)
    for person in range(len(held)):
        total += held[person]
        lowest = min(lowest, held[person])
    return total, lowest


@compiled
def _write_sums(tally: Tally, state: State, sums: np.ndarray, classes: np.ndarray) -> None:
    """Write the columns of `Sums` into `sums` (int64[W, 12]) and `classes` (int64[P]), each column read once."""
    for world in range(len(sums)):
        spend = tally.change_spend[world] if world > 0 else tally.common_spend
        sums[world, 0], sums[world, 1] = _sum_places(spend)
        by_card = _sum_places(tally.card_spend[world])
        sums[world, 2] = by_card[0] + by_card[1]
        _sum_persons(tally.persons[world], sums[world, 3:6])
        sums[world, 6], sums[world, 7] = _sum_held(state.balance_krw[world])
        sums[world, 8], sums[world, 9] = _sum_held(state.grant_krw[world])
        sums[world, 10], sums[world, 11] = _sum_held(state.own_krw[world])
    for pair in range(len(classes)):
        for kind in range(tally.classes.shape[1]):
            for home in range(tally.classes.shape[2]):
                for district in range(tally.classes.shape[3]):
                    classes[pair] += _all_krw(tally.classes[pair, kind, home, district])


def add_up(tally: Tally, state: State) -> Sums:
    """Return what a tally and people's money come to."""
    sums, classes = (np.zeros(shape, dtype=np.int64) for shape in ((len(tally.totals), _BY_WORLD), len(tally.classes)))
    _write_sums(tally, state, sums, classes)
    return Sums._make([*sums.T.tolist(), classes.tolist()])


def post_purchases(ledger: Ledger, morning: Sums, evening: Sums, totals: list[int], world: int) -> None:
    """Post one day's purchases and merchant fees of one world: what the evening's sums have beyond the morning's.

    `totals` are the world's totals of the day. Cashback and fee support are posted by the governments that pay them.
    """
    worlds = {0, world}
    ledger.post(HELD, HOUSEHOLDS, totals[CASHBACK_USED])
    if totals[GRANT_USED]:
        ledger.post(GRANTS, HOUSEHOLDS, totals[GRANT_USED])
    ledger.post(HOUSEHOLDS, OWN, totals[ISSUED])
    ledger.post(OWN, HOUSEHOLDS, totals[CHARGED])
    ledger.post(HOUSEHOLDS, SHOPS, sum(evening.inside[w] - morning.inside[w] for w in worlds))
    ledger.post(HOUSEHOLDS, OUTSIDE, sum(evening.outside[w] - morning.outside[w] for w in worlds))
    ledger.post(SHOPS, OPERATOR, totals[FEES])


def _identities_of_world(totals: list[int], sums: Sums, world: int) -> list[Identity]:
    card, changed = sums.card[world], sums.inside[world] + sums.outside[world]
    charged = totals[CHARGED] + totals[CASHBACK_USED] + totals[GRANT_USED]
    return [
        Identity(f"world {world}: card payments, charged, cashback and grants used", card, charged),
        Identity(f"world {world}: card payments by person and by place", sums.by_person[world], card),
        Identity(f"world {world}: cashback by person and in all", sums.cashback[world], totals[EARNED]),
        Identity(f"world {world}: change of spending by person and by place", sums.change[world], changed),
    ]


def check_tally(totals: list[list[int]], sums: Sums, pairs: np.ndarray, when: str) -> None:
    """Check that amounts counted in different places of the compiled day agree to the won; shops: `check_sales`."""
    found = []
    for world in range(1, len(totals)):
        found += _identities_of_world(totals[world], sums, world)
    for p, (_, policy) in enumerate(pairs.tolist()):
        found.append(Identity(f"pair {p}: classes and card payments", sums.classes[p], sums.card[policy]))
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


def check_payments(paid: list[list[int]], totals: list[list[int]], left: list[list[int]], when: str) -> None:
    """Check that what the budgets paid today reached people and shops, and that no budget is overspent.

    By world: won paid by budget, and last without limit; totals of the day; won left by budget in the morning.
    """
    found = []
    for world, (by_budget, day) in enumerate(zip(paid, totals, strict=True)):
        reached = day[EARNED] + day[FEE_SUPPORT]
        found.append(Identity(f"world {world}: paid by budgets and received", sum(by_budget), reached))
        for budget, (held, krw) in enumerate(zip(left[world], by_budget, strict=False)):
            if krw > held:
                require_not_negative({f"world {world}: budget {budget}": held - krw}, when)
    require_identities(found, when)


def check_balances(ledgers: list[Ledger], sums: Sums, when: str) -> None:
    """Check people's cashback, grant money and own money on cards against the books, and that nobody's is negative."""
    found = []
    for world, ledger in enumerate(ledgers):
        found.append(Identity(f"world {world}: all accounts and nothing", sum(ledger.accounts.values()), 0))
        held, grants, own = (ledger.balance(account) for account in (HELD, GRANTS, OWN))
        found.append(Identity(f"world {world}: cashback held and on the books", sums.held[world], held))
        found.append(Identity(f"world {world}: grants held and on the books", sums.grants[world], grants))
        found.append(Identity(f"world {world}: own money on cards and on the books", sums.own[world], own))
        lowest = {"cashback": sums.lowest[world], "grant": sums.lowest_grant[world], "own": sums.lowest_own[world]}
        require_not_negative({f"world {world}: lowest {name} balance": krw for name, krw in lowest.items()}, when)
    require_identities(found, when)


OPENING = "held before the first day"
"""Account out of which a run that begins in the middle of a history has what people hold on its first morning."""


def post_opening(ledger: Ledger, given: StartState, grants_krw: int) -> None:
    """Post what people hold on the first morning of a world: cashback, own money on cards and grant money."""
    ledger.post(OPENING, HELD, int(given.balance_krw.sum()))
    ledger.post(OPENING, OWN, int(given.own_krw.sum()))
    ledger.post(OPENING, GRANTS, grants_krw)
