"""How far the page's emulator is from designs simulated in full, measured on designs that it does not know."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.calibration.priors import CENTRAL
from eum.dimensions import EFFECTS
from eum.outcomes.effects import ACCOUNTINGS
from eum.output.surrogate.outputs import NARROW
from eum.output.surrogate.predict import DesignValues, Surrogate

LITTLE_KRW = 20_000_000
"""Fiscal cost below which the page tells no figure per 100 won, won."""
POT_FOR_ALL = 1e15
"""Stands for a pot that lasts whatever is paid, won."""


class SurrogateError(NamedTuple):
    """How far a figure of one design in one world was missed."""

    output: str
    unit: str
    family: str
    instruments: str
    """Which instruments the design uses."""
    miss: float
    """Emulated less simulated; in percent of what was simulated where the unit is "percent"."""


def errors(answering: Surrogate, held_out: list[pd.DataFrame]) -> pd.DataFrame:
    """Return, by output, family and set of instruments, the median error and the one that 95 % keep within.

    "all" stands for all families, and for all sets of instruments. `held_out` are the designs simulated in each world
    (`eum.output.surrogate.training_runs.world_tables`). Columns output, unit, family, instruments, median, within_95,
    n.
    """
    misses = pd.DataFrame(list(_misses(answering, held_out)), columns=list(SurrogateError._fields))
    misses["miss"] = misses["miss"].abs()
    every = pd.concat([misses.assign(family="all"), misses], ignore_index=True)
    every = pd.concat([every.assign(instruments=EVERY_FAMILY), every], ignore_index=True)
    groups = every.groupby(["output", "unit", "family", "instruments"], sort=False)["miss"]
    rows = pd.DataFrame({"median": groups.median(), "within_95": groups.quantile(0.95), "n": groups.size()})
    return rows.reset_index().round({"median": 4, "within_95": 4})


EVERY_FAMILY = "all"


class _Design(NamedTuple):
    """A held-out design in one world."""

    answering: Surrogate
    world: int
    values: DesignValues
    row: dict

    def miss(self, output: str, unit: str, miss: float) -> SurrogateError:
        stored = self.answering.stored
        used = "+".join(name for name in stored["instruments"] if self.values[name])
        return SurrogateError(output, unit, stored["worlds"][self.world]["family"], used, miss)


def _misses(answering: Surrogate, held_out: list[pd.DataFrame]) -> Iterator[SurrogateError]:
    stored = answering.stored
    names = [lever["name"] for lever in stored["levers"]]
    # Every world is asked for the same designs; pots differ, as a share of each world's own cost.
    for world, table in enumerate(held_out):
        for row in table.to_dict("records"):
            pot = min(row["pot"], POT_FOR_ALL)
            values = {**{name: row[name] for name in names}, stored["money"]["name"]: pot}
            yield from _of_design(_Design(answering, world, values, row))


def _of_design(design: _Design) -> Iterator[SurrogateError]:
    answering, world, values, row = design
    alone = answering.city_alone(values, "narrow")[world]
    predicted = answering.read_off(values, "narrow", [world])[0]
    simulated = np.array([row[name] for name in NARROW]) - alone
    at = {name: i for i, name in enumerate(NARROW)}
    for output, name in (("cost", "fiscal_cost"), ("small_shop_sales",) * 2, ("own_sales",) * 2):
        yield design.miss(output, "percent", _percent(predicted[at[name]], simulated[at[name]]))
    yield design.miss("kept_in_city", "points", predicted[at["kept_in_city"]] - simulated[at["kept_in_city"]])
    for scope, base in (("own", 0.0), ("whole", alone)):
        yield from _ratios(design, scope, (base + predicted, base + simulated), at)
    if row["day"] >= 0:
        day = answering.lasting(values, [world])[0].day
        yield design.miss("day", "days", (day if day >= 0 else answering.stored["end_days"][-1]) - row["day"])
    if answering.stored["worlds"][world]["draw"] == CENTRAL:
        yield from _by_district(design)


def _percent(predicted: float, simulated: float) -> float:
    return 100 * (predicted / simulated - 1) if simulated else 0.0


def _ratios(
    design: _Design, scope: str, both: tuple[np.ndarray, np.ndarray], at: dict[str, int]
) -> Iterator[SurrogateError]:
    predicted, simulated = both
    if min(predicted[at["fiscal_cost"]], simulated[at["fiscal_cost"]]) < LITTLE_KRW:
        return
    for over, group, names in (("fiscal_cost", "rung", EFFECTS), ("cashback", "accounting", ACCOUNTINGS)):
        for name in names:
            i, per = at[f"{group}.{name}"], at[over]
            if predicted[per] > 0 and simulated[per] > 0:
                miss = 100 * (predicted[i] / predicted[per] - simulated[i] / simulated[per])
                yield design.miss(f"{scope}.{name}", "won_per_100", miss)


def _by_district(design: _Design) -> Iterator[SurrogateError]:
    answering, world, values, row = design
    stored = answering.stored
    centre = stored["worlds_of"]["wide"].index(world)
    names = stored["names"]["wide"]
    predicted = answering.read_off(values, "wide", [centre])[0]
    alone = answering.city_alone(values, "wide")[centre]
    own = stored["definition"]["district"]
    for name in (f"kept_home.{own}", f"kept_city.{own}"):
        i = names.index(name)
        yield design.miss(name.split(".")[0], "points", predicted[i] - (row[name] - alone[i]))
