"""The words of policies: one file per language with the same keys, templates read in both directions."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any

POLICY_LANGUAGES = ("ko", "en")


@cache
def policy_words(language: str) -> dict[str, Any]:
    """Return the words and templates of a language, "ko" or "en", by group and key."""
    return tomllib.loads(resources.files(__name__).joinpath(f"{language}.toml").read_text(encoding="utf-8"))
