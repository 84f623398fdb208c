"""Empty columns of the compiled day: nobody holds a card, nothing is counted."""

import numpy as np

from eum.city.spending import MOST_PURCHASES, N_LEVELS
from eum.dimensions import AGE_BANDS, N_CLASSES, N_DESTINATIONS, N_DISTRICTS, N_ORIGINS, N_SECTORS
from eum.engine.state import N_TOTALS, SOLD_TOGETHER, BlockScratch, PurchaseScratch, State, Tally
from eum.policy.validation import MOST_SCHEDULES


def new_state(n_worlds: int, n_persons: int, has_grants: bool = False) -> State:
    """Return a state with nobody holding a card; without grants there is no column for their money."""

    def zeros(dtype: type, n: int = n_persons) -> np.ndarray:
        return np.zeros((n_worlds, n), dtype=dtype)

    return State(
        card=zeros(np.uint8),
        month_to_date_krw=zeros(np.int64),
        balance_krw=zeros(np.int64),
        shifts=zeros(np.uint8),
        grant_krw=zeros(np.int64, n_persons if has_grants else 0),
        own_krw=zeros(np.int64),
        remembered_ppm=zeros(np.int32),
        has_paid=zeros(np.uint8),
    )


def new_tally(n_worlds: int, n_pairs: int, n_budgets: int, n_shops: int) -> Tally:
    """Return an empty tally."""

    def zeros(*shape: int) -> np.ndarray:
        return np.zeros(shape, dtype=np.int64)

    spend = (N_ORIGINS, N_SECTORS, N_DESTINATIONS)
    return Tally(
        common_spend=zeros(*spend),
        common_sales=zeros(n_shops),
        change_spend=zeros(n_worlds, *spend),
        change_sales=zeros(n_worlds, n_shops),
        card_spend=zeros(n_worlds, *spend),
        card_sales=zeros(n_worlds, n_shops),
        second_round=zeros(n_worlds, N_SECTORS, N_DESTINATIONS),
        classes=zeros(n_pairs, N_CLASSES, N_ORIGINS, N_DISTRICTS, N_SECTORS),
        left_city=zeros(n_pairs),
        persons=zeros(n_worlds, N_ORIGINS, len(AGE_BANDS), N_LEVELS, 3),
        claims=zeros(n_worlds, n_budgets + 1),
        paid=zeros(n_worlds, n_budgets + 1),
        support=zeros(n_worlds, n_budgets + 1),
        totals=zeros(n_worlds, N_TOTALS),
        holders=zeros(n_worlds, 3, N_ORIGINS),
    )


def new_outcome(n_worlds: int) -> PurchaseScratch:
    """Return the scratch of one thread for a purchase in every world."""
    flags = ("own_card", "covered", "earns_top_up")
    columns = {"city_bp": MOST_SCHEDULES, "top_up_bp": N_DISTRICTS, "earns_top_up": N_DISTRICTS, "top_ups": 2}
    shapes: dict = {f: (n_worlds, columns[f]) if f in columns else n_worlds for f in PurchaseScratch._fields}
    # A person's purchases of two days, and one more, change sales of two shops each.
    most = SOLD_TOGETHER + 2 * n_worlds * (2 * MOST_PURCHASES + 1)
    shapes |= {"n_sold": 2, **dict.fromkeys(("sold_in", "sold_at", "sold_krw"), (2, most))}
    return PurchaseScratch(
        **{f: np.zeros(shapes[f], np.uint8 if f in flags else np.int64) for f in PurchaseScratch._fields}
    )


def new_block(size: int) -> BlockScratch:
    """Return the scratch of one thread for a block of `size` persons."""
    own = ("lifetime", "key", "bits", "n", "holds", "has_income", "listed", "ordinary_bp", "best_bp", "ordinary_cut")
    persons = (*own, "first_candidate", "n_candidates", "first_more", "n_more")
    rows = dict.fromkeys(persons, size) | {"first": size + 1}
    wide = ("lifetime", "key", "bits", "ordinary_cut", "purchase", "payment", "buyer_lifetime", "drawn")
    types: dict[str, type] = dict.fromkeys(wide, np.uint64)
    types |= dict.fromkeys(("ordinary_bp", "best_bp", "amount_krw"), np.int64)
    types |= {"shop": np.int32, **dict.fromkeys(("holds", "has_income", "differs"), np.uint8)}
    most = 2 * (size + 1) * MOST_PURCHASES
    return BlockScratch(**{f: np.zeros(rows.get(f, most), types.get(f, np.uint32)) for f in BlockScratch._fields})
