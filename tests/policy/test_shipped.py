"""The policies that come with eum say what their sources say, and their schema is the published one."""

import csv
import json
import tomllib
from pathlib import Path

import jsonschema
import pytest
from pydantic import BaseModel

from eum.policy.files import POLICIES, check_policy, list_policies, load_policy, policy_path
from eum.policy.model import LAYERS, Policy, with_budget
from eum.policy.schema import json_schema
from eum.policy.text.render import policy_sentences

PAIRS = [
    ("incheon-2020-announced", "gyeyang-2020-announced"),
    ("incheon-2020-actual", "gyeyang-2020-actual"),
]


def sources(part: object) -> set[str]:
    """Return every source id a policy cites, at any depth."""
    found = set(part.source.split(";")) if hasattr(part, "source") else set()
    for name in type(part).model_fields if isinstance(part, BaseModel) else ():
        value = getattr(part, name)
        for inner in value if isinstance(value, tuple) else ():
            found |= sources(inner)
    return found


def test_the_policies_of_the_first_study_are_there() -> None:
    names = {name for pair in PAIRS for name in pair}
    assert names | {"none", "incheon-2019-july", "incheon-2019-actual"} <= set(list_policies())


@pytest.mark.parametrize("name", list_policies())
def test_nothing_is_wrong_with_a_shipped_policy(name: str) -> None:
    assert check_policy(name) == []


@pytest.mark.parametrize("name", list_policies())
def test_every_source_cited_is_a_row_of_the_sources(name: str, repository: Path) -> None:
    with (repository / "data" / "sources.csv").open(encoding="utf-8") as file:
        known = {row["source_id"] for row in csv.DictReader(file)}
    assert sources(load_policy(name)) <= known


@pytest.mark.parametrize("name", list_policies())
def test_a_budget_that_is_judged_says_why(name: str) -> None:
    for budget in load_policy(name).budget:
        assert budget.confidence != "J" or budget.note
        assert budget.confidence == "J" or budget.source != "assumption"
        assert all(s.note for s in budget.supplements if s.source == "assumption")


@pytest.mark.parametrize(("city", "district"), PAIRS)
def test_gyeyang_differs_from_the_city_by_its_own_programme_alone(city: str, district: str) -> None:
    base, whole = load_policy(city), load_policy(district)
    for layer in LAYERS:
        first, more = getattr(base, layer), getattr(whole, layer)
        assert more[: len(first)] == first
        owners = {getattr(p, "district", None) or getattr(p, "area", None) or p.payer for p in more[len(first) :]}
        assert owners <= {"gyeyang"}, layer


def test_the_two_gyeyang_policies_differ_in_what_the_epidemic_added_alone() -> None:
    announced, actual = load_policy("gyeyang-2020-announced"), load_policy("gyeyang-2020-actual")
    for layer in ("top_up", "fee_support", "district_card"):
        assert getattr(announced, layer) == getattr(actual, layer), layer
    epidemic = [
        (a, b) for a, b in zip(announced.plus, actual.plus, strict=True) if a.top_up_percent != b.top_up_percent
    ]
    ((calm, paid),) = epidemic
    assert (calm.id, calm.top_up_percent, paid.top_up_percent) == ("yeonsu-plus-2020", 2, 7), "Yeonsu's five points"


@pytest.mark.parametrize("name", ["gyeyang-2020-announced", "gyeyang-2020-actual"])
def test_gyeyangs_pots_sum_to_the_printed_budget_of_the_year(name: str) -> None:
    assert sum(b.amount_krw for b in load_policy(name).budget if b.payer == "gyeyang") == 505_000_000


def test_another_amount_in_a_budget_is_another_policy() -> None:
    policy = load_policy("gyeyang-2020-actual")
    changed = with_budget(policy, "gyeyang-event", 1)
    assert {b.id: b.amount_krw for b in changed.budget}["gyeyang-event"] == 1
    assert changed.hash != policy.hash
    assert with_budget(policy, "gyeyang-event", 252_500_000) == policy
    assert changed.top_up == policy.top_up


@pytest.mark.parametrize(("budget", "amount"), [("gyeyang", 1), ("gyeyang-event", -1), ("gyeyang-event", 10**14)])
def test_an_impossible_budget_is_refused(budget: str, amount: int) -> None:
    with pytest.raises(ValueError, match=r"(?i)budget"):
        with_budget(load_policy("gyeyang-2020-actual"), budget, amount)


def test_the_published_schema_is_that_of_the_code() -> None:
    published = (POLICIES / "policy.schema.json").read_text(encoding="utf-8")
    assert published == json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n", (
        "write it anew: eum policy schema > data/policies/policy.schema.json"
    )


@pytest.mark.parametrize("name", list_policies())
def test_every_shipped_file_fits_the_published_schema(name: str) -> None:
    content = tomllib.loads(policy_path(name).read_text(encoding="utf-8"))
    schema = json.loads((POLICIES / "policy.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(json.dumps(content, default=str)), schema)


def test_the_schema_knows_every_key_of_a_file_and_none_that_is_computed() -> None:
    keys = set(json_schema()["properties"])
    assert keys == (set(Policy.model_fields) - {"hash"}) | {"extends", "remove", "variables", "override"}


def test_a_policy_survives_the_way_to_json_and_back() -> None:
    for name in list_policies():
        policy = load_policy(name)
        assert Policy.model_validate_json(policy.model_dump_json()) == policy


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_summary_states_rates_limits_and_money(language: str) -> None:
    message = "\n".join(policy_sentences(load_policy("gyeyang-2020-actual"), language))
    expected = {
        "ko": [
            "50만원까지 10 %",
            "30만원까지 1 %",
            "연매출 10억원 이하",
            "2.525억원",
            "가정",
            "2020-02-27 발표",
        ],
        "en": ["10 % up to 500,000 won", "1 % up to 300,000 won", "252,500,000 won", "an assumption"],
    }
    for words in expected[language]:
        assert words in message
    layers = load_policy("gyeyang-2020-actual")
    assert len(message.splitlines()) == sum(len(getattr(layers, name)) for name in LAYERS)


@pytest.mark.parametrize(("language", "words"), [("ko", "아무 정책도 없습니다."), ("en", "Nothing is promised.")])
def test_the_summary_of_no_policy_says_so(language: str, words: str) -> None:
    assert policy_sentences(load_policy("none"), language) == [words]
