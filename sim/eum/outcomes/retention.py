"""How much of residents' spending stays in the home district and in the city."""

import numpy as np
import pandas as pd

from eum.dimensions import DISTRICTS


def _shares(spending: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    stays = np.where(
        spending["place"] == spending["home"],
        "home_district",
        np.where(spending["place"].isin(DISTRICTS), "other_districts", "outside"),
    )
    table = spending.assign(stays=stays).pivot_table(
        index=keys, columns="stays", values="krw", aggfunc="sum", fill_value=0, observed=True
    )
    table = table.reindex(columns=["home_district", "other_districts", "outside"], fill_value=0)
    spent = table.sum(axis=1)
    table, spent = table[spent != 0], spent[spent != 0]
    return table.div(spent, axis=0).add_prefix("share_").reset_index()


def retention(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return where residents' spending stays: world, home (a district or "incheon"), sector (or "all"),
    share_home_district, share_other_districts, share_outside, share_city. The shares sum to one; visitors are
    not counted. A home or sector without spending has no row."""
    spending = tables["spending"]
    spending = spending[spending["home"].isin(DISTRICTS)]
    parts = [
        _shares(spending, ["world", "home", "sector"]),
        _shares(spending, ["world", "home"]).assign(sector="all"),
        _shares(spending, ["world", "sector"]).assign(home="incheon"),
        _shares(spending, ["world"]).assign(home="incheon", sector="all"),
    ]
    table = pd.concat(parts, ignore_index=True)
    table["share_city"] = table["share_home_district"] + table["share_other_districts"]
    return table


def origin_destination(tables: dict[str, pd.DataFrame], scale: float) -> pd.DataFrame:
    """Return spending by home and place: world, home, place, kind, krw (whole city)."""
    keys = ["world", "home", "place", "kind"]
    table = tables["spending"].groupby(keys, observed=True, as_index=False)["krw"].sum()
    return table.assign(krw=table["krw"] / scale)
