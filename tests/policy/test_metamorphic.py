"""What must hold when a policy changes: more promised never earns less, no money no promise, names mean nothing."""

import copy
import datetime
from typing import Any, NamedTuple

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from eum.dimensions import DISTRICTS, N_DISTRICTS, N_SECTORS, SALES_BANDS
from eum.policy.arithmetic import BASIS, cashback_krw, flat_krw
from eum.policy.budget import Budgets
from eum.policy.timetable import DayTerms, Timetable
from tests.policy.made import FIRST, LAST, Dice, Layer, made_policies, policy_from

quickly = {"deadline": None, "database": None, "max_examples": 300, "suppress_health_check": list(HealthCheck)}
choices = st.binary(min_size=400, max_size=400)
days = st.dates(FIRST, LAST)


class Payment(NamedTuple):
    """A card payment of a person with the cards of all districts, at a shop that may be a Plus shop."""

    district: int
    sector: int
    band: int
    at_plus: bool
    amount_krw: int


def payments(dice: Dice) -> list[Payment]:
    """Return some payments of one person in one month."""
    return [
        Payment(
            dice.number(0, N_DISTRICTS - 1), dice.number(0, N_SECTORS - 1), dice.number(0, len(SALES_BANDS) - 1),
            dice.chance(2), dice.won(),
        )
        for _ in range(12)
    ]  # fmt: skip


def earned_krw(terms: DayTerms, bought: list[Payment], who: tuple[int, int], ordinary_krw: int) -> list[int]:
    """Return what each payment earns while there is money: the city's schedule, the top-up and the Plus top-up."""
    spent, earned = 0, []
    for p in bought:
        row = int(terms.schedule[p.district * N_SECTORS + p.sector, p.band])
        base = ordinary_krw * int(terms.base_bp[row]) // BASIS
        before, after = max(0, spent - base), max(0, spent + p.amount_krw - base)
        tiers = terms.tier_low_krw[row], terms.tier_high_krw[row], terms.tier_bp[row]
        city = min(cashback_krw(after - before, before, *tiers), int(terms.most_per_payment_krw[row]))
        d = p.district
        own = terms.topup_low_krw[d], terms.topup_high_krw[d], terms.topup_bp[d]
        top_up = cashback_krw(p.amount_krw, spent, *own) if terms.topup_for[d][who] else 0
        within = max(0, min(p.amount_krw, int(terms.plus_limit_krw[d]) - spent))
        plus = flat_krw(within, int(terms.plus_bp[d])) if p.at_plus else 0
        earned.append(int(city + top_up + plus))
        spent += p.amount_krw
    return earned


def terms_of(made: Layer, date: datetime.date) -> DayTerms:
    """Return a day's terms with money in every budget."""
    policy = policy_from(made)
    return Timetable(policy).terms(date, np.full(len(policy.budget), 100))


def changed(made: Layer, change: Any, dice: Dice) -> Layer:
    """Return a copy with one layer changed."""
    other = copy.deepcopy(made)
    change(dice, other)
    return other


def raise_a_rate(dice: Dice, made: Layer) -> None:
    """Raise one rate of the city, of a top-up or at Plus shops."""
    found = [(tier, "rate_percent") for kind in ("city", "top_up") for p in made.get(kind, []) for tier in p["tiers"]]
    found += [(part, "top_up_percent") for part in made.get("plus", []) if "top_up_percent" in part]
    part, key = dice.one_of(found)
    bp = round(part[key] * 100)
    part[key] = dice.number(bp, BASIS) / 100


def raise_a_cap(dice: Dice, made: Layer) -> None:
    """Raise or lift one cap: of the last tier, of a payment, of spending at Plus shops."""
    last = [(part["tiers"][-1], "to_krw") for kind in ("city", "top_up") for part in made.get(kind, [])]
    caps = [(part, key) for kind in ("city", "plus") for part in made.get(kind, []) for key in CAPS]
    found = [(part, key) for part, key in (*last, *caps) if key in part]
    assume(found)
    part, key = dice.one_of(found)
    if dice.chance():
        del part[key]
    else:
        part[key] += dice.won()


CAPS = ("most_per_payment_krw", "up_to_krw")


@settings(**quickly)
@given(made_policies(), days, choices, st.sampled_from([raise_a_rate, raise_a_cap]))
def test_raising_a_rate_or_a_cap_never_lowers_anyones_cashback(
    made: Layer, date: datetime.date, data: bytes, change: Any
) -> None:
    dice = Dice(data)
    more = changed(made, change, dice)
    bought, who = payments(dice), (dice.number(0, 5), dice.number(0, 1))
    ordinary = dice.won()
    before = earned_krw(terms_of(made, date), bought, who, ordinary)
    after = earned_krw(terms_of(more, date), bought, who, ordinary)
    assert all(more_krw >= krw for krw, more_krw in zip(before, after, strict=True))


@settings(**quickly)
@given(made_policies(), days, choices)
def test_a_budget_of_zero_promises_nothing_on_any_day(made: Layer, date: datetime.date, data: bytes) -> None:
    empty = copy.deepcopy(made)
    empty["budget"] = [
        {**pot, "amount_krw": 0, "monthly_krw": None, "carry_over": True, "supplements": []}
        | {"monthly_from": None, "monthly_to": None}
        for pot in empty["budget"]
    ]
    policy = policy_from(empty)
    budgets = Budgets(policy)
    dice = Dice(data)
    for day in (date, date + datetime.timedelta(days=dice.number(1, 60))):
        paid = budgets.open_at_start(day)
        terms = Timetable(policy).terms(day, paid)
        assert not paid.any()
        for name in ("tier_bp", "topup_bp", "plus_bp", "fee_plus_bp", "fee_ordinary_bp"):
            assert not getattr(terms, name).any(), name
        assert not any(earned_krw(terms, payments(dice), (0, 0), 0))


@settings(**quickly)
@given(choices, st.integers(0, 1000), st.integers(0, 1000))
def test_one_programme_in_two_layers_earns_the_same_up_to_a_won_a_layer(data: bytes, city: int, more: int) -> None:
    dice, start = Dice(data), FIRST

    def promised(city_bp: int, top_up_bp: int) -> DayTerms:
        share = {"budget": "pot", "start": start, "source": "assumption"}
        rates = [[{"from_krw": 0, "to_krw": 1_000_000, "rate_percent": bp / 100}] for bp in (city_bp, top_up_bp)]
        top_ups = [{**share, "card": "any", "district": d, "tiers": rates[1]} for d in DISTRICTS] if top_up_bp else []
        layers = {"city": [{**share, "tiers": rates[0], "national_percent": 0, "city_percent": 100}]}
        pot = {"id": "pot", "payer": "city", "purpose": "both", "amount_krw": 1, "source": "x", "confidence": "J"}
        return terms_of({"title_ko": "가", "title_en": "A", **layers, "top_up": top_ups, "budget": [pot]}, start)

    bought = [payment._replace(at_plus=False) for payment in payments(dice)]
    one = earned_krw(promised(city + more, 0), bought, (0, 0), 0)
    two = earned_krw(promised(city, more), bought, (0, 0), 0)
    assert all(0 <= whole - parts <= 1 for whole, parts in zip(one, two, strict=True))


def relabelled(value: Any, names: dict[str, str]) -> Any:
    """Return made values with every district called by another's name."""
    if isinstance(value, dict):
        return {key: relabelled(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [relabelled(inner, names) for inner in value]
    return names.get(value, value) if isinstance(value, str) else value


@settings(**quickly)
@given(made_policies(), days, st.permutations(DISTRICTS))
def test_relabelling_districts_relabels_the_terms_and_changes_nothing_else(
    made: Layer, date: datetime.date, order: list[str]
) -> None:
    names = dict(zip(DISTRICTS, order, strict=True))
    first, other = terms_of(made, date), terms_of(relabelled(made, names), date)
    place = [DISTRICTS.index(names[district]) for district in DISTRICTS]
    cells = [p * N_SECTORS + s for p in place for s in range(N_SECTORS)]
    for name, column in first._asdict().items():
        moved = getattr(other, name)
        if name == "schedule":
            moved = moved[cells]
        elif column.shape[:1] == (N_DISTRICTS,):
            moved = moved[place]
        assert np.array_equal(column, moved), name
