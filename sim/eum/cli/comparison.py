"""How a comparison of policies is run for `run` and `compare`, and printed: for people, or as records."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from eum.cli.options import many_beside, progress_bar
from eum.cli.screen import next_step, print_json, print_table, say

if TYPE_CHECKING:
    import pandas as pd

    from eum.analysis.experiments.compare import Runs
    from eum.analysis.experiments.comparison_tables import Comparison
    from eum.analysis.experiments.run import RunConfig
    from eum.city.data import CityData
    from eum.runner.stopping_rule import PrecisionTarget


class Shown(NamedTuple):
    """How a comparison is printed: every table or the main ones, for people or as records."""

    full: bool
    as_json: bool


class ExecutorChoice(NamedTuple):
    """What runs tasks: processes of this machine, or the workers of a Dask scheduler."""

    workers: int
    cluster: str


def run_one(request: "RunConfig", threads: int, folder: Path, replace: bool, shown: Shown) -> None:
    """Run policies once beside the scenario without any, keep the run in a folder and print its figures."""
    from eum.analysis.experiments.compare import Runs
    from eum.analysis.experiments.compare_run import run_kept

    with progress_bar() as progress:
        package, rows = run_kept(request, threads, folder, replace, progress)
    _print_rows(package, request, rows, Runs(1, 0), shown, folder)


def compare_seeds(request: "RunConfig", seeds: int, draws: int, threads: int, table: Path | None, shown: Shown) -> None:
    """Run a comparison over a number of seeds, or of draws of the parameters, and print the differences."""
    from eum.analysis.experiments.compare import Runs, comparison_table, requests_by_family
    from eum.analysis.experiments.run import setting_for
    from eum.city.data import load_city_data

    repeated, package = Runs(seeds, draws), load_city_data()
    n_days = sum(setting_for(mine).n_days for mine in requests_by_family(request).values()) * len(repeated.units)
    with progress_bar() as progress:
        task = progress.add_task("Running all policies by day", total=n_days)
        rows = comparison_table(package, request, repeated, threads, lambda: progress.advance(task))
    _write(rows, table)
    _print_rows(package, request, rows, repeated, shown)
    _next_comparison(request)


def repeat(
    request: "RunConfig", wish: "PrecisionTarget", folder: Path, replace: bool, executor: ExecutorChoice, shown: Shown
) -> None:
    """Repeat a comparison over seeds until its intervals are as narrow as wished; keep and print it."""
    from eum.analysis.experiments.compare import Runs, requests_by_family
    from eum.analysis.experiments.compare_repeated import replicate_until_precise, wish_words
    from eum.analysis.experiments.run import setting_for
    from eum.city.data import load_city_data
    from eum.runner.results_store import new_result
    from eum.runner.stopping_rule import log_lines, log_of, require_precision_target

    require_precision_target(wish, "--precision")
    for mine in requests_by_family(request).values():
        setting_for(mine)
    with new_result(folder, replace), many_beside(folder, "Running seeds", *executor) as many:
        rows = replicate_until_precise(request, wish, folder, many)
    log = log_of(folder)
    if shown.as_json:
        print_json({"comparison": rows, "stopping": log}, result=str(folder))
        return
    _print_rows(load_city_data(), request, rows, Runs(int(log["n"].max()), 0), shown)
    say(*log_lines(folder), wish_words(wish, log))
    _say_result(folder)


def compare_expected(request: "RunConfig", errors: Path | None, table: Path | None, shown: Shown) -> None:
    """Compare policies in expectation and print the measured error of that beside it."""
    from eum.analysis.experiments.compare_expected import EXPECTED, errors_table, expected_table
    from eum.analysis.experiments.comparison_tables import screens
    from eum.analysis.experiments.run import members_assumed, source_told, title
    from eum.analysis.validation.engine_error import load_errors, shipped_errors
    from eum.city.data import load_city_data

    measured, package = errors_table(load_errors(errors or shipped_errors()), request), load_city_data()
    rows = expected_table(package, request)
    _write(rows, table)
    if shown.as_json:
        print_json({"comparison": rows, "errors": measured.rows})
        return
    caption = EXPECTED + source_told(request.parameter_source) + members_assumed(package, request.start)
    for screen in [*screens(rows, title(request), caption, shown.full), measured]:
        print_comparison(screen)
    _next_comparison(request)


def _write(rows: "pd.DataFrame", table: Path | None) -> None:
    from eum.spreadsheets import write_spreadsheet_csv

    if table is not None:
        write_spreadsheet_csv(rows, table, "%.12g")


def _print_rows(
    package: "CityData",
    request: "RunConfig",
    rows: "pd.DataFrame",
    runs: "Runs",
    shown: Shown,
    folder: Path | None = None,
) -> None:
    from eum.analysis.experiments.comparison_tables import runs_words, screens
    from eum.analysis.experiments.run import members_assumed, source_told, title

    if shown.as_json:
        print_json({"comparison": rows}, **({"result": str(folder)} if folder else {}))
        return
    caption = runs_words(runs) + source_told(request.parameter_source) + members_assumed(package, request.start)
    for screen in screens(rows, title(request), caption, shown.full):
        print_comparison(screen)
    if folder is not None:
        _say_result(folder)
        policy = next(name for name in request.policies if name != "none")
        next_step(f"eum explain resident 17000 {policy}")


def _say_result(folder: Path) -> None:
    say(f"Result: {folder} (run.json, and tables of Parquet for pandas or DuckDB)")


def _next_comparison(request: "RunConfig") -> None:
    if len(request.policies) > 1:
        next_step(f"eum decide regret {' '.join(request.policies)}")


def print_comparison(result: "Comparison") -> None:
    """Print a comparison as a table."""
    first, *others = map(str, result.rows.columns)
    rows = result.rows.itertuples(index=False, name=None)
    print_table(result.title, (first, *others), rows, others, result.caption)
