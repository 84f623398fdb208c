"""Verbs about what was done: replay the record, and run what others did elsewhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eum.cli.data import policy_app
from eum.cli.options import (
    CORES,
    Data,
    Family,
    Out,
    OutFile,
    Replace,
    Scale,
    Seed,
    Seeds,
    Threads,
    app,
    progress_bar,
    window,
)
from eum.cli.screen import print_table

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
def policy_record(out: OutFile = Path("results/policy-record.md"), data: Data = None) -> None:
    """Write the page that says which row of the record stands in which policy file, and how faithfully.

    Example: eum policy record --out policy-record.md
    """
    from eum.city.data import load_package
    from eum.output.evidence_pages.policy_record import policy_record

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
    data: Data = None,
) -> None:
    """Run any window of the record again, beside what was published of it month by month, and beside figures of
    one's own (--own; payments, cashback_paid, cashback_rate_effective and subscribers of the whole city).

    Example: eum replay 2019-05-01 2019-12-31
    """
    from eum.analysis.experiments.run import Request
    from eum.analysis.policy_history.register import HISTORY
    from eum.analysis.policy_history.replay import replay
    from eum.analysis.policy_history.user_data import shown

    folder = out or Path("runs") / f"replay-{start}-{end}"
    request = Request([HISTORY], family, scale, seed, *window(start, end), members_given=not own_joining)
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
    names = list(map(str, rows.columns))
    told = [name.replace("_krw", " (억원)").replace("_rate", " rate (%)").replace("_", " ") for name in names]
    numbers = [shown for name, shown in zip(names, told, strict=True) if shown != name.replace("_", " ")]
    cells = [[_cell(name, v) for name, v in zip(names, row, strict=True)] for row in rows.itertuples(index=False)]
    print_table(title, told, cells, numbers)


@app.command()
def transfer(
    scale: Scale = 0.01,
    seeds: Seeds = 2,
    out: OutFile = Path("results/transfer.csv"),
    data: Data = None,
) -> None:
    """Run the programmes of other places on this city, each beside what was published of it.

    A page of the same name as the table stands beside it.

    Example: eum transfer --scale 0.05
    """
    import pandas as pd

    from eum.analysis.validation.external import VARIANTS, Asked, n_days, transfer
    from eum.city.data import load_package
    from eum.output.evidence_pages.external import side_by_side, transfer_page

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
