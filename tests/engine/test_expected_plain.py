"""What the expected-value engine cannot live is named, clause by clause, on one line."""

import datetime
from typing import Any

import pytest

from eum.engine.expected.supported import require_supported
from eum.errors import InputError
from eum.policy.files import load_policy
from tests.engine.made import grant, made, period, top_up

CLAUSES: list[tuple[str, dict[str, Any], str]] = [
    ("city", {"districts": ["seo"]}, r"city\[0\]: a period of some districts"),
    ("city", {"weekdays": ["monday"]}, r"city\[0\]: a period of some .*weekdays"),
    ("city", {"form": "discount"}, r"city\[0\]: form"),
    ("city", {"most_per_payment_krw": 100}, r"city\[0\]: most_per_payment_krw"),
    ("city", {"spending_counts": "programme"}, r"city\[0\]: spending_counts"),
    ("city", {"above_ordinary_percent": 100, "ordinary_card_share_percent": 20}, r"city\[0\]: above_ordinary_percent"),
]


@pytest.mark.parametrize(("layer", "clause", "named"), CLAUSES)
def test_a_clause_of_the_city_is_named(layer: str, clause: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=f"made: {named}.* is not in the expected-value engine; use eum run"):
        require_supported(made("made", **{layer: [period(10, **clause)]}))


def test_grants_and_top_ups_for_any_card_are_named() -> None:
    with pytest.raises(InputError, match=r"made: grant\[0\]: a grant is not in the expected-value engine; use eum run"):
        require_supported(made("made", grant=[grant(1_000, end=datetime.date(2020, 5, 1))]))
    with pytest.raises(InputError, match=r"made: top_up\[0\]: card is not in the expected-value engine; use eum run"):
        require_supported(made("made", city=[period(10)], top_up=[top_up(5, "seo")]))


@pytest.mark.parametrize("name", ["none", "incheon-2019-actual", "gyeyang-2020-actual"])
def test_the_programme_of_2019_and_2020_is_plain(name: str) -> None:
    require_supported(load_policy(name))
