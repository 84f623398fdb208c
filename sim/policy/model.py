"""The schema of a policy file: dated promises of cities, districts and shops, and the budgets that pay them."""

import datetime
from itertools import pairwise
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from sim.vocabulary import DISTRICTS, SALES_BAND_HIGH_KRW

NO_END = datetime.date(9999, 12, 31)
HIGHEST_DISCOUNT_PERCENT = 7.0
"""The programme lets Plus shops give 1 to 7 percent."""

Confidence = Literal["A", "B", "C", "D", "J"]


def known_district(name: str) -> str:
    """Return a district's code, or raise ValueError naming the ten."""
    if name not in DISTRICTS:
        raise ValueError(f"expected one of the districts {', '.join(DISTRICTS)}")
    return name


class _Part(BaseModel):
    """A part of a policy: no unknown keys, no later changes, a source on each."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Tier(_Part):
    """A rate on the part of a month's spending above `from_krw` and up to `to_krw` (no end if left out)."""

    from_krw: int = Field(ge=0)
    to_krw: int | None = Field(default=None, gt=0)
    rate_percent: float = Field(ge=0, le=100)


class Dated(_Part):
    """Something in force from `start` to `end`, both included; without an end it stays in force."""

    start: datetime.date
    end: datetime.date | None = None
    source: str

    @model_validator(mode="after")
    def _ends_after_start(self) -> "Dated":
        if self.end is not None and self.end < self.start:
            raise ValueError(f"end {self.end} lies before start {self.start}; expected it on or after")
        return self

    def in_force(self, date: datetime.date) -> bool:
        """Return whether the promise holds on a date."""
        return self.start <= date <= (self.end or NO_END)


class Tiered(Dated):
    """A dated schedule of tiers of monthly spending."""

    tiers: tuple[Tier, ...] = Field(min_length=1, max_length=8)

    @field_validator("tiers")
    @classmethod
    def _tiers_follow(cls, tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
        for tier in tiers:
            if tier.to_krw is not None and tier.to_krw <= tier.from_krw:
                raise ValueError(
                    f"tier ends at {tier.to_krw} and starts at {tier.from_krw}; expected its end above its start"
                )
        for lower, upper in pairwise(tiers):
            if lower.to_krw != upper.from_krw:
                kind = "overlaps" if lower.to_krw is None or lower.to_krw > upper.from_krw else "leaves a gap to"
                where = f"tier up to {lower.to_krw or 'no end'} {kind} the tier from {upper.from_krw}"
                raise ValueError(f"{where}; expected each tier to start where the last ends")
        return tiers


class CityPeriod(Tiered):
    """The city's cashback in one period, and who funds it."""

    budget: str
    national_percent: float = Field(ge=0, le=100)
    city_percent: float = Field(ge=0, le=100)
    announced: datetime.date | None = None
    """Day on which people learn of the period (its start if left out)."""

    @model_validator(mode="after")
    def _funding_is_whole(self) -> "CityPeriod":
        total = self.national_percent + self.city_percent
        if abs(total - 100) > 1e-9:
            raise ValueError(f"funding adds up to {total:g} percent; expected 100")
        return self


class TopUp(Tiered):
    """A district's addition to the city rate, for its own card used in its own shops."""

    district: str
    budget: str
    _known = field_validator("district")(known_district)


class Plus(Dated):
    """Plus shops (혜택플러스 가맹점) of an area: their own discount, and a top-up where a government pays one."""

    area: str
    discount_low_percent: float = Field(ge=0, le=HIGHEST_DISCOUNT_PERCENT)
    discount_high_percent: float = Field(ge=0, le=HIGHEST_DISCOUNT_PERCENT)
    top_up_percent: float = Field(default=0, ge=0, le=100)
    card: Literal["any", "own"] = "any"
    """Which card earns the top-up: any e-eum card, or only that of the district."""
    budget: str | None = None
    supported: bool = False
    """Whether a government helps shops to become Plus shops (QR kit, publicity, free listing, advice)."""

    @field_validator("area")
    @classmethod
    def _known(cls, area: str) -> str:
        return area if area == "incheon" else known_district(area)

    @model_validator(mode="after")
    def _paid(self) -> "Plus":
        if self.top_up_percent > 0 and self.budget is None:
            raise ValueError("top_up_percent without a budget; expected the id of the budget that pays it")
        return self


class FeeSupport(Dated):
    """Points of the merchant fee that a district pays for card payments at its shops."""

    district: str
    rate_percent: float = Field(ge=0, le=100)
    plus_shops: bool
    ordinary_shops_up_to_krw: int = Field(ge=0)
    """Ordinary shops with annual sales up to this get it too (0: none); a bound of the sales bands."""
    budget: str
    _known = field_validator("district")(known_district)

    @field_validator("ordinary_shops_up_to_krw")
    @classmethod
    def _is_a_bound(cls, limit: int) -> int:
        if limit not in (0, *SALES_BAND_HIGH_KRW):
            raise ValueError(f"expected 0 or a bound of the sales bands: {', '.join(map(str, SALES_BAND_HIGH_KRW))}")
        return limit


class DistrictCard(_Part):
    """The day from which a district has a card of its own."""

    district: str
    launch: datetime.date
    source: str
    _known = field_validator("district")(known_district)


class Supplement(_Part):
    """Money added to a budget on a date."""

    date: datetime.date
    amount_krw: int = Field(gt=0)
    source: str
    note: str = ""


class Budget(_Part):
    """A pot of money. What is promised out of it stops when it is empty."""

    id: str
    payer: str
    """"city" (shared with the nation as the city period says) or a district."""
    purpose: str
    amount_krw: int = Field(ge=0, le=10_000_000_000_000)
    supplements: tuple[Supplement, ...] = ()
    source: str
    confidence: Confidence
    note: str = ""

    @field_validator("payer")
    @classmethod
    def _known(cls, payer: str) -> str:
        return payer if payer == "city" else known_district(payer)


class Policy(_Part):
    """Everything a policy file promises, with the layers of the policy it extends."""

    name: str
    title_ko: str
    title_en: str
    description: str = ""
    city: tuple[CityPeriod, ...] = ()
    top_up: tuple[TopUp, ...] = ()
    plus: tuple[Plus, ...] = ()
    fee_support: tuple[FeeSupport, ...] = ()
    district_card: tuple[DistrictCard, ...] = ()
    budget: tuple[Budget, ...] = ()
    earned_on: Literal["charged_money"] = "charged_money"
    """Cashback is earned on money that people charge, not on cashback being spent (assumption)."""
    hash: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether the policy promises nothing at all."""
        return not (self.city or self.top_up or self.plus or self.fee_support)

    def budget_users(self) -> list[tuple[str, str | None]]:
        """Return (key of the layer, id of the budget it draws on) for every layer."""
        layers = [
            (f"{name}[{i}]", part)
            for name in ("city", "top_up", "plus", "fee_support")
            for i, part in enumerate(getattr(self, name))
        ]
        return [(key, part.budget) for key, part in layers]

    @model_validator(mode="after")
    def _hangs_together(self) -> "Policy":
        _require_no_overlap("city", list(self.city))
        for name in ("top_up", "fee_support"):
            for d in DISTRICTS:
                _require_no_overlap(f"{name} of {d}", [p for p in getattr(self, name) if p.district == d])
        for area in ("incheon", *DISTRICTS):
            _require_no_overlap(f"plus of {area}", [p for p in self.plus if p.area == area])
        ids = [b.id for b in self.budget]
        if len(set(ids)) < len(ids):
            raise ValueError(
                f"budget: id {next(i for i in ids if ids.count(i) > 1)!r} stands twice; expected each once"
            )
        used = {budget for _, budget in self.budget_users()}
        for key, budget in self.budget_users():
            if budget is not None and budget not in ids:
                raise ValueError(
                    f"{key}.budget: {budget!r}: expected the id of a [[budget]]: {', '.join(ids) or 'none here'}"
                )
        for unused in (i for i in ids if i not in used):
            raise ValueError(f"budget: {unused!r} pays for nothing; expected a layer that draws on it")
        return self


def _require_no_overlap(what: str, parts: list) -> None:
    for first, second in pairwise(sorted(parts, key=lambda p: p.start)):
        if (first.end or NO_END) >= second.start:
            raise ValueError(
                f"{what}: period from {first.start} overlaps the one from {second.start}; expected one at a time"
            )


def with_budget(policy: Policy, budget: str, amount_krw: int) -> Policy:
    """Return the policy with another amount in one budget. Raises ValueError for an unknown id."""
    if budget not in [b.id for b in policy.budget]:
        raise ValueError(f"{policy.name}: no budget {budget!r}")
    changed = tuple(b.model_copy(update={"amount_krw": amount_krw}) if b.id == budget else b for b in policy.budget)
    return policy.model_copy(update={"budget": changed})
