"""A comparison is repeated over seeds until it is known as closely as wished, whoever does the work."""

import datetime
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sim.intervals import mean_interval
from sim.study import enough
from sim.study.enough import Wish, log_lines
from sim.study.many import Many
from sim.study.repeated import run_until
from sim.study.single import MEASURES, Request
from sim.study.store import partial_folder, read_tables

POLICIES = ["incheon-2020-actual", "gyeyang-2020-actual"]
REQUEST = Request(POLICIES, "causal", 0.001, 3, datetime.date(2020, 3, 16), datetime.date(2020, 3, 24))
WISH = Wish(0.001, "net_city_sales", 7)


@pytest.fixture(scope="module", autouse=True)
def soon() -> Iterator[None]:
    """Look after five runs, and again after every four."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(enough, "LEAST", 5)
        patch.setattr(enough, "BATCH", 4)
        yield


@pytest.fixture(scope="module")
def folder(soon: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the result of one worker; the wish is too narrow to be met."""
    folder = tmp_path_factory.mktemp("repeated") / "result"
    told = run_until(REQUEST, WISH, folder, Many(partial_folder(folder)))
    assert list(told.rows["measure"]) == list(MEASURES.values())
    assert list(told.rows.columns) == ["measure", *POLICIES, "gyeyang-2020-actual less incheon-2020-actual"]
    assert "7 seeds" in told.title and "net_city_sales: not met" in told.caption
    assert told.rows.iloc[:, 1:].map(lambda cell: " ± " in cell).all(axis=None)
    return folder


def test_two_workers_decide_and_keep_the_same(folder: Path, tmp_path: Path) -> None:
    with Many(partial_folder(tmp_path / "two"), 2) as many:
        run_until(REQUEST, WISH, tmp_path / "two", many)
    records = [json.loads((place / "run.json").read_text(encoding="utf-8")) for place in (folder, tmp_path / "two")]
    assert records[0] == records[1]


def test_the_log_is_about_the_difference_on_the_same_draws(folder: Path) -> None:
    tables = read_tables(folder)
    net = tables["ratios"].query("rung == 'net_city_sales'").pivot(index="seed", columns="policy", values="ratio")
    assert list(net.index) == list(range(3, 3 + 7)), "seeds in order from the one asked for"
    gaps = 100 * (net[POLICIES[1]] - net[POLICIES[0]]).to_numpy()
    log = tables["enough"]
    assert list(log["n"]) == [5, 7]
    for row in log.itertuples():
        assert row.estimate_won == pytest.approx(gaps[: row.n].mean())
        assert row.halfwidth_won == pytest.approx(mean_interval(gaps[: row.n]).half_width)
    assert mean_interval(gaps).half_width < mean_interval(100 * net[POLICIES[1]].to_numpy()).half_width, (
        "shared draws make the difference closer"
    )
    assert log_lines(folder)[0].startswith("5 runs, gyeyang-2020-actual less incheon-2020-actual: net_city_sales ")


def test_a_wide_wish_is_met_at_the_first_look_and_seeds_there_are_taken_up(folder: Path, tmp_path: Path) -> None:
    place, told = tmp_path / "wide", []
    many = Many(partial_folder(place), on_unit=lambda n_done, n: told.append((n_done, n)))
    comparison = run_until(REQUEST._replace(policies=POLICIES[:1]), Wish(1e6, "gross_use", 50), place, many)
    assert "5 seeds" in comparison.title and "gross_use: met" in comparison.caption
    assert told[0] == (0, 5) and told[-1] == (5, 5)
    assert list(read_tables(place)["enough"]["compared"]) == ["incheon-2020-actual less none"]
    both, alone = (read_tables(p)["measures"].query("policy == @POLICIES[0] and seed < 8") for p in (folder, place))
    assert np.array_equal(both["value"], alone["value"]), "a policy's figures do not depend on who stands beside it"
