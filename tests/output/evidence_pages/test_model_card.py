"""The model card is what the code and the data say today."""

from pathlib import Path

import pandas as pd
import pytest

from eum.analysis.validation.ablation import HEADLINE_MEASURES, WHOLE
from eum.analysis.validation.pattern_check import COMES_OUT, TOO_HIGH, TOO_LOW, verdict
from eum.analysis.validation.target_patterns import PATTERN_GROUPS, published_value
from eum.behavior.parameters import Parameters
from eum.calibration.mechanisms import MECHANISMS
from eum.city.data import CityData, load_city_data
from eum.output.evidence_pages.code_sources import documented_rules, fields
from eum.output.evidence_pages.model_card import mechanism_rows, model_card, parameter_rows, response_groups


@pytest.fixture(scope="module")
def package() -> CityData:
    return load_city_data()


@pytest.fixture(scope="module")
def measured(repository: Path) -> pd.DataFrame:
    return pd.read_csv(repository / "docs" / "mechanisms.csv")


@pytest.fixture(scope="module")
def responses(repository: Path) -> pd.DataFrame:
    return pd.read_csv(repository / "docs" / "responses.csv")


@pytest.fixture(scope="module")
def text(package: CityData, measured: pd.DataFrame, responses: pd.DataFrame) -> str:
    return model_card(package, measured, responses)


def test_the_card_in_the_repository_is_the_one_that_eum_writes(repository: Path, text: str) -> None:
    stored = (repository / "docs" / "model-card.md").read_text(encoding="utf-8")
    assert stored == text, "the card fell behind: run eum docs model-card"


def test_every_parameter_and_rule_is_on_the_card(package: CityData, text: str) -> None:
    assert [row.name for row in parameter_rows(package)] == list(Parameters._fields)
    for name in (*Parameters._fields, *(rule.name for rule in documented_rules())):
        assert f"{name}`" in text, name
    assert all(rule.meaning for rule in documented_rules())


def test_every_mechanism_was_measured(measured: pd.DataFrame) -> None:
    assert set(measured["mechanism"]) == {WHOLE, *MECHANISMS}
    assert set(measured["measure"]) == set(HEADLINE_MEASURES)
    assert measured[["value", "change", "noise"]].notna().all(axis=None)
    assert [row["name"] for row in mechanism_rows(measured)] == [WHOLE, *MECHANISMS]


def test_every_published_pattern_was_measured_against_the_data_of_today(
    package: CityData, responses: pd.DataFrame
) -> None:
    wanted = [(name, p.name, p.period, p.tied_to, p.note) for name, g in PATTERN_GROUPS.items() for p in g.patterns]
    columns = responses[["group", "pattern", "period", "tied_to", "note"]].fillna("")
    assert list(columns.itertuples(index=False, name=None)) == wanted, (
        "run eum validate patterns, then eum docs model-card"
    )
    patterns = [p for group in PATTERN_GROUPS.values() for p in group.patterns]
    for pattern, (_, row) in zip(patterns, responses.iterrows(), strict=True):
        told = published_value(package, pattern)
        stored = row[["observed", "accepted_low", "accepted_high"]].to_numpy(float)
        assert stored == pytest.approx([told.value, told.low, told.high], rel=1e-5), pattern.name
        assert row["verdict"] == verdict(float(row["simulated"]), told), pattern.name


def test_every_published_pattern_is_on_the_card_with_its_verdict(text: str, responses: pd.DataFrame) -> None:
    for _, row in responses.iterrows():
        lines = [line for line in text.splitlines() if line.startswith(f"| {row['pattern']} | {row['period']} |")]
        assert len(lines) == 1 and f"| {row['verdict']} |" in lines[0], row["pattern"]
    out = (responses["verdict"] == COMES_OUT).sum()
    assert f"{out} of {len(responses)} patterns are reproduced." in text


def test_a_reason_stands_where_something_misses_and_nowhere_else(responses: pd.DataFrame) -> None:
    for group in response_groups(responses):
        assert bool(group["why"]) == (group["n_out"] != group["n"])
    assert not any(group["why"] for group in response_groups(responses.assign(verdict=COMES_OUT)))


def test_the_reasons_say_what_the_numbers_say(responses: pd.DataFrame) -> None:
    told = responses.set_index(["pattern", "period"])["verdict"]
    paid_in_july = ("payments", "2019-07")
    assert told[paid_in_july] == told["payments of users above 2m won a month", "2019-05..2019-06"] == TOO_LOW
    assert set(told["payments, December over July"]) == {TOO_HIGH}
    assert told["new members", "2019-11-30 less 2019-07-28"] == TOO_HIGH
    assert set(told["new members a day"].drop("2020-04")) == {TOO_HIGH}
    assert told["new members", "2019-12-31 less 2019-11-30"] == TOO_HIGH
    assert told["new members a day", "2020-04"] == TOO_LOW


def test_fields_are_read_with_their_meaning() -> None:
    told = {field.name: field.meaning for field in fields("city/residents.py", "Residents")}
    assert told["level"] == "uint8[n]: spending level 0 (lowest) to 29."
