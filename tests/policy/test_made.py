"""Made policies: valid ones load and are told in full, broken ones are answered on one line; thousands of each."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings

from eum.errors import InputError
from eum.policy.budget_clauses import Budget, Grant
from eum.policy.clauses import CityPeriod, DistrictCard, FeeSupport, Plus, TopUp
from eum.policy.files import check_policy, load_policy
from eum.policy.rate_table import policy_from_table, rate_table
from eum.policy.semantics import promised_keys, promised_terms
from eum.policy.text.render import policy_from_sentences, policy_sentences
from tests.policy.broken import FAULTS, Broken, broken_policies
from tests.policy.made import Layer, made_policies, policy_from, toml

MANY, SOME = 2_000, 200
KINDS = {
    **{"city": CityPeriod, "top_up": TopUp, "plus": Plus, "fee_support": FeeSupport},
    **{"grant": Grant, "district_card": DistrictCard, "budget": Budget},
}
quickly = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("made")


def written(folder: Path, text: str) -> Path:
    path = folder / "made.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_two_thousand_made_policies_load_and_are_described_in_full(folder: Path) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=MANY, **quickly)
    @given(made_policies())
    def holds(made: Layer) -> None:
        policy = load_policy(written(folder, toml(made)))
        assert promised_terms(policy) == promised_terms(policy_from(made))
        for language in ("ko", "en"):
            sentences = policy_sentences(policy, language)
            read = policy_from_sentences(sentences, language)
            assert promised_terms(read) == promised_terms(policy)
            assert policy_sentences(read, language) == sentences
        seen.update(f"{kind}.{key}" for kind in KINDS for part in made.get(kind, []) for key in part)

    holds()
    every = {f"{kind}.{key}" for kind, model in KINDS.items() for key in promised_keys(model)}
    assert every <= set(seen), f"never made: {sorted(every - set(seen))}"


@settings(max_examples=SOME, **quickly)
@given(made_policies())
def test_a_rate_table_gives_back_every_promise(made: Layer) -> None:
    policy = policy_from(made)
    assert promised_terms(policy_from_table(rate_table(policy))) == promised_terms(policy)


def test_two_thousand_broken_policies_are_each_answered_on_one_line(folder: Path) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=MANY, **quickly)
    @given(broken_policies())
    def holds(broken: Broken) -> None:
        path = written(folder, broken.text)
        faults = check_policy(path)
        assert faults, f"{broken.what}: loads"
        with pytest.raises(InputError) as caught:
            load_policy(path)
        message = str(caught.value)
        assert message.startswith(f"{path}: ")
        assert len(message.splitlines()) == 1 and "Traceback" not in message
        assert "expected" in message or "not valid TOML" in message, message
        assert all(told in message for told in broken.told), (broken.what, broken.told, message)
        seen[broken.what] += 1

    holds()
    assert set(seen) == {fault.__name__ for fault in FAULTS}


def test_a_broken_file_ends_the_command_with_one_line_and_code_2(folder: Path, eum: Callable) -> None:
    commands = [("policy", "check"), ("policy", "table")]
    answers = []

    @seed(2020)
    @settings(max_examples=6, **quickly)
    @given(broken_policies())
    def run(broken: Broken) -> None:
        path = written(folder, broken.text)
        answers.extend(eum(*command, str(path)) for command in commands)

    run()
    assert len(answers) >= len(commands)
    for done in answers:
        assert done.returncode == 2, done.stderr
        assert len(done.stderr.splitlines()) == 1 and "Traceback" not in done.stderr
