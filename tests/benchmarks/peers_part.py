"""The same day in four ways, in one process and in turn: crowd, NumPy, Polars, plain Mesa; and the machine's limit."""

import os
import time
from collections.abc import Callable

import numpy as np

from eum import rng
from eum.city.build import build_city
from eum.city.data import load_city_data
from eum.dimensions import SEOUL
from eum.engine.reference.model import ReferenceModel
from eum.policy.files import load_policy
from tests.benchmarks import limits, numpy_day, polars_day
from tests.benchmarks.cases import (
    MAY,
    POLICY,
    Morning,
    baseline_alone,
    crowd_day,
    empty_evening,
    helpers,
    morning,
    parameters_of,
)
from tests.benchmarks.numpy_draws import agent_keys, day_keys, draw_for, high_half
from tests.benchmarks.timing import Figure, Say, figure, in_fresh_process, times_in_turn

ALONE = "a day without policy"
BOTH = "a day without and with a policy, every won classed"


def purchases_made(there: Morning) -> int:
    """Return how many purchases the day has without policy."""
    standing, today = there.model.standing, there.today
    keys = day_keys(agent_keys(int(standing.seed[0]), 0, len(standing.home)), int(today.number[0]))
    tables = numpy_day.day_tables(standing, today)
    return int(tables.counts(high_half(draw_for(keys, rng.DAY)), standing.level.astype(np.intp)).sum())


Task = Callable[[], object]


class Town:
    """The project's own model in plain Mesa: 1,300 residents, a day at a time."""

    def __init__(self, policies: tuple[str, ...]) -> None:
        """Make the agents of a town under some policies, every later world paired with the first."""
        city = build_city(load_city_data(), 0.0005, 1, 0.003)
        pairs = [(0, j) for j in range(1, len(policies))]
        worlds = [load_policy(name) for name in policies]
        self.model = ReferenceModel(city, worlds, parameters_of(city), MAY, pairs, seed=1)
        self.n_purchases: list[int] = []
        """Purchases of each day lived."""

    def step(self) -> None:
        """Live a day."""
        self.model.step()
        self.n_purchases.append(sum(len(person.today) for person in self.model.people))


def _tasks(there: Morning, alone: Morning, threads: int, towns: dict[str, Town]) -> dict[str, dict[str, Task]]:
    """Return what is timed, by part of the day and way of writing it. NumPy has one thread."""
    standing, ours, theirs = there.model.standing, empty_evening(alone), empty_evening(there)
    crews = helpers(alone, threads), helpers(there, threads)
    tables = polars_day.tables_of(alone.model.standing)

    def polars(engine: str) -> Task:
        return lambda: polars_day.day_without_policy(alone.model.standing, alone.today, tables, engine)

    first = {
        "crowd": lambda: crowd_day(alone, ours, crews[0]),
        "Polars, in memory": polars("in-memory"),
        "Polars, streaming": polars("streaming"),
    }
    second: dict[str, Task] = {"crowd": lambda: crowd_day(there, theirs, crews[1])}
    if threads == 1:
        first["NumPy"] = lambda: numpy_day.simulate(alone.model.standing, alone.today, alone.model.state, *ours)
        second["NumPy"] = lambda: numpy_day.simulate(standing, there.today, there.model.state, *theirs)
        first["plain Mesa"], second["plain Mesa"] = towns[ALONE].step, towns[BOTH].step
    return {ALONE: first, BOTH: second}


def time_peers(scale: float, threads: int, repeats: int, say: Say) -> list[Figure]:
    """Return nanoseconds per purchase of each way of writing the day, and ratios of the same turns."""
    say("making the city and six days before")
    there = morning(scale, ("none", POLICY), 6)
    alone, figures = baseline_alone(there), []
    n = purchases_made(there)
    towns = {ALONE: Town(("none",)), BOTH: Town(("none", POLICY))}
    for of, tasks in _tasks(there, alone, threads, towns).items():
        seconds = times_in_turn(tasks, repeats, say)
        if "plain Mesa" in seconds:
            lived = zip(seconds["plain Mesa"], towns[of].n_purchases[1:], strict=True)
            seconds["plain Mesa"] = [s / many * n for s, many in lived]
        note = f"{len(there.model.standing.home)} persons, {n} purchases"
        figures += _peer_figures(of, seconds, n, threads, note)
    return figures


def _peer_figures(of: str, seconds: dict[str, list[float]], n: int, threads: int, note: str) -> list[Figure]:
    figures, label = [], f"{threads} thread{'s' * (threads > 1)}"
    crowd = seconds["crowd"]
    for name, each in seconds.items():
        message = (
            "a town of 1,300 residents; time per purchase does not depend on the size" if name == "plain Mesa" else note
        )
        figures.append(figure(f"{name}, {label}", of, "ns per purchase", [s / n * 1e9 for s in each], message))
        if name != "crowd":
            ratios = [s / c for s, c in zip(each, crowd, strict=True)]
            figures.append(figure(f"{name}, {label}", of, "times the crowd", ratios, "same turn, same process"))
    return figures


def peers_figures(scale: float, threads: list[int], repeats: int, say: Say) -> list[Figure]:
    """Time the peers in a process for each number of threads, as Polars reads it when it is first imported."""
    figures = []
    for n in threads:
        os.environ["POLARS_MAX_THREADS"] = str(n)
        figures += in_fresh_process(time_peers, say, scale=scale, threads=n, repeats=repeats)
    return figures


def counted(there: Morning) -> tuple[float, float]:
    """Return purchases per person on the day, and the share of them made in the city."""
    standing, n = there.model.standing, purchases_made(there)
    tables = numpy_day.day_tables(standing, there.today)
    inside = 0
    for first in range(0, len(standing.home), numpy_day.CHUNK):
        end = min(first + numpy_day.CHUNK, len(standing.home))
        agents = agent_keys(int(standing.seed[0]), first, end)
        keys = day_keys(agents, int(there.today.number[0]))
        many = tables.counts(high_half(draw_for(keys, rng.DAY)), standing.level[first:end].astype(np.intp))
        bought = numpy_day.drawn_purchases(standing, tables, agents, keys, (first, many))
        inside += int((bought.place < SEOUL).sum())
    return n / len(standing.home), inside / n


def measure_limits(scale: float, repeats: int, say: Say) -> list[Figure]:
    """Return what the machine can do at most, the bound that follows, and the crowd beside it in the same process."""
    say("making the city")
    there = morning(scale, ("none",), 1)
    needs = limits.needs_of(*counted(there))
    evening, n, found, crowd = empty_evening(there), purchases_made(there), [], []
    crowd_day(there, evening)
    for turn in range(repeats):
        say(f"limits, {turn + 1} of {repeats}")
        start = time.perf_counter()
        crowd_day(there, evening)
        crowd.append((time.perf_counter() - start) / n * 1e9)
        found.append(limits.limits_of(there.model.standing, 3))
    figures = [
        figure(name, "one thread", unit, [getattr(f, field) for f in found])
        for field, (name, unit) in limits.SHOWN.items()
    ]
    bounds, middle = [limits.bound_ns(f, needs) for f in found], limits.Limits(*np.median(found, axis=0))
    figures.append(figure("machine's limit", ALONE, "ns per purchase", bounds, limits.derivation(middle, needs)))
    figures.append(figure("crowd, 1 thread", ALONE, "ns per purchase", crowd, f"{n} purchases"))
    ratios = [c / b for c, b in zip(crowd, bounds, strict=True)]
    return [*figures, figure("crowd, 1 thread", ALONE, "times the machine's limit", ratios)]


def limits_figures(scale: float, repeats: int, say: Say) -> list[Figure]:
    """Measure the limits in a process of their own."""
    return in_fresh_process(measure_limits, say, scale=scale, repeats=repeats)
