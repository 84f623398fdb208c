"""What the tests of the city share: the package that comes with eum, and a copy that may be broken."""

import shutil
from pathlib import Path

import pytest

from eum.city.data import CityData, default_folder, load_city_data


@pytest.fixture(scope="session")
def package() -> CityData:
    """Return the package that comes with eum."""
    return load_city_data()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the package's folder that a test may break."""
    copy = tmp_path / "somewhere"
    shutil.copytree(default_folder(), copy)
    return copy
