"""How far the page's emulator is from designs lived in full, measured on designs that it does not know."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.choice.answering import Answering, Values
from sim.choice.read_off import NARROW
from sim.outcomes.ladder import ACCOUNTINGS, RUNGS
from sim.study.priors import CENTRE

LITTLE_KRW = 20_000_000
"""Fiscal cost below which the page tells no figure per 100 won, won."""
POT_FOR_ALL = 1e15
"""Stands for a pot that lasts whatever is paid, won."""


class Miss(NamedTuple):
    """How far a figure of one design in one world was missed."""

    output: str
    unit: str
    family: str
    miss: float
    """Emulated less lived; in percent of what was lived where the unit is "percent"."""


def errors(answering: Answering, held_out: list[pd.DataFrame]) -> pd.DataFrame:
    """Return, by output and family ("all": over all of them), the median error and the one that 95 % keep within.

    `held_out` are the designs lived in each world (`sim.choice.live_designs.world_tables`). Columns output, unit,
    family, median, within_95, n.
    """
    misses = pd.DataFrame(list(_misses(answering, held_out)))
    misses["miss"] = misses["miss"].abs()
    both = pd.concat([misses.assign(family="all"), misses], ignore_index=True)
    groups = both.groupby(["output", "unit", "family"], sort=False)["miss"]
    rows = pd.DataFrame({"median": groups.median(), "within_95": groups.quantile(0.95), "n": groups.size()})
    return rows.reset_index()


def _misses(answering: Answering, held_out: list[pd.DataFrame]) -> Iterator[Miss]:
    stored = answering.stored
    names = [lever["name"] for lever in stored["levers"]]
    # Every world is asked for the same designs; pots differ, as a share of each world's own cost.
    for world, table in enumerate(held_out):
        about = stored["worlds"][world]
        for row in table.to_dict("records"):
            pot = min(row["pot"], POT_FOR_ALL)
            values = {**{name: row[name] for name in names}, stored["money"]["name"]: pot}
            yield from _of_design(answering, world, about, values, row)


def _of_design(answering: Answering, world: int, about: dict, values: Values, row: dict) -> Iterator[Miss]:
    family, alone = about["family"], answering.city_alone(values, "narrow")[world]
    told = answering.figures(values, "narrow")[world]
    lived = np.array([row[name] for name in NARROW]) - alone
    at = {name: i for i, name in enumerate(NARROW)}
    for output, name in (("cost", "fiscal_cost"), ("small_shop_sales",) * 2, ("own_sales",) * 2):
        yield Miss(output, "percent", family, _percent(told[at[name]], lived[at[name]]))
    yield Miss("kept_in_city", "points", family, told[at["kept_in_city"]] - lived[at["kept_in_city"]])
    yield from _ratios("own", family, (told, lived), at)
    yield from _ratios("whole", family, (alone + told, alone + lived), at)
    if row["day"] >= 0:
        day = answering.lasting(values)[world].day
        yield Miss("day", "days", family, (day if day >= 0 else answering.stored["end_days"][-1]) - row["day"])
    if about["draw"] == CENTRE:
        yield from _by_district(answering, world, values, row)


def _percent(told: float, lived: float) -> float:
    return 100 * (told / lived - 1) if lived else 0.0


def _ratios(question: str, family: str, both: tuple[np.ndarray, np.ndarray], at: dict[str, int]) -> Iterator[Miss]:
    told, lived = both
    if lived[at["fiscal_cost"]] < LITTLE_KRW:
        return
    for over, group, names in (("fiscal_cost", "rung", RUNGS), ("cashback", "accounting", ACCOUNTINGS)):
        for name in names:
            i, per = at[f"{group}.{name}"], at[over]
            yield Miss(f"{question}.{name}", "won_per_100", family, 100 * (told[i] / told[per] - lived[i] / lived[per]))


def _by_district(answering: Answering, world: int, values: Values, row: dict) -> Iterator[Miss]:
    stored, family = answering.stored, answering.stored["worlds"][world]["family"]
    centre = stored["worlds_of"]["wide"].index(world)
    names = stored["names"]["wide"]
    told = answering.figures(values, "wide")[centre]
    alone = answering.city_alone(values, "wide")[centre]
    own = stored["definition"]["district"]
    for name in (f"kept_home.{own}", f"kept_city.{own}"):
        i = names.index(name)
        yield Miss(name.split(".")[0], "points", family, told[i] - (row[name] - alone[i]))
