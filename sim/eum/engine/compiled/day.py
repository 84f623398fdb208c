"""The day over columns: every person, every purchase, all worlds at once.

Persons are simulated in blocks; threads take spans of blocks in turn (`eum.engine.parallel`). What a block buys without
policy is drawn in stages and posted once (`eum.engine.compiled.baseline_purchases`); only people who hold an active
card in some world are then looked at one by one, and a world posts only what it changes. A day on which a budget turns
out to be exhausted is run again from the same start (`eum.engine.checkpoint`).
"""

from collections.abc import Callable

import numpy as np

from eum import rng
from eum.behavior.consumption import moves_in_time, second_round_krw
from eum.behavior.destination_choice import response_of
from eum.engine.compiled.adoption import change_cards
from eum.engine.compiled.baseline_purchases import (
    choose_places,
    choose_shops,
    count_purchases,
    draw_day_keys,
    draw_purchases,
    list_purchases,
    post_common,
)
from eum.engine.compiled.classification import classify_payment, post, post_sales
from eum.engine.compiled.destination_choice import (
    best_rate_bp,
    draws_of_race,
    first_arrival,
    may_arrive_first,
    read_person,
    read_rates,
    speed_at,
)
from eum.engine.compiled.payment import (
    keep_destination,
    may_pay_by_card,
    pay_by_card,
    pay_otherwise,
    switch_destination,
)
from eum.engine.compiled.screening import is_concerned, list_affected, list_buyers, list_candidates, list_more
from eum.engine.compiled.shape_hints import assume_sizes, assume_two_worlds
from eum.engine.state import (
    ACTIVE,
    BY_CARD,
    CHANGED,
    PERSON_CASHBACK,
    SECOND_ROUND,
    SOLD_TOGETHER,
    BlockScratch,
    DayInputs,
    PurchaseScratch,
    State,
    StaticInputs,
    Tally,
)
from eum.jit import assume, compiled, compiled_in_place, compiled_part, seldom

BLOCK = 512
"""Persons handled together."""

_MOST_PERSONS, _MOST_IN_BLOCK = 2**40, 2**20
"""More than memory holds. Numbers of persons known to lie below, and not to be negative, need no look at their sign
where they are places in a column."""

TODAY, MIRRORED, FROM_INCOME = 0, 1, 2
"""Kinds of purchases: of the day itself, of the day on the other side of an announced change, from second-round
income."""


@compiled_part
def choose_in_world(
    standing: StaticInputs, today: DayInputs, state: State, out: PurchaseScratch, world: int, who: tuple, place: tuple
) -> None:
    """Settle place, shop and means of payment of a purchase in one world.

    `who` is (person, purchase, sector, bits of payment); `place` is (alternative, shop) without policy. What the
    purchase costs stands in `out`.
    """
    person, purchase, sector, bits = who
    home = np.int64(standing.home[person])
    response = response_of(home, place[0])
    own_speed = keep_destination(standing, today, state, out, world, (person, response, bits, place, sector))
    if state.card[world, person] != ACTIVE:
        return
    taste = (response, standing.affinity[person], bits, state.remembered_ppm[world, person])
    best_bp = best_rate_bp(today, out, world)
    speeds = speed_at(standing, out.ordinary_bp[world], taste), speed_at(standing, best_bp, taste)
    bits_of_race = draws_of_race(purchase)
    may, winning, wait = may_arrive_first(standing, today, world, (home, sector), bits_of_race, speeds, own_speed)
    if not seldom(may):
        return
    times = (winning, wait, winning / own_speed)
    choice = first_arrival(standing, today, out, world, (purchase, home, sector, taste), times)
    if choice >= 0:
        switch_destination(standing, today, out, world, choice, sector, rng.draw_for(purchase, rng.NEW_SHOP))


@compiled_part
def buy_without_policy(block: BlockScratch, out: PurchaseScratch, row: int, kind: int) -> None:
    """Make the purchase in world 0, which has no policy: as it was drawn, and only on the day itself."""
    amount = block.amount_krw[row] if kind == TODAY else np.int64(0)
    out.amount_krw[0], out.paid_krw[0], out.new_krw[0], out.covered[0] = amount, amount, 0, 0
    out.destination[0], out.shop[0] = np.int64(block.place[row]), np.int64(block.shop[row])
    if kind == MIRRORED:
        out.destination[0], out.shop[0] = -1, -1


@compiled_part
def choose(
    standing: StaticInputs,
    today: DayInputs,
    state: State,
    block: BlockScratch,
    out: PurchaseScratch,
    person: int,
    what: tuple,
) -> None:
    """Settle place, shop and means of payment in every world, at the rates on the person's next won of the month.
    `what` is (row, kind).

    Where tastes are not frozen, every world after the first draws the purchase's place and tastes again, with a
    key of its own, in the last row of the block.
    """
    row, kind = what
    sector, purchase, at = np.int64(block.sector[row]), block.purchase[row], row
    buy_without_policy(block, out, row, kind)
    for world in range(1, state.card.shape[0]):
        if may_pay_by_card(today, state, world, person):
            read_rates(standing, today, state, out, world, person)
        out.amount_krw[world] = block.amount_krw[row]
        if kind == FROM_INCOME:
            out.amount_krw[world] = income_krw(standing, today, world, person)
        if seldom(standing.frozen_tastes[0] == 0):
            purchase = rng.mix(purchase)
            at = len(block.purchase) - 1
            block.purchase[at], block.sector[at] = purchase, block.sector[row]
            block.buyer_lifetime[at], block.buyer_home[at] = block.buyer_lifetime[row], block.buyer_home[row]
            choose_shops(standing, block, at, at + 1, choose_places(standing, block, at, at + 1))
        place = (np.int64(block.place[at]), np.int64(block.shop[at]))
        who = (person, purchase, sector, block.payment[row])
        choose_in_world(standing, today, state, out, world, who, place)


@compiled_part
def drop_time_shifted(
    today: DayInputs, state: State, out: PurchaseScratch, person: int, purchase: np.uint64, when: tuple
) -> None:
    """Take the purchase out of the worlds that make it on another day. `when` is (sector, kind)."""
    sector, kind = when
    bits = rng.draw_for(purchase, rng.SHIFT)
    for world in range(1, state.card.shape[0]):
        moved = state.shifts[world, person] == 1 and moves_in_time(bits, today.shift_cut[world, sector])
        comes, leaves = today.shift_to[world] == 1 and moved, today.shift_from[world] == 1 and moved
        if (kind == MIRRORED and not comes) or (kind == TODAY and leaves):
            out.destination[world], out.shop[world], out.covered[world] = -1, -1, 0


@compiled_part
def income_krw(standing: StaticInputs, today: DayInputs, world: int, person: int) -> int:
    """Return what a person spends of last month's gain in local income in a world, won."""
    gain_ppm = today.second_round_ppm[world, standing.home[person]]
    return second_round_krw(standing.monthly_krw[standing.level[person]], gain_ppm)


@compiled_part
def apply_income_loss(block: BlockScratch, out: PurchaseScratch, world: int, row: int) -> None:
    """A loss of income is a purchase less, made where the purchase would go without policy."""
    if out.amount_krw[world] <= 0:
        out.destination[world], out.shop[world] = np.int64(block.place[row]), np.int64(block.shop[row])
        out.covered[world] = 0


@compiled_part
def count_income(tally: Tally, out: PurchaseScratch, world: int, sector: int) -> None:
    """Count a purchase out of second-round income: it has no twin, so all of it is new where it is paid by card."""
    if out.covered[world] == 1:
        out.new_krw[world] = out.paid_krw[world]
    tally.second_round[world, sector, out.destination[world]] += out.paid_krw[world]
    tally.totals[world, SECOND_ROUND] += out.paid_krw[world]


@compiled_part
def spend_income(
    standing: StaticInputs,
    today: DayInputs,
    tally: Tally,
    block: BlockScratch,
    out: PurchaseScratch,
    person: int,
    row: int,
) -> None:
    """Spend second-round income without a card: in every world at the place of the purchase without policy."""
    sector = np.int64(block.sector[row])
    for world in range(1, today.second_round_ppm.shape[0]):
        out.destination[world], out.shop[world] = np.int64(block.place[row]), np.int64(block.shop[row])
        out.paid_krw[world], out.covered[world] = income_krw(standing, today, world, person), 0
        count_income(tally, out, world, sector)
        post(standing, tally, out, world, (np.int64(-1), np.int64(-1), np.int64(0)), (person, sector))


@compiled_part
def settle_purchase(
    standing: StaticInputs,
    today: DayInputs,
    state: State,
    tally: Tally,
    block: BlockScratch,
    out: PurchaseScratch,
    person: int,
    what: tuple,
) -> None:
    """Pay in every world, class the card payments of every pair, post the differences. `what` is (row, kind)."""
    row, kind = what
    sector, bits = np.int64(block.sector[row]), rng.lower_half(block.payment[row])
    common = np.int64(block.place[row]) if kind == TODAY else np.int64(-1)
    for world in range(1, state.card.shape[0]):
        if kind == FROM_INCOME:
            apply_income_loss(block, out, world, row)
        if out.covered[world] == 1:
            pay_by_card(standing, today, state, tally, out, world, person, (sector, bits))
        else:
            pay_otherwise(out, world)
        if kind == FROM_INCOME:
            count_income(tally, out, world, sector)
        without = (common, np.int64(block.shop[row]), out.amount_krw[world])
        post(standing, tally, out, world, without, (person, sector))
    for pair in range(today.pairs.shape[0]):
        baseline, policy = today.pairs[pair, 0], today.pairs[pair, 1]
        assume(0 <= baseline < state.card.shape[0])
        assume(0 <= policy < state.card.shape[0])
        classify_payment(tally, out, pair, baseline, policy, (standing.home[person], sector))


@compiled_part
def buy(
    standing: StaticInputs,
    today: DayInputs,
    state: State,
    tally: Tally,
    block: BlockScratch,
    out: PurchaseScratch,
    person: int,
    what: tuple,
) -> None:
    """Make one purchase in every world. `what` is (row, kind)."""
    row, kind = what
    choose(standing, today, state, block, out, person, what)
    if seldom(today.number[1] != 0) and kind != FROM_INCOME:
        drop_time_shifted(today, state, out, person, block.purchase[row], (np.int64(block.sector[row]), kind))
    settle_purchase(standing, today, state, tally, block, out, person, what)


@compiled_part
def open_person(standing: StaticInputs, today: DayInputs, out: PurchaseScratch, person: int) -> None:
    """Read what rates depend on for a person in every world; nothing is earned or saved yet."""
    for world in range(1, out.earned_krw.shape[0]):
        read_person(standing, today, out, world, person)
        out.earned_krw[world], out.saved_krw[world] = 0, 0


@compiled_part
def close_person(standing: StaticInputs, state: State, tally: Tally, out: PurchaseScratch, person: int) -> None:
    """Credit the day's cashback, and count it with what was taken off at the till."""
    for world in range(1, state.card.shape[0]):
        earned, saved = out.earned_krw[world], out.saved_krw[world]
        if earned + saved > 0:
            state.balance_krw[world, person] += earned
            home, age, level = standing.home[person], standing.age[person], standing.level[person]
            tally.persons[world, home, age, level, PERSON_CASHBACK] += earned + saved


@compiled_part
def simulate_one(
    standing: StaticInputs,
    today: DayInputs,
    state: State,
    tally: Tally,
    block: BlockScratch,
    out: PurchaseScratch,
    person: int,
    i: int,
) -> None:
    """What the person in row `i` of the block buys, in every world; then the day's cashback is credited.

    `person` is the first of the block.
    """
    first, more = np.int64(block.first_candidate[i]), np.int64(block.first_more[i])
    end, end_more = first + np.int64(block.n_candidates[i]), more + np.int64(block.n_more[i])
    who = person + i
    assume(0 <= who < _MOST_PERSONS)
    from_income = end_more - 1 if block.has_income[i] == 1 else -1
    if first == end and more == from_income and standing.frozen_tastes[0] == 1 and not is_concerned(today, state, who):
        spend_income(standing, today, tally, block, out, who, from_income)
    else:
        open_person(standing, today, out, who)
        for purchase in range(end - first + end_more - more):
            row, kind = more + purchase - (end - first), MIRRORED
            if purchase < end - first:
                row, kind = np.int64(block.candidate[first + purchase]), TODAY
            elif row == from_income:
                kind = FROM_INCOME
            buy(standing, today, state, tally, block, out, who, (row, kind))
        close_person(standing, state, tally, out, who)
    if seldom(max(out.n_sold[CHANGED], out.n_sold[BY_CARD]) >= SOLD_TOGETHER):
        post_sales(tally, out)


@compiled_part
def simulate_block(
    standing: StaticInputs,
    today: DayInputs,
    state: State,
    tally: Tally,
    block: BlockScratch,
    out: PurchaseScratch,
    span: tuple,
) -> None:
    """The day of the persons of a block. `span` is (first person, number of persons)."""
    person, n = span
    assume(0 <= person < _MOST_PERSONS)
    assume(0 <= n <= _MOST_IN_BLOCK)
    draw_day_keys(standing, today, block, person, n)
    count_purchases(standing, today, block, person, n)
    rows = list_purchases(standing, block, person, n)
    n_inside = draw_purchases(standing, block, 0, rows)
    post_common(tally, block, rows, n_inside)
    n_affected = list_affected(standing, today, state, block, person, n)
    list_candidates(standing, today, state, block, span, n_affected, rows)
    list_more(standing, today, block, span, n_affected, rows)
    for k in range(list_buyers(block, n_affected)):
        simulate_one(standing, today, state, tally, block, out, person, np.int64(block.listed[k]))
    post_sales(tally, out)
    change_cards(standing, today, state, tally, block, person, n)


@compiled_in_place
def simulate_blocks(
    standing: StaticInputs,
    today: DayInputs,
    state: State,
    tally: Tally,
    block: BlockScratch,
    out: PurchaseScratch,
    span: tuple,
) -> None:
    """The day of the persons of a span (first person, the one after the last), block by block."""
    person, end = span
    assume_sizes(standing, today, tally, out)
    size = len(block.key)
    for first in range(person, end, size):
        simulate_block(standing, today, state, tally, block, out, (first, min(size, end - first)))


@compiled
def run_day(
    standing: StaticInputs,
    today: DayInputs,
    state: State,
    tally: Tally,
    block: BlockScratch,
    out: PurchaseScratch,
    span: tuple,
) -> None:
    """The day of the persons of a span (first person, the one after the last)."""
    simulate_blocks(standing, today, state, tally, block, out, span)


@compiled
def run_day_two_scenarios(
    standing: StaticInputs,
    today: DayInputs,
    state: State,
    tally: Tally,
    block: BlockScratch,
    out: PurchaseScratch,
    span: tuple,
) -> None:
    """The day of `run_day` where there are two worlds, the first without policy.

    The compiler knows their number: where the columns of the other world begin is not worked out again at each look.
    """
    assume_two_worlds(today, state, out)
    simulate_blocks(standing, today, state, tally, block, out, span)


def compiled_day(n_worlds: int) -> Callable:
    """Return the compiled day for a number of worlds: `run_day`, or the faster `run_day_two_scenarios`."""
    return run_day_two_scenarios if n_worlds == 2 else run_day
