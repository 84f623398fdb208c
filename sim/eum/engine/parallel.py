"""How threads share a day: they take spans of persons in turn."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

_SPANS_A_THREAD = 2
"""Spans into which the persons that are left would be cut for each thread; the next span is one of these."""
_LEAST_BLOCKS = 4
"""Blocks of the shortest spans: to begin a span costs about as much as to run one block."""


def spans_of(n_persons: int, n_threads: int, block: int) -> Iterator[tuple[int, int]]:
    """Return spans (first person, the one after the last) of whole blocks, for threads to take in turn.

    Long ones first, then shorter ones: a thread that the machine holds up takes fewer, and all end at about the same
    time. One thread takes everybody at once.
    """
    spans, first = [], 0
    while first < n_persons:
        n_blocks = -(-(n_persons - first) // block)
        if n_threads > 1:
            n_blocks = max(n_blocks // (_SPANS_A_THREAD * n_threads), _LEAST_BLOCKS)
        end = min(first + n_blocks * block, n_persons)
        spans.append((first, end))
        first = end
    # The interpreter gives an item of a list's iterator to one thread only.
    return iter(spans)


def in_threads(part: Callable[[int], None], n_threads: int) -> None:
    """Call `part` with the number of each thread, all at the same time, and wait for all of them."""
    if n_threads == 1:
        part(0)
        return
    with ThreadPoolExecutor(n_threads) as pool:
        for done in [pool.submit(part, thread) for thread in range(n_threads)]:
            done.result()
