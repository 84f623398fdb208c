"""Verbs that run the model: run, compare, mechanisms, study, report."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from sim.cli.options import Days, Family, Out, Replace, Scale, Seed, Threads, Without, app, period, progress_bar
from sim.errors import InputError

if TYPE_CHECKING:
    from sim.study.single import Comparison

_CORES = os.cpu_count() or 1


@app.command()
def run(
    policies: Annotated[list[str], typer.Argument(help="Policies by name or file.")],
    scale: Scale = 0.01,
    seed: Seed = 1,
    threads: Threads = _CORES,
    family: Family = "causal",
    days: Days = "2020-01-01..2020-06-30",
    without: Without = None,
    out: Out = None,
    replace: Replace = False,
) -> None:
    """Run policies beside the world without any, and keep the record of the run.

    Example: eum run gyeyang-2020-actual --scale 1
    """
    from sim.study.single import Request, run_single

    folder = out or Path("runs") / "+".join(Path(p).stem for p in policies)
    request = Request(policies, family, scale, seed, *period(days), tuple(without or ()))
    with progress_bar() as progress:
        result = run_single(request, threads, folder, replace, progress)
    print_comparison(result)
    print(f"Result: {folder}")


@app.command()
def compare(
    policies: Annotated[list[str], typer.Argument(help="Two or more policies by name or file.")],
    scale: Scale = 0.01,
    seed: Seed = 1,
    threads: Threads = _CORES,
    family: Family = "causal",
    days: Days = "2020-01-01..2020-06-30",
    without: Without = None,
    seeds: Annotated[int, typer.Option(help="Seeds at the centre of the priors: the interval of noise.", min=1)] = 1,
    draws: Annotated[int, typer.Option(help="Draws from the priors instead: the interval of what is not known.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Table to write (CSV), in won.")] = None,
) -> None:
    """Compare any number of policies on the same city and the same draws, each against the world without any.

    Example: eum compare incheon-2020-actual gyeyang-2020-actual --seeds 5
    """
    from sim.choice.compare import Runs, caption, compared, shown
    from sim.city.package import load_package
    from sim.study.single import Comparison, Request, setting_for, title

    if len(policies) < 2:
        raise InputError(f"compare: {' '.join(policies)}: expected at least two policies")
    request, runs = Request(policies, family, scale, seed, *period(days), tuple(without or ())), Runs(seeds, draws)
    n_days = setting_for(request).n_days * len(runs.units)
    with progress_bar() as progress:
        task = progress.add_task("Running all policies by day", total=n_days)
        rows = compared(load_package(), request, runs, threads, lambda: progress.advance(task))
    if out is not None:
        rows.to_csv(out, index=False, float_format="%.6g", lineterminator="\n")
    print(title(request))
    for group, table in shown(rows).items():
        print_comparison(Comparison(group, "", table))
    print(caption(runs))


def print_comparison(result: "Comparison") -> None:
    """Print a comparison as a table."""
    table = Table(title=result.title, caption=result.caption)
    for name in result.rows.columns:
        table.add_column(str(name), justify="left" if name == result.rows.columns[0] else "right")
    for row in result.rows.itertuples(index=False):
        table.add_row(*map(str, row))
    Console().print(table)


@app.command()
def mechanisms(
    policy: Annotated[str, typer.Argument(help="Policy by name or file.")] = "gyeyang-2020-actual",
    scale: Scale = 0.01,
    seeds: Annotated[int, typer.Option(help="Seeds to average over.", min=1)] = 3,
    family: Family = "causal",
    days: Days = "2020-01-01..2020-06-30",
    out: Annotated[Path, typer.Option(help="Table to write.")] = Path("docs/mechanisms.csv"),
) -> None:
    """Switch off each mechanism of the model in turn and say what the headline loses.

    Example: eum mechanisms --out docs/mechanisms.csv
    """
    from sim.city.package import load_package
    from sim.study.centre import infer_family
    from sim.study.mechanisms import MECHANISMS, Headline, headline_by_mechanism

    package = load_package()
    asked = Headline(policy, family, scale, tuple(range(1, seeds + 1)), *period(days))
    with progress_bar() as progress:
        task = progress.add_task("Switching off mechanisms", total=(1 + len(MECHANISMS)) * seeds)
        parameters = infer_family(package, family, 1).parameters
        rows = headline_by_mechanism(package, parameters, asked, lambda: progress.advance(task))
    out.parent.mkdir(parents=True, exist_ok=True)
    rows.to_csv(out, index=False, float_format="%.6g", lineterminator="\n")
    net = rows[rows["measure"] == "net_city_sales"]
    table = Table(title=f"Net city sales per 100 won of public cost, {policy}, {family} family, {seeds} seeds")
    for name in ("without", "won", "change", "noise"):
        table.add_column(name, justify="left" if name == "without" else "right")
    for name, value, change, noise in net[["mechanism", "value", "change", "noise"]].to_numpy():
        table.add_row(str(name), f"{100 * value:.0f}", f"{100 * change:+.1f}", f"{100 * noise:.1f}")
    Console().print(table)
    print(f"Table: {out}")


@app.command()
def responses(
    scale: Scale = 0.01,
    seeds: Annotated[int, typer.Option(help="Seeds to average over.", min=1)] = 5,
    family: Family = "causal",
    out: Annotated[Path, typer.Option(help="Table to write.")] = Path("docs/responses.csv"),
) -> None:
    """Hold the model against the published patterns of the card's use: what comes out, what misses, by how much.

    Example: eum responses --out docs/responses.csv
    """
    from sim.city.package import load_package
    from sim.study.centre import infer_family
    from sim.study.responses import SHOWN, Asked, n_days, responses, worded
    from sim.study.single import require_family

    require_family(family)
    package = load_package()
    asked = Asked(family, scale, tuple(range(1, seeds + 1)))
    with progress_bar() as progress:
        task = progress.add_task("Running the windows by day", total=n_days() * seeds)
        parameters = infer_family(package, family, 1).parameters
        rows = responses(package, parameters, asked, lambda: progress.advance(task))
    out.parent.mkdir(parents=True, exist_ok=True)
    rows.to_csv(out, index=False, float_format="%.6g", lineterminator="\n")
    table = Table(title=f"Published patterns, {family} family, {seeds} seeds")
    for name in ("pattern", "period", "published", "simulated", "verdict"):
        table.add_column(name, justify="right" if name in ("published", "simulated") else "left", overflow="fold")
    for name, days, unit, observed, value, told in rows[list(SHOWN)].to_numpy():
        table.add_row(name, days, worded(observed, unit), worded(value, unit), told)
    Console().print(table)
    print(f"Table: {out}")


@app.command()
def study(
    name: Annotated[str, typer.Argument(help="A study in reports/, or a .toml file.")],
    scale: Annotated[
        float | None, typer.Option(help="Share of residents simulated (default: as the study says).")
    ] = None,
    seed: Seed = 1,
    threads: Threads = _CORES,
    out: Out = None,
    replace: Replace = False,
) -> None:
    """Run a whole study and build its report; a study stopped half-way goes on where it was.

    Example: eum study gyeyang-2020
    """
    from sim.city.package import load_package
    from sim.report import build_report
    from sim.report.headline import headline
    from sim.study.definition import load_definition, with_scale
    from sim.study.run_study import ensemble_of, is_done, run_study

    definition = with_scale(load_definition(name), scale)
    package = load_package()
    folder = out or Path("results") / definition.name
    ensemble = ensemble_of(definition, package, seed, folder)
    if not is_done(ensemble, folder, replace):
        with progress_bar() as progress:
            task = progress.add_task(f"Study {definition.name}", total=len(ensemble.units))
            run_study(ensemble, folder, threads, lambda: progress.advance(task))
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
    from sim.report import build_report

    for page in build_report(folder, out or folder / "report"):
        print(f"Report: {page}")
