"""What a study asks: read from a file in reports/, or one of your own, with the policies it names."""

import datetime
from collections.abc import Callable
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from eum.calibration.fitted import POSTERIOR
from eum.calibration.priors import CENTRAL, ParameterDraw, uniform
from eum.city.build import SMALLEST_SCALE
from eum.config import District, Families, Line, Name, each_once
from eum.dimensions import DISTRICTS
from eum.engine.scenarios import ScenarioSet
from eum.errors import InputError
from eum.policy.files import load_policy
from eum.policy.model import LARGEST_BUDGET_KRW, Policy, with_budget

CITY_SCOPE = "city"
"""The scope in which effects anywhere in the city count."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StudyVariant(_Strict):
    """The worlds of one variant beside "none": the city's programme, and the district's on top of it."""

    city: Line
    """Policy by name, or by file (`.toml`, beside the study's file)."""
    district: Line | None = None
    """Likewise; without it the city's programme is all there is."""
    title_ko: Line | None = None
    """What the reports call it; the title of its policy where left out. Both languages or neither."""
    title_en: Line | None = None
    short_ko: Line | None = None
    """The title in narrow places; the title itself where left out. Both languages or neither."""
    short_en: Line | None = None
    note_ko: str = ""
    """What a reader of its tables should know. Both languages or neither."""
    note_en: str = ""

    @property
    def programme(self) -> str:
        """The policy whose effect is estimated: the district's, or the city's where there is none."""
        return self.district or self.city

    @model_validator(mode="after")
    def _in_both_languages(self) -> Self:
        for name in ("title", "short", "note"):
            if bool(getattr(self, f"{name}_ko")) != bool(getattr(self, f"{name}_en")):
                raise ValueError(f"{name}_ko, {name}_en: expected both languages or neither")
        return self


class UncertainBudget(_Strict):
    """Two pots that share a known total in an unknown proportion."""

    event: str
    rest: str
    total_krw: int = Field(gt=0, le=LARGEST_BUDGET_KRW)
    event_share_low: float = Field(ge=0, le=1)
    event_share_high: float = Field(ge=0, le=1)

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.event_share_low > self.event_share_high:
            raise ValueError(f"event_share_low: {self.event_share_low:g}: expected at most event_share_high")
        if self.event == self.rest:
            raise ValueError(f"rest: {self.rest!r}: expected another budget than event")
        return self

    def divided(self, share: float) -> dict[str, int]:
        """Return won by budget where the event has this share of the total."""
        event = round(self.total_krw * share)
        return {self.event: event, self.rest: self.total_krw - event}


class StudySize(_Strict):
    """How much is simulated: share of residents, draws of the parameters (at most), seeds at their centres."""

    scale: float = Field(ge=SMALLEST_SCALE, le=1)
    n_draws: int = Field(ge=2, le=100_000)
    n_seeds: int = Field(ge=2, le=100_000)


class Precision(_Strict):
    """When draws are enough: half of the 90 % interval of the mean ratio of a rung, the programme against none, in
    every family and variant (`eum.runner.stopping_rule`)."""

    halfwidth_won: float
    """Won per 100 won of fiscal cost."""
    rung: str = "net_city_sales"


class Remark(_Strict):
    """Something that the data leave open in this study: a sentence for the reports."""

    ko: str = Field(min_length=1)
    en: str = Field(min_length=1)
    in_brief: bool = False
    """Whether it stands in the brief; else in the technical report."""


class StudyDefinition(_Strict):
    """A study: variants of a programme, families of evidence, window and size, and how its reports are headed."""

    name: Name
    title_ko: Line
    title_en: Line
    institution: Line | None = None
    """Who publishes it; printed under the title, as the three lines below are."""
    author: Line | None = None
    document_number: Line | None = None
    date: datetime.date | None = None
    """Day that the reports bear. They bear none of their own, so that the same study gives the same bytes."""
    focus_district: District | None = None
    """The district the study is about, if any."""
    start: datetime.date
    end: datetime.date
    families: Families
    scopes: Annotated[tuple[str, ...], Field(min_length=1)] = (CITY_SCOPE,)
    """Where effects count: the city, and districts. The city and the focus district always do."""
    variants: dict[Name, StudyVariant] = Field(min_length=1)
    """By identifier; the last one leads the figures."""
    remark: tuple[Remark, ...] = ()
    uncertain_budget: UncertainBudget | None = None
    size: StudySize
    enough: Precision | None = None
    """Without it, all draws are run."""
    parameters: Literal["posterior", "prior"] = POSTERIOR
    """Where fitted parameters come from: their posterior, or their priors for a prior-predictive study."""

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.end < self.start:
            raise ValueError(f"end: {self.end}: expected the last day after the first ({self.start}), or the same")
        each_once((CITY_SCOPE, *DISTRICTS), "scope")(self.scopes)
        with_district = {name for name, variant in self.variants.items() if variant.district is not None}
        if with_district and with_district != set(self.variants):
            missing = next(name for name in self.variants if name not in with_district)
            raise ValueError(
                f"variants.{missing}.district: missing; expected one, as in other variants, or none in any"
            )
        return self

    @property
    def counted_scopes(self) -> tuple[str, ...]:
        """Where effects count: the city, the focus district, further districts in the order of the definition."""
        focus = () if self.focus_district is None else (self.focus_district,)
        return tuple(dict.fromkeys((CITY_SCOPE, *focus, *self.scopes)))

    @property
    def references(self) -> tuple[str, ...]:
        """The policies of all variants as the definition names them, each once."""
        named = [name for v in self.variants.values() for name in (v.city, v.district) if name is not None]
        return tuple(dict.fromkeys(named))


def _with_drawn_budget(policy: Policy, uncertain: UncertainBudget | None, draw: ParameterDraw) -> Policy:
    if uncertain is None:
        return policy
    low, high = uncertain.event_share_low, uncertain.event_share_high
    u = 0.5 if draw.draw == CENTRAL else uniform(draw, "event share of the programme budget")
    for budget, amount_krw in uncertain.divided(low + (high - low) * u).items():
        policy = with_budget(policy, budget, amount_krw)
    return policy


def setting_of(
    definition: StudyDefinition, variant: str, draw: ParameterDraw, policy_of: Callable[[str], Policy] = load_policy
) -> ScenarioSet:
    """Return the worlds of a variant: none, the city's programme, the district's on top if any; every pair of them."""
    worlds = definition.variants[variant]
    programme = _with_drawn_budget(policy_of(worlds.programme), definition.uncertain_budget, draw)
    if worlds.district is None:
        return ScenarioSet([policy_of("none"), programme], [(0, 1)], definition.start, definition.end)
    policies = [policy_of("none"), policy_of(worlds.city), programme]
    return ScenarioSet(policies, [(0, 1), (0, 2), (1, 2)], definition.start, definition.end)


def with_scale(definition: StudyDefinition, scale: float | None) -> StudyDefinition:
    """Return the study at another scale (or as it is). Raises InputError for a scale that no city is built with."""
    if scale is None:
        return definition
    if not SMALLEST_SCALE <= scale <= 1:
        raise InputError(f"--scale: {scale}: expected a share of residents from {SMALLEST_SCALE:g} to 1")
    return definition.model_copy(update={"size": definition.size.model_copy(update={"scale": scale})})


def with_parameters(definition: StudyDefinition, source: str | None) -> StudyDefinition:
    """Return the study with fitted parameters from another source (or as it is): "posterior" or "prior"."""
    return definition if source is None else definition.model_copy(update={"parameters": str(source)})
