"""One run of some policies beside the world without any, and the few numbers to compare them by."""

import datetime
import shutil
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from rich.progress import Progress

from sim.city.build import build_city
from sim.city.package import Package, load_package
from sim.errors import InputError
from sim.outcomes.attribution import CITY
from sim.outcomes.ladder import ladder
from sim.outcomes.retention import retention
from sim.policy.files import load_policy
from sim.study.centre import infer_family
from sim.study.inference import Inference
from sim.study.mechanisms import switched_off
from sim.study.priors import CENTRE, Question, coefficients
from sim.study.store import Tables, finish, partial_folder, require_new
from sim.study.worlds import Setting, run_worlds
from sim.vocabulary import FAMILIES


class Request(NamedTuple):
    """What one run is asked for."""

    policies: list[str]
    family: str
    scale: float
    seed: int
    start: datetime.date
    end: datetime.date
    without: tuple[str, ...] = ()
    """Mechanisms switched off."""


class Comparison(NamedTuple):
    """A table for the screen."""

    title: str
    caption: str
    rows: pd.DataFrame


FORMATS = {
    "card payments (억원)": ",.0f",
    "cashback (억원)": ",.1f",
    "public cost (억원)": ",.1f",
    "spending kept in city (%)": ".2f",
    "more than without (points)": "+.2f",
    "gross use (won)": ",.0f",
    "net of replacement (won)": ",.0f",
    "net city sales (won)": ",.0f",
    "city value added (won)": ",.0f",
    "national net (won)": ",.0f",
}
"""The measures of a comparison with their units, and how they are written."""


def measures(rungs: pd.DataFrame, stays: pd.Series, policy: str) -> dict[str, float]:
    """Return the measures of a policy against none, in the units of FORMATS, from a ladder and shares kept by world."""
    mine = rungs[(rungs["policy"] == policy) & (rungs["baseline"] == "none")]
    cost = mine.drop_duplicates("denominator").set_index("denominator")["cost_krw"]
    ratio = mine[mine["denominator"] == "public_cost"].set_index("rung")["ratio"]
    values = (
        mine["payments_krw"].iloc[0] / 1e8,
        cost["cashback"] / 1e8,
        cost["public_cost"] / 1e8,
        100 * stays[policy],
        100 * (stays[policy] - stays["none"]),
        100 * ratio["gross_use"],
        100 * ratio["net_of_replacement"],
        100 * ratio["net_city_sales"],
        100 * ratio["city_value_added_second_round"],
        100 * ratio["national_net"],
    )
    return dict(zip(FORMATS, map(float, values), strict=True))


def _written(values: dict[str, float]) -> dict[str, str]:
    return {measure: f"{value:{FORMATS[measure]}}" for measure, value in values.items()}


def comparison(tables: Tables, package: Package, found: Inference, request: Request) -> Comparison:
    """Return the main outcomes of each policy against the world without any, for the screen."""
    c = coefficients(package, Question(request.family, CENTRE, request.seed), found.parameters)
    rungs = ladder(tables, request.scale, (CITY,), c)
    stays = retention(tables).query("home == 'incheon' and sector == 'all'").set_index("world")["share_city"]
    policies = [world for world in tables["flows"]["world"].unique() if world != "none"]
    table = pd.DataFrame({policy: _written(measures(rungs, stays, policy)) for policy in policies})
    caption = "Won per 100 won of public cost. One seed, priors at their centres: no interval (see eum study)."
    return Comparison(title_of(request), caption, table.rename_axis("measure").reset_index())


def title_of(request: Request) -> str:
    """Return what a request is about, for the head of a table."""
    title = f"{request.family} family, {request.start} to {request.end}, scale {request.scale:g}"
    return title + "".join(f", without {name}" for name in request.without)


def require_family(family: str) -> None:
    """Raise InputError for an unknown family of evidence."""
    if family not in FAMILIES:
        raise InputError(f"--family: {family}: expected one of {', '.join(FAMILIES)}")


def setting_for(request: Request) -> Setting:
    """Return the worlds of a request: none first, then its policies, each compared with none."""
    require_family(request.family)
    policies = [load_policy("none"), *(load_policy(p) for p in request.policies if p != "none")]
    names = [p.name for p in policies]
    if len(set(names)) < len(names):
        raise InputError(f"policies: {' '.join(request.policies)}: expected each policy once")
    return Setting(policies, [(0, i) for i in range(1, len(policies))], request.start, request.end)


def run_single(request: Request, threads: int, folder: Path | None, replace: bool, progress: Progress) -> Comparison:
    """Run policies at the centre of a family; with a folder, keep the record of the run there.

    Everything is checked before anything is run; a run that stops leaves no result behind.
    """
    package, setting = load_package(), setting_for(request)
    if folder is not None:
        require_new(folder, replace)
    changed, off = switched_off(package, request.without)
    city = build_city(changed, request.scale, request.seed)
    task = progress.add_task(f"Inferring choices ({request.family})", total=1)
    found = infer_family(package, request.family, request.seed)
    found = found._replace(parameters=off(found.parameters))
    progress.advance(task)
    days = progress.add_task(f"Running {len(setting.policies)} worlds by day", total=setting.n_days)
    tables = run_worlds(city, found.parameters, setting, request.seed, threads, lambda: progress.advance(days))
    if folder is not None:
        about = {key: str(v) if key in ("start", "end") else v for key, v in request._asdict().items()}
        about |= {"policies": {p.name: p.hash for p in setting.policies}, "data_hash": changed.hash}
        _keep(folder, {**about, "parameters": found.parameters._asdict()}, tables)
    return comparison(tables, changed, found, request)


def _keep(folder: Path, about: dict, tables: Tables) -> None:
    try:
        finish(folder, "run", about, tables)
    except OSError:
        shutil.rmtree(partial_folder(folder), ignore_errors=True)
        raise
