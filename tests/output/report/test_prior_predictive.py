"""A prior-predictive study says so on the cover, among what is undecided and in the record; no other study does."""

import pytest

from eum.output.report.document_model import Bullets, DocumentTable, ReportContext, Section, texts_of
from eum.output.report.i18n import LANGUAGES, load_words
from eum.output.report.sections import brief, evidence, record
from eum.output.report.study_reader import StoredStudy
from eum.output.report.traced_text import LINE
from tests.output.report.make_study import study_record, study_tables


def reader(language: str, source: str) -> ReportContext:
    tables = {
        name: table.assign(**{LINE: [f"{name}:{line}" for line in range(2, len(table) + 2)]})
        for name, table in study_tables().items()
    }
    return ReportContext(
        StoredStudy({**study_record(), "result_hash": "0", "parameters": source}, tables), load_words(language)
    )


def said(section: Section) -> str:
    """Return the bullets and cells of a section."""
    blocks = [block for block in section.blocks if isinstance(block, Bullets | DocumentTable)]
    return " ".join(str(text) for block in blocks for text in texts_of(block))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("source", ["posterior", "prior"])
def test_a_prior_predictive_study_and_no_other_is_labelled(language: str, source: str) -> None:
    found = reader(language, source)
    label, note = (found.words(f"prior_predictive.{name}") for name in ("label", "note"))
    is_prior = source == "prior"
    assert (label in found.imprint) == is_prior
    assert (note in said(evidence.undecided(found))) == (note in said(brief.limits(found))) == is_prior
    assert found.words(f"record.parameters_{source}") in said(record.section(found))
