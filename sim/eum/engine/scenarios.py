"""Running several worlds on one city."""

import datetime
from collections.abc import Callable
from typing import NamedTuple

from eum.behavior.parameters import Parameters
from eum.city.build import City
from eum.engine.model import CityModel
from eum.engine.results import Tables, record
from eum.engine.start import StartState
from eum.policy.files import load_policy
from eum.policy.model import Policy


class ScenarioSet(NamedTuple):
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
    setting: ScenarioSet,
    seed: int,
    n_threads: int = 1,
    on_day: Callable[[], object] | None = None,
    *,
    start_state: StartState | None = None,
) -> Tables:
    """Run the worlds of a setting day by day and return the record of the run.

    `on_day` is called after each day (for progress; it may raise KeyboardInterrupt to stop). `start_state` is that of
    `CityModel`.
    """
    model = model_of(city, parameters, setting, seed, n_threads, start_state)
    while model.running:
        model.step()
        if on_day is not None:
            on_day()
    tables = record(model)
    model.forget()
    return tables


def model_of(
    city: City,
    parameters: Parameters,
    setting: ScenarioSet,
    seed: int,
    n_threads: int = 1,
    start_state: StartState | None = None,
) -> CityModel:
    """Return the model on the morning of the first day. Raises InputError for announced changes that overlap later."""
    period = (setting.start, setting.end)
    model = CityModel(
        *(city, setting.policies, parameters, period, setting.pairs),
        seed=seed,
        n_threads=n_threads,
        start_state=start_state,
    )
    for n in range(setting.n_days):
        model.calendar.mirror(setting.start + datetime.timedelta(days=n))
    return model


def scenarios_beside_none(policies: list[Policy], days: tuple[datetime.date, datetime.date]) -> ScenarioSet:
    """Return the setting in which policies run beside the world without any, each against it, named by number."""
    named = [policy.model_copy(update={"name": f"{n}"}) for n, policy in enumerate(policies)]
    return ScenarioSet([load_policy("none"), *named], [(0, n + 1) for n in range(len(named))], *days)
