"""The public names are those that were promised, quick to import, and no part of any result."""

import doctest
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import eum
from eum import jit
from tests import house

PROMISED = """
DISTRICTS EFFECTS EVIDENCE MECHANISMS SECTORS CalibratedValueWarning City InputError Parameters Policy Results
Simulation UnreadValueWarning __version__ calibrate check_city check_policy compare list_policies load_policy
set_house_style
"""
"""Taking a name away, or giving it another meaning, is a new version."""


def test_the_public_names_are_those_that_were_promised() -> None:
    assert eum.__all__ == PROMISED.split()


@pytest.mark.parametrize("name", PROMISED.split())
def test_every_public_name_can_be_used_and_is_documented(name: str) -> None:
    found = getattr(eum, name)
    assert not (inspect.isclass(found) or inspect.isfunction(found)) or inspect.getdoc(found)
    assert name in dir(eum)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Polcy'"):
        _ = eum.Polcy  # type: ignore[attr-defined]


METHODS = [
    *(eum.City.load, eum.Policy.load, eum.Policy.replace, eum.Policy.describe, eum.Policy.table, eum.compare),
    *(eum.calibrate, eum.Parameters.replace, eum.Parameters.table, eum.Parameters.fit, eum.Simulation.__init__),
    *(eum.Simulation.run, eum.Results.effects, eum.Results.costs, eum.Results.gains, eum.Results.retention),
    *(eum.Results.save, eum.Results.load, eum.Results.comparison),
]


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.__qualname__)
def test_a_docstring_names_every_argument_and_what_comes_back(method: object) -> None:
    told, arguments = inspect.getdoc(method) or "", inspect.signature(method).parameters  # type: ignore[arg-type]
    names = [name for name in arguments if name not in ("self", "cls")]
    assert [name for name in names if f"{name}:" not in told.partition("Args:")[2]] == []
    assert "Return" in told or method is eum.Simulation.__init__


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import sys, eum; eum.__version__; print(*sorted({'numpy', 'pandas', 'numba', 'mesa'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""


def test_an_edit_of_the_public_names_compiles_nothing_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("__init__.py", "rng.py", "api/simulation.py", "engine/model.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("", encoding="utf-8")
    monkeypatch.setattr(jit, "_PACKAGE", tmp_path)
    jit.source_hash.cache_clear()
    before = jit.source_hash(jit.RESULT_PACKAGES)
    for name in ("__init__.py", "api/simulation.py"):
        (tmp_path / name).write_text("# edited", encoding="utf-8")
    assert jit.source_hash(jit.RESULT_PACKAGES) == before
    jit.source_hash.cache_clear()
    assert jit.source_hash(jit.RESULT_PACKAGES) == before
    (tmp_path / "rng.py").write_text("# edited", encoding="utf-8")
    assert jit.source_hash(jit.RESULT_PACKAGES) == before, "what runs here was read before the edit"
    jit.source_hash.cache_clear()
    assert jit.source_hash(jit.RESULT_PACKAGES) != before


def test_nothing_but_the_command_may_import_the_public_names() -> None:
    assert {name for name, may in house.MAY_IMPORT.items() if "api" in may} == {"cli", "__init__"}


MODULES = ["api.parameters", "api.simulation", "api.results", "city.build", "policy.model", "policy.changes"]


@pytest.mark.parametrize("module", MODULES)
def test_examples_of_docstrings_run(module: str) -> None:
    result = doctest.testmod(importlib.import_module(f"eum.{module}"))
    assert result.attempted > 0 and result.failed == 0


def test_types_of_the_package_are_seen_from_outside(repository: Path) -> None:
    assert (repository / "sim" / "eum" / "py.typed").is_file()
