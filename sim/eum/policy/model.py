"""The schema of a policy file: dated promises of cities, districts and shops, and the budgets that pay.

The clauses stand in `clauses.py` and `money.py`, what they share in `parts.py`, and what must hold between
them in `coherence.py`.
"""

import datetime
import hashlib
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, model_validator

from eum.errors import InputError
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
from eum.policy.budget_clauses import Budget, BudgetStep, Grant, GrantAmount, Supplement
from eum.policy.clauses import CityPeriod, DistrictCard, FeeSupport, Plus, TopUp
from eum.policy.validation import require_coherence

if TYPE_CHECKING:
    import pandas as pd

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
    "BudgetStep",
    "CityPeriod",
    "Dated",
    "DistrictCard",
    "FeeSupport",
    "Grant",
    "GrantAmount",
    "Plus",
    "Policy",
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
    """Everything a policy file promises, with the layers of the policy it extends.

    `Policy.load` reads one; `replace` returns another one with some values changed. A policy itself never changes.
    """

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

    @classmethod
    def load(
        cls,
        name_or_path: str | Path,
        variables: Mapping[str, bool | int | float | str | datetime.date] | None = None,
    ) -> "Policy":
        """Read a policy by name or file.

        Args:
            name_or_path: Name of a policy that comes with eum (`eum.list_policies()`), or a TOML file of your own.
            variables: Other values for variables of the file.

        Returns:
            The policy, with the layers of those it extends.

        Raises:
            InputError: No such policy, or a fault in its file: file, key, value and what was expected.

        Examples:
            >>> Policy.load("gyeyang-2020-actual").top_up[0].tiers[0].rate_percent
            1.0
        """
        from eum.policy.files import load_policy

        return load_policy(name_or_path, variables)

    def replace(self, path: str | Mapping[str, object], value: object = None, *, name: str = "") -> "Policy":
        """Return the policy with one value, or several together, changed; this one stays as it is.

        Args:
            path: Where the value stands, as its attribute is written: `top_up[0].tiers[0].rate_percent`. A layer can
                be named by its id: `budget[gyeyang-event].amount_krw`. Or a mapping of paths to values.
            value: The new value, in the unit of the key (percent, won); days may be text such as "2020-05-31".
            name: What the new policy is called; by default what was changed is added to the name.

        Returns:
            A policy checked by the same rules as a file.

        Raises:
            InputError: A path that leads nowhere (with what is there), or a value that no policy file may hold.

        Examples:
            >>> actual = Policy.load("gyeyang-2020-actual")
            >>> trial = actual.replace("top_up[0].tiers[0].rate_percent", 3, name="3 %")
            >>> trial.name, trial.top_up[0].tiers[0].rate_percent, actual.top_up[0].tiers[0].rate_percent
            ('3 %', 3.0, 1.0)
        """
        from eum.policy.changes import changed_policy

        changes = {path: value} if isinstance(path, str) else dict(path)
        changed = ", ".join(f"{where} = {new}" for where, new in changes.items())
        return changed_policy(self, changes, name or f"{self.name} with {changed}")

    def describe(self, language: str = "en") -> str:
        """Return in plain sentences, one a line, who gets what, when, and out of which budget.

        Args:
            language: "en" or "ko".

        Raises:
            InputError: Another language.

        Examples:
            >>> print(Policy.load("none").describe())
            Nothing is promised.
        """
        from eum.policy.text.render import policy_sentences
        from eum.policy.text.words import POLICY_LANGUAGES

        if language not in POLICY_LANGUAGES:
            raise InputError(f"language: {language!r}: expected one of {', '.join(POLICY_LANGUAGES)}")
        return "\n".join(policy_sentences(self, language))

    def table(self) -> "pd.DataFrame":
        """Return all that the policy promises as a flat table, one row a clause and tier.

        Returns:
            Column `clause` (such as `city[0]`), and a column for each key, its unit in its name: `..._krw` in won,
            `..._percent` in percent, days as dates; empty where a clause says nothing.

        Examples:
            >>> Policy.load("gyeyang-2020-actual").table().query("clause == 'top_up[0]'")["tier_rate_percent"].tolist()
            [1.0]
        """
        from eum.policy.rate_table import rate_table

        return rate_table(self)

    def _repr_html_(self) -> str:
        lines = "".join(f"<li>{escape(line)}</li>" for line in self.describe().splitlines())
        return f"<p><b>{escape(self.name)}</b>: {escape(self.title_en)} ({escape(self.title_ko)})</p><ul>{lines}</ul>"

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
