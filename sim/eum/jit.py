"""The only file that names an option of the compiler.

A compiled function may call compiled functions of other files. Numba notices an edit of the caller only, so
the folder of cached machine code is named after a hash of every source that can end up in it.
"""

import atexit
import hashlib
import os
import pickle
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils, serialize
from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.extending import intrinsic, overload
from platformdirs import user_cache_path

from eum.artifacts import fingerprint, sha256, write_whole
from eum.errors import FolderWarning

_PACKAGE = Path(__file__).parent
COMPILES = not numba.config.DISABLE_JIT  # type: ignore[attr-defined]
"""False where NUMBA_DISABLE_JIT is set: rules and loops are then ordinary Python."""
_COMPILED_PACKAGES = (
    *("city", "policy", "policy/text", "behavior"),
    *("engine", "engine/compiled", "engine/expected", "engine/reference"),
)
RESULT_PACKAGES = (
    *_COMPILED_PACKAGES,
    *("outcomes", "runner", "calibration", "analysis/experiments", "analysis/validation", "analysis/policy_history"),
)
"""Packages whose sources a result can depend on."""
_Function = TypeVar("_Function", bound=Callable)


@cache
def source_hash(packages: tuple[str, ...] = _COMPILED_PACKAGES) -> str:
    """Return sixteen hex digits that change with the base modules or any source of the packages.

    They are read once: an edit while this process runs does not change what it runs, nor what it says it ran.

    By default the packages are those whose sources a compiled function may contain. The public names (`__init__.py` of
    the package, and `eum.api` behind it) never count: no module of the model may import them (tests/house.py), so they
    cannot be part of a compiled function or of a result.
    """
    files = [path for path in _PACKAGE.glob("*.py") if path.name != "__init__.py"]
    for package in packages:
        files += (_PACKAGE / package).glob("*.py")
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


# What is imported from here on is of these sources.
source_hash(RESULT_PACKAGES)


def cache_root() -> Path:
    """Return the folder of what is kept between runs to save time: $EUM_CACHE_DIR or the user's cache folder."""
    return Path(os.environ.get("EUM_CACHE_DIR") or user_cache_path("eum"))


class _CodeFiles:
    """Compiled code of one function in the cache folder: a file for each signature and processor, with its sha256.

    Stands in the place of Numba's own (`numba.core.caching.IndexDataCacheFile`), which believes whatever is in its
    files, and mixes up code where two processes write to one index at once.
    """

    def __init__(self, start: Path) -> None:
        self._start = start

    def _file(self, key: Any) -> Path:
        signature, *machine = key
        about = fingerprint(str(signature), machine, numba.__version__, digits=32)
        return self._start.with_name(f"{self._start.name}.{about}")

    def load(self, key: Any) -> Any | None:
        """Return the code kept under a key; None where there is none, or not what was written."""
        try:
            content = self._file(key).read_bytes()
        except OSError:
            return None
        if sha256(content[64:]).encode() != content[:64]:
            return None
        kept_key, code = pickle.loads(content[64:])
        return code if kept_key == key else None

    def save(self, key: Any, code: Any) -> None:
        """Keep code under a key; a folder that cannot be written is named once, and the code is made again later."""
        content, file = serialize.dumps((key, code)), self._file(key)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(file, sha256(content).encode() + content)
        except OSError as error:
            _warn_of_cache(f"{error.filename or file.parent}: {error.strerror}")


class _KeptCode(CompileResultCacheImpl):  # type: ignore[misc]  # Numba has no hints
    """How code becomes bytes and back; where it lies is not asked of Numba's locators."""

    def __init__(self, function: Any) -> None:
        self._lineno = function.__code__.co_firstlineno


class _KeptFunction(FunctionCache):  # type: ignore[misc]
    """The cache of one compiled function of this package.

    The place follows from the sources alone, not from the folder the package is in: two copies of the same sources,
    such as a clone and an installed package, share what either has compiled. No other place is ever used.
    """

    def __init__(self, function: Any) -> None:
        self._name, self._py_func, self._impl = repr(function), function, _KeptCode(function)
        below = Path(function.__code__.co_filename).resolve().relative_to(_PACKAGE.resolve()).with_suffix("")
        python = f"py{sys.version_info[0]}{sys.version_info[1]}{getattr(sys, 'abiflags', '')}"
        name = f"{below.name}.{function.__qualname__}-{function.__code__.co_firstlineno}.{python}"
        self._cache_path = str(_cache_folder() / below.parent)
        self._cache_file = _CodeFiles(Path(self._cache_path) / name)
        self.enable()

    def _save_overload(self, sig: Any, data: Any) -> None:
        if self._enabled and self._impl.check_cachable(data):
            self._cache_file.save(self._index_key(sig, data.codegen), self._impl.reduce(data))


_warned: list[str] = []
"""What was said of the cache folder."""


def _warn_of_cache(told: str) -> None:
    if not _warned:
        _warned.append(told)
        warnings.warn(f"{told}; compiled code is not kept, so the next start takes longer", FolderWarning, stacklevel=2)


@cache
def _cache_folder() -> Path:
    """Return the folder of compiled code of these sources; one that is there is read even if it cannot be written.

    Where there is none and none can be made, it is a temporary folder that this process and those it starts share.
    """
    root = cache_root()
    try:
        (root / source_hash()).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        instead = tempfile.mkdtemp(prefix="eum-")
        atexit.register(shutil.rmtree, instead, ignore_errors=True)
        os.environ["EUM_CACHE_DIR"] = instead
        _warn_of_cache(f"{root}: {error.strerror}")
    return cache_root() / source_hash()


_OPTIONS: dict[str, Any] = {"nogil": True, "no_cfunc_wrapper": True}
"""Of every compiled function: it runs without the interpreter's lock; nobody calls it from C."""
_ALLOCATES_NOTHING = {**_OPTIONS, "_nrt": False}
"""The columns travel in tuples of arrays, and counting references to each of them at each call takes ten times as long
as the day itself, so reference counting is off: the arrays belong to the caller."""


def _kept(function: Any) -> Any:
    """Return a function to compile that keeps its code in the cache folder if it is one of this package."""
    if COMPILES and Path(function.py_func.__code__.co_filename).resolve().is_relative_to(_PACKAGE.resolve()):
        function._cache = _KeptFunction(function.py_func)
    return function


def compiled(function: _Function) -> _Function:
    """Compile a scalar rule or a loop over columns that allocates nothing; calls are inlined.

    No fast maths: results must be the same bits on every machine and for every number of threads.
    """
    return _kept(numba.njit(forceinline=True, **_ALLOCATES_NOTHING)(function))


def compiled_wrapping(function: _Function) -> _Function:
    """Compile as `compiled` what counts modulo 2**64 on purpose, which NumPy takes for a fault where it is not
    compiled."""
    return compiled(function) if COMPILES else np.errstate(over="ignore")(function)


def compiled_part(function: _Function) -> _Function:
    """Compile as `compiled`, but only as a part of compiled functions that call it: called from Python it stays Python.

    Most of what the compiler does for a function of many columns is to take them over from Python; a part is spared
    that. Where it is called with a number written out it is compiled for that number, as `compiled` is.
    """
    options = {**_ALLOCATES_NOTHING, "forceinline": True}
    overload(function, jit_options=options, strict=False, prefer_literal=True)(lambda *args, **kwargs: function)
    return function


def compiled_apart(function: _Function) -> _Function:
    """Compile a rule that is seldom asked and takes few columns: calls are not inlined, so that the code of those who
    mostly do without it stays small."""
    return _kept(numba.njit(**_ALLOCATES_NOTHING)(function))


def compiled_in_place(function: _Function) -> _Function:
    """Compile as a part of each function that calls it, before the machine's code of either is made: promises
    (`assume`) would be dropped at the end of a function of their own."""
    return numba.njit(inline="always", **_ALLOCATES_NOTHING)(function)


def compiled_with_memory(function: _Function) -> _Function:
    """Compile a function that makes arrays or lists of its own."""
    return _kept(numba.njit(**_OPTIONS)(function))


def prefetch(column: np.ndarray, index: int) -> None:
    """Ask the processor to bring an element of a one-dimensional column near, because it is read or written soon.

    A hint, without a value or an effect on any result: an index outside of the column does no harm.
    """


def assume(condition: bool) -> None:
    """Promise the compiler that a condition holds, so that it leaves out what only matters where it does not.

    Without compilation the promise is checked (AssertionError).
    """
    assert condition


def seldom(condition: bool) -> bool:
    """Return the condition, and tell the compiler that it seldom holds.

    A hint without an effect on any result: what is seldom done then stands apart in the machine's code, and what is
    done every time side by side.
    """
    return condition


@intrinsic
def _prefetch(_: Any, column: Any, index: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        address = builder.bitcast(builder.gep(array.data, [arguments[1]]), byte)
        reading, near, data = 0, 3, 1
        builder.call(function, [address, *(ir.Constant(number, n) for n in (reading, near, data))])
        return context.get_dummy_value()

    return types.void(column, index), code


@intrinsic
def _assume(_: Any, condition: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.assume(context.cast(builder, arguments[0], signature.args[0], types.boolean))
        return context.get_dummy_value()

    return types.void(condition), code


@intrinsic
def _seldom(_: Any, condition: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        bit = ir.IntType(1)
        function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(bit, [bit, bit]), "llvm.expect.i1")
        return builder.call(function, [arguments[0], ir.Constant(bit, 0)])

    return types.boolean(types.boolean), code


@overload(prefetch, inline="always")
def _compile_prefetch(column, index):  # type: ignore[no-untyped-def]  # numba compares the signatures
    return lambda column, index: _prefetch(column, index)


@overload(assume, inline="always")
def _compile_assume(condition):  # type: ignore[no-untyped-def]
    return lambda condition: _assume(condition)


@overload(seldom, inline="always")
def _compile_seldom(condition):  # type: ignore[no-untyped-def]
    return lambda condition: _seldom(condition)
