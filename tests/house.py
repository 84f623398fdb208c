"""The rules of the house, each a function from one source text to the places that break it.

A finding reads `file:line message`. `test_house.py` applies the rules to the tree and tries each on snippets.
"""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

FILE_LINES = 400
FUNCTION_LINES = 40
ARGUMENTS = 8

BASE = {
    *("artifacts", "dimensions", "errors", "extras", "finite", "intervals", "jit", "ledger", "locks"),
    *("parquet_limits", "resources", "stored", "toml"),
}
"""Base modules that any package may use; `rng`, `config` and `spreadsheets` are given out one by one."""

_ENGINE = {"city", "policy", "behavior", "engine", "rng", *BASE}
_ANALYSIS = {"config", "runner", "calibration", "outcomes", "spreadsheets", *_ENGINE}

MAY_IMPORT: dict[str, set[str]] = {
    **{name: set() for name in ("dimensions", "errors", "intervals", "resources")},
    "artifacts": {"errors"},
    "locks": {"artifacts", "errors"},
    "parquet_limits": {"errors"},
    "stored": {"artifacts", "errors", "parquet_limits"},
    "spreadsheets": {"artifacts"},
    "jit": {"artifacts", "errors"},
    "extras": {"errors"},
    "finite": {"errors"},
    "toml": {"errors"},
    "rng": {"jit"},
    "ledger": {"errors", "dimensions"},
    "config": {"errors", "toml", "dimensions"},
    "city": {"rng", *BASE},
    "policy": {"spreadsheets", *BASE},
    "behavior": {"rng", *BASE},
    "engine": _ENGINE,
    "outcomes": {"city", *BASE},
    # Workers are asked whether they have the same policies.
    "runner": {"policy", "spreadsheets", *BASE},
    "calibration": {"config", "outcomes", "runner", *_ENGINE},
    "analysis": _ANALYSIS,
    # Documents read stored tables and compute nothing; labels of parameters are declared with them.
    "output.report": {
        *("artifacts", "behavior", "config", "dimensions", "errors", "extras", "locks", "resources", "spreadsheets"),
        *("parquet_limits", "stored"),
    },
    "output.evidence_pages": {"output.report", "analysis", *_ANALYSIS},
    "output.surrogate": {"analysis", *_ANALYSIS},
    # The dashboard shows answers and holds no rule of the model.
    "output.dashboard": {
        "output.report",
        "output.surrogate",
        "artifacts",
        "config",
        "errors",
        "resources",
        "dimensions",
    },
    # The demonstration speaks with the report's words.
    "output.demo": {"output.report", *_ENGINE},
    # Verifying a report runs its study again.
    "verify": {"output.report", "analysis", *_ANALYSIS},
    "cli": {
        *("output.report", "output.evidence_pages", "output.surrogate", "output.dashboard", "output.demo"),
        *("verify", "analysis", "api"),
        *_ANALYSIS,
    },
    "__main__": {"cli"},
    "output": set(),
    # The public names stand above everything but the command; nothing else imports them.
    "api": {"output.report", "verify", "analysis", *_ANALYSIS},
    "__init__": {"api", "output.report", *_ANALYSIS},
}
"""Package or base module -> the others that it may import. Packages of `output` stand apart."""


def package_of(parts: Sequence[str]) -> str:
    """Return the key of MAY_IMPORT for the parts of a dotted name below `eum`."""
    return ".".join(parts[: 2 if parts[0] == "output" else 1])


BASES = {
    "BaseException",
    "Exception",
    "UserWarning",
    "enum.Enum",
    "enum.IntEnum",
    "enum.StrEnum",
    "html.parser.HTMLParser",
    "http.server.BaseHTTPRequestHandler",
    "numba.core.caching.CompileResultCacheImpl",
    "numba.core.caching.FunctionCache",
    "http.server.ThreadingHTTPServer",
    "typer.core.TyperGroup",
    "pydantic.BaseModel",
    "typing.NamedTuple",
    "typing.Protocol",
}
COMPILER_NAMES = {"njit", "jit", "prange", "vectorize", "guvectorize", "cfunc", "stencil"}
RANDOM_MODULES = ("random", "numpy.random", "secrets")

Functions = ast.FunctionDef | ast.AsyncFunctionDef


class Source(NamedTuple):
    """One Python file: its path inside the repository and its text."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.text, self.path)

    @property
    def package(self) -> str:
        """The package or base module that the file belongs to."""
        parts = PurePosixPath(self.path).with_suffix("").parts[2:]
        return package_of([part for part in parts if part != "__init__"] or parts)

    def at(self, node: ast.AST, message: str) -> str:
        """Return a finding at a node."""
        return f"{self.path}:{getattr(node, 'lineno', 1)} {message}"


Rule = Callable[[Source], list[str]]


def dotted(node: ast.expr) -> str:
    """Return `a.b.c` for a name or a chain of attributes; a subscript counts as what is subscripted."""
    if isinstance(node, ast.Subscript):
        return dotted(node.value)
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def imports(source: Source) -> Iterator[tuple[ast.AST, str, str]]:
    """Yield (node, full dotted name, local name) of every name an import brings in, wherever it stands."""
    package = list(PurePosixPath(source.path).parent.parts)[1:]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name, alias.asname or alias.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, node.module] if node.module else above)
            for alias in node.names:
                yield node, f"{module}.{alias.name}", alias.asname or alias.name


def functions(source: Source) -> Iterator[Functions]:
    """Yield every function and method of a file."""
    for node in ast.walk(source.tree):
        if isinstance(node, Functions):
            yield node


def walls(source: Source) -> list[str]:
    """Find imports of a package that the file's package may not know."""
    own = source.package
    if own not in MAY_IMPORT:
        return [f"{source.path}:1 {own} is no package of the layout: add it to MAY_IMPORT and to the code map"]
    findings = []
    for node, name, _ in imports(source):
        root, *rest = name.split(".")
        # `from eum import __version__` reaches no package.
        if root != "eum" or not rest or rest[0].startswith("__"):
            continue
        package = package_of(rest)
        if package not in MAY_IMPORT[own] | {own}:
            findings.append(source.at(node, f"{own} may not import eum.{package}"))
    return findings


def reference_alone(source: Source) -> list[str]:
    """Find imports of the compiled engine by the reference, which must judge it independently."""
    if not source.path.startswith("sim/eum/engine/reference/"):
        return []
    return [
        source.at(node, f"the reference may not import {name}")
        for node, name, _ in imports(source)
        if name.startswith("eum.engine.compiled")
    ]


def one_compiler_file(source: Source) -> list[str]:
    """Find Numba outside sim/eum/jit.py: options, decorators and parallel loops have one place."""
    if source.path == "sim/eum/jit.py":
        return []
    findings = [
        source.at(node, f"only sim/eum/jit.py may name Numba, not {name}")
        for node, name, _ in imports(source)
        if name.split(".")[0] in ("numba", "llvmlite")
    ]
    for node in ast.walk(source.tree):
        name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
        if name in COMPILER_NAMES:
            findings.append(source.at(node, f"only sim/eum/jit.py may use {name}"))
    return findings


def no_stream_of_randomness(source: Source) -> list[str]:
    """Find random numbers that are not draws keyed by who, when and why."""
    names = {local: name for _, name, local in imports(source)}
    findings = [
        source.at(node, f"draws are keyed (eum.rng); no {name}")
        for node, name, _ in imports(source)
        if any(name == module or name.startswith(f"{module}.") for module in RANDOM_MODULES)
    ]
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Attribute):
            continue
        root = dotted(node).partition(".")[0]
        if node.attr == "rvs" or (node.attr == "random" and names.get(root) == "numpy"):
            findings.append(source.at(node, f"draws are keyed (eum.rng); no {dotted(node) or node.attr}"))
    return findings


def short_files(source: Source) -> list[str]:
    """Find a file of too many lines."""
    n = len(source.text.splitlines())
    return [f"{source.path}:{n} {n} lines, more than {FILE_LINES}"] if n > FILE_LINES else []


def _docstring_lines(tree: ast.AST) -> set[int]:
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, Functions | ast.ClassDef | ast.Module) and ast.get_docstring(node, clean=False) is not None:
            lines.update(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return lines


def code_lines(text: str) -> set[int]:
    """Return the lines that hold code: no blank, no comment, no docstring."""
    silent = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in silent:
            lines.update(range(token.start[0], token.end[0] + 1))
    return lines - _docstring_lines(ast.parse(text))


def short_functions(source: Source) -> list[str]:
    """Find functions whose body (without signature, docstring, comments, blanks) is too long."""
    lines, findings = code_lines(source.text), []
    for function in functions(source):
        n = sum(function.body[0].lineno <= line <= (function.end_lineno or 0) for line in lines)
        if n > FUNCTION_LINES:
            findings.append(source.at(function, f"{function.name} has {n} lines of code, more than {FUNCTION_LINES}"))
    return findings


def few_arguments(source: Source) -> list[str]:
    """Find functions of too many arguments (self and cls are not counted)."""
    findings = []
    for function in functions(source):
        given = function.args
        names = [a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
        n = len(names) - (names[:1] in (["self"], ["cls"]))
        if n > ARGUMENTS:
            findings.append(source.at(function, f"{function.name} has {n} arguments, more than {ARGUMENTS}"))
    return findings


def _public(body: list[ast.stmt]) -> Iterator[Functions | ast.ClassDef]:
    for node in body:
        if isinstance(node, Functions | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body)
        elif isinstance(node, ast.If | ast.Try):
            yield from _public(node.body)


def told_in_words(source: Source) -> list[str]:
    """Find modules and public classes, functions and methods without a docstring."""
    findings = []
    if source.text.strip() and ast.get_docstring(source.tree) is None:
        findings.append(f"{source.path}:1 the file has no docstring")
    for node in _public(source.tree.body):
        if ast.get_docstring(node) is None:
            findings.append(source.at(node, f"{node.name} has no docstring"))
    return findings


def no_inheritance(source: Source) -> list[str]:
    """Find classes that inherit from anything but Mesa and the bases of records, errors and protocols.

    Parts of a file's own schema may share fields: a pydantic model may extend another of the same file. An error may be
    a kind of another of the same file.
    """
    names = {local: name for _, name, local in imports(source)}
    schemas: set[str] = set()
    findings = []
    for node in ast.walk(source.tree):
        for base in node.bases if isinstance(node, ast.ClassDef) else []:
            first, _, rest = dotted(base).partition(".")
            full = ".".join(filter(None, (names.get(first, first), rest)))
            if full in ("pydantic.BaseModel", "Exception") or full in schemas:
                schemas.add(node.name)
            elif full not in BASES and not full.startswith("mesa."):
                findings.append(source.at(node, f"{node.name} inherits from {full or ast.unparse(base)}"))
    return findings


_WRITERS = {"write_text", "write_bytes", "to_csv", "to_parquet"}


def one_way_to_write(source: Source) -> list[str]:
    """Only `eum.artifacts` writes files; others do into the folder `made` that it gives them, or to memory."""
    if source.path in ("sim/eum/artifacts.py", "sim/eum/analysis/decision/journal.py"):
        return []
    found = []
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name, receiver = node.func.attr, ast.unparse(node.func.value)
        to_file = name.startswith("write_") or (bool(node.args) and ast.unparse(node.args[0]) != "buffer")
        if name in _WRITERS and to_file and not receiver.startswith(("made", "(made")):
            found.append(source.at(node, f"{name} writes a file: eum.artifacts.write_whole does"))
        if name == "open" and any(isinstance(a, ast.Constant) and str(a.value)[:1] in "wax" for a in node.args[:1]):
            found.append(source.at(node, "opens a file to write: eum.artifacts.write_whole does"))
    return found


def plain_names(source: Source) -> list[str]:
    """Find functions named for the act of getting instead of for what they return."""
    return [
        source.at(function, f"name {function.name} for its result, without get_ or calc_")
        for function in functions(source)
        if re.match(r"_*(get|calc|calculate)_", function.name)
    ]


def one_home(source: Source) -> list[str]:
    """Find paths that lead out of the package: what lies beside it in a clone lies elsewhere once it is installed."""
    depth = len(PurePosixPath(source.path).parts) - 2
    return _lines_matching(
        source,
        lambda line: any(int(n) >= depth for n in re.findall(r"\bparents\[(\d+)\]", line)) or 'Path("docs' in line,
        "leads out of the package; ask eum.resources",
    )


_MACHINE_PATH = re.compile(
    r"(?<![\w.~-])/(?:home|root|Users|tmp|work|opt|mnt|private/var)/[\w.-]|\b[A-Za-z]:\\{1,2}Users\\|file:///\w"
)
_WEB_ADDRESS = re.compile(r"https?://[^\s\"'<>)\]}]+")
_INDEX_ADDRESS = re.compile(
    r"https?://\S*(?:/simple(?![\w-])|pypi\.|pythonhosted\.|conda\.anaconda\.|repo\.anaconda\.)"
    r"|(?<![\w-])(?:--index-url|--extra-index-url|--find-links|--trusted-host|--default-index)[ =]+\S"
    r"|^\s*(?:extra-)?index-url\s*="
)
_LEFT_UNDONE = re.compile(r"\b(?:TO" r"DO|FIX" r"ME)\b")


def _lines_matching(source: Source, found: Callable[[str], object], message: str) -> list[str]:
    lines = enumerate(source.text.splitlines(), start=1)
    return [f"{source.path}:{n} {message}: {line.strip()[:80]}" for n, line in lines if found(line)]


def no_machine_paths(source: Source) -> list[str]:
    """Find absolute paths of somebody's machine (parts of web addresses do not count)."""
    return _lines_matching(
        source, lambda line: _MACHINE_PATH.search(_WEB_ADDRESS.sub("", line)), "a path of one machine"
    )


def no_index_addresses(source: Source) -> list[str]:
    """Find addresses of package indexes, or options that set one: that choice is the user's."""
    return _lines_matching(source, _INDEX_ADDRESS.search, "the address of a package index")


def nothing_left_undone(source: Source) -> list[str]:
    """Find notes of unfinished work."""
    return _lines_matching(source, _LEFT_UNDONE.search, "unfinished work")
