"""Verbs that check what people write: data folders and policy files."""

import datetime
import sys
import warnings
from pathlib import Path
from typing import Annotated, Any

import typer

from eum.cli.options import TableFile, app
from eum.errors import InputError, UnreadValueWarning, one_line
from eum.toml import toml_values

city_app = typer.Typer(no_args_is_help=True, help="The data of a city.")
policy_app = typer.Typer(no_args_is_help=True, help="Policy files.")
app.add_typer(city_app, name="city")
app.add_typer(policy_app, name="policy")


@city_app.command("check")
def city_check(
    folder: Annotated[Path | None, typer.Argument(help="A data folder (default: the one of eum).")] = None,
    roles: Annotated[bool, typer.Option("--roles", help="Say also what rows are for that no run reads.")] = False,
) -> None:
    """Say what a city's data folder lacks or has wrong, and which values no run reads; make a small city of it.

    Example: eum city check data
    """
    from eum.city.build import SMALLEST_SCALE, build_city
    from eum.city.data import check_city, default_folder, load_package, unread_values
    from eum.city.roles import RUN, WHAT_FOR, parameters_by_role

    where = folder or default_folder()
    faults = check_city(where)
    for fault in faults:
        print(one_line(fault), file=sys.stderr)
    if faults:
        raise typer.Exit(2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnreadValueWarning)
        package = load_package(where)
    # What only shows when margins of several tables meet: shares that cannot be, shops that are nowhere.
    build_city(package, SMALLEST_SCALE, 1)
    print(f"{where}: complete, nothing wrong")
    for role, names in parameters_by_role(package.tables).items():
        if roles and role != RUN and names:
            print(f"  {role}: {WHAT_FOR[role]}: {', '.join(names)}")
    for unread in unread_values(package):
        print(unread)


Set = Annotated[list[str] | None, typer.Option("--set", help="A variable of the file, as name=value in TOML.")]


def chosen(settings: list[str] | None) -> dict[str, Any]:
    """Return variables written name=value, the value as in a policy file. Raises InputError for anything else."""
    found: dict[str, Any] = {}
    for text in settings or []:
        name, _, value = text.partition("=")
        try:
            # On a line of its own: what follows a line break would be another key.
            read = toml_values(f"value = {value}", "value")
        except InputError:
            read = {}
        if list(read) != ["value"]:
            raise InputError(f"--set: {text}: expected name=value, the value as in TOML")
        found[name.strip()] = read["value"]
    return found


@policy_app.command("check")
def policy_check(
    policies: Annotated[list[str], typer.Argument(help="Policies by name or file.")], settings: Set = None
) -> None:
    """Check policy files and say in plain words what they promise, in Korean and English, and their variables.

    Example: eum policy check gyeyang-2020-actual
    """
    from eum.policy.files import check_policy, load_policy, policy_variables
    from eum.policy.text.render import summary

    values = chosen(settings)
    faults = [fault for name in policies for fault in check_policy(name, values)]
    for fault in faults:
        print(one_line(fault), file=sys.stderr)
    if faults:
        raise typer.Exit(2)
    for name in policies:
        policy = load_policy(name, values)
        print(f"{policy.title_ko} / {policy.title_en}")
        for variable, value in {**policy_variables(name), **values}.items():
            print(f"  ${variable} = {value}")
        for language in ("ko", "en"):
            print("\n".join(f"  - {line}" for line in summary(policy, language)))


@policy_app.command("table")
def policy_table(
    name: Annotated[str, typer.Argument(metavar="POLICY", help="A policy by name or file.")],
    on: Annotated[str, typer.Option(help="Only what holds on a date such as 2020-03-16.")] = "",
    csv: TableFile = None,
    settings: Set = None,
) -> None:
    """Show the rates of a policy by date, one row a clause and tier, or write them as CSV.

    Example: eum policy table incheon-2019-actual --on 2019-08-01
    """
    from eum.policy.files import load_policy
    from eum.policy.rate_table import in_force_on, rate_table, short_views, write_table

    table = rate_table(load_policy(name, chosen(settings)))
    if on:
        try:
            table = in_force_on(table, datetime.date.fromisoformat(on))
        except ValueError:
            raise InputError(f"--on: {on}: expected a date such as 2020-03-16") from None
    if csv is None:
        print("\n\n".join(rows.to_string(index=False) for rows in short_views(table).values()) or "-")
        return
    write_table(table, csv)
    print(csv)


@policy_app.command("schema")
def policy_schema() -> None:
    """Print the JSON Schema of policy files, for editors.

    Example: eum policy schema
    """
    import json

    from eum.policy.schema import json_schema

    print(json.dumps(json_schema(), indent=1, ensure_ascii=False))


@policy_app.command("reference")
def policy_reference() -> None:
    """Print the reference of the policy language in Markdown: examples of each clause, and every key.

    Example: eum policy reference
    """
    from eum.policy.language_page import reference

    print(reference(), end="")
