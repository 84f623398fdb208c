"""Whom a policy can affect today, and by which purchases: everybody else has the same day in every world.

Stages of a block's day between the purchases without policy (`eum.engine.compiled.baseline_purchases`) and the worlds
(`eum.engine.compiled.day`): what they leave out would come out of every world as it went in.
"""

import numpy as np

from eum import rng
from eum.behavior.destination_choice import response_of
from eum.dimensions import N_DISTRICTS
from eum.engine.compiled.baseline_purchases import draw_purchases, list_purchase
from eum.engine.compiled.destination_choice import draws_of_race, may_arrive_first, usage_cut_at
from eum.engine.compiled.payment import grant_held_krw, may_pay_by_card
from eum.engine.lookup_tables import HIGHEST_RATE_BP
from eum.engine.state import ACTIVE, AT_PLUS, OPEN, BlockScratch, DayInputs, State, StaticInputs
from eum.jit import compiled_part, prefetch, seldom
from eum.policy.arithmetic import flat_krw

_INCOME_PURCHASE = 100
"""Purchase number of the extra purchase out of second-round income."""


@compiled_part
def mark_income(standing: StaticInputs, today: DayInputs, block: BlockScratch, person: int, n: int) -> None:
    """Mark the persons whose day it is to spend second-round income in some world."""
    day = today.number[2]
    for i in range(n):
        is_its_day = np.uint8(day == np.int64(standing.income_day[person + i]))
        block.has_income[i] = is_its_day & today.has_gain[standing.home[person + i]]


@compiled_part
def list_affected(
    standing: StaticInputs, today: DayInputs, state: State, block: BlockScratch, person: int, n: int
) -> int:
    """List the persons whom some policy can affect today and return how many.

    They hold an active card or grant money in some world, or move purchases in time, and buy something today; or it is
    their day to spend second-round income.
    """
    window = today.number[1] != 0
    for i in range(n):
        block.holds[i] = 0
    for world in range(1, state.card.shape[0]):
        for i in range(n):
            block.holds[i] |= np.uint8(state.card[world, person + i] == ACTIVE)
        if seldom(state.grant_krw.shape[1] > 0 and today.grant[world, OPEN] == 1):
            for i in range(n):
                block.holds[i] |= np.uint8(state.grant_krw[world, person + i] > 0)
        if window:
            for i in range(n):
                block.holds[i] |= state.shifts[world, person + i]
    if not window:
        for i in range(n):
            block.holds[i] &= np.uint8(block.n[i] > 0)
    mark_income(standing, today, block, person, n)
    for i in range(n):
        block.holds[i] |= block.has_income[i]
    n_affected = np.uint64(0)
    for i in range(n):
        block.listed[n_affected] = i
        n_affected += np.uint64(block.holds[i])
    return np.int64(n_affected)


@compiled_part
def highest_city_bp(standing: StaticInputs, today: DayInputs, state: State, world: int, person: int) -> int:
    """Return the highest of the city's rates that the person can still reach today: the month's spending only grows."""
    if state.month_to_date_krw[world, person] < today.most_city_until_krw[world]:
        return today.most_city_bp[world]
    best = np.int64(0)
    for s in range(1, today.tier_bp.shape[1]):
        spent, base_bp = state.month_to_date_krw[world, person], today.base_bp[world, s]
        if seldom(base_bp > 0):
            spent = max(spent - flat_krw(standing.monthly_krw[standing.level[person]], base_bp), np.int64(0))
        for k in range(today.tier_bp.shape[2]):
            if spent < today.tier_high_krw[world, s, k]:
                best = max(best, today.tier_bp[world, s, k])
    return best


@compiled_part
def highest_rates_bp(standing: StaticInputs, today: DayInputs, state: State, person: int) -> tuple:
    """Return the most that any shop, and any ordinary shop, could give the person back today in some world where the
    card is active, and the highest rate that can be remembered there today, as payments teach; (-1, -1, 0) where it
    is in none."""
    best, ordinary, remembered = np.int64(-1), np.int64(-1), np.int64(0)
    for world in range(1, state.card.shape[0]):
        if state.card[world, person] == ACTIVE:
            city_bp = highest_city_bp(standing, today, state, world, person)
            best = max(best, city_bp + today.most_extra_bp[world])
            ordinary = max(ordinary, city_bp + today.most_topup_bp[world])
            remembered = max(remembered, np.int64(state.remembered_ppm[world, person]))
    return min(best, HIGHEST_RATE_BP), min(ordinary, HIGHEST_RATE_BP), max(remembered, best * 100)


@compiled_part
def may_use_grant(today: DayInputs, state: State, person: int) -> bool:
    """Return whether grant money can be spent from the person's card today in some world."""
    for world in range(1, state.card.shape[0]):
        if grant_held_krw(today.grant[world, OPEN], state.grant_krw, world, person) > 0:
            return True
    return False


@compiled_part
def is_concerned(today: DayInputs, state: State, person: int) -> bool:
    """Return whether the card may be paid with, or purchases move in time, in some world."""
    for world in range(1, state.card.shape[0]):
        if may_pay_by_card(today, state, world, person) or state.shifts[world, person] == 1:
            return True
    return False


@compiled_part
def highest_cut(
    standing: StaticInputs, today: DayInputs, state: State, person: int, rate_bp: int, remembered_ppm: int
) -> np.uint64:
    """Return the chance times 2**32 beyond which a purchase is the same in every world, by the draw of payment.

    `rate_bp` is one of `highest_rates_bp`, `remembered_ppm` the third of what it returns. Every purchase counts where
    some move in time, or where tastes are not frozen.
    """
    if today.number[1] != 0 or standing.frozen_tastes[0] == 0:
        return (np.uint64(1) << np.uint64(32)) if is_concerned(today, state, person) else np.uint64(0)
    most = np.uint64(0)
    if rate_bp >= 0:
        most = usage_cut_at(standing, standing.affinity[person], rate_bp, remembered_ppm)
    if state.grant_krw.shape[1] > 0 and may_use_grant(today, state, person):
        most = max(most, standing.grant_cut[0])
    return most


@compiled_part
def ask_for_kinds(today: DayInputs, shop: int) -> None:
    """Ask for what a shop is in every world, which `eum.engine.compiled.payment.keep_destination` reads."""
    for world in range(1, today.shop_kind.shape[0]):
        prefetch(today.shop_kind[world], shop)


@compiled_part
def list_paid_by_card(
    standing: StaticInputs, today: DayInputs, state: State, block: BlockScratch, person: int, n_affected: int
) -> int:
    """Of the listed persons, list the purchases that they would pay with the card at the highest rate that
    they can get today, and return how many these are."""
    n = np.uint64(0)
    for k in range(n_affected):
        i = np.int64(block.listed[k])
        best_bp, ordinary_bp, remembered = highest_rates_bp(standing, today, state, person + i)
        block.best_bp[i], block.ordinary_bp[i] = best_bp, ordinary_bp
        block.ordinary_cut[i] = highest_cut(standing, today, state, person + i, ordinary_bp, remembered)
        most = highest_cut(standing, today, state, person + i, best_bp, remembered)
        for row in range(np.int64(block.first[i]), np.int64(block.first[i + 1])):
            block.candidate[n] = row
            n += np.uint64(rng.high_half(block.payment[row]) < most)
    return np.int64(n)


@compiled_part
def mark_paid_by_card(today: DayInputs, block: BlockScratch, n: int) -> int:
    """Mark which of the `n` candidates may be paid with the card at their own place in some world; list the places of
    the others and return how many these are.

    All would be paid so at the highest rate of all: at a Plus shop they may be.
    """
    n_others = np.uint64(0)
    for c in range(n):
        row = np.int64(block.candidate[c])
        is_small = block.place[row] < N_DISTRICTS
        shop = max(block.shop[row], 0)
        may_pay = rng.high_half(block.payment[row]) < block.ordinary_cut[block.who[row]]
        for world in range(1, today.shop_kind.shape[0]):
            may_pay |= today.shop_kind[world, shop] >= AT_PLUS
        block.differs[c], block.at[n_others] = is_small & may_pay, c
        n_others += np.uint64(1) - np.uint64(block.differs[c])
    return np.int64(n_others)


@compiled_part
def may_move(standing: StaticInputs, today: DayInputs, block: BlockScratch, row: int) -> bool:
    """Return whether a purchase, not paid with the card at its own place, may go to another one in some world."""
    i, home, sector = np.int64(block.who[row]), np.int64(block.buyer_home[row]), np.int64(block.sector[row])
    response = response_of(home, np.int64(block.place[row]))
    fastest = standing.speed[response, block.best_bp[i]]
    takes_card = rng.high_half(block.payment[row]) < block.ordinary_cut[i]
    speeds = standing.speed[response, block.ordinary_bp[i]] if takes_card else 1.0, fastest
    bits = draws_of_race(block.purchase[row])
    for world in range(1, today.shop_kind.shape[0]):
        if may_arrive_first(standing, today, world, (home, sector), bits, speeds, 1.0)[0]:
            return True
    return False


@compiled_part
def keep_those_that_differ(standing: StaticInputs, today: DayInputs, block: BlockScratch, n: int) -> int:
    """Take from the list of `n` candidates those that are not paid with the card at their own place and surely stay
    there, the same in every world; return how many are left."""
    for o in range(mark_paid_by_card(today, block, n)):
        c = np.int64(block.at[o])
        block.differs[c] = may_move(standing, today, block, np.int64(block.candidate[c]))
    kept = np.uint64(0)
    for c in range(n):
        block.candidate[kept] = block.candidate[c]
        kept += np.uint64(block.differs[c])
    return np.int64(kept)


@compiled_part
def find_own(block: BlockScratch, n_persons: int, n: int) -> None:
    """Write for each person of the block which of the `n` candidates are the person's own: they stand side by side."""
    for i in range(n_persons):
        block.n_candidates[i] = 0
    for c in range(n):
        i = np.int64(block.who[block.candidate[c]])
        block.first_candidate[i] = c - np.int64(block.n_candidates[i])
        block.n_candidates[i] += np.uint32(1)


@compiled_part
def draw_payments(block: BlockScratch, first: int, end: int) -> None:
    """Draw the means of payment of the purchases in rows `first` to `end`."""
    for row in range(first, end):
        block.payment[row] = rng.draw_for(block.purchase[row], rng.PAYMENT)


@compiled_part
def list_candidates(
    standing: StaticInputs, today: DayInputs, state: State, block: BlockScratch, span: tuple, n_affected: int, rows: int
) -> None:
    """List the purchases of the listed persons that can come out otherwise in some world, and for each person of the
    block which of them are the person's own. `span` is (first person, persons); the day's own purchases stand in the
    first `rows` rows."""
    draw_payments(block, 0, rows)
    n = list_paid_by_card(standing, today, state, block, span[0], n_affected)
    for c in range(n):
        ask_for_kinds(today, np.int64(block.shop[block.candidate[c]]))
    if today.number[1] == 0 and standing.frozen_tastes[0] == 1:
        n = keep_those_that_differ(standing, today, block, n)
    find_own(block, span[1], n)


@compiled_part
def list_mirrored(standing: StaticInputs, today: DayInputs, block: BlockScratch, person: int, where: tuple) -> int:
    """List the purchases of the day on the other side of an announced change and return the next free row.

    `person` is the first of the block; `where` is (row of the person, first free row of purchases).
    """
    i, end = where
    first = end
    key = rng.day_key(standing.seed[0], person + i, today.number[1])
    half, cuts = rng.high_half(rng.draw_for(key, rng.DAY)), today.count_cuts[1, standing.level[person + i]]
    while half >= cuts[end - first]:
        list_purchase(standing, block, person, i, end, rng.purchase_key(key, end - first))
        end += 1
    return end


@compiled_part
def list_more(
    standing: StaticInputs, today: DayInputs, block: BlockScratch, span: tuple, n_affected: int, first: int
) -> None:
    """List and draw what the listed persons may buy beside the day's own purchases, in the rows from `first` on, and
    for each person of the block which of them are the person's own. `span` is (first person, persons).

    First what can be moved here from the other side of an announced change, last the purchase from second-round
    income.
    """
    (person, n), end = span, first
    for i in range(n):
        block.n_more[i] = 0
    for k in range(n_affected):
        i, own = np.int64(block.listed[k]), end
        if today.number[1] != 0:
            end = list_mirrored(standing, today, block, person, (i, end))
        if block.has_income[i] == 1:
            list_purchase(standing, block, person, i, end, rng.purchase_key(block.key[i], _INCOME_PURCHASE))
            end += 1
        block.first_more[i], block.n_more[i] = own, end - own
    draw_purchases(standing, block, first, end)
    draw_payments(block, first, end)


@compiled_part
def list_buyers(block: BlockScratch, n_affected: int) -> int:
    """Of the listed persons, keep those with a purchase that can come out otherwise, and return how many these are."""
    n_buyers = np.uint64(0)
    for k in range(n_affected):
        i = np.int64(block.listed[k])
        block.listed[n_buyers] = i
        n_buyers += np.uint64(block.n_candidates[i] + block.n_more[i] > 0)
    return np.int64(n_buyers)
