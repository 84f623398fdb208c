"""A study gives the same tables with any number of workers, and goes on where it was stopped."""

import datetime
from pathlib import Path

import pytest

from sim.city.package import load_package
from sim.study.definition import Size, StudyDefinition, load_definition
from sim.study.ensemble import Ensemble
from sim.study.store import tables_hash

PACKAGE = load_package()


@pytest.fixture(scope="module")
def small() -> StudyDefinition:
    """Return the study of Gyeyang cut down to one family, one variant and three weeks of a thousandth."""
    whole = load_definition("gyeyang-2020")
    window = {"start": datetime.date(2020, 3, 1), "end": datetime.date(2020, 3, 21)}
    size = Size(scale=0.001, n_draws=2, n_seeds=2)
    variants = {"actual_10": whole.variants["actual_10"]}
    return whole.model_copy(update={**window, "size": size, "variants": variants, "families": ("causal",)})


def test_one_and_two_workers_give_the_same_tables_and_finished_units_are_kept(
    small: StudyDefinition, tmp_path: Path
) -> None:
    alone = Ensemble(small, PACKAGE, 1, tmp_path / "one")
    together = Ensemble(small, PACKAGE, 1, tmp_path / "two")
    finished: list[int] = []
    first = alone.run(1, lambda: finished.append(1))
    assert len(finished) == len(alone.units) == 4
    assert tables_hash(first) == tables_hash(together.run(2, lambda: None))

    lost, *kept = [together.folder / unit.name / "done" for unit in together.units]
    before = [path.stat().st_mtime_ns for path in kept]
    lost.unlink()
    assert tables_hash(together.run(1, lambda: None)) == tables_hash(first)
    assert [path.stat().st_mtime_ns for path in kept] == before


def test_work_of_another_study_is_not_taken_up(small: StudyDefinition, tmp_path: Path) -> None:
    other = small.model_copy(update={"end": datetime.date(2020, 3, 22)})
    folders = {Ensemble(study, PACKAGE, seed, tmp_path).folder for study in (small, other) for seed in (1, 2)}
    assert len(folders) == 4
