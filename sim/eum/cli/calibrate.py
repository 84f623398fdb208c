"""The group `calibrate`: parameters fitted to what was published, parameter recovery, and out-of-sample validation."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eum.cli.front import group
from eum.cli.language import KOREAN, languages
from eum.cli.options import Cluster, Data, Json, Lang, OutFolder, Scale, Workers, many_in, place, write_csv
from eum.cli.screen import next_step, print_json, print_table, say

if TYPE_CHECKING:
    import pandas as pd

    from eum.calibration.fit.workflow import FitProblem
    from eum.runner.tasks import TaskRunner

calibrate_app = group("calibrate", "Fit parameters to observations, and test the fit.")

Fit = Annotated[str, typer.Argument(help="A fit of eum by name, or a .toml file.")]
Folder = Annotated[Path, typer.Option(help="Folder where runs and results are kept.", callback=place)]

_FIT, _FOLDER, _RESULTS = "fit-history", Path("results/fit"), Path("results")
_TABLES = {"draws": "posterior", "parameters": "fit-parameters", "figures": "fit-figures", "variance": "fit-variance"}
"""Tables of a posterior, and the file of each."""


def _problem(name: str, folder: Path) -> "FitProblem":
    from eum.calibration.fit.definition import load_fit
    from eum.calibration.fit.training_set import design_points
    from eum.calibration.fit.workflow import FitProblem
    from eum.city.data import load_city_data

    problem = FitProblem(load_city_data(), load_fit(name), folder)
    design_points(problem.package, problem.definition)  # refuses a centre that is not of these parameters
    return problem


def _answered(
    problem: "FitProblem",
    answer: "Callable[[FitProblem, TaskRunner], pd.DataFrame]",
    title: str,
    workers: int,
    cluster: str,
) -> "pd.DataFrame":
    with many_in(problem.folder, title, workers, cluster) as many:
        return answer(problem, many)


def _written(rows: "pd.DataFrame", path: Path) -> "pd.DataFrame":
    """Write a table and return it as it stands in its file: a page is made of what anybody can read."""
    import pandas as pd

    write_csv(rows, path)
    return pd.read_csv(path)


def _show(rows: "pd.DataFrame", title: str, columns: tuple[str, ...]) -> None:
    from eum.behavior.parameters import parameter_labels

    labels = parameter_labels(KOREAN) if languages() == (KOREAN,) else {}
    cells = [
        [f"{v:.3g}" if isinstance(v, float) else labels.get(str(v), str(v)) for v in row]
        for row in rows[list(columns)].to_numpy()
    ]
    print_table(title, columns, cells, [name for name in columns if rows[name].dtype != object])


@calibrate_app.command()
def fit(
    name: Fit = _FIT,
    workers: Workers = 1,
    cluster: Cluster = "",
    folder: Folder = _FOLDER,
    out: OutFolder = _RESULTS,
    as_json: Json = False,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Fit parameters to what was published of the card: one posterior.

    Writes its draws, the parameters beside their priors, the figures beside what the posterior predicts, and what the
    variance of these predictions consists of.

    Example: eum calibrate fit fit-history --workers 2
    """
    from eum.calibration.fit.results import POSTERIOR, result_table
    from eum.calibration.fit.workflow import fit_posterior as answer
    from eum.output.evidence_pages.calibration import write_parameters

    problem = _problem(name, folder)
    _answered(problem, answer, "Runs and posterior", workers, cluster)
    files = {table: out / f"{file}.csv" for table, file in _TABLES.items()}
    written = {table: _written(result_table(folder, POSTERIOR, table), file) for table, file in files.items()}
    rows = written["parameters"]
    write_parameters(out, rows)
    if as_json:
        print_json({"parameters": rows}, table=str(files["parameters"]))
        return
    definition = problem.definition
    title = definition.title_ko if languages() == (KOREAN,) else definition.title_en
    _show(rows[rows["kind"] == "parameter"], title, ("name", "prior_median", "low", "median", "high", "called"))
    say(f"Draws: {files['draws']}", f"Copy {files['draws']} to data/posterior.csv to let answers use it.")
    say(*(f"Table: {files[table]}" for table in ("parameters", "figures", "variance")))
    say(f"Figure: {out / 'fit-parameters.svg'}")
    next_step(f"eum calibrate forecast {name}")


@calibrate_app.command()
def forecast(
    name: Fit = _FIT,
    workers: Workers = 1,
    cluster: Cluster = "",
    folder: Folder = _FOLDER,
    out: OutFolder = _RESULTS,
    as_json: Json = False,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Validate out of sample: forecast what a fit did not see.

    Figures that nothing is fitted to; half-years after three origins; half-years left out one at a time. Forecasts are
    compared with what was published and with benchmark forecasts.

    Example: eum calibrate forecast fit-history --workers 2
    """
    from eum.analysis.validation.out_of_sample.scores import validation_scores
    from eum.analysis.validation.out_of_sample.validate_fit import require_validation
    from eum.analysis.validation.out_of_sample.validate_fit import validated_forecasts as answer
    from eum.output.evidence_pages.calibration import write_validation

    problem = _problem(name, folder)
    require_validation(problem)
    forecasts = _answered(problem, answer, "Runs and forecasts", workers, cluster)
    rows = _written(forecasts, out / "validation.csv")
    scores = _written(validation_scores(forecasts), out / "validation-scores.csv")
    write_validation(out, rows, scores)
    if as_json:
        print_json({"forecasts": rows, "scores": scores}, table=str(out / "validation.csv"))
        return
    say(*(f"Table: {out / file}" for file in ("validation.csv", "validation-scores.csv")))
    say(f"Page: {out / 'validation.md'}")
    next_step(f"eum calibrate recover {name}")


@calibrate_app.command()
def recover(
    name: Fit = _FIT,
    workers: Workers = 1,
    cluster: Cluster = "",
    folder: Folder = _FOLDER,
    out: OutFolder = _RESULTS,
    as_json: Json = False,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Parameter recovery (simulation-based calibration): fit synthetic data of known parameters.

    Counts how often intervals hold the truth, and says which parameters the data move.

    Example: eum calibrate recover fit-history --workers 2
    """
    from eum.calibration.fit.workflow import recovery_tables
    from eum.output.evidence_pages.calibration import write_recovery

    problem = _problem(name, folder)
    rows = _written(_answered(problem, recovery_tables, "Runs and refits", workers, cluster), out / "recovery.csv")
    write_recovery(out, rows)
    if as_json:
        print_json({"recovery": rows}, table=str(out / "recovery.csv"))
        return
    say(f"Table: {out / 'recovery.csv'}", f"Page: {out / 'recovery.md'}")


@calibrate_app.command()
def mechanisms(
    scale: Scale = 0.003,
    seeds: Annotated[int, typer.Option(help="Seeds of cities and draws.", min=2)] = 3,
    workers: Workers = 1,
    folder: Folder = _FOLDER,
    out: OutFolder = _RESULTS,
    as_json: Json = False,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Show what each mechanism earns: how far published figures are from the history with it and without.

    The history to the end of 2022 is run at the centre of the posterior, nothing fitted again.

    Example: eum calibrate mechanisms --workers 2
    """
    from eum.calibration.fit.earned import earned
    from eum.calibration.fit.learn import last_observed
    from eum.city.data import load_city_data

    package = load_city_data()
    with many_in(folder, "Mechanisms, each left out", workers, "") as many:
        found = earned(package, many, scale, seeds, last_observed(package))
    files = [out / f"fit-mechanisms{name}.csv" for name in ("", "-checks")]
    rows, of_checks = (_written(table, file) for table, file in zip(found, files, strict=True))
    if as_json:
        print_json({"mechanisms": rows, "checks": of_checks}, table=str(files[0]))
        return
    wide = rows.pivot_table(index="mechanism", columns="group", values="miss", sort=False).reset_index()
    _show(wide, "Mean |ln simulated/published| without a mechanism", tuple(map(str, wide.columns)))
    say(*(f"Table: {file}" for file in files))


@calibrate_app.command()
def checks(
    name: Fit = _FIT,
    workers: Workers = 1,
    folder: Folder = _FOLDER,
    out: OutFolder = _RESULTS,
    as_json: Json = False,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Check the posterior against figures in which the model failed before (posterior predictive checks).

    Each figure as published, beside intervals of what would be published: runs of the history at draws of the posterior
    that eum calibrate fit keeps, discrepancies drawn anew.

    Example: eum calibrate checks fit-history --workers 2
    """
    from eum.analysis.forecasts.posterior_forecast import checked_posterior, require_checks

    problem = _problem(name, folder)
    require_checks(problem)
    rows = _answered(problem, checked_posterior, "Runs at draws of the posterior", workers, "")
    rows = _written(rows, out / "predictive-checks.csv")
    if as_json:
        print_json({"checks": rows}, table=str(out / "predictive-checks.csv"))
        return
    _show(rows, "Posterior predictive checks", ("check", "unit", "published", "q05", "q50", "q95", "within"))
    say(*(f"Within {percent} %: {int((rows['within'] <= percent).sum())} of {len(rows)}" for percent in (50, 90, 99)))
    say(f"Table: {out / 'predictive-checks.csv'}")


@calibrate_app.command()
def predict(
    end: Annotated[str, typer.Argument(help="Last day to predict, the last of a month, like 2025-12-31.")],
    name: Annotated[str, typer.Option("--fit", help="A fit of eum by name, or a .toml file.")] = _FIT,
    workers: Workers = 1,
    folder: Folder = _FOLDER,
    out: Annotated[Path, typer.Option(help="File to write.", callback=place)] = _RESULTS / "predictions.csv",
    as_json: Json = False,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Predict every month after the last observation, in the format of registered predictions.

    Runs of the history go on from the draws of the posterior that eum calibrate fit keeps, under the policies of the
    record.

    Example: eum calibrate predict 2025-12-31 --workers 2
    """
    from eum.analysis.forecasts.posterior_forecast import (
        about_predictions,
        registered_predictions,
        require_end,
    )
    from eum.analysis.forecasts.registered import write_forecast

    problem = _problem(name, folder)
    last = require_end(problem.package, end)
    rows = _answered(problem, lambda p, many: registered_predictions(p, many, last), "Predictions", workers, "")
    write_forecast(out, about_predictions(problem), rows)
    if as_json:
        print_json({"predictions": rows}, table=str(out))
        return
    say(f"Table: {out}")
    next_step(f"eum validate score {out} OBSERVED.csv")
