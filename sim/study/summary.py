"""From many runs to the tables of a study: medians, 90 % intervals, and what the noise alone would give."""

import datetime

import numpy as np
import pandas as pd

from sim.city.package import Package
from sim.study.priors import CENTRE
from sim.study.store import Tables

LOW, HIGH = 0.05, 0.95
_RUN = ["draw", "seed"]


def intervals(table: pd.DataFrame, keys: list[str], values: list[str], of: str, name: str = "") -> pd.DataFrame:
    """Return one row per key: medians of `values` over drawn runs, and the 90 % interval of the value `of`.

    Drawn runs change priors and seeds together; `noise_low` and `noise_high` come from the runs at the centre of
    the priors, which change the seed alone. The interval's columns are `{name}low`, `{name}high`.
    """
    drawn = table[table["draw"] != CENTRE].groupby(keys, observed=True, sort=False, dropna=False)
    centre = table[table["draw"] == CENTRE].groupby(keys, observed=True, sort=False, dropna=False)
    result = drawn[values].median()
    result[f"{name}low"], result[f"{name}high"] = drawn[of].quantile(LOW), drawn[of].quantile(HIGH)
    result["noise_low"], result["noise_high"] = centre[of].quantile(LOW), centre[of].quantile(HIGH)
    result["n_runs"] = drawn.size()
    return result.reset_index()


def _ladder(table: pd.DataFrame) -> pd.DataFrame:
    keys = ["family", "variant", "baseline", "policy", "scope", "rung", "rung_order", "denominator"]
    values = ["numerator_krw", "payments_krw", "cost_krw", "s", "rho", "ratio"]
    return intervals(table, keys, values, "ratio", "ratio_")


def _classes(table: pd.DataFrame) -> pd.DataFrame:
    keys = ["family", "variant", "baseline", "policy", "class"]
    return intervals(table, keys, ["krw", "share_of_payments"], "share_of_payments", "share_")


def _retention(table: pd.DataFrame, package: Package) -> pd.DataFrame:
    keys = ["family", "variant", "world", "home", "sector"]
    values = ["share_home_district", "share_other_districts", "share_outside", "share_city"]
    result = intervals(table, keys, values, "share_city")
    base = package.table("city_base").query("metric == 'outflow_share_iri' and year == 2018")
    published = base.set_index("area")["value"]
    result["published_outflow_percent"] = result["home"].map(published).where(result["sector"] == "all")
    return result


def _budgets(table: pd.DataFrame) -> pd.DataFrame:
    keys = ["family", "variant", "world", "budget", "payer", "purpose"]
    result = intervals(table, keys, ["amount_krw", "spent_krw"], "spent_krw", "spent_")
    drawn = table[table["draw"] != CENTRE]
    days = drawn.assign(
        ended=drawn["exhausted_on"] != "",
        day=[datetime.date.fromisoformat(d).toordinal() if d else np.nan for d in drawn["exhausted_on"]],
    ).groupby(keys, observed=True, sort=False)
    result["share_of_runs_exhausted"] = days["ended"].mean().to_numpy()
    for name, q in (("median", 0.5), ("low", LOW), ("high", HIGH)):
        found = days["day"].quantile(q, interpolation="lower" if q < 0.5 else "higher")
        result[f"exhausted_{name}"] = [datetime.date.fromordinal(int(d)).isoformat() if d == d else "" for d in found]
    return result


def _parameters(table: pd.DataFrame, inferred: set[str], units: dict[str, str]) -> pd.DataFrame:
    result = intervals(table, ["family", "parameter"], ["value"], "value")
    centre = table[table["draw"] == CENTRE].groupby(["family", "parameter"], sort=False)["value"].first()
    result["central"] = centre.to_numpy()
    result["source"] = ["inferred" if p in inferred else "data row" for p in result["parameter"]]
    result["unit"] = [units.get(p, "") for p in result["parameter"]]
    return result[["family", "parameter", "unit", "central", "low", "high", "source"]]


def _inference(table: pd.DataFrame) -> pd.DataFrame:
    result = intervals(table, ["family", "quantity"], ["stated", "achieved"], "achieved", "achieved_")
    stated = table[table["draw"] != CENTRE].groupby(["family", "quantity"], sort=False)["stated"]
    result["target_low"], result["target_high"] = stated.quantile(LOW).to_numpy(), stated.quantile(HIGH).to_numpy()
    result["target"] = result.pop("stated")
    gap = (result["achieved"] - result["target"]).abs()
    result["status"] = np.where(gap <= np.maximum(0.15 * result["target"].abs(), 0.005), "matched", "conflict")
    result.loc[result["quantity"] == "share_new", "status"] = "not_targeted"
    columns = ["family", "quantity", "target", "target_low", "target_high", "achieved", "achieved_low", "achieved_high"]
    return result[[*columns, "status"]]


def summarise(stacked: Tables, package: Package) -> Tables:
    """Return the tables of a study from the stacked tables of its runs."""
    by_world = ["family", "variant", "world"]
    by_pair = ["family", "variant", "baseline", "policy"]
    inferred = {"mpc_constrained", "mpc_other", "basket_response", "visitor_card_share"}
    names = stacked["parameters"]["parameter"].unique()
    inferred |= {n for n in names if n.startswith("place_response_") and n != "place_response_district"}
    units = package.table("priors").set_index("parameter")["unit"].to_dict()
    units |= package.table("assumptions").set_index("parameter")["unit"].to_dict()
    return {
        "ladder": _ladder(stacked["ladder"]),
        "published": intervals(stacked["published"], [*by_pair, "accounting"], ["ratio", "published_ratio"], "ratio", "ratio_"),
        "classes": _classes(stacked["classes"]),
        "inference": _inference(stacked["inference"]),
        "parameters": _parameters(stacked["parameters"], inferred, units),
        "retention": _retention(stacked["retention"], package),
        "origin_destination": intervals(stacked["origin_destination"], [*by_world, "home", "place", "kind"], ["krw"], "krw"),
        "budget_paths": intervals(stacked["budget_paths"], [*by_world, "budget", "date"], ["left_krw"], "left_krw", "left_"),
        "budgets": _budgets(stacked["budgets"]),
        "funding": intervals(stacked["funding"], [*by_world, "payer", "purpose"], ["krw"], "krw"),
        "winners": intervals(
            stacked["winners"],
            [*by_pair, "dimension", "item"],
            ["cashback_krw", "sales_change_krw", "n", "per_head_krw"],
            "per_head_krw",
        ),
        "zero_sum": intervals(
            stacked["zero_sum"],
            [*by_pair, "district"],
            ["small_shop_sales_change_krw", "city_sales_change_krw"],
            "small_shop_sales_change_krw",
        ),
        "daily": intervals(
            stacked["daily"],
            [*by_world, "date"],
            ["card_payments_krw", "cashback_krw", "subscribers", "active_holders"],
            "card_payments_krw",
        ),
    }
