"""What each stage of the crowd's day costs: the day is run up to every stage in turn, and differences are taken.

First the model's copy of the state, then the stages of `eum.engine.compiled.day.live_block` in its order; a test holds
the whole of them against `live`.
"""

import time

import numpy as np

from eum.engine.checkpoint import copy_persons
from eum.engine.compiled.adoption import change_cards
from eum.engine.compiled.baseline_purchases import (
    choose_places,
    choose_shops,
    count_purchases,
    draw_day_keys,
    fill_baskets,
    list_purchases,
    post_common,
)
from eum.engine.compiled.classification import post_sales
from eum.engine.compiled.day import simulate_one
from eum.engine.compiled.screening import list_affected, list_buyers, list_candidates, list_more
from eum.engine.compiled.shape_hints import assume_sizes, assume_two_worlds
from eum.engine.state import BlockScratch, DayInputs, PurchaseScratch, State, StaticInputs, Tally
from eum.jit import compiled
from tests.benchmarks.cases import POLICY, YEAR, Morning, empty_evening, morning
from tests.benchmarks.peers_part import BOTH, purchases_made
from tests.benchmarks.timing import Figure, Say, figure, in_fresh_process

STAGES = (
    "copy",
    "wake",
    "count",
    "list",
    "baskets",
    "places",
    "shops",
    "post",
    "affected",
    "candidates",
    "worlds",
    "cards",
)

_DAYS_BEFORE = 199
"""Days of the year lived before the one that is timed, 18 July: by then shops have become Plus shops, people hold
cashback, and second-round income is spent."""


@compiled
def buy_without_policy(
    standing: StaticInputs, today: DayInputs, tally: Tally, block: BlockScratch, person: int, n: int, last: int
) -> int:
    """Run the stages up to `last` that know of no policy and return the number of rows."""
    draw_day_keys(standing, today, block, person, n)
    if last < 2:
        return 0
    count_purchases(standing, today, block, person, n)
    if last < 3:
        return 0
    rows = list_purchases(standing, block, person, n)
    if last >= 4:
        fill_baskets(standing, block, 0, rows)
    if last >= 5:
        n_inside = choose_places(standing, block, 0, rows)
        if last >= 6:
            choose_shops(standing, block, 0, rows, n_inside)
        if last >= 7:
            post_common(tally, block, rows, n_inside)
    return rows


@compiled
def live_block_until(
    standing: StaticInputs,
    today: DayInputs,
    state: State,
    tally: Tally,
    block: BlockScratch,
    out: PurchaseScratch,
    span: tuple,
    last: int,
) -> None:
    """Run the stages of a block up to `last`. `span` is (first person, persons)."""
    person, n = span
    rows = buy_without_policy(standing, today, tally, block, person, n, last)
    if last >= 8:
        n_affected = list_affected(standing, today, state, block, person, n)
        if last >= 9:
            list_candidates(standing, today, state, block, span, n_affected, rows)
            list_more(standing, today, block, span, n_affected, rows)
        if last >= 10:
            for k in range(list_buyers(block, n_affected)):
                simulate_one(standing, today, state, tally, block, out, person, np.int64(block.listed[k]))
            post_sales(tally, out)
    if last >= 11:
        change_cards(standing, today, state, tally, block, person, n)


@compiled
def live_until(
    standing: StaticInputs,
    today: DayInputs,
    state: State,
    tally: Tally,
    block: BlockScratch,
    out: PurchaseScratch,
    last: int,
) -> None:
    """Run the day of everybody up to a stage, in one thread."""
    assume_sizes(standing, today, tally, out)
    n, size = len(standing.home), len(block.key)
    for first in range(0, n, size):
        live_block_until(standing, today, state, tally, block, out, (first, min(size, n - first)), last)


@compiled
def live_in_two_until(
    standing: StaticInputs,
    today: DayInputs,
    state: State,
    tally: Tally,
    block: BlockScratch,
    out: PurchaseScratch,
    last: int,
) -> None:
    """The same in two worlds, as `eum.engine.compiled.day.run_day_two_scenarios` is compiled."""
    assume_two_worlds(today, state, out)
    live_until(standing, today, state, tally, block, out, last)


def run_until(there: Morning, evening: tuple[State, Tally], last: int) -> None:
    """Run a morning's day up to a stage by number."""
    model, (state, tally) = there.model, evening
    copy_persons(model.state, state, (0, model.city.n_persons))
    if last == 0:
        return
    block, out = model._scratch[0]
    until = live_in_two_until if there.n_worlds == 2 else live_until
    until(model.standing, there.today, state, tally, block, out, last)


def time_stages(scale: float, repeats: int, say: Say) -> list[Figure]:
    """Return nanoseconds per purchase of each stage, of a day without and with a policy."""
    say(f"making the city and {_DAYS_BEFORE} days before")
    there = morning(scale, ("none", POLICY), _DAYS_BEFORE, period=YEAR)
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
