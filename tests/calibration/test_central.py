"""What is inferred once is the same when it is read again, and is never read for another question."""

import json
from pathlib import Path

import pytest

from eum.calibration import central
from eum.calibration.anchoring import Inference
from eum.calibration.priors import CENTRAL, ParameterDraw, drawn_parameters
from eum.city.data import CityData, load_city_data


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Put a quick stand-in for the inference, which notes what it was asked, and an empty cache folder."""
    asked: list[str] = []

    def quick(city: object, question: ParameterDraw, start: object) -> Inference:
        asked.append(question.family)
        parameters = drawn_parameters(load_city_data(), question)._replace(place_response_large=0.1 + 0.2)
        return Inference(parameters, {"share_new": 1 / 3}, {"share_new": 0.3})

    monkeypatch.setenv("EUM_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(central, "calibrated_choices", quick)
    return asked


@pytest.fixture
def package() -> CityData:
    return load_city_data()


def test_the_second_time_the_same_bits_come_from_the_file(calls: list[str], package: CityData) -> None:
    first = central.calibrated_family(package, "causal", 1)
    assert central.calibrated_family(package, "causal", 1) == first
    assert calls == ["causal"]


def test_another_family_seed_or_data_is_inferred_again(calls: list[str], package: CityData) -> None:
    central.calibrated_family(package, "causal", 1)
    central.calibrated_family(package, "survey", 1)
    central.calibrated_family(package, "causal", 2)
    central.calibrated_family(package.with_values({"habit_share": 0.4}), "causal", 1)
    assert calls == ["causal", "survey", "causal", "causal"]


@pytest.mark.parametrize("damage", ["", "{", json.dumps({"parameters": {}})])
def test_a_damaged_file_is_inferred_again(calls: list[str], package: CityData, tmp_path: Path, damage: str) -> None:
    first = central.calibrated_family(package, "causal", 1)
    (file,) = (tmp_path / "inferred").glob("*.json")
    file.write_text(damage)
    assert central.calibrated_family(package, "causal", 1) == first
    assert calls == ["causal", "causal"]


def test_a_folder_that_cannot_be_written_stops_nothing(
    calls: list[str], package: CityData, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("EUM_CACHE_DIR", str(tmp_path / "file"))
    assert central.calibrated_family(package, "causal", 1).parameters == drawn_parameters(
        package, ParameterDraw("causal", CENTRAL, 1)
    )._replace(place_response_large=0.1 + 0.2)
