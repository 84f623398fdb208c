"""The record of a finished run: plain tables in whole won of the sample, nothing interpreted."""

import numpy as np
import pandas as pd

from eum.dimensions import (
    AGE_BANDS,
    CLASSES,
    DISTRICTS,
    LARGE,
    N_SECTORS,
    ORIGINS,
    PLACES,
    PLUS,
    SALES_BANDS,
    SECTORS,
    SEOUL,
)
from eum.engine.fees import fee_rates, fee_support_terms
from eum.engine.model import CityModel
from eum.engine.state import DISCOUNT, FEES, NEW_SPENDING, PERSON_CARD, PERSON_CASHBACK, PERSON_CHANGE
from eum.jit import compiled

_OUTSIDE = PLACES[len(DISTRICTS) :]
_PLACE = (*DISTRICTS, *DISTRICTS, *_OUTSIDE, *DISTRICTS)
_KIND = ("small",) * LARGE + ("large",) * (SEOUL - LARGE) + ("outside",) * (PLUS - SEOUL) + ("plus",) * len(DISTRICTS)

Tables = dict[str, pd.DataFrame]


def long_table(values: dict[str, np.ndarray], axes: dict[str, tuple]) -> pd.DataFrame:
    """Return arrays of one shape as a long table with a column per axis, leaving out rows that are all zero."""
    some = np.any([column != 0 for column in values.values()], axis=0)
    places = zip(axes.items(), np.nonzero(some), strict=True)
    named = {axis: np.array(names)[place] for (axis, names), place in places}
    return pd.DataFrame(named | {name: column[some] for name, column in values.items()})


def with_place(table: pd.DataFrame) -> pd.DataFrame:
    """Tell the place and the kind of shop of each destination (0 to 33) in a long table."""
    where = table.pop("destination").to_numpy()
    table.insert(len(table.columns) - 1, "place", np.array(_PLACE)[where])
    table.insert(len(table.columns) - 1, "kind", np.array(_KIND)[where])
    return table


def _spending(model: CityModel) -> Tables:
    worlds = tuple(p.name for p in model.policies)
    total = model.total
    axes = {"world": worlds, "home": ORIGINS, "sector": SECTORS, "destination": tuple(range(len(_PLACE)))}
    spend = total.common_spend[None] + total.change_spend
    return {
        "spending": with_place(long_table({"card_krw": total.card_spend, "krw": spend}, axes)),
        "second_round": with_place(
            long_table({"krw": total.second_round}, {k: v for k, v in axes.items() if k != "home"})
        ),
    }


def _classes(model: CityModel) -> Tables:
    names = [(model.policies[b].name, model.policies[p].name) for b, p in model.pairs]
    axes = {"class": CLASSES, "home": ORIGINS, "district": DISTRICTS, "sector": SECTORS}
    parts, left = [], []
    for i, (baseline, policy) in enumerate(names):
        part = long_table({"krw": model.total.classes[i]}, axes)
        part.insert(0, "policy", policy)
        part.insert(0, "baseline", baseline)
        parts.append(part)
        left.append((baseline, policy, int(model.total.left_city[i])))
    return {
        "classes": pd.concat(parts, ignore_index=True),
        "left_city": pd.DataFrame(left, columns=["baseline", "policy", "krw"]),
    }


def _people(model: CityModel) -> pd.DataFrame:
    people, persons = model.city.residents, model.total.persons
    shape = persons.shape[1:4]
    cell = np.ravel_multi_index((people.home, people.age, people.level), shape)
    n = np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape)
    values = {
        "n": np.broadcast_to(n, persons.shape[:4]),
        "card_krw": persons[..., PERSON_CARD],
        "cashback_krw": persons[..., PERSON_CASHBACK],
        "change_krw": persons[..., PERSON_CHANGE],
    }
    worlds = tuple(p.name for p in model.policies)
    return long_table(
        values, {"world": worlds, "home": ORIGINS, "age_band": AGE_BANDS, "level": tuple(range(shape[2]))}
    )


def _shops(model: CityModel) -> pd.DataFrame:
    shops, total = model.city.shops, model.total
    half = len(DISTRICTS) * N_SECTORS
    axes = {
        "size": ("small", "large"),
        "district": DISTRICTS,
        "sector": SECTORS,
        "sales_band": SALES_BANDS,
        "plus": (0, 1),
    }
    shape = tuple(map(len, axes.values()))
    cell = (shops.cell // half, shops.cell % half // N_SECTORS, shops.cell % N_SECTORS, shops.band)
    group = np.ravel_multi_index(cell, shape[:-1])
    parts = []
    for world, policy in enumerate(model.policies):
        sums = np.zeros((3, int(np.prod(shape))), dtype=np.int64)
        sales = (total.common_sales, total.change_sales[world], total.card_sales[world])
        _sum_shops(group, model.plus.is_plus[world], sales, sums)
        n_shops, sales_krw, card_krw = sums.reshape(3, *shape)
        part = long_table({"n_shops": n_shops, "sales_krw": sales_krw, "card_krw": card_krw}, axes)
        part.insert(0, "world", policy.name)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


@compiled
def _sum_shops(group: np.ndarray, is_plus: np.ndarray, sales: tuple, sums: np.ndarray) -> None:
    """Add up shops, their sales and their card payments by group without and with Plus, in whole won.

    `group` is int64[n], `sales` what was sold without policy, what a world changes and what was paid by card, int64[n]
    each; `sums` is int64[3, 2 * groups], for each group ordinary shops and then Plus shops.
    """
    common, change, card = sales
    for shop in range(len(group)):
        at = 2 * group[shop] + np.int64(is_plus[shop])
        sums[0, at] += 1
        sums[1, at] += common[shop] + change[shop]
        sums[2, at] += card[shop]


def _flows(model: CityModel) -> pd.DataFrame:
    rows = []
    for world, treasury in enumerate(model.treasuries):
        for name, payer in treasury.payers.items():
            rows += [(treasury.policy.name, name, purpose, krw) for purpose, krw in payer.paid_krw.items()]
        totals = model.total.totals[world]
        rows.append((treasury.policy.name, "merchants", "discount", int(totals[DISCOUNT])))
        rows.append((treasury.policy.name, "merchants", "fees", int(totals[FEES])))
        rows.append((treasury.policy.name, "households", "new_consumption", int(totals[NEW_SPENDING])))
    return pd.DataFrame(rows, columns=["world", "payer", "purpose", "krw"])


def _budgets(model: CityModel) -> Tables:
    heads, days = [], []
    for treasury in model.treasuries:
        for head in treasury.budgets.summary():
            heads.append({"world": treasury.policy.name, **head})
        for budget, date, left in treasury.budgets.path():
            days.append((treasury.policy.name, budget, date, left))
    columns = ["world", "budget", "payer", "purpose", "amount_krw", "spent_krw", "exhausted_on"]
    return {
        "budgets": pd.DataFrame(heads, columns=columns),
        "budget_days": pd.DataFrame(days, columns=["world", "budget", "date", "left_krw"]),
    }


def record(model: CityModel) -> Tables:
    """Return the tables of a finished run. Amounts are int64 won of the sample: divide by the scale for the city.

    `spending` (world, home, sector, place, kind: card_krw, krw) and `second_round`, the part of it out of local
    income; `classes` of card payments by pair, home, district of the shop and sector; `left_city` by pair;
    `people` by home, age and spending level; `shops` by district, sector, size, sales band and Plus membership;
    `flows` of money by payer and purpose; `fee_rates` by sales band and `fee_support_terms`, the shops with support
    promised; `budgets` and what is left of them by day; `daily` totals.
    """
    return {
        **_spending(model),
        **_classes(model),
        "people": _people(model),
        "shops": _shops(model),
        "flows": _flows(model),
        "fee_rates": fee_rates(model),
        "fee_support_terms": fee_support_terms(model),
        **_budgets(model),
        "daily": model.daily,
    }
