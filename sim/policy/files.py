"""Reading policy files: TOML, one policy each, which may extend another."""

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.errors import InputError
from sim.policy.model import Policy

_ROOT = Path(__file__).resolve().parents[2]
POLICIES = next(
    (p for p in (_ROOT / "data" / "policies", _ROOT / "sim" / "_data" / "policies") if p.is_dir()),
    _ROOT / "data" / "policies",
)
"""Folder of the policies that come with eum: data/ of a clone, or the copy inside an installed package."""

_LAYERS = ("city", "top_up", "plus", "fee_support", "district_card", "budget")


def list_policies() -> list[str]:
    """Return the names of the policies that come with eum."""
    return sorted(path.stem for path in POLICIES.glob("*.toml"))


def policy_path(name_or_path: str) -> Path:
    """Return the file of a policy by name or path. Raises InputError when there is none."""
    path = Path(name_or_path)
    if path.suffix != ".toml":
        path = POLICIES / f"{name_or_path}.toml"
    if not path.is_file():
        shown = path.name if path.parent == POLICIES else path
        raise InputError(f"{shown}: no such policy; expected a .toml file or one of: {', '.join(list_policies())}")
    return path


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not valid TOML: {error}") from None


def _layers(path: Path, seen: tuple[Path, ...]) -> dict[str, Any]:
    """Return a file's content with the layers of the policies it extends in front of its own."""
    if path in seen:
        raise InputError(f"{path}: extends: a policy that extends itself; expected another policy")
    content = _parse(path)
    base_name = content.pop("extends", None)
    if base_name is None:
        return content
    beside = path.parent / f"{base_name}.toml"
    base = _layers(beside if beside.is_file() else policy_path(str(base_name)), (*seen, path))
    for layer in _LAYERS:
        if layer in base:
            own = content.get(layer, [])
            content[layer] = [*base[layer], *own] if isinstance(own, list) else own
    return content


def _one_line(path: Path, error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(f"[{part}]" if isinstance(part, int) else str(part) for part in first["loc"]).replace(".[", "[")
    message = first["msg"].removeprefix("Value error, ")
    value = first.get("input")
    shown = "" if isinstance(value, dict | list) else f"{value!r}: "
    return f"{path}: {key + ': ' if key else ''}{shown}{message}"


def load_policy(name_or_path: str) -> Policy:
    """Load a policy by name (a file in data/policies) or path.

    A file with `extends = "other"` adds its layers to those of the other policy. Raises InputError with file,
    key, value and expectation on one line.
    """
    path = policy_path(str(name_or_path))
    content = _layers(path, ())
    content.setdefault("name", path.stem)
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
    try:
        return Policy.model_validate({**content, "hash": digest})
    except ValidationError as error:
        raise InputError(_one_line(path, error)) from None


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a policy file, for editors."""
    schema = Policy.model_json_schema()
    schema["properties"].pop("hash")
    schema["properties"]["extends"] = {
        "type": "string",
        "description": "Name of the policy whose layers come first.",
    }
    schema["required"] = [key for key in schema["required"] if key != "name"]
    return schema
