"""The command `sensitivity`: what the multiplier depends on."""

from pathlib import Path
from typing import Annotated

import typer

from eum.cli.front import app
from eum.cli.options import CORES, Cluster, Data, Json, Lang, OutFolder, Workers, many_beside, write_csv
from eum.cli.screen import print_json, say


@app.command()
def sensitivity(
    definition: Annotated[str, typer.Argument(help="An analysis of eum by name, or a .toml file.")] = "sensitivity",
    out: OutFolder = Path("results"),
    workers: Workers = CORES,
    cluster: Cluster = "",
    as_json: Json = False,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Global sensitivity analysis of the multiplier.

    Sobol indices, the regions of parameters in which it is high, and a decomposition of its variance.

    Example: eum sensitivity --workers 2
    """
    from eum.analysis.sensitivity.analysis import analysis_rows
    from eum.analysis.sensitivity.definition import load_sensitivity
    from eum.analysis.sensitivity.run import simulate_points
    from eum.analysis.sensitivity.table import read_sensitivity
    from eum.city.data import load_city_data
    from eum.output.evidence_pages.sensitivity import write_sensitivity_page

    config, path = load_sensitivity(definition), out / "sensitivity.csv"
    with many_beside(path, "Evaluating points of the parameter space", workers, cluster) as many:
        write_csv(analysis_rows(simulate_points(load_city_data(), config, many)), path)
        # Of the numbers as written: who has the table can write the page again.
        write_sensitivity_page(out, read_sensitivity(path))
    if as_json:
        print_json({"sensitivity": read_sensitivity(path)})
        return
    say(f"Table: {path}", f"Page: {out / 'sensitivity.md'}")
