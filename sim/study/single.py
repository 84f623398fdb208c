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
from sim.study.inference import CENTRE_ROUNDS, Inference, infer
from sim.study.priors import CENTRE, Question, behaviour, coefficients
from sim.study.store import Tables, finish, partial_folder, require_new
from sim.study.worlds import Setting, run_worlds
from sim.vocabulary import FAMILIES

INFERENCE_SCALE = 0.01
"""Scale of the city on which the choice parameters of a family are inferred."""


class Comparison(NamedTuple):
    """A table for the screen."""

    title: str
    caption: str
    rows: pd.DataFrame


def _require_family(family: str) -> None:
    if family not in FAMILIES:
        raise InputError(f"--family: {family}: expected one of {', '.join(FAMILIES)}")


def infer_family(package: Package, family: str, seed: int) -> Inference:
    """Return the choice parameters at the centre of a family."""
    question = Question(family, CENTRE, seed)
    city = build_city(package, INFERENCE_SCALE, seed)
    return infer(city, question, behaviour(package, question))


def comparison(tables: Tables, package: Package, found: Inference, setting: Setting, scale: float, title: str) -> Comparison:
    """Return the main outcomes of each policy against the world without any, for the screen."""
    family = title.split(" ")[0]
    c = coefficients(package, Question(family, CENTRE, 0), found.parameters)
    rungs = ladder(tables, scale, (CITY,), c)
    stays = retention(tables).query("home == 'incheon' and sector == 'all'").set_index("world")["share_city"]
    rows = []
    for policy in setting.policies[1:]:
        mine = rungs[(rungs["policy"] == policy.name) & (rungs["baseline"] == "none")]
        cost = mine.drop_duplicates("denominator").set_index("denominator")["cost_krw"]
        ratio = mine[mine["denominator"] == "public_cost"].set_index("rung")["ratio"]
        rows.append(
            {
                "policy": policy.name,
                "card payments": f"{mine['payments_krw'].iloc[0] / 1e8:,.0f}억",
                "cashback": f"{cost['cashback'] / 1e8:,.1f}억",
                "public cost": f"{cost['public_cost'] / 1e8:,.1f}억",
                "kept in city": f"{100 * stays[policy.name]:.2f} %",
                "more than without": f"{100 * (stays[policy.name] - stays['none']):+.2f} points",
                "gross use": f"{100 * ratio['gross_use']:,.0f}",
                "net city sales": f"{100 * ratio['net_city_sales']:,.0f}",
                "city value added": f"{100 * ratio['city_value_added_second_round']:,.0f}",
            }
        )
    caption = "Right-hand columns: won per 100 won of public cost, by definition. One seed, parameters at their centres: no interval."
    return Comparison(title, caption, pd.DataFrame(rows))


def run_single(
    policies: list[str],
    family: str,
    scale: float,
    seed: int,
    threads: int,
    period: tuple[datetime.date, datetime.date],
    folder: Path | None,
    replace: bool,
    progress: Progress,
) -> Comparison:
    """Run policies at the centre of a family; with a folder, keep the record of the run there.

    Everything is checked before anything is run; a run that stops leaves no result behind.
    """
    _require_family(family)
    package = load_package()
    names = ["none", *(p for p in policies if p != "none")]
    setting = Setting([load_policy(n) for n in names], [(0, i) for i in range(1, len(names))], *period)
    if folder is not None:
        require_new(folder, replace)
    city = build_city(package, scale, seed)
    task = progress.add_task(f"Inferring choices ({family})", total=CENTRE_ROUNDS + 1)
    found = infer_family(package, family, seed)
    progress.update(task, completed=CENTRE_ROUNDS + 1)
    days = progress.add_task(f"Running {len(names)} worlds", total=setting.n_days)
    tables = run_worlds(city, found.parameters, setting, seed, threads, lambda: progress.advance(days))
    if folder is not None:
        about = {
            "policies": {p.name: p.hash for p in setting.policies},
            "family": family,
            "scale": scale,
            "seed": seed,
            "start": str(period[0]),
            "end": str(period[1]),
            "data_hash": package.hash,
            "parameters": found.parameters._asdict(),
        }
        try:
            finish(folder, "run", about, tables)
        except OSError:
            shutil.rmtree(partial_folder(folder), ignore_errors=True)
            raise
    return comparison(tables, package, found, setting, scale, f"{family} family, {period[0]} to {period[1]}, scale {scale:g}")
