"""The group `validate`: the model held against what it was not fitted to, and its parts against each other."""

from pathlib import Path
from typing import TYPE_CHECKING

from eum.artifacts import write_whole
from eum.cli.front import group
from eum.cli.history import print_months
from eum.cli.options import (
    CORES,
    END,
    START,
    Cluster,
    Data,
    End,
    Family,
    Json,
    Lang,
    OutFile,
    OutFolder,
    Period,
    PolicyArgument,
    Scale,
    Seeds,
    Start,
    Workers,
    many_beside,
    progress_bar,
    window,
    write_csv,
)
from eum.cli.screen import next_step, print_json, print_table, say

if TYPE_CHECKING:
    import pandas as pd

    from eum.city.data import CityData
    from eum.output.evidence_pages.evaluations import Facts

validate_app = group("validate", "Test the model against published evidence, and its parts.")


@validate_app.command("ablation")
def ablation(
    policy: PolicyArgument = "gyeyang-2020-actual",
    scale: Scale = 0.01,
    seeds: Seeds = 3,
    evidence: Family = "causal",
    start: Start = START,
    end: End = END,
    period: Period = None,
    workers: Workers = CORES,
    cluster: Cluster = "",
    out: OutFile = Path("results/mechanisms.csv"),
    as_json: Json = False,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Switch off each mechanism in turn and measure what the effect loses.

    Example: eum validate ablation gyeyang-2020-actual --scale 0.05
    """
    from eum.analysis.validation.ablation import HeadlineConfig, headline_by_mechanism
    from eum.calibration.central import calibrated_family
    from eum.city.data import load_city_data

    package = load_city_data()
    config = HeadlineConfig(policy, evidence, scale, tuple(range(1, seeds + 1)), *window(start, end))
    with many_beside(out, "Switching off mechanisms", workers, cluster) as many:
        rows = headline_by_mechanism(package, calibrated_family(package, evidence, 1).parameters, config, many)
        write_csv(rows, out)
    if as_json:
        print_json({"mechanisms": rows}, table=str(out))
        return
    net = rows[rows["measure"] == "net_city_sales"]
    title = f"Net city sales per 100 won of fiscal cost, {policy}, {evidence} family, {seeds} seeds"
    found = net[["mechanism", "value", "change", "noise"]].to_numpy()
    cells = [
        (name, f"{100 * v:.0f}", f"{100 * change:+.1f}", "-" if noise != noise else f"{100 * noise:.1f}")
        for name, v, change, noise in found
    ]
    print_table(title, ("without", "won", "change", "noise"), cells, ("won", "change", "noise"))
    say(f"Table: {out}")
    next_step(f"eum docs model-card --measured {out}")


@validate_app.command("patterns")
def patterns(
    scale: Scale = 0.01,
    seeds: Seeds = 5,
    evidence: Family = "causal",
    workers: Workers = CORES,
    cluster: Cluster = "",
    out: OutFile = Path("results/responses.csv"),
    as_json: Json = False,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Compare the model with the published patterns of how the card is used.

    Says which are within their range, which are below or above it, and by how much.

    Example: eum validate patterns --scale 0.05
    """
    from eum.analysis.validation.pattern_check import SHOWN_COLUMNS, PatternConfig, pattern_table, worded_table
    from eum.calibration.central import calibrated_family
    from eum.calibration.priors import require_family
    from eum.city.data import load_city_data

    require_family(evidence)
    package = load_city_data()
    config = PatternConfig(evidence, scale, tuple(range(1, seeds + 1)))
    with many_beside(out, "Running the windows", workers, cluster) as many:
        rows = pattern_table(package, calibrated_family(package, evidence, 1).parameters, config, many)
        write_csv(rows, out)
    if as_json:
        print_json({"patterns": rows}, table=str(out))
        return
    cells = [
        (name, days, worded_table(observed, unit), worded_table(value, unit), verdict)
        for name, days, unit, observed, value, verdict in rows[list(SHOWN_COLUMNS)].to_numpy()
    ]
    columns = ("pattern", "period", "published", "simulated", "verdict")
    print_table(f"Published patterns, {evidence} family, {seeds} seeds", columns, cells, ("published", "simulated"))
    say(f"Table: {out}")
    next_step(f"eum docs model-card --responses {out}")


@validate_app.command("estimators")
def estimators(
    scale: Scale = 0.01,
    seeds: Seeds = 5,
    out: OutFolder = Path("results"),
    as_json: Json = False,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Measure the bias of common evaluation designs on simulated card data.

    Each design (before and after, difference in differences, survey ...) is set against the true effect.

    Example: eum validate estimators --scale 0.03 --seeds 10
    """
    import pandas as pd

    from eum.analysis.validation.evaluation_designs.compare import EvaluationConfig, evaluation_table
    from eum.analysis.validation.evaluation_designs.diff_in_diff import require_estimators
    from eum.city.data import load_city_data
    from eum.dimensions import EVIDENCE
    from eum.output.evidence_pages.evaluations import write_evaluations_page

    require_estimators()
    package = load_city_data()
    config = EvaluationConfig(EVIDENCE, scale, tuple(range(1, seeds + 1)))
    with progress_bar() as progress:
        task = progress.add_task("Simulating the months by day", total=config.n_days)
        rows = evaluation_table(package, config, lambda: progress.advance(task))
    write_csv(rows, out / "evaluations.csv")
    # Of the numbers as written: who has the table can write the page again.
    write_evaluations_page(out, pd.read_csv(out / "evaluations.csv"), facts(package))
    if as_json:
        print_json({"estimators": rows}, table=str(out / "evaluations.csv"))
        return
    _print_estimates(rows)
    say(f"Table: {out / 'evaluations.csv'}", f"Page: {out / 'evaluations.md'}")


def facts(package: "CityData") -> "Facts":
    """Return the numbers of the page that are no results: from the data and the set-up of the runs."""
    from eum.analysis.validation.evaluation_designs.user_survey import USERS
    from eum.dimensions import AS_PUBLISHED
    from eum.outcomes.effects import published_ratios
    from eum.output.evidence_pages.evaluations import Facts

    shares = {f"survey_{what}_share": 100 for what in ("overstates", "forgets")}
    overstates, forgets = (f"{factor * package.assumption(name):g}" for name, factor in shares.items())
    growth = f"{package.assumption('card_growth_before_percent', item='outside'):g}"
    return Facts(growth, overstates, forgets, USERS, published_ratios(package)[AS_PUBLISHED])


def _print_estimates(rows: "pd.DataFrame") -> None:
    families = list(dict.fromkeys(rows["family"]))
    cells = []
    for (design, measure), part in rows[rows["estimate"].notna()].groupby(["design", "measure"], sort=False):
        by_family = part.set_index("family")[["estimate", "truth"]]
        figures = (
            f"{100 * by_family.loc[f, 'estimate']:,.1f} / {100 * by_family.loc[f, 'truth']:,.1f}" for f in families
        )
        cells.append((design, measure, *figures))
    caption = "Won per 100 won, percent of payments, or log points (%); means over seeds."
    title = "What each design reports / the truth of it"
    print_table(title, ("design", "measure", *families), cells, families, caption)


@validate_app.command("external")
def external(
    scale: Scale = 0.01,
    seeds: Seeds = 2,
    out: OutFile = Path("results/transfer.csv"),
    as_json: Json = False,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Run programmes of other cities and compare with what was published of them.

    The page is written with the table, under the same name.

    Example: eum validate external --scale 0.05
    """
    import pandas as pd

    from eum.analysis.validation.external import VARIANTS, ExternalConfig, days_between, external_table
    from eum.city.data import load_city_data
    from eum.output.evidence_pages.external import comparison_rows, transfer_page

    package = load_city_data()
    config = ExternalConfig(VARIANTS, scale, tuple(range(1, seeds + 1)))
    with progress_bar() as progress:
        task = progress.add_task("Running programmes by day", total=days_between(package) * seeds * len(VARIANTS))
        rows = external_table(package, config, lambda: progress.advance(task))
    write_csv(rows, out)
    page = write_whole(out.with_suffix(".md"), transfer_page(pd.read_csv(out)))
    if as_json:
        print_json({"programmes": rows}, table=str(out))
        return
    print_months(comparison_rows(rows), f"Programmes elsewhere, {seeds} seeds")
    say(f"Table: {out}", f"Page: {page}")


@validate_app.command("engine-error")
def engine_error(
    scale: Scale = 0.05,
    workers: Workers = CORES,
    cluster: Cluster = "",
    out: OutFile = Path("results/expected-error.csv"),
    as_json: Json = False,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Measure the error of expected values against full runs.

    The table is the one that `eum compare --engine expected` prints with its figures (--errors).

    Example: eum validate engine-error --scale 0.05
    """
    from eum.analysis.validation.engine_error import SEEDS, ErrorConfig, measure
    from eum.city.data import load_city_data
    from eum.dimensions import EVIDENCE

    with many_beside(out, "Running both engines", workers, cluster) as many:
        rows = measure(load_city_data(), ErrorConfig(EVIDENCE, scale, SEEDS), many)
        write_csv(rows, out)
    if as_json:
        print_json({"errors": rows}, table=str(out))
        return
    say(f"Table: {out}")
    next_step(f"eum compare POLICY OTHER --engine expected --errors {out}")
