"""From many runs to the tables of a study: medians, percentile intervals, and what the noise alone would give."""

import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.calibration.fitted import POSTERIOR, fitted_names
from eum.calibration.priors import CENTRAL, INFERRED, source_of
from eum.city.data import CityData
from eum.intervals import percentile_columns
from eum.outcomes.fees import FEE_COLUMNS
from eum.runner.results_store import StoredTables
from eum.runner.tasks import TableSource

_RUN = ["draw", "seed"]


def intervals(
    table: pd.DataFrame, keys: list[str], values: list[str], of: str, name: str = "", centre_by: str = "median"
) -> pd.DataFrame:
    """Return one row per key: medians (or means) of `values` over drawn runs, and the percentile interval of `of`.

    Drawn runs change parameters and seeds together; `noise_low` and `noise_high` are percentiles of the runs at the
    centre of the parameters, which change the seed alone. The interval's columns are `{name}low`, `{name}high`;
    `n_runs` counts the drawn runs in which `of` is a number.
    """
    drawn = table[table["draw"] != CENTRAL].groupby(keys, observed=True, sort=False, dropna=False)
    centre = table[table["draw"] == CENTRAL].groupby(keys, observed=True, sort=False, dropna=False)
    result = drawn[values].agg(centre_by)
    spread, noise = percentile_columns(drawn[of]), percentile_columns(centre[of])
    result[[f"{name}low", f"{name}high", "n_runs"]] = spread[["low", "high", "n"]]
    result[["noise_low", "noise_high"]] = noise[["low", "high"]]
    return result.reset_index()


def _retention(table: pd.DataFrame, package: CityData) -> pd.DataFrame:
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
    drawn = table[table["draw"] != CENTRAL]
    days = drawn.assign(
        ended=drawn["exhausted_on"] != "",
        day=[datetime.date.fromisoformat(d).toordinal() if d else np.nan for d in drawn["exhausted_on"]],
    ).groupby(keys, observed=True, sort=False)
    result["share_of_runs_exhausted"] = days["ended"].mean().to_numpy()
    spread = percentile_columns(days["day"], on_values=True)
    for name in ("median", "low", "high"):
        found = spread[name]
        result[f"exhausted_{name}"] = [datetime.date.fromordinal(int(d)).isoformat() if d == d else "" for d in found]
    return result


def _origins(package: CityData, source: str) -> dict[str, str]:
    """Return where each parameter's values come from that are no row of the data."""
    found = dict.fromkeys(INFERRED, "inferred")
    for name in fitted_names(package) if source == POSTERIOR else ():
        fitted = source_of(package, name).fitted
        found[name] = "prior dominated" if fitted is not None and fitted.is_prior_dominated else "fitted"
    return found


def _parameters(table: pd.DataFrame, package: CityData, source: str) -> pd.DataFrame:
    units = package.table("priors").set_index("parameter")["unit"].to_dict()
    units |= package.table("assumptions").set_index("parameter")["unit"].to_dict()
    units |= {name: "ln_per_pp" for name in table["parameter"].unique() if name.startswith("place_response_")}
    keys = ["family", "parameter"]
    result = intervals(table, keys, ["value"], "value")
    centre = table[table["draw"] == CENTRAL].groupby(keys, sort=False)["value"].first()
    result = result.merge(centre.rename("central").reset_index(), on=keys)
    origins = _origins(package, source)
    result["source"] = [origins.get(p, "data row") for p in result["parameter"]]
    result["unit"] = [units.get(p, "share") for p in result["parameter"]]
    return result[["family", "parameter", "unit", "central", "low", "high", "source"]]


_CLOSE_RELATIVE, _CLOSE_SHARE = 0.15, 0.005


def _inference(table: pd.DataFrame, package: CityData) -> pd.DataFrame:
    """Stated beside achieved shares. What is more than 15 % (and half a point) off is a conflict; so is a
    propensity outside its own prior. New consumption is stated for the long run and not aimed at in a month."""
    keys = ["family", "quantity"]
    result = intervals(table, keys, ["stated", "achieved"], "achieved", "achieved_").rename(
        columns={"stated": "target"}
    )
    stated = table[table["draw"] != CENTRAL].groupby(keys, sort=False)["stated"]
    ends = percentile_columns(stated)[["low", "high"]].add_prefix("target_")
    result = result.merge(ends.reset_index(), on=keys)
    gap = (result["achieved"] - result["target"]).abs()
    close = gap <= np.maximum(_CLOSE_RELATIVE * result["target"].abs(), _CLOSE_SHARE)
    propensity, prior = result["quantity"] == "mpc_other", package.prior("mpc_other", "causal")
    result.loc[propensity, ["target_low", "target_high"]] = prior.low90, prior.high90
    close |= propensity & result["achieved"].between(prior.low90, prior.high90)
    result["status"] = np.where(close, "matched", "conflict")
    result.loc[result["quantity"] == "share_new", "status"] = "not_targeted"
    columns = ["target", "target_low", "target_high", "achieved", "achieved_low", "achieved_high", "status"]
    return result[[*keys, *columns]]


_BY_WORLD = ["family", "variant", "world"]
_BY_PAIR = ["family", "variant", "baseline", "policy"]


class _Plain(NamedTuple):
    """A table whose columns need medians and one interval, and nothing else."""

    keys: list[str]
    values: list[str]
    of: str
    prefix: str = ""
    centre_by: str = "median"
    """Parts that sum to their whole in every run have means that do; their medians need not."""


_PLAIN = {
    "ladder": _Plain(
        [*_BY_PAIR, "scope", "rung", "rung_order", "denominator"],
        ["numerator_krw", "payments_krw", "cost_krw", "s", "rho", "ratio"],
        "ratio",
        "ratio_",
    ),
    "published": _Plain([*_BY_PAIR, "accounting"], ["ratio", "published_ratio"], "ratio", "ratio_"),
    "classes": _Plain([*_BY_PAIR, "class"], ["krw", "share_of_payments"], "share_of_payments", "share_", "mean"),
    "origin_destination": _Plain([*_BY_WORLD, "home", "place", "kind"], ["krw"], "krw"),
    "budget_paths": _Plain([*_BY_WORLD, "budget", "date"], ["left_krw"], "left_krw", "left_"),
    "funding": _Plain([*_BY_WORLD, "payer", "purpose"], ["krw"], "krw"),
    "winners": _Plain(
        [*_BY_PAIR, "dimension", "item"], ["cashback_krw", "sales_change_krw", "n", "per_head_krw"], "per_head_krw"
    ),
    "zero_sum": _Plain(
        [*_BY_PAIR, "district"], ["small_shop_sales_change_krw", "city_sales_change_krw"], "small_shop_sales_change_krw"
    ),
    "card_fees": _Plain([*_BY_PAIR, "sales_band"], list(FEE_COLUMNS), "saving_krw", "saving_", "mean"),
    "daily": _Plain(
        [*_BY_WORLD, "date"],
        ["card_payments_krw", "cashback_krw", "subscribers", "active_holders", "users", "issued_krw"],
        "card_payments_krw",
    ),
}


def summarise(stacked: TableSource, package: CityData, source: str) -> StoredTables:
    """Return the tables of a study from the stacked tables of its runs, which are read one after another.

    `source` says where fitted parameters came from (`eum.calibration.fitted.PARAMETER_SOURCES`).
    """
    plain = {name: intervals(stacked[name], *how) for name, how in _PLAIN.items()}
    return {
        **plain,
        "budgets": _budgets(stacked["budgets"]),
        "inference": _inference(stacked["inference"], package),
        "parameters": _parameters(stacked["parameters"], package, source),
        "retention": _retention(stacked["retention"], package),
    }
