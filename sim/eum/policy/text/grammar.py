"""Sentences of a controlled language: each kind of layer has one template, which writes it and reads it back.

A template is a row of phrases. A phrase is stated where one of its keys differs from what is meant when nothing is
said; the reader's pattern is made from the same phrases, so that a sentence and its layer hold the same.
"""

import re
from collections.abc import Mapping
from functools import cache
from string import Formatter
from typing import Any, NamedTuple

from pydantic import BaseModel

from eum.policy.base import Tier
from eum.policy.budget_clauses import Budget, BudgetStep, Grant, GrantAmount, Supplement
from eum.policy.clauses import CityPeriod, DistrictCard, FeeSupport, Plus, TopUp
from eum.policy.text.formats import (
    DATE_FORMAT,
    NAME,
    PERCENT,
    WHOLE_PERCENT,
    WON_EN,
    WON_KO,
    TextFormat,
    choice,
    some_of,
)
from eum.policy.text.words import policy_words

SENTENCE_KINDS: dict[str, type[BaseModel]] = {
    "city": CityPeriod,
    "top_up": TopUp,
    "plus": Plus,
    "fee_support": FeeSupport,
    "grant": Grant,
    "district_card": DistrictCard,
    "budget": Budget,
}
"""Kinds of layer, each stated in one sentence."""
SENTENCE_PARTS: dict[str, tuple[str, type[BaseModel]]] = {
    "tiers": ("tier", Tier),
    "amounts": ("amount", GrantAmount),
    "supplements": ("supplement", Supplement),
    "steps": ("step", BudgetStep),
}
"""Lists inside layers: key -> name of the template of one item, and its kind."""

_ALIKE = {"district": "districts", "households": "households"}
DATE_KEYS = ("start", "end", "announced", "launch", "date", "monthly_from", "monthly_to")
"""Keys whose values are days."""
_SILENT = {"from_krw": 0, "ordinary_shops_up_to_krw": 0}
"""What is meant where these keys, which a file must hold, are not stated."""


class _Phrase(NamedTuple):
    """Part of a sentence: text with keys in braces, and the text that stands there when they are not stated."""

    stated: str
    otherwise: str
    keys: tuple[str, ...]


class Grammar:
    """The template of one kind of layer, or of an item of a list in it, in one language."""

    def __init__(self, group: str, kind: type[BaseModel], language: str) -> None:
        words = policy_words(language)
        self.phrases = [_phrase(text) for text in words[group].values()]
        self.formats = {key: _format(group, key, language) for phrase in self.phrases for key in phrase.keys}
        defaults = {key: field.get_default() for key, field in kind.model_fields.items() if not field.is_required()}
        self.silent = {key: value for key, value in {**defaults, **_SILENT}.items() if key in self.formats}
        """What is meant by keys that are not stated."""
        self.choices = frozenset(words["choice"])
        """Keys whose every value has a word: they stand in a phrase, and do not decide whether it is stated."""
        self.pattern = "".join(self._pattern(phrase, named=False) for phrase in self.phrases)
        """The pattern of a whole sentence, without names."""
        self.reader = re.compile("".join(self._pattern(phrase, named=True) for phrase in self.phrases))

    def write(self, part: BaseModel) -> str:
        """Return the sentence of a layer."""
        return "".join(self._written(phrase, part) for phrase in self.phrases)

    def _written(self, phrase: _Phrase, part: BaseModel) -> str:
        if self._may_be_omitted(phrase) and all(getattr(part, k) == self.silent[k] for k in self._deciding(phrase)):
            return phrase.otherwise
        return phrase.stated.format(**{key: self.formats[key].write(getattr(part, key)) for key in phrase.keys})

    def _pattern(self, phrase: _Phrase, named: bool) -> str:
        text = "".join(
            re.escape(literal) + (self._slot(key, named) if key else "")
            for literal, key, _, _ in Formatter().parse(phrase.stated)
        )
        return f"(?:{text}|{re.escape(phrase.otherwise)})" if self._may_be_omitted(phrase) else text

    def _deciding(self, phrase: _Phrase) -> list[str]:
        return [key for key in phrase.keys if key not in self.choices]

    def _may_be_omitted(self, phrase: _Phrase) -> bool:
        deciding = self._deciding(phrase)
        return bool(deciding) and all(key in self.silent for key in deciding)

    def _slot(self, key: str, named: bool) -> str:
        return f"(?P<{key}>{self.formats[key].pattern})" if named else f"(?:{self.formats[key].pattern})"

    def read(self, text: str) -> dict[str, Any] | None:
        """Return the stated keys of a sentence and their values, or None if it is not of this kind."""
        found = self.reader.fullmatch(text)
        if found is None:
            return None
        values = {key: self.formats[key].read(words) for key, words in found.groupdict().items() if words is not None}
        return {**{key: value for key, value in _SILENT.items() if key in self.formats}, **values}


@cache
def grammar(group: str, language: str) -> Grammar:
    """Return the template of a kind of layer or of an item, such as "city" or "tier"."""
    kinds = {**SENTENCE_KINDS, **dict(SENTENCE_PARTS.values())}
    return Grammar(group, kinds[group], language)


def _phrase(text: str | list[str]) -> _Phrase:
    stated, otherwise = (text, "") if isinstance(text, str) else text
    return _Phrase(stated, otherwise, tuple(key for _, key, _, _ in Formatter().parse(stated) if key))


def _format(group: str, key: str, language: str) -> TextFormat:
    """Return how a key's values stand in sentences."""
    words = policy_words(language)
    places: Mapping[str, str] = words["districts"]
    if key in SENTENCE_PARTS:
        return _items(grammar(SENTENCE_PARTS[key][0], language), words["join"].get(key, words["join"]["parts"]))
    if key in words["except"]:
        return some_of(words[key], words["join"].get(key, words["join"]["words"]), words["except"][key])
    if key in words["choice"]:
        return choice(words["choice"].get(f"{group}_{key}", words["choice"][key]))
    if key == "households":
        return choice(words["households"])
    special = {"district": places, "area": {**words["areas"], **places}, "payer": {**words["payers"], **places}}
    return choice(special[key]) if key in special else _plain_format(key, language)


def _plain_format(key: str, language: str) -> TextFormat:
    if key in DATE_KEYS:
        return DATE_FORMAT
    if key == "paid_percent":
        return WHOLE_PERCENT
    if key.endswith("_percent"):
        return PERCENT
    if key.endswith("_krw"):
        return WON_KO if language == "ko" else WON_EN
    return NAME


def _items(one: Grammar, join: str) -> TextFormat:
    """Return the format of a list of items, each written by its own template."""
    pattern = f"{one.pattern}(?:{re.escape(join)}{one.pattern})*"

    def read(text: str) -> list[dict[str, Any]]:
        items, rest = [], text
        while rest:
            # The first item is the shortest beginning after which the rest still reads as items.
            ends = [m.start() for m in re.finditer(re.escape(join), rest)] + [len(rest)]
            end = next(e for e in ends if one.read(rest[:e]) and re.fullmatch(pattern, rest[e + len(join) :] or rest))
            items.append(one.read(rest[:end]) or {})
            rest = rest[end + len(join) :]
        return items

    return TextFormat(pattern, lambda parts: join.join(one.write(part) for part in parts), read)
