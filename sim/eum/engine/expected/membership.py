"""The evening in expectation: who orders the card, pays for the first time, lays it aside or takes it up again."""

import numpy as np

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
def mean_of(first: float, first_n: float, second: float, second_n: float) -> float:
    """Return the mean of two groups; that of the first where there is nobody."""
    both = first_n + second_n
    return (first * first_n + second * second_n) / both if both > 0.0 else first


@compiled_part
def order_cards(world: EngineState, where: tuple, joins: float) -> tuple:
    """Let `joins` people of a home and level join. Return (persons who pay for the first time, the rate they remember
    as a share of one).

    Where cards are in use at once they are those who join.
    """
    home, level = where
    cards, felt = world.cards, world.rules.felt_percent[home] / 100.0
    if world.people.parameters.first_use_days <= 0.0:
        return joins, felt
    before, remembered = cards.ordered[home, level], cards.remembered[home, level]
    uses = world.desk.cuts[ORDERED, home] / _WHOLE * before
    left = before - uses
    cards.ordered[home, level] = left + joins
    cards.remembered[home, level] = mean_of(remembered, left, felt, joins)
    return uses, remembered


@compiled_part
def move_persons(world: EngineState, where: tuple) -> None:
    """Let people of a home and level join, first pay, stop and return; write what that means to cells into the desk."""
    home, level = where
    cards, cuts, moves = world.cards, world.desk.cuts, world.desk.moves
    comes = cuts[NO_CARD, home] / _WHOLE * cards.waiting[home, level]
    others = max(cards.none[home, level] - cards.waiting[home, level] - cards.closed[home, level], 0.0)
    late = cuts[LATE, home] / _WHOLE * others
    joins = comes + late
    begins, remembered = order_cards(world, where, joins)
    stops = cuts[ACTIVE, home] / _WHOLE * cards.active[home, level]
    returns = cuts[DORMANT, home] / _WHOLE * cards.dormant[home, level]
    stay, keep = cards.active[home, level] - stops, cards.dormant[home, level] - returns
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
    write_hazard_cuts(people.parameters, rates, desk.cuts)
    for home in range(cards.active.shape[0]):
        for level in range(cards.active.shape[1]):
            move_persons(world, (home, level))
    p = people.parameters
    remixed_membership(world.month, cards.aside, people.home, desk.moves, remembers_rates(p), p.charge_days > 0.0)
