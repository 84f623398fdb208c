"""Running several worlds on one city."""

import datetime
from collections.abc import Callable
from typing import NamedTuple

from sim.behavior.parameters import Parameters, without_joining
from sim.city.build import SMALLEST_SCALE, City, build_city
from sim.city.package import Package
from sim.engine.expected_plain import require_plain
from sim.engine.fees import fee_rates
from sim.engine.model import CityModel
from sim.engine.record import Tables, record
from sim.policy.files import load_policy
from sim.policy.model import Policy
from sim.study.members import admit
from sim.study.priors import CENTRE, Question, behaviour
from sim.vocabulary import FAMILIES


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
    parameters = without_joining(parameters) if members_given else parameters
    model = _model(city, parameters, setting, seed, n_threads)
    while model.running:
        if members_given:
            admit(model)
        model.step()
        if on_day is not None:
            on_day()
    tables = record(model)
    model.forget()
    return tables


def _model(city: City, parameters: Parameters, setting: Setting, seed: int, n_threads: int = 1) -> CityModel:
    """Return the model on the morning of the first day. Raises InputError for announced changes that overlap later."""
    period = (setting.start, setting.end)
    model = CityModel(city, setting.policies, parameters, period, setting.pairs, seed=seed, n_threads=n_threads)
    for n in range(setting.n_days):
        model.calendar.mirror(setting.start + datetime.timedelta(days=n))
    return model


def require_runnable(package: Package, setting: Setting, in_expectation: bool = False) -> None:
    """Raise InputError where the days or policies of a setting cannot be run, without running them.

    The engine itself takes them up, on the smallest city: days without counts of members or fees, and announced
    changes of several policies that overlap are told before any long work; `in_expectation` also clauses that
    expectation cannot live.
    """
    city = build_city(package, SMALLEST_SCALE, 1)
    parameters = behaviour(package, Question(FAMILIES[0], CENTRE, 1))
    model = _model(city, parameters, setting, seed=1)
    fee_rates(model)
    model.forget()
    if in_expectation:
        for policy in setting.policies:
            require_plain(policy)


def setting_beside_none(policies: list[Policy], days: tuple[datetime.date, datetime.date]) -> Setting:
    """Return the setting in which policies run beside the world without any, each against it, named by number."""
    named = [policy.model_copy(update={"name": f"{n}"}) for n, policy in enumerate(policies)]
    return Setting([load_policy("none"), *named], [(0, n + 1) for n in range(len(named))], *days)
