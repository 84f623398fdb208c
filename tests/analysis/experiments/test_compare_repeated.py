"""A comparison is repeated over seeds until it is known as closely as wished, whoever does the work."""

import datetime
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eum.analysis.experiments.compare import COMPARISON_COLUMNS
from eum.analysis.experiments.compare_repeated import replicate_until_precise, wish_words
from eum.analysis.experiments.comparison_figures import EFFECT
from eum.analysis.experiments.run import RunConfig
from eum.intervals import mean_interval
from eum.runner import stopping_rule
from eum.runner.results_store import partial_folder, read_tables
from eum.runner.stopping_rule import PrecisionTarget, log_lines, log_of
from eum.runner.tasks import TaskRunner

POLICIES = ["incheon-2020-actual", "gyeyang-2020-actual"]
REQUEST = RunConfig(POLICIES, "causal", 0.001, 3, datetime.date(2020, 3, 16), datetime.date(2020, 3, 24))
WISH = PrecisionTarget(0.001, "net_city_sales", 7)


@pytest.fixture(scope="module", autouse=True)
def soon() -> Iterator[None]:
    """Look after five runs, and again after every four."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stopping_rule, "LEAST", 5)
        patch.setattr(stopping_rule, "BATCH", 4)
        yield


def ratios(folder: Path) -> pd.DataFrame:
    """Return the average ratio asked for, a row for each seed and a column for each policy."""
    rows = read_tables(folder)["figures"].query("measure == 'net_city_sales' and relative_to == 'none'")
    return rows[rows["group"] == EFFECT].pivot(index="run", columns="policy", values="value")


@pytest.fixture(scope="module")
def folder(soon: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the result of one worker; the wish is too narrow to be met."""
    folder = tmp_path_factory.mktemp("repeated") / "result"
    table = replicate_until_precise(REQUEST, WISH, folder, TaskRunner(partial_folder(folder)))
    assert tuple(table.columns) == COMPARISON_COLUMNS and (table["n_runs"] == 7).all()
    assert set(table["relative_to"]) == {"none", POLICIES[0]}
    assert "net_city_sales: not met" in wish_words(WISH, log_of(folder))
    return folder


def test_two_workers_decide_and_keep_the_same(folder: Path, tmp_path: Path) -> None:
    with TaskRunner(partial_folder(tmp_path / "two"), 2) as many:
        replicate_until_precise(REQUEST, WISH, tmp_path / "two", many)
    records = [json.loads((place / "run.json").read_text(encoding="utf-8")) for place in (folder, tmp_path / "two")]
    assert records[0] == records[1]


def test_the_log_is_about_the_difference_on_the_same_draws(folder: Path) -> None:
    net = ratios(folder)
    assert list(net.index) == list(range(3, 3 + 7)), "seeds in order from the one asked for"
    gaps = (net[POLICIES[1]] - net[POLICIES[0]]).to_numpy()
    log = read_tables(folder)["enough"]
    assert list(log["n"]) == [5, 7]
    for row in log.itertuples():
        assert row.estimate_won == pytest.approx(gaps[: row.n].mean())
        assert row.halfwidth_won == pytest.approx(mean_interval(gaps[: row.n]).half_width)
    alone = mean_interval(net[POLICIES[1]].to_numpy())
    assert mean_interval(gaps).half_width < alone.half_width, "shared draws make the difference closer"
    assert log_lines(folder)[0].startswith("5 runs, causal, gyeyang-2020-actual less incheon-2020-actual: net_city_")


def test_a_wide_wish_is_met_at_the_first_look_and_seeds_there_are_taken_up(folder: Path, tmp_path: Path) -> None:
    place, told = tmp_path / "wide", []
    many = TaskRunner(partial_folder(place), on_unit=lambda n_done, n: told.append((n_done, n)))
    wish = PrecisionTarget(1e6, "gross_use", 50)
    table = replicate_until_precise(REQUEST._replace(policies=POLICIES[:1]), wish, place, many)
    assert (table["n_runs"] == 5).all() and "gross_use: met" in wish_words(wish, log_of(place))
    assert told[0] == (0, 5) and told[-1] == (5, 5)
    assert list(read_tables(place)["enough"]["compared"]) == ["causal, incheon-2020-actual less none"]
    both, alone = (
        read_tables(p)["figures"].query("policy == @POLICIES[0] and relative_to == 'none' and run < 8")["value"]
        for p in (folder, place)
    )
    assert np.array_equal(both, alone, equal_nan=True), "a policy's figures do not depend on who stands beside it"
