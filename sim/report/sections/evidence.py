"""What a study stands on: observations, what each family needed, assumptions and sources, and how to check a report."""

from sim.report.page import Block, Bullets, Heading, Reader, Section, Text
from sim.report.sections import fit, sources
from sim.report.told import Said


def observed(reader: Reader) -> Section:
    """Return every observation beside what was simulated, for each variant."""
    words = reader.words
    blocks: list[Block] = [Text(words("fit.intro")), Text(words("fit.note"))]
    blocks += [fit.fit_table(reader, variant) for variant in reversed(reader.variants)]
    return Section("observed", words("heading.observed"), blocks)


def needed(reader: Reader) -> Section:
    """Return what each family states, what came out, where that conflicts, and the parameters it took."""
    words = reader.words
    blocks: list[Block] = [
        Heading(words("fit.conflicts")),
        *fit.conflicts(reader),
        Heading(words("fit.needed")),
        fit.inference_table(reader),
        fit.parameter_table(reader),
    ]
    return Section("needed", words("heading.needed"), blocks)


def assumptions(reader: Reader) -> Section:
    """Return every assumption with its value, range, confidence and source."""
    words = reader.words
    table = sources.assumption_table(reader)
    return Section("assumptions", words("heading.assumptions"), [Text(words("sources.assumptions_intro")), table])


def cited(reader: Reader) -> Section:
    """Return the sources that assumptions and observations cite."""
    return Section("sources", reader.words("heading.cited"), [sources.source_table(reader)])


def undecided(reader: Reader) -> Section:
    """Return what the data cannot decide."""
    points: list[Said] = [*reader.words.many("undecided")]
    return Section("undecided", reader.words("sources.undecided"), [Bullets(points)])


def method(reader: Reader) -> Section:
    """Return how the figures were made, step by step."""
    points: list[Said] = [*reader.words.many("method")]
    return Section("method", reader.words("heading.method"), [Text(reader.words("method_intro")), Bullets(points)])


def checking(reader: Reader) -> Section:
    """Return how to check a report: where each number comes from and how to run the study again."""
    points: list[Said] = [*reader.words.many("checking")]
    return Section("checking", reader.words("heading.checking"), [Bullets(points)])
