"""The sections of the report in their order: each a function of a reader, returning one Section."""

from collections.abc import Callable

from sim.report.page import Reader, Section
from sim.report.sections import answer, budgets, classes, fit, gains, ladder, record, retention, sources

ORDER: tuple[Callable[[Reader], Section], ...] = (
    answer.section,
    ladder.section,
    retention.section,
    classes.section,
    budgets.section,
    gains.section,
    fit.section,
    sources.section,
    record.section,
)
"""The report from the answer to the record of the run."""
