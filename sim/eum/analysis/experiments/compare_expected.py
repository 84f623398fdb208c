"""A comparison in expectation: seconds, no draw, and what was measured of the error beside it."""

import pandas as pd

from eum.analysis.experiments.compare import Runs, by_family, summary
from eum.analysis.experiments.comparison_figures import MAIN_RUNGS, outcome_rows
from eum.analysis.experiments.comparison_tables import Comparison
from eum.analysis.experiments.run import Request, reference_of, setting_for
from eum.analysis.validation.engine_error import NOT_MEASURED, budget_error, change_error, worst_error
from eum.calibration.expectation import expected_city
from eum.city.data import Package
from eum.policy.model import Policy

OF_LEVELS = ("card_payments", "cashback", "fiscal_cost", "kept_in_city", "kept_more", *MAIN_RUNGS)
OF_CHANGES = ("card_payments", "cashback", "fiscal_cost", *MAIN_RUNGS)
"""Outputs whose errors are shown."""

EXPECTED = "In expectation: no draw, no interval; the measured error is in the last table."


def expected_table(package: Package, request: Request) -> pd.DataFrame:
    """Return the table of a comparison (`eum.analysis.experiments.compare.COLUMNS`) in expectation, in every family
    asked for."""
    rows = []
    for family, mine in by_family(request).items():
        about = ((mine.scale, mine.seed), (mine.start, mine.end), mine.without)
        expected = expected_city(package, family, *about)
        outcomes = [expected.evaluate(policy) for policy in policies_of(mine)]
        rows.append(outcome_rows(outcomes, reference_of(mine)).assign(family=family, run=0))
    return summary(pd.concat(rows, ignore_index=True), request, Runs(1, 0))


def policies_of(request: Request) -> list[Policy]:
    """Return the policies of a request in their order, without the empty one."""
    family = next(iter(by_family(request)))
    return [policy for policy in setting_for(request._replace(family=family)).policies if not policy.is_empty]


def errors_table(errors: pd.DataFrame, request: Request) -> Comparison:
    """Return the largest errors of expectation against the crowd that were measured, for the screen.

    Raises InputError where the error of a figure shown was not measured; a change may say so instead.
    """
    families, policies, reference = list(by_family(request)), policies_of(request), reference_of(request)
    lines = [{"measure": "each policy against none"}]
    lines += [_line(name, {f: worst_error(errors, f, name) for f in families}) for name in OF_LEVELS]
    for budget in dict.fromkeys(b.id for policy in policies for b in policy.budget):
        same = [b for policy in policies for b in policy.budget if b.id == budget]
        lines.append(_line(f"runs out: {budget}", {f: budget_error(errors, f, same) for f in families}))
    names = [policy.name for policy in policies]
    for change in [(reference, name) for name in names if reference in names and name != reference]:
        lines += _change_lines(errors, change, families)
    rows = pd.DataFrame(lines, columns=["measure", *families]).fillna("")
    caption = "Expectation less crowd, in percent, points or days; four policies and three changes of 2020, full year."
    return Comparison("Largest error measured", caption, rows)


def _change_lines(errors: pd.DataFrame, change: tuple[str, str], families: list[str]) -> list[dict[str, str]]:
    told = {name: {f: change_error(errors, f, name, change) for f in families} for name in OF_CHANGES}
    heading = {"measure": f"{change[0]} to {change[1]}, additional"}
    if {word for by_family_ in told.values() for word in by_family_.values()} == {NOT_MEASURED}:
        return [{**heading, **dict.fromkeys(families, NOT_MEASURED)}]
    return [heading, *(_line(name, by_family_) for name, by_family_ in told.items())]


def _line(name: str, by_family_: dict[str, str]) -> dict[str, str]:
    return {"measure": f"  {name.replace('_', ' ')}", **by_family_}
