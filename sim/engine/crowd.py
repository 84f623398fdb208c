"""The day over columns: every person, every purchase, all worlds at once.

A purchase without policy is drawn once and posted once (`common`); only people who hold an active card in some
world are looked at world by world, and a world posts only what it changes. The day reads one copy of the state
and writes another, so a day on which a budget turns out to be exhausted is run again from the same start.
"""

import numpy as np

from sim import draws
from sim.behavior.household import moves_in_time, second_round_krw
from sim.behavior.payment import pays_by_card
from sim.behavior.place import can_move
from sim.city.places import SEOUL
from sim.compiled import compiled
from sim.engine.columns import (
    ACTIVE,
    DORMANT,
    NO_CARD,
    PERSON_CASHBACK,
    SECOND_ROUND,
    Outcome,
    Standing,
    State,
    Tally,
    Today,
)
from sim.engine.crowd_classes import attribute, post
from sim.engine.crowd_place import (
    city_rate_bp,
    freeze_clocks,
    place_without_policy,
    response_of,
    shop_in_cell,
)
from sim.engine.crowd_world import first_to_ring, go_to, pay_by_card, pay_otherwise, stay
from sim.vocabulary import N_DISTRICTS, N_SECTORS

BLOCK = 512
"""Persons handled together; threads take blocks in turn."""

_INCOME_PURCHASE = 100
"""Purchase number of the extra purchase out of second-round income."""


@compiled
def smallest_above(cuts: np.ndarray, half: np.uint64) -> int:
    """Return the first index whose cumulative cut lies above the draw."""
    i = 0
    while half >= cuts[i]:
        i += 1
    return i


@compiled
def shop_without_policy(
    standing: Standing, person: int, key: np.uint64, purchase: int, alternative: int, sector: int
) -> int:
    """Return the shop without policy: the person's known shop of the cell or one drawn afresh; -1 outside the city."""
    if alternative >= SEOUL:
        return -1
    cell = alternative * N_SECTORS + sector
    if draws.high_half(draws.draw(key, purchase, draws.HABIT)) < standing.habit_cut[0]:
        lifetime = draws.day_key(standing.seed[0], person, draws.NO_DAY)
        return shop_in_cell(standing, cell, draws.draw(lifetime, cell, draws.SHOP))
    return shop_in_cell(standing, cell, draws.draw(key, purchase, draws.SHOP))


@compiled
def may_use_card(standing: Standing, today: Today, state: State, person: int, bits: np.uint64) -> bool:
    """Return whether the best rate on offer in any world could make the person take the card out."""
    for world in range(1, state.card.shape[0]):
        if state.card[world, person] == ACTIVE:
            rate = city_rate_bp(today, state, world, person) + today.most_extra_bp[world]
            if pays_by_card(bits, standing.usage_cut[standing.affinity[person], rate]):
                return True
    return False


@compiled
def tastes(standing: Standing, person: int, key: np.uint64, purchase: int, sector: int) -> tuple:
    """Return what a purchase would do without policy and how long its clocks have to go.

    (alternative, shop, response, time at which the winner rang, wait of the first other clock).
    """
    home = np.int64(standing.home[person])
    alternative = place_without_policy(standing, home, sector, draws.draw(key, purchase, draws.PLACE))
    shop = shop_without_policy(standing, person, key, purchase, alternative, sector)
    winning = draws.exponential(draws.draw(key, purchase, draws.WINNING_TIME))
    wait = draws.exponential(draws.draw(key, purchase, draws.FIRST_CLOCK)) / standing.small_share[home, sector]
    return alternative, shop, response_of(home, alternative), winning, wait


@compiled
def choose(
    standing: Standing, today: Today, state: State, out: Outcome, person: int, key: np.uint64, what: tuple
) -> None:
    """Settle place, shop and means of payment in every world. `what` is (purchase, sector, bits of payment)."""
    purchase, sector, bits = what
    home = np.int64(standing.home[person])
    alternative, shop, response, winning, wait = tastes(standing, person, key, purchase, sector)
    frozen = False
    for world in range(state.card.shape[0]):
        if world > 0 and standing.frozen_tastes[0] == 0:
            key = draws.mix(key)
            alternative, shop, response, winning, wait = tastes(standing, person, key, purchase, sector)
            frozen = False
        own_speed = stay(standing, today, state, out, world, (person, response, bits, alternative, shop))
        if world == 0 or state.card[world, person] != ACTIVE:
            continue
        best_rate = city_rate_bp(today, state, world, person) + today.most_extra_bp[world]
        if not can_move(winning, wait, standing.speed[response, best_rate], own_speed):
            continue
        if not frozen:
            freeze_clocks(standing, out, key, purchase, home, sector, wait)
            frozen = True
        who = (person, sector, response, bits, winning / own_speed)
        choice = first_to_ring(standing, today, state, out, world, who, winning)
        if choice >= 0:
            go_to(standing, today, out, world, choice, sector, draws.draw(key, purchase, draws.NEW_SHOP))


@compiled
def settle(
    standing: Standing,
    today: Today,
    state: State,
    tally: Tally,
    out: Outcome,
    person: int,
    what: tuple,
    amount: int,
) -> None:
    """Pay in every world, class the card payments of every pair, post the differences.

    `what` is (sector, destination of the common posting or -1, its shop, bits for the use of cashback).
    """
    sector, destination, shop, bits = what
    for world in range(state.card.shape[0]):
        if out.covered[world] == 1:
            pay_by_card(standing, today, state, tally, out, world, person, (amount, bits))
        else:
            pay_otherwise(out, world, amount if out.destination[world] >= 0 else 0)
        post(standing, tally, out, world, (destination, shop, amount), (person, sector))
    for pair in range(today.pairs.shape[0]):
        baseline, policy = today.pairs[pair]
        attribute(tally, out, pair, baseline, policy, (standing.home[person], sector))


@compiled
def drop_moved(today: Today, state: State, out: Outcome, person: int, key: np.uint64, when: tuple) -> None:
    """Take the purchase out of the worlds that make it on another day. `when` is (purchase, sector, mirrored)."""
    purchase, sector, mirrored = when
    bits = draws.draw(key, purchase, draws.SHIFT)
    for world in range(state.card.shape[0]):
        moved = state.shifts[world, person] == 1 and moves_in_time(bits, today.shift_cut[world, sector])
        comes, leaves = today.shift_to[world] == 1 and moved, today.shift_from[world] == 1 and moved
        if (mirrored and not comes) or (not mirrored and leaves):
            out.destination[world], out.shop[world], out.covered[world] = -1, -1, 0


@compiled
def buy(
    standing: Standing,
    today: Today,
    state: State,
    tally: Tally,
    out: Outcome,
    person: int,
    key: np.uint64,
    when: tuple,
) -> None:
    """Make one purchase in every world. `when` is (purchase, mirrored, whether the person has a card)."""
    purchase, mirrored, has_card = when
    home = np.int64(standing.home[person])
    sector = smallest_above(standing.sector_cuts, draws.high_half(draws.draw(key, purchase, draws.SECTOR)))
    size = draws.below(draws.draw(key, purchase, draws.AMOUNT), standing.amount_krw.shape[2])
    amount = np.int64(standing.amount_krw[sector, standing.level[person], size])
    alternative = place_without_policy(standing, home, sector, draws.draw(key, purchase, draws.PLACE))
    shop = shop_without_policy(standing, person, key, purchase, alternative, sector)
    if not mirrored:
        tally.common_spend[home, sector, alternative] += amount
        if shop >= 0:
            tally.common_sales[shop] += amount
    if not has_card:
        return
    window = today.number[1] != 0
    bits = draws.draw(key, purchase, draws.PAYMENT)
    if standing.frozen_tastes[0] == 1 and not window and not may_use_card(standing, today, state, person, bits):
        return
    choose(standing, today, state, out, person, key, (purchase, sector, bits))
    if window:
        drop_moved(today, state, out, person, key, (purchase, sector, mirrored))
    common = np.int64(-1) if mirrored else np.int64(alternative)
    use = draws.draw(key, purchase, draws.USE_CASHBACK)
    settle(standing, today, state, tally, out, person, (sector, common, shop, use), amount)


@compiled
def buy_from_income(
    standing: Standing, today: Today, state: State, tally: Tally, out: Outcome, person: int, key: np.uint64
) -> None:
    """Spend last month's gain in local income: one purchase with no twin (a loss is a purchase less)."""
    home = np.int64(standing.home[person])
    sector = smallest_above(standing.sector_cuts, draws.high_half(draws.draw(key, _INCOME_PURCHASE, draws.SECTOR)))
    alternative = place_without_policy(standing, home, sector, draws.draw(key, _INCOME_PURCHASE, draws.PLACE))
    shop = shop_without_policy(standing, person, key, _INCOME_PURCHASE, alternative, sector)
    bits = draws.draw(key, _INCOME_PURCHASE, draws.PAYMENT)
    choose(standing, today, state, out, person, key, (_INCOME_PURCHASE, sector, bits))
    use = draws.draw(key, _INCOME_PURCHASE, draws.USE_CASHBACK)
    for world in range(state.card.shape[0]):
        amount = second_round_krw(standing.monthly_krw[standing.level[person]], today.second_round_ppm[world, home])
        if amount <= 0:
            out.destination[world], out.covered[world], out.shop[world] = alternative, 0, shop
        if out.covered[world] == 1:
            pay_by_card(standing, today, state, tally, out, world, person, (amount, use))
            out.new_krw[world] = out.paid_krw[world]
        else:
            pay_otherwise(out, world, amount)
        tally.second_round[world, sector, out.destination[world]] += out.paid_krw[world]
        tally.totals[world, SECOND_ROUND] += out.paid_krw[world]
        post(standing, tally, out, world, (np.int64(-1), np.int64(-1), np.int64(0)), (person, sector))
    for pair in range(today.pairs.shape[0]):
        baseline, policy = today.pairs[pair]
        attribute(tally, out, pair, baseline, policy, (standing.home[person], sector))


@compiled
def change_card(today: Today, state: State, world: int, person: int, home: int, half: np.uint64) -> None:
    """Join, go dormant or return at the end of the day."""
    card = state.card[world, person]
    if card == NO_CARD:
        if half < today.join_cut[world, home]:
            state.card[world, person] = ACTIVE
    elif card == ACTIVE:
        if half < today.dormant_cut[world, home]:
            state.card[world, person] = DORMANT
    elif half < today.return_cut[world, home]:
        state.card[world, person] = ACTIVE


@compiled
def open_person(today: Today, before: State, after: State, out: Outcome, person: int) -> bool:
    """Copy a person's state into the new day and return whether any world sees an active card."""
    has_card = False
    for world in range(before.card.shape[0]):
        after.card[world, person] = before.card[world, person]
        month = before.month_to_date_krw[world, person]
        after.month_to_date_krw[world, person] = 0 if today.number[2] == 1 else month
        after.balance_krw[world, person] = before.balance_krw[world, person]
        after.shifts[world, person] = before.shifts[world, person]
        if today.shift_start[world] == 1:
            after.shifts[world, person] = 1 if before.card[world, person] == ACTIVE else 0
        out.earned_krw[world] = 0
        if before.card[world, person] == ACTIVE or after.shifts[world, person] == 1:
            has_card = True
    return has_card


@compiled
def close_person(
    standing: Standing, today: Today, state: State, tally: Tally, out: Outcome, person: int, key: np.uint64
) -> None:
    """Credit the day's cashback, let the person join or stop, and count members."""
    home = np.int64(standing.home[person])
    half = draws.high_half(draws.draw(key, 0, draws.JOIN))
    for world in range(1, state.card.shape[0]):
        earned = out.earned_krw[world]
        if earned > 0:
            state.balance_krw[world, person] += earned
            tally.persons[world, home, standing.age[person], standing.level[person], PERSON_CASHBACK] += earned
        change_card(today, state, world, person, home, half)
        if state.card[world, person] != NO_CARD:
            tally.holders[world, 0, home] += 1
            if state.card[world, person] == ACTIVE:
                tally.holders[world, 1, home] += 1


@compiled
def live_one(
    standing: Standing, today: Today, before: State, after: State, tally: Tally, out: Outcome, person: int
) -> None:
    """One person's day in every world."""
    has_card = open_person(today, before, after, out, person)
    level = standing.level[person]
    key = draws.day_key(standing.seed[0], person, today.number[0])
    n = smallest_above(today.count_cuts[0, level], draws.high_half(draws.draw(key, 0, draws.COUNT)))
    for purchase in range(n):
        buy(standing, today, after, tally, out, person, key, (purchase, False, has_card))
    if today.number[1] != 0 and has_card:
        mirror = draws.day_key(standing.seed[0], person, today.number[1])
        n = smallest_above(today.count_cuts[1, level], draws.high_half(draws.draw(mirror, 0, draws.COUNT)))
        for purchase in range(n):
            buy(standing, today, after, tally, out, person, mirror, (purchase, True, has_card))
    income_day = today.number[3] == np.int64(standing.income_day[person]) and standing.home[person] < N_DISTRICTS
    if income_day and today.second_round_ppm[:, standing.home[person]].any():
        buy_from_income(standing, today, after, tally, out, person, key)
    close_person(standing, today, after, tally, out, person, key)


@compiled
def live(
    standing: Standing, today: Today, before: State, after: State, tally: Tally, out: Outcome, turn: tuple
) -> None:
    """The day of every person whose block falls to this thread. `turn` is (thread, number of threads)."""
    thread, n_threads = turn
    n = len(standing.home)
    for block in range(thread, (n + BLOCK - 1) // BLOCK, n_threads):
        for person in range(block * BLOCK, min(n, (block + 1) * BLOCK)):
            live_one(standing, today, before, after, tally, out, person)
