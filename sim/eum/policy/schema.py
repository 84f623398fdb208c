"""The JSON Schema of policy files, for editors: every key with its meaning, and "$name" wherever a value can stand."""

import copy
from typing import Any

from eum.policy.composition import NAME_PATTERN, VARIABLE
from eum.policy.model import LAYERS, Policy

PolicySchema = dict[str, Any]

_VARIABLE: PolicySchema = {
    "type": "string",
    "pattern": VARIABLE.pattern,
    "description": 'A variable of [variables], written "$name".',
}
_ABOUT_FILES: PolicySchema = {
    "extends": {
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
        "description": "Name of the policy whose layers come first, or a list of such names.",
    },
    "remove": {
        "type": "array",
        "items": {"type": "string"},
        "description": "Ids of layers or budgets of the extended policies to leave out.",
    },
    "variables": {
        "type": "object",
        "propertyNames": {"pattern": NAME_PATTERN.pattern},
        "additionalProperties": {"type": ["number", "string", "boolean"]},
        "description": 'Numbers, dates, texts, true or false; "$name" stands for them. An extending file can set them.',
    },
}


def json_schema() -> PolicySchema:
    """Return the JSON Schema of a policy file."""
    schema = Policy.model_json_schema()
    schema["properties"].pop("hash")
    schema["properties"]["name"]["description"] = "Name of the policy; that of the file if left out."
    schema["required"] = [key for key in schema["required"] if key != "name"]
    for part in (*schema["$defs"].values(), schema):
        part["properties"] = {key: _or_variable(value) for key, value in part["properties"].items()}
    schema["$defs"]["Variable"] = _VARIABLE
    schema["properties"] |= copy.deepcopy(_ABOUT_FILES)
    schema["properties"]["override"] = _override(schema)
    return schema


def _or_variable(value: PolicySchema) -> PolicySchema:
    """Return the schema of a value that a variable can stand for, its description in front."""
    about: PolicySchema = {key: value[key] for key in ("title", "description", "default") if key in value}
    rest = {key: inner for key, inner in value.items() if key not in about}
    if "$ref" in rest.get("items", {}):
        return value
    if "items" in rest:
        return {**about, **rest, "items": _or_variable(rest["items"])}
    options = rest["anyOf"] if set(rest) == {"anyOf"} else [rest]
    return {**about, "anyOf": [*options, {"$ref": "#/$defs/Variable"}]}


def _override(schema: PolicySchema) -> PolicySchema:
    """Return the schema of `override`: some keys of one kind of layer, under the id of the layer."""
    kinds = [
        schema["properties"][kind]["items"]["$ref"].rpartition("/")[2] for kind in LAYERS if kind != "district_card"
    ]
    some = [
        {
            "type": "object",
            "title": f"Keys of a {kind}",
            "additionalProperties": False,
            "properties": {key: value for key, value in schema["$defs"][kind]["properties"].items() if key != "id"},
        }
        for kind in kinds
    ]
    about = "Keys to replace in a layer of the extended policies, under its id: [override.seo-august]."
    return {"type": "object", "description": about, "additionalProperties": {"anyOf": some}}
