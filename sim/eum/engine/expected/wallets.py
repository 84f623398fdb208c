"""What holders of a cell carry from day to day: cashback, own money on the card, the rate they remember."""

import math
from typing import NamedTuple

import numpy as np

from eum.behavior.adoption import DAYS_PER_MONTH
from eum.behavior.parameters import Parameters
from eum.engine.expected.monthly_tiers import DayTotals, Month
from eum.engine.expected.paces import PurchaseMoments
from eum.engine.expected.perceived_use import Perception, usage_at
from eum.jit import compiled, compiled_part


@compiled_part
def remembers_rates(p: Parameters) -> bool:
    """Return whether a rate remembered moves anything."""
    return p.usage_memory_weight > 0.0


class Aside(NamedTuple):
    """What dormant holders keep, mean of one: float64[G, 4, 30] each; see `Month`."""

    balance: np.ndarray
    remembered: np.ndarray
    own: np.ndarray
    unpaid: np.ndarray
    fresh: np.ndarray


@compiled_part
def credit(
    month: Month, evening: DayTotals, mass: np.ndarray, claims: np.ndarray, parts: np.ndarray, homes: np.ndarray,
    cashback: np.ndarray,
) -> None:  # fmt: skip
    """Credit the day's cashback, take off what was used, and add what all holders earned to `cashback` (won, [12, 30]).

    `parts` is float64[G, 3]: what is paid of claims on the city and on the home district; Plus top-up per won paid.
    """
    n_groups, n_affinities, n_levels = month.balance.shape
    for g in range(n_groups):
        for a in range(n_affinities):
            for level in range(n_levels):
                earned = claims[0, g, a, level] * parts[g, 0] + claims[1, g, a, level] * parts[g, 1]
                earned += evening.paid[g, a, level] * parts[g, 2]
                evening.earned[g, a, level] = earned
                month.balance[g, a, level] += earned - evening.used[g, a, level]
                cashback[homes[g], level] += mass[g, a, level] * earned


@compiled_part
def charged_of(evening: DayTotals, cell: tuple) -> float:
    """Return the won of own money that a holder of a cell paid today."""
    g, a, level = cell
    charged = 0.0
    for k in range(evening.charged.shape[3]):
        charged += evening.charged[g, a, level, k]
    return charged


@compiled_part
def won_too_early(evening: DayTotals, cell: tuple, city: np.ndarray, pace: PurchaseMoments) -> float:
    """Return what a holder would have earned more today if won were shared among tiers as payments are.

    The payment that reaches an edge goes beyond it by E[X**2] / (2 E[X]) on average, as large payments are more often
    the one that does; among payments it is one, about half of it on either side. `city` is float64[G, K], shares of
    one.
    """
    g, a, level = cell
    more, krw = 0.0, pace.overshoot_krw[level] - 0.5 * pace.ticket_krw[level]
    for e in range(evening.crossed.shape[3]):
        more += evening.crossed[g, a, level, e] * krw * (city[g, e] - city[g, e + 1])
    return more


@compiled_part
def remember(
    month: Month, evening: DayTotals, cell: tuple, charged_krw: float, more_krw: float, learning: float
) -> None:
    """Move the rate remembered towards what the day's payments earned on charged money.

    Payments are a Poisson number and each closes the part `learning` of the gap. Those without charged money teach
    nothing: as many as money used makes up of all that is paid. `more_krw` is `won_too_early`.
    """
    if charged_krw <= 0.0:
        return
    teach = evening.times[cell] * charged_krw / (charged_krw + evening.used[cell])
    rate = min(max(evening.earned[cell] + more_krw, 0.0) / charged_krw, 1.0)
    month.remembered[cell] -= math.expm1(-learning * teach) * (rate - month.remembered[cell])


@compiled_part
def charge_ahead(
    month: Month, evening: DayTotals, cell: tuple, charged_krw: float, rule: tuple, perception: Perception
) -> float:
    """Bring own money on cards towards what charges of a buffer lead to; return what is charged beyond what is paid.

    Whoever falls short charges what is short and the buffer B (`charge_krw`), so own money falls from B to nothing by
    payments, again and again. With m the mean payment and c = E[X**2] / (2 m**2), renewal theory says that this takes
    B / m + c payments and that B (B / 2 + c m) / (B + c m) is on the card on average (for B of one to four payments up
    to a tenth less). The first payment of all leaves B on it; from there on it comes to that mean twice as fast as own
    money is used up: simulated renewals lose seven eighths of the gap in B / m + c payments. B is the mean over
    payments, so that a tier in which nobody pays has no part in it. `rule` is (monthly spending by level float64[30],
    c m by level float64[30], days of a charge).
    """
    g, a, level = cell
    monthly_krw, over_krw, days = rule
    usage, weighed = 0.0, 0.0
    for k in range(evening.tier.shape[3]):
        here = usage_at(perception, g, k, a, month.remembered[cell])
        usage += evening.tier[g, a, level, k] * here
        weighed += evening.tier[g, a, level, k] * here * here
    usage = weighed / usage if usage > 0.0 else 0.0
    buffer, held = monthly_krw[level] * usage * days / DAYS_PER_MONTH, month.own[cell]
    cycle = max(buffer + over_krw[level], held, 1.0)
    settled = buffer * (0.5 * buffer + over_krw[level]) / cycle
    first = month.fresh[cell] * -math.expm1(-evening.times[cell])
    grows = ((1.0 - month.fresh[cell]) * settled - held) * -math.expm1(-2.0 * charged_krw / cycle)
    grows = max(grows + first * buffer, -charged_krw, -held)
    month.fresh[cell] -= first
    month.own[cell] += grows
    return grows


@compiled_part
def carry_over(
    month: Month, evening: DayTotals, mass: np.ndarray, rules: tuple, pay: tuple, perception: Perception
) -> tuple:
    """Turn wallets from the day to the evening; return (persons who paid for the first time this month, won of own
    money charged by all holders beyond what they paid).

    `rules` is (part of a gap that a payment closes, monthly spending as in `charge_ahead`, days of a charge); with zero
    for the first nothing is learnt, with zero days nothing is charged ahead. `pay` is (the city's rate float64[G, K],
    what is paid of claims on it float64[G, 3] as in `credit`, pace).
    """
    learning, charging = rules[0], (rules[1], pay[2].overshoot_krw, rules[2])
    users, ahead = 0.0, 0.0
    n_groups, n_affinities, n_levels = mass.shape
    for g in range(n_groups):
        for a in range(n_affinities):
            for level in range(n_levels):
                cell = (g, a, level)
                first = month.unpaid[cell] * -math.expm1(-evening.times[cell])
                month.unpaid[cell] -= first
                users += mass[cell] * first
                charged = charged_of(evening, cell)
                if learning > 0.0:
                    more = won_too_early(evening, cell, pay[0], pay[2]) * pay[1][g, 0]
                    remember(month, evening, cell, charged, more, learning)
                if rules[2] > 0.0:
                    ahead += mass[cell] * charge_ahead(month, evening, cell, charged, charging, perception)
    return users, ahead


@compiled_part
def swap(held: np.ndarray, kept: np.ndarray, cell: tuple, moves: tuple, bring: float) -> None:
    """Mix what active holders of a cell hold with what dormant ones keep (float64[G, 4, 30] each) by who comes and
    goes; others who become active bring `bring`.

    `moves` is, of active holders, the part who were so in the morning and the part who came back, and of dormant ones
    likewise.
    """
    stay, back, keep, stop = moves
    here, there = held[cell], kept[cell]
    held[cell] = here * stay + there * back
    if bring != 0.0:
        held[cell] += bring * max(1.0 - stay - back, 0.0)
    kept[cell] = there * keep + here * stop


@compiled
def remixed_membership(
    month: Month, aside: Aside, homes: np.ndarray, moves: np.ndarray, remembers: bool, charges: bool
) -> None:
    """Let people come and go: who comes starts the month from nothing and brings what was laid aside.

    `moves` float64[5, 12, 30] are by home and level the four parts of `swap` and the rate that newcomers remember;
    `remembers` and `charges` say whether rates are remembered and own money is charged ahead at all.
    """
    n_groups, n_affinities, n_levels = month.latent.shape
    for g in range(n_groups):
        home = homes[g]
        for a in range(n_affinities):
            for level in range(n_levels):
                cell = (g, a, level)
                stay, back = moves[0, home, level], moves[1, home, level]
                parts = (stay, back, moves[2, home, level], moves[3, home, level])
                swap(month.balance, aside.balance, cell, parts, 0.0)
                swap(month.unpaid, aside.unpaid, cell, parts, 1.0)
                if remembers:
                    swap(month.remembered, aside.remembered, cell, parts, moves[4, home, level])
                if charges:
                    swap(month.own, aside.own, cell, parts, 0.0)
                    swap(month.fresh, aside.fresh, cell, parts, 1.0)
                mean = month.latent[cell]
                square = month.variance[cell] + mean * mean
                month.latent[cell] = stay * mean
                month.variance[cell] = stay * square - stay * stay * mean * mean
                for e in range(month.reached.shape[3]):
                    month.reached[g, a, level, e] *= stay
                    month.inside[g, a, level, e] *= stay
