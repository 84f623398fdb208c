"""A rule finds the box where a level is reached, says nowhere where it is not, and is judged in other worlds."""

import numpy as np
import pandas as pd
import pytest

from eum.analysis.sensitivity.design import saltelli
from eum.analysis.sensitivity.scenario_discovery import discover, holds, region_sentences, regions

LEVEL = 2.9


def samples(n: int = 512) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return two samples of three quantiles."""
    made = saltelli({name: [name] for name in ("x", "y", "z")}, n, 5)
    return tuple(pd.DataFrame(made.quantiles[:, row], columns=made.names) for row in (0, -1))  # type: ignore[return-value]


def ratio(values: pd.DataFrame) -> np.ndarray:
    """Return 4 where x is above 0.7 and z below 0.4, otherwise 1."""
    return np.where((values["x"] > 0.7) & (values["z"] < 0.4), 4.0, 1.0)


def test_a_known_box_is_found_and_reported() -> None:
    learn, judge = samples()
    found = discover((learn, judge), (ratio(learn), ratio(judge)), LEVEL)
    (box,) = found.boxes
    assert set(box) == {"x", "z"}
    assert box["x"][0] == pytest.approx(0.7, abs=0.02) and box["z"][1] == pytest.approx(0.4, abs=0.02)
    assert found.coverage > 0.9 and found.density > 0.9
    assert "x above 0.7" in region_sentences(found) and " and z up to 0." in region_sentences(found)
    assert (found.n_worlds, found.lowest, found.highest) == (1024, 1.0, 4.0)


def test_nowhere_and_everywhere_are_said_so() -> None:
    pair = samples(64)
    low, high = (tuple(np.full(len(values), level) for values in pair) for level in (1.5, 3.0))
    nowhere, everywhere = discover(pair, low, LEVEL), discover(pair, high, LEVEL)  # type: ignore[arg-type]
    assert region_sentences(nowhere) == "nowhere" and nowhere.n_reached == 0 and nowhere.highest == 1.5
    assert region_sentences(everywhere) == "everywhere" and everywhere.coverage == everywhere.density == 1.0


def test_the_level_itself_counts_as_reached() -> None:
    pair = samples(64)
    found = discover(pair, tuple(np.full(64, LEVEL) for _ in pair), LEVEL)  # type: ignore[arg-type]
    assert region_sentences(found) == "everywhere"


def test_single_worlds_make_no_region() -> None:
    pair = samples(256)
    rare = tuple(np.where(np.arange(len(values)) % 101 == 0, 4.0, 1.0) for values in pair)
    found = discover(pair, rare, LEVEL)  # type: ignore[arg-type]
    assert not found.boxes and "no region" in region_sentences(found) and found.n_reached == 6


def test_a_rule_of_chance_does_not_hold_in_the_other_sample() -> None:
    learn, judge = samples()
    found = discover((learn, judge), (ratio(learn), np.ones(len(judge))), LEVEL)
    assert found.density == 0.0 and np.isnan(found.coverage)


def test_regions_hold_what_lies_in_them() -> None:
    values = pd.DataFrame({"x": [0.1, 0.5, 0.9], "y": [1.0, 2.0, 3.0]})
    boxes = [{"x": (0.4, np.inf), "y": (-np.inf, 2.0)}, {"x": (-np.inf, 0.1)}]
    assert holds(boxes, values).tolist() == [True, True, False]
    assert holds([], values).tolist() == [False] * 3 and holds([{}], values).all()


def test_a_region_without_bounds_where_nearly_all_reach_it() -> None:
    learn, _ = samples(64)
    assert regions(learn, np.arange(64) > 0) == [{}]
