"""How far expectation is from the crowd: measured per output, kept in a table, and shown beside every figure.

Both engines live the same cities under the policies of 2020, so that only the engines differ. Twice: with the same
choice parameters (`same`: the error of the engine alone), and each with the parameters it infers itself (`own`: the
error of a figure that `eum expect` prints, which infers by expectation too).
"""

import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.behavior.parameters import Parameters
from sim.city.build import City, build_city
from sim.city.package import Package, load_package
from sim.engine.expected_record import expect
from sim.engine.record import Tables
from sim.errors import InputError
from sim.outcomes.attribution import CITY, class_totals
from sim.outcomes.ladder import RUNGS, ladder
from sim.outcomes.retention import retention
from sim.policy.files import load_policy
from sim.study.centre import INFERENCE_SCALE, infer_family
from sim.study.inference import Inference, infer, inference_of, inference_tables
from sim.study.many import Many, Unit, fingerprint
from sim.study.mechanisms import switched_off
from sim.study.priors import CENTRE, Question, behaviour, coefficients
from sim.study.single import Comparison, Request, comparison, setting_for
from sim.study.worlds import Setting, run_worlds

POLICIES = ("incheon-2020-actual", "incheon-2020-announced", "gyeyang-2020-actual", "gyeyang-2020-announced")
CROWD, SAME, OWN = "crowd", "same", "own"
SEEDS = (1, 2, 3, 4, 5)
"""Cities on which errors are measured."""

YEAR = (datetime.date(2020, 1, 1), datetime.date(2020, 12, 31))
COLUMNS = ("family", "policy", "choices", "output", "unit", "crowd", "expected", "error", "noise", "n_seeds", "scale")
"""Columns of the table. `error` is expected less crowd, mean over seeds, and `noise` its standard error: percent of the
crowd's figure where the unit is krw, persons or ratio; percentage points for shares; days for a budget's day."""

RELATIVE = ("krw", "persons", "ratio")
NEVER_DAY = 366
"""Day of a budget that lasts the year."""


class Asked(NamedTuple):
    """What the measurement is asked for."""

    families: tuple[str, ...]
    scale: float
    seeds: tuple[int, ...]


def expect_worlds(city: City, parameters: Parameters, setting: Setting, seed: int) -> Tables:
    """Return the tables of the worlds of a setting in expectation; no draw is made, so the seed says nothing."""
    return expect(city, setting.policies, parameters, (setting.start, setting.end))


def infer_in_expectation(package: Package, family: str, seed: int) -> Inference:
    """Return the choice parameters at the centre of a family, inferred by living the months in expectation."""
    question = Question(family, CENTRE, seed)
    city = build_city(package, INFERENCE_SCALE, seed)
    return infer(city, question, behaviour(package, question), run=expect_worlds)


def _exhausted(tables: Tables, policy: str) -> dict[tuple[str, str], float]:
    """Return the day of the year on which each budget of a policy runs out (1 January is 1)."""
    rows = tables["budgets"].query("world == @policy")
    first = YEAR[0].toordinal() - 1
    days = [datetime.date.fromisoformat(d).toordinal() - first if d else NEVER_DAY for d in rows["exhausted_on"]]
    return {(f"exhausted {budget}", "day"): float(day) for budget, day in zip(rows["budget"], days, strict=True)}


def outputs(tables: Tables, package: Package, parameters: Parameters, policy: str, asked: tuple[str, float]) -> dict:
    """Return every figure that is compared, by (output, unit). `asked` is (family, scale); amounts are whole-city."""
    family, scale = asked
    c = coefficients(package, Question(family, CENTRE, 1), parameters)
    rungs = ladder(tables, scale, (CITY,), c)
    rungs = rungs[rungs["policy"] == policy]
    cost = rungs.drop_duplicates("denominator").set_index("denominator")["cost_krw"]
    ratio = rungs[rungs["denominator"] == "public_cost"].set_index("rung")["ratio"]
    kept = retention(tables).query("home == 'incheon' and sector == 'all'").set_index("world")["share_city"]
    classes = class_totals(tables["classes"], ("none", policy))
    last = tables["daily"].query("world == @policy").iloc[-1]
    return {
        ("card_payments", "krw"): float(rungs["payments_krw"].iloc[0]),
        ("cashback", "krw"): float(cost["cashback"]),
        ("public_cost", "krw"): float(cost["public_cost"]),
        **{(f"class {name}", "percent"): 100 * float(won / classes.sum()) for name, won in classes.items()},
        ("kept_in_city", "percent"): 100 * float(kept[policy]),
        ("kept_more", "percent"): 100 * float(kept[policy] - kept["none"]),
        **{(rung, "ratio"): float(ratio[rung]) for rung in RUNGS},
        ("members", "persons"): float(last["subscribers"]) / scale,
        ("active_holders", "persons"): float(last["active_holders"]) / scale,
        **_exhausted(tables, policy),
    }


def _rows(crowd: dict, expected: dict) -> list[tuple]:
    """Return (output, unit, crowd, expected, error, noise) from the figures of all seeds, by (output, unit)."""
    rows = []
    for output, unit in crowd:
        seen, told = crowd[output, unit], expected[output, unit]
        gap = told - seen
        if unit in RELATIVE:
            gap = 100 * gap / abs(seen.mean()) if seen.mean() else gap
        noise = float(gap.std(ddof=1) / np.sqrt(len(gap))) if len(gap) > 1 else np.nan
        rows.append((output, unit, float(seen.mean()), float(told.mean()), float(gap.mean()), noise))
    return rows


class ChoicesJob(NamedTuple):
    """The choices at the centre of a family, by the crowd or by expectation."""

    package: Package
    family: str
    by_expectation: bool


def choices_tables(job: ChoicesJob) -> Tables:
    """Return the inferred choices as tables."""
    how = infer_in_expectation if job.by_expectation else infer_family
    return inference_tables(how(job.package, job.family, 1))


class FiguresJob(NamedTuple):
    """Both engines on one city: with the crowd's choices and, for expectation, with its own too."""

    package: Package
    family: str
    scale: float
    seed: int
    theirs: Parameters
    own: Parameters


def figures_table(job: FiguresJob) -> Tables:
    """Return every figure of every policy by way: the crowd, expectation with its choices, with its own."""
    worlds = [load_policy("none"), *map(load_policy, POLICIES)]
    setting = Setting(worlds, [(0, i + 1) for i in range(len(POLICIES))], *YEAR)
    city = build_city(job.package, job.scale, job.seed)
    ways = {
        CROWD: (run_worlds(city, job.theirs, setting, job.seed), job.theirs),
        SAME: (expect_worlds(city, job.theirs, setting, job.seed), job.theirs),
        OWN: (expect_worlds(city, job.own, setting, job.seed), job.own),
    }
    rows = [
        (job.family, way, policy, output, unit, value)
        for way, (tables, parameters) in ways.items()
        for policy in POLICIES
        for (output, unit), value in outputs(tables, job.package, parameters, policy, (job.family, job.scale)).items()
    ]
    return {"figures": pd.DataFrame(rows, columns=["family", "way", "policy", "output", "unit", "value"])}


def _choices(package: Package, asked: Asked, many: Many, mark: str) -> dict[str, list[Parameters]]:
    """Return by family the parameters that the crowd infers, and those that expectation does."""
    jobs = [ChoicesJob(package, family, own) for family in asked.families for own in (False, True)]
    units = [Unit(f"choices {job.family} {OWN if job.by_expectation else CROWD}", choices_tables, job) for job in jobs]
    kept = many.run(units, mark)
    found: dict[str, list[Parameters]] = {family: [] for family in asked.families}
    for unit, job in zip(units, jobs, strict=True):
        found[job.family].append(inference_of(kept.of(unit.name)).parameters)
    return found


def _figures(package: Package, asked: Asked, many: Many) -> pd.DataFrame:
    mark = fingerprint("errors of expectation", package.hash, repr(asked.scale))
    units = [
        Unit(f"{family} {seed}", figures_table, FiguresJob(package, family, asked.scale, seed, theirs, own))
        for family, (theirs, own) in _choices(package, asked, many, mark).items()
        for seed in asked.seeds
    ]
    return many.run(units, mark)["figures"]


def measure(package: Package, asked: Asked, many: Many) -> pd.DataFrame:
    """Return the table of errors of all families asked for; see COLUMNS."""
    figures = _figures(package, asked, many).groupby(["family", "way", "policy"], sort=False)
    runs = {
        key: part.groupby(["output", "unit"], sort=False)["value"].apply(np.array).to_dict() for key, part in figures
    }
    rows = [
        (family, policy, choices, *row, len(asked.seeds), asked.scale)
        for family in asked.families
        for policy in POLICIES
        for choices in (SAME, OWN)
        for row in _rows(runs[family, CROWD, policy], runs[family, choices, policy])
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


_ROWS = {
    "card payments (억원)": "card_payments",
    "cashback (억원)": "cashback",
    "public cost (억원)": "public_cost",
    "spending kept in city (%)": "kept_in_city",
    "more than without (points)": "kept_more",
    "gross use (won)": "gross_use",
    "net of replacement (won)": "net_of_replacement",
    "net city sales (won)": "net_city_sales",
    "city value added (won)": "city_value_added_second_round",
    "national net (won)": "national_net",
}
"""Rows of `sim.study.single.comparison` and their output in the table of errors."""


_UNITS = {"percent": "points", "day": "days"}


def worst_error(errors: pd.DataFrame, family: str, output: str) -> str:
    """Return in words the largest error measured for an output of a family over the policies of 2020.

    `output` may be the beginning of several ("exhausted" for every budget). Raises InputError where none was measured.
    """
    rows = errors[(errors["family"] == family) & (errors["choices"] == OWN) & errors["output"].str.startswith(output)]
    if rows.empty:
        raise InputError(
            f"table of errors: {family} {output}: expected a row; measure again: eum expect --measure-error"
        )
    error, noise, unit = rows[["error", "noise", "unit"]].to_numpy()[rows["error"].abs().argmax()]
    return f"{error:+.2g} {_UNITS.get(unit, '%')} (noise {noise:.1g})"


def _budget_rows(tables: Tables, policies: list[str], error: str) -> pd.DataFrame:
    """Return the day on which each budget runs out, a column for each policy."""
    rows = tables["budgets"]
    days = rows.assign(day=rows["exhausted_on"].replace("", "lasts")).pivot_table(
        index="budget", columns="world", values="day", aggfunc="first", sort=False
    )
    days = days.reindex(columns=policies).fillna("").reset_index()
    days.insert(0, "measure", "runs out: " + days.pop("budget"))
    return days.assign(**{ERROR: error})


ERROR = "largest error measured"


def expected_comparison(request: Request, errors: pd.DataFrame) -> Comparison:
    """Return the main outcomes of policies in expectation, each with the largest error measured for it."""
    package, setting = load_package(), setting_for(request)
    changed, off = switched_off(package, request.without)
    city = build_city(changed, request.scale, request.seed)
    found = infer_in_expectation(package, request.family, request.seed)
    found = found._replace(parameters=off(found.parameters))
    tables = expect_worlds(city, found.parameters, setting, request.seed)
    told = comparison(tables, changed, found, request)
    rows = told.rows.assign(**{ERROR: [worst_error(errors, request.family, _ROWS[m]) for m in told.rows["measure"]]})
    policies = [p.name for p in setting.policies if not p.is_empty]
    budgets = _budget_rows(tables, policies, worst_error(errors, request.family, "exhausted"))
    caption = "Won per 100 won of public cost, in expectation: no draw. "
    caption += "Error: against the crowd, four policies, the year 2020."
    return Comparison(told.title, caption, pd.concat([rows, budgets], ignore_index=True))


def load_errors(path: Path) -> pd.DataFrame:
    """Read the table of errors. Raises InputError when there is none: no figure is shown without its error."""
    if not path.is_file():
        raise InputError(f"{path}: no table of errors; expected the one that eum expect --measure-error writes")
    return pd.read_csv(path)
