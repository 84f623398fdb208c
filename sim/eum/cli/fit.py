"""The verbs that fit parameters to what was observed, certify the fit and test it blind."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eum.cli.options import Cluster, Data, OutFolder, Workers, app, place, progress_bar, write_csv
from eum.cli.screen import print_table

if TYPE_CHECKING:
    import pandas as pd

    from eum.calibration.bayes.workflow import Question
    from eum.runner.tasks import Many

Fit = Annotated[str, typer.Argument(help="A fit of eum by name, or a .toml file.")]
Folder = Annotated[Path, typer.Option(help="Folder where rows and results are kept.", callback=place)]
Errors = Annotated[Path | None, typer.Option(help="Table of the errors of expectation (default: the one of eum).")]

_FOLDER, _RESULTS = Path("results/fit"), Path("results")


def _question(name: str, folder: Path, errors: Path | None) -> "Question":
    from eum.analysis.validation.engine_error import load_errors, shipped_errors
    from eum.calibration.bayes.definition import load_fit
    from eum.calibration.bayes.workflow import Question
    from eum.city.data import load_package

    return Question(load_package(), load_fit(name), load_errors(errors or shipped_errors()), folder)


def _answered(
    question: "Question", answer: "Callable[[Question, Many], pd.DataFrame]", title: str, workers: int, cluster: str
) -> "pd.DataFrame":
    from eum.runner.tasks import Many

    with progress_bar() as progress:
        task = progress.add_task(title, total=None)

        def show(n_done: int, n: int) -> None:
            progress.update(task, completed=n_done, total=n)

        with Many(question.folder, workers, cluster, show) as many:
            return answer(question, many)


def _show(rows: "pd.DataFrame", title: str, columns: tuple[str, ...]) -> None:
    cells = [[f"{v:.3g}" if isinstance(v, float) else str(v) for v in row] for row in rows[list(columns)].to_numpy()]
    print_table(title, columns, cells, [name for name in columns if rows[name].dtype != object])


@app.command()
def fit(
    name: Fit = "fit-2019",
    workers: Workers = 1,
    cluster: Cluster = "",
    folder: Folder = _FOLDER,
    out: OutFolder = _RESULTS,
    errors: Errors = None,
    data: Data = None,
) -> None:
    """Fit parameters to what was observed to February 2020 and to the rise of March, by family, to a posterior.

    Run after `eum recover` of the same fit, it takes over what is certified and recalibrates where that is needed.

    Example: eum fit fit-2019 --workers 2
    """
    import pandas as pd

    from eum.calibration.bayes.results import POSTERIOR
    from eum.calibration.bayes.workflow import fit as answer
    from eum.output.evidence_pages.calibration import write_parameters

    question = _question(name, folder, errors)
    rows = _answered(question, answer, "Rows and posteriors", workers, cluster)
    write_csv(rows, out / "fit-parameters.csv")
    write_parameters(out, pd.read_csv(out / "fit-parameters.csv"))
    _show(rows[rows["kind"] == "parameter"], question.definition.title_en,
          ("family", "name", "prior_median", "low", "median", "high", "called"))  # fmt: skip
    print(f"Draws: {folder / POSTERIOR}\nTable: {out / 'fit-parameters.csv'}\nFigure: {out / 'fit-parameters.svg'}")


@app.command()
def validate(
    name: Fit = "fit-2019",
    workers: Workers = 1,
    cluster: Cluster = "",
    folder: Folder = _FOLDER,
    out: OutFolder = _RESULTS,
    errors: Errors = None,
    data: Data = None,
) -> None:
    """Fit to February 2020 alone, forecast March to June, and set the forecasts beside what came and naive ones.

    Example: eum validate fit-2019 --workers 2
    """
    import pandas as pd

    from eum.calibration.bayes.workflow import validation
    from eum.output.evidence_pages.calibration import write_validation

    question = _question(name, folder, errors)
    rows = _answered(question, validation, "Rows and forecasts", workers, cluster)
    write_csv(rows, out / "validation.csv")
    write_validation(out, pd.read_csv(out / "validation.csv"))
    print(f"Table: {out / 'validation.csv'}\nPage: {out / 'validation.md'}")


@app.command()
def recover(
    name: Fit = "fit-2019",
    workers: Workers = 1,
    cluster: Cluster = "",
    folder: Folder = _FOLDER,
    out: OutFolder = _RESULTS,
    errors: Errors = None,
    data: Data = None,
) -> None:
    """Fit synthetic truths again and count how often intervals held: what is estimated, and what is only assumed.

    Example: eum recover fit-2019 --workers 2
    """
    import pandas as pd

    from eum.calibration.bayes.results import refits_result
    from eum.calibration.bayes.workflow import rank_counts, recovery
    from eum.output.evidence_pages.calibration import write_recovery

    question = _question(name, folder, errors)
    rows = _answered(question, recovery, "Rows and refits", workers, cluster)
    write_csv(rows, out / "recovery.csv")
    counts = rank_counts(refits_result(folder), rows)
    write_csv(counts, out / "recovery-ranks.csv")
    write_recovery(out, *(pd.read_csv(out / f"{table}.csv") for table in ("recovery", "recovery-ranks")))
    print(f"Table: {out / 'recovery.csv'}\nPage: {out / 'recovery.md'}")
