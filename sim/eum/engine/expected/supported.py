"""Which policies the expected-value engine can simulate: one schedule of city tiers for every shop, own-card
top-ups."""

from eum.dimensions import AGE_BANDS
from eum.errors import InputError
from eum.policy.model import Policy
from eum.policy.timetable import DayTerms

_PLAIN: dict[str, dict[str, object]] = {
    "city": {"covers_every_shop": True, "event": False, "form": "cashback", "most_per_payment_krw": None, "base_bp": 0,
             "spending_counts": "month"},
    "top_up": {"card": "own", "ages": AGE_BANDS, "households": None},
    "plus": {"up_to_krw": None},
}  # fmt: skip
"""What the clauses of a layer must say."""
_SAID_BY = {
    "covers_every_shop": "a period of some districts, sectors, sales bands or weekdays",
    "base_bp": "above_ordinary_percent",
}
"""The clause behind a derived value."""


def require_supported(policy: Policy) -> None:
    """Raise InputError naming the first clause that the expected-value engine cannot simulate."""
    if policy.grant:
        raise InputError(f"{policy.name}: grant[0]: a grant is not in the expected-value engine; use eum run")
    for layer, plain in _PLAIN.items():
        for i, part in enumerate(getattr(policy, layer)):
            for clause in (c for c, value in plain.items() if getattr(part, c) != value):
                said = _SAID_BY.get(clause, clause)
                raise InputError(
                    f"{policy.name}: {layer}[{i}]: {said} is not in the expected-value engine; use eum run"
                )


def single_schedule_terms(terms: DayTerms) -> DayTerms:
    """Return the terms with the tiers of the one schedule alone: int64[8], and the index of its budget."""
    one = {name: getattr(terms, name)[1] for name in ("tier_low_krw", "tier_high_krw", "tier_bp", "budget_city")}
    return terms._replace(**one)
