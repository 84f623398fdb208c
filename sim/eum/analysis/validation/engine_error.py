"""How far expectation is from the crowd: measured per output, kept in a table, and shown beside every figure.

Both engines simulate the same cities under the policies of 2020, so that only the engines differ. Twice: with the same
choice parameters (`same`: the error of the engine alone), and each with the parameters it infers itself (`own`: the
error of a figure that `eum compare --engine expected` prints, which infers by expectation too).
"""

import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from eum.analysis.experiments.run import table_figures
from eum.behavior.parameters import Parameters
from eum.calibration.anchoring import inference_of, inference_tables
from eum.calibration.carried_start import start_of
from eum.calibration.central import calibrated_family
from eum.calibration.expectation import Expected, ExpectedOutcome, expected_figures, infer_in_expectation
from eum.calibration.priors import CENTRAL, ParameterDraw, coefficients
from eum.city.build import build_city
from eum.city.data import CityData
from eum.dimensions import EFFECTS
from eum.engine.results import Tables
from eum.engine.scenarios import ScenarioSet, run_worlds
from eum.errors import InputError
from eum.intervals import standard_error
from eum.outcomes.attribution import class_totals
from eum.outcomes.effects import Coefficients
from eum.policy.files import load_policy
from eum.policy.model import Budget
from eum.resources import resource
from eum.runner.tasks import Task, TaskRunner, work_fingerprint

ERROR_POLICIES = ("incheon-2020-actual", "incheon-2020-announced", "gyeyang-2020-actual", "gyeyang-2020-announced")
ERROR_CHANGES = (
    ("incheon-2020-announced", "incheon-2020-actual"),
    ("incheon-2020-actual", "gyeyang-2020-actual"),
    ("incheon-2020-announced", "gyeyang-2020-announced"),
)
"""Changes from one policy to another whose errors are measured too."""
CROWD, SAME, OWN = "crowd", "same", "own"
SEEDS = (1, 2, 3, 4, 5)
"""Cities on which errors are measured."""

YEAR = (datetime.date(2020, 1, 1), datetime.date(2020, 12, 31))
ERROR_COLUMNS = (
    "family",
    "policy",
    "choices",
    "output",
    "unit",
    "crowd",
    "expected",
    "error",
    "noise",
    "n_seeds",
    "scale",
)
"""Columns of the table. `error` is expected less crowd, mean over seeds, and `noise` its standard error: percent of the
crowd's figure where the unit is krw, persons or ratio; percentage points for shares; days for a budget's day.

A change of CHANGES stands as a policy of its own (`change_name`), its outputs are named `additional ...`: amounts, and
the additional effect per additional won of fiscal cost by rung."""

RELATIVE = ("krw", "persons", "ratio")
NEVER_DAY = 366
"""Day of a budget that lasts the year."""


class ErrorConfig(NamedTuple):
    """What the measurement is made for."""

    families: tuple[str, ...]
    scale: float
    seeds: tuple[int, ...]


_MONEY = ("card_payments", "cashback", "fiscal_cost")
ADDITIONAL = "additional "
NOT_MEASURED = "not measured"


def change_name(before: str, after: str) -> str:
    """Return the name of a change from one policy to another in the table of errors."""
    return f"{before} to {after}"


def _changed(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """Return the figures of a change, by name: amounts, and additional effects per won of additional fiscal cost."""
    more = {name: after[name] - before[name] for name in _MONEY}
    effects = {rung: after[rung] * after["fiscal_cost"] - before[rung] * before["fiscal_cost"] for rung in EFFECTS}
    ratios = {rung: krw / more["fiscal_cost"] if more["fiscal_cost"] else np.nan for rung, krw in effects.items()}
    return {f"{ADDITIONAL}{name}": value for name, value in {**more, **ratios}.items()}


def with_changes(found: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Return figures by policy and name with those of the changes between policies."""
    changes = {change_name(*pair): _changed(*(found[policy] for policy in pair)) for pair in ERROR_CHANGES}
    return {**found, **changes}


def _unit(output: str) -> str:
    output = output.removeprefix(ADDITIONAL)
    if output in _MONEY:
        return "krw"
    if output in ("members", "active_holders"):
        return "persons"
    return "day" if output.startswith("exhausted ") else "ratio" if output in EFFECTS else "percent"


def _outputs(
    main: dict[str, float], classes: dict[str, float], cards: tuple[float, float], days: dict[str, float]
) -> dict[str, float]:
    """Return every figure that is compared, by name: main figures, classes in percent, members and active holders, and
    the day of the year on which each budget runs out (1 January is 1)."""
    total = sum(classes.values())
    shares = {f"class {name}": 100 * won / total for name, won in classes.items()}
    money, names = {name: main[name] for name in _MONEY}, {"members": cards[0], "active_holders": cards[1]}
    return {**money, **shares, **main, **names, **{f"exhausted {budget}": day for budget, day in days.items()}}


def _day_of_year(day: datetime.date | None) -> float:
    return float((day - YEAR[0]).days + 1) if day else float(NEVER_DAY)


def crowd_outputs(tables: Tables, scale: float, c: Coefficients) -> dict[str, dict[str, float]]:
    """Return every figure that is compared from the record of a run, by policy and name; amounts are whole-city."""
    found = {}
    for policy, main in table_figures(tables, scale, c).items():
        classes = {str(name): float(won) for name, won in class_totals(tables["classes"], ("none", policy)).items()}
        last = tables["daily"].query("world == @policy").iloc[-1]
        cards = (float(last["subscribers"]) / scale, float(last["active_holders"]) / scale)
        rows = tables["budgets"].query("world == @policy")
        closed = [datetime.date.fromisoformat(day) if day else None for day in rows["exhausted_on"]]
        days = dict(zip(rows["budget"], map(_day_of_year, closed), strict=True))
        found[policy] = _outputs(main, classes, cards, days)
    return found


def expected_outputs(outcome: ExpectedOutcome) -> dict[str, float]:
    """Return the same figures from what a policy comes to in expectation, by name."""
    cards = (outcome.subscribers, outcome.active_holders)
    days = {budget: _day_of_year(day) for budget, day in outcome.exhausted_on.items()}
    return _outputs(expected_figures(outcome), outcome.class_krw, cards, days)


def _rows(crowd: dict, expected: dict) -> list[tuple]:
    """Return (output, unit, crowd, expected, error, noise) from the figures of all seeds, by output."""
    rows = []
    for output, seen in crowd.items():
        in_expectation, unit = expected[output], _unit(output)
        gap = in_expectation - seen
        if unit in RELATIVE:
            gap = 100 * gap / abs(seen.mean()) if seen.mean() else gap
        noise = float(standard_error(gap))
        rows.append((output, unit, float(seen.mean()), float(in_expectation.mean()), float(gap.mean()), noise))
    return rows


class ChoicesJob(NamedTuple):
    """The choices at the centre of a family, by the crowd or by expectation."""

    package: CityData
    family: str
    by_expectation: bool


def choices_tables(job: ChoicesJob) -> Tables:
    """Return the inferred choices as tables."""
    how = infer_in_expectation if job.by_expectation else calibrated_family
    return inference_tables(how(job.package, job.family, 1))


class FiguresJob(NamedTuple):
    """Both engines on one city: with the crowd's choices and, for expectation, with its own too."""

    package: CityData
    family: str
    scale: float
    seed: int
    theirs: Parameters
    own: Parameters


def figures_table(job: FiguresJob) -> Tables:
    """Return every figure of every policy by way: the crowd, expectation with its choices, with its own."""
    worlds = [load_policy("none"), *map(load_policy, ERROR_POLICIES)]
    setting = ScenarioSet(worlds, [(0, i + 1) for i in range(len(ERROR_POLICIES))], *YEAR)
    city = build_city(job.package, job.scale, job.seed)
    draw = ParameterDraw(job.family, CENTRAL, 1)
    c = coefficients(job.package, draw, job.theirs)
    start = start_of(city, job.theirs, YEAR[0])
    tables = run_worlds(city, job.theirs, setting, job.seed, start_state=start)
    ways = {CROWD: crowd_outputs(tables, job.scale, c)}
    for way, parameters in ((SAME, job.theirs), (OWN, job.own)):
        start = start_of(city, parameters, YEAR[0])
        expected = Expected(city, parameters, coefficients(job.package, draw, parameters), YEAR, start)
        ways[way] = {policy.name: expected_outputs(expected.evaluate(policy)) for policy in worlds[1:]}
    rows = [
        (job.family, way, policy, output, value)
        for way, found in ways.items()
        for policy, figures_of in with_changes(found).items()
        for output, value in figures_of.items()
    ]
    return {"figures": pd.DataFrame(rows, columns=["family", "way", "policy", "output", "value"])}


def _choices(package: CityData, config: ErrorConfig, many: TaskRunner, fingerprint: str) -> dict[str, list[Parameters]]:
    """Return by family the parameters that the crowd infers, and those that expectation does."""
    jobs = [ChoicesJob(package, family, own) for family in config.families for own in (False, True)]
    tasks = [Task(f"choices {job.family} {OWN if job.by_expectation else CROWD}", choices_tables, job) for job in jobs]
    kept = many.run(tasks, fingerprint)
    found: dict[str, list[Parameters]] = {family: [] for family in config.families}
    for task, job in zip(tasks, jobs, strict=True):
        found[job.family].append(inference_of(kept.of(task.name)).parameters)
    return found


def _figures(package: CityData, config: ErrorConfig, many: TaskRunner) -> pd.DataFrame:
    fingerprint = work_fingerprint("errors of expectation", package.hash, repr(config.scale))
    tasks = [
        Task(f"{family} {seed}", figures_table, FiguresJob(package, family, config.scale, seed, theirs, own))
        for family, (theirs, own) in _choices(package, config, many, fingerprint).items()
        for seed in config.seeds
    ]
    return many.run(tasks, fingerprint)["figures"]


def measure(package: CityData, config: ErrorConfig, many: TaskRunner) -> pd.DataFrame:
    """Return the table of errors of all requested families; see COLUMNS."""
    figures = _figures(package, config, many).groupby(["family", "way", "policy"], sort=False)
    runs = {key: part.groupby("output", sort=False)["value"].apply(np.array).to_dict() for key, part in figures}
    rows = [
        (family, policy, choices, *row, len(config.seeds), config.scale)
        for family in config.families
        for policy in (*ERROR_POLICIES, *(change_name(*pair) for pair in ERROR_CHANGES))
        for choices in (SAME, OWN)
        for row in _rows(runs[family, CROWD, policy], runs[family, choices, policy])
    ]
    return pd.DataFrame(rows, columns=list(ERROR_COLUMNS))


_UNITS = {"percent": "points", "day": "days"}


def _largest(rows: pd.DataFrame) -> str:
    error, noise, unit = rows[["error", "noise", "unit"]].to_numpy()[rows["error"].abs().argmax()]
    return f"{error:+.2g} {_UNITS.get(unit, '%')} (noise {noise:.1g})"


def worst_error(errors: pd.DataFrame, family: str, output: str) -> str:
    """Return in words the largest error measured for an output of a family over the policies of 2020.

    Raises InputError where none was measured.
    """
    rows = errors[(errors["family"] == family) & (errors["choices"] == OWN) & (errors["output"] == output)]
    if rows.empty:
        raise InputError(
            f"table of errors: {family} {output}: expected a row; measure again: eum validate engine-error"
        )
    return _largest(rows)


def change_error(errors: pd.DataFrame, family: str, output: str, change: tuple[str, str]) -> str:
    """Return in words the error measured for an output of a change: of this one, or the largest of those measured.

    NOT_MEASURED where the table has no change at all.
    """
    rows = errors[(errors["family"] == family) & (errors["choices"] == OWN)]
    rows = rows[(rows["output"] == f"{ADDITIONAL}{output}") & rows["error"].notna()]
    own = rows[rows["policy"].isin([change_name(*change), change_name(*reversed(change))])]
    if rows.empty:
        return NOT_MEASURED
    return _largest(own) if len(own) else f"largest of {len(rows)} others: {_largest(rows)}"


def _is_measured(budget: Budget) -> bool:
    """Return whether this pot of money, and not another of its name, is one of those whose error was measured."""
    money = [(b.id, b.amount_krw, b.supplements) for name in ERROR_POLICIES for b in load_policy(name).budget]
    return (budget.id, budget.amount_krw, budget.supplements) in money


def budget_error(errors: pd.DataFrame, family: str, budgets: list[Budget]) -> str:
    """Return in words the error of the day on which a budget runs out: the largest measured for it.

    `budgets` are those of one id in the policies shown. Where one of them was not measured, the largest error over all
    budgets stands there and is called that. Raises InputError where a table has no budget at all.
    """
    if all(map(_is_measured, budgets)):
        return worst_error(errors, family, f"exhausted {budgets[0].id}")
    rows = errors[(errors["family"] == family) & (errors["choices"] == OWN) & (errors["unit"] == "day")]
    if rows.empty:
        raise InputError(f"table of errors: {family}: expected budgets; measure again: eum validate engine-error")
    return f"not measured; largest of all budgets: {_largest(rows)}"


def shipped_errors() -> Path:
    """Return the file of the errors that come with eum."""
    return resource("docs/expected-error.csv")


def load_errors(path: Path) -> pd.DataFrame:
    """Read the table of errors. Raises InputError when there is none: no figure is shown without its error."""
    if not path.is_file():
        raise InputError(f"{path}: no table of errors; expected the one that eum validate engine-error writes")
    try:
        found = pd.read_csv(path)
    except (ValueError, OSError):
        found = pd.DataFrame()
    missing = [column for column in ERROR_COLUMNS if column not in found]
    if missing:
        raise InputError(f"{path}: {missing[0]}: no such column; expected the table of eum validate engine-error")
    return found
