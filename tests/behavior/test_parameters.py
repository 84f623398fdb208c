"""Each parameter is declared once, whole, and as the data have it."""

import re

import pytest

from eum.behavior.parameters import DECLARED, MECHANISM_MEANINGS, RESPONSES, Parameters, parameter_labels


def test_every_parameter_is_declared_in_the_order_of_the_record() -> None:
    assert tuple(DECLARED) == Parameters._fields


def test_the_responses_come_first_in_the_order_in_which_rules_index_them() -> None:
    assert Parameters._fields[: len(RESPONSES)] == tuple(f"place_response_{kind}" for kind in RESPONSES)


@pytest.mark.parametrize("name", DECLARED)
def test_a_parameter_has_a_label_in_both_languages(name: str) -> None:
    korean, english = (parameter_labels(language)[name] for language in ("ko", "en"))
    assert re.search("[가-힣]", korean)
    assert english and not re.search("[가-힣]", english)


def test_no_two_parameters_have_the_same_label() -> None:
    for language in ("ko", "en"):
        labels = list(parameter_labels(language).values())
        assert len(set(labels)) == len(labels)


def test_parameters_stand_in_mechanisms_that_there_are() -> None:
    assert {m for declared in DECLARED.values() for m in declared.mechanisms} <= set(MECHANISM_MEANINGS)
