"""The day's postings, and the identities checked while a run goes on."""

import numpy as np

from sim.city.places import SEOUL
from sim.engine.columns import (
    CASHBACK_USED,
    CHARGED,
    EARNED,
    FEE_SUPPORT,
    FEES,
    GRANT_USED,
    PERSON_CARD,
    PERSON_CASHBACK,
    PERSON_CHANGE,
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


def in_city_krw(spend: np.ndarray) -> int:
    """Return the part of spending (destinations on the last axis) at shops of the city, won."""
    return int(spend.sum() - outside_krw(spend))


def outside_krw(spend: np.ndarray) -> int:
    """Return the part of spending (destinations on the last axis) outside the city, won."""
    return int(spend[..., SEOUL:PLUS].sum())


def post_purchases(ledger: Ledger, before: Tally, after: Tally, world: int) -> None:
    """Post one day's purchases and merchant fees of one world: what `after` counts beyond `before`.

    Cashback and fee support are posted by the governments that pay them.
    """
    spend = after.common_spend - before.common_spend + after.change_spend[world] - before.change_spend[world]
    totals = after.totals[world] - before.totals[world]
    ledger.post(HELD, HOUSEHOLDS, int(totals[CASHBACK_USED]))
    if totals[GRANT_USED]:
        ledger.post(GRANTS, HOUSEHOLDS, int(totals[GRANT_USED]))
    ledger.post(HOUSEHOLDS, SHOPS, in_city_krw(spend))
    ledger.post(HOUSEHOLDS, OUTSIDE, outside_krw(spend))
    ledger.post(SHOPS, OPERATOR, int(totals[FEES]))


def _identities_of_world(tally: Tally, world: int) -> list[Identity]:
    card, totals, change = int(tally.card_spend[world].sum()), tally.totals[world], tally.change_spend[world]
    by_person = tally.persons[world].sum(axis=(0, 1, 2))
    charged, earned = int(totals[[CHARGED, CASHBACK_USED, GRANT_USED]].sum()), int(totals[EARNED])
    sides = {
        "card payments, charged, cashback and grants used": (card, charged),
        "card payments by person and by place": (int(by_person[PERSON_CARD]), card),
        "cashback by person and in all": (int(by_person[PERSON_CASHBACK]), earned),
        "change of spending by person and by place": (int(by_person[PERSON_CHANGE]), int(change.sum())),
    }
    return [Identity(f"world {world}: {name}", *both) for name, both in sides.items()]


def check_tally(tally: Tally, pairs: np.ndarray, when: str) -> None:
    """Check that amounts counted in different places of the compiled day agree to the won; shops: `check_sales`."""
    found = []
    for world in range(1, tally.card_spend.shape[0]):
        found += _identities_of_world(tally, world)
    for p, (_, policy) in enumerate(pairs):
        classes, card = int(tally.classes[p].sum()), int(tally.card_spend[policy].sum())
        found.append(Identity(f"pair {p}: classes and card payments", classes, card))
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
    found = []
    for world in range(len(left)):
        reached = (tally.totals[world] - before[world])[[EARNED, FEE_SUPPORT]].sum()
        found.append(
            Identity(f"world {world}: paid by budgets and received", int(tally.paid[world].sum()), int(reached))
        )
        rest = {f"world {world}: budget {b}": int(left[world, b] - tally.paid[world, b]) for b in range(left.shape[1])}
        require_not_negative(rest, when)
    require_identities(found, when)


def check_balances(ledgers: list[Ledger], state: State, when: str) -> None:
    """Check people's cashback and grant money against the books, and that nobody's is negative."""
    found = []
    for world, ledger in enumerate(ledgers):
        found.append(Identity(f"world {world}: all accounts and nothing", sum(ledger.accounts.values()), 0))
        if world == 0:
            found.append(Identity("world 0: cashback on the books and nothing", ledger.balance(HELD), 0))
            continue
        balance = state.balance_krw[world]
        found.append(
            Identity(f"world {world}: cashback held and on the books", int(balance.sum()), ledger.balance(HELD))
        )
        lowest = {"cashback": int(balance.min())}
        if state.grant_krw.size:
            held = int(state.grant_krw[world].sum())
            found.append(Identity(f"world {world}: grants held and on the books", held, ledger.balance(GRANTS)))
            lowest["grant"] = int(state.grant_krw[world].min())
        require_not_negative({f"world {world}: lowest {name} balance": krw for name, krw in lowest.items()}, when)
    require_identities(found, when)
