"""What cannot be tried is told before any world is made: days without data, clauses beyond expectation, paths."""

import datetime
from collections.abc import Callable
from pathlib import Path

import pytest

from eum.analysis.decision import find_break_even, find_designs, find_game, find_regret
from eum.analysis.decision.break_even import steps_of
from eum.analysis.decision.definition import GameDefinition, SearchDefinition, load_choice
from eum.analysis.decision.find_break_even import BreakEvenProblem, equal_tables
from eum.analysis.decision.find_regret import GridSteps, RegretProblem, regret_tables
from eum.analysis.experiments.states_of_the_world import StatesConfig
from eum.analysis.sensitivity import run
from eum.analysis.sensitivity.definition import load_sensitivity
from eum.calibration.fit.definition import load_fit
from eum.city.data import load_city_data
from eum.errors import InputError
from eum.output.surrogate import build
from eum.output.surrogate.definition import load_page
from eum.policy.files import load_policy
from eum.resources import DESIGNS
from eum.runner.tasks import TaskRunner

PACKAGE = load_city_data()
DAYS = (datetime.date(2035, 1, 1), datetime.date(2035, 1, 31))
WINDOW = {"start": DAYS[0], "end": DAYS[1]}
TOO_LATE = r"start: 2035-01-01: expected a date between"


def nothing() -> None:
    """Show no progress."""


@pytest.fixture(autouse=True)
def no_world(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where a plausible world is made or a centre inferred."""

    def made(*_: object, **__: object) -> None:
        raise AssertionError("work was begun")

    for module in (build, find_designs, find_break_even, find_game, find_regret):
        monkeypatch.setattr(module, "plausible_worlds", made)
    monkeypatch.setattr(run, "_centres", made)


def asked_search(folder: Path) -> None:
    """Ask a search for designs."""
    definition, path = load_choice(SearchDefinition, "search-gyeyang")
    find_designs.search_of(definition.model_copy(update=WINDOW), path, PACKAGE, 1, folder)


def asked_game(_: Path) -> None:
    """Ask a game of districts."""
    definition, path = load_choice(GameDefinition, "game-top-ups")
    find_game.game_tables(PACKAGE, definition.model_copy(update=WINDOW), path, 1, nothing)


def asked_equal(_: Path) -> None:
    """Ask for equal cost."""
    template, steps = str(DESIGNS / "city-rate.toml"), steps_of(1.0, 12.0, 0.5, "--range")
    problem = BreakEvenProblem(template, "rate_percent", steps, "incheon-2020-actual", "fiscal_cost", "none", 0.1, 3)
    equal_tables(PACKAGE, StatesConfig(("causal",), 0, DAYS, 0.001, 1), problem, 0, (nothing, nothing))


def asked_regret(_: Path) -> None:
    """Ask for regret."""
    designs = [load_policy(name) for name in ("incheon-2020-actual", "incheon-2020-announced")]
    steps = GridSteps(nothing, nothing, lambda _: None, nothing)
    problem = RegretProblem(designs, "fiscal_cost", "none", 0)
    regret_tables(PACKAGE, StatesConfig(("causal",), 0, DAYS, 0.001, 1), problem, steps)


def asked_page(folder: Path) -> None:
    """Ask for the page's answers."""
    definition, path = load_page("page-gyeyang")
    with TaskRunner(folder) as many:
        build.surrogate_runs(PACKAGE, definition.model_copy(update=WINDOW), path, many, nothing)


def asked_sensitivity(folder: Path) -> None:
    """Ask what the multiplier depends on."""
    with TaskRunner(folder) as many:
        run.simulate_points(PACKAGE, load_sensitivity("sensitivity").model_copy(update=WINDOW), many)


@pytest.mark.parametrize(
    "ask",
    [asked_search, asked_game, asked_equal, asked_regret, asked_page, asked_sensitivity],
    ids=lambda f: f.__name__,
)
def test_days_without_data_are_reported_before_any_world_is_made(ask: Callable[[Path], None], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=TOO_LATE):
        ask(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_grant_is_reported_before_any_world_is_made() -> None:
    problem = RegretProblem([load_policy(name) for name in ("incheon-history", "incheon-2020-actual")],
                              "fiscal_cost", "none", 0)  # fmt: skip
    days = (datetime.date(2020, 3, 1), datetime.date(2020, 3, 31))
    with pytest.raises(InputError, match=r"grant\[0\]: a grant is not in the expected-value engine"):
        regret_tables(PACKAGE, StatesConfig(("causal",), 0, days, 0.001, 1), problem,
                      GridSteps(nothing, nothing, lambda _: None, nothing))  # fmt: skip


@pytest.mark.parametrize("name", ["../../escaped", "/var/escaped", "", "a/b", "a b", "..", "a.b"])
@pytest.mark.parametrize("kind", ["search-gyeyang", "game-top-ups", "page-gyeyang", "fit-history"])
def test_no_name_of_a_definition_is_a_path(kind: str, name: str, tmp_path: Path) -> None:
    text = (DESIGNS / f"{kind}.toml").read_text(encoding="utf-8")
    first = next(line for line in text.splitlines() if line.startswith("name = "))
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(first, f'name = "{name}"'), encoding="utf-8")
    load: dict[str, Callable[[str], object]] = {
        "search-gyeyang": lambda p: load_choice(SearchDefinition, p),
        "game-top-ups": lambda p: load_choice(GameDefinition, p),
        "page-gyeyang": load_page,
        "fit-history": load_fit,
    }
    with pytest.raises(InputError, match=r"mine\.toml: name: "):
        load[kind](str(path))
