"""The group `explain`: the days of one resident or one shop, under a policy and under another one or none."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from eum.cli.front import group
from eum.cli.options import (
    Data,
    End,
    Family,
    Json,
    Lang,
    Period,
    PolicyArgument,
    Scale,
    Seed,
    Start,
    TableFile,
    progress_bar,
    window,
)
from eum.cli.screen import next_step, print_json, print_story, say
from eum.cli.story import print_resident, print_shop

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from eum.analysis.experiments.trace import TraceConfig

    Told = tuple[dict[str, object], pd.DataFrame]
    """Who it is, by words, and a row for each purchase or day."""

explain_app = group("explain", "Follow one resident or one shop, with and without a policy.")

Baseline = Annotated[str, typer.Option(help="Policy to compare with.")]

FIRST, LAST = "2020-03-01", "2020-04-30"


class Traced(NamedTuple):
    """What is followed, and where: its kind and number, in a city of a scale, by a family of evidence."""

    what: str
    number: int
    scale: float
    seed: int
    evidence: str


class Written(NamedTuple):
    """Where all rows go: to a file, to the screen as records, or neither."""

    out: Path | None
    as_json: bool


@explain_app.command("resident")
def explain_resident(
    number: Annotated[int, typer.Argument(help="Number of the resident or visitor, from 0.")],
    policy: PolicyArgument = "gyeyang-2020-actual",
    baseline: Baseline = "none",
    scale: Scale = 0.01,
    seed: Seed = 1,
    evidence: Family = "causal",
    start: Start = FIRST,
    end: End = LAST,
    period: Period = None,
    out: TableFile = None,
    as_json: Json = False,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Follow one resident: what the policy changed, purchase by purchase.

    Each purchase that differs is named with the clause of the policy that caused it; --out writes all of them.

    Example: eum explain resident 17000
    """
    from eum.analysis.experiments.trace import TraceConfig, resident_trace
    from eum.policy.files import load_policy

    story = TraceConfig(load_policy(baseline), load_policy(policy), *window(start, end), seed)
    written, traced = Written(out, as_json), Traced("resident", number, scale, seed, evidence)
    rows = _traced(resident_trace, story, traced, written)
    if rows is not None:
        print_resident(rows, policy, baseline)
        _written(rows, written)
        next_step(f"eum explain shop {_shop_met(rows)} {policy}")


def _shop_met(rows: "pd.DataFrame") -> int:
    """Return the number of a shop that the resident went to under the policy; 0 where they went to none."""
    shops = [int(shop) for shop in rows["shop_policy"] if shop >= 0] if len(rows) else []
    return shops[0] if shops else 0


@explain_app.command("shop")
def explain_shop(
    number: Annotated[int, typer.Argument(help="Number of the shop, from 0.")],
    policy: PolicyArgument = "gyeyang-2020-actual",
    baseline: Baseline = "none",
    scale: Scale = 0.01,
    seed: Seed = 1,
    evidence: Family = "causal",
    start: Start = FIRST,
    end: End = LAST,
    period: Period = None,
    out: TableFile = None,
    as_json: Json = False,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Follow one shop: its sales, its card sales, and whether it is a Plus shop.

    Example: eum explain shop 100
    """
    from eum.analysis.experiments.trace import TraceConfig, shop_story
    from eum.policy.files import load_policy

    story = TraceConfig(load_policy(baseline), load_policy(policy), *window(start, end), seed)
    written, traced = Written(out, as_json), Traced("shop", number, scale, seed, evidence)
    rows = _traced(shop_story, story, traced, written)
    if rows is not None:
        print_shop(rows, policy, baseline)
        if scale < 1:
            _say_sample(scale)
        _written(rows, written)


def _traced(
    trace: "Callable[..., Told]", story: "TraceConfig", traced: Traced, written: Written
) -> "pd.DataFrame | None":
    """Run both scenarios, print who it is, and return the rows; print records and return nothing where wished."""
    from eum.calibration.central import calibrated_family
    from eum.calibration.priors import require_family
    from eum.city.build import build_city
    from eum.city.data import load_city_data

    require_family(traced.evidence)
    package = load_city_data()
    city = build_city(package, traced.scale, traced.seed)
    with progress_bar() as progress:
        task = progress.add_task(
            f"{traced.what.capitalize()} {traced.number}", total=(story.end - story.start).days + 1
        )
        parameters = calibrated_family(package, traced.evidence, traced.seed).parameters
        about, rows = trace(city, parameters, story, traced.number, lambda: progress.advance(task))
    if written.as_json:
        _write(rows, written)
        print_json({"rows": rows}, **{traced.what: traced.number}, about=about)
        return None
    say(f"{traced.what.capitalize()} {traced.number}", *(f"  {name}: {_plain(value)}" for name, value in about.items()))
    return rows


def _plain(value: object) -> str:
    """Return a value in words: codes have low lines, words have none."""
    return str(value).replace("_", " ")


def _write(rows: "pd.DataFrame", written: Written) -> None:
    from eum.spreadsheets import write_spreadsheet_csv

    if written.out is not None:
        write_spreadsheet_csv(rows, written.out)


def _written(rows: "pd.DataFrame", written: Written) -> None:
    _write(rows, written)
    say("All rows: --out FILE.csv" if written.out is None else f"Table: {written.out}")


def _say_sample(scale: float) -> None:
    from eum.cli.language import languages
    from eum.output.report import number_format
    from eum.output.report.i18n import load_words

    for language in languages():
        print_story(load_words(language)("gains.sample_note", scale=number_format.scale(scale)))
    say("--scale 1 shows what a shop would see.")
