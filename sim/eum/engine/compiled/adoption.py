"""The evening of the compiled day: who joins, pays for the first time, lays the card aside or takes it up again."""

import numpy as np

from eum.behavior.adoption import would_join, would_join_late
from eum.engine.compiled.payment import grant_held_krw
from eum.engine.state import (
    ACTIVE,
    DORMANT,
    HOLDERS,
    LATE,
    MEMBERS,
    NO_CARD,
    OPEN,
    ORDERED,
    BlockScratch,
    DayInputs,
    State,
    StaticInputs,
    Tally,
)
from eum.jit import compiled_part

_LOW = np.uint64(0xFFFFFFFF)


@compiled_part
def changes_card(
    standing: StaticInputs, today: DayInputs, state: State, world: int, person: int, bits: np.uint64
) -> bool:
    """Return whether a person's draw of the day lies below the chance to change from where the person stands.

    Nobody lays a card aside while grant money is on it.
    """
    card, home = state.card[world, person], standing.home[person]
    if card != NO_CARD:
        if bits >= today.card_cut[world, card, home]:
            return False
        return card != ACTIVE or grant_held_krw(today.grant[world, OPEN], state.grant_krw, world, person) == 0
    turn = standing.turn[person]
    if bits < today.card_cut[world, LATE, home] and would_join_late(turn, standing.parameters.late_limit_share):
        return True
    return bits < today.card_cut[world, NO_CARD, home] and would_join(turn, today.potential[world, home])


@compiled_part
def change_card(standing: StaticInputs, today: DayInputs, state: State, tally: Tally, world: int, person: int) -> None:
    """Take a person a step on: from no card to one ordered, or in use where nobody waits; from there into use; from use
    to dormancy and back. Who joins remembers the rate that was felt."""
    card, home, holders = state.card[world, person], standing.home[person], tally.holders[world]
    if card == ACTIVE:
        state.card[world, person] = DORMANT
        holders[HOLDERS, home] -= 1
        return
    if card == NO_CARD:
        state.remembered_ppm[world, person] = np.int32(today.felt_percent[world, home] * 10_000.0)
        holders[MEMBERS, home] += 1
        if standing.parameters.first_use_days > 0.0:
            state.card[world, person] = ORDERED
            return
    state.card[world, person] = ACTIVE
    holders[HOLDERS, home] += 1


@compiled_part
def change_cards(
    standing: StaticInputs, today: DayInputs, state: State, tally: Tally, block: BlockScratch, person: int, n: int
) -> None:
    """Let the persons of the block join, pay for the first time, go dormant or return at the end of the day, and count
    members. Few draws are below the highest chance of all: only those persons are looked at."""
    for world in range(1, state.card.shape[0]):
        n_called = np.uint64(0)
        for i in range(n):
            block.listed[n_called] = i
            n_called += np.uint64((block.bits[i] & _LOW) < today.most_card_cut[world])
        for k in range(np.int64(n_called)):
            i = np.int64(block.listed[k])
            if changes_card(standing, today, state, world, person + i, block.bits[i] & _LOW):
                change_card(standing, today, state, tally, world, person + i)
