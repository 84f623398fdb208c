"""A light installation: what runs without the extras, and what is said where one is missing."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from eum.errors import InputError
from eum.extras import extra, require_extra

REPOSITORY = Path(__file__).resolve().parents[1]
MODULES = {
    "report": ["openpyxl", "hwpx", "typst"],
    "calibration": ["arviz", "diff_diff", "h5netcdf", "pymoo", "SALib", "sklearn", "xarray"],
    "cluster": ["cryptography", "dask", "distributed"],
    "demo": ["bokeh", "panel"],
    "notebooks": ["duckdb", "jupyterlab", "jupytext", "nbclient"],
}
"""Extra -> the modules that it brings."""

EVERY = [module for modules in MODULES.values() for module in modules]

NEEDS = {
    "report": "eum.output.report.build",
    "calibration": "eum.calibration.fit.emulator",
    "demo": "eum.output.demo.page",
}
"""Extra -> a module of eum that cannot be imported without it."""

SHORT = ["--scale", "0.001", "--days", "2020-03-16..2020-03-17", "--family", "causal"]
_CALL = "import sys, json; sys.modules.update(dict.fromkeys(json.loads(sys.argv.pop(1)))); "


def without(modules: list[str], code: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run code in a process where some modules cannot be imported."""
    command = [sys.executable, "-c", _CALL + code, json.dumps(modules), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "sim")}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_the_modules_tried_here_are_those_of_the_extras() -> None:
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    optional = tomllib.loads(text)["project"]["optional-dependencies"]
    names = {"hwpx": "python-hwpx", "SALib": "salib", "sklearn": "scikit-learn", "diff_diff": "diff-diff"}
    tried = {name: sorted(names.get(module, module) for module in modules) for name, modules in MODULES.items()}
    assert tried == {name: sorted(Requirement(part).name for part in parts) for name, parts in optional.items()}


def test_the_model_runs_without_any_extra(tmp_path: Path) -> None:
    main = "from eum.cli import main; main()"
    ran = without(EVERY, main, "run", "incheon-2020-actual", *SHORT, "--out", "trial", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "trial" / "run.json").is_file()
    compared = without(EVERY, main, "compare", "incheon-2020-actual", "gyeyang-2020-actual", *SHORT, cwd=tmp_path)
    assert compared.returncode == 0, compared.stderr


def test_figures_and_words_of_the_report_need_no_extra(tmp_path: Path) -> None:
    code = "import eum.output.report.figures, eum.output.report.i18n, eum.output.dashboard.build"
    ran = without(EVERY, code, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize(("name", "module"), NEEDS.items())
def test_a_missing_extra_is_named_with_the_command_that_installs_it(name: str, module: str, tmp_path: Path) -> None:
    code = (
        f"from eum.errors import InputError\ntry:\n    import {module}\nexcept InputError as error:\n    print(error)"
    )
    ran = without(MODULES[name], "exec(sys.argv[1])", code, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    (line,) = ran.stdout.splitlines()
    assert line.partition(":")[0] in MODULES[name] and f'pip install "eum[{name}]"' in line


def test_a_command_without_its_extra_ends_with_one_line_and_code_2(tmp_path: Path) -> None:
    ran = without(MODULES["demo"], "from eum.cli import main; main()", "demo", "--port", "0", cwd=tmp_path)
    assert (ran.returncode, ran.stdout) == (2, "")
    (line,) = ran.stderr.splitlines()
    assert line.endswith('expected the optional dependencies "demo": pip install "eum[demo]"')


LATE = {
    ("validate", "estimators", "--scale", "0.0005"): "diff_diff",
    ("calibrate", "forecast", "fit-history", "--folder", "rows"): "arviz",
}
"""Commands that read a module of an extra only at the end of long work -> that module."""


@pytest.mark.parametrize(("arguments", "module"), LATE.items(), ids=lambda words: words[1])
def test_an_extra_that_is_needed_late_is_missed_before_any_work(
    arguments: tuple[str, ...], module: str, tmp_path: Path
) -> None:
    ran = without([module], "from eum.cli import main; main()", *arguments, "--out", "results", cwd=tmp_path)
    assert (ran.returncode, ran.stdout) == (2, "")
    (line,) = ran.stderr.splitlines()
    expected = 'expected the optional dependencies "calibration": pip install "eum[calibration]"'
    assert line == f"eum: {module}: not installed; {expected}"
    assert list(tmp_path.iterdir()) == [], "nothing was begun"


def test_what_is_needed_of_an_extra_is_found_without_reading_it() -> None:
    require_extra("calibration", "diff_diff", "arviz")
    with pytest.raises(InputError, match=r"no_such_module: not installed; expected .* \"demo\""):
        require_extra("demo", "json", "no_such_module")


def test_a_module_of_our_own_that_is_missing_is_no_missing_extra() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"eum\.nothing"), extra("demo"):
        import eum.nothing  # type: ignore[import-not-found]  # noqa: F401


def test_an_import_that_succeeds_says_nothing() -> None:
    with extra("demo"):
        import json as module
    assert module.loads("1") == 1
    with pytest.raises(InputError, match=r"no_such_module: not installed"), extra("demo"):
        import no_such_module  # type: ignore[import-not-found]  # noqa: F401
