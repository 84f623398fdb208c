"""A comparison in expectation: seconds, no draw, and what was measured of the error beside it."""

import pandas as pd

from eum.analysis.experiments.compare import Runs, figure_intervals, requests_by_family
from eum.analysis.experiments.comparison_figures import MAIN_EFFECTS, outcome_rows
from eum.analysis.experiments.comparison_tables import Comparison
from eum.analysis.experiments.run import RunConfig, reference_of, setting_for
from eum.analysis.validation.engine_error import NOT_MEASURED, budget_error, change_error, worst_error
from eum.calibration.expectation import expected_city
from eum.city.data import CityData
from eum.policy.model import Policy

OF_LEVELS = ("card_payments", "cashback", "fiscal_cost", "kept_in_city", "kept_more", *MAIN_EFFECTS)
OF_CHANGES = ("card_payments", "cashback", "fiscal_cost", *MAIN_EFFECTS)
"""Outputs whose errors are shown."""

EXPECTED = "In expectation: no draw, no interval; the measured error is in the last table."


def expected_table(package: CityData, request: RunConfig) -> pd.DataFrame:
    """Return the table of a comparison (`compare.COMPARISON_COLUMNS`) in expectation, in every family."""
    rows = []
    for family, mine in requests_by_family(request).items():
        about = ((mine.scale, mine.seed), (mine.start, mine.end), mine.without, mine.parameter_source)
        expected = expected_city(package, family, *about)
        outcomes = [expected.evaluate(policy) for policy in compared_policies(mine)]
        rows.append(outcome_rows(outcomes, reference_of(mine)).assign(family=family, run=0))
    return figure_intervals(pd.concat(rows, ignore_index=True), request, Runs(1, 0))


def compared_policies(request: RunConfig) -> list[Policy]:
    """Return the policies of a request in their order, without the empty one."""
    family = next(iter(requests_by_family(request)))
    return [policy for policy in setting_for(request._replace(family=family)).policies if not policy.is_empty]


def errors_table(errors: pd.DataFrame, request: RunConfig) -> Comparison:
    """Return the largest errors of expectation against the crowd that were measured, for the screen.

    Raises InputError where the error of a figure shown was not measured; a change may say so instead.
    """
    families, policies, reference = list(requests_by_family(request)), compared_policies(request), reference_of(request)
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
    measured = {name: {f: change_error(errors, f, name, change) for f in families} for name in OF_CHANGES}
    heading = {"measure": f"{change[0]} to {change[1]}, additional"}
    if {word for by_family_ in measured.values() for word in by_family_.values()} == {NOT_MEASURED}:
        return [{**heading, **dict.fromkeys(families, NOT_MEASURED)}]
    return [heading, *(_line(name, by_family_) for name, by_family_ in measured.items())]


def _line(name: str, by_family_: dict[str, str]) -> dict[str, str]:
    return {"measure": f"  {name.replace('_', ' ')}", **by_family_}
