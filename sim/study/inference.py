"""Choice parameters inferred so that the simulated classes are what a family of evidence states.

The families speak of summer 2019, so they are met there: July 2019 with the rates, top-ups and members of that
month. Each parameter moves one class almost in proportion, so a few rounds of multiplying each by stated over
simulated share meet all of them. What cannot be met together with the observed 2 % of payments by people from
outside is kept as a conflict, never smoothed over.
"""

import datetime
from typing import NamedTuple

from sim.behavior.parameters import Parameters
from sim.city.build import City
from sim.outcomes.attribution import class_totals
from sim.policy.files import load_policy
from sim.study.priors import CENTRE, Question, stated_shares
from sim.study.worlds import Setting, run_worlds
from sim.vocabulary import ORIGINS

_JULY = (datetime.date(2019, 7, 1), datetime.date(2019, 7, 31))
_JULY_POLICY = "incheon-2019-july"
_LARGEST_RESPONSE = 1.0
_SMALLEST_STEP, _LARGEST_STEP = 0.2, 5.0
CENTRE_ROUNDS, DRAW_ROUNDS = 6, 3
MOST_INFLOW_OF_VISITORS = 0.8
"""Largest part of visitors' card payments that can plausibly be inflow; the rest they would have made anyway."""


class Inference(NamedTuple):
    """What was asked of the classes, what came out, and the parameters that gave it."""

    parameters: Parameters
    stated: dict[str, float]
    achieved: dict[str, float]


def july_setting() -> Setting:
    """Return the setting in which the families are met: July 2019 against no policy."""
    return Setting([load_policy("none"), load_policy(_JULY_POLICY)], [(0, 1)], *_JULY)


def achieved_shares(tables: dict, pair: tuple[str, str]) -> dict[str, float]:
    """Return simulated shares of card payments by the families' classes, the part of visitors, and the rate."""
    by_class = class_totals(tables["classes"], pair)
    payments = max(by_class.sum(), 1)
    card = tables["spending"].query("world == @pair[1]")
    visitors = card.loc[card["home"].isin(ORIGINS[-2:]), "card_krw"].sum()
    flows = tables["flows"].query("world == @pair[1] and purpose == 'cashback'")
    return {
        "share_switching": (by_class["size_switched"] + by_class["retained_online"]) / payments,
        "share_retained": by_class["retained"] / payments,
        "share_inflow": by_class["inflow"] / payments,
        "share_new": by_class["new"] / payments,
        "share_replaced": by_class[["replaced", "reshuffled", "moved_between_districts", "time_shifted"]].sum() / payments,
        "nonresident_share_of_payments": visitors / payments,
        "cashback_rate": flows["krw"].sum() / payments,
    }


def propensities(p: Parameters, stated_new: float, rate: float, constrained: float) -> Parameters:
    """Return parameters whose new consumption in the long run is the stated share of payments.

    A stated share over the cashback rate is new consumption per won of cashback. Up to one it is a marginal
    propensity (that of constrained households is kept as far as possible); beyond one residents add money of
    their own to the basket (`basket_response`).
    """
    per_won = stated_new / max(rate, 1e-6)
    within = min(per_won, 1.0)
    of_constrained = min(max(p.mpc_constrained, within), within / constrained)
    of_other = (within - constrained * of_constrained) / (1 - constrained)
    return p._replace(
        mpc_constrained=min(of_constrained, 1.0), mpc_other=min(max(of_other, 0.0), 1.0), basket_response=max(per_won - 1.0, 0.0)
    )


def _scaled(value: float, stated: float, achieved: float, most: float) -> float:
    step = stated / achieved if achieved > 0 else _LARGEST_STEP
    return min(max(value, 1e-4) * min(max(step, _SMALLEST_STEP), _LARGEST_STEP), most)


def _round(p: Parameters, stated: dict[str, float], got: dict[str, float], observed_visitors: float, constrained: float) -> Parameters:
    switching = _scaled(p.place_response_large, stated["share_switching"], got["share_switching"], _LARGEST_RESPONSE)
    outside = _scaled(p.place_response_outside, stated["share_retained"], got["share_retained"], _LARGEST_RESPONSE)
    if stated["share_inflow"] <= MOST_INFLOW_OF_VISITORS * observed_visitors:
        visitor = _scaled(p.place_response_visitor, stated["share_inflow"], got["share_inflow"], _LARGEST_RESPONSE)
        cards = _scaled(p.visitor_card_share, observed_visitors, got["nonresident_share_of_payments"], 0.5)
    else:
        # More inflow than visitors are observed to pay: they respond like residents and hold as many cards as it takes.
        visitor = outside
        cards = _scaled(p.visitor_card_share, stated["share_inflow"], got["share_inflow"], 0.9)
    moved = p._replace(
        place_response_large=switching,
        place_response_online=switching,
        place_response_outside=outside,
        place_response_visitor=visitor,
        visitor_card_share=cards,
    )
    return propensities(moved, stated["share_new"], got["cashback_rate"], constrained)


def infer(city: City, question: Question, start: Parameters) -> Inference:
    """Infer the choice parameters of one draw of a family on a city, from the parameters to start with."""
    stated = stated_shares(city.package, question)
    observed = city.package.prior("nonresident_share_of_payments").central
    constrained = city.package.prior("constrained_share", "causal").central
    setting = july_setting()
    pair = (setting.policies[0].name, setting.policies[1].name)
    parameters = start
    for _ in range(CENTRE_ROUNDS if question.draw == CENTRE else DRAW_ROUNDS):
        got = achieved_shares(run_worlds(city, parameters, setting, question.seed), pair)
        parameters = _round(parameters, stated, got, observed, constrained)
    got = achieved_shares(run_worlds(city, parameters, setting, question.seed), pair)
    return Inference(parameters, {**stated, "nonresident_share_of_payments": observed}, got)
