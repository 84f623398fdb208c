"""Who joins, first pays, goes dormant and returns: daily hazards that respond to the rate and to holders nearby."""

import math
from typing import NamedTuple

from eum.behavior.parameters import Parameters
from eum.jit import compiled

DAYS_PER_MONTH = 365 / 12


@compiled
def rate_effect(rate_percent: float, reference_percent: float, ratio_5pp: float) -> float:
    """Return the factor on a hazard for a rate: `ratio_5pp` for every five points above the reference."""
    return math.exp(math.log(ratio_5pp) * (rate_percent - reference_percent) / 5.0)


@compiled
def daily_share(hazard_per_month: float) -> float:
    """Return the chance within one day of a hazard per month: 1 - exp(-hazard / days)."""
    return 1.0 - math.exp(-hazard_per_month / DAYS_PER_MONTH)


@compiled
def potential_share(rate_percent: float, reference_percent: float, share: float, odds_ratio_5pp: float) -> float:
    """Return the share of residents who would sooner or later hold the card at a rate, 0 to 1.

    `share` at the reference rate; its odds are multiplied by `odds_ratio_5pp` for every five points more. The market
    of Bass (1969), which here grows with what the programme pays.
    """
    odds = share / (1.0 - share) * rate_effect(rate_percent, reference_percent, odds_ratio_5pp)
    return odds / (1.0 + odds)


@compiled
def would_join(turn: float, potential: float) -> bool:
    """Return whether somebody is among those who would hold the card: their turn comes before the potential is full.

    `turn` is the share of residents who hold the card before this person does (`eum.engine.initial_conditions.turns`).
    """
    return turn < potential


@compiled
def late_effect(example: float, holders_share: float, potential: float) -> float:
    """Return the factor on the hazard of joining late: between 1 and the part of the potential that holds the card.

    With an `example` of one nobody joins late before the card is common; with zero its being common does not matter.
    """
    common = min(holders_share / potential, 1.0) if potential > 0.0 else 0.0
    return 1.0 - example * (1.0 - common)


@compiled
def would_join_late(turn: float, limit_share: float) -> bool:
    """Return whether somebody whom the rate does not move may join late, as long as anything is offered.

    People whose turn comes behind `limit_share` of the residents never join of their own; at one or more everybody may.
    """
    return limit_share >= 1.0 or turn < limit_share


@compiled
def joining_hazard(p: float, q: float, holders_share: float, potential: float) -> float:
    """Return the monthly hazard of joining of those who would: p + q * the part of the potential that holds the card.

    Bass (1969) with the holders and the potential of the home district. Where more hold the card than would join
    today (the rate has been cut), the example of others is full.
    """
    return p + q * min(holders_share / potential, 1.0) if potential > 0.0 else 0.0


@compiled
def launch_effect(attention: float, days_since: int, days: float) -> float:
    """Return the factor on a hazard of joining after the launch of a card: 1 + attention * exp(-days since / days).

    Launches and the press about them make people aware; attention fades. 1 before the launch (`days_since` negative).
    >>> launch_effect(2.0, 0, 30.0)
    3.0
    """
    return 1.0 + attention * math.exp(-days_since / days) if days_since >= 0 else 1.0


@compiled
def felt_rate_percent(first_percent: float, mean_percent: float, strength: float) -> float:
    """Return the rate that people without habit expect of the card, percent.

    Between the highest rate of the first won (`strength` 0) and the mean that they would get in an ordinary month at
    the shops where they buy (`strength` 1).
    """
    return first_percent + strength * (mean_percent - first_percent)


class Hazards(NamedTuple):
    """Hazards of a day, per month, of the residents or visitors of one home."""

    joining: float
    """To join, of those without a card who would hold it at the rate offered."""
    dormancy: float
    """To stop, of active holders."""
    returning: float
    """To come back, of dormant holders."""
    late_joining: float
    """To join, of the others without a card, whom the rate does not move."""
    first_use: float
    """To pay for the first time, of those who have ordered the card."""


@compiled
def card_hazards(
    p: Parameters, is_resident: bool, rate_percent: float, holders_share: float, potential: float, attention: float
) -> Hazards:
    """Return the hazards of joining, dormancy, return and first use today, per month, for people of one home.

    Nobody joins or returns where nothing is offered. A rate above the reference makes holders return more and stop
    less. Of visitors only `visitor_card_share` join late. `rate_percent` is the rate felt by people of the home,
    `holders_share` the share of members among them, 0-1, `potential` the share of them that would hold the card
    (`potential_share`), `attention` the factor of a launch on joining (`launch_effect`). Where cards are in use at once
    nobody waits for a first payment.
    """
    offered = 1.0 if rate_percent > 0.0 else 0.0
    stay = rate_effect(rate_percent, p.reference_rate_percent, p.dormancy_hazard_ratio_5pp)
    late = p.late_joining_per_month * offered * late_effect(p.late_example, holders_share, potential)
    if not is_resident:
        late *= p.visitor_card_share
    joining = joining_hazard(p.adoption_p, p.adoption_q, holders_share, potential) * offered * attention
    first_use = DAYS_PER_MONTH / p.first_use_days if p.first_use_days > 0.0 else 0.0
    return Hazards(joining + late, p.dormancy_per_month / stay, p.return_per_month * stay * offered, late, first_use)
