"""Small policies made for a test: a programme, what stands beside it, and pots of money that last."""

import datetime
from typing import Any

from eum.dimensions import DISTRICTS
from eum.policy.model import Policy

START = datetime.date(2020, 2, 20)
END = datetime.date(2020, 3, 20)
WHOLE_RUN = {"start": START, "source": "assumption"}
PLENTY_KRW = 5_000_000_000_000

Layer = dict[str, Any]


def pot(name: str, amount_krw: int = PLENTY_KRW, payer: str = "city", **more: Any) -> Layer:
    """Return a budget."""
    head = {"id": name, "payer": payer, "purpose": "test", "amount_krw": amount_krw}
    return {**head, "source": "assumption", "confidence": "J", **more}


def period(percent: float, **more: Any) -> Layer:
    """Return a city period of one rate without end, paid from the budget "city"."""
    fund = {"budget": "city", "national_percent": 40.0, "city_percent": 60.0}
    return {**WHOLE_RUN, **fund, "tiers": [{"from_krw": 0, "rate_percent": percent}], **more}


def top_up(percent: float, district: str, **more: Any) -> Layer:
    """Return a top-up of a district for any card, paid from the budget "top_up"."""
    tiers = [{"from_krw": 0, "rate_percent": percent}]
    return {**WHOLE_RUN, "district": district, "card": "any", "budget": "top_up", "tiers": tiers, **more}


def top_ups(percent: float, **more: Any) -> list[Layer]:
    """Return the same top-up of every district."""
    return [top_up(percent, district, **more) for district in DISTRICTS]


def grant(amount_krw: int, **more: Any) -> Layer:
    """Return a grant for every resident, loaded on the second day of the run, that lapses a week before its end."""
    days = {"start": START + datetime.timedelta(days=1), "end": END - datetime.timedelta(days=7)}
    amounts = [{"amount_krw": amount_krw}]
    return {**days, "amounts": amounts, "budget": "grant", "source": "assumption", **more}


def made(name: str, **layers: list[Layer]) -> Policy:
    """Return a policy of these layers; budgets that are not given hold plenty."""
    used = {layer["budget"] for kind, parts in layers.items() if kind != "budget" for layer in parts}
    given = layers.pop("budget", [])
    missing = sorted(used - {b["id"] for b in given})
    budget = [*given, *map(pot, missing)]
    return Policy.model_validate({"name": name, "title_ko": name, "title_en": name, **layers, "budget": budget})
