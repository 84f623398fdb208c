"""The evening of the compiled day: who joins, lays the card aside or takes it up again."""

import numpy as np

from eum.behavior.adoption import would_join
from eum.engine.compiled.payment import grant_held_krw
from eum.engine.state import ACTIVE, LATE, NO_CARD, OPEN, BlockScratch, DayInputs, State, StaticInputs, Tally
from eum.jit import compiled_part

_LOW = np.uint64(0xFFFFFFFF)


@compiled_part
def change_cards(
    standing: StaticInputs, today: DayInputs, state: State, tally: Tally, block: BlockScratch, person: int, n: int
) -> None:
    """Let the persons of the block join, go dormant or return at the end of the day, and count members.

    Few draws are below the highest chance of all: only those persons are looked at. Nobody lays a card aside while
    grant money is on it.
    """
    for world in range(1, state.card.shape[0]):
        cuts, holders, n_called = today.card_cut[world], tally.holders[world], np.uint64(0)
        for i in range(n):
            block.listed[n_called] = i
            n_called += np.uint64((block.bits[i] & _LOW) < today.most_card_cut[world])
        for k in range(np.int64(n_called)):
            i = np.int64(block.listed[k])
            card, home = state.card[world, person + i], standing.home[person + i]
            if (block.bits[i] & _LOW) >= cuts[card, home]:
                continue
            is_called = card != NO_CARD or (block.bits[i] & _LOW) < cuts[LATE, home]
            if not (is_called or would_join(standing.turn[person + i], today.potential[world, home])):
                continue
            if grant_held_krw(today.grant[world, OPEN], state.grant_krw, world, person + i) > 0:
                continue
            state.card[world, person + i] = 3 - card if card != NO_CARD else ACTIVE
            holders[0, home] += card == NO_CARD
            holders[1, home] += -1 if card == ACTIVE else 1
