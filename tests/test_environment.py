"""The set-up files say the same thing: pyproject.toml, requirements.lock, environment.yml, Makefile."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

PYTHONS = ("3.11", "3.12", "3.13")


@pytest.fixture(scope="module")
def project(repository: Path) -> dict[str, Any]:
    """Return pyproject.toml as read by tomllib."""
    return tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def conda(repository: Path) -> dict[str, Any]:
    """Return environment.yml as read by a YAML reader."""
    return yaml.safe_load((repository / "environment.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def lock_text(repository: Path) -> str:
    """Return requirements.lock as text."""
    return (repository / "requirements.lock").read_text(encoding="utf-8")


def read_lock(text: str) -> tuple[list[Requirement], list[int]]:
    """Return the locked requirements and the number of hashes of each."""
    joined = re.sub(r"\\\n\s*", " ", text)
    lines = [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return [Requirement(line.split(" --hash=")[0]) for line in lines], [line.count(" --hash=") for line in lines]


def declared(project: dict[str, Any]) -> list[Requirement]:
    """Return every requirement of the package, of its developers and of its build."""
    groups = [
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        project["dependency-groups"]["dev"],
        project["build-system"]["requires"],
    ]
    return [Requirement(text) for group in groups for text in group]


def locked_version(locked: list[Requirement], name: str, python: str) -> str | None:
    """Return the version the lock gives to a name under a Python on Linux, or None."""
    place = {"python_version": python, "python_full_version": f"{python}.9", "sys_platform": "linux"}
    for requirement in locked:
        if canonicalize_name(requirement.name) == canonicalize_name(name) and (
            requirement.marker is None or requirement.marker.evaluate(place)
        ):
            return next(iter(requirement.specifier)).version
    return None


@pytest.mark.parametrize("python", PYTHONS)
def test_lock_holds_every_declared_part_at_an_allowed_version(
    project: dict[str, Any], lock_text: str, python: str
) -> None:
    locked, _ = read_lock(lock_text)
    for requirement in declared(project):
        version = locked_version(locked, requirement.name, python)
        assert version is not None, f"requirements.lock lacks {requirement.name} for Python {python}"
        assert requirement.specifier.contains(version), (
            f"requirements.lock has {requirement.name} {version}, not {requirement}"
        )


def test_every_locked_part_is_pinned_and_hashed(lock_text: str) -> None:
    locked, hashes = read_lock(lock_text)
    assert len(locked) > len(PYTHONS)
    for requirement, n_hashes in zip(locked, hashes, strict=True):
        assert [s.operator for s in requirement.specifier] == ["=="], f"{requirement} is not pinned"
        assert requirement.url is None, f"{requirement} names an address"
        assert n_hashes > 0, f"{requirement} has no hash"


def test_lock_names_no_address_and_no_folder(lock_text: str) -> None:
    for number, line in enumerate(lock_text.splitlines(), start=1):
        found = re.search(r"://|(^|\s)(-i|-f|--index-url|--extra-index-url|--find-links|--trusted-host)\b|\s/\w", line)
        assert found is None, f"requirements.lock:{number}: {line}"


def test_supported_pythons_are_those_tested_here(project: dict[str, Any]) -> None:
    supported = SpecifierSet(project["project"]["requires-python"])
    minors = [f"3.{minor}" for minor in range(30) if supported.contains(f"3.{minor}.9")]
    assert tuple(minors) == PYTHONS


def test_makefile_looks_for_the_supported_pythons(repository: Path) -> None:
    text = (repository / "Makefile").read_text(encoding="utf-8")
    assert set(re.findall(r"\bpython(3\.\d+) ", text)) == set(PYTHONS)
    assert "(3, 11) <= sys.version_info[:2] < (3, 14)" in text


def test_setup_begins_with_the_locked_installer_alone(repository: Path) -> None:
    (lines,) = re.findall(r"sed -n '(.+)' requirements\.lock", (repository / "Makefile").read_text(encoding="utf-8"))
    begun = subprocess.run(["sed", "-n", lines, "requirements.lock"], cwd=repository, check=True, capture_output=True)
    (first,), (n_hashes,) = read_lock(begun.stdout.decode())
    assert first.name == "uv" and n_hashes > 0


def test_conda_environment_is_python_pip_and_the_lock(project: dict[str, Any], conda: dict[str, Any]) -> None:
    python, *others = conda["dependencies"]
    name, _, versions = python.partition(" ")
    assert name == "python"
    assert SpecifierSet(versions) == SpecifierSet(project["project"]["requires-python"])
    assert others == ["pip", {"pip": ["-r requirements.lock"]}]
    assert conda["name"] == project["project"]["name"]
    assert "channels" not in conda


def names_of(requirements: list[str]) -> set[str]:
    """Return the canonical names of requirements."""
    return {canonicalize_name(Requirement(text).name) for text in requirements}


def imported_plainly(folder: Path) -> set[str]:
    """Return the top-level names that a folder imports outside `with extra(...)` and `if TYPE_CHECKING`."""
    names: set[str] = set()
    for path in folder.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        optional = {id(inner) for node in ast.walk(tree) if is_optional(node) for inner in ast.walk(node)}
        for node in ast.walk(tree):
            names |= set() if id(node) in optional else imported_by(node)
    return names


def is_optional(node: ast.AST) -> bool:
    """Return whether a statement holds imports that a light installation can do without."""
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING"
    return isinstance(node, ast.With) and ast.unparse(node.items[0].context_expr).startswith("extra(")


def imported_by(node: ast.AST) -> set[str]:
    """Return the top-level names that a node imports."""
    if isinstance(node, ast.Import):
        return {alias.name.partition(".")[0] for alias in node.names}
    return {node.module.partition(".")[0]} if isinstance(node, ast.ImportFrom) and node.module else set()


def imported_with(folder: Path, extra: str) -> set[str]:
    """Return the top-level names that a folder imports in a block `with extra(...)` of that extra."""
    names: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.With) and ast.unparse(node.items[0].context_expr) == f"extra('{extra}')":
                names |= set().union(*(imported_by(inner) for inner in node.body))
    return names


def undeclared(imported: set[str], declared: set[str]) -> list[str]:
    """Return the imported top-level names that no declared distribution provides."""
    providers = packages_distributions()
    outside = imported - set(sys.stdlib_module_names) - {"eum"}
    return sorted(name for name in outside if not declared & {canonicalize_name(part) for part in providers[name]})


def test_every_import_is_declared(project: dict[str, Any], repository: Path) -> None:
    imported = imported_plainly(repository / "sim")
    assert {"numpy", "typer"} <= imported
    missing = undeclared(imported, names_of(project["project"]["dependencies"]))
    assert missing == [], "imported outside `with extra(...)`, not among the dependencies"


@pytest.mark.parametrize("extra", ["report", "calibration", "cluster", "demo"])
def test_every_optional_import_is_declared_in_its_extra(extra: str, project: dict[str, Any], repository: Path) -> None:
    imported = imported_with(repository / "sim", extra)
    assert imported
    assert undeclared(imported, names_of(project["project"]["optional-dependencies"][extra])) == []


def test_no_extra_is_left_without_a_use(project: dict[str, Any], repository: Path) -> None:
    used = {name for name in project["project"]["optional-dependencies"] if imported_with(repository / "sim", name)}
    assert set(project["project"]["optional-dependencies"]) - used == {"notebooks"}
    assert {"duckdb", "jupyterlab", "jupytext"} <= names_of(project["project"]["optional-dependencies"]["notebooks"])


def test_an_unsupported_python_is_refused_in_one_line(repository: Path, tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        (tmp_path / name).write_bytes((repository / name).read_bytes())
    outside_make = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    command = ["make", "study", "PYTHON=no-such-python"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=outside_make)
    first, *rest = result.stderr.splitlines()
    assert result.returncode != 0
    assert first.startswith("eum needs Python 3.11, 3.12 or 3.13") and "no-such-python" in first
    assert all(line.startswith("make") for line in rest)
    assert not (tmp_path / ".venv").exists()


def test_ci_runs_the_test_command_of_the_readme(repository: Path) -> None:
    script = repository / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text(encoding="utf-8").rstrip().splitlines()[-1] == "make test"
    assert "make test" in (repository / "README.md").read_text(encoding="utf-8")
