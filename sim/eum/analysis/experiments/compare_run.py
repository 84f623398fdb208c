"""One run of some policies in every requested family, kept as a record, and its comparison."""

from pathlib import Path

import pandas as pd
from rich.progress import Progress

from eum.analysis.experiments.compare import Runs, figure_intervals, requests_by_family
from eum.analysis.experiments.comparison_figures import run_rows
from eum.analysis.experiments.run import RunConfig, RunResult, reference_of, run_request, setting_for, write_run
from eum.calibration.priors import CENTRAL, ParameterDraw, coefficients
from eum.city.data import CityData
from eum.runner.results_store import new_result


def _record(request: RunConfig, ran: dict[str, RunResult]) -> tuple[dict, dict[str, pd.DataFrame]]:
    """Return what is kept: each table with a column for the family, and each family's parameters."""
    first = next(iter(ran.values()))
    parameters = {family: one.about["parameters"] for family, one in ran.items()}
    about = {**first.about, "family": request.family, "parameters": parameters}
    tables = {
        name: pd.concat([one.tables[name].assign(family=family) for family, one in ran.items()], ignore_index=True)
        for name in first.tables
    }
    return about, tables


def run_kept(
    request: RunConfig, threads: int, folder: Path, replace: bool, progress: Progress | None = None
) -> tuple[CityData, pd.DataFrame]:
    """Run policies at the centre of every requested family and keep the record of the run in a folder.

    Return the data and the table of the comparison (`eum.analysis.experiments.compare.COMPARISON_COLUMNS`). Everything
    is checked before anything is run; a run that stops leaves no result behind.
    """
    for mine in requests_by_family(request).values():
        setting_for(mine)
    with new_result(folder, replace):
        ran = {family: run_request(mine, threads, progress) for family, mine in requests_by_family(request).items()}
        write_run(folder, *_record(request, ran))
    rows = []
    for family, one in ran.items():
        c = coefficients(
            one.package,
            ParameterDraw(family, CENTRAL, request.seed, source=request.parameter_source),
            one.found.parameters,
        )
        rows.append(run_rows(one.tables, request.scale, c, reference_of(request)).assign(family=family, run=0))
    return one.package, figure_intervals(pd.concat(rows, ignore_index=True), request, Runs(1, 0))
