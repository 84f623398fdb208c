"""Reading policy files: TOML, one policy each, which may extend another."""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from eum.errors import InputError, expectation
from eum.policy.composition import Joined, PolicyContent, Value, merged_content, read_content
from eum.policy.model import Policy
from eum.resources import resource

POLICIES = resource("data/policies")
"""Folder of the policies that come with eum."""

_LAYER_KEY = re.compile(r"(\w+)\[(\d+)\]\.(\w+): ")
EXPECTATIONS = {
    "extra_forbidden": "unknown key; expected one that the schema of policies has",
    "string_pattern_mismatch": "expected letters, digits, hyphens, underscores and points",
}
"""What the schema of policies expects, where it says more than `eum.errors.expectation`."""


def list_policies() -> list[str]:
    """Return the names of the policies that come with eum, those of programmes elsewhere too."""
    return sorted(path.stem for path in POLICIES.rglob("*.toml"))


def policy_path(name_or_path: str) -> Path:
    """Return the file of a policy by name or path. Raises InputError when there is none."""
    shipped = {path.stem: path for path in POLICIES.rglob("*.toml")}
    path = Path(name_or_path) if name_or_path.endswith(".toml") else shipped.get(name_or_path)
    # Unlike `Path.is_file`, this takes any text: one with a null byte or longer than a name can be is no file.
    if path is None or not os.path.isfile(path):
        beside = f" ({name_or_path}.toml is there)" if os.path.isfile(f"{name_or_path}.toml") else ""
        known = ", ".join(list_policies())
        shown = name_or_path if name_or_path.strip() and name_or_path.isprintable() else repr(name_or_path)
        raise InputError(f"{shown}: no such policy; expected a .toml file{beside} or one of: {known}")
    return path


def _one_line(content: PolicyContent, values: Joined, error: Any) -> str:
    """Return an error of pydantic on one line: file, key, value, what was expected."""
    message = expectation(error)
    keys = tuple(error["loc"])
    named = _LAYER_KEY.match(message)
    if not keys and named:
        keys, message = (named[1], int(named[2]), named[3]), message[named.end() :]
    value = error.get("input")
    shown = "" if named or isinstance(value, dict | list | tuple | Policy) else f"{value!r}: "
    variable = f"${values.from_variable[keys]} = " if keys in values.from_variable and shown else ""
    gone = next((f" ({file} removes {id!r})" for id, file in content.removed.items() if f"{id!r}: " in message), "")
    return f"{content.place(keys)}{variable}{shown}{EXPECTATIONS.get(error['type'], message)}{gone}"


def _validated(content: PolicyContent, variables: Mapping[str, Value]) -> tuple[Policy | None, list[str]]:
    """Return the policy of what a file holds, or None and one line for each thing wrong with it."""
    in_place = merged_content(content, variables)
    values = {"name": content.path.stem, **in_place.values}
    digest = hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()
    try:
        return Policy.model_validate({**values, "hash": digest}), []
    except ValidationError as error:
        faults = error.errors()
        places = [fault["loc"] for fault in faults]
        leading = [fault for fault in faults if not _follows(fault, places)]
        return None, [_one_line(content, in_place, fault) for fault in leading]


def _follows(fault: Any, places: list[tuple[str | int, ...]]) -> bool:
    """Return whether a list only looks too short because an item of it is wrong, which is reported already."""
    where = fault["loc"]
    return fault["type"] == "too_short" and any(p[: len(where)] == where and len(p) > len(where) for p in places)


def load_policy(name_or_path: str | Path, variables: Mapping[str, Value] | None = None) -> Policy:
    """Load a policy by name (a file in data/policies) or path.

    A file with `extends = "other"` adds its layers to those of the other policy (or policies, where it is a list).
    `variables` sets variables of the file to other values. Raises InputError with file, key, value and expectation on
    one line.
    """
    path = policy_path(str(name_or_path))
    if variables:
        return _read(path, variables)[0]
    key = os.path.abspath(path)
    if key in _loaded and _loaded[key].states == _states(_loaded[key].files):
        return _loaded[key].policy
    policy, files = _read(path, {})
    if len(_loaded) >= _MOST_KEPT:
        _loaded.clear()
    _loaded[key] = _Loaded(policy, files, _states(files))
    return policy


def _read(path: Path, variables: Mapping[str, Value]) -> tuple[Policy, tuple[Path, ...]]:
    """Return the policy of a file, and the files that it is read from. Raises InputError as `load_policy` does."""
    content = read_content(path, policy_path)
    policy, faults = _validated(content, variables)
    if policy is None:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise InputError(faults[0] + more)
    return policy, content.files


class _Loaded(NamedTuple):
    """A policy (nothing of it can be changed) and the files that it was read from."""

    policy: Policy
    files: tuple[Path, ...]
    states: tuple[tuple[int, int] | None, ...]


_loaded: dict[str, _Loaded] = {}
"""Policies read by this process, by path: the record is some twenty files, and every start asks for it."""
_MOST_KEPT = 64


def _states(files: tuple[Path, ...]) -> tuple[tuple[int, int] | None, ...]:
    """Return what shows whether files are as they were: time of change and size; None for one that is gone."""
    found: list[tuple[int, int] | None] = []
    for file in files:
        try:
            state = os.stat(file)
        except OSError:
            found.append(None)
        else:
            found.append((state.st_mtime_ns, state.st_size))
    return tuple(found)


def policy_variables(name_or_path: str | Path) -> dict[str, Value]:
    """Return the variables of a policy file and of those it extends, with their values."""
    return dict(read_content(policy_path(str(name_or_path)), policy_path).variables)


def policy_files(name_or_path: str | Path) -> list[Path]:
    """Return every file that a policy is read from: those it extends, at any depth, and its own, which comes last."""
    return list(read_content(policy_path(str(name_or_path)), policy_path).files)


def check_policy(name_or_path: str | Path, variables: Mapping[str, Value] | None = None) -> list[str]:
    """Return one line for each thing wrong with a policy file; an empty list when nothing is."""
    try:
        return _validated(read_content(policy_path(str(name_or_path)), policy_path), variables or {})[1]
    except InputError as error:
        return [str(error)]
