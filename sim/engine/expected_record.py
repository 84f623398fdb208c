"""The record of a year in expectation: the tables of `sim.engine.record`, as far as cells of people can tell them."""

import datetime
from itertools import product

import numpy as np
import pandas as pd

from sim.behavior.parameters import Parameters
from sim.city.build import City
from sim.city.places import N_ALTERNATIVES
from sim.engine.columns import N_DESTINATIONS
from sim.engine.expected import Expectation
from sim.engine.expected_terms import Population, build_population
from sim.engine.record import Tables, long_table, with_place
from sim.errors import InputError
from sim.policy.model import Policy
from sim.vocabulary import CLASSES, DISTRICTS, ORIGINS, SECTORS

NOT_GIVEN = ("people", "shops", "fee_rates", "fee_support_terms")
"""Tables of a run that expectation does not give: persons by age, shops one by one, and fees by sales band."""

Period = tuple[datetime.date, datetime.date]


def _spending(worlds: list[Expectation]) -> Tables:
    names = tuple(w.policy.name for w in worlds)
    axes = {"world": names, "home": ORIGINS, "sector": SECTORS, "destination": tuple(range(N_DESTINATIONS))}
    spend = np.stack([w.account.change for w in worlds])
    spend[..., :N_ALTERNATIVES] += np.stack([w.base_spend(w.n_average_days) for w in worlds])
    card = np.stack([w.account.card for w in worlds])
    second = np.stack([w.account.second_round for w in worlds])
    return {
        "spending": with_place(long_table({"card_krw": card, "krw": spend}, axes)),
        "second_round": with_place(long_table({"krw": second}, {k: v for k, v in axes.items() if k != "home"})),
    }


def _classes(worlds: list[Expectation]) -> Tables:
    axes = {"class": CLASSES, "home": ORIGINS, "district": DISTRICTS, "sector": SECTORS}
    baseline, parts, left = worlds[0].policy.name, [], []
    for world in worlds[1:]:
        part = long_table({"krw": world.account.classes}, axes)
        part.insert(0, "policy", world.policy.name)
        part.insert(0, "baseline", baseline)
        parts.append(part)
        left.append((baseline, world.policy.name, 0.0))
    return {
        "classes": pd.concat(parts, ignore_index=True),
        "left_city": pd.DataFrame(left, columns=["baseline", "policy", "krw"]),
    }


def _flows(worlds: list[Expectation]) -> pd.DataFrame:
    rows: list[tuple[str, str, str, float]] = []
    for world in worlds:
        name = world.policy.name
        rows += [(name, payer, purpose, krw) for (payer, purpose), krw in world.flows.items()]
        discount, fees, new = map(float, world.account.totals)
        rows += [(name, "merchants", "discount", discount), (name, "merchants", "fees", fees)]
        rows.append((name, "households", "new_consumption", new))
    return pd.DataFrame(rows, columns=["world", "payer", "purpose", "krw"])


def _budgets(worlds: list[Expectation]) -> Tables:
    heads = [{"world": w.policy.name, **head} for w in worlds for head in w.budgets.summary()]
    days = [(w.policy.name, *row) for w in worlds for row in w.budgets.path()]
    columns = ["world", "budget", "payer", "purpose", "amount_krw", "spent_krw", "exhausted_on"]
    return {
        "budgets": pd.DataFrame(heads, columns=columns),
        "budget_days": pd.DataFrame(days, columns=["world", "budget", "date", "left_krw"]),
    }


def _daily(worlds: list[Expectation]) -> pd.DataFrame:
    rows = [{"world": w.policy.name, **day} for w in worlds for day in w.daily]
    columns = ["world", "date", "card_payments_krw", "cashback_krw", "subscribers", "active_holders"]
    order = [i * len(worlds[0].daily) + day for day, i in product(range(len(worlds[0].daily)), range(len(worlds)))]
    return pd.DataFrame(rows, columns=columns).iloc[order].reset_index(drop=True)


def expect(
    city: City, policies: list[Policy], parameters: Parameters, period: Period, population: Population | None = None
) -> Tables:
    """Return the tables of a run of policies in expectation: won of the sample, float64; no draw is made.

    The columns are those of `sim.engine.record.record`; the tables in `NOT_GIVEN` are missing, classes compare each
    policy with the first, which must be the policy without any programme, and `left_city` is zero. `population` saves
    counting the same city again (`build_population`). Raises InputError for other policies first, and for tastes that
    are not frozen.
    """
    if len(policies) < 2 or not policies[0].is_empty:
        raise InputError("policies: the first world must be the policy 'none', and others must follow")
    if period[0] >= period[1]:
        raise InputError(f"period: {period[0]} to {period[1]}: expected the end after the start")
    if parameters.frozen_tastes <= 0.5:
        raise InputError("frozen_tastes: 0: expected 1, as tastes are always frozen in expectation")
    if population is None:
        population = build_population(city, parameters, period[0])
    worlds = [Expectation(city, policy, parameters, period, population) for policy in policies]
    for world in worlds:
        world.live()
    return {
        **_spending(worlds),
        **_classes(worlds),
        "flows": _flows(worlds),
        **_budgets(worlds),
        "daily": _daily(worlds),
    }
