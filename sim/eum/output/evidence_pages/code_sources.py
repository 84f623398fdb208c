"""What the code says of itself: documented fields of records, and rules with their promises."""

import ast
import inspect
from pathlib import Path
from typing import NamedTuple

_PACKAGE = Path(__file__).parents[2]


class Field(NamedTuple):
    """One documented field of a record."""

    name: str
    meaning: str


class Rule(NamedTuple):
    """One rule of behaviour: its call and what it promises."""

    file: str
    name: str
    arguments: str
    meaning: str


def _plain(text: str) -> str:
    """Return a docstring without its examples, on one line."""
    lines = inspect.cleandoc(text).split("\n")
    cut = next((i for i, line in enumerate(lines) if line.startswith(">>>")), len(lines))
    return " ".join(" ".join(lines[:cut]).split())


def fields(file: str, record: str) -> list[Field]:
    """Return the fields of a record in a file of `sim`, each with the text below it ("" where there is none)."""
    tree = ast.parse((_PACKAGE / file).read_text(encoding="utf-8"))
    (found,) = (n for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and n.name == record)
    listed: list[Field] = []
    for node in found.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            listed.append(Field(node.target.id, ""))
        elif listed and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            listed[-1] = listed[-1]._replace(meaning=_plain(str(node.value.value)))
    return listed


def documented_rules() -> list[Rule]:
    """Return the rules of `sim/eum/behavior`, file by file in their order; parameters are no rules."""
    rules = []
    for path in sorted(set((_PACKAGE / "behavior").glob("*.py")) - {_PACKAGE / "behavior" / "parameters.py"}):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                names = ", ".join(a.arg for a in node.args.args)
                rules.append(Rule(path.name, node.name, names, _plain(ast.get_docstring(node) or "")))
    return rules


def documented_promises(file: str, names: tuple[str, ...]) -> list[Field]:
    """Return what some functions or methods of a file promise, in the order requested."""
    tree = ast.parse((_PACKAGE / file).read_text(encoding="utf-8"))
    promises = {n.name: _plain(ast.get_docstring(n) or "") for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    return [Field(name, promises[name]) for name in names]
