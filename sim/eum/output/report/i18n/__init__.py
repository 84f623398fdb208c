"""The report's words: per language one file of its own and one of its documents, with the same keys in both.

Labels of the parameters of behaviour are declared with them (`eum.behavior.parameters`).
"""

import tomllib
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, NamedTuple

from eum.behavior.parameters import parameter_labels
from eum.errors import InputError
from eum.output.report.traced_text import TracedText, filled_template

LANGUAGES = ("ko", "en")


class Words(NamedTuple):
    """All phrases of one language by dotted key."""

    language: str
    phrases: MappingProxyType[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Return the phrase of a key with its {names} filled in. Raises KeyError for a key that is not there."""
        return self.phrases[key].format(**values)

    def tell(self, key: str, **values: object) -> TracedText:
        """Return the phrase of a key with its {names} filled in, keeping the origins of the numbers among them."""
        return filled_template(self.phrases[key], values)

    def label(self, group: str, code: str) -> str:
        """Return the label of a code of a closed list, such as a district or a class of payments.

        Raises InputError on one line for a code that the list does not hold.
        """
        if f"{group}.{code}" in self.phrases:
            return self.phrases[f"{group}.{code}"]
        known = ", ".join(key.removeprefix(f"{group}.") for key in self.phrases if key.startswith(f"{group}."))
        raise InputError(f"study table: {group}: {code!r} has no word in the report; expected one of {known}")

    def label_or_code(self, group: str, code: str) -> str:
        """Return the label of a code of an open list (budgets, parameters); an unnamed code shows as itself."""
        return self.phrases.get(f"{group}.{code}", code)

    def many(self, group: str) -> list[str]:
        """Return the phrases of a group in the order of the file."""
        return [phrase for key, phrase in self.phrases.items() if key.startswith(f"{group}.")]


def _flat(tree: dict[str, Any], prefix: str = "") -> dict[str, str]:
    phrases: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            phrases |= _flat(value, f"{prefix}{key}.")
        else:
            phrases[prefix + key] = value
    return phrases


@cache
def load_words(language: str) -> Words:
    """Return the words of a language, "ko" or "en"."""
    phrases: dict[str, str] = {}
    for name in (f"{language}.toml", f"documents.{language}.toml"):
        text = resources.files(__name__).joinpath(name).read_text(encoding="utf-8")
        phrases |= _flat(tomllib.loads(text))
    phrases |= {f"parameter.{name}": label for name, label in parameter_labels(language).items()}
    return Words(language, MappingProxyType(phrases))
