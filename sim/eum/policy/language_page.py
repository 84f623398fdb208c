"""The reference of the policy language: an example of each clause and what it promises, every key and its meaning."""

from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

from eum.policy.files import load_policy
from eum.policy.schema import json_schema
from eum.policy.text.render import policy_sentences

EXAMPLES = {
    "start": "A whole policy",
    "shops": "Where a rate holds",
    "event": "Events, days of the week",
    "discount": "Discounts, caps, half-years",
    "ordinary": "Only above ordinary use",
    "top_up": "What districts add",
    "plus": "Plus shops and fee support",
    "grant": "Money loaded on the card",
    "coupon": "Coupons with a threshold",
    "money": "Money by month, in steps, later",
    "variables": "Variables",
    "change": "Changing another policy",
}
"""Examples, in the order of the page: name of the file -> heading."""

_INTRODUCTION = """# The policy language

A policy is a TOML file: dated layers that promise something, and the budgets that pay. It is data and runs no code.
`eum policy check my-policy.toml` says what a file promises in Korean and English, or on one line what is wrong with it;
`eum policy table my-policy.toml` shows its rates by date. Editors complete keys with
[the schema](../data/policies/policy.schema.json). This page is made by `eum policy reference`.

Rules that hold for all of it:

- Without events no two `[[city]]` periods cover the same shop on the same day; likewise one top-up and one fee support
  of a district, one set of Plus terms of an area and one grant at a time.
- Won are whole (`300_000`), rates percent with at most two decimals, dates without quotation marks, both ends included.
- A budget that is empty in the morning pays nothing. On its last day each claim is paid in proportion. All that is
  promised out of it is silent until money comes again.
- Each payment and layer is rounded down to the won.
- `extends` names a policy of eum or a file beside this one, or a list of such.
- `"$name"` can stand for any single value. The values are put in place after all files are joined.
"""


def example_path(name: str) -> Path:
    """Return the file of an example."""
    return Path(str(resources.files("eum.policy"))) / "examples" / f"{name}.toml"


def reference() -> str:
    """Return the page in Markdown."""
    lines = [_INTRODUCTION]
    for name, heading in EXAMPLES.items():
        path = example_path(name)
        policy = load_policy(path)
        promises = [f"- {line}" for language in ("ko", "en") for line in policy_sentences(policy, language)]
        text = path.read_text(encoding="utf-8").strip()
        lines += [f"## {heading}\n", f"```toml\n{text}\n```\n", "It promises:\n", *promises, ""]
    return "\n".join([*lines, "# Every key\n", *_keys()]).rstrip() + "\n"


def _keys() -> Iterator[str]:
    """Yield the tables of keys, one for the file and one for each kind of layer and of item."""
    schema = json_schema()
    yield from _table("The file", schema)
    for title, part in schema["$defs"].items():
        if part["type"] == "object":
            yield from _table(f"{title}: {part['description'].splitlines()[0]}", part)


def _table(title: str, part: dict[str, Any]) -> Iterator[str]:
    yield f"## {title}\n"
    yield "| key | value | meaning |\n|---|---|---|"
    for key, value in part["properties"].items():
        needed = " (needed)" if key in part.get("required", []) else ""
        meaning = " ".join(value.get("description", "").split()).replace("|", "\\|")
        yield f"| `{key}`{needed} | {_values(value)} | {meaning} |"
    yield ""


def _values(value: dict[str, Any]) -> str:
    """Return what can stand at a key, in a few words."""
    options = value.get("anyOf", [value])
    if "items" in value:
        return f"list of {_values(value['items'])}"
    named = {"#/$defs/Variable": "", "integer": "whole number", "boolean": "true or false", "object": "table"}
    values = []
    for option in options:
        kind = option.get("$ref", option.get("format", option.get("type", "")))
        if "enum" in option or "const" in option:
            values.append(", ".join(f"`{word}`" for word in option.get("enum", [option.get("const")])))
        elif kind == "array":
            values.append(f"list of {_values(option['items'])}")
        elif kind != "null":
            values.append(named.get(kind, kind.rpartition("/")[2]))
    return " or ".join(filter(None, dict.fromkeys(values)))
