"""The verb that says what the multiplier depends on."""

from pathlib import Path
from typing import Annotated

import typer

from eum.cli.options import CORES, Cluster, Data, OutFolder, Workers, app, many_beside, write_csv


@app.command()
def sensitivity(
    definition: Annotated[str, typer.Argument(help="An analysis of eum by name, or a .toml file.")] = "sensitivity",
    out: OutFolder = Path("results"),
    workers: Workers = CORES,
    cluster: Cluster = "",
    data: Data = None,
) -> None:
    """Say what the multiplier depends on: global indices, where it is high, what its uncertainty is made of.

    Example: eum sensitivity --workers 2
    """
    from eum.analysis.sensitivity.analysis import analysed
    from eum.analysis.sensitivity.definition import load_sensitivity
    from eum.analysis.sensitivity.run import live
    from eum.analysis.sensitivity.table import read
    from eum.city.data import load_package
    from eum.output.evidence_pages.sensitivity import write_page

    asked, path = load_sensitivity(definition), out / "sensitivity.csv"
    with many_beside(path, "Living points of the parameter space", workers, cluster) as many:
        write_csv(analysed(live(load_package(), asked, many)), path)
        # Of the numbers as written: who has the table can write the page again.
        write_page(out, read(path))
    print(f"Table: {path}\nPage: {out / 'sensitivity.md'}")
