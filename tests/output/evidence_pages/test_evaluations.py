"""The page of the simulated evaluations says what its table says, and the one in docs/ is that of the table there."""

from pathlib import Path

import pandas as pd
import pytest

from eum.city.data import load_package
from eum.cli.validate import facts
from eum.output.evidence_pages.evaluations import DEFINITIONS, GROUPS, page
from eum.output.evidence_pages.evaluations_figure import DEFINITIONS as DRAWN
from eum.output.evidence_pages.evaluations_figure import SHOWN, picture

DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return pd.read_csv(DOCS / "evaluations.csv")


def test_the_page_and_the_figure_are_those_of_the_table_beside_them(table: pd.DataFrame) -> None:
    told = facts(load_package())
    assert (DOCS / "evaluations.md").read_text(encoding="utf-8") == page(table, told)
    assert (DOCS / "evaluations.svg").read_text(encoding="utf-8") == picture(table, told.published_ratio)


def test_another_table_gives_another_page(table: pd.DataFrame) -> None:
    told = facts(load_package())
    changed = table.assign(estimate=table["estimate"] + 1.0)
    assert page(changed, told) != page(table, told) and picture(changed, 2.0) != picture(table, 2.0)


def test_every_design_of_the_table_is_on_the_page(table: pd.DataFrame) -> None:
    named = {design for designs in GROUPS.values() for design in designs}
    assert named == set(table["design"]) - {"truth"}
    assert {measure for measure, _ in (*DEFINITIONS, *DRAWN)} <= set(table["measure"])
    assert {(design, measure) for design, measure, _ in SHOWN} <= set(
        zip(table["design"], table["measure"], strict=True)
    )


def test_all_families_stand_side_by_side(table: pd.DataFrame) -> None:
    families = table.groupby(["design", "measure"])["family"].agg(tuple)
    assert set(families) == {("survey", "causal", "iri2019")}
