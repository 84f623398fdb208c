"""Stories name the newer clauses too: schedules, discounts at the till, top-ups for any card, grants."""

import datetime

import pandas as pd
import pytest

from eum.analysis.experiments.trace import TraceConfig, resident_trace, shop_story
from eum.dimensions import DISTRICTS, SECTORS
from eum.policy.files import load_policy
from eum.policy.model import Policy
from tests.engine.made import START, grant, made, period, top_ups
from tests.engine.random_cases import town_of_everybody

END = START + datetime.timedelta(days=20)


@pytest.fixture(scope="module")
def policy() -> Policy:
    """Return cashback in two trades, a discount at the till in the others, top-ups for any card, and a grant."""
    some = ["groceries_convenience", "food_shops"]
    rest = [name for name in SECTORS if name not in some]
    city = [period(8, sectors=some), period(12, sectors=rest, form="discount")]
    money = grant(60_000, end=END, merchant_sales_to_krw=3_000_000_000)
    return made("clauses", city=city, top_up=top_ups(3), grant=[money])


@pytest.fixture(scope="module")
def rows(policy: Policy) -> pd.DataFrame:
    """Return the purchases of some residents."""
    city, parameters = town_of_everybody()
    story = TraceConfig(load_policy("none"), policy, START, END, 1)
    return pd.concat([resident_trace(city, parameters, story, number)[1] for number in (1, 40, 80, 120)])


def test_every_cause_is_the_clause_that_holds_at_the_shop(rows: pd.DataFrame, policy: Policy) -> None:
    by_card = rows[rows["by_card_policy"] & ~rows["cause"].str.contains("second round")]
    assert len(by_card) > 20
    for _, row in by_card.iterrows():
        first = row["sector"] in policy.city[0].sectors
        named = "city cashback 8 % (city[0])" if first else "discount at the till 12 % (city[1])"
        assert named in row["cause"], row
        district = str(row["place_policy"]).split(",")[0]
        assert f"district top-up 3 % (top_up[{DISTRICTS.index(district)}])" in row["cause"]
    assert by_card["cause"].str.contains(r"grant money spent [\d,]+ won \(grant\[0\]\)").sum() > 3


def test_a_shop_s_story_names_what_holds_there(policy: Policy) -> None:
    city, parameters = town_of_everybody()
    story = TraceConfig(load_policy("none"), policy, START, START + datetime.timedelta(days=3), 1)
    about, days = shop_story(city, parameters, story, 5)
    clause = "city[0]" if about["sector"] in policy.city[0].sectors else "city[1]"
    top_up = f"top_up[{DISTRICTS.index(str(about['district']))}]"
    accepts = about["annual sales"] != "over_3bn"
    assert days["in_force"].iloc[-1] == f"{clause} grant[0] {top_up}" if accepts else f"{clause} {top_up}"
    assert days["in_force"].iloc[0] == f"{clause} {top_up}", "the grant is loaded on the second day"
