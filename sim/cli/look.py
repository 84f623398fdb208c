"""Verbs that look closely: explain a resident or a shop, show a town, write the model card."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from sim.cli.options import Days, Family, Scale, Seed, app, period, progress_bar
from sim.errors import InputError

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
    from sim.spreadsheets import write_spreadsheet_csv
    from sim.study.centre import infer_family
    from sim.study.explain import Story, brief
    from sim.study.single import require_family

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
    from sim.report import units
    from sim.report.words import LANGUAGES, load_words

    for language in LANGUAGES:
        print(load_words(language)("gains.sample_note", scale=units.scale(scale)))
    print("--scale 1 shows what a shop would see.")


def _print_rows(rows: "pd.DataFrame", title: str) -> None:
    table = Table(title=title, caption="Won of the day; only what differs. All rows: --out FILE.csv")
    for name in rows.columns:
        table.add_column(str(name).replace("_", " "))
    for row in rows.itertuples(index=False):
        table.add_row(*(f"{v:,}" if isinstance(v, int) and not isinstance(v, bool) else str(v) for v in row))
    Console().print(table)


@app.command()
def town(
    policy: Annotated[str, typer.Argument(help="Policy by name or file.")] = "gyeyang-2020-actual",
    residents: Annotated[int, typer.Option(help="Residents of the town, 1300 to 10000.")] = 2600,
    seed: Seed = 1,
    family: Family = "causal",
    days: Days = "2020-02-24..2020-06-30",
    port: Annotated[int, typer.Option(help="Port of this machine to serve the page on.")] = 5006,
    show: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Show a small town in motion in a browser: pause, step, and move the city's rate.

    Example: eum town gyeyang-2020-actual --residents 2600
    """
    from sim.city.package import load_package
    from sim.policy.files import load_policy
    from sim.study.centre import infer_family
    from sim.study.single import require_family
    from sim.town.page import serve
    from sim.town.scene import build_town, town_model

    require_family(family)
    wanted, shown, package = load_policy(policy), period(days), load_package()
    city = build_town(package, residents, seed)
    with progress_bar() as progress:
        task = progress.add_task(f"Inferring choices ({family})", total=1)
        parameters = infer_family(package, family, seed).parameters
        progress.advance(task)
    print(f"The town: http://localhost:{port} (Ctrl-C to stop)")
    serve(lambda: town_model(city, parameters, wanted, shown, seed), port, show)


@app.command()
def card(
    measured: Annotated[Path, typer.Option(help="Table of `eum mechanisms`.")] = Path("docs/mechanisms.csv"),
    responses: Annotated[Path, typer.Option(help="Table of `eum responses`.")] = Path("docs/responses.csv"),
    out: Annotated[Path, typer.Option(help="File to write.")] = Path("docs/model-card.md"),
) -> None:
    """Write the model card from the code, the data and the tables of mechanisms and of responses.

    Example: eum card --out docs/model-card.md
    """
    import pandas as pd

    from sim.card.model_card import model_card
    from sim.city.package import load_package

    for table, verb in ((measured, "mechanisms"), (responses, "responses")):
        if not table.is_file():
            raise InputError(f"{table}: no such table; expected the one that eum {verb} writes")
    text = model_card(load_package(), pd.read_csv(measured), pd.read_csv(responses))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    print(f"Model card: {out}")
