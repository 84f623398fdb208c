"""The command `demo`: a small town in motion, in a browser."""

import socket
from typing import Annotated

import typer

from eum.cli.front import app
from eum.cli.options import Data, End, Family, Lang, Period, PolicyArgument, Port, Seed, Start, progress_bar, window
from eum.cli.screen import say
from eum.errors import InputError


@app.command()
def demo(
    policy: PolicyArgument = "gyeyang-2020-actual",
    residents: Annotated[int, typer.Option(help="Residents of the town, 1300 to 10000.")] = 2600,
    seed: Seed = 1,
    evidence: Family = "causal",
    start: Start = "2020-02-24",
    end: End = "2020-06-30",
    period: Period = None,
    port: Port = 5006,
    show: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
    lang: Lang = None,
    data: Data = None,
) -> None:
    """Watch a small town run in a browser.

    It can be paused and stepped, and the city's rate can be moved while it runs.

    Example: eum demo gyeyang-2020-actual --residents 2600
    """
    from eum.calibration.central import calibrated_family
    from eum.calibration.priors import require_family
    from eum.city.data import load_city_data
    from eum.output.demo.page import serve
    from eum.output.demo.scene import build_town, town_model
    from eum.policy.files import load_policy

    require_family(evidence)
    wanted, shown, package, port = load_policy(policy), window(start, end), load_city_data(), _free_port(port)
    city = build_town(package, residents, seed)
    with progress_bar() as progress:
        task = progress.add_task(f"Calibrating choices ({evidence})", total=1)
        parameters = calibrated_family(package, evidence, seed).parameters
        progress.advance(task)
    say(f"The demonstration: http://localhost:{port} (Ctrl-C to stop)")
    serve(lambda: town_model(city, parameters, wanted, shown, seed), port, show)


def _free_port(port: int) -> int:
    """Return the port, or any free one for 0. Raises InputError for one that is taken or not to be had."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError as error:
            raise InputError(f"--port: {port}: {error.strerror}; expected a free port, or 0 for any") from None
        return int(tried.getsockname()[1])
