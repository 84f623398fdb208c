"""Reading policy files: TOML, one policy each, which may extend another."""

import hashlib
import json
import re
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from sim.errors import InputError
from sim.policy.model import Policy

_ROOT = Path(__file__).resolve().parents[2]
_HOMES = (_ROOT / "data" / "policies", _ROOT / "sim" / "_data" / "policies")
POLICIES = next((home for home in _HOMES if home.is_dir()), _HOMES[0])
"""Folder of the policies that come with eum: data/ of a clone, or the copy in an installed package."""

_LAYERS = ("city", "top_up", "plus", "fee_support", "district_card", "budget")
_LAYER_KEY = re.compile(r"(\w+)\[(\d+)\]\.(\w+): ")
_EXPECTATIONS = {
    "missing": "missing; expected a value",
    "extra_forbidden": "unknown key; expected one that the schema of policies has",
    "date_type": "expected a date such as 2020-03-16, without quotation marks",
    "int_type": "expected a whole number",
    "float_type": "expected a number",
    "bool_type": "expected true or false",
    "string_type": "expected text",
    "string_too_short": "expected some text",
}


def list_policies() -> list[str]:
    """Return the names of the policies that come with eum."""
    return sorted(path.stem for path in POLICIES.glob("*.toml"))


def policy_path(name_or_path: str) -> Path:
    """Return the file of a policy by name or path. Raises InputError when there is none."""
    path = Path(name_or_path)
    if path.suffix != ".toml":
        path = POLICIES / f"{name_or_path}.toml"
    if not path.is_file():
        known = ", ".join(list_policies())
        raise InputError(f"{name_or_path}: no such policy; expected a .toml file or one of: {known}")
    return path


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise InputError(f"{path}: not text in UTF-8; expected a TOML file") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not valid TOML: {error}") from None


class _Content(NamedTuple):
    """A policy as its files hold it: what applies, and the file and place of every layer."""

    values: dict[str, Any]
    origins: dict[str, list[tuple[Path, int]]]
    """Key of a layer -> file and position in that file, in the order of the layers."""


def _layers(path: Path, seen: tuple[Path, ...]) -> _Content:
    """Return a file's content with the layers of the policies it extends in front of its own."""
    if path in seen:
        raise InputError(f"{path}: extends: {path.stem!r}: extends itself; expected another policy")
    values = _parse(path)
    if "hash" in values:
        raise InputError(f"{path}: hash: {values['hash']!r}: computed on loading; expected no such key")
    base_name = values.pop("extends", None)
    base = _Content({}, {}) if base_name is None else _base(path, base_name, seen)
    origins = {}
    for layer in _LAYERS:
        own = values.get(layer, [])
        if isinstance(own, list):
            origins[layer] = [*base.origins.get(layer, []), *((path, i) for i in range(len(own)))]
            joined = [*base.values.get(layer, []), *own]
            values |= {layer: joined} if joined else {}
    return _Content(values, origins)


def _base(path: Path, name: Any, seen: tuple[Path, ...]) -> _Content:
    beside = path.parent / f"{name}.toml"
    try:
        base = beside if beside.is_file() else policy_path(str(name))
    except InputError as error:
        raise InputError(f"{path}: extends: {error}") from None
    return _layers(base, (*seen, path))


def _place(path: Path, content: _Content, keys: list[str | int]) -> str:
    """Return `file: key[position].key: ` of a place in the joined content."""
    if len(keys) > 1 and isinstance(keys[1], int) and keys[1] < len(content.origins.get(str(keys[0]), [])):
        path, position = content.origins[str(keys[0])][keys[1]]
        keys = [keys[0], position, *keys[2:]]
    shown = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return f"{path}: {shown[1:]}: " if shown else f"{path}: "


def _one_line(path: Path, content: _Content, error: Any) -> str:
    """Return an error of pydantic on one line: file, key, value, what was expected."""
    message = error["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
    keys = list(error["loc"])
    named = _LAYER_KEY.match(message)
    if not keys and named:
        keys, message = [named[1], int(named[2]), named[3]], message[named.end() :]
    value = error.get("input")
    shown = "" if named or isinstance(value, dict | list | Policy) else f"{value!r}: "
    return f"{_place(path, content, keys)}{shown}{_EXPECTATIONS.get(error['type'], message)}"


def _validated(path: Path) -> tuple[Policy | None, list[str]]:
    """Return a file's policy, or None and one line for each thing wrong with it."""
    content = _layers(path, ())
    values = {"name": path.stem, **content.values}
    digest = hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()
    try:
        return Policy.model_validate({**values, "hash": digest}), []
    except ValidationError as error:
        return None, [_one_line(path, content, e) for e in error.errors()]


def load_policy(name_or_path: str | Path) -> Policy:
    """Load a policy by name (a file in data/policies) or path.

    A file with `extends = "other"` adds its layers to those of the other policy. Raises InputError with file,
    key, value and expectation on one line.
    """
    policy, faults = _validated(policy_path(str(name_or_path)))
    if policy is None:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise InputError(faults[0] + more)
    return policy


def check_policy(name_or_path: str | Path) -> list[str]:
    """Return one line for each thing wrong with a policy file; an empty list when nothing is."""
    try:
        return _validated(policy_path(str(name_or_path)))[1]
    except InputError as error:
        return [str(error)]


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a policy file, for editors."""
    schema = Policy.model_json_schema()
    schema["properties"].pop("hash")
    told = "Name of the policy whose layers come first."
    schema["properties"]["extends"] = {"type": "string", "description": told}
    schema["required"] = [key for key in schema["required"] if key != "name"]
    return schema
