"""Running several worlds one agent at a time, with the same record as a run of the compiled day.

Some thousand times slower: to check by, on small cities.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd

from eum.behavior.parameters import Parameters
from eum.city.build import City
from eum.city.spending import N_LEVELS
from eum.dimensions import AGE_BANDS, N_DESTINATIONS, N_ORIGINS, N_SECTORS
from eum.engine.model import DAILY_COLUMNS, CityModel
from eum.engine.reference.model import ReferenceModel
from eum.engine.reference.person import INCOME_PURCHASE
from eum.engine.results import Tables, record
from eum.engine.scenarios import ScenarioSet
from eum.engine.start import StartState
from eum.engine.state import DISCOUNT, FEES, NEW_SPENDING, PERSON_CARD, PERSON_CASHBACK, PERSON_CHANGE


def run_worlds_by_agents(
    city: City,
    parameters: Parameters,
    setting: ScenarioSet,
    seed: int,
    on_day: Callable[[], object] | None = None,
    *,
    start_state: StartState | None = None,
) -> Tables:
    """Run the worlds of a setting with the reference and return the record of the run, equal to that of
    `eum.engine.scenarios.run_worlds` to the won."""
    period = (setting.start, setting.end)
    model = ReferenceModel(
        city, setting.policies, parameters, period, setting.pairs, seed=seed, start_state=start_state
    )
    daily: list[tuple] = []
    second_round = np.zeros((len(model.worlds), N_SECTORS, N_DESTINATIONS), np.int64)
    while model.running:
        date = model.date.isoformat()
        model.step()
        daily += _day_rows(model, date)
        _add_second_round(model, second_round)
        if on_day is not None:
            on_day()
    return record(_columns(model, daily, second_round))


def _day_rows(model: ReferenceModel, date: str) -> list[tuple]:
    """Return the rows of the table `daily` that the last day adds."""
    earned = model.day.counts["earned_krw"]
    return [
        (
            *(world.treasury.policy.name, date, int(model.day.card[w].sum()), int(earned[w])),
            *(sum(world.holders), sum(world.active), sum(world.users), int(model.day.counts["issued_krw"][w])),
        )
        for w, world in enumerate(model.worlds)
    ]


def _add_second_round(model: ReferenceModel, krw: np.ndarray) -> None:
    """Add what people bought today out of additional local income to won by world, sector and destination."""
    for person in model.people:
        for purchase, visits, bills in person.today:
            if purchase.number == INCOME_PURCHASE:
                for world, (visit, bill) in enumerate(zip(visits, bills, strict=True)):
                    krw[world, purchase.sector, visit.destination] += bill.paid_krw


def _persons(model: ReferenceModel) -> np.ndarray:
    """Return card payments, cashback and change of spending, int64[W, 12, 6, 30, 3], by home, age band and level."""
    krw = np.zeros((len(model.worlds), N_ORIGINS, len(AGE_BANDS), N_LEVELS, 3), np.int64)
    for person in model.people:
        for world in range(len(model.worlds)):
            group = krw[world, person.home, person.age, person.level]
            group[PERSON_CARD] += person.card_krw[world]
            group[PERSON_CASHBACK] += person.cashback_krw[world]
            group[PERSON_CHANGE] += person.spent_krw[world] - person.spent_krw[0]
    return krw


def _totals(model: ReferenceModel) -> np.ndarray:
    """Return discounts, fees and new consumption by world, at the places that a record reads them from."""
    totals = np.zeros((len(model.worlds), max(DISCOUNT, FEES, NEW_SPENDING) + 1), np.int64)
    for place, name in ((DISCOUNT, "discount_krw"), (FEES, "fees_krw"), (NEW_SPENDING, "new_krw")):
        totals[:, place] = model.total.counts[name]
    return totals


def _shops(model: ReferenceModel, name: str) -> np.ndarray:
    """Return a column of the shops' own books, int64[W, m]."""
    return np.array([[getattr(shop, name)[w] for shop in model.shops] for w in range(len(model.worlds))], np.int64)


def _total(model: ReferenceModel, second_round: np.ndarray) -> SimpleNamespace:
    """Return what the agents hold under the names of `eum.engine.state.Tally`."""
    without, sales = model.total.spend[0], _shops(model, "sales_krw")
    return SimpleNamespace(
        common_spend=without,
        change_spend=model.total.spend - without,
        card_spend=model.total.card,
        second_round=second_round,
        classes=model.total.classes,
        left_city=model.total.left_city,
        persons=_persons(model),
        common_sales=sales[0],
        change_sales=sales - sales[0],
        card_sales=_shops(model, "card_krw"),
        totals=_totals(model),
    )


def _columns(model: ReferenceModel, daily: list[tuple], second_round: np.ndarray) -> CityModel:
    """Return what the agents hold under the names by which a record reads the columns of the compiled day."""
    columns: Any = SimpleNamespace(
        city=model.city,
        policies=[world.treasury.policy for world in model.worlds],
        pairs=model.pairs,
        total=_total(model, second_round),
        plus=SimpleNamespace(is_plus=_shops(model, "is_plus").astype(np.uint8)),
        treasuries=[world.treasury for world in model.worlds],
        standing=SimpleNamespace(fee_bp=model.fee_bp),
        start=model.start,
        end=model.end,
        daily=pd.DataFrame(daily, columns=DAILY_COLUMNS),
    )
    return cast(CityModel, columns)
