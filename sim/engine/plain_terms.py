"""The terms of a plain policy, as the engines read them: one schedule of city tiers for every shop."""

from sim.errors import InputError
from sim.policy.clauses import CityPeriod, Plus, TopUp
from sim.policy.model import Policy
from sim.policy.timetable import DayTerms
from sim.vocabulary import AGE_BANDS


def _is_plain_city(p: CityPeriod) -> bool:
    narrow = not p.covers_every_shop or p.event or p.form != "cashback"
    return not (narrow or p.most_per_payment_krw or p.base_bp or p.spending_counts != "month")


def _is_plain_top_up(p: TopUp) -> bool:
    return p.card == "own" and p.ages == AGE_BANDS and p.households is None


def _is_plain_plus(p: Plus) -> bool:
    return p.up_to_krw is None


def require_plain(policy: Policy) -> None:
    """Raise InputError for a policy with clauses that the engines do not simulate yet."""
    plain = {
        "city": all(map(_is_plain_city, policy.city)),
        "top_up": all(map(_is_plain_top_up, policy.top_up)),
        "plus": all(map(_is_plain_plus, policy.plus)),
        "grant": not policy.grant,
    }
    for layer in (name for name, is_plain in plain.items() if not is_plain):
        raise InputError(f"{policy.name}: {layer}: a clause that is not simulated yet; expected a plain one")


def plain_terms(terms: DayTerms) -> DayTerms:
    """Return the terms with the tiers of the one schedule alone: int64[8], and the index of its budget."""
    one = {name: getattr(terms, name)[1] for name in ("tier_low_krw", "tier_high_krw", "tier_bp", "budget_city")}
    return terms._replace(**one)
