"""The page of the simulated evaluations says what its table says, and the one in docs/ is that of the table there."""

from pathlib import Path

import pandas as pd
import pytest

from eum.city.data import load_city_data
from eum.cli.validate import facts
from eum.output.evidence_pages.evaluations import DESIGN_GROUPS, SHOWN_DEFINITIONS, evaluations_page
from eum.output.evidence_pages.evaluations_figure import FIGURE_DEFINITIONS as DRAWN
from eum.output.evidence_pages.evaluations_figure import FIGURE_DESIGNS, evaluations_picture

DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return pd.read_csv(DOCS / "evaluations.csv")


def test_the_page_and_the_figure_are_those_of_the_table_beside_them(table: pd.DataFrame) -> None:
    told = facts(load_city_data())
    assert (DOCS / "evaluations.md").read_text(encoding="utf-8") == evaluations_page(table, told)
    assert (DOCS / "evaluations.svg").read_text(encoding="utf-8") == evaluations_picture(table, told.published_ratio)


def test_another_table_gives_another_page(table: pd.DataFrame) -> None:
    told = facts(load_city_data())
    changed = table.assign(estimate=table["estimate"] + 1.0)
    assert evaluations_page(changed, told) != evaluations_page(table, told) and evaluations_picture(
        changed, 2.0
    ) != evaluations_picture(table, 2.0)


def test_every_design_of_the_table_is_on_the_page(table: pd.DataFrame) -> None:
    named = {design for designs in DESIGN_GROUPS.values() for design in designs}
    assert named == set(table["design"]) - {"truth"}
    assert {measure for measure, _ in (*SHOWN_DEFINITIONS, *DRAWN)} <= set(table["measure"])
    assert {(design, measure) for design, measure, _ in FIGURE_DESIGNS} <= set(
        zip(table["design"], table["measure"], strict=True)
    )


def test_all_families_stand_side_by_side(table: pd.DataFrame) -> None:
    families = table.groupby(["design", "measure"])["family"].agg(tuple)
    assert set(families) == {("survey", "causal", "iri2019")}
