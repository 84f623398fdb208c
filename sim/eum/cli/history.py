"""The group `history`: what was done and published, replayed by the model, and how far policy files cover it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eum.artifacts import write_whole
from eum.cli.front import group
from eum.cli.options import (
    CORES,
    Data,
    Family,
    Json,
    Lang,
    Out,
    OutFile,
    Replace,
    Scale,
    Seed,
    Threads,
    progress_bar,
    window,
)
from eum.cli.screen import next_step, print_json, print_table, say

if TYPE_CHECKING:
    import pandas as pd


history_app = group("history", "Replay the history of the card; coverage by policy files.")

EndogenousAdoption = Annotated[
    bool,
    typer.Option("--endogenous-adoption", help="Let residents adopt by the model's rule, not as they were counted."),
]
UserData = Annotated[
    Path | None,
    typer.Option(help="Own figures to compare with: CSV with period_start, period_end, indicator, value, unit."),
]


@history_app.command("replay")
def replay(
    start: Annotated[str, typer.Argument(help="First day, like 2019-05-01.")],
    end: Annotated[str, typer.Argument(help="Last day, like 2019-12-31.")],
    scale: Scale = 0.01,
    seed: Seed = 1,
    threads: Threads = CORES,
    evidence: Family = "causal",
    endogenous_adoption: EndogenousAdoption = False,
    user_data: UserData = None,
    out: Out = None,
    replace: Replace = False,
    as_json: Json = False,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Run any window of the history and compare it with what was published.

    The model simulates the record from its first day, so that people and budgets stand where that has brought them.
    Month by month; with --user-data also with figures of one's own (payments, cashback_paid, cashback_rate_effective
    and subscribers of the whole city).

    Example: eum history replay 2019-05-01 2019-12-31
    """
    from eum.analysis.experiments.run import RunConfig
    from eum.analysis.policy_history.replay import replayed_history
    from eum.analysis.policy_history.user_data import shown_months
    from eum.engine.history import HISTORY

    folder = out or Path("runs") / f"replay-{start}-{end}"
    days = window(start, end, ("START", "END"))
    request = RunConfig([HISTORY], evidence, scale, seed, *days, members_given=not endogenous_adoption)
    with progress_bar() as progress:
        found = replayed_history(request, threads, folder, replace, progress, user_data)
    if as_json:
        own = {} if found.own is None else {"user_data": found.own}
        print_json(
            {"months": found.months, "budgets": found.budgets, **own}, assumptions=found.assumed, result=str(folder)
        )
        return
    print_months(found.months, f"{HISTORY}, {start} to {end}, scale {scale:g}, {evidence} family")
    if found.own is not None:
        print_months(shown_months(found.own), f"{user_data}, compared with the model and what was published")
    print_months(found.budgets, "Budgets that paid")
    say(*(f"- {line}" for line in found.assumed), f"Result: {folder}")
    next_step("eum history coverage")


@history_app.command("coverage")
def coverage(out: OutFile = Path("results/policy-record.md"), lang: Lang = None, data: Data = None) -> None:
    """Write the page on how far policy files cover the history.

    It names for each row of the register the policy file that holds it, and how faithfully.

    Example: eum history coverage --out policy-record.md
    """
    from eum.city.data import load_city_data
    from eum.output.evidence_pages.policy_record import policy_record

    write_whole(out, policy_record(load_city_data()))
    say(f"Page: {out}")


def _cell(name: str, value: object) -> str:
    if value is None or value != value or value == "":
        return "-"
    if name.endswith("_krw"):
        return f"{float(str(value)) / 1e8:,.1f}"
    if name.endswith("_rate"):
        return f"{float(str(value)):.2f}"
    return str(value)


def print_months(rows: "pd.DataFrame", title: str) -> None:
    """Print a table of published and simulated figures; won in hundred millions (억원)."""
    names = list(map(str, rows.columns))
    headings = [name.replace("_krw", " (억원)").replace("_rate", " rate (%)").replace("_", " ") for name in names]
    numbers = [shown for name, shown in zip(names, headings, strict=True) if shown != name.replace("_", " ")]
    cells = [[_cell(name, v) for name, v in zip(names, row, strict=True)] for row in rows.itertuples(index=False)]
    print_table(title, headings, cells, numbers)
