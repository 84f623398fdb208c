"""What a policy file holds together with those it extends: layers, changes of them, variables, where each stands.

A file's own `remove` and `override` change the layers of the policies it extends; its own layers follow them.
Variables of all files are put in place last, so that an extending file, or a caller, can set them to other values.
"""

import datetime
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from eum.errors import InputError
from eum.policy.model import LAYERS
from eum.toml import file_values

Value = bool | int | float | str | datetime.date
"""What a variable can be."""

VARIABLE = re.compile(r"^\$([A-Za-z_]\w*)$")
"""A value that stands for a variable: "$name"."""
NAME_PATTERN = re.compile(r"^[A-Za-z_]\w*$")
"""What a variable can be called."""
_CHANGES = ("extends", "remove", "override", "variables")
_MOST_DEEP = 50
"""Policies that may extend one another in a row."""


class Layer(NamedTuple):
    """One layer: its values, the file and position it comes from, and the files that replaced a key of it."""

    values: Any
    path: Path
    position: int
    replaced_in: dict[str, Path]

    @property
    def id(self) -> object:
        """The name by which other files change it, or None."""
        return self.values.get("id") if isinstance(self.values, dict) else None


class PolicyContent(NamedTuple):
    """A policy as its files hold it, before variables are put in place."""

    path: Path
    top: dict[str, Any]
    """Keys of the file itself that are no layers."""
    layers: dict[str, list[Layer]]
    variables: dict[str, Value]
    set_in: dict[str, Path]
    """The file that sets each variable last."""
    named: frozenset[str]
    """Variables that some file uses, in whatever layer."""
    removed: dict[str, Path]
    """The file that removes a layer of an id."""
    files: tuple[Path, ...] = ()
    """Every file that it is read from, the file itself last."""

    def place(self, keys: tuple[str | int, ...]) -> str:
        """Return `file: key[position].key: ` of a place in the joined values."""
        path, shown = self.path, keys
        layers = self.layers.get(str(keys[0]), []) if keys else []
        if len(keys) > 1 and isinstance(keys[1], int) and keys[1] < len(layers):
            layer = layers[keys[1]]
            path, shown = layer.path, (keys[0], layer.position, *keys[2:])
            if len(keys) > 2 and keys[2] in layer.replaced_in:
                path, shown = layer.replaced_in[str(keys[2])], ("override", str(layer.id), *keys[2:])
        text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in shown)
        return f"{path}: {text[1:]}: " if text else f"{path}: "


class Joined(NamedTuple):
    """A policy's values with every variable in its place."""

    values: dict[str, Any]
    from_variable: dict[tuple[str | int, ...], str]
    """Place -> name of the variable that stands there."""


def read_content(path: Path, base_path: Callable[[str], Path], seen: tuple[Path, ...] = ()) -> PolicyContent:
    """Return what a file holds. `base_path` finds the file of a policy that is extended.

    Raises InputError with file, key, value and expectation on one line.
    """
    if path in seen:
        raise InputError(f"{path}: extends: {path.stem!r}: extends itself; expected another policy")
    if len(seen) >= _MOST_DEEP:
        raise InputError(f"{path}: extends: {len(seen)} policies extend one another; expected at most {_MOST_DEEP}")
    values = file_values(path)
    if "hash" in values:
        raise InputError(f"{path}: hash: {values['hash']!r}: computed on loading; expected no such key")
    changes = {key: values.pop(key) for key in _CHANGES if key in values}
    base = _base(path, changes.get("extends"), base_path, (*seen, path))
    layers = _changed(path, base.layers, changes)
    for kind in LAYERS:
        own = values.pop(kind, [])
        if not isinstance(own, list):
            raise InputError(f"{path}: {kind}: {type(own).__name__}: expected a list of tables, each under [[{kind}]]")
        layers[kind] = [*layers[kind], *(Layer(keys, path, i, {}) for i, keys in enumerate(own))]
    parts = [layer.values for kind in layers.values() for layer in kind]
    named = base.named.union(_named([values, parts, changes.get("override", {})]))
    own_variables = _variables(path, changes.get("variables", {}))
    set_in = base.set_in | dict.fromkeys(own_variables, path)
    removed = base.removed | dict.fromkeys(changes.get("remove", []), path)
    files = tuple(dict.fromkeys((*base.files, path)))
    return PolicyContent(path, values, layers, base.variables | own_variables, set_in, named, removed, files)


def _base(path: Path, extends: Any, base_path: Callable[[str], Path], seen: tuple[Path, ...]) -> PolicyContent:
    """Return the layers of the policies that a file extends, one after the other."""
    names = extends if isinstance(extends, list) else [] if extends is None else [extends]
    base = PolicyContent(path, {}, {kind: [] for kind in LAYERS}, {}, {}, frozenset(), {})
    for name in names:
        if not isinstance(name, str):
            raise InputError(f"{path}: extends: {name!r}: expected the name of a policy in quotation marks")
        beside = path.parent / f"{name}.toml"
        try:
            found = beside if os.path.isfile(beside) else base_path(name)
        except InputError as error:
            raise InputError(f"{path}: extends: {error}") from None
        base = _followed_by(base, read_content(found, base_path, seen))
    return base


def _followed_by(first: PolicyContent, second: PolicyContent) -> PolicyContent:
    """Return two policies as one. A layer that both have from the same file is taken once, as the first has it."""
    layers = {}
    for kind in LAYERS:
        have = {(layer.path.resolve(), layer.position) for layer in first.layers[kind]}
        more = [layer for layer in second.layers[kind] if (layer.path.resolve(), layer.position) not in have]
        layers[kind] = [*first.layers[kind], *more]
    variables, set_in = first.variables | second.variables, first.set_in | second.set_in
    named, removed = first.named | second.named, first.removed | second.removed
    return first._replace(
        layers=layers,
        variables=variables,
        set_in=set_in,
        named=named,
        removed=removed,
        files=(*first.files, *second.files),
    )


def _changed(path: Path, layers: dict[str, list[Layer]], changes: dict[str, Any]) -> dict[str, list[Layer]]:
    """Return the layers of the policies extended, less those removed and with keys replaced."""
    ids = [str(layer.id) for kind in layers.values() for layer in kind if layer.id is not None]
    remove, override = changes.get("remove", []), changes.get("override", {})
    if not isinstance(remove, list) or not all(isinstance(id, str) for id in remove):
        raise InputError(f'{path}: remove: {remove!r}: expected a list of ids such as ["seo-july"]')
    if not isinstance(override, dict):
        raise InputError(f"{path}: override: {override!r}: expected a table of ids and the keys to replace")
    for key, id in [*(("remove", id) for id in remove), *((f"override.{id}", id) for id in override)]:
        if id not in ids:
            known = ", ".join(ids) or "none there"
            raise InputError(f"{path}: {key}: {id!r}: expected the id of a layer of the policy extended: {known}")
    for id, keys in override.items():
        _require_replacement(path, id, keys, remove)
    return {
        kind: [_replaced(path, layer, override.get(layer.id)) for layer in parts if layer.id not in remove]
        for kind, parts in layers.items()
    }


def _require_replacement(path: Path, id: str, keys: Any, removed: list[str]) -> None:
    if not isinstance(keys, dict):
        raise InputError(f"{path}: override.{id}: {keys!r}: expected a table of the keys to replace")
    if "id" in keys:
        raise InputError(f"{path}: override.{id}.id: {keys['id']!r}: expected other keys; the id of a layer stays")
    if id in removed:
        raise InputError(f"{path}: override.{id}: {id!r}: removed as well; expected one or the other")


def _replaced(path: Path, layer: Layer, keys: dict[str, Any] | None) -> Layer:
    if not keys:
        return layer
    return layer._replace(values={**layer.values, **keys}, replaced_in=layer.replaced_in | dict.fromkeys(keys, path))


def _variables(path: Path, variables: Any) -> dict[str, Value]:
    if not isinstance(variables, dict):
        raise InputError(f"{path}: variables: {variables!r}: expected a table of names and values")
    for name, value in variables.items():
        require_variable(f"{path}: variables", name, value)
    return variables


def require_variable(where: str, name: str, value: Any) -> None:
    """Raise InputError unless a name and value can be a variable."""
    if not NAME_PATTERN.match(name):
        raise InputError(f"{where}: {name!r}: expected a name of letters, digits and underscores, a letter first")
    plain = isinstance(value, bool | int | float | str) or type(value) is datetime.date
    if not plain or (isinstance(value, str) and VARIABLE.match(value)):
        raise InputError(f"{where}.{name}: {value!r}: expected a number, a date, a text, true or false")


def _named(value: Any) -> Iterator[str]:
    """Yield the names of all variables that stand in a value, at any depth."""
    if isinstance(value, str) and (match := VARIABLE.match(value)):
        yield match[1]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in inner:
        yield from _named(part)


def merged_content(content: PolicyContent, chosen: Mapping[str, Value]) -> Joined:
    """Return a policy's values, each "$name" replaced by the variable's value; `chosen` values come last.

    Raises InputError for a name that no [variables] has, and for a variable that stands nowhere.
    """
    known = ", ".join(content.variables) or "none there"
    for name, value in chosen.items():
        if name not in content.variables:
            raise InputError(f"{content.path}: variables: {name!r}: expected one of its variables: {known}")
        require_variable(f"{content.path}: variables", name, value)
    values = dict(content.top)
    values |= {kind: [layer.values for layer in parts] for kind, parts in content.layers.items() if parts}
    result = Joined({}, {})
    for key, value in values.items():
        result.values[key] = _filled(content, content.variables | dict(chosen), value, (key,), result)
    for name, value in content.variables.items():
        if name not in content.named:
            message = f"{content.set_in[name]}: variables.{name}: {value!r}: used nowhere"
            raise InputError(f'{message}; expected "${name}" at some key')
    return result


def _filled(
    content: PolicyContent, variables: Mapping[str, Value], value: Any, keys: tuple[str | int, ...], result: Joined
) -> Any:
    """Return a value with variables in place, noting where each stands."""
    if isinstance(value, dict):
        return {key: _filled(content, variables, part, (*keys, key), result) for key, part in value.items()}
    if isinstance(value, list):
        return [_filled(content, variables, part, (*keys, i), result) for i, part in enumerate(value)]
    match = VARIABLE.match(value) if isinstance(value, str) else None
    if match is None:
        return value
    if match[1] not in variables:
        known = ", ".join(variables) or "none there"
        raise InputError(f"{content.place(keys)}{value!r}: expected one of the [variables]: {known}")
    result.from_variable[keys] = match[1]
    return variables[match[1]]
