"""The model card is what the code and the data say today."""

from pathlib import Path

import pandas as pd
import pytest

from sim.behavior.parameters import Parameters
from sim.card.model_card import mechanism_rows, model_card, parameter_rows
from sim.card.sources import fields, rules
from sim.city.package import Package, load_package
from sim.study.mechanisms import HEADLINE, MECHANISMS, WHOLE


@pytest.fixture(scope="module")
def package() -> Package:
    return load_package()


@pytest.fixture(scope="module")
def measured(repository: Path) -> pd.DataFrame:
    return pd.read_csv(repository / "docs" / "mechanisms.csv")


def test_the_card_in_the_repository_is_the_one_that_eum_writes(
    repository: Path, package: Package, measured: pd.DataFrame
) -> None:
    stored = (repository / "docs" / "model-card.md").read_text(encoding="utf-8")
    assert stored == model_card(package, measured), "the card fell behind: run eum card"


def test_every_parameter_and_rule_is_on_the_card(package: Package, measured: pd.DataFrame) -> None:
    text = model_card(package, measured)
    assert [row.name for row in parameter_rows(package)] == list(Parameters._fields)
    for name in (*Parameters._fields, *(rule.name for rule in rules())):
        assert f"{name}`" in text, name
    assert all(rule.meaning for rule in rules())


def test_every_mechanism_was_measured(measured: pd.DataFrame) -> None:
    assert set(measured["mechanism"]) == {WHOLE, *MECHANISMS}
    assert set(measured["measure"]) == set(HEADLINE)
    assert measured[["value", "change", "noise"]].notna().all(axis=None)
    assert [row["name"] for row in mechanism_rows(measured)] == [WHOLE, *MECHANISMS]


def test_fields_are_read_with_their_meaning() -> None:
    told = {field.name: field.meaning for field in fields("city/residents.py", "Residents")}
    assert told["level"] == "uint8[n]: spending level 0 (lowest) to 29."
