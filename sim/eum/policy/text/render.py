"""A policy in plain words, Korean and English, and back: sentences hold all that it promises."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from eum.errors import InputError, expectation
from eum.policy.model import LAYERS, Policy
from eum.policy.semantics import policy_of
from eum.policy.text.grammar import grammar
from eum.policy.text.words import policy_words


def policy_sentences(policy: Policy, language: str) -> list[str]:
    """Return a policy as sentences, in "ko" or "en": who gets what, when, and out of which budget."""
    lines = [grammar(kind, language).write(part) for kind in LAYERS for part in getattr(policy, kind)]
    return lines or [policy_words(language)["nothing"]]


def policy_from_sentences(lines: Sequence[str], language: str, name: str = "told") -> Policy:
    """Return the policy that sentences tell, in "ko" or "en"; the inverse of `policy_sentences`.

    Raises InputError for a line that is no such sentence, or where the sentences do not make a policy.
    """
    layers: dict[str, list[dict[str, Any]]] = {kind: [] for kind in LAYERS}
    for number, line in enumerate(lines, start=1):
        if line == policy_words(language)["nothing"]:
            continue
        try:
            read = {kind: part for kind in LAYERS if (part := grammar(kind, language).read(line))}
        except ValueError as error:
            # It has the form of a sentence, but a date that no calendar has, or a number of thousands of digits.
            raise InputError(f"line {number}: {line!r}: {error}; expected dates and numbers that can be read") from None
        if len(read) != 1:
            raise InputError(f"line {number}: {line!r}: expected a sentence of the policy language")
        ((kind, part),) = read.items()
        layers[kind].append(part)
    try:
        return policy_of(layers, name)
    except ValidationError as error:
        first = error.errors()[0]
        where = "".join(f"{key}." for key in first["loc"])[:-1]
        place = f"{name}: {where}" if where else name
        raise InputError(f"{place}: {expectation(first)}") from None
