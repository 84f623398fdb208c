"""The only file that names an option of the compiler.

A compiled function may call compiled functions of other files. Numba notices an edit of the caller only, so
the folder of cached machine code is named after a hash of every source that can end up in it.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numba
from platformdirs import user_cache_path

_PACKAGE = Path(__file__).parent
_COMPILED_ROOMS = ("city", "policy", "behavior", "engine")
RESULT_ROOMS = (*_COMPILED_ROOMS, "outcomes", "study")
"""Rooms whose sources a result can depend on."""
_Function = TypeVar("_Function", bound=Callable)


def source_hash(rooms: tuple[str, ...] = _COMPILED_ROOMS) -> str:
    """Return sixteen hex digits that change with the leaves or any source of the rooms.

    By default the rooms are those whose sources a compiled function may contain.
    """
    files = list(_PACKAGE.glob("*.py"))
    for room in rooms:
        files += (_PACKAGE / room).glob("*.py")
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def cache_root() -> Path:
    """Return the folder of what is kept between runs to save time: $EUM_CACHE_DIR or the user's cache folder."""
    return Path(os.environ.get("EUM_CACHE_DIR") or user_cache_path("eum"))


def _use_cache_folder() -> None:
    folder = str(cache_root() / source_hash())
    os.environ["NUMBA_CACHE_DIR"] = folder
    numba.config.CACHE_DIR = folder  # type: ignore[attr-defined]


_use_cache_folder()


def compiled(function: _Function) -> _Function:
    """Compile a scalar rule or a loop over columns that allocates nothing; it runs without the interpreter's lock.

    No fast maths: results must be the same bits on every machine and for every number of threads. The columns
    travel in tuples of arrays, and counting references to each of them at each call takes ten times as long as
    the day itself, so reference counting is off (the arrays belong to the caller) and calls are inlined.
    """
    return numba.njit(cache=True, nogil=True, forceinline=True, _nrt=False)(function)


def compiled_apart(function: _Function) -> _Function:
    """Compile a rule that is seldom asked and takes few columns: calls are not inlined, so that the code of those who
    mostly do without it stays small."""
    return numba.njit(cache=True, nogil=True, _nrt=False)(function)


def compiled_with_memory(function: _Function) -> _Function:
    """Compile a function that makes arrays or lists of its own."""
    return numba.njit(cache=True, nogil=True)(function)
