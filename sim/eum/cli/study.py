"""The commands `study` and `report`: a whole study of many runs, and its documents."""

from pathlib import Path
from typing import Annotated

import typer

from eum.cli.front import app
from eum.cli.language import ENGLISH, languages
from eum.cli.options import CORES, Cluster, Data, Json, Lang, Out, ParameterSource, Replace, Seed, Workers, many_beside
from eum.cli.screen import next_step, print_json, print_table, say


@app.command()
def study(
    name: Annotated[str, typer.Argument(help="A study of eum by name, or a .toml file.")],
    scale: Annotated[
        float | None, typer.Option(help="Share of residents simulated (default: that of the study).")
    ] = None,
    seed: Seed = 1,
    parameters: Annotated[
        ParameterSource | None,
        typer.Option(
            help="posterior: fitted to the record. prior: from their priors, for a prior-predictive study "
            "(default: as the study says)."
        ),
    ] = None,
    workers: Workers = CORES,
    cluster: Cluster = "",
    out: Out = None,
    replace: Replace = False,
    as_json: Json = False,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Run a study and build its report.

    A study that was stopped goes on where it was.

    Example: eum study gyeyang-2020
    """
    import pandas as pd

    from eum.analysis.experiments.definition import with_parameters, with_scale
    from eum.analysis.experiments.ready import load_study
    from eum.analysis.experiments.run import source_told
    from eum.analysis.experiments.study import ensemble_of, is_done, run_study
    from eum.city.data import load_city_data
    from eum.output.report import build_report
    from eum.output.report.documents import document_definitions
    from eum.output.report.headline import NOTE, headlines
    from eum.runner.results_store import claimed_result
    from eum.runner.stopping_rule import log_lines

    asked = load_study(name)
    definition = with_parameters(with_scale(asked.definition, scale), parameters)
    document_definitions()
    package = load_city_data()
    folder = out or Path("results") / definition.name
    ensemble = ensemble_of(asked._replace(definition=definition), package, seed)
    with claimed_result(folder):
        if not is_done(ensemble, folder, replace):
            with many_beside(folder, f"Study {definition.name}", workers, cluster) as many:
                run_study(ensemble, folder, many)
        pages = build_report(folder, folder / "report")
    if as_json:
        tables = pd.concat([h.figures.assign(variant=h.titles[ENGLISH], policy=h.policy) for h in headlines(folder)])
        print_json({"effects": tables}, result=str(folder), report=[str(page) for page in pages])
        return
    if definition.enough is not None:
        say(*log_lines(folder))
    for one in headlines(folder):
        families = list(map(str, one.table.columns[1:]))
        name = f"{one.titles[languages()[-1]]} ({one.policy})"
        title = f"{name}, against no programme: won per 100 won of fiscal cost"
        rows = one.table.itertuples(index=False, name=None)
        print_table(title, ("measure", *families), rows, families, "Median (5th to 95th percentile of runs).")
    told = source_told(definition.parameters).strip()
    say(*([told] if told else []), NOTE, *(f"Report: {page}" for page in pages))
    next_step(f"eum verify {folder}")


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="Folder of a finished study.")],
    out: Out = None,
    lang: Lang = None,
) -> None:
    """Build the report of a study again: the same bytes.

    Example: eum report results/gyeyang-2020
    """
    from eum.output.report import build_report

    say(*(f"Report: {page}" for page in build_report(folder, out or folder / "report")))
    next_step(f"eum verify {out or folder}")
