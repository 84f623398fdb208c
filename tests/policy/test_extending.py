"""A file changes another by extends, remove, override and variables; what is wrong is told with its own place."""

import datetime
from pathlib import Path

import pytest

from eum.errors import InputError
from eum.policy.files import check_policy, load_policy, policy_variables
from eum.policy.model import Policy
from tests.policy.test_files import told, written

BASE = """
title_ko = "바탕"
title_en = "Base"
[variables]
bonus = 3
until = 2020-04-30
where = "gyeyang"
[[city]]
id = "main"
start = 2020-01-01
tiers = [{ from_krw = 0, to_krw = 300_000, rate_percent = 10 }]
national_percent = 30
city_percent = 70
budget = "city"
source = "assumption"
[[top_up]]
id = "bonus"
start = 2020-02-01
end = "$until"
card = "any"
district = "$where"
tiers = [{ from_krw = 0, rate_percent = "$bonus" }]
budget = "district"
source = "assumption"
[[budget]]
id = "city"
payer = "city"
purpose = "cashback"
amount_krw = 1_000_000
source = "assumption"
confidence = "J"
[[budget]]
id = "district"
payer = "gyeyang"
purpose = "top_up"
amount_krw = 1_000_000
source = "assumption"
confidence = "J"
"""
HEAD = 'extends = "base"\ntitle_ko = "가"\ntitle_en = "Own"\n'


@pytest.fixture
def own(tmp_path: Path) -> Path:
    written(tmp_path, BASE, "base")
    return tmp_path


def extended(folder: Path, text: str) -> Policy:
    return load_policy(written(folder, HEAD + text, "own"))


def refused(folder: Path, text: str) -> str:
    return told(written(folder, HEAD + text, "own")).removeprefix(f"{folder}/")


def test_variables_stand_where_their_names_stand(own: Path) -> None:
    (top_up,) = load_policy(own / "base.toml").top_up
    assert (top_up.end, top_up.district, top_up.tiers[0].rate_percent) == (datetime.date(2020, 4, 30), "gyeyang", 3)
    assert policy_variables(own / "base.toml") == {"bonus": 3, "until": datetime.date(2020, 4, 30), "where": "gyeyang"}


def test_an_extending_file_and_then_a_caller_set_variables_again(own: Path) -> None:
    policy = extended(own, "[variables]\nbonus = 5\n")
    assert policy.top_up[0].tiers[0].rate_percent == 5
    assert policy_variables(own / "own.toml")["bonus"] == 5
    again = load_policy(own / "own.toml", {"bonus": 7.5, "until": datetime.date(2020, 2, 3)})
    assert (again.top_up[0].tiers[0].rate_percent, again.top_up[0].end) == (7.5, datetime.date(2020, 2, 3))
    assert again.hash != policy.hash


def test_a_value_written_out_and_one_by_a_variable_are_the_same_policy(own: Path) -> None:
    written_out = BASE.replace('"$bonus"', "3").replace("bonus = 3\n", "")
    (own / "other").mkdir()
    assert load_policy(written(own / "other", written_out, "base")).hash == load_policy(own / "base.toml").hash


def test_a_removed_layer_is_gone_and_its_budget_with_it(own: Path) -> None:
    policy = extended(own, 'remove = ["bonus", "district"]\n')
    assert policy.top_up == () and [b.id for b in policy.budget] == ["city"]


def test_an_overridden_key_is_replaced_and_the_others_stay(own: Path) -> None:
    policy = extended(own, '[override.bonus]\nend = 2020-03-01\n[override.city]\npayer = "city"\namount_krw = 5\n')
    assert policy.top_up[0].end == datetime.date(2020, 3, 1)
    assert policy.top_up[0].tiers[0].rate_percent == 3
    assert policy.budget[0].amount_krw == 5


def test_an_override_may_use_a_variable(own: Path) -> None:
    policy = extended(own, "[variables]\nsoon = 2020-03-02\n[override.bonus]\nend = '$soon'\n")
    assert policy.top_up[0].end == datetime.date(2020, 3, 2)


def test_layers_can_be_changed_over_several_files(own: Path) -> None:
    extended(own, "[override.bonus]\nend = 2020-03-01\n")
    last = 'extends = "own"\ntitle_ko = "나"\ntitle_en = "Last"\n[override.bonus]\nend = 2020-03-05\n'
    assert load_policy(written(own, last, "last")).top_up[0].end == datetime.date(2020, 3, 5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'remove = ["bonsu"]',
            "own.toml: remove: 'bonsu': expected the id of a layer of the policy extended: main,",
        ),
        ("remove = 3", "own.toml: remove: 3: expected a list of ids"),
        ("[override.bonsu]\nend = 2020-01-01", "own.toml: override.bonsu: 'bonsu': expected the id of a layer"),
        ("[override]\nbonus = 3", "own.toml: override.bonus: 3: expected a table of the keys to replace"),
        ("override = 3", "own.toml: override: 3: expected a table"),
        ('[override.bonus]\nid = "x"', "own.toml: override.bonus.id: 'x': expected other keys"),
        ("[override.bonus]\nend = 3", "own.toml: override.bonus.end: 3: expected a date such as 2020-03-16"),
        ("[override.bonus]\ncap = 3", "own.toml: override.bonus.cap: 3: unknown key; expected"),
        ('remove = ["bonus"]\n[override.bonus]\nend = 2020-01-01', "override.bonus: 'bonus': removed as well"),
        ("[variables]\nbonsu = 3", 'own.toml: variables.bonsu: 3: used nowhere; expected "$bonsu" at some key'),
        ("[variables]\nbonus = 101", "base.toml: top_up[0].tiers[0].rate_percent: $bonus = 101: expected less"),
        ('[variables]\nbonus = "$until"', "own.toml: variables.bonus: '$until': expected a number, a date, a text"),
        ("[variables]\n'a b' = 1", "own.toml: variables: 'a b': expected a name of letters"),
        ("variables = 3", "own.toml: variables: 3: expected a table of names and values"),
        ("city = 3", "own.toml: city: int: expected a list of tables, each under [[city]]"),
        ("city = [3]", "own.toml: city[0]: 3: expected a table"),
    ],
)
def test_a_wrong_change_is_reported_with_its_place(own: Path, text: str, expected: str) -> None:
    message = refused(own, text + "\n")
    assert expected in message
    assert "\n" not in message


def test_a_name_that_no_variables_has_is_reported_where_it_stands(own: Path) -> None:
    written(own, BASE.replace("$until", "$unitl"), "base")
    expected = "base.toml: top_up[0].end: '$unitl': expected one of the [variables]: bonus, until, where"
    assert expected in refused(own, "")


def test_a_caller_can_set_only_variables_that_there_are(own: Path) -> None:
    path = own / "base.toml"
    with pytest.raises(InputError, match="variables: 'bonsu': expected one of its variables: bonus, until, where"):
        load_policy(path, {"bonsu": 3})
    assert "$bonus = 'much': expected a number" in check_policy(path, {"bonus": "much"})[0]
