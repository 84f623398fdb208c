"""A comparison repeated over seeds until it is known as closely as wished."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.behavior.parameters import Parameters
from sim.city.build import build_city
from sim.city.package import Package, load_package
from sim.intervals import mean_interval
from sim.outcomes.attribution import CITY
from sim.outcomes.ladder import ladder
from sim.study.centre import infer_family
from sim.study.enough import Wish, until_enough
from sim.study.many import ByName, Many, Tables, Unit, fingerprint
from sim.study.mechanisms import switched_off
from sim.study.priors import CENTRE, Question, coefficients
from sim.study.single import FORMATS, MEASURES, Comparison, Request, setting_for, table_figures, title
from sim.study.store import finish
from sim.study.worlds import Setting, run_worlds


class SeedJob(NamedTuple):
    """The worlds of a request on the city and draws of one seed."""

    package: Package
    """Data, mechanisms switched off."""
    parameters: Parameters
    """Choices at the centre of the family, mechanisms switched off."""
    request: Request
    setting: Setting
    seed: int


def seed_tables(job: SeedJob) -> Tables:
    """Return the measures of each policy, and its ratio by rung (numerator per won of fiscal cost), on one seed."""
    request, setting = job.request, job.setting
    tables = run_worlds(build_city(job.package, request.scale, job.seed), job.parameters, setting, job.seed)
    c = coefficients(job.package, Question(request.family, CENTRE, request.seed), job.parameters)
    rungs = ladder(tables, request.scale, (CITY,), c)
    rows = [
        (job.seed, policy, measure, FORMATS[measure][0] * found[measure])
        for policy, found in table_figures(tables, request.scale, c).items()
        for measure in MEASURES
    ]
    of_cost = rungs[rungs["denominator"] == "fiscal_cost"]
    return {
        "measures": pd.DataFrame(rows, columns=["seed", "policy", "measure", "value"]),
        "ratios": of_cost[["policy", "rung", "ratio"]].reset_index(drop=True).assign(seed=job.seed),
    }


def _differences(by_policy: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return, seed by seed, each policy less the first one; a single one is itself a difference from none.

    `by_policy` has a row for each seed and a column for each policy, the first one first.
    """
    first, *others = by_policy.columns
    if not others:
        return {f"{first} less none": by_policy[first].to_numpy()}
    return {f"{name} less {first}": (by_policy[name] - by_policy[first]).to_numpy() for name in others}


def _by_policy(table: pd.DataFrame, policies: list[str], value: str) -> pd.DataFrame:
    return table.pivot(index="seed", columns="policy", values=value)[policies]


def run_until(request: Request, wish: Wish, folder: Path, many: Many) -> Comparison:
    """Run seeds in batches until the wish is met; keep their measures and the log in a folder; compare for the screen.

    The wish is about each policy less the first one on the same draws, or about the only one less none. Seeds are
    those from the request's own on, in order.
    """
    package, setting = load_package(), setting_for(request)
    changed, off = switched_off(package, request.without)
    found = off(infer_family(package, request.family, request.seed).parameters)
    policies = {p.name: p.hash for p in setting.policies[1:]}
    mark = fingerprint("repeated", changed.hash, repr(policies), repr(found), repr(request))

    def run_seeds(n: int) -> ByName:
        seeds = range(request.seed, request.seed + n)
        jobs = [SeedJob(changed, found, request, setting, seed) for seed in seeds]
        return many.run([Unit(f"seed-{job.seed:06d}", seed_tables, job) for job in jobs], mark)

    def ratios_of(n: int) -> dict[str, np.ndarray]:
        rows = run_seeds(n)["ratios"]
        return _differences(_by_policy(rows[rows["rung"] == wish.rung], list(policies), "ratio"))

    n, log = until_enough(wish, ratios_of)
    kept = run_seeds(n)
    tables = {"measures": kept["measures"], "ratios": kept["ratios"], "enough": log}
    about = {key: str(v) if key in ("start", "end") else v for key, v in request._asdict().items()}
    about |= {"policies": policies, "data_hash": changed.hash, "wish": wish._asdict(), "n_seeds": n}
    finish(folder, "run", {**about, "parameters": found._asdict()}, tables)
    return _compared(tables, list(policies), request, wish)


def _told(values: np.ndarray, written: str) -> str:
    return f"{values.mean():{written}} ± {mean_interval(values).half_width:{written.lstrip('+')}}"


def _compared(tables: Tables, policies: list[str], request: Request, wish: Wish) -> Comparison:
    rows = []
    for measure, part in tables["measures"].groupby("measure", sort=False):
        by_policy = _by_policy(part, policies, "value")
        row = {"measure": MEASURES[str(measure)]} | {
            name: _told(by_policy[name].to_numpy(), FORMATS[str(measure)][1]) for name in policies
        }
        if len(policies) > 1:
            row |= {name: _told(values, "+,.2f") for name, values in _differences(by_policy).items()}
        rows.append(row)
    last = tables["enough"].iloc[-1]
    met = "met" if tables["enough"].query("n == @last.n")["enough"].all() else "not met"
    about = f"{title(request)}, {last['n']} seeds"
    caption = (
        "Won per 100 won of fiscal cost. Mean of the seeds ± half of its 90 % interval, priors at their centres. "
        f"Wish of ± {wish.halfwidth_won:g} won for {wish.rung}: {met}. Having stopped on the width, "
        "an interval narrower than the wish covers a point or two less than it says (sim/study/enough.py)."
    )
    return Comparison(about, caption, pd.DataFrame(rows))
