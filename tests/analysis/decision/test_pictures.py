"""Every picture of a choice is drawn from its table in both languages, with all it should name, in the same bytes."""

import math

import pandas as pd
import pytest

from eum.analysis.decision.district_game import AUDIT
from eum.analysis.decision.regret import FLIPS
from eum.analysis.experiments.measures import OUTCOME_MEASURES, SALES_PLACES
from eum.cli.figures import front_pictures, game_pictures, regret_pictures
from eum.dimensions import DISTRICTS
from eum.output.report.decision_figures import measure_label
from eum.output.report.i18n import LANGUAGES, load_words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_measure_has_a_label(language: str) -> None:
    words = load_words(language)
    names = [*OUTCOME_MEASURES, *(f"{kind}:gyeyang" for kind in SALES_PLACES), "cost_of:city", "days_money_lasts:pot"]
    labels = [measure_label(name, words) for name in names]
    assert all(labels) and len(set(labels)) == len(labels)


def test_a_front_names_families_and_measures() -> None:
    figures = {"fiscal_cost": 5e9, "small_shop_gain": 9e9}
    row = {f"{m} {kind}": v for m, v in figures.items() for kind in ("expected", "full", "low", "high")}
    tables = {"front": pd.DataFrame([{"family": f, "is_checked": f == "causal", **row} for f in ("causal", "survey")])}
    units = {"small_shop_gain": "krw", "fiscal_cost": "krw"}
    found = front_pictures(tables, units)
    assert set(found) == {"front-1-ko", "front-1-en"}
    for text in ("Fiscal cost", "Gain of small shops", "causal, person by person", "survey, expected values"):
        assert text in found["front-1-en"]
    assert found == front_pictures(tables, units)


def test_without_an_allowed_design_there_is_no_front_to_draw() -> None:
    assert front_pictures({"front": pd.DataFrame()}, {"small_shop_gain": "krw", "fiscal_cost": "krw"}) == {}


def test_a_flip_is_marked_with_its_value_and_both_designs() -> None:
    regret = pd.DataFrame({"family": ["causal"] * 2, "design": ["a", "b"], "mean_regret": [0, 1], "max_regret": [0, 2]})
    flip = ("causal", "mpc_other", "share", 0.0, 0.5, 1.0, "test", "a", "b", 0.625, "a", "b", "told")
    none = ("causal", "habit_share", "share", 0.0, 0.5, 1.0, "test", "a", "b", math.nan, "", "", "told")
    tables = {"regret": regret, "flips": pd.DataFrame([flip, none], columns=list(FLIPS))}
    found = regret_pictures(tables, "net_city_sales_per_100_won", "won per 100 won")
    assert set(found) == {f"{name}-{language}" for name in ("regret", "flips-1") for language in LANGUAGES}
    assert "0.625" in found["flips-1-en"] and "a is better where the line is thick, b where thin" in found["flips-1-en"]
    assert "share at known shops" not in found["flips-1-en"]


def test_a_game_shows_every_district_their_sum_and_the_city() -> None:
    places = [*DISTRICTS, "all districts", "city"]
    rows = [("causal", "together", place, 1.0, 2e9, 1e9, 1e9, 1e9, 0.0) for place in places]
    found = game_pictures(pd.DataFrame(rows, columns=list(AUDIT)))
    text = found["payoffs-causal-en"]
    assert all(load_words("en").label("district", d) in text for d in DISTRICTS)
    assert "All districts" in text and "joint best found" in text
