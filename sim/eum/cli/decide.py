"""The group `decide`: break-even values, regret, a search for the best designs, and the game between districts."""

import math
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from eum.cli.front import group
from eum.cli.options import (
    END,
    MOST_DRAWS,
    MOST_SEEDS,
    START,
    CountedFrom,
    Data,
    End,
    FamiliesOption,
    Json,
    Lang,
    Out,
    Period,
    Replace,
    Scale,
    Seed,
    Start,
    progress_bar,
    window,
)
from eum.cli.screen import next_step, print_frame, print_json, say
from eum.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from rich.progress import Progress

    from eum.analysis.decision.find_break_even import BreakEvenProblem
    from eum.analysis.decision.find_designs import Search
    from eum.analysis.decision.find_regret import RegretProblem
    from eum.analysis.experiments.states_of_the_world import StatesConfig
    from eum.runner.results_store import StoredTables

decide_app = group("decide", "Choose a design: break-even, regret, Pareto front, game.")

Draws = Annotated[
    int,
    typer.Option(help="Draws of the parameters in each family, beside the central estimate.", min=0, max=MOST_DRAWS),
]
MeasureOption = Annotated[str, typer.Option(help="What is measured; a wrong name lists all of them.")]


def _pictures() -> ModuleType:
    """Return what draws the pictures of a choice, once there is something to draw: reading it takes a second or more,
    and a bad input is refused before."""

    from eum.cli import figures

    return figures


class ChoiceResult(NamedTuple):
    """A result of this group: where it goes, its kind, the record of the request, its tables and pictures."""

    folder: Path
    kind: str
    about: dict[str, Any]
    tables: "StoredTables"
    pictures: dict[str, str]


def _write(result: ChoiceResult) -> None:
    from eum.runner.result_folder import write_result_folder

    write_result_folder(*result)


def _printed_as_json(result: ChoiceResult, as_json: bool) -> bool:
    """Print the tables of a result as records where that is wished, and return whether it was."""
    if as_json:
        print_json(result.tables, result=str(result.folder))
    return as_json


def value_range(text: str) -> tuple[float, float, float]:
    """Return low, high and step written like 0..10:0.01. Raises InputError for anything else."""
    try:
        span, step = text.split(":")
        low, high = span.split("..")
        numbers = float(low), float(high), float(step)
        if not all(map(math.isfinite, numbers)):
            raise ValueError
        return numbers
    except ValueError:
        raise InputError(f"--range: {text}: expected low, high and step like 0..10:0.01") from None


@decide_app.command("break-even")
def break_even(
    template: Annotated[str, typer.Argument(help="A template of eum by name, or a policy file with [variables].")],
    variable: Annotated[str, typer.Argument(help="The variable to be set.")],
    target: Annotated[str, typer.Option(help="The reference policy, by name or file.")],
    values: Annotated[str, typer.Option("--range", help="Allowed values: low..high:step.")],
    measure: MeasureOption = "fiscal_cost",
    relative_to: CountedFrom = "none",
    tolerance: Annotated[float, typer.Option(help="Difference that counts as equal, percent.", min=0)] = 0.1,
    grid_points: Annotated[
        int, typer.Option(help="Values looked at first for changes of sign.", min=2, max=MOST_DRAWS)
    ] = 9,
    draws: Draws = 10,
    seeds: Annotated[
        int, typer.Option(help="Seeds of the full runs that check; 0 leaves them out.", min=0, max=MOST_SEEDS)
    ] = 4,
    scale: Scale = 0.02,
    seed: Seed = 1,
    evidence: FamiliesOption = "all",
    start: Start = START,
    end: End = END,
    period: Period = None,
    out: Out = None,
    replace: Replace = False,
    as_json: Json = False,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Find the value of a variable at which a design breaks even with a reference.

    In fiscal cost, or in any other measure.

    Example: eum decide break-even city-rate rate_percent --target incheon-2020-actual --range 1..12:0.01
    """
    from eum.analysis.decision.break_even import steps_of
    from eum.analysis.decision.find_break_even import BreakEvenProblem
    from eum.analysis.decision.templates import template_named
    from eum.analysis.experiments.measures import require_measure
    from eum.analysis.experiments.states_of_the_world import StatesConfig, families_of_states

    require_measure(measure)
    steps = steps_of(*value_range(values), "--range")
    problem = BreakEvenProblem(
        template_named(template), variable, steps, target, measure, relative_to, tolerance, grid_points
    )
    config = StatesConfig(families_of_states(evidence), draws, window(start, end), scale, seed)
    folder = out or Path("results") / f"equal-{Path(template).stem}-{variable}"
    _break_even(problem, config, seeds, folder, replace, as_json)


def _break_even(
    problem: "BreakEvenProblem", config: "StatesConfig", n_seeds: int, folder: Path, replace: bool, as_json: bool
) -> None:
    from eum.analysis.decision.find_break_even import about_equal, equal_tables
    from eum.city.data import load_city_data
    from eum.runner.results_store import new_result

    package = load_city_data()
    with new_result(folder, replace), progress_bar() as progress:
        n = len(config.families) * (config.n_draws + 1)
        worlds = progress.add_task("Solving in states of the world", total=n)
        runs = progress.add_task("Checking in full runs", total=2 * len(config.families) if n_seeds else 0)
        tables = equal_tables(
            package, config, problem, n_seeds, (lambda: progress.advance(worlds), lambda: progress.advance(runs))
        )
        result = ChoiceResult(folder, "equal", about_equal(package, config, problem, n_seeds), tables, {})
        _write(result)
    if not _printed_as_json(result, as_json):
        _print_break_even(problem, tables, n_seeds, folder)


def _print_break_even(problem: "BreakEvenProblem", tables: "StoredTables", n_seeds: int, folder: Path) -> None:
    from eum.analysis.decision.break_even import break_even_by_family

    title = f"{problem.variable} at which {problem.measure} equals that of {problem.reference}"
    caption = "In expectation. Low and high: 5th and 95th percentile of the draws with one solution."
    print_frame(title, break_even_by_family(tables["solutions"]), caption)
    if n_seeds:
        caption = f"Mean of design less reference over {n_seeds} seeds; low, high: 90 % interval of that mean."
        print_frame("Checked in full runs", tables["check"].drop(columns=["reference"]), caption)
    say(f"Result: {folder}")
    next_step(f"eum policy check {problem.template} --set {problem.variable}=VALUE")


@decide_app.command()
def regret(
    policies: Annotated[list[str], typer.Argument(help="Two or more designs by name or file.")],
    measure: MeasureOption = "net_city_sales_per_100_won",
    relative_to: CountedFrom = "none",
    draws: Draws = 10,
    grid_points: Annotated[
        int,
        typer.Option(help="Points of each parameter's range; 0 leaves switching values out.", min=0, max=MOST_DRAWS),
    ] = 3,
    seed: Seed = 1,
    evidence: FamiliesOption = "all",
    start: Start = START,
    end: End = END,
    period: Period = None,
    out: Out = None,
    replace: Replace = False,
    as_json: Json = False,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Compare designs in every state of the world: regret and switching values.

    A state of the world is a draw of the parameters; a switching value is one at which another design becomes better.

    Example: eum decide regret incheon-2020-actual incheon-2020-announced --draws 10
    """
    from eum.analysis.decision.find_regret import RegretProblem
    from eum.analysis.experiments.measures import require_measure
    from eum.analysis.experiments.states_of_the_world import StatesConfig, families_of_states
    from eum.policy.files import load_policy

    if len(policies) < 2:
        raise InputError(f"regret: {' '.join(policies)}: expected at least two designs")
    require_measure(measure)
    problem = RegretProblem([load_policy(p) for p in policies], measure, relative_to, grid_points)
    folder = out or Path("results") / ("regret-" + "+".join(Path(p).stem for p in policies))
    _regret(
        problem,
        StatesConfig(families_of_states(evidence), draws, window(start, end), 1.0, seed),
        folder,
        replace,
        as_json,
    )


def _regret(problem: "RegretProblem", config: "StatesConfig", folder: Path, replace: bool, as_json: bool) -> None:
    from eum.analysis.decision.find_regret import about_regret, regret_sentences, regret_tables, steps_shown
    from eum.analysis.experiments.measures import require_measure
    from eum.city.data import load_city_data
    from eum.runner.results_store import new_result

    package, measure = load_city_data(), require_measure(problem.measure)
    with new_result(folder, replace), progress_bar() as progress:
        tables = regret_tables(package, config, problem, steps_shown(progress, config, problem))
        pictures = _pictures().regret_pictures(tables, problem.measure, measure.unit)
        result = ChoiceResult(folder, "regret", about_regret(package, config, problem), tables, pictures)
        _write(result)
    if _printed_as_json(result, as_json):
        return
    caption = (
        "Median, low and high: 5th to 95th percentile of the draws; regret over the central estimate and all draws."
    )
    print_frame(f"{problem.measure} ({measure.unit}) and its regret", tables["regret"], caption)
    say(*regret_sentences(tables, measure.unit), f"Result: {folder}")
    next_step(f"eum compare {' '.join(p.name for p in problem.designs)} --draws 20")


@decide_app.command()
def optimize(
    name: Annotated[str, typer.Argument(help="A search of eum by name, or a .toml file.")],
    designs: Annotated[
        int | None, typer.Option(help="Designs to evaluate (default: those of the file).", min=1, max=MOST_DRAWS)
    ] = None,
    seed: Seed = 1,
    out: Out = None,
    replace: Replace = False,
    as_json: Json = False,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Search a template for its Pareto front: designs that no other one beats.

    A search that was stopped goes on where it was.

    Example: eum decide optimize search-gyeyang
    """
    from eum.analysis.decision.definition import SearchDefinition, load_choice
    from eum.analysis.decision.find_designs import about_search, front_table, search_of
    from eum.city.data import load_city_data
    from eum.runner.results_store import new_result, partial_folder

    definition, path = load_choice(SearchDefinition, name)
    if designs is not None:
        definition = definition.model_copy(
            update={"effort": definition.effort.model_copy(update={"n_designs": designs})}
        )
    folder = out or Path("results") / definition.name
    work = search_of(definition, path, load_city_data(), seed, partial_folder(folder))
    units = {o.measure: work.units[o.measure] for o in definition.objective}
    with new_result(folder, replace), progress_bar() as progress:
        tables = _searched(work, progress)
        pictures = _pictures().front_pictures(tables, units)
        result = ChoiceResult(folder, "search", about_search(work), tables, pictures)
        _write(result)
    if _printed_as_json(result, as_json):
        return
    print_frame("How the designs were found", tables["method"])
    for family, rows in front_table(tables["front"], work).items():
        caption = "Expected | mean of full runs (90 % interval of that mean over seeds)"
        print_frame(f"Designs that no other one beats, {family}", rows, caption)
    say(f"Result: {folder}")


def _searched(work: "Search", progress: "Progress") -> "dict[str, pd.DataFrame]":
    from eum.analysis.decision.find_designs import search_tables

    d = work.definition
    designs = progress.add_task("Evaluating designs in expectation", total=work.n_judged * len(d.families))
    seeds = progress.add_task("Full runs of the front", total=d.check.n_seeds * len(d.families))
    return search_tables(work, lambda: progress.advance(designs), lambda: progress.advance(seeds))


@decide_app.command()
def game(
    name: Annotated[str, typer.Argument(help="A game of eum by name, or a .toml file.")] = "game-top-ups",
    seed: Seed = 1,
    out: Out = None,
    replace: Replace = False,
    as_json: Json = False,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Best responses of districts to each other, and what all pay at the end.

    Example: eum decide game game-top-ups
    """
    from eum.analysis.decision.definition import GameDefinition, load_choice
    from eum.analysis.decision.find_game import about_game, game_tables
    from eum.city.data import load_city_data
    from eum.runner.results_store import new_result

    definition, path = load_choice(GameDefinition, name)
    folder = out or Path("results") / definition.name
    package = load_city_data()
    with new_result(folder, replace), progress_bar() as progress:
        task = progress.add_task("Evaluating profiles in expectation", total=None)
        tables, sentences = game_tables(package, definition, path, seed, lambda: progress.advance(task))
        pictures = _pictures().game_pictures(tables["audit"])
        result = ChoiceResult(folder, "game", about_game(package, definition, path, seed), tables, pictures)
        _write(result)
    if _printed_as_json(result, as_json):
        return
    say(*sentences)
    rows = tables["audit"].query("district in ('all districts', 'city')").drop(columns=["rate", "operation_krw"])
    print_frame("What all get together, won beyond no top-ups", rows)
    say(f"Result: {folder}")
