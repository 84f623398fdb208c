"""The record of a year in expectation: the tables of `eum.engine.results`, as far as cells of people can tell them."""

import datetime

import numpy as np
import pandas as pd

from eum.behavior.parameters import Parameters
from eum.city.build import City
from eum.dimensions import CLASSES, DISTRICTS, N_ALTERNATIVES, N_DESTINATIONS, ORIGINS, SECTORS
from eum.engine.expected.model import Expectation
from eum.engine.expected.prepare import PreparedPeriod, prepared_city
from eum.engine.expected.state import DAILY
from eum.engine.results import Tables, long_table, with_place
from eum.engine.start import StartState
from eum.errors import InputError
from eum.policy.model import Policy

NOT_GIVEN = ("people", "shops", "fee_rates", "fee_support_terms")
"""Tables of a run that expectation does not give: persons by age, shops one by one, and fees by sales band."""


def _spending(worlds: list[Expectation]) -> Tables:
    names = tuple(w.policy.name for w in worlds)
    axes = {"world": names, "home": ORIGINS, "sector": SECTORS, "destination": tuple(range(N_DESTINATIONS))}
    spend = np.stack([w.account.change for w in worlds])
    spend[..., :N_ALTERNATIVES] += np.stack([w.prepared.base_krw * w.prepared.spending.sum() for w in worlds])
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
    days = [
        (w.policy.name, budget.id, date, int(left))
        for w in worlds
        for date, day in zip(_dates(w), w.purse.path, strict=True)
        for budget, left in zip(w.policy.budget, day, strict=True)
    ]
    columns = ["world", "budget", "payer", "purpose", "amount_krw", "spent_krw", "exhausted_on"]
    return {
        "budgets": pd.DataFrame(heads, columns=columns),
        "budget_days": pd.DataFrame(days, columns=["world", "budget", "date", "left_krw"]),
    }


def _dates(world: Expectation) -> list[str]:
    return [(world.start + datetime.timedelta(days=n)).isoformat() for n in range(len(world.daily))]


def _daily(worlds: list[Expectation]) -> pd.DataFrame:
    days = np.stack([w.daily for w in worlds], axis=1).reshape(-1, len(DAILY))
    table = pd.DataFrame(days, columns=list(DAILY))
    table.insert(0, "date", [date for date in _dates(worlds[0]) for _ in worlds])
    table.insert(0, "world", [w.policy.name for w in worlds] * len(worlds[0].daily))
    return table


def expected_results(
    city: City,
    policies: list[Policy],
    parameters: Parameters,
    period: PreparedPeriod,
    start_state: StartState | None = None,
) -> Tables:
    """Return the tables of a run of policies in expectation: won of the sample, float64; no draw is made.

    The columns are those of `eum.engine.results.record`; the tables in `NOT_GIVEN` are missing, classes compare each
    policy with the first, which must be the policy without any programme, and `left_city` is zero. `start_state` is
    that of `prepared_city`. Raises InputError for other policies first, and as `prepared_city`.
    """
    if len(policies) < 2 or not policies[0].is_empty:
        raise InputError("policies: the first world must be the policy 'none', and others must follow")
    prepared = prepared_city(city, parameters, period, start_state)
    worlds = [Expectation(prepared, policy) for policy in policies]
    for world in worlds:
        world.simulate()
    return record_worlds(worlds)


def record_worlds(worlds: list[Expectation]) -> Tables:
    """Return the tables of worlds that have been simulated, the one without any programme first; see
    `expected_results`."""
    return {
        **_spending(worlds),
        **_classes(worlds),
        "flows": _flows(worlds),
        **_budgets(worlds),
        "daily": _daily(worlds),
    }
