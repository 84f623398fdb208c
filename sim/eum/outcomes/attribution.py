"""Which part of card payments the policy moved, and what it did to sales: by pair of worlds and scope."""

import pandas as pd

from eum.dimensions import CLASSES, DISTRICTS, SECTORS

CITY = "city"
"""Scope of the whole city; a district code is the scope of that district."""


def pairs_of(tables: dict[str, pd.DataFrame]) -> list[tuple[str, str]]:
    """Return the (baseline, policy) pairs of a run in their order."""
    left = tables["left_city"]
    return list(zip(left["baseline"], left["policy"], strict=True))


def rows_of_pair(table: pd.DataFrame, pair: tuple[str, str]) -> pd.DataFrame:
    """Return the rows of one pair."""
    return table[(table["baseline"] == pair[0]) & (table["policy"] == pair[1])]


def class_totals(classes: pd.DataFrame, pair: tuple[str, str], scope: str = CITY) -> pd.Series:
    """Return card payments by class (all ten, in order), won of the sample, at the shops of a scope."""
    rows = rows_of_pair(classes, pair)
    if scope != CITY:
        rows = rows[rows["district"] == scope]
    return rows.groupby("class", observed=True)["krw"].sum().reindex(list(CLASSES), fill_value=0)


def class_shares(tables: dict[str, pd.DataFrame], scale: float) -> pd.DataFrame:
    """Return baseline, policy, class, krw (whole city), share_of_payments for every pair of a run."""
    parts = []
    for baseline, policy in pairs_of(tables):
        totals = class_totals(tables["classes"], (baseline, policy))
        part = pd.DataFrame({"class": totals.index, "krw": totals.to_numpy() / scale})
        part["share_of_payments"] = part["krw"] / part["krw"].sum() if totals.sum() else 0.0
        part.insert(0, "policy", policy)
        part.insert(0, "baseline", baseline)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def in_scope(table: pd.DataFrame, scope: str) -> pd.DataFrame:
    """Return the rows whose place is a shop of the scope."""
    return table[table["place"].isin(DISTRICTS if scope == CITY else (scope,))]


def sales_change(tables: dict[str, pd.DataFrame], pair: tuple[str, str], scope: str) -> pd.DataFrame:
    """Return by sector the change of sales in the scope, won of the sample: columns first_round, second_round.

    All means of payment count; the second round is what is spent out of additional local income.
    """

    def change(table: pd.DataFrame) -> pd.Series:
        sales = in_scope(table, scope).pivot_table(
            index="sector", columns="world", values="krw", aggfunc="sum", fill_value=0, observed=True
        )
        sales = sales.reindex(index=list(SECTORS), columns=list(pair), fill_value=0)
        return sales[pair[1]] - sales[pair[0]]

    all_sales, second = change(tables["spending"]), change(tables["second_round"])
    return pd.DataFrame({"first_round": all_sales - second, "second_round": second})


def spending_change(tables: dict[str, pd.DataFrame], pair: tuple[str, str]) -> int:
    """Return the change of everybody's spending anywhere before the second round, won of the sample."""

    def total(name: str) -> int:
        table = tables[name]
        by_world = table.groupby("world", observed=True)["krw"].sum()
        return int(by_world.get(pair[1], 0) - by_world.get(pair[0], 0))

    return total("spending") - total("second_round")
