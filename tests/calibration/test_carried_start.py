"""Where runs of a real window start is kept, the same bits, and damage is noticed."""

import datetime
import shutil
from pathlib import Path

import numpy as np
import pytest

from eum.behavior.parameters import Parameters
from eum.calibration import carried_start
from eum.calibration.carried_start import has_history, kept_history_state, start_of
from eum.city.build import City, build_city
from eum.city.data import load_city_data
from eum.engine.start import StartState
from eum.resources import resource
from tests.plain_behaviour import plain_behaviour

DATE = datetime.date(2018, 8, 10)


@pytest.fixture(scope="module")
def city() -> City:
    return build_city(load_city_data(), 0.0005, 1)


@pytest.fixture(scope="module")
def centre() -> Parameters:
    return plain_behaviour(load_city_data())


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Keep states in a folder of the test, and none in the process."""
    monkeypatch.setattr(carried_start, "cache_file", lambda kind, about, suffix: _file(tmp_path, about, suffix))
    monkeypatch.setattr(carried_start, "_kept", type(carried_start._kept)())
    return tmp_path


def _file(folder: Path, about: list, suffix: str) -> Path:
    from eum.artifacts import fingerprint

    return folder / f"{fingerprint(*about, digits=32)}{suffix}"


def require_same(one: StartState, other: StartState) -> None:
    for name, column in one._asdict().items():
        assert np.array_equal(column, getattr(other, name)), name
        assert getattr(column, "dtype", None) == getattr(getattr(other, name), "dtype", None), name


def never(*args: object, **kwargs: object) -> StartState:
    raise AssertionError("lived again")


def test_a_state_is_kept_and_comes_back_to_the_bit(
    city: City, centre: Parameters, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = kept_history_state(city, centre, DATE, 1)
    assert state.card.any() and len(list(cache.glob("*.npz"))) == 1
    monkeypatch.setattr(carried_start, "history_state", never)
    assert kept_history_state(city, centre, DATE, 1) is state
    carried_start._kept.clear()
    require_same(kept_history_state(city, centre, DATE, 1), state)
    for changed in ({"seed": 2}, {"members_given": False}, {"parameters": centre._replace(habit_share=0.4)}):
        with pytest.raises(AssertionError, match="lived again"):
            kept_history_state(**{"city": city, "parameters": centre, "date": DATE, "seed": 1, **changed})


@pytest.mark.parametrize("damage", ["cut", "changed", "another", "empty"])
def test_a_damaged_file_is_noticed_and_made_again(city: City, centre: Parameters, cache: Path, damage: str) -> None:
    state = kept_history_state(city, centre, DATE, 1)
    (file,) = cache.glob("*.npz")
    whole = file.read_bytes()
    if damage == "another":
        kept_history_state(city, centre, DATE - datetime.timedelta(days=1), 1)
        (other,) = set(cache.glob("*.npz")) - {file}
        shutil.copy(other, file)
    else:
        file.write_bytes({"cut": whole[:-9], "changed": whole[:-5] + b"x" + whole[-4:], "empty": b""}[damage])
    carried_start._kept.clear()
    require_same(kept_history_state(city, centre, DATE, 1), state)
    assert file.read_bytes() == whole


def test_local_income_starts_at_zero_and_all_else_as_the_history_left_it(city: City, centre: Parameters) -> None:
    date = datetime.date(2019, 6, 5)
    given, state = start_of(city, centre, date), kept_history_state(city, centre, date, 1)
    assert given is not None and state.gain_ppm.any() and not given.gain_ppm.any()
    require_same(given._replace(gain_ppm=state.gain_ppm), state)


def test_a_city_without_a_record_and_its_first_day_start_from_counts(
    city: City, centre: Parameters, tmp_path: Path
) -> None:
    assert start_of(city, centre, datetime.date(2018, 6, 15)) is None
    shutil.copytree(resource("data"), tmp_path / "data", ignore=shutil.ignore_patterns("policies"))
    package = load_city_data(tmp_path / "data")
    assert has_history(city.package) and not has_history(package)
    assert start_of(build_city(package, 0.0005, 1), centre, DATE) is None
