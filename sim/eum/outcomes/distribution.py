"""Who gains: shoppers by spending, age and home; shops by district, sector and size. And the zero-sum audit."""

import pandas as pd

from eum.dimensions import DISTRICTS
from eum.outcomes.attribution import CITY, in_scope, pairs_of

LEVELS_PER_DECILE = 3
_GAINS = ["cashback_krw", "sales_change_krw", "n"]


def _difference(table: pd.DataFrame, pair: tuple[str, str], key: str, values: list[str]) -> pd.DataFrame:
    before, after = (table[table["world"] == world].groupby(key, observed=True)[values].sum() for world in pair)
    return after.sub(before, fill_value=0)


def _shoppers(tables: dict, pair: tuple[str, str]) -> pd.DataFrame:
    people = tables["people"]
    people = people[people["home"].isin(DISTRICTS)]
    people = people.assign(spending_decile=(people["level"] // LEVELS_PER_DECILE + 1).astype(str))
    parts = []
    for key, item in (
        ("spending_decile", "spending_decile"),
        ("age_band", "age_band"),
        ("home_district", "home"),
    ):
        gain = _difference(people, pair, item, ["cashback_krw"])
        n = people[people["world"] == pair[1]].groupby(item, observed=True)["n"].sum()
        parts.append(gain.assign(n=n, sales_change_krw=0.0, dimension=key).reset_index(names="item"))
    return pd.concat(parts, ignore_index=True)


def _merchants(tables: dict, pair: tuple[str, str]) -> pd.DataFrame:
    shops = tables["shops"]
    shops = shops[shops["size"] == "small"]
    parts = []
    for key, item in (("shop_district", "district"), ("sector", "sector"), ("sales_band", "sales_band")):
        gain = _difference(shops, pair, item, ["sales_krw"]).rename(columns={"sales_krw": "sales_change_krw"})
        n = shops[shops["world"] == pair[1]].groupby(item, observed=True)["n_shops"].sum()
        parts.append(gain.assign(n=n, cashback_krw=0.0, dimension=key).reset_index(names="item"))
    return pd.concat(parts, ignore_index=True)


def sales_distribution(tables: dict[str, pd.DataFrame], scale: float) -> pd.DataFrame:
    """Return gains by pair: baseline, policy, dimension, item, cashback_krw, sales_change_krw (whole city), n,
    per_head_krw (won per resident or per small shop over the window).

    Residents gain cashback; small shops gain sales (not income). Residents are counted at full scale.
    """
    parts = []
    for baseline, policy in pairs_of(tables):
        people, shops = _shoppers(tables, (baseline, policy)), _merchants(tables, (baseline, policy))
        people["n"] = people["n"] / scale
        part = pd.concat([people, shops], ignore_index=True)
        part[["cashback_krw", "sales_change_krw"]] /= scale
        part["per_head_krw"] = (part["cashback_krw"] + part["sales_change_krw"]) / part["n"]
        part.insert(0, "policy", policy)
        part.insert(0, "baseline", baseline)
        parts.append(part)
    columns = ["baseline", "policy", "dimension", "item", *_GAINS, "per_head_krw"]
    return pd.concat(parts, ignore_index=True)[columns]


def displacement_between_districts(tables: dict[str, pd.DataFrame], scale: float) -> pd.DataFrame:
    """Return the audit by pair: baseline, policy, district, small_shop_sales_change_krw, city_sales_change_krw.

    The city's change of all sales stands beside the small shops' change of every district: what districts gain
    from each other adds nothing to the city.
    """
    spending, parts = tables["spending"], []
    small = spending[spending["kind"].isin(["small", "plus"])]
    for baseline, policy in pairs_of(tables):
        gain = _difference(small, (baseline, policy), "place", ["krw"])["krw"].reindex(list(DISTRICTS), fill_value=0)
        city = in_scope(spending, CITY).groupby("world", observed=True)["krw"].sum()
        change = city.get(policy, 0) - city.get(baseline, 0)
        part = pd.DataFrame({"district": gain.index, "small_shop_sales_change_krw": gain.to_numpy() / scale})
        parts.append(part.assign(city_sales_change_krw=change / scale, baseline=baseline, policy=policy))
    columns = ["baseline", "policy", "district", "small_shop_sales_change_krw", "city_sales_change_krw"]
    return pd.concat(parts, ignore_index=True)[columns]
