"""The day over columns: every person, every purchase, all worlds at once.

Persons live in blocks. What a block buys without policy is drawn in stages and posted once (`sim.engine.crowd_block`);
only people who hold an active card in some world are then looked at one by one, and a world posts only what it
changes. The day reads one copy of the state and writes another, so a day on which a budget turns out to be exhausted
is run again from the same start.
"""

import numpy as np

from sim import draws
from sim.behavior.household import moves_in_time, second_round_krw
from sim.behavior.place import can_move, surely_stays
from sim.compiled import compiled
from sim.engine.columns import (
    ACTIVE,
    OPEN,
    PERSON_CASHBACK,
    SECOND_ROUND,
    Block,
    Outcome,
    Standing,
    State,
    Tally,
    Today,
)
from sim.engine.crowd_block import (
    choose_places,
    choose_shops,
    count_purchases,
    draw_purchases,
    list_purchases,
    post_common,
    wake,
)
from sim.engine.crowd_cards import change_cards
from sim.engine.crowd_classes import attribute, post
from sim.engine.crowd_place import best_rate_bp, first_to_ring, read_person, read_rates, response_of
from sim.engine.crowd_world import go_to, grant_held_krw, pay_by_card, pay_otherwise, stay
from sim.vocabulary import N_DISTRICTS

BLOCK = 512
"""Persons handled together; threads take blocks in turn."""

TODAY, MIRRORED, FROM_INCOME = 0, 1, 2
"""Kinds of purchases: of the day itself, of the day on the other side of an announced change, from second-round
income."""

_INCOME_PURCHASE = 100
"""Purchase number of the extra purchase out of second-round income."""


@compiled
def choose_in_world(
    standing: Standing, today: Today, state: State, out: Outcome, world: int, who: tuple, place: tuple
) -> None:
    """Settle place, shop and means of payment of a purchase in one world.

    `who` is (person, purchase, sector, bits of payment); `place` is (alternative, shop) without policy. What the
    purchase costs stands in `out`.
    """
    person, purchase, sector, bits = who
    home = np.int64(standing.home[person])
    response = response_of(home, place[0])
    own_speed = stay(standing, today, state, out, world, (person, response, bits, place, sector))
    fastest = standing.speed[response, best_rate_bp(today, out, world)]
    if world == 0 or state.card[world, person] != ACTIVE or fastest <= own_speed:
        return
    share = standing.small_share[home, sector]
    draws_of_times = draws.draw_for(purchase, draws.WINNING_TIME), draws.draw_for(purchase, draws.FIRST_CLOCK)
    if surely_stays(draws.unit(draws_of_times[0]), draws.unit(draws_of_times[1]), share, fastest, own_speed):
        return
    winning, wait = draws.exponential(draws_of_times[0]), draws.exponential(draws_of_times[1]) / share
    if not can_move(winning, wait, fastest, own_speed):
        return
    taste = (response, standing.affinity[person], bits)
    times = (winning, wait, winning / own_speed)
    choice = first_to_ring(standing, today, out, world, (purchase, home, sector, taste), times)
    if choice >= 0:
        go_to(standing, today, out, world, choice, sector, draws.draw_for(purchase, draws.NEW_SHOP))


@compiled
def choose(
    standing: Standing, today: Today, state: State, block: Block, out: Outcome, person: int, what: tuple
) -> None:
    """Settle place, shop and means of payment in every world. `what` is (row, kind).

    Where tastes are not frozen, every world after the first draws the purchase's place and tastes anew, with a
    key of its own, in the last row of the block.
    """
    row, kind = what
    sector, purchase, at = np.int64(block.sector[row]), block.purchase[row], row
    for world in range(state.card.shape[0]):
        out.amount_krw[world] = block.amount_krw[row]
        if kind == FROM_INCOME:
            out.amount_krw[world] = income_krw(standing, today, world, person)
        if world > 0 and standing.frozen_tastes[0] == 0:
            purchase = draws.mix(purchase)
            at = len(block.who) - 1
            block.who[at], block.purchase[at], block.sector[at] = block.who[row], purchase, block.sector[row]
            n_inside = choose_places(standing, block, person - np.int64(block.who[row]), at, at + 1)
            choose_shops(standing, block, n_inside)
        place = (np.int64(block.place[at]), np.int64(block.shop[at]))
        who = (person, purchase, sector, block.payment[row])
        choose_in_world(standing, today, state, out, world, who, place)


@compiled
def drop_moved(today: Today, state: State, out: Outcome, person: int, purchase: np.uint64, when: tuple) -> None:
    """Take the purchase out of the worlds that make it on another day. `when` is (sector, kind)."""
    sector, kind = when
    bits = draws.draw_for(purchase, draws.SHIFT)
    for world in range(state.card.shape[0]):
        moved = state.shifts[world, person] == 1 and moves_in_time(bits, today.shift_cut[world, sector])
        comes, leaves = today.shift_to[world] == 1 and moved, today.shift_from[world] == 1 and moved
        if (kind == MIRRORED and not comes) or (kind == TODAY and leaves):
            out.destination[world], out.shop[world], out.covered[world] = -1, -1, 0


@compiled
def income_krw(standing: Standing, today: Today, world: int, person: int) -> int:
    """Return what a person spends of last month's gain in local income in a world, won."""
    gain_ppm = today.second_round_ppm[world, standing.home[person]]
    return second_round_krw(standing.monthly_krw[standing.level[person]], gain_ppm)


@compiled
def place_loss(block: Block, out: Outcome, world: int, row: int) -> None:
    """A loss of income is a purchase less, made where the purchase would go without policy."""
    if out.amount_krw[world] <= 0:
        out.destination[world], out.shop[world] = np.int64(block.place[row]), np.int64(block.shop[row])
        out.covered[world] = 0


@compiled
def count_income(tally: Tally, out: Outcome, world: int, sector: int) -> None:
    """Count a purchase out of second-round income: it has no twin, so all of it is new where it is paid by card."""
    if out.covered[world] == 1:
        out.new_krw[world] = out.paid_krw[world]
    tally.second_round[world, sector, out.destination[world]] += out.paid_krw[world]
    tally.totals[world, SECOND_ROUND] += out.paid_krw[world]


@compiled
def settle(
    standing: Standing, today: Today, state: State, tally: Tally, block: Block, out: Outcome, person: int, what: tuple
) -> None:
    """Pay in every world, class the card payments of every pair, post the differences. `what` is (row, kind)."""
    row, kind = what
    sector, bits = np.int64(block.sector[row]), draws.lower_half(block.payment[row])
    common = np.int64(block.place[row]) if kind == TODAY else np.int64(-1)
    for world in range(state.card.shape[0]):
        if kind == FROM_INCOME:
            place_loss(block, out, world, row)
        if out.covered[world] == 1:
            pay_by_card(standing, today, state, tally, out, world, person, (sector, bits))
        else:
            pay_otherwise(out, world)
        if kind == FROM_INCOME:
            count_income(tally, out, world, sector)
        without = (common, np.int64(block.shop[row]), out.amount_krw[world])
        post(standing, tally, out, world, without, (person, sector))
    for pair in range(today.pairs.shape[0]):
        baseline, policy = today.pairs[pair]
        attribute(tally, out, pair, baseline, policy, (standing.home[person], sector))


@compiled
def buy(
    standing: Standing, today: Today, state: State, tally: Tally, block: Block, out: Outcome, person: int, what: tuple
) -> None:
    """Make one purchase in every world. `what` is (row, kind)."""
    row, kind = what
    choose(standing, today, state, block, out, person, what)
    if today.number[1] != 0 and kind != FROM_INCOME:
        drop_moved(today, state, out, person, block.purchase[row], (np.int64(block.sector[row]), kind))
    settle(standing, today, state, tally, block, out, person, what)


@compiled
def list_mirrored(standing: Standing, today: Today, block: Block, person: int, where: tuple) -> int:
    """List the purchases of the day on the other side of an announced change and return the next free row.

    `where` is (row of the person, first free row of purchases).
    """
    i, end = where
    first = end
    key = draws.day_key(standing.seed[0], person, today.number[1])
    half, cuts = draws.high_half(draws.draw_for(key, draws.DAY)), today.count_cuts[1, standing.level[person]]
    while half >= cuts[end - first]:
        block.who[end], block.purchase[end] = i, draws.purchase_key(key, end - first)
        end += 1
    return end


@compiled
def list_more(standing: Standing, today: Today, block: Block, person: int, where: tuple) -> int:
    """List and draw what a person may buy beside the day's own purchases, and return the next free row.

    First what can be moved here from the other side of an announced change, last the purchase from second-round
    income. `where` is (row of the person, first free row of purchases).
    """
    i, first = where
    end = list_mirrored(standing, today, block, person, where) if today.number[1] != 0 else first
    if has_income(standing, today, person):
        block.who[end], block.purchase[end] = i, draws.purchase_key(block.key[i], _INCOME_PURCHASE)
        end += 1
    if end > first:
        draw_purchases(standing, block, person - i, first, end)
        for row in range(first, end):
            block.payment[row] = draws.draw_for(block.purchase[row], draws.PAYMENT)
    return end


@compiled
def open_person(standing: Standing, today: Today, before: State, after: State, out: Outcome, person: int) -> None:
    """Copy how a person stands into the new day and read the rates on the next won in every world."""
    after.touched[person] = 1
    for world in range(1, before.card.shape[0]):
        after.card[world, person] = before.card[world, person]
        after.month_to_date_krw[world, person] = before.month_to_date_krw[world, person]
        after.balance_krw[world, person] = before.balance_krw[world, person]
        if before.grant_krw.shape[1] > 0:
            after.grant_krw[world, person] = before.grant_krw[world, person]
        read_person(standing, today, out, world, person)
        read_rates(standing, today, after, out, world, person)
        out.earned_krw[world], out.saved_krw[world] = 0, 0


@compiled
def close_person(standing: Standing, state: State, tally: Tally, out: Outcome, person: int) -> None:
    """Credit the day's cashback, and count it with what was taken off at the till."""
    for world in range(1, state.card.shape[0]):
        earned, saved = out.earned_krw[world], out.saved_krw[world]
        if earned + saved > 0:
            state.balance_krw[world, person] += earned
            home, age, level = standing.home[person], standing.age[person], standing.level[person]
            tally.persons[world, home, age, level, PERSON_CASHBACK] += earned + saved


@compiled
def copy_behind(before: State, after: State, block: Block, person: int, n: int) -> None:
    """Bring the new day's copy of the state up to date.

    Money that changed yesterday stands in one copy only; everybody else's is the same in both.
    """
    n_behind = np.uint64(0)
    for i in range(n):
        block.listed[n_behind] = i
        n_behind += np.uint64(before.touched[person + i])
    for i in range(n):
        after.touched[person + i] = 0
    for k in range(np.int64(n_behind)):
        who = person + np.int64(block.listed[k])
        for world in range(1, before.card.shape[0]):
            after.month_to_date_krw[world, who] = before.month_to_date_krw[world, who]
            after.balance_krw[world, who] = before.balance_krw[world, who]
            if before.grant_krw.shape[1] > 0:
                after.grant_krw[world, who] = before.grant_krw[world, who]


@compiled
def has_income(standing: Standing, today: Today, person: int) -> bool:
    """Return whether the person spends second-round income today in some world."""
    home = standing.home[person]
    if home >= N_DISTRICTS or today.number[2] != np.int64(standing.income_day[person]):
        return False
    return today.second_round_ppm[:, home].any()


@compiled
def list_affected(standing: Standing, today: Today, before: State, block: Block, person: int, n: int) -> int:
    """List the persons whom some policy can affect today and return how many.

    They hold an active card in some world, or move purchases in time, and buy something today; or it is their day to
    spend second-round income.
    """
    window = today.number[1] != 0
    for i in range(n):
        block.holds[i] = 0
    for world in range(1, before.card.shape[0]):
        for i in range(n):
            block.holds[i] |= np.uint8(before.card[world, person + i] == ACTIVE)
        if window:
            for i in range(n):
                block.holds[i] |= before.shifts[world, person + i]
    if not window:
        for i in range(n):
            block.holds[i] &= np.uint8(block.n[i] > 0)
    if today.second_round_ppm.any():
        for i in range(n):
            block.holds[i] |= np.uint8(has_income(standing, today, person + i))
    n_affected = np.uint64(0)
    for i in range(n):
        block.listed[n_affected] = i
        n_affected += np.uint64(block.holds[i])
    return np.int64(n_affected)


@compiled
def draw_payments(standing: Standing, today: Today, before: State, block: Block, person: int, n_affected: int) -> None:
    """Draw how the listed persons pay, and list the purchases that the highest rate of the day could have them pay
    with the card in some world: those of the person in place k of the list begin at `first_candidate[k]`."""
    n_candidates, has_grants = 0, before.grant_krw.shape[1] > 0
    for k in range(n_affected):
        i = np.int64(block.listed[k])
        most = np.uint64(0)
        for world in range(1, before.card.shape[0]):
            if before.card[world, person + i] == ACTIVE or before.shifts[world, person + i] == 1:
                most = max(most, today.highest_usage_cut[world, standing.affinity[person + i]])
                if has_grants and grant_held_krw(today.grant[world, OPEN], before.grant_krw, world, person + i) > 0:
                    most = max(most, standing.grant_cut[0])
        block.first_candidate[k] = n_candidates
        for row in range(np.int64(block.first[i]), np.int64(block.first[i + 1])):
            bits = draws.draw_for(block.purchase[row], draws.PAYMENT)
            block.payment[row], block.candidate[n_candidates] = bits, row
            n_candidates += np.int64(draws.high_half(bits) < most)
    block.first_candidate[n_affected] = n_candidates


@compiled
def live_one(
    standing: Standing, today: Today, states: tuple, tally: Tally, block: Block, out: Outcome, person: int, where: tuple
) -> None:
    """What a person of the list buys, in every world; then the day's cashback is credited.

    `states` is (before, after), `where` is (place in the list, first free row of purchases).
    """
    k, free = where
    i, first = np.int64(block.listed[k]), np.int64(block.first_candidate[k])
    who, own = person + i, np.int64(block.first_candidate[k + 1]) - first
    end = list_more(standing, today, block, who, (i, free))
    if own == 0 and end == free:
        return
    open_person(standing, today, states[0], states[1], out, who)
    from_income = end - 1 if has_income(standing, today, who) else -1
    for purchase in range(own + end - free):
        row, kind = free + purchase - own, MIRRORED
        if purchase < own:
            row, kind = np.int64(block.candidate[first + purchase]), TODAY
        elif row == from_income:
            kind = FROM_INCOME
        buy(standing, today, states[1], tally, block, out, who, (row, kind))
    close_person(standing, states[1], tally, out, who)


@compiled
def live_block(
    standing: Standing, today: Today, before: State, after: State, tally: Tally, block: Block, out: Outcome, span: tuple
) -> None:
    """The day of the persons of a block. `span` is (first person, number of persons)."""
    person, n = span
    wake(standing, today, block, person, n)
    count_purchases(standing, today, block, person, n)
    rows = list_purchases(block, n)
    n_inside = draw_purchases(standing, block, person, 0, rows)
    post_common(standing, tally, block, person, rows, n_inside)
    copy_behind(before, after, block, person, n)
    n_affected = list_affected(standing, today, before, block, person, n)
    draw_payments(standing, today, before, block, person, n_affected)
    for k in range(n_affected):
        live_one(standing, today, (before, after), tally, block, out, person, (k, rows))
    change_cards(standing, today, before, after, tally, block, person, n)


@compiled
def live(
    standing: Standing, today: Today, before: State, after: State, tally: Tally, block: Block, out: Outcome, turn: tuple
) -> None:
    """The day of every person whose block falls to this thread. `turn` is (thread, number of threads)."""
    thread, n_threads = turn
    n, size = len(standing.home), len(block.key)
    for first in range(thread * size, n, n_threads * size):
        live_block(standing, today, before, after, tally, block, out, (first, min(size, n - first)))
