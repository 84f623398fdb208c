"""The commands `run` and `compare`: policies on one city, each against the counterfactual without any."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from eum.cli.comparison import ExecutorChoice, Shown, compare_expected, compare_seeds, repeat, run_one
from eum.cli.front import app
from eum.cli.options import (
    CORES,
    END,
    MOST_DRAWS,
    MOST_SEEDS,
    START,
    Cluster,
    Data,
    Disable,
    Effect,
    End,
    Errors,
    FamiliesOption,
    Full,
    Json,
    Lang,
    MaxSeeds,
    Out,
    ParametersFrom,
    ParameterSource,
    Period,
    PoliciesArgument,
    Precision,
    RelativeTo,
    Replace,
    Scale,
    Seed,
    Start,
    TableFile,
    Threads,
    Workers,
    read_mesa,
    scale_share,
    window,
)
from eum.errors import InputError


class Engine(StrEnum):
    """Engines that compare policies: person by person, compiled, or in expectation."""

    COMPILED = "compiled"
    EXPECTED = "expected"


@app.command()
def run(
    policies: PoliciesArgument,
    start: Start = START,
    end: End = END,
    period: Period = None,
    scale: Scale = 0.01,
    seed: Seed = 1,
    evidence: FamiliesOption = "all",
    parameters: ParametersFrom = ParameterSource.POSTERIOR,
    relative_to: RelativeTo = "",
    disable: Disable = None,
    precision: Precision = None,
    effect: Effect = "net_city_sales",
    max_seeds: MaxSeeds = 200,
    full: Full = False,
    out: Out = None,
    replace: Replace = False,
    threads: Threads = CORES,
    workers: Workers = CORES,
    cluster: Cluster = "",
    as_json: Json = False,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Run policies against the no-policy counterfactual.

    The run is kept in a folder; one table holds all families of evidence. With --precision the run is repeated over
    seeds until its interval is narrow enough, and the folder holds the figures of every seed and the log of the
    stopping rule.

    Example: eum run gyeyang-2020-actual --scale 1
    """
    read_mesa()
    from eum.analysis.experiments.run import RunConfig
    from eum.runner.stopping_rule import PrecisionTarget

    folder = out or Path("runs") / "+".join(Path(p).stem for p in policies)
    request = RunConfig(
        *(policies, evidence, scale, seed, *window(start, end), tuple(disable or ())),
        relative_to=relative_to,
        parameter_source=parameters.value,
    )
    shown = Shown(full, as_json)
    if precision is not None:
        repeat(
            request,
            PrecisionTarget(precision, effect, max_seeds),
            folder,
            replace,
            ExecutorChoice(workers, cluster),
            shown,
        )
        return
    run_one(request, threads, folder, replace, shown)


SCALES = {Engine.COMPILED: 0.01, Engine.EXPECTED: 0.05}
"""Share of residents where --scale is not given."""


@app.command()
def compare(
    policies: Annotated[list[str], typer.Argument(help="Two or more policies by name or file.")],
    engine: Annotated[
        Engine, typer.Option(help="compiled: person by person. expected: expected values, in seconds.")
    ] = Engine.COMPILED,
    start: Start = START,
    end: End = END,
    period: Period = None,
    scale: Annotated[
        float | None,
        typer.Option(help="Share of residents (default: 0.01; in expectation 0.05).", callback=scale_share),
    ] = None,
    seed: Seed = 1,
    seeds: Annotated[
        int,
        typer.Option(help="Seeds at the central estimates: the interval of simulation noise.", min=1, max=MOST_SEEDS),
    ] = 1,
    draws: Annotated[
        int,
        typer.Option(
            help="Draws of the parameters instead: the interval of parameter uncertainty.", min=0, max=MOST_DRAWS
        ),
    ] = 0,
    evidence: FamiliesOption = "all",
    parameters: ParametersFrom = ParameterSource.POSTERIOR,
    relative_to: RelativeTo = "",
    disable: Disable = None,
    precision: Precision = None,
    effect: Effect = "net_city_sales",
    max_seeds: MaxSeeds = 200,
    full: Full = False,
    table: TableFile = None,
    out: Out = None,
    replace: Replace = False,
    errors: Errors = None,
    threads: Threads = CORES,
    workers: Workers = CORES,
    cluster: Cluster = "",
    as_json: Json = False,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Compare policies on the same city with common random numbers.

    First what the change from the first policy (or --relative-to) to each other one costs and does, with the interval
    of that difference; then each policy against the no-policy counterfactual. With --precision seeds are added until
    the interval of each difference is narrow enough, and figures and log are kept (--out). With --engine expected the
    figures are expected values, without an interval; their measured error against full runs is printed with them.

    Example: eum compare incheon-2020-actual gyeyang-2020-actual --seeds 5
    """
    read_mesa()
    from eum.analysis.experiments.run import RunConfig
    from eum.runner.stopping_rule import PrecisionTarget

    if len(policies) < (2 if engine == Engine.COMPILED else 1):
        raise InputError(f"compare: {' '.join(policies)}: expected at least two policies")
    sized = (SCALES[engine] if scale is None else scale, seed, *window(start, end))
    request = RunConfig(
        *(policies, evidence, *sized, tuple(disable or ())),
        relative_to=relative_to,
        parameter_source=parameters.value,
    )
    shown = Shown(full, as_json)
    if engine == Engine.EXPECTED:
        _require_no_runs({"--seeds": seeds != 1, "--draws": draws, "--precision": precision is not None, "--out": out})
        compare_expected(request, errors, table, shown)
        return
    if precision is not None:
        folder = out or Path("runs") / ("+".join(Path(p).stem for p in policies) + "-compared")
        repeat(
            request,
            PrecisionTarget(precision, effect, max_seeds),
            folder,
            replace,
            ExecutorChoice(workers, cluster),
            shown,
        )
        return
    if out is not None:
        raise InputError(f"--out: {out}: only repeated runs are kept; expected --precision beside it, or --table")
    compare_seeds(request, seeds, draws, threads, table, shown)


def _require_no_runs(given: dict[str, object]) -> None:
    """Raise InputError for an option of full runs that is given where nothing is drawn."""
    for option in (name for name, value in given.items() if value):
        raise InputError(f"{option}: expected values have no runs; expected --engine compiled beside it")
