"""A policy with values changed by path is checked like a file, and the original stays."""

import datetime

import pytest

from eum.errors import InputError
from eum.policy.files import list_policies, load_policy
from eum.policy.model import Policy


@pytest.fixture(scope="module")
def actual() -> Policy:
    """Return the programme of Gyeyang."""
    return load_policy("gyeyang-2020-actual")


def test_every_shipped_policy_can_be_changed_and_stays_the_same_otherwise() -> None:
    for name in list_policies():
        policy = load_policy(name)
        changed = policy.replace("title_en", "another", name="other")
        assert changed.hash != policy.hash
        same = {"title_en": policy.title_en, "name": policy.name, "hash": policy.hash}
        assert changed.model_copy(update=same) == policy


def test_a_value_that_is_there_already_keeps_the_hash(actual: Policy) -> None:
    assert actual.replace("top_up[0].tiers[0].rate_percent", 1, name="same").hash == actual.hash


def test_layers_are_found_by_place_and_by_id_and_days_are_text(actual: Policy) -> None:
    changed = actual.replace({"budget[gyeyang-event].amount_krw": 100, "top_up[0].start": "2020-04-01"})
    assert [b.amount_krw for b in changed.budget if b.id == "gyeyang-event"] == [100]
    assert changed.top_up[0].start == datetime.date(2020, 4, 1)
    assert changed.name == f"{actual.name} with budget[gyeyang-event].amount_krw = 100, top_up[0].start = 2020-04-01"
    assert actual.top_up[0].start == datetime.date(2020, 3, 16)


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("top_ups[0]", 1, "top_ups.*expected one of title_ko.*near it: top_up"),
        ("top_up[9].end", 1, r"9: expected one of \[0\] \(gyeyang-event-2020\)"),
        ("top_up[0].tiers[0].rate", 1, "'rate': expected one of from_krw, to_krw, rate_percent"),
        ("top_up[0].tiers[0].rate_percent", 101, r"rate_percent: 101: expected less than or equal to 100$"),
        ("top_up[0].tiers[0].rate_percent", "3", r"rate_percent: '3': expected a number$"),
        ("top_up[0].start", "soon", "'soon': expected a day like 2020-03-16"),
        ("budget[x].amount_krw", 1, r"'x': expected one of \[0\] \(city-cashback\)"),
        ("top_up[0].budget", "nothing", "nothing"),
        ("name", "other", "'name': expected one of"),
        ("a..b", 1, "'a..b': expected a path such as"),
    ],
)
def test_a_path_or_value_that_cannot_be_is_refused_on_one_line(
    actual: Policy, path: str, value: object, told: str
) -> None:
    with pytest.raises(InputError, match=told) as error:
        actual.replace(path, value)
    assert "\n" not in str(error.value)


def test_a_policy_describes_itself_in_both_languages(actual: Policy) -> None:
    assert "계양구" in actual.describe("ko") and "Gyeyang-gu adds" in actual.describe()
    with pytest.raises(InputError, match="language: 'de': expected one of ko, en"):
        actual.describe("de")
