"""What a study stands on: observations, what each family needed, assumptions and sources, and how to check a report."""

import datetime

from eum.output.report import number_format
from eum.output.report.document_model import Bullets, DocumentBlock, Heading, ReportContext, Section, Text
from eum.output.report.sections import fit, sources
from eum.output.report.traced_text import TextLike


def observed(reader: ReportContext) -> Section:
    """Return every observation beside what was simulated, for each variant."""
    words = reader.words
    blocks: list[DocumentBlock] = [Text(words("fit.intro")), Text(words("fit.note"))]
    blocks += [fit.fit_table(reader, variant) for variant in reversed(reader.variants)]
    return Section("observed", words("heading.observed"), blocks)


def needed(reader: ReportContext) -> Section:
    """Return what each family states, what came out, where that conflicts, and the parameters it took."""
    words = reader.words
    blocks: list[DocumentBlock] = [
        Heading(words("fit.conflicts")),
        *fit.conflicts(reader),
        Heading(words("fit.needed")),
        fit.inference_table(reader),
        fit.fit_parameter_table(reader),
    ]
    return Section("needed", words("heading.needed"), blocks)


def assumptions(reader: ReportContext) -> Section:
    """Return every assumption with its value, range, confidence and source."""
    words = reader.words
    table = sources.assumption_table(reader)
    return Section("assumptions", words("heading.assumptions"), [Text(words("sources.assumptions_intro")), table])


def cited(reader: ReportContext) -> Section:
    """Return the sources that assumptions and observations cite."""
    return Section("sources", reader.words("heading.cited"), [sources.source_table(reader)])


def undecided(reader: ReportContext) -> Section:
    """Return what the data cannot decide: of this city, of the days and budgets of the study, and what it adds."""
    record = reader.study.record
    remarks = [remark[reader.language] for remark in record["remarks"] if not remark["in_brief"]]
    prior = [reader.words("prior_predictive.note")] if reader.is_prior_predictive else []
    points: list[TextLike] = [
        *prior,
        *reader.words.many("undecided"),
        *_of_budgets(reader),
        *_of_days(reader),
        *remarks,
    ]
    return Section("undecided", reader.words("sources.undecided"), [Bullets(points)])


def _of_budgets(reader: ReportContext) -> list[str]:
    """Return how two budgets share what is known of them together."""
    words, uncertain = reader.words, reader.study.record["uncertain_budget"]
    if uncertain is None:
        return []
    budgets = {name: words.label_or_code("budget", uncertain[name]) for name in ("event", "rest")}
    shares = {name: number_format.percent(uncertain[f"event_share_{name}"], 0) for name in ("low", "high")}
    total = number_format.money(uncertain["total_krw"], reader.language)
    return [words("undecided_here.budgets", **budgets, **shares, total=total)]


def _of_days(reader: ReportContext) -> list[str]:
    """Return what the days of the study leave open: the epidemic where they meet it, and how many they are."""
    words, record = reader.words, reader.study.record
    shocks = reader.study.tables["assumptions"].query("parameter == 'shock_index'")["item"].dropna()
    is_epidemic = any(record["start"][:7] <= str(month) <= record["end"][:7] for month in shocks)
    days = datetime.date.fromisoformat(record["end"]) - datetime.date.fromisoformat(record["start"])
    window = words("undecided_here.window", n_days=number_format.number(days.days + 1))
    return [*([words("undecided_here.epidemic")] if is_epidemic else []), window]


def method(reader: ReportContext) -> Section:
    """Return how the figures were made, step by step."""
    points: list[TextLike] = [*reader.words.many("method")]
    return Section("method", reader.words("heading.method"), [Text(reader.words("method_intro")), Bullets(points)])


def checking(reader: ReportContext) -> Section:
    """Return how to check a report: where each number comes from and how to run the study again."""
    points: list[TextLike] = [*reader.words.many("checking")]
    return Section("checking", reader.words("heading.checking"), [Bullets(points)])
