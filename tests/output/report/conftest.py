"""A made-up study and its report, made once for all tests of the report."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from eum.output.report import build_report


def _load(name: str) -> ModuleType:
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"report_{name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def made_up() -> ModuleType:
    """Return the maker of the made-up study."""
    return _load("make_study")


@pytest.fixture(scope="session")
def study_folder(made_up: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the made-up study; tests must not change it."""
    folder: Path = made_up.make_study(tmp_path_factory.mktemp("study") / "made-up")
    return folder


@pytest.fixture(scope="session")
def report(study_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the report on the made-up study."""
    folder = tmp_path_factory.mktemp("report") / "report"
    build_report(study_folder, folder)
    return folder
