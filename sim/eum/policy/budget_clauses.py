"""The clauses about money set aside: budgets with supplements, allotments and steps, and grants loaded on the card."""

from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, field_validator, model_validator

from eum.dimensions import AGE_BANDS, DISTRICTS
from eum.policy.base import (
    FROZEN,
    LARGEST_BUDGET_KRW,
    Ages,
    Confidence,
    Date,
    Districts,
    Households,
    Id,
    Percent,
    PolicySource,
    SalesBound,
    WholePercent,
    Won,
    WonAboveZero,
    YesOrNo,
    ends_after_start,
)

MOST_ALLOTMENTS = 120
"""Monthly allotments must fit a budget for ten years, so that its shares stay exact in 64 bits."""


class GrantAmount(BaseModel):
    """What one kind of resident gets from a grant."""

    model_config = FROZEN
    amount_krw: WonAboveZero
    """Won loaded on the card."""
    ages: Ages = AGE_BANDS
    """Residents of these ages; all if left out."""
    districts: Districts = DISTRICTS
    """Residents of these districts; all ten if left out."""
    households: Households | None = None
    """Residents of these households; all if left out."""
    take_up_percent: Percent | None = None
    """Part of them who take it on the card, percent; as the grant says if left out."""


class Grant(BaseModel):
    """Policy money loaded on the card that must be spent by a day: allowances (정책수당), vouchers, coupons."""

    model_config = FROZEN
    id: Id | None = None
    """Name by which another file can change or remove this layer."""
    start: Date
    """Day on which it is loaded."""
    end: Date
    """Last day to spend it; what is left lapses that evening and goes back to its payer."""
    source: PolicySource
    """Where this is printed: ids of data/sources.csv joined by semicolons, or "assumption"."""
    amounts: Annotated[tuple[GrantAmount, ...], Field(min_length=1)]
    """Who gets how much: the first line that fits a resident counts; who fits none, and visitors, get nothing."""
    budget: str
    """Id of the budget that pays; if it is short, each is paid in proportion."""
    take_up_percent: Percent = 100
    """Part of the people it is meant for who take it on the card, percent; they hold a card from then on."""
    users_take_up_percent: Percent | None = None
    """The same of those whose card is in use that morning, where people choose the card among several ways of being
    paid; as the others if left out."""
    minimum_spend_krw: Won = 0
    """A purchase below this cannot use the grant, won."""
    most_per_purchase_krw: WonAboveZero | None = None
    """The most of the grant that one purchase can use, won; no limit if left out."""
    merchant_sales_to_krw: SalesBound | None = None
    """Only at shops with annual sales up to this, won; a bound of the sales bands; no limit if left out."""
    note: str = ""
    """What the sources leave open or contradict."""
    _order = model_validator(mode="after")(ends_after_start)

    @field_validator("merchant_sales_to_krw")
    @classmethod
    def _some_shop_takes_it(cls, limit: int | None) -> int | None:
        if limit == 0:
            raise ValueError("expected a bound above 0: no shop would take the grant")
        return limit


class Supplement(BaseModel):
    """Money added to a budget on a date."""

    model_config = FROZEN
    date: Date
    """Day on which it is there."""
    amount_krw: WonAboveZero
    """Won added."""
    source: PolicySource
    """Where this is printed: ids of data/sources.csv joined by semicolons, or "assumption"."""
    note: str = ""
    """What the sources leave open or contradict."""


class BudgetStep(BaseModel):
    """What is paid of the promised rates once a part of a budget is gone."""

    model_config = FROZEN
    gone_percent: Percent
    """Holds from the day after more than this percent of the budget so far has been spent."""
    paid_percent: WholePercent
    """Rates paid from then on, percent of what is promised (whole percent)."""


def _steps_ascend(steps: tuple[BudgetStep, ...]) -> tuple[BudgetStep, ...]:
    for first, second in pairwise(steps):
        if second.gone_percent <= first.gone_percent:
            step = f"step at {second.gone_percent:g} percent after the one at {first.gone_percent:g}"
            raise ValueError(f"{step}; expected them ascending")
    return steps


class Budget(BaseModel):
    """A pot of money. What is promised out of it stops when it is empty."""

    model_config = FROZEN
    id: Id
    """Name by which layers draw on it."""
    payer: str
    """"national", "city" (shared with the nation as the city period says) or a district (likewise)."""
    purpose: str
    """What it is for, in words."""
    amount_krw: Annotated[int, Field(strict=True, ge=0)]
    """Won at the start; may be 0 where money comes by month."""
    supplements: tuple[Supplement, ...] = ()
    """Money added later."""
    source: PolicySource
    """Where this is printed: ids of data/sources.csv joined by semicolons, or "assumption"."""
    confidence: Confidence
    """How sure the amount is: A (printed by several) to D, J (judged)."""
    note: str = ""
    """What the sources leave open or contradict."""
    monthly_krw: WonAboveZero | None = None
    """Won added on the first of every month, and on the first day of a run for the month in course."""
    carry_over: YesOrNo = True
    """Whether what is left of a month stays; if not, it lapses when the next month's money comes."""
    monthly_from: Date | None = None
    """First day of the allotments: the first one comes on this day; no limit if left out."""
    monthly_to: Date | None = None
    """Last day on which an allotment can come; no limit if left out."""
    steps: Annotated[tuple[BudgetStep, ...], AfterValidator(_steps_ascend)] = ()
    """Lower rates as the money goes; without steps rates are paid in full until the budget is empty."""

    @field_validator("payer")
    @classmethod
    def _known(cls, payer: str) -> str:
        if payer not in ("national", "city", *DISTRICTS):
            raise ValueError(f"expected city or one of the districts {', '.join(DISTRICTS)}, or national")
        return payer

    @model_validator(mode="after")
    def _stays_in_bounds(self) -> "Budget":
        total = self.amount_krw + sum(s.amount_krw for s in self.supplements)
        if total > LARGEST_BUDGET_KRW:
            raise ValueError(f"{total} won with supplements; expected at most {LARGEST_BUDGET_KRW}")
        total += (self.monthly_krw or 0) * MOST_ALLOTMENTS
        if total > LARGEST_BUDGET_KRW:
            raise ValueError(f"{total} won with ten years of monthly money; expected at most {LARGEST_BUDGET_KRW}")
        return self

    @model_validator(mode="after")
    def _monthly_money_hangs_together(self) -> "Budget":
        if self.monthly_krw is None and (self.monthly_from or self.monthly_to or not self.carry_over):
            raise ValueError("carry_over = false or dates of monthly money; expected monthly_krw with them")
        if self.monthly_from and self.monthly_to and self.monthly_to < self.monthly_from:
            raise ValueError(f"monthly money to {self.monthly_to}, from {self.monthly_from}; expected it on or after")
        return self
