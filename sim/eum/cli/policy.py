"""The group `policy`: policy files, checked and shown."""

import datetime
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eum.cli.front import group
from eum.cli.language import languages
from eum.cli.options import Json, Lang, PoliciesArgument, TableFile
from eum.cli.screen import next_step, print_json
from eum.errors import InputError, one_line
from eum.toml import toml_values

if TYPE_CHECKING:
    from eum.policy.model import Policy

policy_app = group("policy", "Policy files.")

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
    policies: PoliciesArgument,
    settings: Set = None,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Check policy files and print what they promise in plain sentences.

    In Korean and English, or in one of them (--lang), with the variables of the file.

    Example: eum policy check gyeyang-2020-actual
    """
    from eum.policy.files import check_policy, load_policy, policy_variables
    from eum.policy.text.render import policy_sentences

    values = chosen(settings)
    faults = [fault for name in policies for fault in check_policy(name, values)]
    for fault in faults:
        print(one_line(fault), file=sys.stderr)
    if faults:
        raise typer.Exit(2)
    found = {name: load_policy(name, values) for name in policies}
    variables = {name: {**policy_variables(name), **values} for name in policies}
    if as_json:
        print_json({}, policies=[_record(policy, variables[name]) for name, policy in found.items()])
        return
    for name, policy in found.items():
        titles = {"ko": policy.title_ko, "en": policy.title_en}
        print(" / ".join(titles[language] for language in languages()))
        for variable, value in variables[name].items():
            print(f"  ${variable} = {value}")
        for language in languages():
            print("\n".join(f"  - {line}" for line in policy_sentences(policy, language)))
    next_step(f"eum run {policies[0]}")


def _record(policy: "Policy", variables: dict[str, Any]) -> dict[str, object]:
    from eum.policy.text.render import policy_sentences

    promises = {f"promises_{language}": list(policy_sentences(policy, language)) for language in ("ko", "en")}
    titles = {"title_ko": policy.title_ko, "title_en": policy.title_en}
    return {"policy": policy.name, **titles, "variables": variables, **promises}


@policy_app.command("table")
def policy_table(
    name: Annotated[str, typer.Argument(metavar="POLICY", help="A policy by name or file.")],
    on: Annotated[str, typer.Option(help="Only what holds on a date such as 2020-03-16.")] = "",
    csv: TableFile = None,
    settings: Set = None,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Print the rates of a policy by date, a row for each clause and tier.

    Or write them to a file (--csv).

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
    if as_json:
        print_json({"rates": table})
        return
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
