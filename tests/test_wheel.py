"""The installed package runs every verb from any folder: with its own data, definitions and tables, not the clone's."""

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.calibration.fit.synthetic import tiny_file

Run = Callable[..., str]

STUDY = """
name = "small"
title_ko = "작은 연구"
title_en = "A small study"
focus_district = "gyeyang"
start = 2020-03-10
end = 2020-03-24
families = ["causal"]
scopes = ["city", "gyeyang"]
[variants.actual_10]
city = "incheon-2020-actual"
district = "gyeyang-2020-actual"
[size]
scale = 0.001
n_draws = 2
n_seeds = 2
"""
SEARCH = """
name = "small-search"
title_ko = "작은 탐색"
title_en = "A small search"
template = "own.toml"
start = 2020-03-10
end = 2020-03-24
families = ["causal"]
[variables.rate_percent]
low = 4
high = 10
step = 1
[[objective]]
measure = "net_city_sales"
[effort]
n_designs = 4
generation = 4
[check]
scale = 0.001
n_seeds = 2
most_designs = 1
"""
SHORT = ("--scale", "0.001", "--period", "2020-03-16..2020-03-18")


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    build = ["wheel", str(repository), "--no-deps", "--no-build-isolation", "--quiet", "--wheel-dir", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", *build], check=True, capture_output=True, text=True)
    (found,) = folder.glob("eum-*.whl")
    return found


@pytest.fixture(scope="module")
def run(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a way to run the installed command in a folder of its own, which returns what it printed."""
    site, elsewhere = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("elsewhere")
    install = ["install", str(wheel), "--no-deps", "--no-index", "--quiet", "--target", str(site)]
    subprocess.run([sys.executable, "-m", "pip", *install], check=True, capture_output=True, text=True)
    for name, text in (("small", STUDY), ("small-search", SEARCH)):
        (elsewhere / f"{name}.toml").write_text(text, encoding="utf-8")
    tiny_file(elsewhere)
    (elsewhere / "own.toml").write_bytes((site / "eum" / "_shipped" / "designs" / "city-rate.toml").read_bytes())

    def run(*arguments: str, code: str = "from eum.cli import main; main()") -> str:
        command = [sys.executable, "-c", code, *arguments]
        environment = {**os.environ, "PYTHONPATH": str(site)}
        done = subprocess.run(command, cwd=elsewhere, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    home = run(code="import eum.resources as r; print(r.__file__, r.HOME, sep='\\n')").splitlines()
    assert home == [str(site / "eum" / "resources.py"), str(site / "eum" / "_shipped")]
    return run


def test_it_carries_the_code_and_all_that_is_found_beside_it_in_a_clone(repository: Path, wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    folders = {"sim/eum": "eum", **{name: f"eum/_shipped/{name}" for name in ("data", "designs", "reports")}}
    for folder, name_inside in folders.items():
        for path in (repository / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                expected = f"{name_inside}/{path.relative_to(repository / folder).as_posix()}"
                assert expected in inside, f"the wheel lacks {expected}"
    assert "eum/_shipped/docs/expected-error.csv" in inside


def test_it_compiles_nothing_that_the_clone_has_compiled(run: Run, repository: Path) -> None:
    code = (
        "from eum.jit import source_hash; from eum.engine.compiled.day import run_day_two_scenarios as f; "
        "print(source_hash(), f._cache._cache_file._start)"
    )
    clone = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True)
    assert run(code=code) == clone.stdout


def test_it_answers_with_shipped_tables_and_templates(run: Run) -> None:
    assert "gyeyang-2020-actual" in run("compare", "incheon-2020-actual", "gyeyang-2020-actual", *SHORT)
    assert "runs out: gyeyang-event" in run("compare", "--engine", "expected", "gyeyang-2020-actual", *SHORT)
    exact = ("--range", "4..5:1", "--draws", "0", "--seeds", "0", "--evidence", "causal", "--grid-points", "2")
    days = ("--period", "2020-03-16..2020-03-18")
    assert "Result: results/equal-city-rate-rate_percent" in run(
        "decide", "break-even", "city-rate", "rate_percent", "--target", "incheon-2020-actual", *exact, *days
    )
    assert "Model card: results/model-card.md" in run("docs", "model-card")


def test_a_study_is_run_reported_and_verified(run: Run, tmp_path: Path) -> None:
    assert "Report: results/small/report/brief.ko.pdf" in run("study", "small.toml", "--workers", "1")
    assert run("verify", "results/small", "--runs", "1", "--workers", "1").endswith("All the same.\n")
    assert "brief.ko.html" in run("report", "results/small", "--out", str(tmp_path / "again"))


def test_a_search_finds_designs(run: Run) -> None:
    assert "Result: results/small-search" in run("decide", "optimize", "small-search.toml")


def test_the_page_is_written_and_knows_its_version(run: Run, repository: Path, tmp_path: Path) -> None:
    told = run("dashboard", "--output", str(tmp_path / "page"))
    assert f"Page: {tmp_path / 'page' / 'index.html'}" in told
    code = (
        "from eum.output.surrogate.version import version_of; from eum.resources import DESIGNS; "
        "print(version_of(DESIGNS / 'page-gyeyang.toml'), end='')"
    )
    answers = repository / "sim" / "eum" / "output" / "dashboard" / "answers.json"
    stored = json.loads(answers.read_text(encoding="utf-8"))["version"]
    # The page says that its answers are of another version where they are, and only there.
    assert ("from another version" in told) == (run(code=code) != stored)
    clone = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True)
    assert run(code=code) == clone.stdout


@pytest.mark.slow
def test_parameters_are_fitted_and_kept_in_results(run: Run) -> None:
    assert "Table: results/fit-parameters.csv" in run("calibrate", "fit", "tiny.toml")


def test_every_definition_that_comes_with_it_is_found_by_name(run: Run, repository: Path) -> None:
    names = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in (repository / "designs").iterdir()}
    code = "from eum.resources import resource; print(*sorted(p.stem for p in resource('designs').glob('*.toml')))"
    assert run(code=code).split() == sorted(names)
