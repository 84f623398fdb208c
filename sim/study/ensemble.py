"""Many runs of one study: families, variants, draws from the priors, seeds; kept on disk as they finish."""

import functools
import hashlib
import json
import multiprocessing
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from sim.city.build import build_city
from sim.city.package import Package, load_package
from sim.compiled import RESULT_ROOMS, source_hash
from sim.outcomes.attribution import class_shares
from sim.outcomes.fees import card_fees
from sim.outcomes.fiscal import funding
from sim.outcomes.ladder import Coefficients, ladder, published_accounting, published_ratios
from sim.outcomes.retention import origin_destination, retention
from sim.outcomes.winners import winners, zero_sum
from sim.policy.files import list_policies, load_policy
from sim.study.definition import StudyDefinition, setting_of
from sim.study.inference import Inference, infer
from sim.study.priors import CENTRE, Question, behaviour, coefficients, usage_level
from sim.study.store import Tables, read_tables, write_tables
from sim.study.worlds import run_worlds

_CHOICES = (
    "place_response_large",
    "place_response_outside",
    "place_response_online",
    "place_response_visitor",
    "visitor_card_share",
    "usage_max_share",
)


class Unit(NamedTuple):
    """One member of the ensemble: all variants of a family under one draw and one seed."""

    family: str
    draw: int
    seed: int

    @property
    def name(self) -> str:
        """Name of the folder that keeps the unit's results."""
        return f"{self.family}-{self.draw:03d}-{self.seed:06d}"


def units_of(definition: StudyDefinition, seed: int) -> list[Unit]:
    """Return the members of the ensemble: each family at its centre under several seeds, then drawn.

    Every draw has a seed of its own, so drawn runs hold both parameter uncertainty and simulation noise.
    """
    units = []
    for family in definition.families:
        units += [Unit(family, CENTRE, seed + i) for i in range(definition.size.n_seeds)]
        units += [Unit(family, draw, seed + 1000 + draw) for draw in range(1, definition.size.n_draws + 1)]
    return units


def run_tables(
    tables: Tables, scale: float, scopes: tuple[str, ...], c: Coefficients, printed: dict[str, float]
) -> Tables:
    """Return the outcomes of one run, whole-city amounts, without intervals."""
    return {
        "ladder": ladder(tables, scale, scopes, c),
        "published": published_accounting(tables, c, printed),
        "classes": class_shares(tables, scale),
        "retention": retention(tables),
        "origin_destination": origin_destination(tables, scale),
        "budgets": _scaled(tables["budgets"], ["amount_krw", "spent_krw"], scale),
        "budget_paths": _scaled(tables["budget_days"], ["left_krw"], scale),
        "funding": funding(tables, scale, c.operation_share),
        "winners": winners(tables, scale),
        "zero_sum": zero_sum(tables, scale),
        "card_fees": card_fees(tables, scale, c.fee_reference_credit_share),
        "daily": _scaled(
            tables["daily"], ["card_payments_krw", "cashback_krw", "subscribers", "active_holders"], scale
        ),
        "visitors": _visitor_payments(tables, scale),
    }


def _scaled(table: pd.DataFrame, columns: list[str], scale: float) -> pd.DataFrame:
    return table.assign(**{c: table[c] / scale for c in columns})


def _visitor_payments(tables: Tables, scale: float) -> pd.DataFrame:
    spending = tables["spending"].assign(visitor=lambda t: t["home"].isin(("seoul", "gyeonggi")))
    table = spending.groupby(["world", "visitor"], observed=True, as_index=False)["card_krw"].sum()
    return table.assign(card_krw=table["card_krw"] / scale)


class Job(NamedTuple):
    """All a worker needs to run one unit; it reads the data package itself."""

    definition: StudyDefinition
    data: Path
    seed: int
    unit: Unit
    centre: Inference
    folder: Path


_read_once = functools.cache(load_package)
"""A worker reads and checks the data once, not for every unit."""


def infer_centre(definition: StudyDefinition, data: Path, family: str, seed: int) -> Inference:
    """Return the choice parameters at the centre of a family, on the city of the study's seed."""
    package = _read_once(data)
    question = Question(family, CENTRE, seed)
    city = build_city(package, definition.size.scale, seed)
    return infer(city, question, behaviour(package, question))


def _infer_unit(job: Job, package: Package, question: Question) -> Inference:
    if job.unit.draw == CENTRE:
        return job.centre
    city = build_city(package, job.definition.size.scale, job.seed)
    start, centre = behaviour(package, question), job.centre.parameters
    choices = {name: getattr(centre, name) for name in _CHOICES}
    choices["usage_max_share"] *= usage_level(centre) / usage_level(start)
    return infer(city, question, start._replace(**choices), job.centre.achieved)


def unit_tables(job: Job, package: Package) -> Tables:
    """Run a unit in every variant and return its outcomes, labelled with family, draw and seed."""
    unit, size = job.unit, job.definition.size
    question = Question(unit.family, unit.draw, job.seed)
    found = _infer_unit(job, package, question)
    c = coefficients(package, question, found.parameters)
    city = build_city(package, size.scale, unit.seed)
    parts = []
    for variant in job.definition.variants:
        setting = setting_of(job.definition, variant, question)
        tables = run_worlds(city, found.parameters, setting, unit.seed)
        outcomes = run_tables(tables, size.scale, job.definition.scopes, c, published_ratios(package))
        parts.append({name: table.assign(variant=variant) for name, table in outcomes.items()})
    result = {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]}
    result["inference"] = _inference_table(found, package)
    result["parameters"] = pd.DataFrame({"parameter": found.parameters._fields, "value": list(found.parameters)})
    return {name: t.assign(family=unit.family, draw=unit.draw, seed=unit.seed) for name, t in result.items()}


def finish_unit(job: Job) -> None:
    """Run a unit and keep its tables on disk; the mark `done` comes last. A finished unit is left alone."""
    folder = job.folder / job.unit.name
    if (folder / "done").exists():
        return
    write_tables(folder, unit_tables(job, _read_once(job.data)))
    (folder / "done").touch()


def _leave_ctrl_c_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class Ensemble:
    """Runs the units of a study in parallel; a finished unit is on disk and is not run again."""

    def __init__(self, definition: StudyDefinition, package: Package, seed: int, folder: Path) -> None:
        self.definition, self.package, self.seed = definition, package, seed
        self.units = units_of(definition, seed)
        self.folder = folder / "units" / fingerprint(definition, package, seed)

    def _jobs(self, pool: ProcessPoolExecutor) -> list[Job]:
        data, families = self.package.folder, self.definition.families
        found = {f: pool.submit(infer_centre, self.definition, data, f, self.seed) for f in families}
        centres = {family: centre.result() for family, centre in found.items()}
        return [Job(self.definition, data, self.seed, u, centres[u.family], self.folder) for u in self.units]

    def run(self, n_workers: int, on_unit: Callable[[], object]) -> Tables:
        """Run what is not finished and return all units' tables stacked, in the order of the units.

        Workers are fresh processes (a fork after threads is unsafe); which of them runs a unit changes nothing.
        """
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(n_workers, mp_context=context, initializer=_leave_ctrl_c_to_the_parent) as pool:
            try:
                for done in as_completed([pool.submit(finish_unit, job) for job in self._jobs(pool)]):
                    done.result()
                    on_unit()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        parts = [read_tables(self.folder / unit.name) for unit in self.units]
        return {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]}


def fingerprint(definition: StudyDefinition, package: Package, seed: int) -> str:
    """Return sixteen hex digits that change with anything a unit's results depend on: definition, data, policies,
    seed and code. Work of another fingerprint is never taken up again."""
    policies = {name: load_policy(name).hash for name in list_policies()}
    parts = [definition.model_dump_json(), package.hash, json.dumps(policies), str(seed), source_hash(RESULT_ROOMS)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _inference_table(found: Inference, package: Package) -> pd.DataFrame:
    """Stated and achieved shares, and the propensity that the stated new consumption takes beside its own prior."""
    rows = [(name, stated, found.achieved[name]) for name, stated in found.stated.items()]
    rows.append(("mpc_other", package.prior("mpc_other", "causal").central, found.parameters.mpc_other))
    return pd.DataFrame(rows, columns=["quantity", "stated", "achieved"])
