"""No seconds are asserted, which depend on the machine; how much slower plain Mesa is does not much."""

import time
from pathlib import Path

import pandas as pd
import pytest

from tests.benchmarks import limits
from tests.benchmarks.cases import Morning, crowd_day, empty_evening
from tests.benchmarks.pages import page, picture
from tests.benchmarks.peers_part import Town, counted, purchases_made
from tests.benchmarks.run import main, options
from tests.benchmarks.timing import Figure, as_table, figure, kept

WORLDS = ("none", "incheon-2020-actual")


def test_the_crowd_is_many_times_faster_than_one_agent_at_a_time(ordinary: Morning) -> None:
    evening, n, ratios = empty_evening(ordinary), purchases_made(ordinary), []
    town = Town(WORLDS)
    for _ in range(4):
        start = time.perf_counter()
        crowd_day(ordinary, evening)
        middle = time.perf_counter()
        town.step()
        times = (middle - start) / n, (time.perf_counter() - middle) / town.n_purchases[-1]
        ratios.append(times[1] / times[0])
    assert max(ratios) > 50


def test_the_counted_purchases_are_those_that_were_spent(ordinary: Morning) -> None:
    per_person, inside_share = counted(ordinary)
    model, evening, n = ordinary.model, empty_evening(ordinary), purchases_made(ordinary)
    crowd_day(ordinary, evening)
    assert n == pytest.approx(per_person * model.city.n_persons)
    expected = model.calendar.factor(model.date) * model.city.levels.purchases_per_day[model.city.residents.level].sum()
    assert n == pytest.approx(expected, rel=0.02)
    sold = evening[1].common_sales.sum() / evening[1].common_spend.sum()
    assert inside_share == pytest.approx(sold, abs=0.3)


def test_the_bound_is_the_larger_of_arithmetic_and_memory() -> None:
    machine = limits.Limits(0.5, 1.0, 0.25, 0.125, 2.0, 0.625, 0.0, 0.0)
    needs = limits.needs_of(purchases_per_person=2.0, inside_share=0.5)
    assert needs.draws == 2 / 2 + 2 + 0.5
    assert limits.arithmetic_ns(machine, needs) == 0.5 * 3.5
    assert limits.memory_ns(machine, needs) == 0.25 + 0.125 + 0.625 + 0.5 * (1.0 + 2.0)
    assert limits.bound_ns(machine, needs) == 2.5


def test_a_figure_is_the_median_with_its_spread() -> None:
    found = figure("crowd", "a day", "s", [3.0, 1.0, 2.0])
    assert (found.value, found.low, found.high, found.repeats) == (2.0, 1.0, 3.0, 3)


def test_a_part_measured_again_replaces_its_rows_and_no_others(tmp_path: Path) -> None:
    path, row = tmp_path / "benchmarks.csv", Figure("crowd", "a day", 1.0, "s", 1.0, 1.0, 1)
    kept(path, as_table("engine", [row, row]))
    kept(path, as_table("scale", [row]))
    table = kept(path, as_table("engine", [row._replace(value=2.0)]))
    assert list(table["part"]) == ["engine", "scale"] and list(table["value"].astype(float)) == [2.0, 1.0]


def test_the_page_and_the_picture_in_the_documents_come_from_the_table(repository: Path) -> None:
    table = pd.read_csv(repository / "docs" / "benchmarks.csv", keep_default_na=False)
    assert (repository / "docs" / "benchmarks.md").read_text(encoding="utf-8") == page(table)
    assert (repository / "docs" / "benchmarks.svg").read_text(encoding="utf-8") == picture(table)


def test_one_part_can_be_measured_alone(tmp_path: Path) -> None:
    main(["--quick", "--part", "limits", "--folder", str(tmp_path)])
    table = pd.read_csv(tmp_path / "benchmarks.csv", keep_default_na=False)
    assert set(table["part"]) == {"limits"} and "commit" in set(table["of"])
    assert "machine's limit" in (tmp_path / "benchmarks.md").read_text(encoding="utf-8")
    assert options(["--part", "limits", "--part", "peers"]).part == ["limits", "peers"]
