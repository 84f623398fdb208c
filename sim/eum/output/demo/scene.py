"""What there is to see of a town after a day: plain tables, nothing drawn.

Its people start as counted, without the history of the card: a town is there to be looked at.
"""

import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.behavior.parameters import Parameters
from eum.city.build import City, build_city
from eum.city.data import CityData
from eum.dimensions import DISTRICTS, LARGE, N_DISTRICTS, ORIGINS, PLACES, PLUS, SEOUL
from eum.engine.reference.model import ReferenceModel
from eum.errors import InputError
from eum.policy.files import load_policy
from eum.policy.model import CityPeriod, Policy, in_force

BASELINE, POLICY = 0, 1
SHOPS_PER_RESIDENT_SCALE = 4
"""A town keeps more of its shops than of its residents, so that every trade has a few in each district."""

_OUTSIDE_TILES = {"online": ("온라인", "Online", 4), "seoul": ("서울", "Seoul", 3),
                  "gyeonggi": ("경기", "Gyeonggi", 1), "elsewhere": ("그 밖", "Elsewhere", 0)}  # fmt: skip
"""Names and row of the tiles right of the city."""


def district_tiles(package: CityData) -> pd.DataFrame:
    """Return the tile map: one row per place, by its name in `PLACES`: name_ko, name_en, x, y (upwards)."""
    districts = package.table("districts")
    x, y = districts["tile_column"].astype(int), districts["tile_row"].max() - districts["tile_row"].astype(int)
    inside = pd.DataFrame({"name_ko": districts["name_ko"], "name_en": districts["name_en"], "x": x, "y": y})
    inside.index = pd.Index(districts["area"])
    outside = pd.DataFrame(
        [(ko, en, int(x.max()) + 2, row) for ko, en, row in _OUTSIDE_TILES.values()],
        columns=list(inside.columns), index=pd.Index(list(_OUTSIDE_TILES)),
    )  # fmt: skip
    return pd.concat([inside, outside]).loc[list(PLACES)]


class Scene(NamedTuple):
    """A town at the end of a day."""

    date: datetime.date
    districts: pd.DataFrame
    """area, holders_share, active_share, card_krw and kept_share (home district) of today."""
    trips: pd.DataFrame
    """One row per purchase of a card holder today: origin, place without policy (the same for one that was only moved
    in time), place, by_card, krw."""
    budgets: pd.DataFrame
    """budget, left_share of all the money promised so far, exhausted_on."""
    day: dict[str, float]
    """card_krw, kept_policy and kept_baseline: shares of residents' spending kept in the city today."""


def build_town(package: CityData, residents: int, seed: int) -> City:
    """Build a town of about so many residents. Raises InputError outside 1,300 to 10,000."""
    if not 1_300 <= residents <= 10_000:
        raise InputError(f"--residents: {residents}: expected 1300 to 10000; eum run simulates the whole city")
    scale = residents / package.fact("incheon", "population_14_plus", 2020)
    return build_city(package, scale, seed, min(1.0, scale * SHOPS_PER_RESIDENT_SCALE))


def town_model(
    city: City, parameters: Parameters, policy: Policy, period: tuple[datetime.date, datetime.date], seed: int
) -> ReferenceModel:
    """Return the town's model: world 0 without any programme, world 1 under the policy."""
    return ReferenceModel(city, [load_policy("none"), policy], parameters, period, [(BASELINE, POLICY)], seed=seed)


def with_city_rate(policy: Policy, date: datetime.date, percent: float) -> Policy:
    """Return the policy with another first rate of the city from a date on; people learn of it on that date.

    Periods that end before stay, the one in force ends the day before. Raises InputError where no city programme is
    in force on the date.
    """
    now = in_force(policy.city, date)
    if not now:
        raise InputError(f"{policy.name}: no city programme on {date}; expected one whose rate can be moved")
    first = now[0].tiers[0].model_copy(update={"rate_percent": percent})
    changed = {"start": date, "end": None, "announced": None, "tiers": (first, *now[0].tiers[1:])}
    earlier = [p.model_copy(update={"end": date - datetime.timedelta(days=1)}) if p is now[0] else p
               for p in policy.city if p.start < date]  # fmt: skip
    period = CityPeriod.model_validate({**now[0].model_dump(), **changed})
    return policy.model_copy(update={"city": (*earlier, period)})


def scene_place(destination: int) -> str:
    """Return the tile of a destination; "" where the purchase is not made today."""
    if destination < 0:
        return ""
    if SEOUL <= destination < PLUS:
        return PLACES[N_DISTRICTS + destination - SEOUL]
    return DISTRICTS[destination - PLUS if destination >= PLUS else destination % N_DISTRICTS]


def scene(model: ReferenceModel) -> Scene:
    """Return what there is to see after a `step` of the model."""
    return Scene(
        date=model.date - datetime.timedelta(days=1),
        districts=_districts(model),
        trips=_trips(model),
        budgets=_budgets(model),
        day={
            "card_krw": float(model.day.card[POLICY].sum()),
            "kept_policy": kept_share(model.day.spend[POLICY, :N_DISTRICTS]),
            "kept_baseline": kept_share(model.day.spend[BASELINE, :N_DISTRICTS]),
        },
    )


def kept_share(spend: np.ndarray) -> float:
    """Return the share of spending (destinations on the last axis) that stays in the city."""
    total = int(spend.sum())
    return 1 - int(spend[..., SEOUL:PLUS].sum()) / total if total else float("nan")


def _districts(model: ReferenceModel) -> pd.DataFrame:
    world, spend = model.worlds[POLICY], model.day.spend[POLICY]
    rows = []
    for d, area in enumerate(DISTRICTS):
        here = spend[d].sum(axis=0)
        own = int(here[d] + here[LARGE + d] + here[PLUS + d])
        people = max(world.people[d], 1)
        card = int(model.day.card[POLICY, :, :, [d, PLUS + d]].sum())
        rows.append((area, world.holders[d] / people, world.active[d] / people, card, own / max(int(here.sum()), 1)))
    return pd.DataFrame(rows, columns=["area", "holders_share", "active_share", "card_krw", "kept_share"])


def _trips(model: ReferenceModel) -> pd.DataFrame:
    rows = []
    for person in (p for p in model.people if p.morning[POLICY].is_active):
        for _, visits, bills in person.today:
            twin, visit = scene_place(visits[BASELINE].destination), scene_place(visits[POLICY].destination)
            if visit:
                rows.append(
                    (ORIGINS[person.home], twin or visit, visit, visits[POLICY].by_card, bills[POLICY].paid_krw)
                )
    return pd.DataFrame(rows, columns=["origin", "place_without", "place", "by_card", "krw"])


def _budgets(model: ReferenceModel) -> pd.DataFrame:
    rows = []
    for head in model.worlds[POLICY].treasury.budgets.summary():
        amount, spent = int(str(head["amount_krw"])), int(str(head["spent_krw"]))
        rows.append((head["budget"], 1 - spent / amount if amount else 0.0, head["exhausted_on"]))
    return pd.DataFrame(rows, columns=["budget", "left_share", "exhausted_on"])
