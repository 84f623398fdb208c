"""What each stage of the crowd's day costs: the day is run up to every stage in turn, and differences are taken.

The stages are those of `sim.engine.crowd.live_block`, in its order; a test holds the whole of them against `live`.
"""

import time

import numpy as np

from sim.compiled import compiled
from sim.engine.columns import Block, Outcome, Standing, State, Tally, Today
from sim.engine.crowd import live_one
from sim.engine.crowd_block import (
    choose_places,
    choose_shops,
    count_purchases,
    fill_baskets,
    list_purchases,
    post_common,
    wake,
)
from sim.engine.crowd_cards import change_cards
from sim.engine.crowd_classes import post_sales
from sim.engine.crowd_people import copy_behind, list_affected, list_buyers, list_candidates, list_more
from sim.engine.crowd_sizes import assume_sizes, assume_two_worlds
from tests.benchmarks.cases import POLICY, Morning, empty_evening, morning
from tests.benchmarks.peers_part import BOTH, purchases_made
from tests.benchmarks.timing import Figure, Say, figure, in_fresh_process

STAGES = (
    "wake",
    "count",
    "list",
    "baskets",
    "places",
    "shops",
    "post",
    "behind",
    "affected",
    "candidates",
    "worlds",
    "cards",
)


@compiled
def buy_without_policy(
    standing: Standing, today: Today, tally: Tally, block: Block, person: int, n: int, last: int
) -> int:
    """Run the stages up to `last` that know of no policy and return the number of rows."""
    wake(standing, today, block, person, n)
    if last < 1:
        return 0
    count_purchases(standing, today, block, person, n)
    if last < 2:
        return 0
    rows = list_purchases(standing, block, person, n)
    if last >= 3:
        fill_baskets(standing, block, 0, rows)
    if last >= 4:
        n_inside = choose_places(standing, block, 0, rows)
        if last >= 5:
            choose_shops(standing, block, 0, rows, n_inside)
        if last >= 6:
            post_common(tally, block, rows, n_inside)
    return rows


@compiled
def live_block_until(
    standing: Standing, today: Today, states: tuple, tally: Tally, block: Block, out: Outcome, span: tuple, last: int
) -> None:
    """Run the stages of a block up to `last`. `states` is (before, after), `span` (first person, persons)."""
    before, after = states
    person, n = span
    rows = buy_without_policy(standing, today, tally, block, person, n, last)
    if last >= 7:
        copy_behind(before, after, block, person, n)
    if last >= 8:
        n_affected = list_affected(standing, today, before, block, person, n)
        if last >= 9:
            list_candidates(standing, today, before, block, span, n_affected, rows)
            list_more(standing, today, block, span, n_affected, rows)
        if last >= 10:
            for k in range(list_buyers(block, n_affected)):
                live_one(standing, today, states, tally, block, out, person, np.int64(block.listed[k]))
            post_sales(tally, out)
    if last >= 11:
        change_cards(standing, today, before, after, tally, block, person, n)


@compiled
def live_until(
    standing: Standing, today: Today, states: tuple, tally: Tally, block: Block, out: Outcome, last: int
) -> None:
    """Run the day of everybody up to a stage, in one thread."""
    assume_sizes(standing, today, tally, out)
    n, size = len(standing.home), len(block.key)
    for first in range(0, n, size):
        live_block_until(standing, today, states, tally, block, out, (first, min(size, n - first)), last)


@compiled
def live_in_two_until(
    standing: Standing, today: Today, states: tuple, tally: Tally, block: Block, out: Outcome, last: int
) -> None:
    """The same in two worlds, as `sim.engine.crowd.live_in_two` is compiled."""
    assume_two_worlds(today, states[0], states[1])
    live_until(standing, today, states, tally, block, out, last)


def run_until(there: Morning, evening: tuple[State, Tally], last: int) -> None:
    """Run a morning's day up to a stage by number."""
    model, (after, tally) = there.model, evening
    block, out = model._scratch[0]
    until = live_in_two_until if there.n_worlds == 2 else live_until
    until(model.standing, there.today, (model.state, after), tally, block, out, last)


def time_stages(scale: float, repeats: int, say: Say) -> list[Figure]:
    """Return nanoseconds per purchase of each stage, of a day without and with a policy."""
    say("making the city and six days before")
    there = morning(scale, ("none", POLICY), 6)
    evening, n = empty_evening(there), purchases_made(there)
    ends: list[list[float]] = [[] for _ in STAGES]
    for turn in range(repeats + 1):
        say(f"stages, {'first time' if turn == 0 else f'{turn} of {repeats}'}")
        for last in range(len(STAGES)):
            start = time.perf_counter()
            run_until(there, evening, last)
            if turn > 0:
                ends[last].append((time.perf_counter() - start) / n * 1e9)
    costs = [[end - before for end, before in zip(ends[i], ends[i - 1], strict=True)] for i in range(1, len(STAGES))]
    figures = [
        figure(name, BOTH, "ns per purchase", each) for name, each in zip(STAGES, [ends[0], *costs], strict=True)
    ]
    note = f"{n} purchases; stages are differences of days cut short: their medians do not add up exactly"
    return [*figures, figure("all stages", BOTH, "ns per purchase", ends[-1], note)]


def stages_figures(scale: float, repeats: int, say: Say) -> list[Figure]:
    """Measure the stages in a process of their own."""
    return in_fresh_process(time_stages, say, scale=scale, repeats=repeats)
