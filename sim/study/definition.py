"""What a study asks: read from a file in reports/."""

import datetime
from collections.abc import Callable

from pydantic import BaseModel, ConfigDict, Field

from sim.definitions import Name, definition_file, read_definition
from sim.errors import InputError
from sim.policy.files import load_policy
from sim.policy.model import Policy, with_budget
from sim.resources import resource
from sim.study.enough import Wish, require_wish
from sim.study.priors import CENTRE, Question, uniform
from sim.study.worlds import Setting

STUDIES = resource("reports")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Variant(_Strict):
    """The worlds of one variant beside "none": the city's programme, and the district's on top of it."""

    city: str
    district: str


class UncertainBudget(_Strict):
    """Two pots that share a known total in an unknown proportion."""

    event: str
    rest: str
    total_krw: int = Field(gt=0)
    event_share_low: float = Field(ge=0, le=1)
    event_share_high: float = Field(ge=0, le=1)


class Size(_Strict):
    """How much is simulated: share of residents, draws from the priors (at most), seeds at their centres."""

    scale: float = Field(gt=0, le=1)
    n_draws: int = Field(ge=2)
    n_seeds: int = Field(ge=2)


class Enough(_Strict):
    """When draws are enough: half of the 90 % interval of the mean ratio of a rung, the district's programme against
    none, in every family and variant (`sim.study.enough`)."""

    halfwidth_won: float
    """Won per 100 won of fiscal cost."""
    rung: str = "net_city_sales"


class StudyDefinition(_Strict):
    """A study: variants of a district's programme, families of evidence, window and size."""

    name: Name
    title_ko: str
    title_en: str
    focus_district: str
    start: datetime.date
    end: datetime.date
    families: tuple[str, ...]
    scopes: tuple[str, ...]
    variants: dict[str, Variant]
    uncertain_budget: UncertainBudget | None = None
    size: Size
    enough: Enough | None = None
    """Without it, all draws are run."""


def load_definition(name_or_path: str) -> StudyDefinition:
    """Load a study by name (a file in reports/) or path. Raises InputError on one line for anything wrong."""
    path = definition_file(name_or_path, STUDIES, "study")
    definition = read_definition(StudyDefinition, path)
    if definition.enough is not None:
        wished = definition.enough
        require_wish(Wish(wished.halfwidth_won, wished.rung, definition.size.n_draws), f"{path}: enough")
    return definition


def _with_drawn_budget(policy: Policy, uncertain: UncertainBudget | None, question: Question) -> Policy:
    if uncertain is None:
        return policy
    low, high = uncertain.event_share_low, uncertain.event_share_high
    u = 0.5 if question.draw == CENTRE else uniform(question, "event share of the programme budget")
    event = round(uncertain.total_krw * (low + (high - low) * u))
    return with_budget(with_budget(policy, uncertain.event, event), uncertain.rest, uncertain.total_krw - event)


def setting_of(
    definition: StudyDefinition, variant: str, question: Question, policy_of: Callable[[str], Policy] = load_policy
) -> Setting:
    """Return the worlds of a variant: none, the city's programme, and the district's on top; every pair of them."""
    worlds = definition.variants[variant]
    district = _with_drawn_budget(policy_of(worlds.district), definition.uncertain_budget, question)
    policies = [policy_of("none"), policy_of(worlds.city), district]
    return Setting(policies, [(0, 1), (0, 2), (1, 2)], definition.start, definition.end)


def with_scale(definition: StudyDefinition, scale: float | None) -> StudyDefinition:
    """Return the study at another scale (or as it is). Raises InputError for a scale outside 0 to 1."""
    if scale is None:
        return definition
    if not 0 < scale <= 1:
        raise InputError(f"--scale: {scale}: expected a share of residents above 0 and up to 1")
    return definition.model_copy(update={"size": definition.size.model_copy(update={"scale": scale})})
