"""A policy search: designs judged in expectation, the front lived again in full runs, all of it kept as it is found."""

from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.analysis.decision.definition import SearchDefinition, template_path
from eum.analysis.decision.journal import Journal, remembered
from eum.analysis.decision.pareto_search import (
    NSGA,
    DesignFigures,
    GridPoint,
    Objectives,
    SearchResult,
    Space,
    pareto_front,
    pareto_search,
)
from eum.analysis.decision.templates import design
from eum.analysis.experiments.measures import require_measure
from eum.analysis.experiments.states_of_the_world import (
    Evaluator,
    StateOfWorld,
    StatesConfig,
    expected_evaluator,
    plausible_worlds,
    relative_evaluator,
    simulated_relative,
)
from eum.artifacts import fingerprint
from eum.calibration.expectation import ExpectedOutcome
from eum.calibration.runnable import require_runnable
from eum.city.data import CityData
from eum.engine.scenarios import scenarios_beside_none
from eum.intervals import mean_interval
from eum.jit import RESULT_PACKAGES, source_hash
from eum.policy.files import load_policy
from eum.runner.cache import cached_content, keep_content
from eum.runner.results_store import StoredTables

_LIBRARIES = ("numpy", "scipy", "pandas", "pymoo")


class Search(NamedTuple):
    """A search of one definition, seed and data package, with the folder that keeps what it has found so far."""

    definition: SearchDefinition
    template: str
    package: CityData
    seed: int
    folder: Path

    @property
    def asked(self) -> StatesConfig:
        """Where designs are tried: the centre of each family; full runs at the scale of the check."""
        d = self.definition
        return StatesConfig(d.families, 0, (d.start, d.end), d.check.scale, self.seed)

    @property
    def space(self) -> Space:
        """The variables and their steps."""
        variables = self.definition.variables
        return Space(tuple(variables), tuple(r.steps for r in variables.values()))

    @property
    def wish(self) -> Objectives:
        """Objectives and bounds."""
        d = self.definition
        return Objectives({o.measure: require_measure(o.measure).better for o in d.objective}, d.constraint)

    @property
    def units(self) -> dict[str, str]:
        """The unit of every measure asked for."""
        return {name: require_measure(name).unit for name in self.definition.measures}

    @property
    def n_judged(self) -> int:
        """Designs that a family's search goes through at most (for progress)."""
        effort, n_designs = self.definition.effort, self.space.n_designs
        return (
            n_designs
            if n_designs <= effort.n_designs
            else -(-effort.n_designs // effort.generation) * effort.generation
        )


def search_of(definition: SearchDefinition, path: Path, package: CityData, seed: int, partial: Path) -> Search:
    """Return a search ready to run. Checks the template with its lowest and highest values before anything is run."""
    template = template_path(path, definition.template)
    ends = [
        design(template, {name: r.steps.value(min(k, r.steps.last)) for name, r in definition.variables.items()})
        for k in (0, np.inf)
    ]
    tried = scenarios_beside_none([*ends, load_policy(definition.beyond)], (definition.start, definition.end))
    require_runnable(package, tried, in_expectation=True)
    about = [
        definition.model_dump_json(),
        package.hash,
        str(seed),
        source_hash((*RESULT_PACKAGES, "analysis/decision")),
    ]
    about += [load_policy(template).hash, load_policy(definition.beyond).hash]
    about += [metadata.version(name) for name in _LIBRARIES]
    digest = fingerprint(*about)
    return Search(definition, template, package, seed, partial / "units" / digest)


def _figures(outcome: ExpectedOutcome, measures: tuple[str, ...]) -> DesignFigures:
    return {name: float(require_measure(name).of(outcome)) for name in measures}


def _found(work: Search, world: StateOfWorld, tried: Evaluator, on_design: Callable[[], object]) -> SearchResult:
    space, measures = work.space, work.definition.measures

    def judge_one(place: GridPoint) -> DesignFigures:
        return _figures(tried(design(work.template, space.values(place))), measures)

    family = world.question.family
    journal = Journal(work.folder / f"{family}.jsonl", f"{work.folder.name} {family}")
    effort = (work.definition.effort.n_designs, work.definition.effort.generation)
    return pareto_search(space, work.wish, remembered(journal, judge_one, on_design), effort, work.seed)


def spread_over_states(places: list[GridPoint], most: int) -> list[GridPoint]:
    """Return at most so many designs of a front, its ends and evenly between them, in the front's order."""
    if len(places) <= most:
        return places
    at = np.unique(np.rint(np.linspace(0, len(places) - 1, most)).astype(int))
    return [places[i] for i in at]


def _lived(work: Search, world: StateOfWorld, places: list[GridPoint], seed: int) -> list[DesignFigures]:
    """Return the figures of designs in a full run on one seed, from the folder where they are there already."""
    file = work.folder / f"{world.question.family}-check-{seed}.json"
    kept = cached_content(file) or {}
    if kept.get("places") == [list(place) for place in places]:
        figures: list[DesignFigures] = kept["figures"]
        return figures
    policies = [design(work.template, work.space.values(place)) for place in places]
    base = load_policy(work.definition.beyond)
    outcomes = simulated_relative(work.package, world, work.asked, policies, base, seed)
    figures = [_figures(outcome, work.definition.measures) for outcome in outcomes]
    keep_content(file, {"places": places, "figures": figures})
    return figures


def check_rows(
    expected: list[DesignFigures], lived: list[list[DesignFigures]], wish: Objectives
) -> list[dict[str, float | bool]]:
    """Return, for each design, every measure in expectation, and its mean over full runs with the mean's 90 % interval.

    `lived` holds the figures of all designs for each seed. `keeps_bounds` says whether the means keep all bounds.
    """
    rows = []
    for i, figures in enumerate(expected):
        row: dict[str, float | bool] = {}
        means: DesignFigures = {}
        for name, value in figures.items():
            seen = mean_interval([run[i][name] for run in lived])
            means[name] = seen.value
            row |= {
                f"{name} expected": value,
                f"{name} full": seen.value,
                f"{name} low": seen.low,
                f"{name} high": seen.high,
            }
        rows.append({**row, "keeps_bounds": wish.is_allowed(means)})
    return rows


def _front_rows(work: Search, world: StateOfWorld, found: SearchResult, on_seed: Callable[[], object]) -> pd.DataFrame:
    best, wish = pareto_front(found, work.wish), work.wish
    checked = spread_over_states(best, work.definition.check.most_designs)
    seeds = [work.seed + i for i in range(work.definition.check.n_seeds)]
    lived = []
    for seed in seeds:
        lived.append(_lived(work, world, checked, seed) if checked else [])
        on_seed()
    told = check_rows([found.judged[place] for place in checked], lived, wish)
    known = dict(zip(checked, told, strict=True))
    rows = []
    for place in best:
        plain = {f"{name} expected": value for name, value in found.judged[place].items()}
        head = {"family": world.question.family, "is_checked": place in known, **work.space.values(place)}
        rows.append({**head, **known.get(place, plain)})
    return pd.DataFrame(rows)


def _judged_rows(work: Search, world: StateOfWorld, found: SearchResult) -> pd.DataFrame:
    best = set(pareto_front(found, work.wish))
    rows = [
        {"family": world.question.family, **work.space.values(place), **figures,
         "is_allowed": work.wish.is_allowed(figures), "is_on_front": place in best}
        for place, figures in found.judged.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _families(work: Search, on_design: Callable[[], object]) -> Iterator[tuple[StateOfWorld, SearchResult]]:
    base = load_policy(work.definition.beyond)
    for world in plausible_worlds(work.package, work.asked):
        tried = relative_evaluator(expected_evaluator(work.package, world, work.asked.days), base)
        yield world, _found(work, world, tried, on_design)


def search_tables(work: Search, on_design: Callable[[], object], on_seed: Callable[[], object]) -> StoredTables:
    """Return tables `pareto_front` (designs that none beats, with their check) and `judged` (every design judged).

    Each family is searched by itself; nothing is averaged over families.
    """
    fronts, judged, methods = [], [], []
    for world, found in _families(work, on_design):
        fronts.append(_front_rows(work, world, found, on_seed))
        judged.append(_judged_rows(work, world, found))
        family, n = world.question.family, len(found.judged)
        told = f"{NSGA} judged {n} of {work.space.n_designs} designs" if found.method == NSGA else f"all {n} designs"
        n_allowed = sum(map(work.wish.is_allowed, found.judged.values()))
        methods.append((family, found.method, told, n, n_allowed, len(fronts[-1])))
    columns = ["family", "method", "told", "n_judged", "n_allowed", "n_front"]
    return {
        "front": pd.concat(fronts, ignore_index=True),
        "judged": pd.concat(judged, ignore_index=True),
        "method": pd.DataFrame(methods, columns=columns),
    }


def _cell(row: pd.Series, measure: str, unit: str) -> str:
    scale, digits = (1e8, 2) if unit == "krw" else (1.0, 1)
    values = [row.get(f"{measure} {kind}", np.nan) / scale for kind in ("expected", "full", "low", "high")]
    expected, full, low, high = (f"{v:,.{digits}f}" for v in values)
    return f"{expected} | {full} ({low} to {high})" if row["is_checked"] else expected


def front_table(table: pd.DataFrame, work: Search) -> dict[str, pd.DataFrame]:
    """Return a front for the screen by family: variables and measures, `expected | full runs (90 %)`; krw in 억원."""
    found = {}
    for family, rows in table.groupby("family", sort=False):
        told = rows[list(work.space.names)].map(lambda v: f"{v:,g}")
        for measure, unit in work.units.items():
            name = f"{measure} ({unit.replace('krw', '억원')})"
            told[name] = [_cell(row, measure, unit) for _, row in rows.iterrows()]
        found[str(family)] = told
    return found


def about_search(work: Search) -> dict:
    """Return the record of what was asked, for the result folder."""
    policies = {name: load_policy(name).hash for name in (work.template, work.definition.beyond)}
    names = {Path(name).name: digest for name, digest in policies.items()}
    return {"definition": work.definition.model_dump(mode="json"), "units": work.units, "policies": names,
            "seed": work.seed, "data_hash": work.package.hash,
            "search_libraries": {name: metadata.version(name) for name in _LIBRARIES}}  # fmt: skip
