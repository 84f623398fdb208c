"""The group `data`: the data folder of a city, checked."""

import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer

from eum.cli.front import group
from eum.cli.language import in_words
from eum.cli.options import Lang
from eum.cli.screen import next_step, say
from eum.errors import UnreadValueWarning, one_line

data_app = group("data", "The data of a city.")


@data_app.command("check")
def check(
    folder: Annotated[Path | None, typer.Argument(help="A data folder (default: the one of eum).")] = None,
    roles: Annotated[
        bool, typer.Option("--roles", help="List also the rows that no run reads, and their purpose.")
    ] = False,
    lang: Lang = None,
) -> None:
    """Check the data folder of a city.

    Names what is missing or wrong and which values no run reads, and builds a small city of it.

    Example: eum data check data
    """
    from eum.city.build import SMALLEST_SCALE, build_city
    from eum.city.data import check_city, default_folder, load_city_data, unread_values
    from eum.city.roles import RUN_ROLE, WHAT_FOR, parameters_by_role

    where = folder or default_folder()
    faults = check_city(where)
    for fault in faults:
        print(one_line(fault), file=sys.stderr)
    if faults:
        raise typer.Exit(2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnreadValueWarning)
        package = load_city_data(where)
    # What only shows when margins of several tables meet: shares that cannot be, shops that are nowhere.
    build_city(package, SMALLEST_SCALE, 1)
    say(f"{where}: complete, nothing wrong")
    for role, names in parameters_by_role(package.tables).items():
        if roles and role != RUN_ROLE and names:
            # The role is a value of the tables, so it stays.
            print(f"  {role}: {in_words(WHAT_FOR[role])}: {', '.join(names)}")
    for unread in unread_values(package):
        say(str(unread))
    if folder is not None:
        next_step(f"eum run incheon-2020-actual --data {folder}")
