"""What is asked of a run, one run of some policies beside the world without any, and its main figures."""

import datetime
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from rich.progress import Progress

from eum.behavior.parameters import Parameters
from eum.calibration.anchoring import Inference
from eum.calibration.carried_start import has_history, start_of
from eum.calibration.central import calibrated_family
from eum.calibration.fitted import POSTERIOR, require_parameter_source
from eum.calibration.mechanisms import require_mechanisms, without_mechanisms
from eum.calibration.priors import require_family
from eum.city.build import City, build_city
from eum.city.data import CityData, load_city_data
from eum.engine.initial_conditions import last_count_of_members
from eum.engine.results import Tables
from eum.engine.scenarios import ScenarioSet, run_worlds
from eum.errors import InputError
from eum.outcomes.attribution import CITY
from eum.outcomes.effects import Coefficients, effect_table
from eum.outcomes.retention import retention
from eum.policy.files import load_policy
from eum.policy.model import Policy
from eum.runner.results_store import StoredTables, publish_result


class RunConfig(NamedTuple):
    """What one run is asked for."""

    policies: list[str]
    family: str
    scale: float
    seed: int
    start: datetime.date
    end: datetime.date
    without: tuple[str, ...] = ()
    """Mechanisms switched off."""
    members_given: bool = False
    """Of a replay: whether there are as many members each day as were counted, as long as they were, rather than those
    who join by the model's rule."""
    relative_to: str = ""
    """Policy, by name or file, that the others are compared with beside none; "" is the first of several."""
    parameter_source: str = POSTERIOR
    """Where fitted parameters come from: their posterior, or "prior" for a prior-predictive answer."""


PRIOR_PREDICTIVE = "prior-predictive"
"""What an answer is called whose fitted parameters come from their priors."""


def table_figures(tables: StoredTables, scale: float, c: Coefficients) -> dict[str, dict[str, float]]:
    """Return the main figures of each policy against the world without any, by policy and name.

    Whole-city won (card_payments, cashback, fiscal_cost); the ladder per won of fiscal cost, by rung; residents'
    spending kept in the city and how much more that is than without, percent and points.
    """
    rungs, found = effect_table(tables, scale, (CITY,), c), {}
    stays = retention(tables).query("home == 'incheon' and sector == 'all'").set_index("world")["share_city"]
    for policy, mine in rungs[rungs["baseline"] == "none"].groupby("policy", sort=False):
        cost = mine.drop_duplicates("denominator").set_index("denominator")["cost_krw"]
        per_cost = mine[mine["denominator"] == "fiscal_cost"]
        found[str(policy)] = {
            "card_payments": float(mine["payments_krw"].iloc[0]),
            **{name: float(cost[name]) for name in ("cashback", "fiscal_cost")},
            "kept_in_city": 100 * float(stays[policy]),
            "kept_more": 100 * float(stays[policy] - stays["none"]),
            **dict(zip(per_cost["rung"].astype(str), per_cost["ratio"].astype(float), strict=True)),
        }
    return found


def members_assumed(package: CityData, date: datetime.date) -> str:
    """Return in words, after a space, that members on a date are the model's own; nothing where they were counted."""
    counted = last_count_of_members(package)
    if date <= counted:
        return ""
    if has_history(package):
        return f" Nobody counted members after {counted}: from then on people join by the model's own rule."
    number = package.assumptions("members_after_last_count")["value"].iloc[-1]
    return f" Nobody counted members after {counted}: the last figure, {number:,.0f}, stands in."


def source_told(source: str) -> str:
    """Return in words, after a space, that an answer is prior-predictive; nothing where parameters are fitted."""
    told = " Prior-predictive: fitted parameters come from their priors, not from what the record says of them."
    return "" if source == POSTERIOR else told


def title(request: RunConfig) -> str:
    """Return where policies are compared, in words."""
    words = f"{request.start} to {request.end}, scale {request.scale:g}"
    words += "".join(f", without {name}" for name in request.without)
    return words if request.parameter_source == POSTERIOR else f"{words}, {PRIOR_PREDICTIVE}"


def _reference(request: RunConfig) -> Policy:
    """Return the policy that the others are compared with beside none: the one asked for, or the first of several."""
    first = request.policies[0] if len(request.policies) > 1 else "none"
    return load_policy(request.relative_to or first)


def reference_of(request: RunConfig) -> str:
    """Return the name of the policy that the others are compared with beside none; "none" for no other."""
    return _reference(request).name


def setting_for(request: RunConfig) -> ScenarioSet:
    """Return the worlds of a request: none first, then its policies, each compared with none.

    A policy that the others are to be compared with is among them, named or not. Raises InputError for an unknown
    family, mechanism, source of parameters or policy, for two policies of one name, and for none alone.
    """
    require_family(request.family)
    require_mechanisms(request.without)
    require_parameter_source(request.parameter_source)
    asked = [p for p in request.policies if p != "none"]
    policies = [load_policy(p) for p in asked]
    if not asked:
        raise InputError(f"policies: {' '.join(request.policies)}: expected one beside none, which every run has")
    named = dict[str, str]()
    for given, policy in zip(asked, policies, strict=True):
        if policy.name in named:
            both = f"{named[policy.name]} and {given} are both called {policy.name!r}, after the file"
            raise InputError(f"policies: {both}; expected each policy once, under a name of its own")
        named[policy.name] = given
    reference = _reference(request)
    if not reference.is_empty and reference.name not in named:
        policies = [reference, *policies]
    pairs = [(0, i + 1) for i in range(len(policies))]
    return ScenarioSet([load_policy("none"), *policies], pairs, request.start, request.end)


class RunResult(NamedTuple):
    """A finished run: its record, and the data and choices behind it."""

    tables: StoredTables
    package: CityData
    found: Inference
    about: dict
    """What is kept beside the tables."""


class PreparedRun(NamedTuple):
    """A request with the city and the behaviour it is run on."""

    request: RunConfig
    city: City
    parameters: Parameters
    setting: ScenarioSet
    threads: int


def window_tables(run: PreparedRun, progress: Progress) -> Tables:
    """Run the days of a request, from where the history of the card had brought people, and return their record."""
    setting, seed = run.setting, run.request.seed
    start = start_of(run.city, run.parameters, setting.start, run.threads)
    days = progress.add_task(f"Running {len(setting.policies)} worlds by day", total=setting.n_days)
    on_day = partial(progress.advance, days)
    return run_worlds(run.city, run.parameters, setting, seed, run.threads, on_day, start_state=start)


def run_request(
    request: RunConfig,
    threads: int,
    progress: Progress | None = None,
    simulate: Callable[[PreparedRun, Progress], Tables] = window_tables,
) -> RunResult:
    """Run the policies of a request at the centre of its family, beside the world without any."""
    progress = progress or Progress(disable=True)
    package, setting = load_city_data(), setting_for(request)
    changed, off = without_mechanisms(package, request.without)
    city = build_city(changed, request.scale, request.seed)
    task = progress.add_task(f"Inferring choices ({request.family})", total=1)
    found = calibrated_family(package, request.family, request.seed, request.parameter_source)
    found = found._replace(parameters=off(found.parameters))
    progress.advance(task)
    tables = simulate(PreparedRun(request, city, found.parameters, setting, threads), progress)
    about = {key: str(v) if key in ("start", "end") else v for key, v in request._asdict().items()}
    about |= {"policies": {p.name: p.hash for p in setting.policies}, "data_hash": changed.hash}
    return RunResult(tables, changed, found, {**about, "parameters": found.parameters._asdict()})


def write_run(folder: Path, about: dict, tables: StoredTables) -> None:
    """Write the record of a run into a folder of its own, or nothing at all."""
    publish_result(folder, "run", about, tables)
