"""Verbs about what was done: replay the record, and run what others did elsewhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from sim.cli.check import policy_app
from sim.cli.options import CORES, Family, Out, Replace, Scale, Seed, Threads, app, period, progress_bar

if TYPE_CHECKING:
    import pandas as pd


OwnJoining = Annotated[
    bool, typer.Option("--own-joining", help="Let members join by the model's rule, not as they were counted.")
]
Own = Annotated[
    Path | None,
    typer.Option(help="Own figures to set beside: CSV with period_start, period_end, indicator, value, unit."),
]


@policy_app.command("record")
def policy_record(
    out: Annotated[Path, typer.Option(help="File to write.")] = Path("docs/policy-record.md"),
) -> None:
    """Write the page that says which row of the record stands in which policy file, and how faithfully.

    Example: eum policy record --out docs/policy-record.md
    """
    from sim.city.package import load_package
    from sim.study.policy_record import policy_record

    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(policy_record(load_package()), encoding="utf-8")
    print(f"Record: {out}")


@app.command()
def replay(
    start: Annotated[str, typer.Argument(help="First day, like 2019-05-01.")],
    end: Annotated[str, typer.Argument(help="Last day, like 2019-12-31.")],
    scale: Scale = 0.01,
    seed: Seed = 1,
    threads: Threads = CORES,
    family: Family = "causal",
    own_joining: OwnJoining = False,
    own: Own = None,
    out: Out = None,
    replace: Replace = False,
) -> None:
    """Run any window of the record again, beside what was published of it month by month, and beside figures of
    one's own (--own; payments, cashback_paid, cashback_rate_effective and subscribers of the whole city).

    Example: eum replay 2019-05-01 2019-12-31
    """
    from sim.study.own_data import shown
    from sim.study.policy_record import HISTORY
    from sim.study.replay import replay
    from sim.study.single import Request

    folder = out or Path("runs") / f"replay-{start}-{end}"
    request = Request([HISTORY], family, scale, seed, *period(f"{start}..{end}"), members_given=not own_joining)
    with progress_bar() as progress:
        found = replay(request, threads, folder, replace, progress, own)
    _print(found.months, f"{HISTORY}, {start} to {end}, scale {scale:g}, {family} family")
    if found.own is not None:
        _print(shown(found.own), f"{own} beside the model and what was published")
    _print(found.budgets, "Budgets that paid")
    for line in found.assumed:
        print(f"- {line}")
    print(f"Result: {folder}")


def _cell(name: str, value: object) -> str:
    if value is None or value != value or value == "":
        return "-"
    if name.endswith("_krw"):
        return f"{float(str(value)) / 1e8:,.1f}"
    if name.endswith("_rate"):
        return f"{float(str(value)):.2f}"
    return str(value)


def _print(rows: "pd.DataFrame", title: str) -> None:
    """Print a table; won in hundred millions (억원)."""
    table = Table(title=title)
    for name in map(str, rows.columns):
        told = name.replace("_krw", " (억원)").replace("_rate", " rate (%)").replace("_", " ")
        table.add_column(told, justify="right" if told != name.replace("_", " ") else "left", overflow="fold")
    for row in rows.itertuples(index=False):
        table.add_row(*(_cell(str(name), value) for name, value in zip(rows.columns, row, strict=True)))
    Console().print(table)


@app.command()
def transfer(
    scale: Scale = 0.01,
    seeds: Annotated[int, typer.Option(help="Seeds to average over.", min=1)] = 2,
    out: Annotated[Path, typer.Option(help="Table to write; a page of the same name stands beside it.")] = Path(
        "docs/transfer.csv"
    ),
) -> None:
    """Run the programmes of other places on this city, each beside what was published of it.

    Example: eum transfer --out docs/transfer.csv
    """
    import pandas as pd

    from sim.city.package import load_package
    from sim.study.transfer import VARIANTS, Asked, n_days, transfer
    from sim.study.transfer_page import side_by_side, transfer_page

    package = load_package()
    asked = Asked(VARIANTS, scale, tuple(range(1, seeds + 1)))
    with progress_bar() as progress:
        task = progress.add_task("Running programmes by day", total=n_days(package) * seeds * len(VARIANTS))
        rows = transfer(package, asked, lambda: progress.advance(task))
    out.parent.mkdir(parents=True, exist_ok=True)
    rows.to_csv(out, index=False, float_format="%.6g", lineterminator="\n")
    page = out.with_suffix(".md")
    page.write_text(transfer_page(pd.read_csv(out)), encoding="utf-8")
    _print(side_by_side(rows), f"Programmes elsewhere, {seeds} seeds")
    print(f"Table: {out}\nPage: {page}")
