"""The crowd alone: a year of the whole city, cities of other sizes, and many runs of a small one."""

import datetime
import functools
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np

from eum.city.build import City, build_city
from eum.city.data import load_city_data
from eum.engine.model import CityModel
from eum.engine.scenarios import ScenarioSet, run_worlds
from eum.policy.files import load_policy
from tests.benchmarks.cases import POLICY, YEAR, model_of, parameters_of
from tests.benchmarks.timing import Figure, Say, computed, figure, in_fresh_process, peak_memory_bytes

GYEYANG = "gyeyang-2020-actual"


class Worlds(NamedTuple):
    """Which worlds are run together, in words and by policy."""

    of: str
    policies: tuple[str, ...]
    pairs: bool


SETTINGS = (
    Worlds("without policy", ("none",), False),
    Worlds("without and with a policy, no classes", ("none", POLICY), False),
    Worlds("without and with a policy, every won classed", ("none", POLICY), True),
    Worlds("three worlds, three pairs classed", ("none", POLICY, GYEYANG), True),
)


class Run(NamedTuple):
    """What one run took."""

    seconds: float
    processor_seconds: float
    """Of all threads: what other work on the machine does not add to."""
    day_seconds: list[float]
    n_purchases: float
    n_persons: int
    n_residents: int
    column_bytes: int
    peak_bytes: int


def larger(city: City, times: int) -> City:
    """Return a city with every person as many times: other numbers, so other draws, the same shops."""
    if times == 1:
        return city
    people = type(city.residents)(*(np.repeat(column, times) for column in city.residents))
    return replace(city, residents=people, scale=city.scale * times)


def purchases_expected(model: CityModel) -> float:
    """Return how many purchases the model's days have, on average over draws."""
    city = model.city
    each = city.levels.purchases_per_day[city.residents.level].sum()
    days = range((model.end - model.start).days + 1)
    return float(each * sum(model.calendar.factor(model.start + datetime.timedelta(days=d)) for d in days))


def _compile(worlds: Worlds, threads: int) -> None:
    """Run a town for two days, so that no compiling is timed."""
    town = build_city(load_city_data(), 0.0005, 1)
    model = model_of(
        town, worlds.policies, (YEAR[0], YEAR[0] + datetime.timedelta(days=1)), pairs=worlds.pairs, n_threads=threads
    )
    while model.running:
        model.step()


def run_once(worlds: Worlds, scale: float, times: int, days: int, threads: int, say: Say) -> Run:
    """Run worlds for some days from New Year and return what it took; making the city is not timed."""
    _compile(worlds, threads)
    say("making the city")
    city = larger(build_city(load_city_data(), scale, 1), times)
    period = (YEAR[0], YEAR[0] + datetime.timedelta(days=days - 1))
    model = model_of(city, worlds.policies, period, pairs=worlds.pairs, n_threads=threads)
    n_purchases, each, processor = purchases_expected(model), [], time.process_time()
    while model.running:
        start = time.perf_counter()
        model.step()
        each.append(time.perf_counter() - start)
        if model.date.day == 1 or days < 30:
            say(f"{worlds.of}, {city.n_persons:,} persons, {threads} threads: day {len(each)} of {days}")
    processor = time.process_time() - processor
    column_bytes = sum({id(c): c.nbytes for c in (*city.residents, *model.state, *model._morning)}.values())
    sizes = (n_purchases, city.n_persons, city.n_residents, column_bytes, peak_memory_bytes())
    return Run(sum(each), processor, each, *sizes)


def engine_figures(scale: float, days: int, threads: list[int], repeats: int, say: Say) -> list[Figure]:
    """Return seconds, nanoseconds per purchase and peak memory of a year of the city, for each setting of worlds."""
    runs: dict[tuple[Worlds, int], list[Run]] = {(w, t): [] for t in threads for w in SETTINGS}
    for turn in range(repeats):
        for (worlds, n), done in runs.items():
            say(f"run {turn + 1} of {repeats}: {worlds.of}, {n} threads")
            job = {"worlds": worlds, "scale": scale, "times": 1, "days": days, "threads": n}
            done.append(in_fresh_process(run_once, say, **job))
    figures = []
    for (worlds, n), done in runs.items():
        what = f"crowd, {n} thread{'s' * (n > 1)}"
        note = f"{done[0].n_persons} persons, {days} days, {done[0].n_purchases:.4g} purchases expected"
        figures += [
            figure(what, worlds.of, "s", [r.seconds for r in done], note),
            figure(what, worlds.of, "ns per purchase", [r.seconds / r.n_purchases * 1e9 for r in done]),
            figure(what, worlds.of, "s of processor", [r.processor_seconds for r in done], "all threads together"),
            figure(what, worlds.of, "GB", [r.peak_bytes / 1e9 for r in done], "peak memory of a fresh process"),
        ]
    return figures


def scale_figures(sizes: list[tuple[float, int]], days: int, threads: int, say: Say) -> list[Figure]:
    """Return seconds per day, nanoseconds per purchase and memory of cities of other sizes, two worlds.

    `sizes` lists (scale, how many times every person). A city that does not fit is left out and said so.
    """
    figures = []
    for scale, times in sizes:
        job = {"worlds": SETTINGS[2], "scale": scale, "times": times, "days": days, "threads": threads}
        try:
            run = in_fresh_process(run_once, say, **job)
        except RuntimeError as error:
            say(f"scale {scale} x {times}: left out, {error}")
            continue
        figures += _size_figures(run, days, threads, times)
    return figures


def _size_figures(run: Run, days: int, threads: int, times: int) -> list[Figure]:
    what, of = f"crowd, {threads} threads", f"{run.n_residents / 1e6:.3g} M residents"
    note = f"{run.n_persons} persons with visitors, {days} days, two worlds" + (
        f"; every person of Incheon {times} times, its shops once" if times > 1 else ""
    )
    later = run.day_seconds[1:]
    per_purchase = run.n_purchases / days
    return [
        figure(what, of, "s per day", later, note),
        figure(what, of, "ns per purchase", [s / per_purchase * 1e9 for s in later], "purchases expected"),
        computed(what, of, "bytes per person", run.column_bytes / run.n_persons, "columns of persons, both copies"),
        figure(what, of, "GB", [run.peak_bytes / 1e9], "peak memory of a fresh process, making the city included"),
    ]


_read_once, _policy_read_once = functools.cache(load_city_data), functools.cache(load_policy)
"""As in a study, a worker reads and checks data and policies once."""


def run_unit(scale: float, days: int, seed: int) -> int:
    """Run one pair of worlds on a city of its own seed and return its card payments, won of the sample."""
    city = build_city(_read_once(), scale, seed)
    end = YEAR[0] + datetime.timedelta(days=days - 1)
    policies = [_policy_read_once(name) for name in ("none", POLICY)]
    setting = ScenarioSet(policies, [(0, 1)], YEAR[0], end)
    tables = run_worlds(city, parameters_of(city), setting, seed)
    return int(tables["classes"]["krw"].sum())


def ensemble_figures(runs: int, scale: float, days: int, workers: int, say: Say) -> list[Figure]:
    """Return the seconds of many runs of a small city, in workers that start with it."""
    start = time.perf_counter()
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(run_unit, scale, days, seed) for seed in range(1, runs + 1)]
        for n, done in enumerate(as_completed(waiting), start=1):
            done.result()
            say(f"{n} of {runs} runs")
    seconds = time.perf_counter() - start
    note = f"{days} days, two worlds classed, city and tables of each run included, workers started, data read"
    of = f"{runs} runs at {scale * 100:g} %"
    return [
        figure(f"{workers} workers", of, "s", [seconds], note),
        figure(f"{workers} workers", of, "s per run", [seconds / runs]),
    ]
