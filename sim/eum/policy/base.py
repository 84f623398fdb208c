"""The parts of a policy that its clauses share: dates, won, percent, tiers, and lists of places, trades and people."""

import datetime
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Annotated, Any, Literal, Protocol, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from eum.dimensions import AGE_BANDS, DISTRICTS, SALES_BAND_HIGH_KRW, SECTORS, WEEKDAYS

NO_END = datetime.date(9999, 12, 31)
HIGHEST_DISCOUNT_PERCENT = 7.0
"""The programme lets Plus shops give 1 to 7 percent."""

MOST_CITY_TIERS = 8
MOST_TOP_UP_TIERS = 4
"""The day reads tiers from columns of these lengths."""
LARGEST_BUDGET_KRW = 10_000_000_000_000
"""Ten trillion won: the bound up to which shares of a budget are exact in 64 bits."""

FROZEN = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
"""No unknown keys, no later changes; the line under a key tells editors what it means."""

Confidence = Literal["A", "B", "C", "D", "J"]
Households = Literal["other", "constrained"]


HELP_IN_KIND = (
    "qr_kit",
    "fee_free_qr",
    "publicity",
    "phone_order_listing",
    "online_mall_listing",
    "coupons",
    "advice",
    "guarantee_fee_discount",
)
"""Help for Plus shops as the city announced it on 2020-02-21: QR kit, QR payments free of fees, publicity, free listing
in the app for phone orders and in the online mall, free coupons, advice on tax, law and labour, money off the fee of a
credit guarantee."""


def known_district(name: str) -> str:
    """Return a district's code, or raise ValueError naming the ten."""
    if name not in DISTRICTS:
        raise ValueError(f"expected one of the districts {', '.join(DISTRICTS)}")
    return name


def _whole_basis_points(percent: float) -> float:
    if abs(percent * 100 - round(percent * 100)) > 1e-9:
        raise ValueError("expected at most two decimals (hundredths of a percent)")
    # A file may hold -0.0, and nobody means it.
    return percent + 0.0


def _in_order_of(words: tuple[str, ...]) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    """Return a check that a list names some of `words`, each once; the list comes back in their order."""

    def ordered(chosen: tuple[str, ...]) -> tuple[str, ...]:
        for word in chosen:
            if word not in words:
                raise ValueError(f"{word!r}: expected some of {', '.join(words)}")
            if chosen.count(word) > 1:
                raise ValueError(f"{word!r} stands twice; expected each once")
        return tuple(word for word in words if word in chosen)

    return ordered


def _listed(words: tuple[str, ...], at_least: int = 1) -> Any:
    """Return what an editor may know of a list of some of `words`."""
    items: dict[str, Any] = {"type": "string", "enum": list(words)}
    return Field(min_length=at_least, json_schema_extra={"items": items, "uniqueItems": True})


def _sales_bound(krw: int) -> int:
    if krw not in (0, *SALES_BAND_HIGH_KRW):
        bounds = ", ".join(map(str, SALES_BAND_HIGH_KRW))
        raise ValueError(f"expected 0 or a bound of the sales bands: {bounds}")
    return krw


Id = Annotated[str, Field(pattern=r"^[\w.-]+$")]
"""Letters, digits, hyphens, underscores and points: a name that sentences and other files can use."""
DistrictName = Annotated[str, AfterValidator(known_district), Field(json_schema_extra={"enum": list(DISTRICTS)})]
# Strict types: the text "2020-03-16" is no date, 1 no yes or no, 300000.0 no number of won.
Date = Annotated[datetime.date, Field(strict=True)]
Won = Annotated[int, Field(strict=True, ge=0, le=LARGEST_BUDGET_KRW)]
WonAboveZero = Annotated[int, Field(strict=True, gt=0, le=LARGEST_BUDGET_KRW)]
Percent = Annotated[float, Field(strict=True, ge=0, le=100), AfterValidator(_whole_basis_points)]
WholePercent = Annotated[int, Field(strict=True, ge=0, le=100)]
PercentAboveZero = Annotated[float, Field(strict=True, gt=0, le=1000), AfterValidator(_whole_basis_points)]
DiscountPercent = Annotated[
    float, Field(strict=True, ge=0, le=HIGHEST_DISCOUNT_PERCENT), AfterValidator(_whole_basis_points)
]
YesOrNo = Annotated[bool, Field(strict=True)]
SalesBound = Annotated[
    int, Field(strict=True, json_schema_extra={"enum": [0, *SALES_BAND_HIGH_KRW]}), AfterValidator(_sales_bound)
]
"""A bound of the sales bands of shops, won a year."""
PolicySource = Annotated[str, Field(min_length=1)]
"""Ids of data/sources.csv, joined by semicolons; "assumption" is one of them."""

Districts = Annotated[tuple[str, ...], _listed(DISTRICTS), AfterValidator(_in_order_of(DISTRICTS))]
Sectors = Annotated[tuple[str, ...], _listed(SECTORS), AfterValidator(_in_order_of(SECTORS))]
Weekdays = Annotated[tuple[str, ...], _listed(WEEKDAYS), AfterValidator(_in_order_of(WEEKDAYS))]
Ages = Annotated[tuple[str, ...], _listed(AGE_BANDS), AfterValidator(_in_order_of(AGE_BANDS))]
HelpInKind = Annotated[tuple[str, ...], _listed(HELP_IN_KIND, 0), AfterValidator(_in_order_of(HELP_IN_KIND))]


class Tier(BaseModel):
    """A rate on the part of a month's spending above `from_krw` and up to `to_krw` (no end if left out)."""

    model_config = FROZEN
    from_krw: Won
    """Spending from which the rate holds, won; the first tier starts at 0."""
    to_krw: WonAboveZero | None = None
    """Spending up to which it holds, won; without it the rate has no upper limit."""
    rate_percent: Percent
    """Cashback in percent of the payment, at most two decimals."""


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


def ends_after_start(part: _Part) -> _Part:
    """Return the part, or raise ValueError where its last day lies before its first."""
    if part.end is not None and part.end < part.start:
        raise ValueError(f"end {part.end} lies before start {part.start}; expected it on or after")
    return part
