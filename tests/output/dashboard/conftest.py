"""Made-up answers and the page of them, made once; a browser for each file of tests."""

import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from eum.output.dashboard.build import export


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"page_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def made() -> ModuleType:
    """Return the maker of made-up answers."""
    return _load("made_answers")


@pytest.fixture(scope="session")
def stored(made: ModuleType) -> dict[str, Any]:
    """Return made-up answers as they come out of a file; tests must not change them."""
    return dict(json.loads(json.dumps(made.made_answers())))


@pytest.fixture(scope="session")
def page_file(stored: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the exported page of the made-up answers."""
    return export(stored, tmp_path_factory.mktemp("page") / "page")


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Any]:
    """Return a browser; one for each file, as its loop must not run beside another test's."""
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()
