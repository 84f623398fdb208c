"""Who joins, goes dormant and returns: daily hazards that respond to the rate and to neighbours."""

import math

from sim.compiled import compiled

DAYS_PER_MONTH = 365 / 12


@compiled
def rate_effect(rate_percent: float, reference_percent: float, ratio_5pp: float) -> float:
    """Return the factor on a hazard for a rate: `ratio_5pp` for every five points above the reference."""
    return math.exp(math.log(ratio_5pp) * (rate_percent - reference_percent) / 5.0)


@compiled
def neighbour_effect(holders_share: float, reference_share: float, ratio_10pp: float) -> float:
    """Return the factor on a hazard for neighbours who hold the card.

    `ratio_10pp` for every ten points by which the share of holders in the home district exceeds the reference.
    """
    return math.exp(math.log(ratio_10pp) * (holders_share - reference_share) / 0.1)


@compiled
def daily_share(hazard_per_month: float) -> float:
    """Return the chance within one day of a hazard per month: 1 - exp(-hazard / days)."""
    return 1.0 - math.exp(-hazard_per_month / DAYS_PER_MONTH)


@compiled
def joining_hazard(p: float, q: float, holders_share: float, level: float, effect: float) -> float:
    """Return the monthly hazard of joining: (p + q * share of neighbours who hold the card) * level * effect.

    Bass (1969) with the share of holders of the home district; nobody joins a programme that pays nothing
    (`effect` is then zero; see `sim.engine.hazards`).
    """
    return (p + q * holders_share) * level * effect
