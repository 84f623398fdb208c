"""The clauses of a policy file: what each kind of layer promises (money set aside: `money.py`)."""

from typing import Literal

from pydantic import BaseModel, field_validator, model_validator

from eum.dimensions import AGE_BANDS, DISTRICTS, SALES_BAND_HIGH_KRW, SALES_BANDS, SECTORS, WEEKDAYS
from eum.policy.base import (
    FROZEN,
    Ages,
    CityTiers,
    Date,
    DiscountPercent,
    DistrictName,
    Districts,
    HelpInKind,
    Households,
    Id,
    Percent,
    PercentAboveZero,
    PolicySource,
    SalesBound,
    Sectors,
    TopUpTiers,
    Weekdays,
    WonAboveZero,
    YesOrNo,
    ends_after_start,
    known_district,
)


class CityPeriod(BaseModel):
    """The programme's cashback in one period: on what, where, for whom, and who funds it."""

    model_config = FROZEN
    id: Id | None = None
    """Name by which another file can change or remove this layer."""
    start: Date
    """First day."""
    end: Date | None = None
    """Last day; without it the period stays in force."""
    source: PolicySource
    """Where this is printed: ids of data/sources.csv joined by semicolons, or "assumption"."""
    tiers: CityTiers
    """Rates by what a person has spent with the card since the count began."""
    budget: str
    """Id of the budget that pays."""
    national_percent: Percent
    """Part paid by the nation, percent."""
    city_percent: Percent
    """Part paid by the budget's own payer (the city, or a district), percent."""
    announced: Date | None = None
    """Day on which people learn of the period (its start if left out)."""
    note: str = ""
    """What the sources leave open or contradict."""
    districts: Districts = DISTRICTS
    """Districts in whose shops it holds; all ten if left out."""
    sectors: Sectors = SECTORS
    """Trades in which it holds; all nine if left out."""
    merchant_sales_from_krw: SalesBound = 0
    """Only shops with annual sales above this, won; a bound of the sales bands."""
    merchant_sales_to_krw: SalesBound | None = None
    """Only shops with annual sales up to this, won; a bound of the sales bands; no limit if left out."""
    weekdays: Weekdays = WEEKDAYS
    """Days of the week on which it holds; all seven if left out."""
    form: Literal["cashback", "discount"] = "cashback"
    """A "cashback" is paid onto the card and held, a "discount" is taken off at the till of the same purchase."""
    most_per_payment_krw: WonAboveZero | None = None
    """The most that one payment can earn, won; no limit if left out."""
    spending_counts: Literal["month", "half_year", "programme"] = "month"
    """When a person's spending is counted from zero again: each month, each half-year, or never in this programme."""
    above_ordinary_percent: PercentAboveZero | None = None
    """Tiers count only spending above this percent of what a person of the same spending level ordinarily pays with the
    programme's card."""
    ordinary_card_share_percent: PercentAboveZero | None = None
    """That ordinary use of the card, in percent of a person's ordinary monthly spending."""
    event: YesOrNo = False
    """While its budget is open an event stands instead of the ordinary periods that cover the same shops."""
    _order = model_validator(mode="after")(ends_after_start)

    @property
    def bands(self) -> range:
        """Indices of the sales bands of shops that the period covers."""
        return bands_between(self.merchant_sales_from_krw, self.merchant_sales_to_krw)

    @property
    def covers_every_shop(self) -> bool:
        """Whether the period holds in all districts, trades and sales bands on all days of the week."""
        lists = (self.districts, DISTRICTS), (self.sectors, SECTORS), (self.weekdays, WEEKDAYS)
        return all(len(some) == len(every) for some, every in lists) and len(self.bands) == len(SALES_BANDS)

    @property
    def base_bp(self) -> int:
        """Part of ordinary monthly spending below which nothing is earned, basis points rounded down."""
        if self.above_ordinary_percent is None or self.ordinary_card_share_percent is None:
            return 0
        return round(self.above_ordinary_percent * 100) * round(self.ordinary_card_share_percent * 100) // 10_000

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

    @model_validator(mode="after")
    def _covers_some_shop(self) -> "CityPeriod":
        low, high = self.merchant_sales_from_krw, self.merchant_sales_to_krw
        if high is not None and high <= low:
            raise ValueError(f"merchant sales above {low} and up to {high}; expected the upper bound above the lower")
        return self

    @model_validator(mode="after")
    def _ordinary_use_is_stated(self) -> "CityPeriod":
        if (self.above_ordinary_percent is None) != (self.ordinary_card_share_percent is None):
            raise ValueError("one of above_ordinary_percent and ordinary_card_share_percent; expected both or neither")
        if (self.ordinary_card_share_percent or 0) > 100:
            raise ValueError(f"ordinary_card_share_percent {self.ordinary_card_share_percent:g}; expected at most 100")
        return self


def bands_between(from_krw: int, to_krw: int | None) -> range:
    """Return the indices of the sales bands that lie above one bound and up to another (None: no limit).

    >>> list(bands_between(300_000_000, 1_000_000_000))
    [1, 2]
    """
    first = SALES_BAND_HIGH_KRW.index(from_krw) + 1 if from_krw else 0
    if to_krw is None:
        return range(first, len(SALES_BANDS))
    return range(first, SALES_BAND_HIGH_KRW.index(to_krw) + 1 if to_krw else 0)


class TopUp(BaseModel):
    """A district's addition to the programme's rate (구 추가 캐시백), at its own shops."""

    model_config = FROZEN
    id: Id | None = None
    """Name by which another file can change or remove this layer."""
    start: Date
    """First day."""
    end: Date | None = None
    """Last day; without it the top-up stays in force."""
    source: PolicySource
    """Where this is printed: ids of data/sources.csv joined by semicolons, or "assumption"."""
    tiers: TopUpTiers
    """Rates by what a person has spent with the card since the count began."""
    district: DistrictName
    """District that adds it, at its own shops."""
    budget: str
    """Id of the budget that pays."""
    note: str = ""
    """What the sources leave open or contradict."""
    card: Literal["own", "any"] = "own"
    """Which card earns it: the district's own (needs a [[district_card]]) or any e-eum card."""
    ages: Ages = AGE_BANDS
    """Only for residents of these ages; all if left out."""
    households: Households | None = None
    """Only for these households; all if left out."""
    _order = model_validator(mode="after")(ends_after_start)


class Plus(BaseModel):
    """Plus shops (혜택플러스 가맹점) of an area: their own discount, and a top-up where one is paid.

    Where terms of the whole city and of a district hold on the same day, those of the district replace them.
    """

    model_config = FROZEN
    id: Id | None = None
    """Name by which another file can change or remove this layer."""
    start: Date
    """First day."""
    end: Date | None = None
    """Last day; without it the terms stay in force."""
    source: PolicySource
    """Where this is printed: ids of data/sources.csv joined by semicolons, or "assumption"."""
    area: str
    """A district, or "incheon" for the whole city."""
    discount_low_percent: DiscountPercent
    """The least that Plus shops give off the price."""
    discount_high_percent: DiscountPercent
    """The most that Plus shops give off the price."""
    top_up_percent: Percent = 0
    """Cashback that a government adds at Plus shops."""
    card: Literal["any", "own"] = "any"
    """Which card earns the top-up: any e-eum card, or only that of the district."""
    budget: str | None = None
    """Id of the budget that pays the top-up."""
    in_kind: HelpInKind = ()
    """What a government gives Plus shops besides money; what it is worth stands in data/assumptions.csv."""
    note: str = ""
    """What the sources leave open or contradict."""
    up_to_krw: WonAboveZero | None = None
    """The top-up counts within this much of a person's spending, won; no limit if left out."""
    _order = model_validator(mode="after")(ends_after_start)

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
    id: Id | None = None
    """Name by which another file can change or remove this layer."""
    start: Date
    """First day."""
    end: Date | None = None
    """Last day; without it the support stays in force."""
    source: PolicySource
    """Where this is printed: ids of data/sources.csv joined by semicolons, or "assumption"."""
    district: DistrictName
    """District that pays it, at its own shops."""
    rate_percent: Percent
    """What is paid, percent of the payment."""
    plus_shops: YesOrNo
    """Whether Plus shops get it."""
    ordinary_shops_up_to_krw: SalesBound
    """Ordinary shops with annual sales up to this get it too (0: none); a bound of the sales bands."""
    budget: str
    """Id of the budget that pays."""
    note: str = ""
    """What the sources leave open or contradict."""
    _order = model_validator(mode="after")(ends_after_start)


class DistrictCard(BaseModel):
    """The day from which a district has a card of its own."""

    model_config = FROZEN
    district: DistrictName
    """District with a card of its own."""
    launch: Date
    """First day of the card."""
    source: PolicySource
    """Where this is printed: ids of data/sources.csv joined by semicolons, or "assumption"."""
