"""The schema of a policy file: dated promises of cities, districts and shops, and the budgets that pay.

The clauses stand in `clauses.py` and `money.py`, what they share in `parts.py`, and what must hold between
them in `coherence.py`.
"""

import hashlib
from typing import Literal

from pydantic import BaseModel, model_validator

from eum.policy.base import (
    FROZEN,
    HIGHEST_DISCOUNT_PERCENT,
    LARGEST_BUDGET_KRW,
    MOST_CITY_TIERS,
    MOST_TOP_UP_TIERS,
    NO_END,
    Dated,
    Tier,
    in_force,
    known_district,
)
from eum.policy.budget_clauses import Budget, Grant, GrantAmount, Step, Supplement
from eum.policy.clauses import CityPeriod, DistrictCard, FeeSupport, Plus, TopUp
from eum.policy.validation import require_coherence

__all__ = [
    "FROZEN",
    "HIGHEST_DISCOUNT_PERCENT",
    "LARGEST_BUDGET_KRW",
    "LAYERS",
    "MOST_CITY_TIERS",
    "MOST_TOP_UP_TIERS",
    "NO_END",
    "PROMISES",
    "Budget",
    "CityPeriod",
    "Dated",
    "DistrictCard",
    "FeeSupport",
    "Grant",
    "GrantAmount",
    "Plus",
    "Policy",
    "Step",
    "Supplement",
    "Tier",
    "TopUp",
    "in_force",
    "known_district",
    "with_budget",
]

PROMISES = ("city", "top_up", "plus", "fee_support", "grant")
"""Kinds of layer that promise something out of a budget."""
LAYERS = (*PROMISES, "district_card", "budget")
"""Kinds of layer of a policy file."""


class Policy(BaseModel):
    """Everything a policy file promises, with the layers of the policy it extends."""

    model_config = FROZEN
    name: str
    title_ko: str
    """What the policy is called, in Korean."""
    title_en: str
    """What the policy is called, in English."""
    description: str = ""
    """What it is about, in a sentence or two."""
    city: tuple[CityPeriod, ...] = ()
    """The programme's cashback, period by period."""
    top_up: tuple[TopUp, ...] = ()
    """What districts add."""
    plus: tuple[Plus, ...] = ()
    """Shops that give a discount of their own, and what is added there."""
    fee_support: tuple[FeeSupport, ...] = ()
    """What districts pay of merchant fees."""
    grant: tuple[Grant, ...] = ()
    """Money loaded on the card."""
    district_card: tuple[DistrictCard, ...] = ()
    """Which districts have a card of their own."""
    budget: tuple[Budget, ...] = ()
    """The pots of money that pay."""
    earned_on: Literal["charged_money"] = "charged_money"
    """Cashback is earned on money that people charge, not on cashback being spent (assumption)."""
    hash: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether the policy promises nothing at all."""
        return not any(getattr(self, name) for name in PROMISES)

    def budget_users(self) -> list[tuple[str, str | None]]:
        """Return (key of the layer, id of the budget it draws on) for every layer."""
        return [(f"{name}[{i}]", part.budget) for name in PROMISES for i, part in enumerate(getattr(self, name))]

    @model_validator(mode="after")
    def _hangs_together(self) -> "Policy":
        require_coherence(self)
        return self


def with_budget(policy: Policy, budget: str, amount_krw: int) -> Policy:
    """Return the policy with another amount in one budget, and a hash of its own if it differs.

    Raises ValueError for an unknown id or an amount outside what a policy file may hold.
    """
    if budget not in [b.id for b in policy.budget]:
        raise ValueError(f"{policy.name}: no budget {budget!r}")
    changed = tuple(
        Budget.model_validate({**b.model_dump(), "amount_krw": amount_krw}) if b.id == budget else b
        for b in policy.budget
    )
    if changed == policy.budget:
        return policy
    digest = hashlib.sha256(f"{policy.hash} {budget} {amount_krw}".encode()).hexdigest()
    return policy.model_copy(update={"budget": changed, "hash": digest})
