"""Verbs that run the model: run, compare, mechanisms, study, report."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eum.cli.options import (
    CORES,
    Cluster,
    Data,
    Days,
    Families,
    Family,
    Full,
    Most,
    Out,
    OutFile,
    RelativeTo,
    Replace,
    Rung,
    Scale,
    Seed,
    Seeds,
    TableFile,
    Threads,
    Until,
    Without,
    Workers,
    app,
    many_beside,
    period,
    progress_bar,
    read_mesa,
    write_csv,
)
from eum.cli.screen import print_table
from eum.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from eum.analysis.experiments.compare import Runs
    from eum.analysis.experiments.comparison_tables import Comparison
    from eum.analysis.experiments.run import Request
    from eum.city.data import Package


@app.command()
def run(
    policies: Annotated[list[str], typer.Argument(help="Policies by name or file.")],
    scale: Scale = 0.01,
    seed: Seed = 1,
    threads: Threads = CORES,
    family: Families = "all",
    relative_to: RelativeTo = "",
    full: Full = False,
    days: Days = "2020-01-01..2020-06-30",
    without: Without = None,
    until: Until = None,
    rung: Rung = "net_city_sales",
    most: Most = 200,
    workers: Workers = CORES,
    cluster: Cluster = "",
    out: Out = None,
    replace: Replace = False,
    data: Data = None,
) -> None:
    """Run policies beside the world without any, and keep the record of the run, one table for all families.

    With --until-halfwidth the run is repeated over seeds until its interval is as narrow as wished, and the record
    holds the measures of every seed and the log of the stopping rule.

    Example: eum run gyeyang-2020-actual --scale 1
    """
    read_mesa()
    from eum.analysis.experiments.compare import Runs, by_family
    from eum.analysis.experiments.compare_run import run_kept
    from eum.analysis.experiments.run import Request, setting_for
    from eum.runner.results_store import require_new

    folder = out or Path("runs") / "+".join(Path(p).stem for p in policies)
    request = Request(policies, family, scale, seed, *period(days), tuple(without or ()), relative_to=relative_to)
    if until is not None:
        _repeat(request, (until, rung, most), (folder, replace), (workers, cluster), full)
        return
    for mine in by_family(request).values():
        setting_for(mine)
    require_new(folder, replace)
    with progress_bar() as progress:
        package, rows = run_kept(request, threads, folder, replace, progress)
    _print_screens(package, request, rows, Runs(1, 0), full)
    print(f"Result: {folder}")


@app.command()
def compare(
    policies: Annotated[list[str], typer.Argument(help="Two or more policies by name or file.")],
    scale: Scale = 0.01,
    seed: Seed = 1,
    threads: Threads = CORES,
    family: Families = "all",
    relative_to: RelativeTo = "",
    full: Full = False,
    days: Days = "2020-01-01..2020-06-30",
    without: Without = None,
    seeds: Annotated[int, typer.Option(help="Seeds at the centre of the priors: the interval of noise.", min=1)] = 1,
    draws: Annotated[
        int, typer.Option(help="Draws from the priors instead: the interval of what is not known.", min=0)
    ] = 0,
    table: TableFile = None,
    until: Until = None,
    rung: Rung = "net_city_sales",
    most: Most = 200,
    workers: Workers = CORES,
    cluster: Cluster = "",
    out: Out = None,
    replace: Replace = False,
    data: Data = None,
) -> None:
    """Compare any number of policies on the same city and the same draws, in every family of evidence.

    First what the change from the first policy (or --relative-to) to each other one costs and does, with the interval
    of that difference; then each against the world without any. With --until-halfwidth the comparison is repeated over
    seeds until the interval of each difference is as narrow as wished; figures and log are kept in a folder (--out).

    Example: eum compare incheon-2020-actual gyeyang-2020-actual --seeds 5
    """
    read_mesa()
    from eum.analysis.experiments.run import Request

    if len(policies) < 2:
        raise InputError(f"compare: {' '.join(policies)}: expected at least two policies")
    request = Request(policies, family, scale, seed, *period(days), tuple(without or ()), relative_to=relative_to)
    if until is not None:
        folder = out or Path("runs") / ("+".join(Path(p).stem for p in policies) + "-compared")
        _repeat(request, (until, rung, most), (folder, replace), (workers, cluster), full)
        return
    if out is not None:
        raise InputError(f"--out: {out}: only repeated runs are kept; expected --until-halfwidth beside it, or --table")
    _side_by_side(request, (seeds, draws), threads, (table, full))


def _print_screens(package: "Package", request: "Request", rows: "pd.DataFrame", runs: "Runs", full: bool) -> None:
    from eum.analysis.experiments.comparison_tables import runs_words, screens
    from eum.analysis.experiments.run import members_assumed, title

    told = runs_words(runs) + members_assumed(package, request.start)
    for screen in screens(rows, title(request), told, full):
        print_comparison(screen)


def _side_by_side(request: "Request", numbers: tuple[int, int], threads: int, shown: tuple[Path | None, bool]) -> None:
    from eum.analysis.experiments.compare import Runs, by_family, compared
    from eum.analysis.experiments.run import setting_for
    from eum.city.data import load_package
    from eum.spreadsheets import write_spreadsheet_csv

    runs, package, (file, full) = Runs(*numbers), load_package(), shown
    n_days = sum(setting_for(mine).n_days for mine in by_family(request).values()) * len(runs.units)
    with progress_bar() as progress:
        task = progress.add_task("Running all policies by day", total=n_days)
        rows = compared(package, request, runs, threads, lambda: progress.advance(task))
    if file is not None:
        write_spreadsheet_csv(rows, file, "%.12g")
    _print_screens(package, request, rows, runs, full)


def _repeat(
    request: "Request", wished: tuple[float, str, int], kept: tuple[Path, bool], crew: tuple[int, str], full: bool
) -> None:
    from eum.analysis.experiments.compare import Runs, by_family
    from eum.analysis.experiments.compare_repeated import run_until, wish_words
    from eum.analysis.experiments.run import setting_for
    from eum.city.data import load_package
    from eum.runner.results_store import require_new
    from eum.runner.stopping_rule import Wish, log_lines, log_of, require_wish

    wish, (folder, replace) = Wish(*wished), kept
    require_wish(wish, "--until-halfwidth")
    require_new(folder, replace)
    for mine in by_family(request).values():
        setting_for(mine)
    with many_beside(folder, "Running seeds", *crew) as many:
        rows = run_until(request, wish, folder, many)
    log = log_of(folder)
    _print_screens(load_package(), request, rows, Runs(int(log["n"].max()), 0), full)
    print("\n".join([*log_lines(folder), wish_words(wish, log)]))
    print(f"Result: {folder}")


def print_comparison(result: "Comparison") -> None:
    """Print a comparison as a table."""
    first, *others = map(str, result.rows.columns)
    rows = result.rows.itertuples(index=False, name=None)
    print_table(result.title, (first, *others), rows, others, result.caption)


@app.command()
def mechanisms(
    policy: Annotated[str, typer.Argument(help="Policy by name or file.")] = "gyeyang-2020-actual",
    scale: Scale = 0.01,
    seeds: Seeds = 3,
    family: Family = "causal",
    days: Days = "2020-01-01..2020-06-30",
    workers: Workers = CORES,
    cluster: Cluster = "",
    out: OutFile = Path("results/mechanisms.csv"),
    data: Data = None,
) -> None:
    """Switch off each mechanism of the model in turn and say what the headline loses.

    Example: eum mechanisms gyeyang-2020-actual --scale 0.05
    """
    from eum.analysis.validation.ablation import Headline, headline_by_mechanism
    from eum.calibration.central import infer_family
    from eum.city.data import load_package

    package = load_package()
    asked = Headline(policy, family, scale, tuple(range(1, seeds + 1)), *period(days))
    with many_beside(out, "Switching off mechanisms", workers, cluster) as many:
        rows = headline_by_mechanism(package, infer_family(package, family, 1).parameters, asked, many)
        write_csv(rows, out)
    net = rows[rows["measure"] == "net_city_sales"]
    title = f"Net city sales per 100 won of fiscal cost, {policy}, {family} family, {seeds} seeds"
    found = net[["mechanism", "value", "change", "noise"]].to_numpy()
    cells = [(name, f"{100 * v:.0f}", f"{100 * change:+.1f}", f"{100 * noise:.1f}") for name, v, change, noise in found]
    print_table(title, ("without", "won", "change", "noise"), cells, ("won", "change", "noise"))
    print(f"Table: {out}")


@app.command()
def responses(
    scale: Scale = 0.01,
    seeds: Seeds = 5,
    family: Family = "causal",
    workers: Workers = CORES,
    cluster: Cluster = "",
    out: OutFile = Path("results/responses.csv"),
    data: Data = None,
) -> None:
    """Hold the model against the published patterns of the card's use: what comes out, what misses, by how much.

    Example: eum responses --scale 0.05
    """
    from eum.analysis.validation.pattern_check import SHOWN, Asked, responses, worded
    from eum.calibration.central import infer_family
    from eum.calibration.priors import require_family
    from eum.city.data import load_package

    require_family(family)
    package = load_package()
    asked = Asked(family, scale, tuple(range(1, seeds + 1)))
    with many_beside(out, "Running the windows", workers, cluster) as many:
        rows = responses(package, infer_family(package, family, 1).parameters, asked, many)
        write_csv(rows, out)
    cells = [
        (name, days, worded(observed, unit), worded(value, unit), told)
        for name, days, unit, observed, value, told in rows[list(SHOWN)].to_numpy()
    ]
    columns = ("pattern", "period", "published", "simulated", "verdict")
    print_table(f"Published patterns, {family} family, {seeds} seeds", columns, cells, ("published", "simulated"))
    print(f"Table: {out}")


@app.command()
def study(
    name: Annotated[str, typer.Argument(help="A study of eum by name, or a .toml file.")],
    scale: Annotated[
        float | None, typer.Option(help="Share of residents simulated (default: as the study says).")
    ] = None,
    seed: Seed = 1,
    workers: Workers = CORES,
    cluster: Cluster = "",
    out: Out = None,
    replace: Replace = False,
    data: Data = None,
) -> None:
    """Run a whole study and build its report; a study stopped half-way goes on where it was.

    Example: eum study gyeyang-2020
    """
    from eum.analysis.experiments.definition import with_scale
    from eum.analysis.experiments.ready import load_study
    from eum.analysis.experiments.study import ensemble_of, is_done, run_study
    from eum.city.data import load_package
    from eum.output.report import build_report
    from eum.output.report.documents import definitions
    from eum.output.report.headline import headline
    from eum.runner.stopping_rule import log_lines

    asked = load_study(name)
    definition = with_scale(asked.definition, scale)
    definitions()
    package = load_package()
    folder = out or Path("results") / definition.name
    ensemble = ensemble_of(asked._replace(definition=definition), package, seed)
    if not is_done(ensemble, folder, replace):
        with many_beside(folder, f"Study {definition.name}", workers, cluster) as many:
            run_study(ensemble, folder, many)
    if definition.enough is not None:
        print("\n".join(log_lines(folder)))
    pages = build_report(folder, folder / "report")
    for line in headline(folder):
        print(line)
    print("\n".join(f"Report: {page}" for page in pages))


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="Folder of a finished study.")],
    out: Out = None,
) -> None:
    """Build the report of a finished study again: the same study gives the same bytes.

    Example: eum report results/gyeyang-2020
    """
    from eum.output.report import build_report

    for page in build_report(folder, out or folder / "report"):
        print(f"Report: {page}")
