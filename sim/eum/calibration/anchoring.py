"""Choice parameters inferred so that the simulated classes are what a family of evidence states.

The families speak of summer 2019, so they are met there: July 2019 with the rates, top-ups and members of that
month. Each parameter moves one class almost in proportion, so a few rounds of multiplying each by stated over
simulated odds (against replaced payments) meet all of them. How much is paid with the card is what the record says
(`eum.calibration.fitted`): in the same rounds use is scaled down so that diverted and new payments do not come on top
of it. What cannot be met together with the observed 2 % of payments by
people from outside is kept as a conflict, never smoothed over.
"""

import datetime
from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from eum.behavior.parameters import Parameters
from eum.calibration.priors import CENTRAL, ParameterDraw, drawn_parameters, target_shares
from eum.city.build import City
from eum.city.data import CityData
from eum.dimensions import ORIGINS
from eum.engine.results import Tables
from eum.engine.scenarios import ScenarioSet, run_worlds
from eum.outcomes.attribution import class_totals
from eum.outcomes.counting import COUNTING_OF_FAMILY, Counting, counted_krw
from eum.policy.files import load_policy
from eum.policy.model import Policy

_JULY = (datetime.date(2019, 7, 1), datetime.date(2019, 7, 31))
_JULY_POLICY = "incheon-2019-july"
_LARGEST_RESPONSE = 1.5
_SMALLEST_STEP, _LARGEST_STEP = 0.2, 5.0
CENTRE_ROUNDS, DRAW_ROUNDS = 6, 1
MOST_INFLOW_OF_VISITORS = 0.8
"""A family that states more inflow than this part of visitors' observed card payments overrules the observation."""

REACHABLE_INFLOW_OF_VISITORS = 0.4
"""Part of visitors' card payments that their simulated choices can make inflow at all."""


AnchoringRun = Callable[[City, Parameters, ScenarioSet, int], Tables]
"""A way to run the scenarios of a setting: city, parameters, setting and seed give the record."""


class Targets(NamedTuple):
    """What the rounds aim at."""

    stated: dict[str, float]
    """Shares of card payments by class."""
    nonresident_share: float
    """Observed share of card payments by people from outside (Bank of Korea 2019)."""
    constrained_share: float
    beyond_visitors: bool
    """Whether the family states more inflow than visitors are observed to pay."""
    level_krw: float
    """Card payments of the month before any choice of the family: what the record says of the level of use."""
    counting: Counting
    """Which simulated classes a stated share is compared with: as the family's source counts them."""


class Inference(NamedTuple):
    """The targets of the classes, what came out, and the parameters that gave it."""

    parameters: Parameters
    stated: dict[str, float]
    achieved: dict[str, float]


def inference_tables(found: Inference) -> Tables:
    """Return an inference as tables, one for each of its parts, to be kept."""
    parts = {**found._asdict(), "parameters": found.parameters._asdict()}
    return {part: pd.DataFrame({"name": list(of), "value": list(of.values())}) for part, of in parts.items()}


def inference_of(tables: Tables) -> Inference:
    """Return the inference that was kept as tables, to the bit."""
    parts = {part: dict(zip(t["name"], map(float, t["value"]), strict=True)) for part, t in tables.items()}
    return Inference(Parameters(**parts["parameters"]), parts["stated"], parts["achieved"])


def policies_of_inference() -> list[Policy]:
    """Return the policies whose simulated classes are inferred from."""
    return [load_policy(_JULY_POLICY)]


def targets(package: CityData, draw: ParameterDraw, level_krw: float) -> Targets:
    """Return what one draw of a family is to meet; `level_krw` is what is paid with the card whatever it states.

    Only a family whose centre states more inflow than visitors pay (iri2019) may overrule the observed payments
    of visitors; the draws of the others are kept below them, as the prior says.
    """
    stated = target_shares(package, draw)
    observed = package.prior("nonresident_share_of_payments").central
    most = MOST_INFLOW_OF_VISITORS * observed
    beyond = target_shares(package, draw._replace(draw=CENTRAL))["share_inflow"] > most
    if not beyond:
        stated["share_inflow"] = min(stated["share_inflow"], most)
    constrained = package.prior("constrained_share", "causal").central
    return Targets(stated, observed, constrained, beyond, level_krw, COUNTING_OF_FAMILY[draw.family])


def achieved_shares(tables: dict, pair: tuple[str, str], counting: Counting) -> dict[str, float]:
    """Return simulated shares of card payments, counted as a family's source does, the part of visitors, and the
    rate."""
    by_class = class_totals(tables["classes"], pair)
    payments = max(by_class.sum(), 1)
    card = tables["spending"].query("world == @pair[1]")
    visitors = card.loc[card["home"].isin(ORIGINS[-2:]), "card_krw"].sum()
    flows = tables["flows"].query("world == @pair[1] and purpose == 'cashback'")
    return {
        **{share: krw / payments for share, krw in counted_krw(by_class, counting).items()},
        "nonresident_share_of_payments": visitors / payments,
        "cashback_rate": flows["krw"].sum() / payments,
        "payments_krw": float(payments),
    }


def mpc_from_new_share(p: Parameters, stated_new: float, rate: float, constrained: float) -> Parameters:
    """Return parameters whose new consumption in the long run is the stated share of payments.

    A stated share over the cashback rate is new consumption per won of cashback. Up to one it is a marginal
    propensity (that of constrained households is kept as far as possible); beyond one residents add money of
    their own to the basket (`basket_response`).
    """
    per_won = stated_new / max(rate, 1e-6)
    within = min(per_won, 1.0)
    of_constrained = min(max(p.mpc_constrained, within), within / constrained if constrained > 0 else 1.0)
    of_other = (within - constrained * of_constrained) / (1 - constrained) if constrained < 1 else p.mpc_other
    return p._replace(
        mpc_constrained=min(of_constrained, 1.0),
        mpc_other=min(max(of_other, 0.0), 1.0),
        basket_response=max(per_won - 1.0, 0.0) / (1 - stated_new),
    )


def _scaled(value: float, step: float, most: float) -> float:
    return min(max(value, 1e-4) * min(max(step, _SMALLEST_STEP), _LARGEST_STEP), most)


def _odds_step(stated: dict[str, float], got: dict[str, float], name: str) -> float:
    """Return stated over simulated odds of a class against replaced payments."""
    wanted = stated[name] / max(stated["share_replaced"], 1e-3)
    found = got[name] / max(got["share_replaced"], 1e-3)
    return _step(wanted, found)


def _step(wanted: float, found: float) -> float:
    """Return what brings a figure from what was found to what is wanted; the largest step where nothing was found."""
    return wanted / found if found > 0 else _LARGEST_STEP


def _odds(share: float) -> float:
    return share / max(1 - share, 1e-3)


def updated_parameters(p: Parameters, aim: Targets, got: dict[str, float]) -> Parameters:
    """Return the parameters of the next round from what this round's shares were."""
    switching = _scaled(p.place_response_large, _odds_step(aim.stated, got, "share_switching"), _LARGEST_RESPONSE)
    outside = _scaled(p.place_response_outside, _odds_step(aim.stated, got, "share_retained"), _LARGEST_RESPONSE)
    inflow = _odds_step(aim.stated, got, "share_inflow")
    if aim.beyond_visitors:
        # The smallest contradiction of the observation that leaves room for the stated inflow.
        nonresident = aim.stated["share_inflow"] / REACHABLE_INFLOW_OF_VISITORS
    else:
        nonresident = aim.nonresident_share
    visitor = _scaled(p.place_response_visitor, inflow, _LARGEST_RESPONSE)
    cards_step = _step(_odds(nonresident), _odds(got["nonresident_share_of_payments"]))
    cards = _scaled(p.visitor_card_share, cards_step, 0.9)
    moved = p._replace(
        place_response_large=switching,
        place_response_online=switching if "retained_online" in aim.counting["share_switching"] else outside,
        place_response_outside=outside,
        place_response_visitor=visitor,
        visitor_card_share=cards,
        usage_max_share=_scaled(p.usage_max_share, _step(aim.level_krw, got["payments_krw"]), 1.0),
    )
    return mpc_from_new_share(moved, aim.stated["share_new"], got["cashback_rate"], aim.constrained_share)


def _simulate(city: City, parameters: Parameters, counting: Counting, seed: int, run: AnchoringRun) -> dict[str, float]:
    july = ScenarioSet([load_policy("none"), load_policy(_JULY_POLICY)], [(0, 1)], *_JULY)
    return achieved_shares(run(city, parameters, july, seed), ("none", _JULY_POLICY), counting)


def calibrated_choices(
    city: City,
    draw: ParameterDraw,
    start: Parameters,
    known: dict[str, float] | None = None,
    run: AnchoringRun = run_worlds,
) -> Inference:
    """Infer the choice parameters of one draw of a family on a city, from the parameters to start with.

    `known` are shares simulated before with nearly the same parameters (those of the family's centre), which save
    a round. `run` simulates the month: the crowd, or expectation (`eum.calibration.expectation.expect_worlds`).
    """
    counting, seed = COUNTING_OF_FAMILY[draw.family], draw.seed
    before = _simulate(city, drawn_parameters(city.package, draw), counting, seed, run)
    aim = targets(city.package, draw, before["payments_krw"])
    # Shares that were simulated at other use say nothing of its level.
    level = {"payments_krw": aim.level_krw}
    parameters = start if known is None else updated_parameters(start, aim, known | level)
    for _ in range(CENTRE_ROUNDS if draw.draw == CENTRAL else DRAW_ROUNDS):
        parameters = updated_parameters(parameters, aim, _simulate(city, parameters, counting, seed, run))
    stated = {**aim.stated, "nonresident_share_of_payments": aim.nonresident_share, **level}
    return Inference(parameters, stated, _simulate(city, parameters, counting, seed, run))
