"""Running several worlds on one city."""

import datetime
from collections.abc import Callable
from typing import NamedTuple

from sim.behavior.parameters import Parameters
from sim.city.build import City
from sim.engine.columns import NO_CARD
from sim.engine.model import CityModel
from sim.engine.record import Tables, record
from sim.engine.start import TRUSTED, first_cards
from sim.policy.model import Policy

COUNTED = (*TRUSTED, "C")
"""Confidence of the counts that members as published follow: the rounded ones of autumn 2019 too."""


def admit(model: CityModel) -> None:
    """Give a card to those who were members by this morning's published count and hold none yet, in every world with
    a policy."""
    members = first_cards(model.city, model.parameters, model.date, COUNTED)
    for card in model.state.card[1:]:
        comes = (card == NO_CARD) & (members != NO_CARD)
        card[comes] = members[comes]
    model.count_holders()


class Setting(NamedTuple):
    """Which worlds are run and compared, over which days."""

    policies: list[Policy]
    pairs: list[tuple[int, int]]
    start: datetime.date
    end: datetime.date

    @property
    def n_days(self) -> int:
        """Days simulated."""
        return (self.end - self.start).days + 1


def run_worlds(
    city: City,
    parameters: Parameters,
    setting: Setting,
    seed: int,
    n_threads: int = 1,
    on_day: Callable[[], object] | None = None,
    *,
    members_given: bool = False,
) -> Tables:
    """Run the worlds of a setting day by day and return the record of the run.

    `on_day` is called after each day (for progress; it may raise KeyboardInterrupt to stop). Where members are given,
    nobody joins of their own: each morning there are as many as were counted.
    """
    parameters = parameters._replace(joining_level=0.0) if members_given else parameters
    model = CityModel(
        city,
        setting.policies,
        parameters,
        (setting.start, setting.end),
        setting.pairs,
        seed=seed,
        n_threads=n_threads,
    )
    while model.running:
        if members_given:
            admit(model)
        model.step()
        if on_day is not None:
            on_day()
    tables = record(model)
    model.forget()
    return tables
