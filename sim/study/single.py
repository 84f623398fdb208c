"""One run of some policies beside the world without any, and the few numbers to compare them by."""

import datetime
import shutil
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from rich.progress import Progress

from sim.city.build import build_city
from sim.city.package import Package, load_package
from sim.engine.start import last_count_of_members
from sim.errors import InputError
from sim.outcomes.attribution import CITY
from sim.outcomes.ladder import Coefficients, ladder
from sim.outcomes.retention import retention
from sim.policy.files import load_policy
from sim.study.centre import infer_family
from sim.study.inference import Inference
from sim.study.mechanisms import require_mechanisms, switched_off
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
    members_given: bool = False
    """Whether there are as many members each day as were counted, rather than those who join by the model's rule."""


class Comparison(NamedTuple):
    """A table for the screen."""

    title: str
    caption: str
    rows: pd.DataFrame


MEASURES = {
    "card_payments": "card payments (억원)",
    "cashback": "cashback (억원)",
    "fiscal_cost": "fiscal cost (억원)",
    "kept_in_city": "spending kept in city (%)",
    "kept_more": "more than without (points)",
    "gross_use": "gross use (won)",
    "net_of_replacement": "net of replacement (won)",
    "net_city_sales": "net city sales (won)",
    "city_value_added_second_round": "city value added (won)",
    "national_net": "national net (won)",
}
"""Figures shown of each policy and what they are called; those of the ladder per 100 won of fiscal cost."""

FORMATS = dict.fromkeys(MEASURES, (100.0, "z,.0f")) | {
    "card_payments": (1e-8, "z,.0f"),
    "cashback": (1e-8, "z,.1f"),
    "fiscal_cost": (1e-8, "z,.1f"),
    "kept_in_city": (1.0, "z.2f"),
    "kept_more": (1.0, "+z.2f"),
}
"""What a figure is multiplied by for the screen, and how it is written."""


def table_figures(tables: Tables, scale: float, c: Coefficients) -> dict[str, dict[str, float]]:
    """Return the main figures of each policy against the world without any, by policy and name.

    Whole-city won (card_payments, cashback, fiscal_cost); the ladder per won of fiscal cost, by rung; residents'
    spending kept in the city and how much more that is than without, percent and points.
    """
    rungs, found = ladder(tables, scale, (CITY,), c), {}
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


def shown(figures: dict[str, float]) -> dict[str, str]:
    """Return the figures of one policy in the words and units of the screen."""
    words = {}
    for name, word in MEASURES.items():
        factor, form = FORMATS[name]
        words[word] = f"{factor * figures[name]:{form}}"
    return words


def comparison(tables: Tables, package: Package, found: Inference, request: Request) -> Comparison:
    """Return the main outcomes of each policy against the world without any, for the screen."""
    c = coefficients(package, Question(request.family, CENTRE, request.seed), found.parameters)
    caption = "Won per 100 won of fiscal cost. One seed, priors at their centres: no interval (see eum study)."
    caption += members_assumed(package, request.start)
    return Comparison(title(request), caption, side_by_side(table_figures(tables, request.scale, c)))


def members_assumed(package: Package, date: datetime.date) -> str:
    """Return in words, after a space, that members on a date are an assumption; nothing where they were counted."""
    counted = last_count_of_members(package)
    if date <= counted:
        return ""
    number = package.assumptions("members_after_last_count")["value"].iloc[-1]
    return f" Nobody counted members after {counted}: the last figure, {number:,.0f}, stands in."


def title(request: Request) -> str:
    """Return what a comparison is about."""
    words = f"{request.family} family, {request.start} to {request.end}, scale {request.scale:g}"
    return words + "".join(f", without {name}" for name in request.without)


def side_by_side(figures: dict[str, dict[str, float]]) -> pd.DataFrame:
    """Return the figures of policies (by policy and name) as a table: a row per measure, a column per policy."""
    table = pd.DataFrame({policy: shown(mine) for policy, mine in figures.items()})
    return table.rename_axis("measure").reset_index()


def require_family(family: str) -> None:
    """Raise InputError for an unknown family of evidence."""
    if family not in FAMILIES:
        raise InputError(f"--family: {family}: expected one of {', '.join(FAMILIES)}")


def setting_for(request: Request) -> Setting:
    """Return the worlds of a request: none first, then its policies, each compared with none.

    Raises InputError for an unknown family, mechanism or policy, for two policies of one name, and for none alone.
    """
    require_family(request.family)
    require_mechanisms(request.without)
    asked = [p for p in request.policies if p != "none"]
    policies = [load_policy(p) for p in ("none", *asked)]
    if not asked:
        raise InputError(f"policies: {' '.join(request.policies)}: expected one beside none, which every run has")
    named = {"none": "none"}
    for given, policy in zip(asked, policies[1:], strict=True):
        if policy.name in named:
            both = f"{named[policy.name]} and {given} are both called {policy.name!r}, after the file"
            raise InputError(f"policies: {both}; expected each policy once, under a name of its own")
        named[policy.name] = given
    return Setting(policies, [(0, i) for i in range(1, len(policies))], request.start, request.end)


class Ran(NamedTuple):
    """A finished run: its record, and the data and choices behind it."""

    tables: Tables
    package: Package
    found: Inference
    about: dict
    """What is kept beside the tables."""


def run_request(request: Request, threads: int, progress: Progress) -> Ran:
    """Run the policies of a request at the centre of its family, beside the world without any."""
    package, setting = load_package(), setting_for(request)
    changed, off = switched_off(package, request.without)
    city = build_city(changed, request.scale, request.seed)
    task = progress.add_task(f"Inferring choices ({request.family})", total=1)
    found = infer_family(package, request.family, request.seed)
    found = found._replace(parameters=off(found.parameters))
    progress.advance(task)
    days = progress.add_task(f"Running {len(setting.policies)} worlds by day", total=setting.n_days)
    tables = run_worlds(
        *(city, found.parameters, setting, request.seed, threads, lambda: progress.advance(days)),
        members_given=request.members_given,
    )
    about = {key: str(v) if key in ("start", "end") else v for key, v in request._asdict().items()}
    about |= {"policies": {p.name: p.hash for p in setting.policies}, "data_hash": changed.hash}
    return Ran(tables, changed, found, {**about, "parameters": found.parameters._asdict()})


def run_single(request: Request, threads: int, folder: Path | None, replace: bool, progress: Progress) -> Comparison:
    """Run policies at the centre of a family; with a folder, keep the record of the run there.

    Everything is checked before anything is run; a run that stops leaves no result behind.
    """
    if folder is not None:
        require_new(folder, replace)
    ran = run_request(request, threads, progress)
    if folder is not None:
        keep(folder, ran.about, ran.tables)
    return comparison(ran.tables, ran.package, ran.found, request)


def keep(folder: Path, about: dict, tables: Tables) -> None:
    """Write the record of a run into a folder of its own, or nothing at all."""
    try:
        finish(folder, "run", about, tables)
    except OSError:
        shutil.rmtree(partial_folder(folder), ignore_errors=True)
        raise
