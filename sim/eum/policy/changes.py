"""A policy with some values changed, each named by its path, such as `top_up[0].tiers[0].rate_percent`."""

import datetime
import difflib
import hashlib
import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from eum.errors import InputError, expectation
from eum.policy.files import EXPECTATIONS
from eum.policy.model import Policy
from eum.policy.text.grammar import DATE_KEYS

_STEP = re.compile(r"\.?([A-Za-z_]\w*)|\[([^\[\]]+)\]")
_ABOUT = ("name", "hash")
"""Keys that no path leads to: the name has an argument of its own, the hash follows from the rest."""

PathStep = str | int


def path_steps(path: str) -> list[PathStep]:
    """Return the keys and places of a path; a layer of a list is named by its place or by its id.

    Raises InputError for a text that is no path.

    >>> path_steps("budget[gyeyang-event].amount_krw"), path_steps("city[0].end")
    (['budget', 'gyeyang-event', 'amount_krw'], ['city', 0, 'end'])
    """
    found, at = list[PathStep](), 0
    for match in _STEP.finditer(path):
        if match.start() != at:
            break
        at, place = match.end(), match[2]
        found.append(match[1] or (int(place) if place.isdigit() else place))
    if not found or at != len(path) or path[0] in ".[":
        raise InputError(f"{path!r}: expected a path such as top_up[0].tiers[0].rate_percent")
    return found


def changed_policy(policy: Policy, changes: Mapping[str, object], name: str) -> Policy:
    """Return a policy with the values at some paths replaced, under another name and with a hash of its own.

    Days may be given as text. Raises InputError for a path that leads nowhere, naming what is there, and for values
    that no policy file may hold.
    """
    content = {key: _open(value) for key, value in policy.model_dump().items() if key not in _ABOUT}
    for path, value in changes.items():
        _put(content, (policy.name, path), path_steps(path), value)
    digest = hashlib.sha256(f"{policy.hash} {sorted((p, repr(v)) for p, v in changes.items())}".encode()).hexdigest()
    try:
        found = Policy.model_validate({**content, "name": name, "hash": digest})
    except ValidationError as error:
        raise InputError(_one_line(policy.name, error)) from None
    same = found.model_copy(update={"name": policy.name, "hash": policy.hash})
    return found.model_copy(update={"hash": policy.hash}) if same == policy else found


def _open(value: Any) -> Any:
    """Return plain values with lists in place of tuples, so that they can be changed."""
    if isinstance(value, dict):
        return {key: _open(inner) for key, inner in value.items()}
    return [_open(item) for item in value] if isinstance(value, tuple | list) else value


def _put(content: Any, where: tuple[str, str], steps: list[PathStep], value: object) -> None:
    """Set the value at the end of a path inside of plain values; `where` is the policy and the path, for errors."""
    *way, last = steps
    for step in way:
        content = content[_place(content, where, step)]
    if isinstance(last, str) and last in DATE_KEYS and isinstance(value, str):
        value = _day(value, where)
    content[_place(content, where, last)] = _open(value)


def _day(text: str, where: tuple[str, str]) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{': '.join(where)}: {text!r}: expected a day like 2020-03-16") from None


def _place(content: Any, where: tuple[str, str], step: PathStep) -> Any:
    """Return the key or index that a step of a path means. Raises InputError, naming what is there."""
    if isinstance(content, dict):
        known = [key for key in content if key not in _ABOUT]
        if step in known:
            return step
        near = difflib.get_close_matches(str(step), known, n=2)
        nearest = f"; near it: {', '.join(near)}" if near else ""
        raise InputError(f"{': '.join(where)}: {step!r}: expected one of {', '.join(known)}{nearest}")
    items = content if isinstance(content, list) else []
    ids = [item.get("id") if isinstance(item, dict) else None for item in items]
    if isinstance(step, int) and step < len(items):
        return step
    if isinstance(step, str) and step in ids:
        return ids.index(step)
    places = [f"[{i}]" if id is None else f"[{i}] ({id})" for i, id in enumerate(ids)]
    raise InputError(f"{': '.join(where)}: {step!r}: expected one of {', '.join(places) or 'nothing: it is empty'}")


def _one_line(name: str, error: ValidationError) -> str:
    """Return the first fault on one line: name, path, value, what was expected."""
    # A list looks too short where an item of it is wrong: that is said once.
    faults = [f for f in error.errors() if f["type"] != "too_short"] or error.errors()
    fault = faults[0]
    path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in fault["loc"]).lstrip(".")
    given = fault.get("input")
    shown = "" if isinstance(given, dict | list | tuple | Policy) else f"{given!r}: "
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{name}: {path + ': ' if path else ''}{shown}{EXPECTATIONS.get(fault['type'], expectation(fault))}{more}"
