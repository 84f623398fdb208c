"""The command `dashboard`: the policymaker's page, opened, exported, or its surrogate rebuilt."""

import webbrowser
from pathlib import Path
from typing import Annotated, Any

import typer

from eum.cli.front import app
from eum.cli.options import CORES, Cluster, Data, Lang, Port, Workers, many_beside, place
from eum.cli.screen import say

DEFINITION = "page-gyeyang"
_STALE = "The stored answers are from another version of model or data; eum dashboard --rebuild makes new ones."


@app.command()
def dashboard(
    output: Annotated[
        Path | None, typer.Option(help="Write the page to this folder instead of opening it.", callback=place)
    ] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Re-run all training designs and rebuild the surrogate.")
    ] = False,
    answers: Annotated[Path | None, typer.Option(help="File of the stored answers (default: those of eum).")] = None,
    port: Port = 5007,
    show: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = True,
    workers: Workers = CORES,
    cluster: Cluster = "",
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Open the policy dashboard: design, compare, download.

    A design is answered by interpolation at once and exactly after some seconds.

    Example: eum dashboard --output my-page
    """
    from eum.output.dashboard.build import export
    from eum.output.dashboard.stored import STORED, read_answers

    file = answers or STORED
    if rebuild:
        place(file)
        _rebuild(file, workers, cluster)
        return
    stored = read_answers(file)
    if output is None:
        _serve(stored, port, show)
        return
    written = export(stored, output)
    if not _is_current(stored):
        say(_STALE)
    say(f"Page: {written}")


def _is_current(stored: dict[str, Any]) -> bool:
    from eum.output.surrogate.version import version_of
    from eum.resources import DESIGNS

    definition = DESIGNS / f"{stored['definition']['name']}.toml"
    return definition.is_file() and version_of(definition) == stored["version"]


def _rebuild(file: Path, workers: int, cluster: str) -> None:
    from eum.city.data import load_city_data
    from eum.output.dashboard.stored import write_answers
    from eum.output.surrogate.build import answers
    from eum.output.surrogate.definition import load_page

    definition, path = load_page(DEFINITION)
    with many_beside(file, "Running designs in states of the world", workers, cluster) as many:
        stored = answers(load_city_data(), definition, path, many)
        write_answers(file, stored)
    say(f"Answers: {file}")


def _serve(stored: dict[str, Any], port: int, show: bool) -> None:
    from eum.output.dashboard.build import dashboard_html as page_of
    from eum.output.dashboard.model import Live
    from eum.output.dashboard.serve import Jobs, Site, server

    live = Live(stored, say)
    running = server(Site(page_of(stored).encode(), live, Jobs(live.run)), port)
    address = f"http://127.0.0.1:{running.server_address[1]}/"
    say(f"The page: {address} (Ctrl-C to stop)")
    live.begin()
    if show:
        webbrowser.open(address)
    with running:
        running.serve_forever()
