"""The house keeps its walls, sizes and manners; each rule (tests/house.py) is also tried on snippets."""

import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests import house, layers
from tests.house import Rule, Source

REPOSITORY = Path(__file__).resolve().parents[1]

# The options of a command are its arguments; a bundle of them would hide them from --help.
EXCEPTIONS: set[str] = {
    "sim/eum/cli/run.py::run",
    "sim/eum/cli/run.py::compare",
    "sim/eum/cli/study.py::study",
    "sim/eum/cli/history.py::replay",
    "sim/eum/cli/decide.py::break_even",
    "sim/eum/cli/decide.py::regret",
    "sim/eum/cli/explain.py::explain_resident",
    "sim/eum/cli/explain.py::explain_shop",
    "sim/eum/cli/demo.py::demo",
    "sim/eum/cli/verify.py::verify",
    "sim/eum/cli/validate.py::ablation",
    "sim/eum/cli/validate.py::patterns",
    "sim/eum/cli/dashboard.py::dashboard",
    "sim/eum/cli/forecasts.py::benchmarks",
}
"""Functions allowed to break a size, as `path::name`; each with a comment that says why."""


@cache
def tracked_texts() -> tuple[Source, ...]:
    """Return every text file that belongs to the repository, new files included, ignored ones not."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        names = subprocess.run(listing, cwd=REPOSITORY, check=True, capture_output=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        top = ["sim", "data", "tests", "notebooks", "reports", ".ci"]
        names = [p.relative_to(REPOSITORY).as_posix() for folder in top for p in (REPOSITORY / folder).rglob("*")]
        names += [p.name for p in REPOSITORY.iterdir()]
    sources = []
    for name in sorted(set(filter(None, names))):
        path = REPOSITORY / name
        content = path.read_bytes() if path.is_file() and "__pycache__" not in path.parts else b"\0"
        if b"\0" not in content:
            sources.append(Source(name, content.decode("utf-8", errors="replace")))
    return tuple(sources)


def python_files(*folders: str) -> list[Source]:
    """Return the Python files under some top folders."""
    return [s for s in tracked_texts() if s.path.endswith(".py") and s.path.partition("/")[0] in folders]


def holds(rule: Rule, sources: list[Source]) -> None:
    """Fail with every place that breaks a rule, as file:line."""
    assert sources, "the rule looked at no file"
    findings = [finding for source in sources for finding in rule(source)]
    assert not findings, f"{len(findings)} places break the rule:\n" + "\n".join(findings)


def without_exceptions(rule: Rule) -> Rule:
    """Return the rule that keeps quiet about the functions in EXCEPTIONS."""

    def excused(finding: str) -> bool:
        place, function = finding.split(" ")[:2]
        return f"{place.rpartition(':')[0]}::{function}" in EXCEPTIONS

    return lambda source: [finding for finding in rule(source) if not excused(finding)]


def test_no_package_imports_from_a_layer_above() -> None:
    holds(house.walls, python_files("sim"))


def test_no_module_imports_itself_in_a_circle() -> None:
    circle = layers.import_circle(python_files("sim"))
    assert not circle, f"a circle of imports: {' -> '.join(circle)}"


@pytest.mark.parametrize(
    "back",
    [
        "from eum.city.a import x",
        "from eum.city import a",
        "import eum.city.a",
        "from .a import x",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from eum.city.a import x",
        "try:\n    from eum.city.a import x\nexcept ImportError:\n    x = 1",
    ],
)
def test_a_circle_of_imports_is_found(back: str) -> None:
    sources = [Source("sim/eum/city/a.py", "from eum.city.b import y"), Source("sim/eum/city/b.py", back)]
    assert set(layers.import_circle(sources)) == {"eum.city.a", "eum.city.b"}


def test_an_import_within_a_function_closes_no_circle() -> None:
    within = "def f():\n    from eum.city.a import x\n    return x"
    sources = [Source("sim/eum/city/a.py", "from eum.city.b import f"), Source("sim/eum/city/b.py", within)]
    assert layers.import_circle(sources) == []


def test_the_reference_does_not_lean_on_the_crowd() -> None:
    holds(house.reference_alone, python_files("sim"))


def test_only_one_file_names_the_compiler() -> None:
    holds(house.one_compiler_file, python_files("sim"))


def test_no_stream_of_randomness_in_the_model() -> None:
    holds(house.no_stream_of_randomness, python_files("sim"))


def test_files_are_short() -> None:
    holds(house.short_files, python_files("sim", "tests", "notebooks"))


def test_functions_are_short() -> None:
    holds(without_exceptions(house.short_functions), python_files("sim", "tests"))


def test_functions_have_few_arguments() -> None:
    holds(without_exceptions(house.few_arguments), python_files("sim", "tests"))


def test_every_exception_is_still_needed() -> None:
    sources = python_files("sim", "tests")
    findings = [f for rule in (house.short_functions, house.few_arguments) for s in sources for f in rule(s)]
    broken = {f"{finding.split(':')[0]}::{finding.split(' ')[1]}" for finding in findings}
    assert broken >= EXCEPTIONS, f"no longer needed: {sorted(EXCEPTIONS - broken)}"


def test_a_public_name_stands_in_one_module() -> None:
    assert layers.names_defined_twice(python_files("sim")) == []


def test_a_name_that_stands_twice_is_found() -> None:
    one, two = Source("sim/eum/city/a.py", "X = 1\n_Y = 1"), Source("sim/eum/policy/b.py", "def X(): ...\n_Y = 2")
    assert layers.names_defined_twice([one, two]) == ["X: eum.city.a, eum.policy.b"]
    images = [Source(f"sim/eum/engine/{engine}/a.py", "X = 1") for engine in ("compiled", "reference")]
    assert layers.names_defined_twice(images) == []


def test_everything_public_is_described_in_words() -> None:
    holds(house.told_in_words, python_files("sim"))


def test_no_class_inherits_from_another_of_the_house() -> None:
    holds(house.no_inheritance, python_files("sim"))


def test_functions_are_named_for_their_result() -> None:
    holds(house.plain_names, python_files("sim"))


def test_files_are_written_in_one_way() -> None:
    holds(house.one_way_to_write, python_files("sim"))


def test_one_file_knows_where_the_clone_is() -> None:
    holds(house.one_home, [s for s in python_files("sim") if s.path != "sim/eum/resources.py"])


def test_no_file_names_a_path_of_one_machine() -> None:
    holds(house.no_machine_paths, list(tracked_texts()))


def test_no_file_names_a_package_index() -> None:
    holds(house.no_index_addresses, list(tracked_texts()))


def test_no_file_holds_unfinished_work() -> None:
    holds(house.nothing_left_undone, list(tracked_texts()))


def _lines(n: int) -> str:
    return "".join(f"    x = {i}\n" for i in range(n))


# Written in pieces, so that this file does not break the rules it tries.
HOME, SIMPLE, UNDONE = "/" + "home/someone/eum", "https:" + "//host.example/simple/", "TO" + "DO"

BAD: list[tuple[Rule, str, str]] = [
    (house.one_home, "sim/eum/calibration/fit/a.py", 'DESIGNS = Path(__file__).resolve().parents[3] / "designs"'),
    (house.one_home, "sim/eum/a.py", "ROOT = Path(__file__).parents[1]"),
    (house.one_home, "sim/eum/cli/a.py", 'OUT = Path("docs/table.csv")'),
    (house.walls, "sim/eum/city/a.py", "from eum.policy.model import Policy"),
    (house.walls, "sim/eum/city/a.py", "def f():\n    import eum.policy"),
    (house.walls, "sim/eum/city/a.py", "from ..policy import model"),
    (house.walls, "sim/eum/policy/a.py", "from eum import rng"),
    (house.walls, "sim/eum/behavior/a.py", "from eum.engine import state"),
    (house.walls, "sim/eum/outcomes/a.py", "from eum.engine.model import CityModel"),
    (house.walls, "sim/eum/output/report/a.py", "from eum.outcomes import effects"),
    (house.walls, "sim/eum/output/report/a.py", "import eum.ledger"),
    (house.walls, "sim/eum/rng.py", "from eum import city"),
    (house.walls, "sim/eum/corridor/a.py", ""),
    (house.reference_alone, "sim/eum/engine/reference/model.py", "from eum.engine.compiled import day"),
    (house.reference_alone, "sim/eum/engine/reference/model.py", "from ..compiled.payment import settle"),
    (house.one_compiler_file, "sim/eum/engine/a.py", "import numba as nb"),
    (house.one_compiler_file, "sim/eum/engine/a.py", "@nb.njit(cache=True)\ndef f(): ..."),
    (house.one_compiler_file, "sim/eum/engine/a.py", "from numba import prange"),
    (house.no_stream_of_randomness, "sim/eum/city/a.py", "import random"),
    (house.no_stream_of_randomness, "sim/eum/city/a.py", "from random import choice"),
    (house.no_stream_of_randomness, "sim/eum/city/a.py", "import numpy as np\nx = np.random.default_rng(1)"),
    (house.no_stream_of_randomness, "sim/eum/city/a.py", "from numpy.random import default_rng"),
    (house.no_stream_of_randomness, "sim/eum/city/a.py", "from numpy import random"),
    (house.no_stream_of_randomness, "sim/eum/city/a.py", "from scipy import stats\nx = stats.norm.rvs()"),
    (house.short_files, "sim/eum/city/a.py", "x = 1\n" * (house.FILE_LINES + 1)),
    (house.short_functions, "sim/eum/city/a.py", "def f():\n" + _lines(house.FUNCTION_LINES + 1)),
    (house.few_arguments, "sim/eum/city/a.py", "def f(a, b, c, d, /, e, f, g, *, h, i): ..."),
    (house.told_in_words, "sim/eum/city/a.py", '"""A file."""\ndef f(): ...'),
    (house.told_in_words, "sim/eum/city/a.py", '"""A file."""\nclass A:\n    """A."""\n    def f(self): ...'),
    (house.told_in_words, "sim/eum/city/a.py", "x = 1"),
    (house.no_inheritance, "sim/eum/city/a.py", "class A: ...\nclass B(A): ..."),
    (house.no_inheritance, "sim/eum/city/a.py", "from eum.errors import InputError\nclass B(InputError): ..."),
    (house.plain_names, "sim/eum/city/a.py", "def get_shops(): ..."),
    (house.one_way_to_write, "sim/eum/city/a.py", "path.write_text('a')"),
    (house.one_way_to_write, "sim/eum/city/a.py", "table.to_csv(path, index=False)"),
    (house.one_way_to_write, "sim/eum/city/a.py", "with path.open('wb') as file: ..."),
    (house.no_machine_paths, "README.md", f"cd {HOME}"),
    (house.no_machine_paths, "data/a.csv", f"folder,{HOME}"),
    (house.no_index_addresses, "requirements.lock", "--index-" + f"url {SIMPLE}"),
    (house.no_index_addresses, "Makefile", f"see {SIMPLE}"),
    (house.no_index_addresses, "Makefile", "pip install --find-" + "links wheels"),
    (house.nothing_left_undone, "Makefile", f"# {UNDONE}: later"),
]

GOOD: list[tuple[Rule, str, str]] = [
    (
        house.walls,
        "sim/eum/city/a.py",
        "import eum\nfrom eum import rng, __version__\nfrom eum.city.b import c",
    ),
    (house.walls, "sim/eum/engine/a.py", "from eum.policy.model import Policy\nfrom . import b"),
    (house.reference_alone, "sim/eum/engine/compiled/day.py", "from eum.engine.compiled import payment"),
    (house.one_compiler_file, "sim/eum/jit.py", "import numba\nf = numba.njit"),
    (house.one_compiler_file, "sim/eum/engine/a.py", "from eum.jit import compiled"),
    (house.no_stream_of_randomness, "sim/eum/city/a.py", "from eum.rng import draw\nx = model.random"),
    (house.short_files, "sim/eum/city/a.py", "x = 1\n" * house.FILE_LINES),
    (
        house.short_functions,
        "sim/eum/city/a.py",
        'def f(\n    a,\n):\n    """One.\n\n    Two.\n    """\n    # why\n\n' + _lines(house.FUNCTION_LINES),
    ),
    (house.few_arguments, "sim/eum/city/a.py", "class A:\n    def f(self, a, b, c, d, e, f, g, h): ..."),
    (
        house.told_in_words,
        "sim/eum/city/a.py",
        '"""A file."""\ndef _f(): ...\ndef g():\n    """G."""\n    def h(): ...',
    ),
    (house.no_inheritance, "sim/eum/city/a.py", "import mesa\nclass A(mesa.Model): ...\nclass E(Exception): ..."),
    (house.no_inheritance, "sim/eum/city/a.py", "from typing import NamedTuple as N\nclass A(N): ..."),
    (
        house.no_inheritance,
        "sim/eum/city/a.py",
        "from pydantic import BaseModel\nclass A(BaseModel): ...\nclass B(A): ...",
    ),
    (
        house.no_inheritance,
        "sim/eum/city/a.py",
        "import pydantic as p, enum\nclass A(p.BaseModel): ...\nclass B(enum.Enum): ...",
    ),
    (house.plain_names, "sim/eum/city/a.py", "def budget(): ...\ndef target(): ..."),
    (house.one_way_to_write, "sim/eum/city/a.py", "(made / 'a').write_text(t.to_csv(index=False))\nopen('a').read()"),
    (house.no_machine_paths, "README.md", f"see https://host.example{HOME} and data/home/x and a/tmp/b"),
    (
        house.no_index_addresses,
        "README.md",
        "https://host.example/simple-city and --no-emit-" + "index-url x",
    ),
    (house.nothing_left_undone, "README.md", "MASTODON"),
]


@pytest.mark.parametrize(("rule", "path", "text"), BAD)
def test_rule_catches_a_bad_snippet(rule: Rule, path: str, text: str) -> None:
    findings = rule(Source(path, text))
    assert findings and all(finding.startswith(f"{path}:") for finding in findings)


@pytest.mark.parametrize(("rule", "path", "text"), GOOD)
def test_rule_leaves_a_good_snippet_alone(rule: Rule, path: str, text: str) -> None:
    assert rule(Source(path, text)) == []
