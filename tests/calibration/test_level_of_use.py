"""Families of evidence say what card payments replaced; how much is paid with the card is what the record says."""

import pytest

from eum.analysis.experiments.ensemble import drawn_calibration
from eum.calibration.expectation import infer_in_expectation
from eum.calibration.priors import CENTRAL, ParameterDraw, drawn_parameters
from eum.city.data import load_city_data
from eum.dimensions import EVIDENCE


@pytest.mark.parametrize("family", EVIDENCE)
def test_diverted_and_new_payments_do_not_come_on_top_of_the_records_level(family: str) -> None:
    found = infer_in_expectation(load_city_data(), family, 1)
    assert found.achieved["payments_krw"] == pytest.approx(found.stated["payments_krw"], rel=0.02)


def test_where_more_is_new_less_is_paid_of_what_was_bought_anyway() -> None:
    survey, causal = (infer_in_expectation(load_city_data(), f, 1).parameters for f in ("survey", "causal"))
    own = drawn_parameters(load_city_data(), ParameterDraw("causal", CENTRAL, 1)).usage_max_share
    assert survey.usage_max_share < causal.usage_max_share <= own


def test_a_draw_begins_with_its_own_level_scaled_as_at_the_centre() -> None:
    package, question = load_city_data(), ParameterDraw("survey", 3, 1)
    centre = infer_in_expectation(package, "survey", 1).parameters
    own, at_centre = (drawn_parameters(package, question._replace(draw=n)).usage_max_share for n in (3, CENTRAL))
    started = drawn_calibration(package, question, centre).usage_max_share
    assert started / own == pytest.approx(centre.usage_max_share / at_centre)
