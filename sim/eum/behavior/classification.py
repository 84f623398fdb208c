"""The classes of card payments: what the counterfactual purchase (the twin) would have been.

Each won of card payments falls in exactly one class. What a basket has grown by is `new`; the rest of the payment is
classed by its twin, the same purchase in the baseline world. The first definition that applies counts:

| class | the twin was made |
|---|---|
| time_shifted | on another day |
| retained | outside the city (Seoul, Gyeonggi, elsewhere) by a resident |
| retained_online | online by a resident |
| inflow | outside the city or online by a visitor |
| size_switched | at a large or excluded store of the city |
| moved_between_districts | at a small shop of another district |
| reshuffled | at another small shop of the same district |
| unchanged | at the same shop, with the card |
| replaced | at the same shop, with other means of payment: the card replaced cash or another card and nothing else |
"""

from eum.dimensions import CLASSES, LARGE, N_DISTRICTS, ONLINE, PLUS, SEOUL
from eum.jit import assume, compiled

REPLACED = CLASSES.index("replaced")
"""Payments at the same shop that would have been made with other means."""
RESHUFFLED = CLASSES.index("reshuffled")
"""Payments that would have been made at another small shop of the district."""
SIZE_SWITCHED = CLASSES.index("size_switched")
"""Payments that would have been made at a large or excluded store of the city."""
MOVED = CLASSES.index("moved_between_districts")
"""Payments that would have been made at a small shop of another district."""
RETAINED = CLASSES.index("retained")
"""Payments of residents that would have been made outside the city: leakage avoided."""
RETAINED_ONLINE = CLASSES.index("retained_online")
"""Payments of residents that would have been made online."""
INFLOW = CLASSES.index("inflow")
"""Payments of visitors that would have been made outside the city or online."""
TIME_SHIFTED = CLASSES.index("time_shifted")
"""Payments that would have been made on another day."""
NEW = CLASSES.index("new")
"""What baskets have grown by: won that nobody would have spent."""
UNCHANGED = CLASSES.index("unchanged")
"""Payments that would have been made at the same shop with the card too."""


@compiled
def is_outside(destination: int) -> bool:
    """Return whether a destination lies outside the city; online shopping does."""
    return SEOUL <= destination < PLUS


@compiled
def district_of(destination: int) -> int:
    """Return the district 0-9 of a destination in the city: of its small shops, large stores or Plus shops."""
    assume(destination >= 0)
    return (destination - PLUS if destination >= PLUS else destination) % N_DISTRICTS


@compiled
def payment_class(home: int, twin: int, destination: int, same_shop: bool, twin_by_card: bool) -> int:
    """Return the class of a card payment, as an index of `eum.dimensions.CLASSES`, by what its twin was.

    `home` is 0-11, from 10 on a visitor's; `twin` is the destination of the twin, -1 where it is made on another day;
    `destination` is that of the payment, a small shop (0-9) or a Plus shop (24-33). The table at the head of this file
    has the definitions in their order. `new` is never returned: the won by which a basket grew are set apart before.
    A resident of Gyeyang (6) who would have bought in Seoul (20) buys in Gyeyang: retained.
    >>> CLASSES[payment_class(6, 20, 6, False, False)]
    'retained'
    """
    if twin < 0:
        return TIME_SHIFTED
    if is_outside(twin):
        if home >= N_DISTRICTS:
            return INFLOW
        return RETAINED_ONLINE if twin == ONLINE else RETAINED
    if LARGE <= twin < SEOUL:
        return SIZE_SWITCHED
    if district_of(twin) != district_of(destination):
        return MOVED
    if not same_shop:
        return RESHUFFLED
    return UNCHANGED if twin_by_card else REPLACED
