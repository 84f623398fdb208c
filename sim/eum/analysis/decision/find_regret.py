"""Designs in every plausible world: outcomes, regret, and the values of parameters at which the better one changes."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pandas as pd
from rich.progress import Progress as Shown

from eum.analysis.decision.regret import (
    FLIPS,
    SweepEvaluator,
    regret_summary,
    regrets,
    swept_outcomes,
    tried_everywhere,
)
from eum.analysis.decision.sweeps import sweep_evaluator, sweeps_of
from eum.analysis.experiments.measures import require_measure
from eum.analysis.experiments.states_of_the_world import (
    Evaluator,
    StateOfWorld,
    StatesConfig,
    expected_evaluator,
    plausible_worlds,
    relative_evaluator,
    states_by_family,
    states_record,
)
from eum.calibration.central import INFERENCE_SCALE
from eum.calibration.runnable import require_runnable
from eum.city.build import build_city
from eum.city.data import CityData
from eum.engine.scenarios import scenarios_beside_none
from eum.policy.files import load_policy
from eum.policy.model import Policy
from eum.runner.results_store import StoredTables


class RegretProblem(NamedTuple):
    """Which designs are held against each other, by which measure."""

    designs: list[Policy]
    measure: str
    relative_to: str
    """Policy whose figures are taken off on the same draws; "none" for none."""
    n_points: int
    """Points of a parameter's range that are looked at for flips; 0 leaves flips out."""


class GridSteps(NamedTuple):
    """What is called for progress: after each world inferred, each design tried, and each parameter moved."""

    on_world: Callable[[], object]
    on_try: Callable[[], object]
    on_sweeps: Callable[[int], object]
    """Called once with the number of parameters to be moved."""
    on_sweep: Callable[[], object]


def _flips(
    package: CityData, worlds: list[StateOfWorld], q: RegretProblem, config: StatesConfig, steps: GridSteps
) -> list[tuple]:
    """Return the rows of the table of flips: every uncertain parameter of every family, for every two designs."""
    city, base = build_city(package, INFERENCE_SCALE, config.seed), load_policy(q.relative_to)
    groups = [(centre, sweeps_of(package, centre, drawn)) for centre, *drawn in states_by_family(worlds).values()]
    steps.on_sweeps(sum(len(sweeps) for _, sweeps in groups))
    rows: list[tuple] = []
    for centre, sweeps in groups:
        everywhere = sweep_evaluator(package, centre, config.days, city)

        def placed(name: str, value: float, everywhere: SweepEvaluator = everywhere) -> Evaluator:
            return relative_evaluator(everywhere(name, value), base)

        for sweep in sweeps:
            rows += swept_outcomes(centre.question.family, sweep, q.designs, q.measure, placed, q.n_points)
            steps.on_sweep()
    return rows


def regret_tables(package: CityData, config: StatesConfig, q: RegretProblem, steps: GridSteps) -> StoredTables:
    """Return tables `outcomes`, `regret` and `flips` of designs in all states of the world requested."""
    base = load_policy(q.relative_to)
    for policy in (*q.designs, base):
        require_runnable(package, scenarios_beside_none([policy], config.days), in_expectation=True)
    city = build_city(package, INFERENCE_SCALE, config.seed)
    worlds = list(plausible_worlds(package, config, steps.on_world))

    def tried() -> Iterator[tuple[StateOfWorld, Evaluator]]:
        for world in worlds:
            yield world, relative_evaluator(expected_evaluator(package, world, config.days, city), base)

    values = tried_everywhere(tried(), q.designs, q.measure, steps.on_try)
    outcomes = regrets(values, require_measure(q.measure).better)
    rows = _flips(package, worlds, q, config, steps) if q.n_points else []
    return {"outcomes": outcomes, "regret": regret_summary(outcomes), "flips": pd.DataFrame(rows, columns=list(FLIPS))}


def regret_sentences(tables: StoredTables, unit: str) -> list[str]:
    """Return in plain words which design is preferred in each family, and what would change that."""
    sentences = []
    for family, rows in tables["regret"].groupby("family", sort=False):
        least, most = rows.sort_values("max_regret").iloc[0], rows.sort_values("n_best").iloc[-1]
        lost = f"{least['max_regret']:,.4g} {unit} at most"
        sentences.append(
            f"{family}: {most['design']} is best in {most['n_best']} of {most['n_worlds']} states of the world; "
            f"least can be lost by choosing {least['design']}: {lost}"
        )
    flipped = tables["flips"].dropna(subset=["flip"]).drop_duplicates(["family", "told"])
    sentences += [f"{family}: {words}" for family, words in flipped[["family", "told"]].to_numpy()]
    if len(tables["flips"]) and flipped.empty:
        sentences.append("No single parameter changes within a family which design is better anywhere in its range.")
    return sentences


def about_regret(package: CityData, config: StatesConfig, q: RegretProblem) -> dict:
    """Return the record of the request, for the result folder."""
    policies = {p.name: p.hash for p in (*q.designs, load_policy(q.relative_to))}
    about = {"measure": q.measure, "relative_to": q.relative_to, "n_points": q.n_points}
    return {**states_record(config), **about, "policies": policies, "data_hash": package.hash}


def steps_shown(progress: Shown, config: StatesConfig, q: RegretProblem) -> GridSteps:
    """Return what shows the progress of `regret_tables` on a display."""
    n = len(config.families) * (config.n_draws + 1)
    worlds = progress.add_task("Drawing states of the world", total=n)
    tries = progress.add_task("Evaluating designs in them", total=n * len(q.designs))
    sweeps = progress.add_task("Varying one parameter at a time", total=None if q.n_points else 0)
    return GridSteps(
        lambda: progress.advance(worlds),
        lambda: progress.advance(tries),
        lambda n_sweeps: progress.update(sweeps, total=n_sweeps),
        lambda: progress.advance(sweeps),
    )
