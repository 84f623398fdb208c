"""How far expectation is from the crowd: measured per output, kept in a table, and shown beside every figure.

Both engines live the same cities under the policies of 2020, so that only the engines differ. Twice: with the same
choice parameters (`same`: the error of the engine alone), and each with the parameters it infers itself (`own`: the
error of a figure that `eum expect` prints, which infers by expectation too).
"""

import datetime
from collections.abc import Callable
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
from sim.study.inference import Inference, infer
from sim.study.mechanisms import switched_off
from sim.study.priors import CENTRE, Question, behaviour, coefficients
from sim.study.single import Comparison, Request, comparison, setting_for
from sim.study.worlds import Setting, run_worlds

POLICIES = ("incheon-2020-actual", "incheon-2020-announced", "gyeyang-2020-actual", "gyeyang-2020-announced")
SAME, OWN = "same", "own"
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


def _rows(crowd: list[dict], expected: list[dict]) -> list[tuple]:
    """Return (output, unit, crowd, expected, error, noise) from the figures of all seeds."""
    rows = []
    for output, unit in crowd[0]:
        seen, told = (np.array([run[output, unit] for run in runs]) for runs in (crowd, expected))
        gap = told - seen
        if unit in RELATIVE:
            gap = 100 * gap / abs(seen.mean()) if seen.mean() else gap
        noise = float(gap.std(ddof=1) / np.sqrt(len(gap))) if len(gap) > 1 else np.nan
        rows.append((output, unit, float(seen.mean()), float(told.mean()), float(gap.mean()), noise))
    return rows


def measure_family(package: Package, family: str, asked: Asked, on_run: Callable[[], object]) -> list[tuple]:
    """Return the rows of one family: both engines on the same cities, with the same and with their own choices."""
    setting = Setting(
        [load_policy("none"), *map(load_policy, POLICIES)], [(0, i + 1) for i in range(len(POLICIES))], *YEAR
    )
    theirs = infer_family(package, family, 1).parameters
    own = infer_in_expectation(package, family, 1).parameters
    found: dict[tuple[str, str], list[dict]] = {}
    for seed in asked.seeds:
        city = build_city(package, asked.scale, seed)
        ways = {
            "crowd": (run_worlds(city, theirs, setting, seed), theirs),
            SAME: (expect_worlds(city, theirs, setting, seed), theirs),
            OWN: (expect_worlds(city, own, setting, seed), own),
        }
        for way, (tables, parameters) in ways.items():
            for policy in POLICIES:
                figures = outputs(tables, package, parameters, policy, (family, asked.scale))
                found.setdefault((way, policy), []).append(figures)
        on_run()
    about = (len(asked.seeds), asked.scale)
    return [
        (family, policy, choices, *row, *about)
        for policy in POLICIES
        for choices in (SAME, OWN)
        for row in _rows(found["crowd", policy], found[choices, policy])
    ]


def measure(package: Package, asked: Asked, on_run: Callable[[], object] = lambda: None) -> pd.DataFrame:
    """Return the table of errors of all families asked for; see COLUMNS."""
    rows = [row for family in asked.families for row in measure_family(package, family, asked, on_run)]
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
