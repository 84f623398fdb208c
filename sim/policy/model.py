"""The schema of a policy file: dated promises of cities, districts and shops, and the budgets that pay."""

import datetime
import hashlib
from collections.abc import Iterable
from itertools import pairwise
from typing import Annotated, Literal, Protocol, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from sim.vocabulary import DISTRICTS, SALES_BAND_HIGH_KRW

NO_END = datetime.date(9999, 12, 31)
HIGHEST_DISCOUNT_PERCENT = 7.0
"""The programme lets Plus shops give 1 to 7 percent."""

MOST_CITY_TIERS = 8
MOST_TOP_UP_TIERS = 4
"""The day reads tiers from columns of these lengths."""
LARGEST_BUDGET_KRW = 10_000_000_000_000
"""Ten trillion won: the bound up to which shares of a budget are exact in 64 bits."""

FROZEN = ConfigDict(extra="forbid", frozen=True)
"""No unknown keys, no later changes."""

Confidence = Literal["A", "B", "C", "D", "J"]


def known_district(name: str) -> str:
    """Return a district's code, or raise ValueError naming the ten."""
    if name not in DISTRICTS:
        raise ValueError(f"expected one of the districts {', '.join(DISTRICTS)}")
    return name


def _whole_basis_points(percent: float) -> float:
    if abs(percent * 100 - round(percent * 100)) > 1e-9:
        raise ValueError("expected at most two decimals (hundredths of a percent)")
    return percent


District = Annotated[str, AfterValidator(known_district), Field(json_schema_extra={"enum": list(DISTRICTS)})]
# Strict types: the text "2020-03-16" is no date, 1 no yes or no, 300000.0 no number of won.
Date = Annotated[datetime.date, Field(strict=True)]
Won = Annotated[int, Field(strict=True, ge=0)]
WonAboveZero = Annotated[int, Field(strict=True, gt=0)]
Percent = Annotated[float, Field(strict=True, ge=0, le=100), AfterValidator(_whole_basis_points)]
DiscountPercent = Annotated[
    float, Field(strict=True, ge=0, le=HIGHEST_DISCOUNT_PERCENT), AfterValidator(_whole_basis_points)
]
YesOrNo = Annotated[bool, Field(strict=True)]
Source = Annotated[str, Field(min_length=1)]
"""Ids of data/sources.csv, joined by semicolons; "assumption" is one of them."""


class Tier(BaseModel):
    """A rate on the part of a month's spending above `from_krw` and up to `to_krw` (no end if left out)."""

    model_config = FROZEN
    from_krw: Won
    to_krw: WonAboveZero | None = None
    rate_percent: Percent


def _tiers_follow(tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
    for tier in tiers:
        if tier.to_krw is not None and tier.to_krw <= tier.from_krw:
            raise ValueError(f"tier from {tier.from_krw} to {tier.to_krw}; expected its end above its start")
    if tiers[0].from_krw != 0:
        raise ValueError(f"first tier from {tiers[0].from_krw}; expected 0 (a rate of 0 is allowed)")
    for lower, upper in pairwise(tiers):
        if lower.to_krw != upper.from_krw:
            overlap = lower.to_krw is None or lower.to_krw > upper.from_krw
            where = f"{'overlaps' if overlap else 'leaves a gap to'} the tier from {upper.from_krw}"
            message = f"tier up to {lower.to_krw or 'no end'} {where}"
            raise ValueError(f"{message}; expected each tier to start where the last ends")
    return tiers


CityTiers = Annotated[tuple[Tier, ...], Field(min_length=1, max_length=MOST_CITY_TIERS), AfterValidator(_tiers_follow)]
TopUpTiers = Annotated[
    tuple[Tier, ...], Field(min_length=1, max_length=MOST_TOP_UP_TIERS), AfterValidator(_tiers_follow)
]


class Dated(Protocol):
    """Something in force from `start` to `end`, both included; without an end it stays in force."""

    @property
    def start(self) -> datetime.date:
        """First day."""

    @property
    def end(self) -> datetime.date | None:
        """Last day, or None."""


_Part = TypeVar("_Part", bound=Dated)


def in_force(parts: Iterable[_Part], date: datetime.date) -> list[_Part]:
    """Return the promises that hold on a date, in their order."""
    return [p for p in parts if p.start <= date <= (p.end or NO_END)]


def _ends_after_start(part: _Part) -> _Part:
    if part.end is not None and part.end < part.start:
        raise ValueError(f"end {part.end} lies before start {part.start}; expected it on or after")
    return part


class CityPeriod(BaseModel):
    """The city's cashback in one period, and who funds it."""

    model_config = FROZEN
    start: Date
    end: Date | None = None
    source: Source
    tiers: CityTiers
    budget: str
    national_percent: Percent
    city_percent: Percent
    announced: Date | None = None
    """Day on which people learn of the period (its start if left out)."""
    note: str = ""
    """What the sources leave open or contradict."""
    _order = model_validator(mode="after")(_ends_after_start)

    @model_validator(mode="after")
    def _funding_is_whole(self) -> "CityPeriod":
        total = self.national_percent + self.city_percent
        if abs(total - 100) > 1e-9:
            raise ValueError(f"funding adds up to {total:g} percent; expected 100")
        return self

    @model_validator(mode="after")
    def _known_by_its_start(self) -> "CityPeriod":
        if self.announced is not None and self.announced > self.start:
            raise ValueError(f"announced {self.announced}, after its start {self.start}; expected it by then")
        return self


class TopUp(BaseModel):
    """A district's addition to the city rate, for its own card used in its own shops."""

    model_config = FROZEN
    start: Date
    end: Date | None = None
    source: Source
    tiers: TopUpTiers
    district: District
    budget: str
    note: str = ""
    """What the sources leave open or contradict."""
    _order = model_validator(mode="after")(_ends_after_start)


HelpInKind = Literal[
    "qr_kit",
    "fee_free_qr",
    "publicity",
    "phone_order_listing",
    "online_mall_listing",
    "coupons",
    "advice",
    "guarantee_fee_discount",
]
"""Help for Plus shops as the city announced it on 2020-02-21: QR kit, QR payments free of fees, publicity, free listing
in the app for phone orders and in the online mall, free coupons, advice on tax, law and labour, money off the fee of a
credit guarantee."""


class Plus(BaseModel):
    """Plus shops (혜택플러스 가맹점) of an area: their own discount, and a top-up where one is paid.

    Where terms of the whole city and of a district hold on the same day, those of the district replace them.
    """

    model_config = FROZEN
    start: Date
    end: Date | None = None
    source: Source
    area: str
    discount_low_percent: DiscountPercent
    discount_high_percent: DiscountPercent
    top_up_percent: Percent = 0
    card: Literal["any", "own"] = "any"
    """Which card earns the top-up: any e-eum card, or only that of the district."""
    budget: str | None = None
    in_kind: tuple[HelpInKind, ...] = ()
    """What a government gives Plus shops besides money; what it is worth stands in data/assumptions.csv."""
    note: str = ""
    """What the sources leave open or contradict."""
    _order = model_validator(mode="after")(_ends_after_start)

    @field_validator("area")
    @classmethod
    def _known(cls, area: str) -> str:
        return area if area == "incheon" else known_district(area)

    @model_validator(mode="after")
    def _paid(self) -> "Plus":
        if self.top_up_percent > 0 and self.budget is None:
            raise ValueError("top_up_percent without a budget; expected the id of the budget that pays it")
        if self.card == "own" and self.area == "incheon":
            raise ValueError("card 'own' in the whole city; expected 'any', or a district as area")
        return self

    @model_validator(mode="after")
    def _discounts_are_a_range(self) -> "Plus":
        low, high = self.discount_low_percent, self.discount_high_percent
        if low > high:
            raise ValueError(f"discount from {low:g} to {high:g} percent; expected the low end first")
        return self


class FeeSupport(BaseModel):
    """Points of the merchant fee that a district pays for card payments at its shops."""

    model_config = FROZEN
    start: Date
    end: Date | None = None
    source: Source
    district: District
    rate_percent: Percent
    plus_shops: YesOrNo
    ordinary_shops_up_to_krw: Won
    """Ordinary shops with annual sales up to this get it too (0: none); a bound of the sales bands."""
    budget: str
    note: str = ""
    """What the sources leave open or contradict."""
    _order = model_validator(mode="after")(_ends_after_start)

    @field_validator("ordinary_shops_up_to_krw")
    @classmethod
    def _is_a_bound(cls, limit: int) -> int:
        if limit not in (0, *SALES_BAND_HIGH_KRW):
            bounds = ", ".join(map(str, SALES_BAND_HIGH_KRW))
            raise ValueError(f"expected 0 or a bound of the sales bands: {bounds}")
        return limit


class DistrictCard(BaseModel):
    """The day from which a district has a card of its own."""

    model_config = FROZEN
    district: District
    launch: Date
    source: Source


class Supplement(BaseModel):
    """Money added to a budget on a date."""

    model_config = FROZEN
    date: Date
    amount_krw: WonAboveZero
    source: Source
    note: str = ""


class Budget(BaseModel):
    """A pot of money. What is promised out of it stops when it is empty."""

    model_config = FROZEN
    id: str
    payer: str
    """"city" (shared with the nation as the city period says) or a district."""
    purpose: str
    amount_krw: Won
    supplements: tuple[Supplement, ...] = ()
    source: Source
    confidence: Confidence
    note: str = ""

    @field_validator("payer")
    @classmethod
    def _known(cls, payer: str) -> str:
        if payer != "city" and payer not in DISTRICTS:
            raise ValueError(f"expected city or one of the districts {', '.join(DISTRICTS)}")
        return payer

    @model_validator(mode="after")
    def _stays_in_bounds(self) -> "Budget":
        total = self.amount_krw + sum(s.amount_krw for s in self.supplements)
        if total > LARGEST_BUDGET_KRW:
            raise ValueError(f"{total} won with supplements; expected at most {LARGEST_BUDGET_KRW}")
        return self


class Policy(BaseModel):
    """Everything a policy file promises, with the layers of the policy it extends."""

    model_config = FROZEN
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
        return [
            (f"{name}[{i}]", part.budget)
            for name in ("city", "top_up", "plus", "fee_support")
            for i, part in enumerate(getattr(self, name))
        ]

    @model_validator(mode="after")
    def _hangs_together(self) -> "Policy":
        _require_one_at_a_time(self)
        _require_budgets(self)
        _require_cards(self)
        return self


def _require_no_overlap(what: str, parts: list) -> None:
    for first, second in pairwise(sorted(parts, key=lambda p: p.start)):
        if (first.end or NO_END) >= second.start:
            raise ValueError(
                f"{what}: period from {first.start} overlaps the one from {second.start}; expected one at a time"
            )


def _require_one_at_a_time(policy: Policy) -> None:
    _require_no_overlap("city", list(policy.city))
    for name in ("top_up", "fee_support"):
        for d in DISTRICTS:
            _require_no_overlap(f"{name} of {d}", [p for p in getattr(policy, name) if p.district == d])
    for area in ("incheon", *DISTRICTS):
        _require_no_overlap(f"plus of {area}", [p for p in policy.plus if p.area == area])


def _require_once(what: str, ids: list[str]) -> None:
    for twice in (i for i in ids if ids.count(i) > 1):
        raise ValueError(f"{what} {twice!r} stands twice; expected each once")


def _require_budgets(policy: Policy) -> None:
    ids = [b.id for b in policy.budget]
    _require_once("budget: id", ids)
    for key, budget in policy.budget_users():
        if budget is not None and budget not in ids:
            known = ", ".join(ids) or "none here"
            raise ValueError(f"{key}.budget: {budget!r}: expected the id of a [[budget]]: {known}")
    used = {budget for _, budget in policy.budget_users()}
    for unused in (i for i in ids if i not in used):
        raise ValueError(f"budget: {unused!r} pays for nothing; expected a layer that draws on it")


def _require_cards(policy: Policy) -> None:
    """A promise to holders of a district's own card needs the card; without it nobody would earn a won."""
    _require_once("district_card: district", [c.district for c in policy.district_card])
    launch = {c.district: c.launch for c in policy.district_card}
    needs = [(f"top_up[{i}].district", p.district, p.start) for i, p in enumerate(policy.top_up)]
    needs += [(f"plus[{i}].area", p.area, p.start) for i, p in enumerate(policy.plus) if p.card == "own"]
    for key, where, start in needs:
        if launch.get(where, NO_END) > start:
            raise ValueError(f"{key}: {where!r}: expected a [[district_card]] of it launched by {start}")


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
