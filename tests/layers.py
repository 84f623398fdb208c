"""Rules over all files at once: no circle of imports, and a public name in one module."""

import ast
import graphlib
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from tests.house import Functions, Source, imports


def _at_module_level(body: list[ast.stmt]) -> Iterator[ast.ImportFrom | ast.Import]:
    """Yield the imports made when a module is read, those for the type checker alone included."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif not isinstance(node, Functions):
            for name in ("body", "orelse", "finalbody", "handlers"):
                yield from _at_module_level(getattr(node, name, []))


def module_of(path: str) -> str:
    """Return the dotted name of a file below `sim`."""
    return ".".join(part for part in PurePosixPath(path).with_suffix("").parts[1:] if part != "__init__")


def import_circle(sources: Sequence[Source]) -> list[str]:
    """Return the modules of a circle of imports, first and last the same; empty where there is none.

    Counted are imports at module level, under TYPE_CHECKING too; a version read from the package is no import of it.
    """
    files = {module_of(source.path): source for source in sources}
    arrows: dict[str, set[str]] = {}
    for module, source in files.items():
        top = {node.lineno for node in _at_module_level(source.tree.body)}
        named = [name for node, name, _ in imports(source) if getattr(node, "lineno", 0) in top]
        reached = {name if name in files else name.rpartition(".")[0] for name in named if ".__" not in name}
        arrows[module] = reached & set(files) - {module}
    try:
        graphlib.TopologicalSorter(arrows).prepare()
    except graphlib.CycleError as circle:
        return list(circle.args[1])
    return []


MEANT_TWICE = {
    "section": "each section of a report is a module with a function of this name",
    "Parameters": "the public face wraps the record of behaviour",
}
"""Public names that two modules define, and why."""


def _defined(source: Source) -> Iterator[str]:
    """Yield the public names that a module defines at its top level."""
    for node in source.tree.body:
        if isinstance(node, Functions | ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
        else:
            names = []
        yield from (name for name in names if not name.startswith("_"))


def names_defined_twice(sources: Sequence[Source]) -> list[str]:
    """Find public names that stand in more than one module.

    Images of one rule in two engines are meant. The functions of `eum.cli` are commands, which nobody imports.
    """
    places: dict[str, list[str]] = {}
    for source in sources:
        module = module_of(source.path)
        if not module.startswith("eum.cli"):
            for name in _defined(source):
                places.setdefault(name, []).append(module)
    return [
        f"{name}: {', '.join(modules)}"
        for name, modules in sorted(places.items())
        if len(modules) > 1
        and name not in MEANT_TWICE
        and not all(module.startswith("eum.engine.") for module in modules)
    ]
