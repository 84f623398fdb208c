"""The command `eum`: one thin function for each verb."""

import datetime
import os
import signal
import sys
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from sim.errors import InputError, StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from sim.study.single import Comparison

app = typer.Typer(no_args_is_help=True, add_completion=False, help="An open simulator of city local-currency policy.")
city_app = typer.Typer(no_args_is_help=True, help="The data of a city.")
policy_app = typer.Typer(no_args_is_help=True, help="Policy files.")
explain_app = typer.Typer(no_args_is_help=True, help="The story of one resident or one shop in two worlds.")
app.add_typer(explain_app, name="explain")
app.add_typer(city_app, name="city")
app.add_typer(policy_app, name="policy")

Scale = Annotated[float, typer.Option(help="Share of residents simulated; 1 is one to one.")]
Seed = Annotated[int, typer.Option(help="Seed of every draw; the same seed gives the same bytes.")]
Threads = Annotated[int, typer.Option(help="Threads; results do not depend on their number.", min=1)]
Family = Annotated[str, typer.Option(help="Family of evidence: survey, causal or iri2019.")]
Out = Annotated[Path | None, typer.Option(help="Folder of the result.")]
Replace = Annotated[bool, typer.Option("--replace", help="Replace a result of the same name.")]
Without = Annotated[list[str] | None, typer.Option(help="A mechanism to switch off (may be given more than once).")]
Days = Annotated[str, typer.Option(help="First and last day.")]

_CORES = os.cpu_count() or 1
_console = Console(stderr=True)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, TextColumn("left"), TimeRemainingColumn(), console=_console)


def _days(text: str) -> tuple[datetime.date, datetime.date]:
    try:
        start, end = (datetime.date.fromisoformat(part) for part in text.split(".."))
    except ValueError:
        raise InputError(f"--days: {text}: expected two days like 2020-01-01..2020-06-30") from None
    if end <= start:
        raise InputError(f"--days: {text}: expected the last day after the first")
    return start, end


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
    request = Request(policies, family, scale, seed, *_days(days), tuple(without or ()))
    with _progress() as progress:
        result = run_single(request, threads, folder, replace, progress)
    _print_comparison(result)
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
) -> None:
    """Compare policies on the same city and the same draws, each against the world without any.

    Example: eum compare incheon-2020-actual gyeyang-2020-actual
    """
    from sim.study.single import Request, run_single

    if len(policies) < 2:
        raise InputError(f"compare: {' '.join(policies)}: expected at least two policies")
    request = Request(policies, family, scale, seed, *_days(days), tuple(without or ()))
    with _progress() as progress:
        result = run_single(request, threads, None, False, progress)
    _print_comparison(result)


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
    from sim.study.mechanisms import MECHANISMS, Headline, headline_by_mechanism
    from sim.study.single import infer_family

    package = load_package()
    asked = Headline(policy, family, scale, tuple(range(1, seeds + 1)), *_days(days))
    with _progress() as progress:
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
def card(
    measured: Annotated[Path, typer.Option(help="Table of `eum mechanisms`.")] = Path("docs/mechanisms.csv"),
    out: Annotated[Path, typer.Option(help="File to write.")] = Path("docs/model-card.md"),
) -> None:
    """Write the model card from the code, the data and the table of mechanisms.

    Example: eum card --out docs/model-card.md
    """
    import pandas as pd

    from sim.card.model_card import model_card
    from sim.city.package import load_package

    if not measured.is_file():
        raise InputError(f"{measured}: no such table; expected the one that eum mechanisms writes")
    text = model_card(load_package(), pd.read_csv(measured))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    print(f"Model card: {out}")


@explain_app.command("resident")
def explain_resident(
    number: Annotated[int, typer.Argument(help="Number of the resident or visitor, from 0.")],
    policy: Annotated[str, typer.Argument(help="Policy by name or file.")] = "gyeyang-2020-actual",
    baseline: Annotated[str, typer.Option(help="Policy to compare with.")] = "none",
    scale: Scale = 0.01,
    seed: Seed = 1,
    family: Family = "causal",
    days: Days = "2020-03-01..2020-04-30",
    out: Annotated[Path | None, typer.Option(help="Write every purchase to this .csv file.")] = None,
) -> None:
    """Tell one resident's days in two worlds: what differed and which clause of the policy caused it.

    Example: eum explain resident 17000
    """
    from sim.study.explain import resident_story

    _explain(resident_story, "Resident", number, (policy, baseline, family, days), (scale, seed), out)


@explain_app.command("shop")
def explain_shop(
    number: Annotated[int, typer.Argument(help="Number of the shop, from 0.")],
    policy: Annotated[str, typer.Argument(help="Policy by name or file.")] = "gyeyang-2020-actual",
    baseline: Annotated[str, typer.Option(help="Policy to compare with.")] = "none",
    scale: Scale = 0.01,
    seed: Seed = 1,
    family: Family = "causal",
    days: Days = "2020-03-01..2020-04-30",
    out: Annotated[Path | None, typer.Option(help="Write every day to this .csv file.")] = None,
) -> None:
    """Tell one shop's days in two worlds: its sales, card sales and whether it is a Plus shop.

    Example: eum explain shop 100
    """
    from sim.study.explain import shop_story

    _explain(shop_story, "Shop", number, (policy, baseline, family, days), (scale, seed), out)


def _explain(
    story: "Callable[..., tuple[dict[str, object], pd.DataFrame]]", what: str, number: int,
    named: tuple[str, str, str, str], sized: tuple[float, int], out: Path | None,
) -> None:  # fmt: skip
    from sim.city.build import build_city
    from sim.city.package import load_package
    from sim.policy.files import load_policy
    from sim.study.explain import Story, brief
    from sim.study.single import infer_family, require_family

    policy, baseline, family, days = named
    scale, seed = sized
    require_family(family)
    asked = Story(load_policy(baseline), load_policy(policy), *_days(days), seed)
    package = load_package()
    city = build_city(package, scale, seed)
    with _progress() as progress:
        task = progress.add_task(f"{what} {number}", total=(asked.end - asked.start).days + 1)
        parameters = infer_family(package, family, seed).parameters
        about, rows = story(city, parameters, asked, number, lambda: progress.advance(task))
    print(f"{what} {number}: " + ", ".join(f"{name}: {value}" for name, value in about.items()))
    differ = brief(rows)
    _print_rows(differ, f"{baseline} and {policy}")
    print(f"{len(differ)} of {len(rows)} rows differ between the worlds.")
    if out is not None:
        rows.to_csv(out, index=False, lineterminator="\n")
        print(f"Table: {out}")


def _print_rows(rows: "pd.DataFrame", title: str) -> None:
    table = Table(title=title, caption="Won of the day; only what differs. All rows: --out FILE.csv")
    for name in rows.columns:
        table.add_column(str(name).replace("_", " "))
    for row in rows.itertuples(index=False):
        table.add_row(*(f"{v:,}" if isinstance(v, int) and not isinstance(v, bool) else str(v) for v in row))
    Console().print(table)


def _print_comparison(result: "Comparison") -> None:
    table = Table(title=result.title, caption=result.caption)
    for name in result.rows.columns:
        table.add_column(str(name), justify="left" if name == result.rows.columns[0] else "right")
    for row in result.rows.itertuples(index=False):
        table.add_row(*map(str, row))
    Console().print(table)


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
        with _progress() as progress:
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


@city_app.command("check")
def city_check(
    folder: Annotated[Path | None, typer.Argument(help="A data folder (default: the one of eum).")] = None,
) -> None:
    """Say what a city's data folder lacks or has wrong.

    Example: eum city check data
    """
    from sim.city.package import check_city, default_folder

    where = folder or default_folder()
    faults = check_city(where)
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        raise typer.Exit(2)
    print(f"{where}: complete, nothing wrong")


@policy_app.command("check")
def policy_check(policies: Annotated[list[str], typer.Argument(help="Policies by name or file.")]) -> None:
    """Check policy files and say in plain words what they promise, in Korean and English.

    Example: eum policy check gyeyang-2020-actual
    """
    from sim.policy.files import check_policy, load_policy
    from sim.policy.summary import summary

    faults = [fault for name in policies for fault in check_policy(name)]
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        raise typer.Exit(2)
    for name in policies:
        policy = load_policy(name)
        print(f"{policy.title_ko} / {policy.title_en}")
        for language in ("ko", "en"):
            print("\n".join(f"  - {line}" for line in summary(policy, language)))


@policy_app.command("schema")
def policy_schema() -> None:
    """Print the JSON Schema of policy files, for editors."""
    import json

    from sim.policy.files import json_schema

    print(json.dumps(json_schema(), indent=1, ensure_ascii=False))


def _stop(*_: object) -> None:
    raise StoppedError


def main() -> None:
    """Run the command; a bad input is told on one line with exit code 2, Ctrl-C ends with 130."""
    signal.signal(signal.SIGINT, _stop)
    try:
        app(standalone_mode=True)
    except InputError as error:
        print(f"eum: {error}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"eum: {where}{error.strerror or error}; nothing was left half-written", file=sys.stderr)
        sys.exit(2)
    except BrokenExecutor:
        print("eum: a worker process was killed; what was finished is kept, the same command goes on", file=sys.stderr)
        sys.exit(1)
    except (StoppedError, KeyboardInterrupt):
        print("eum: stopped; what was finished is kept, the same command goes on from there", file=sys.stderr)
        sys.exit(130)
