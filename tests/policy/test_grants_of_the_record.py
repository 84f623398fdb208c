"""The part of a grant that people took on the card is an assumption with a range; policy files stand at its value."""

import pytest

from eum.city.data import load_city_data
from eum.policy.files import load_policy

LOWER_88_PERCENT, LOWER_90_PERCENT = 0.88, 0.9


def test_what_was_for_children_lies_on_the_cards_of_their_parents() -> None:
    package = load_city_data()
    adults = package.fact("incheon", "population_14_plus", 2020)
    children = package.fact("incheon", "population_registered", 2021) - adults
    parents = adults * sum(package.assumption("age_share", item=age) for age in ("30s", "40s"))
    for name in ("relief-2021", "resident-grant-2021"):
        (grant,) = (g for g in load_policy("incheon-history").grant if g.id == name)
        (more,) = (line.amount_krw for line in grant.amounts if line.ages == ("30s", "40s"))
        plain = grant.amounts[-1].amount_krw
        assert more == pytest.approx(plain * (1 + children / parents), abs=1_000)


def test_those_of_60_and_over_without_a_basic_pension_take_the_grant_as_the_others_do() -> None:
    package = load_city_data()
    (grant,) = (g for g in load_policy("incheon-history").grant if g.id == "resident-grant-2021")
    old, *others = grant.amounts
    assert old.ages == ("60_plus",) and all(line.take_up_percent is None for line in others)
    without = 1 - package.range_of("basic_pensioners_of_60_plus").central
    assert old.take_up_percent == pytest.approx(grant.take_up_percent * without)


def test_the_relief_of_2021_is_taken_by_its_assumed_share_of_residents_most_of_them_users() -> None:
    """Some 36 % of residents paid with the card in autumn 2021: 1.1 of 2.95 million."""
    (relief,) = (g for g in load_policy("incheon-history").grant if g.id == "relief-2021")
    assert relief.users_take_up_percent is not None and relief.users_take_up_percent > relief.take_up_percent
    share = load_city_data().range_of("relief_2021_card_share")
    taken = 0.36 * relief.users_take_up_percent + 0.64 * relief.take_up_percent
    assert taken == pytest.approx(100 * LOWER_88_PERCENT * share.central, rel=0.05)
    assert "relief_2021_card_share" in relief.note


@pytest.mark.parametrize(("grant", "assumption", "part"), [
    ("resident-grant-2021", "resident_grant_2021_card_share", 1),
    ("coupon-first-2025", "coupon_2025_card_share", 1),
    ("coupon-second-2025", "coupon_2025_card_share", LOWER_90_PERCENT),
])  # fmt: skip
def test_take_up_is_the_assumed_share_of_those_it_is_meant_for(grant: str, assumption: str, part: float) -> None:
    share = load_city_data().range_of(assumption)
    assert share.low90 < share.central < share.high90
    (taken,) = (g for g in load_policy("incheon-history").grant if g.id == grant)
    assert taken.take_up_percent == pytest.approx(100 * part * share.central)
    assert assumption in taken.note, "the file says where its number comes from"
