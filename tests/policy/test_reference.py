"""The reference of the language is that of the code, and each of its examples is a policy that loads."""

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from eum.policy.files import check_policy, load_policy, policy_variables
from eum.policy.language_page import EXAMPLES, example_path, reference
from eum.policy.schema import json_schema
from eum.policy.semantics import promised_keys, promised_terms
from eum.policy.text.grammar import SENTENCE_KINDS
from eum.policy.text.render import policy_from_sentences, policy_sentences


def test_the_published_reference_is_that_of_the_code(repository: Path) -> None:
    published = (repository / "docs" / "policy-language.md").read_text(encoding="utf-8")
    assert published == reference(), "write it anew: eum policy reference > docs/policy-language.md"


def test_every_example_stands_on_the_page() -> None:
    folder = example_path("start").parent
    assert {path.stem for path in folder.glob("*.toml")} == set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_loads_fits_the_schema_and_is_described_in_full(name: str) -> None:
    path = example_path(name)
    assert check_policy(path) == []
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(json.dumps(content, default=str)), json_schema())
    policy = load_policy(path)
    for language in ("ko", "en"):
        assert promised_terms(policy_from_sentences(policy_sentences(policy, language), language)) == promised_terms(
            policy
        )


def test_the_examples_show_every_clause() -> None:
    shown = set()
    for name in EXAMPLES:
        content = tomllib.loads(example_path(name).read_text(encoding="utf-8"))
        shown |= {(kind, key) for kind in SENTENCE_KINDS for part in content.get(kind, []) for key in part}
    wanted = {(kind, key) for kind, model in SENTENCE_KINDS.items() for key in promised_keys(model)}
    shown_elsewhere = {("plus", "card"), ("plus", "end"), ("fee_support", "end"), ("budget", "monthly_from")}
    assert wanted - shown == shown_elsewhere, "other kinds of layer show these keys"


def test_the_example_of_a_changed_policy_changes_what_it_says() -> None:
    changed = load_policy(example_path("change"))
    assert changed.city == () and changed.top_up[0].tiers[0].rate_percent == 5
    assert policy_variables(example_path("change"))["bonus_percent"] == 5


def test_the_schema_describes_every_key_and_allows_variables() -> None:
    schema = json_schema()
    for part in (schema, *(d for d in schema["$defs"].values() if d["type"] == "object")):
        for key, value in part["properties"].items():
            assert value.get("description"), (part["title"], key)
    jsonschema.validate({"title_ko": "가", "title_en": "A", "city": [_period("$rate")]}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"title_ko": "가", "title_en": "A", "city": [_period("rate")]}, schema)
    jsonschema.validate({"title_ko": "가", "title_en": "A", "override": {"x": {"end": "$day"}}}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"title_ko": "가", "title_en": "A", "override": {"x": {"id": "y"}}}, schema)


def _period(rate: str) -> dict[str, object]:
    funding = {"national_percent": 0, "city_percent": 100}
    tiers = [{"from_krw": 0, "rate_percent": rate}]
    return {"start": "2020-01-01", "source": "assumption", "budget": "b", "tiers": tiers, **funding}
