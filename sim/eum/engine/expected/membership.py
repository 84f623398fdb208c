"""The evening in expectation: who orders the card, pays for the first time, lays it aside or takes it up again."""

import math

import numpy as np

from eum.behavior.adoption import MOST_LOSS_PERCENT, daily_share
from eum.engine.expected.adoption import IN_USE, LAID_ASIDE, ON_ORDER, OTHERS, WAITING
from eum.engine.expected.state import Cards, EngineState
from eum.engine.expected.wallets import remembers_rates, remixed_membership
from eum.engine.lookup_tables import write_hazard_cuts
from eum.engine.state import ACTIVE, DORMANT, LATE, NO_CARD, ORDERED
from eum.jit import compiled, compiled_part

_WHOLE = 4294967296.0


@compiled_part
def count_members(cards: Cards, n: np.ndarray, holders: np.ndarray) -> tuple:
    """Write the share of members by home into `holders`; return persons who are members, and who are active."""
    members, active = 0.0, 0.0
    for home in range(len(n)):
        here = 0.0
        for level in range(cards.active.shape[1]):
            here += cards.active[home, level] + cards.dormant[home, level] + cards.ordered[home, level]
            active += cards.active[home, level]
        holders[home] = here / max(n[home], 1.0)
        members += here
    return members, active


@compiled_part
def lose_patience(world: EngineState, day: int) -> None:
    """Write the mean of `eum.behavior.adoption.lapse_effect` over the active holders of a home and level into the desk.

    The rate remembered is a cell's mean, so the spread within it is left out; turns are a column of their own.
    """
    people, desk, response = world.people, world.desk, world.people.parameters.lapse_loss_response
    for home in range(desk.leaving.shape[0]):
        for level in range(desk.leaving.shape[1]):
            desk.leaving[home, level] = 0.0
    for g in range(len(people.home)):
        home, share = people.home[g], world.plan.group_share[day, g]
        for a in range(len(people.affinity_share)):
            for level in range(desk.leaving.shape[1]):
                loss = 100.0 * world.month.remembered[g, a, level] - world.rules.felt_percent[home]
                effect = math.exp(response * min(max(loss, 0.0), MOST_LOSS_PERCENT))
                desk.leaving[home, level] += share * people.affinity_share[a] * effect
    for home in range(desk.leaving.shape[0]):
        for level in range(desk.leaving.shape[1]):
            desk.leaving[home, level] *= world.cards.lateness[IN_USE, home, level]


@compiled_part
def mean_of(first: float, first_n: float, second: float, second_n: float) -> float:
    """Return the mean of two groups; that of the first where there is nobody."""
    both = first_n + second_n
    return (first * first_n + second * second_n) / both if both > 0.0 else first


@compiled_part
def order_cards(world: EngineState, where: tuple, comes: float, late: float) -> tuple:
    """Let people of a home and level join: `comes` who would, `late` others. Return (persons who pay for the first
    time, the rate they remember as a share of one, their mean lateness).

    Where cards are in use at once they are those who join.
    """
    home, level = where
    cards, felt = world.cards, world.rules.felt_percent[home] / 100.0
    joins = comes + late
    lateness = mean_of(cards.lateness[WAITING, home, level], comes, cards.lateness[OTHERS, home, level], late)
    if world.people.parameters.first_use_days <= 0.0:
        return joins, felt, lateness
    before, remembered = cards.ordered[home, level], cards.remembered[home, level]
    uses, waited = world.desk.cuts[ORDERED, home] / _WHOLE * before, cards.lateness[ON_ORDER, home, level]
    left = before - uses
    cards.ordered[home, level] = left + joins
    cards.remembered[home, level] = mean_of(remembered, left, felt, joins)
    cards.lateness[ON_ORDER, home, level] = mean_of(waited, left, lateness, joins)
    return uses, remembered, waited


@compiled_part
def mix_lateness(cards: Cards, where: tuple, active: tuple, dormant: tuple, lateness: float) -> None:
    """Mix the lateness of those who come and go: `active` is (stay, begin, return), `dormant` (keep, stop) in persons;
    `lateness` is that of those who begin."""
    home, level = where
    stay, begin, back = active
    in_use, aside = cards.lateness[IN_USE, home, level], cards.lateness[LAID_ASIDE, home, level]
    stayed = mean_of(in_use, stay, lateness, begin)
    cards.lateness[IN_USE, home, level] = mean_of(stayed, stay + begin, aside, back)
    cards.lateness[LAID_ASIDE, home, level] = mean_of(aside, dormant[0], in_use, dormant[1])


@compiled_part
def stopping_persons(world: EngineState, where: tuple) -> float:
    """Return the active holders of a home and level who lay the card aside this evening."""
    home, level = where
    p, active = world.people.parameters, world.cards.active[home, level]
    if p.lapse_loss_response == 0.0 and p.lapse_lateness == 0.0:
        return world.desk.cuts[ACTIVE, home] / _WHOLE * active
    return daily_share(world.desk.lapse[home] * world.desk.leaving[home, level]) * active


@compiled_part
def move_persons(world: EngineState, where: tuple) -> None:
    """Let people of a home and level join, first pay, stop and return; write what that means to cells into the desk."""
    home, level = where
    cards, cuts, moves = world.cards, world.desk.cuts, world.desk.moves
    comes = cuts[NO_CARD, home] / _WHOLE * cards.waiting[home, level]
    others = max(cards.none[home, level] - cards.waiting[home, level] - cards.closed[home, level], 0.0)
    late = cuts[LATE, home] / _WHOLE * others
    joins = comes + late
    begins, remembered, lateness = order_cards(world, where, comes, late)
    stops = stopping_persons(world, where)
    returns = cuts[DORMANT, home] / _WHOLE * cards.dormant[home, level]
    stay, keep = cards.active[home, level] - stops, cards.dormant[home, level] - returns
    mix_lateness(cards, where, (stay, begins, returns), (keep, stops), lateness)
    active, dormant = stay + begins + returns, keep + stops
    moves[0, home, level] = stay / active if active > 0.0 else 0.0
    moves[1, home, level] = returns / active if active > 0.0 else 0.0
    moves[2, home, level] = keep / dormant if dormant > 0.0 else 0.0
    moves[3, home, level] = stops / dormant if dormant > 0.0 else 0.0
    moves[4, home, level] = remembered
    cards.none[home, level] -= joins
    cards.waiting[home, level] -= comes
    cards.active[home, level], cards.dormant[home, level] = active, dormant


@compiled
def change_cards(world: EngineState, day: int) -> None:
    """Let people join, first pay, go dormant or return; who comes starts the month from nothing."""
    cards, desk, people = world.cards, world.desk, world.people
    rates = (world.rules.felt_percent, desk.holders, world.rules.potential, world.plan.attention[day])
    write_hazard_cuts(people.parameters, rates, desk.cuts, desk.lapse)
    if people.parameters.lapse_loss_response != 0.0 or people.parameters.lapse_lateness != 0.0:
        lose_patience(world, day)
    for home in range(cards.active.shape[0]):
        for level in range(cards.active.shape[1]):
            move_persons(world, (home, level))
    p = people.parameters
    remixed_membership(world.month, cards.aside, people.home, desk.moves, remembers_rates(p), p.charge_days > 0.0)
