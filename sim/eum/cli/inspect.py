"""Verbs that look closely: explain a resident or a shop, show a town, write the model card."""

import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eum.cli.options import Data, Days, Family, OutFile, Port, Scale, Seed, TableFile, app, period, progress_bar
from eum.cli.screen import print_table
from eum.errors import InputError
from eum.resources import resource

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

explain_app = typer.Typer(no_args_is_help=True, help="The story of one resident or one shop in two worlds.")
app.add_typer(explain_app, name="explain")


@explain_app.command("resident")
def explain_resident(
    number: Annotated[int, typer.Argument(help="Number of the resident or visitor, from 0.")],
    policy: Annotated[str, typer.Argument(help="Policy by name or file.")] = "gyeyang-2020-actual",
    baseline: Annotated[str, typer.Option(help="Policy to compare with.")] = "none",
    scale: Scale = 0.01,
    seed: Seed = 1,
    family: Family = "causal",
    days: Days = "2020-03-01..2020-04-30",
    out: TableFile = None,
    data: Data = None,
) -> None:
    """Tell one resident's days in two worlds: what differed and which clause of the policy caused it.

    Example: eum explain resident 17000
    """
    from eum.analysis.experiments.trace import resident_story

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
    out: TableFile = None,
    data: Data = None,
) -> None:
    """Tell one shop's days in two worlds: its sales, card sales and whether it is a Plus shop.

    Example: eum explain shop 100
    """
    from eum.analysis.experiments.trace import shop_story

    _explain(shop_story, "Shop", number, (policy, baseline, family, days), (scale, seed), out)


def _explain(
    story: "Callable[..., tuple[dict[str, object], pd.DataFrame]]", what: str, number: int,
    named: tuple[str, str, str, str], sized: tuple[float, int], out: Path | None,
) -> None:  # fmt: skip
    from eum.analysis.experiments.trace import Story, brief
    from eum.calibration.central import infer_family
    from eum.calibration.priors import require_family
    from eum.city.build import build_city
    from eum.city.data import load_package
    from eum.policy.files import load_policy
    from eum.spreadsheets import write_spreadsheet_csv

    policy, baseline, family, days = named
    scale, seed = sized
    require_family(family)
    asked = Story(load_policy(baseline), load_policy(policy), *period(days), seed)
    package = load_package()
    city = build_city(package, scale, seed)
    with progress_bar() as progress:
        task = progress.add_task(f"{what} {number}", total=(asked.end - asked.start).days + 1)
        parameters = infer_family(package, family, seed).parameters
        about, rows = story(city, parameters, asked, number, lambda: progress.advance(task))
    print(f"{what} {number}: " + ", ".join(f"{name}: {value}" for name, value in about.items()))
    _print_rows(differ := brief(rows), f"{baseline} and {policy}")
    print(f"{len(differ)} of {len(rows)} rows differ between the worlds.")
    if what == "Shop" and scale < 1:
        _say_sample(scale)
    if out is not None:
        write_spreadsheet_csv(rows, out)
        print(f"Table: {out}")


def _say_sample(scale: float) -> None:
    from eum.output.report import number_format
    from eum.output.report.i18n import LANGUAGES, load_words

    for language in LANGUAGES:
        print(load_words(language)("gains.sample_note", scale=number_format.scale(scale)))
    print("--scale 1 shows what a shop would see.")


def _print_rows(rows: "pd.DataFrame", title: str) -> None:
    columns = [str(name).replace("_", " ") for name in rows.columns]
    cells = [[_cell(value) for value in row] for row in rows.itertuples(index=False)]
    print_table(title, columns, cells, caption="Won of the day; only what differs. All rows: --out FILE.csv")


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


@app.command()
def town(
    policy: Annotated[str, typer.Argument(help="Policy by name or file.")] = "gyeyang-2020-actual",
    residents: Annotated[int, typer.Option(help="Residents of the town, 1300 to 10000.")] = 2600,
    seed: Seed = 1,
    family: Family = "causal",
    days: Days = "2020-02-24..2020-06-30",
    port: Port = 5006,
    show: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
    data: Data = None,
) -> None:
    """Show a small town in motion in a browser: pause, step, and move the city's rate.

    Example: eum town gyeyang-2020-actual --residents 2600
    """
    from eum.calibration.central import infer_family
    from eum.calibration.priors import require_family
    from eum.city.data import load_package
    from eum.output.demo.page import serve
    from eum.output.demo.scene import build_town, town_model
    from eum.policy.files import load_policy

    require_family(family)
    wanted, shown, package, port = load_policy(policy), period(days), load_package(), _free_port(port)
    city = build_town(package, residents, seed)
    with progress_bar() as progress:
        task = progress.add_task(f"Inferring choices ({family})", total=1)
        parameters = infer_family(package, family, seed).parameters
        progress.advance(task)
    print(f"The town: http://localhost:{port} (Ctrl-C to stop)")
    serve(lambda: town_model(city, parameters, wanted, shown, seed), port, show)


def _free_port(port: int) -> int:
    """Return the port, or any free one for 0. Raises InputError for one that is taken or not to be had."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError as error:
            raise InputError(f"--port: {port}: {error.strerror}; expected a free port, or 0 for any") from None
        return int(tried.getsockname()[1])


@app.command()
def card(
    measured: Annotated[Path | None, typer.Option(help="Table of `eum mechanisms` (default: that of eum).")] = None,
    responses: Annotated[Path | None, typer.Option(help="Table of `eum responses` (default: that of eum).")] = None,
    out: OutFile = Path("results/model-card.md"),
    data: Data = None,
) -> None:
    """Write the model card from the code, the data and the tables of mechanisms and of responses.

    Example: eum card --out model-card.md
    """
    import pandas as pd

    from eum.city.data import load_package
    from eum.output.evidence_pages.model_card import model_card

    tables = []
    for given, verb in ((measured, "mechanisms"), (responses, "responses")):
        table = given or resource(f"docs/{verb}.csv")
        if not table.is_file():
            raise InputError(f"{table}: no such table; expected the one that eum {verb} writes")
        tables.append(pd.read_csv(table))
    text = model_card(load_package(), *tables)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    print(f"Model card: {out}")
