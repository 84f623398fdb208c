"""The cities, days and worlds that are timed and compared."""

import datetime
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from eum.behavior.parameters import Parameters
from eum.calibration.priors import CENTRAL, ParameterDraw, drawn_parameters
from eum.city.build import City, build_city
from eum.city.data import load_city_data
from eum.engine.checkpoint import copy_persons
from eum.engine.compiled.day import BLOCK, compiled_day
from eum.engine.model import CityModel
from eum.engine.new_state import new_block, new_outcome, new_tally
from eum.engine.parallel import in_threads, spans_of
from eum.engine.state import BlockScratch, DayInputs, PurchaseScratch, State, Tally
from eum.policy.files import load_policy
from tests.plain_behaviour import plain_behaviour

POLICY = "incheon-2020-actual"
YEAR = (datetime.date(2020, 1, 1), datetime.date(2020, 12, 30))
MAY = (datetime.date(2020, 5, 18), datetime.date(2020, 5, 31))
"""Days without an announced change or a month's end, and before any second-round income of the run."""


class Morning(NamedTuple):
    """A city on the morning of an ordinary day: what the day reads."""

    model: CityModel
    today: DayInputs

    @property
    def n_worlds(self) -> int:
        """Worlds that live the day."""
        return len(self.model.policies)


def parameters_of(city: City, lively: bool = False) -> Parameters:
    """Return the centre of the family `causal`; lively: plain behaviour, which the peers know, and many purchases that
    move."""
    if not lively:
        return drawn_parameters(city.package, ParameterDraw("causal", CENTRAL, 1))
    centre = plain_behaviour(city.package)
    responses = {name: 0.2 for name in centre._fields if name.startswith("place_response_")}
    return centre._replace(**responses, visitor_card_share=0.1, basket_response=0.3)


def model_of(
    city: City, policies: tuple[str, ...], period: tuple, *, pairs: bool = True, n_threads: int = 1, seed: int = 1
) -> CityModel:
    """Return a model of some worlds at their first morning, every later world paired with every earlier one or none."""
    found = [(i, j) for j in range(len(policies)) for i in range(j)] if pairs else []
    worlds = [load_policy(name) for name in policies]
    return CityModel(city, worlds, parameters_of(city), period, found, seed=seed, n_threads=n_threads)


def morning(
    scale: float, policies: tuple[str, ...], n_days_before: int, *, lively: bool = False, period: tuple = MAY
) -> Morning:
    """Return the morning of an ordinary day after some days of a run from the start of a period."""
    city = build_city(load_city_data(), scale, 1)
    pairs = [(i, j) for j in range(len(policies)) for i in range(j)]
    worlds = [load_policy(name) for name in policies]
    model = CityModel(city, worlds, parameters_of(city, lively), period, pairs, seed=1)
    for _ in range(n_days_before):
        model.step()
    model._begin()
    terms = [treasury.open_day(model.date) for treasury in model.treasuries]
    left = model._left_this_morning()
    return Morning(model, model._today(terms, left, np.zeros_like(left)))


def baseline_alone(there: Morning) -> Morning:
    """Return the same morning in the world without policy alone."""
    model = model_of(there.model.city, ("none",), MAY, pairs=False)
    model.date = there.model.date
    terms = [treasury.open_day(model.date) for treasury in model.treasuries]
    left = model._left_this_morning()
    return Morning(model, model._today(terms, left, np.zeros_like(left)))


def empty_evening(there: Morning) -> tuple[State, Tally]:
    """Return a state that the day may write and an empty tally."""
    model = there.model
    tally = new_tally(there.n_worlds, len(model.pairs), model.n_budgets, len(model.city.shops.cell))
    return State(*(column.copy() for column in model.state)), tally


def helpers(there: Morning, n_threads: int) -> list[tuple[Tally, BlockScratch, PurchaseScratch]]:
    """Return what every thread but the first counts in."""
    n = n_threads - 1
    return [(empty_evening(there)[1], new_block(BLOCK), new_outcome(there.n_worlds)) for _ in range(n)]


def crowd_day(there: Morning, evening: tuple[State, Tally], others: Sequence[tuple] = ()) -> None:
    """Live the day with the crowd, in one thread or with `helpers`, whose tallies are added to the first.

    As in the model's day, one copy of the state is kept as it is.
    """
    model, (state, tally) = there.model, evening
    block, out = model._scratch[0]
    threads_of = [(tally, block, out), *others]
    spans, simulate = spans_of(len(model.standing.home), len(threads_of), BLOCK), compiled_day(there.n_worlds)
    for column in (column for helper in others for column in helper[0]):
        column.fill(0)

    def part(thread: int) -> None:
        for span in spans:
            copy_persons(model.state, state, span)
            simulate(model.standing, there.today, state, *threads_of[thread], span)

    in_threads(part, len(threads_of))
    for helper in others:
        for column, more in zip(tally, helper[0], strict=True):
            column += more
