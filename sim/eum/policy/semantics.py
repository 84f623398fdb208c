"""What a policy promises, without what is said about it: the part that tables and sentences carry in full."""

from typing import Any

from pydantic import BaseModel

from eum.policy.model import LAYERS, Policy

SAID_ABOUT = frozenset({"source", "note", "confidence", "purpose"})
"""Keys of layers that say where a promise is printed, how sure it is and what it is for."""

FILLED_IN = {"source": "assumption", "confidence": "D", "purpose": "as told"}
"""What stands in these keys of a policy that was read from a table or from sentences."""


def promised_keys(kind: type[BaseModel]) -> list[str]:
    """Return the keys of a kind of layer that promise something. A name counts only where layers draw on it."""
    named = "payer" in kind.model_fields
    return [key for key in kind.model_fields if key not in SAID_ABOUT and (key != "id" or named)]


def promised(part: Any) -> Any:
    """Return a layer, or a list in it, as plain values of the keys that promise something."""
    if isinstance(part, tuple):
        return [promised(item) for item in part]
    if not isinstance(part, BaseModel):
        return part
    return {key: promised(getattr(part, key)) for key in promised_keys(type(part))}


def promised_terms(policy: Policy) -> dict[str, list[dict[str, Any]]]:
    """Return everything a policy promises, by kind of layer and in their order.

    Titles, descriptions, sources, notes, purposes, confidences and the names of layers are no promises: two policies
    with equal promises pay the same to the won.
    """
    return {kind: promised(getattr(policy, kind)) for kind in LAYERS}


def policy_of(layers: dict[str, list[dict[str, Any]]], name: str) -> Policy:
    """Return a policy that promises what the layers say. Raises pydantic's ValidationError where they do not fit."""
    filled: dict[str, Any] = {kind: [_filled(kind, part) for part in parts] for kind, parts in layers.items()}
    return Policy.model_validate({"name": name, "title_ko": name, "title_en": name, **filled})


def _filled(kind: str, part: dict[str, Any]) -> dict[str, Any]:
    """Return a layer's values with what is said about it filled in where it is missing."""
    extra = FILLED_IN if kind == "budget" else {"source": FILLED_IN["source"]}
    supplements = [{"source": FILLED_IN["source"], **s} for s in part.get("supplements", ())]
    return {**extra, **part, **({"supplements": supplements} if supplements else {})}
