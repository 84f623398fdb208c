"""The part of a grant that people took on the card is an assumption with a range; policy files stand at its value."""

import pytest

from eum.city.data import load_city_data
from eum.policy.files import load_policy

LOWER_88_PERCENT, LOWER_90_PERCENT = 0.88, 0.9


@pytest.mark.parametrize(("grant", "assumption", "part"), [
    ("relief-2021", "relief_2021_card_share", LOWER_88_PERCENT),
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
