"""Verbs that check what people write: data folders and policy files."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import app

city_app = typer.Typer(no_args_is_help=True, help="The data of a city.")
policy_app = typer.Typer(no_args_is_help=True, help="Policy files.")
app.add_typer(city_app, name="city")
app.add_typer(policy_app, name="policy")


@city_app.command("check")
def city_check(
    folder: Annotated[Path | None, typer.Argument(help="A data folder (default: the one of eum).")] = None,
) -> None:
    """Say what a city's data folder lacks or has wrong.

    Example: eum city check data
    """
    from sim.city.package import check_city, default_folder

    where = folder or default_folder()
    faults = check_city(where)
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        raise typer.Exit(2)
    print(f"{where}: complete, nothing wrong")


@policy_app.command("check")
def policy_check(policies: Annotated[list[str], typer.Argument(help="Policies by name or file.")]) -> None:
    """Check policy files and say in plain words what they promise, in Korean and English.

    Example: eum policy check gyeyang-2020-actual
    """
    from sim.policy.files import check_policy, load_policy
    from sim.policy.summary import summary

    faults = [fault for name in policies for fault in check_policy(name)]
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        raise typer.Exit(2)
    for name in policies:
        policy = load_policy(name)
        print(f"{policy.title_ko} / {policy.title_en}")
        for language in ("ko", "en"):
            print("\n".join(f"  - {line}" for line in summary(policy, language)))


@policy_app.command("schema")
def policy_schema() -> None:
    """Print the JSON Schema of policy files, for editors."""
    import json

    from sim.policy.files import json_schema

    print(json.dumps(json_schema(), indent=1, ensure_ascii=False))
