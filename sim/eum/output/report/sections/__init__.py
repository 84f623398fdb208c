"""The sections a document may have, by the name under which its definition asks for them."""

from collections.abc import Callable

from eum.output.report.document_model import ReportContext, Section
from eum.output.report.sections import answer, brief, budgets, classes, evidence, fit, gains, ladder, record, retention

SECTIONS: dict[str, Callable[[ReportContext], Section]] = {
    "brief_answer": brief.answer,
    "brief_payments": brief.payments,
    "brief_budget": brief.budget_lines,
    "brief_limits": brief.limits,
    "answer": answer.section,
    "ladder": ladder.section,
    "retention": retention.section,
    "classes": classes.section,
    "budgets": budgets.section,
    "gains": gains.section,
    "fit": fit.section,
    "method": evidence.method,
    "undecided": evidence.undecided,
    "observed": evidence.observed,
    "evidence_needed": evidence.needed,
    "assumptions": evidence.assumptions,
    "sources": evidence.cited,
    "checking": evidence.checking,
    "record": record.section,
}
