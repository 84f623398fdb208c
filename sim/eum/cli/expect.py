"""The verb that answers in expectation, never without its measured error."""

from pathlib import Path
from typing import Annotated

import typer

from eum.cli.options import (
    CORES,
    Cluster,
    Data,
    Days,
    Families,
    Full,
    RelativeTo,
    Scale,
    Seed,
    Without,
    Workers,
    app,
    many_beside,
    period,
    write_csv,
)
from eum.cli.run import print_comparison
from eum.errors import InputError


@app.command()
def expect(
    policies: Annotated[list[str] | None, typer.Argument(help="Policies by name or file.")] = None,
    scale: Scale = 0.05,
    seed: Seed = 1,
    family: Families = "all",
    relative_to: RelativeTo = "",
    full: Full = False,
    days: Days = "2020-01-01..2020-06-30",
    without: Without = None,
    errors: Annotated[
        Path | None, typer.Option(help="Table of measured errors (default: the one of eum, or results/ to write one).")
    ] = None,
    measure_error: Annotated[
        bool, typer.Option("--measure-error", help="Measure this engine against the crowd and write that table.")
    ] = False,
    workers: Workers = CORES,
    cluster: Cluster = "",
    data: Data = None,
) -> None:
    """Compare policies in expectation, in every family of evidence: seconds, no draw, the measured error beside it.

    First what the change from the first policy (or --relative-to) to each other one costs and does, then each policy
    against the world without any, then how far such figures were from full runs where that was measured.

    Example: eum expect incheon-2020-actual gyeyang-2020-actual
    """
    from eum.analysis.experiments.compare_expected import EXPECTED, errors_table, expected_table
    from eum.analysis.experiments.comparison_tables import screens
    from eum.analysis.experiments.run import Request, members_assumed, title
    from eum.analysis.validation.engine_error import load_errors, shipped_errors
    from eum.city.data import load_package

    if measure_error:
        _measure(errors or Path("results/expected-error.csv"), scale, workers, cluster)
        return
    if not policies:
        raise InputError("expect: no policy; expected at least one, by name or file")
    request = Request(policies, family, scale, seed, *period(days), tuple(without or ()), relative_to=relative_to)
    measured, package = errors_table(load_errors(errors or shipped_errors()), request), load_package()
    told = EXPECTED + members_assumed(package, request.start)
    for screen in [*screens(expected_table(package, request), title(request), told, full), measured]:
        print_comparison(screen)


def _measure(path: Path, scale: float, workers: int, cluster: str) -> None:
    from eum.analysis.validation.engine_error import SEEDS, Asked, measure
    from eum.city.data import load_package
    from eum.dimensions import FAMILIES

    with many_beside(path, "Running both engines", workers, cluster) as many:
        write_csv(measure(load_package(), Asked(FAMILIES, scale, SEEDS), many), path)
    print(f"Table: {path}")
