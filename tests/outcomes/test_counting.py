"""Online shopping is counted once by every source, and the published accounting and inference count it alike."""

import pandas as pd
import pytest

from eum.calibration.anchoring import targets, updated_parameters
from eum.calibration.priors import CENTRAL, SHARES, ParameterDraw, coefficients, drawn_parameters
from eum.city.data import load_city_data
from eum.dimensions import CLASSES, EVIDENCE
from eum.outcomes.counting import COUNTING_OF_FAMILY, DAEJEON, INSTITUTE, Counting, counted_krw
from eum.outcomes.effects import Coefficients, institute_effects

PACKAGE = load_city_data()
ONLINE = pd.Series({name: float(name == "retained_online") for name in CLASSES})


@pytest.mark.parametrize("counting", [INSTITUTE, DAEJEON])
def test_every_changed_payment_is_counted_once(counting: Counting) -> None:
    counted = [name for classes in counting.values() for name in classes]
    assert sorted(counted) == sorted(set(CLASSES) - {"unchanged"})
    assert set(counting) == set(SHARES)


def numbers() -> Coefficients:
    draw = ParameterDraw("iri2019", CENTRAL, 1)
    return coefficients(PACKAGE, draw, drawn_parameters(PACKAGE, draw))


def test_the_published_accounting_counts_as_the_family_that_reproduces_it() -> None:
    effects = institute_effects(ONLINE, numbers())
    counted = counted_krw(ONLINE, COUNTING_OF_FAMILY["iri2019"])
    assert counted["share_retained"] == effects["outflow_only"] == 1
    assert counted["share_switching"] == 0
    assert effects["plain_sum"] == 1, "not twice"


def test_the_institutes_outflow_holds_online_shopping() -> None:
    with_online = PACKAGE.fact("incheon", "outflow_share_iri", 2014)
    without = PACKAGE.fact("incheon", "outflow_share_without_ecommerce_iri", 2014)
    assert with_online > without


@pytest.mark.parametrize("family", EVIDENCE)
def test_the_response_of_online_shopping_follows_the_share_that_counts_it(family: str) -> None:
    draw = ParameterDraw(family, CENTRAL, 1)
    aim, start = targets(PACKAGE, draw, 1.0), drawn_parameters(PACKAGE, draw)
    got = {
        **aim.stated,
        "nonresident_share_of_payments": aim.nonresident_share,
        "cashback_rate": 0.07,
        "payments_krw": 1.0,
    }
    got |= {"share_switching": aim.stated["share_switching"] / 2}
    moved = updated_parameters(start, aim, got)
    as_large = moved.place_response_online == moved.place_response_large
    assert as_large == ("retained_online" in COUNTING_OF_FAMILY[family]["share_switching"])
    assert moved.place_response_online in (moved.place_response_large, moved.place_response_outside)
