"""The language of what the command prints.

The packages below speak English. Each sentence, heading, column and unit that people read has a key in
`words/en.toml` (as it is printed, with its {fields}) and in `words/ko.toml`; `in_words` finds the English one and
returns it in the language chosen. What has no key stays as it is; so do numbers, names of policies and of files.
"""

import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, NamedTuple

import typer

from eum.errors import InputError

ENGLISH, KOREAN = LANGUAGES = ("en", "ko")

_chosen: ContextVar[str | None] = ContextVar("language", default=None)
"""None where no language was requested: English, and both where a text exists in both."""

NAMES = frozenset(
    {"policy", "other", "name", "names", "file", "folder", "command", "clause_a", "budget", "value", "days"}
)
"""Fields of a sentence that are names or numbers and never translated; any other may hold words with keys."""


@contextmanager
def _speaking(language: str) -> Iterator[None]:
    token = _chosen.set(language)
    try:
        yield
    finally:
        _chosen.reset(token)


def in_language(context: typer.Context, language: str | None) -> str | None:
    """Print in a language until the command of this context ends. Raises InputError for one that is not known."""
    if language is not None:
        if language not in LANGUAGES:
            raise InputError(f"--lang: {language}: expected one of {', '.join(LANGUAGES)}")
        context.with_resource(_speaking(language))
    return language


def languages() -> tuple[str, ...]:
    """Return the language requested; both, Korean first, where none was."""
    chosen = _chosen.get()
    return (KOREAN, ENGLISH) if chosen is None else (chosen,)


def _flat(tree: dict[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in tree.items():
        found |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return found


@cache
def phrases(language: str) -> dict[str, str]:
    """Return every phrase of a language by its key, such as "compare.change"."""
    from importlib import resources

    text = resources.files(__name__.rpartition(".")[0]).joinpath(f"words/{language}.toml").read_text(encoding="utf-8")
    return _flat(tomllib.loads(text))


class _Pattern(NamedTuple):
    """An English phrase with fields, as a pattern of what is printed, and the phrase it becomes."""

    pattern: re.Pattern[str]
    becomes: str


@cache
def _exact() -> dict[str, str]:
    korean = phrases(KOREAN)
    return {text.replace("_", " "): korean[key] for key, text in phrases(ENGLISH).items() if "{" not in text}


@cache
def _patterns() -> tuple[_Pattern, ...]:
    """Return the phrases with fields, those of the most letters first: the longer says more exactly what is meant."""
    korean = phrases(KOREAN)
    found = [(text, korean[key]) for key, text in phrases(ENGLISH).items() if "{" in text]
    found.sort(key=lambda pair: -len(re.sub(r"\{\w+\}", "", pair[0])))
    return tuple(_Pattern(_pattern_of(text), becomes) for text, becomes in found)


_KINDS = {
    "n": r"[-+]?[\d.,]+(?:e[-+]?\d+)?",
    "date": r"\d{4}-\d{2}-\d{2}",
    "span": r"[\d.-]+",
    "unit": r"[^()]+",
    "clause": r"[\w\[\]]+",
}
"""What a field holds whose name begins with this and a low line."""
_ANYTHING = r"(?:(?![.?!] ).)+?"
"""What any other field holds: never the end of a sentence and more."""


def _field(name: str) -> str:
    kind, mark, _ = name.partition("_")
    return f"(?P<{name}>{_KINDS.get(kind, _ANYTHING) if mark else _ANYTHING})"


def _pattern_of(text: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", text)
    return re.compile("".join(_field(part) if i % 2 else re.escape(part) for i, part in enumerate(parts)))


_MARKS = tuple(map(re.compile, (r"(?<=[.?!]) +", r"[:;] +", r", ")))
"""Between sentences, between their halves, and in a list: what is looked up is split there, in this order."""


def in_words(text: str) -> str:
    """Return a text in the language chosen; lines and sentences are looked up one by one.

    >>> in_words("Result: runs/a")
    'Result: runs/a'
    """
    return translator()(text)


def translator() -> Callable[[str], str]:
    """Return what `in_words` does in the language chosen now: another thread does not know which one that is."""
    if _chosen.get() in (None, ENGLISH):
        return str
    return lambda text: "\n".join(_translated(line) for line in text.split("\n"))


def _translated(text: str) -> str:
    # Before a line may stand blanks, or the mark of an item.
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    start += 2 if text[start:end].startswith("- ") else 0
    return f"{text[:start]}{_phrase(text[start:end])}{text[end:]}"


def _phrase(text: str) -> str:
    """Return a phrase in Korean, whole where it is known, otherwise part by part; what is not known stays."""
    for spelled in (text, text.replace("_", " ")):
        if spelled in _exact():
            return _exact()[spelled]
    if not re.search("[A-Za-z]", text):
        return text
    for pattern, becomes in _patterns():
        if found := pattern.fullmatch(text):
            fields = found.groupdict()
            return becomes.format(**{k: v if k in NAMES else _translated(v) for k, v in fields.items()})
    for mark in _MARKS:
        if len(parts := mark.split(text)) > 1:
            between = [found.group() for found in mark.finditer(text)]
            return "".join(_translated(part) + space for part, space in zip(parts, [*between, ""], strict=True))
    return text
