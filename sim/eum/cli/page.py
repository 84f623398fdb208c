"""The verb of the policymaker's page: open it, export it, or make its answers anew."""

import json
import webbrowser
from pathlib import Path
from typing import Annotated, Any

import typer

from eum.cli.options import CORES, Cluster, Data, Port, Workers, app, many_beside, place

DEFINITION = "page-gyeyang"
_OTHER_VERSION = "The stored answers are from another version of model or data; eum page --rebuild makes them anew."


@app.command()
def page(
    output: Annotated[
        Path | None, typer.Option(help="Write the page to this folder instead of opening it.", callback=place)
    ] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Live all designs and store their answers anew.")] = False,
    answers: Annotated[Path | None, typer.Option(help="File of the stored answers (default: those of eum).")] = None,
    port: Port = 5007,
    show: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = True,
    workers: Workers = CORES,
    cluster: Cluster = "",
    data: Data = None,
) -> None:
    """Open the policymaker's page: design a programme, see its effect worked out exactly, compare, download.

    Example: eum page --output my-page
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
        print(_OTHER_VERSION)
    print(f"Page: {written}")


def _is_current(stored: dict[str, Any]) -> bool:
    from eum.output.surrogate.version import version_of
    from eum.resources import DESIGNS

    definition = DESIGNS / f"{stored['definition']['name']}.toml"
    return definition.is_file() and version_of(definition) == stored["version"]


def _rebuild(file: Path, workers: int, cluster: str) -> None:
    from eum.city.data import load_package
    from eum.output.surrogate.build import answers
    from eum.output.surrogate.definition import load_page

    definition, path = load_page(DEFINITION)
    with many_beside(file, "Living designs in plausible worlds", workers, cluster) as many:
        stored = answers(load_package(), definition, path, many)
        partial = file.with_name(file.name + ".new")
        partial.write_text(json.dumps(stored, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
        partial.replace(file)
    print(f"Answers: {file}")


def _serve(stored: dict[str, Any], port: int, show: bool) -> None:
    from eum.output.dashboard.build import page as page_of
    from eum.output.dashboard.model import Live
    from eum.output.dashboard.serve import Jobs, Site, server

    live = Live(stored, lambda told: print(told, flush=True))
    running = server(Site(page_of(stored).encode(), live, Jobs(live.run)), port)
    address = f"http://127.0.0.1:{running.server_address[1]}/"
    print(f"The page: {address} (Ctrl-C to stop)", flush=True)
    live.begin()
    if show:
        webbrowser.open(address)
    with running:
        running.serve_forever()
