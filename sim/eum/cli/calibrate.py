"""The group `calibrate`: parameters fitted to what was observed, parameter recovery, and blind forecasts."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eum.cli.front import group
from eum.cli.language import KOREAN, languages
from eum.cli.options import Cluster, Data, Errors, Json, Lang, OutFolder, Workers, many_in, place, write_csv
from eum.cli.screen import next_step, print_json, print_table, say

if TYPE_CHECKING:
    import pandas as pd

    from eum.calibration.bayes.workflow import FitProblem
    from eum.runner.tasks import TaskRunner

calibrate_app = group("calibrate", "Fit parameters to observations, and test the fit.")

Fit = Annotated[str, typer.Argument(help="A fit of eum by name, or a .toml file.")]
Folder = Annotated[Path, typer.Option(help="Folder where rows and results are kept.", callback=place)]

_FOLDER, _RESULTS = Path("results/fit"), Path("results")


def _problem(name: str, folder: Path, errors: Path | None) -> "FitProblem":
    from eum.analysis.validation.engine_error import load_errors, shipped_errors
    from eum.calibration.bayes.definition import load_fit
    from eum.calibration.bayes.workflow import FitProblem, require_days_of_moments
    from eum.city.data import load_city_data

    problem = FitProblem(load_city_data(), load_fit(name), load_errors(errors or shipped_errors()), folder)
    require_days_of_moments(problem)
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
    name: Fit = "fit-2019",
    workers: Workers = 1,
    cluster: Cluster = "",
    folder: Folder = _FOLDER,
    out: OutFolder = _RESULTS,
    errors: Errors = None,
    as_json: Json = False,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Fit parameters to observations: a posterior for each family of evidence.

    Fitted are the observations to February 2020 and the rise of March. After `eum calibrate recover` of the same fit,
    its certificate is taken over, and intervals are recalibrated where that is needed.

    Example: eum calibrate fit fit-2019 --workers 2
    """
    import pandas as pd

    from eum.calibration.bayes.results import POSTERIOR
    from eum.calibration.bayes.workflow import fit_posterior as answer
    from eum.calibration.bayes.workflow import require_fit_libraries
    from eum.output.evidence_pages.calibration import write_parameters

    require_fit_libraries()
    problem = _problem(name, folder, errors)
    rows = _answered(problem, answer, "Rows and posteriors", workers, cluster)
    write_csv(rows, out / "fit-parameters.csv")
    write_parameters(out, pd.read_csv(out / "fit-parameters.csv"))
    if as_json:
        print_json({"parameters": rows}, table=str(out / "fit-parameters.csv"))
        return
    definition = problem.definition
    title = definition.title_ko if languages() == (KOREAN,) else definition.title_en
    _show(rows[rows["kind"] == "parameter"], title,
          ("family", "name", "prior_median", "low", "median", "high", "called"))  # fmt: skip
    say(f"Draws: {folder / POSTERIOR}", f"Table: {out / 'fit-parameters.csv'}", f"Figure: {out / 'fit-parameters.svg'}")
    next_step(f"eum calibrate forecast {name}")


@calibrate_app.command()
def forecast(
    name: Fit = "fit-2019",
    workers: Workers = 1,
    cluster: Cluster = "",
    folder: Folder = _FOLDER,
    out: OutFolder = _RESULTS,
    errors: Errors = None,
    as_json: Json = False,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Validate out of sample: fit to February 2020, forecast March to June.

    The forecasts are compared with what was observed and with naive forecasts.

    Example: eum calibrate forecast fit-2019 --workers 2
    """
    import pandas as pd

    from eum.calibration.bayes.workflow import validation_tables_of
    from eum.output.evidence_pages.calibration import write_validation

    problem = _problem(name, folder, errors)
    rows = _answered(problem, validation_tables_of, "Rows and forecasts", workers, cluster)
    write_csv(rows, out / "validation.csv")
    write_validation(out, pd.read_csv(out / "validation.csv"))
    if as_json:
        print_json({"forecasts": rows}, table=str(out / "validation.csv"))
        return
    say(f"Table: {out / 'validation.csv'}", f"Page: {out / 'validation.md'}")


@calibrate_app.command()
def recover(
    name: Fit = "fit-2019",
    workers: Workers = 1,
    cluster: Cluster = "",
    folder: Folder = _FOLDER,
    out: OutFolder = _RESULTS,
    errors: Errors = None,
    as_json: Json = False,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Parameter recovery (simulation-based calibration): fit synthetic data of known parameters.

    Counts how often intervals hold the truth, and says which parameters the data identify.

    Example: eum calibrate recover fit-2019 --workers 2
    """
    import pandas as pd

    from eum.calibration.bayes.results import refits_result
    from eum.calibration.bayes.workflow import rank_counts, recovery_tables
    from eum.output.evidence_pages.calibration import write_recovery

    problem = _problem(name, folder, errors)
    rows = _answered(problem, recovery_tables, "Rows and refits", workers, cluster)
    write_csv(rows, out / "recovery.csv")
    counts = rank_counts(refits_result(folder), rows)
    write_csv(counts, out / "recovery-ranks.csv")
    write_recovery(out, *(pd.read_csv(out / f"{table}.csv") for table in ("recovery", "recovery-ranks")))
    if as_json:
        print_json({"recovery": rows, "ranks": counts}, table=str(out / "recovery.csv"))
        return
    say(f"Table: {out / 'recovery.csv'}", f"Page: {out / 'recovery.md'}")
    next_step(f"eum calibrate fit {name}")
