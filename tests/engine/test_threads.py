"""No thread, no block and no order of work changes a won, and none is lost between threads."""

from collections.abc import Iterator
from itertools import count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eum.dimensions import PLUS
from eum.engine import model as model_module
from eum.engine.model import CityModel
from eum.engine.parallel import spans_of
from tests.engine.test_two_worlds import digest

WORLDS = ("none", "incheon-2020-actual", "gyeyang-2020-actual")


@pytest.mark.parametrize(
    ("threads", "block"), [(2, 512), (3, 512), (5, 512), (8, 512), (1, 1), (1, 97), (3, 64), (8, 16)]
)
def test_any_number_of_threads_and_any_block_gives_the_same_bits(
    gyeyang: CityModel, run, monkeypatch: pytest.MonkeyPatch, threads: int, block: int
) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(model_module, "BLOCK", block)
    assert digest(run(*WORLDS, threads=threads)) == digest(gyeyang)


@given(n_persons=st.integers(1, 10_000), n_threads=st.integers(1, 9), block=st.integers(1, 600))
def test_spans_hold_every_person_once_in_whole_blocks_and_grow_shorter(
    n_persons: int, n_threads: int, block: int
) -> None:
    spans = list(spans_of(n_persons, n_threads, block))
    firsts, ends = zip(*spans, strict=True)
    assert firsts == (0, *ends[:-1]) and ends[-1] == n_persons
    lengths = [end - first for first, end in spans]
    assert lengths == sorted(lengths, reverse=True) and all(n % block == 0 for n in lengths[:-1])
    assert len(spans) == 1 or n_threads > 1


def test_no_thread_has_a_large_part_left_when_the_others_are_done() -> None:
    *_, (first, end) = spans_of(3_000_000, 2, 512)
    assert end - first < 3_000_000 / 1000


class DealtOut:
    """Spans, as many for each thread: in a town the first thread may else have lived all before the last begins."""

    def __init__(self, n_persons: int, n_threads: int, block: int) -> None:
        self.spans, self.n_threads, self.thread = list(spans_of(n_persons, n_threads, block)), n_threads, count()

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(self.spans[next(self.thread) :: self.n_threads])


@pytest.fixture
def eight_threads(run, monkeypatch: pytest.MonkeyPatch) -> CityModel:  # type: ignore[no-untyped-def]
    """Return a finished run in which each of eight threads has lived people every day."""
    monkeypatch.setattr(model_module, "BLOCK", 16)
    monkeypatch.setattr(model_module, "spans_of", DealtOut)
    model: CityModel = run(*WORLDS, threads=8)
    return model


def test_what_each_of_eight_threads_simulated_is_counted(gyeyang: CityModel, eight_threads: CityModel) -> None:
    assert all(tally.common_spend.any() for tally in eight_threads._tallies) and len(eight_threads._tallies) == 7
    assert digest(eight_threads) == digest(gyeyang)


def test_not_one_update_is_lost_among_eight_threads(eight_threads: CityModel) -> None:
    """Every won is counted in tables that other code fills: one lost addition would leave two of them apart."""
    total = eight_threads.total
    inside = np.r_[0:20, PLUS : PLUS + 10]
    for world in range(len(WORLDS)):
        spend = total.common_spend + total.change_spend[world]
        assert spend[:, :, inside].sum() == total.common_sales.sum() + total.change_sales[world].sum()
        card = total.card_spend[world].sum()
        assert card == total.card_sales[world].sum() == total.persons[world, ..., 0].sum()
        assert total.totals[world, [0, 6]].sum() == card, "cashback used and money charged"
        assert total.persons[world, ..., 2].sum() == total.change_spend[world].sum()
    for pair, policy in enumerate((1, 2, 2)):
        assert total.classes[pair].sum() == total.card_spend[policy].sum() > 0
