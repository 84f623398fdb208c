"""Verbs that choose between policies: equal, regret, search, game."""

import math
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress

from eum.cli.options import (
    Beyond,
    CountedFrom,
    Data,
    Days,
    Families,
    Out,
    Replace,
    Scale,
    Seed,
    app,
    counted_from,
    period,
    progress_bar,
)
from eum.cli.screen import print_table
from eum.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from eum.analysis.decision.find_break_even import EqualQuestion
    from eum.analysis.decision.find_designs import Search
    from eum.analysis.decision.find_regret import RegretQuestion
    from eum.analysis.experiments.states_of_the_world import Asked

Draws = Annotated[int, typer.Option(help="Draws from the priors of each family, besides the centre.", min=0)]
Measure = Annotated[str, typer.Option(help="What is measured; a wrong name lists all of them.")]


def _number(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    if value != value:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def print_rows(title: str, rows: "pd.DataFrame", caption: str = "") -> None:
    """Print a table of numbers, each with four digits."""
    from pandas.api.types import is_numeric_dtype

    names = list(map(str, rows.columns))
    cells = [list(map(_number, row)) for row in rows.itertuples(index=False, name=None)]
    print_table(title, names, cells, [name for name in names if is_numeric_dtype(rows[name])], caption)


def _pictures() -> ModuleType:
    """Return what draws the pictures of a choice, once there is something to draw: reading it takes a second or more,
    and a bad input is told before."""

    from eum.cli import figures

    return figures


def within_range(text: str) -> tuple[float, float, float]:
    """Return low, high and step written like 0..10:0.01. Raises InputError for anything else."""
    try:
        span, step = text.split(":")
        low, high = span.split("..")
        numbers = float(low), float(high), float(step)
        if not all(map(math.isfinite, numbers)):
            raise ValueError
        return numbers
    except ValueError:
        raise InputError(f"--within: {text}: expected low, high and step like 0..10:0.01") from None


@app.command()
def equal(
    template: Annotated[str, typer.Argument(help="A template of eum by name, or a policy file with [variables].")],
    variable: Annotated[str, typer.Argument(help="The variable to be set.")],
    to: Annotated[str, typer.Option(help="The reference policy, by name or file.")],
    within: Annotated[str, typer.Option(help="Allowed values: low..high:step.")],
    measure: Measure = "fiscal_cost",
    relative_to: CountedFrom = "none",
    beyond: Beyond = "",
    tolerance: Annotated[float, typer.Option(help="Difference that counts as equal, percent.", min=0)] = 0.1,
    points: Annotated[int, typer.Option(help="Values looked at first for changes of sign.", min=2)] = 9,
    draws: Draws = 10,
    seeds: Annotated[int, typer.Option(help="Seeds of the full runs that check; 0 leaves them out.", min=0)] = 4,
    scale: Scale = 0.02,
    seed: Seed = 1,
    family: Families = "all",
    days: Days = "2020-01-01..2020-06-30",
    out: Out = None,
    replace: Replace = False,
    data: Data = None,
) -> None:
    """Find the value of a variable at which a design equals a reference: in cost, or in any other measure.

    Example: eum equal city-rate rate_percent --to incheon-2020-actual --within 1..12:0.01
    """
    from eum.analysis.decision.break_even import steps_of
    from eum.analysis.decision.find_break_even import EqualQuestion
    from eum.analysis.decision.templates import template_named
    from eum.analysis.experiments.measures import require_measure
    from eum.analysis.experiments.states_of_the_world import Asked, families_of

    require_measure(measure)
    steps = steps_of(*within_range(within), "--within")
    base = counted_from(relative_to, beyond)
    question = EqualQuestion(template_named(template), variable, steps, to, measure, base, tolerance, points)
    asked = Asked(families_of(family), draws, period(days), scale, seed)
    _equal(question, asked, seeds, out or Path("results") / f"equal-{Path(template).stem}-{variable}", replace)


def _equal(question: "EqualQuestion", asked: "Asked", n_seeds: int, folder: Path, replace: bool) -> None:
    from eum.analysis.decision.break_even import by_family
    from eum.analysis.decision.find_break_even import about_equal, equal_tables
    from eum.city.data import load_package
    from eum.runner.result_folder import kept
    from eum.runner.results_store import require_new

    require_new(folder, replace)
    package = load_package()
    with progress_bar() as progress:
        n = len(asked.families) * (asked.n_draws + 1)
        worlds = progress.add_task("Solving in plausible worlds", total=n)
        runs = progress.add_task("Checking in full runs", total=2 * len(asked.families) if n_seeds else 0)
        tables = equal_tables(
            package, asked, question, n_seeds, (lambda: progress.advance(worlds), lambda: progress.advance(runs))
        )
    kept(folder, "equal", about_equal(package, asked, question, n_seeds), tables, {})
    title = f"{question.variable} at which {question.measure} equals that of {question.reference}"
    told = "In expectation. Low and high: 5th and 95th percentile of the draws with one solution."
    print_rows(title, by_family(tables["solutions"]), told)
    if n_seeds:
        told = f"Mean of design less reference over {n_seeds} seeds; low, high: 90 % interval of that mean."
        print_rows("Checked in full runs", tables["check"].drop(columns=["reference"]), told)
    print(f"Result: {folder}")


@app.command()
def regret(
    policies: Annotated[list[str], typer.Argument(help="Two or more designs by name or file.")],
    measure: Measure = "net_city_sales_per_100_won",
    relative_to: CountedFrom = "none",
    beyond: Beyond = "",
    draws: Draws = 10,
    points: Annotated[int, typer.Option(help="Points of each parameter's range; 0 leaves flips out.", min=0)] = 3,
    seed: Seed = 1,
    family: Families = "all",
    days: Days = "2020-01-01..2020-06-30",
    out: Out = None,
    replace: Replace = False,
    data: Data = None,
) -> None:
    """Hold designs against each other in every plausible world: regret, and what would change which is better.

    Example: eum regret incheon-2020-actual incheon-2020-announced --draws 10
    """
    from eum.analysis.decision.find_regret import RegretQuestion
    from eum.analysis.experiments.measures import require_measure
    from eum.analysis.experiments.states_of_the_world import Asked, families_of
    from eum.policy.files import load_policy

    if len(policies) < 2:
        raise InputError(f"regret: {' '.join(policies)}: expected at least two designs")
    require_measure(measure)
    base = counted_from(relative_to, beyond)
    question = RegretQuestion([load_policy(p) for p in policies], measure, base, points)
    folder = out or Path("results") / ("regret-" + "+".join(Path(p).stem for p in policies))
    _regret(question, Asked(families_of(family), draws, period(days), 1.0, seed), folder, replace)


def _regret(question: "RegretQuestion", asked: "Asked", folder: Path, replace: bool) -> None:
    from eum.analysis.decision.find_regret import about_regret, regret_tables, sentences, steps_shown
    from eum.analysis.experiments.measures import require_measure
    from eum.city.data import load_package
    from eum.runner.result_folder import kept
    from eum.runner.results_store import require_new

    require_new(folder, replace)
    package, measure = load_package(), require_measure(question.measure)
    with progress_bar() as progress:
        tables = regret_tables(package, asked, question, steps_shown(progress, asked, question))
    pictures = _pictures().regret_pictures(tables, question.measure, measure.unit)
    kept(folder, "regret", about_regret(package, asked, question), tables, pictures)
    told = "Median, low and high: 5th to 95th percentile of the draws; regret over the centre and all draws."
    print_rows(f"{question.measure} ({measure.unit}) and its regret", tables["regret"], told)
    print("\n".join(sentences(tables, measure.unit)))
    print(f"Result: {folder}")


@app.command()
def search(
    name: Annotated[str, typer.Argument(help="A search of eum by name, or a .toml file.")],
    designs: Annotated[int | None, typer.Option(help="Designs to judge (default: as the file says).", min=1)] = None,
    seed: Seed = 1,
    out: Out = None,
    replace: Replace = False,
    data: Data = None,
) -> None:
    """Search a template for designs that no other one beats; a search stopped half-way goes on where it was.

    Example: eum search search-gyeyang
    """
    from eum.analysis.decision.definition import SearchDefinition, load_choice
    from eum.analysis.decision.find_designs import about_search, search_of, shown
    from eum.city.data import load_package
    from eum.runner.result_folder import kept
    from eum.runner.results_store import partial_folder, require_new

    definition, path = load_choice(SearchDefinition, name)
    if designs is not None:
        definition = definition.model_copy(
            update={"effort": definition.effort.model_copy(update={"n_designs": designs})}
        )
    folder = out or Path("results") / definition.name
    require_new(folder, replace)
    work = search_of(definition, path, load_package(), seed, partial_folder(folder))
    with progress_bar() as progress:
        tables = _searched(work, progress)
    units = {o.measure: work.units[o.measure] for o in definition.objective}
    kept(folder, "search", about_search(work), tables, _pictures().front_pictures(tables, units))
    print_rows("How the designs were found", tables["method"])
    for family, rows in shown(tables["front"], work).items():
        told = "Expected | mean of full runs (90 % interval of that mean over seeds)"
        print_rows(f"Designs that no other one beats, {family}", rows, told)
    print(f"Result: {folder}")


def _searched(work: "Search", progress: Progress) -> "dict[str, pd.DataFrame]":
    from eum.analysis.decision.find_designs import search_tables

    d = work.definition
    designs = progress.add_task("Judging designs in expectation", total=work.n_judged * len(d.families))
    seeds = progress.add_task("Full runs of the front", total=d.check.n_seeds * len(d.families))
    return search_tables(work, lambda: progress.advance(designs), lambda: progress.advance(seeds))


@app.command()
def game(
    name: Annotated[str, typer.Argument(help="A game of eum by name, or a .toml file.")] = "game-top-ups",
    seed: Seed = 1,
    out: Out = None,
    replace: Replace = False,
    data: Data = None,
) -> None:
    """Let districts choose against each other: where it settles, and what it costs them together.

    Example: eum game game-top-ups
    """
    from eum.analysis.decision.definition import GameDefinition, load_choice
    from eum.analysis.decision.find_game import about_game, game_tables
    from eum.city.data import load_package
    from eum.runner.result_folder import kept
    from eum.runner.results_store import require_new

    definition, path = load_choice(GameDefinition, name)
    folder = out or Path("results") / definition.name
    require_new(folder, replace)
    package = load_package()
    with progress_bar() as progress:
        task = progress.add_task("Living profiles in expectation", total=None)
        tables, told = game_tables(package, definition, path, seed, lambda: progress.advance(task))
    pictures = _pictures().game_pictures(tables["audit"])
    kept(folder, "game", about_game(package, definition, path, seed), tables, pictures)
    print("\n".join(told))
    rows = tables["audit"].query("district in ('all districts', 'city')").drop(columns=["rate", "operation_krw"])
    print_rows("What all get together, won beyond no top-ups", rows)
    print(f"Result: {folder}")
