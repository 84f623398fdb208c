"""Designs in every plausible world: outcomes, regret, and the values of parameters at which the better one changes."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pandas as pd
from rich.progress import Progress as Shown

from sim.choice.measures import require_measure
from sim.choice.regret import FLIPS, Placed, regrets, summary, swept, tried_everywhere
from sim.choice.sweeps import placed_in, sweeps_of
from sim.choice.worlds import Asked, Try, World, by_family, expected_in, plausible_worlds, told, tried_beyond
from sim.city.build import City, build_city
from sim.city.package import Package
from sim.policy.files import load_policy
from sim.policy.model import Policy
from sim.study.centre import INFERENCE_SCALE
from sim.study.store import Tables


class RegretQuestion(NamedTuple):
    """Which designs are held against each other, by which measure."""

    designs: list[Policy]
    measure: str
    beyond: str
    """Policy beyond which all are measured; "none" for none."""
    n_points: int
    """Points of a parameter's range that are looked at for flips; 0 leaves flips out."""


Progress = Callable[[int], object]


class Steps(NamedTuple):
    """What is called for progress."""

    on_world: Callable[[], object]
    on_try: Callable[[], object]
    on_sweep: Callable[[int], object]
    """Called before each sweep with the number of sweeps of its family."""


def _flips(
    package: Package,
    worlds: list[World],
    q: RegretQuestion,
    asked: Asked,
    city: City,
    on_sweep: Callable[[int], object],
) -> list[tuple]:
    centre, *drawn = worlds
    sweeps = sweeps_of(package, centre, drawn)
    base, everywhere = load_policy(q.beyond), placed_in(package, centre, asked.days, city)
    placed: Placed = lambda name, value: tried_beyond(everywhere(name, value), base)  # noqa: E731
    rows: list[tuple] = []
    for sweep in sweeps:
        on_sweep(len(sweeps))
        rows += swept(centre.question.family, sweep, q.designs, q.measure, placed, q.n_points)
    return rows


def regret_tables(package: Package, asked: Asked, q: RegretQuestion, steps: Steps) -> Tables:
    """Return tables `outcomes`, `regret` and `flips` of designs in all worlds asked for."""
    city, base = build_city(package, INFERENCE_SCALE, asked.seed), load_policy(q.beyond)
    worlds = list(plausible_worlds(package, asked, steps.on_world))

    def tried() -> Iterator[tuple[World, Try]]:
        for world in worlds:
            yield world, tried_beyond(expected_in(package, world, asked.days, city), base)

    values = tried_everywhere(tried(), q.designs, q.measure, steps.on_try)
    outcomes = regrets(values, require_measure(q.measure).better)
    rows: list[tuple] = []
    if q.n_points:
        for group in by_family(worlds).values():
            rows += _flips(package, group, q, asked, city, steps.on_sweep)
    return {"outcomes": outcomes, "regret": summary(outcomes), "flips": pd.DataFrame(rows, columns=list(FLIPS))}


def about_regret(package: Package, asked: Asked, q: RegretQuestion) -> dict:
    """Return the record of what was asked, for the result folder."""
    policies = {p.name: p.hash for p in (*q.designs, load_policy(q.beyond))}
    return {**told(asked), "measure": q.measure, "beyond": q.beyond, "n_points": q.n_points, "policies": policies,
            "data_hash": package.hash}  # fmt: skip


def steps_shown(progress: Shown, asked: Asked, q: RegretQuestion) -> Steps:
    """Return what shows the progress of `regret_tables` on a display."""
    n = len(asked.families) * (asked.n_draws + 1)
    worlds = progress.add_task("Inferring plausible worlds", total=n)
    tries = progress.add_task("Trying designs in them", total=n * len(q.designs))
    sweeps = progress.add_task("Moving one parameter at a time", total=len(asked.families) if q.n_points else 0)

    def on_sweep(n_sweeps: int) -> None:
        progress.update(sweeps, total=len(asked.families) * n_sweeps, advance=1)

    return Steps(lambda: progress.advance(worlds), lambda: progress.advance(tries), on_sweep)
