"""Whatever is wrong with a study is told on one line before anything is run, and nothing is left behind."""

import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from eum.analysis.experiments.ready import StudyRequest, load_study
from eum.analysis.experiments.study import ensemble_of
from eum.city.data import load_city_data
from eum.cli import app
from eum.errors import InputError

STUDY = """name = "micro"
title_ko = "작은 시험"
title_en = "A small trial"
focus_district = "gyeyang"
start = 2020-03-01
end = 2020-04-15
families = ["causal"]
scopes = ["city", "gyeyang"]

[variants.mine]
city = "incheon-2020-actual"
district = "gyeyang-2020-actual"

[uncertain_budget]
event = "gyeyang-event"
rest = "gyeyang-plus"
total_krw = 505_000_000
event_share_low = 0.2
event_share_high = 0.8

[size]
scale = 0.001
n_draws = 2
n_seeds = 2
"""
POLICY = 'extends = "gyeyang-2020-actual"\ntitle_ko = "가"\ntitle_en = "a"\n'
ALWAYS = """
title_ko = "언제나"
title_en = "Always"

[[city]]
start = 2010-01-01
tiers = [{ from_krw = 0, rate_percent = 5 }]
national_percent = 0
city_percent = 100
budget = "all"
source = "assumption"

[[budget]]
id = "all"
payer = "city"
purpose = "cashback"
amount_krw = 1_000_000_000
source = "assumption"
confidence = "J"
"""
SECOND = '[variants.second]\ncity = "incheon-2020-actual"\n'


def studied(folder: Path, text: str) -> StudyRequest:
    """Return the study of a definition written into a folder."""
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return load_study(str(path))


def changed(old: str, new: str) -> str:
    """Return the definition with a part replaced."""
    assert old in STUDY
    return STUDY.replace(old, new)


WRONG = {
    "name above": (changed('"micro"', '"../../escaped"'), r"name: '\.\./\.\./escaped': expected letters, digits"),
    "name absolute": (changed('"micro"', '"/var/escaped"'), "name: '/var/escaped': expected letters, digits"),
    "name empty": (changed('"micro"', '""'), "name: '': "),
    "title blank": (changed('"A small trial"', '" "'), "title_en: ' ': expected a line of text"),
    "title of two lines": (changed('"A small trial"', '"a\\nb"'), r"title_en: 'a\\nb': expected a line of text"),
    "title too long": (changed('"A small trial"', f'"{"a" * 5000}"'), "title_en: 'a{12}.*at most 120 characters"),
    "focus": (changed('focus_district = "gyeyang"', 'focus_district = "atlantis"'), "focus_district: 'atlantis': exp"),
    "end before start": (
        changed("2020-04-15", "2020-02-15"),
        "end: 2020-02-15: expected the last day after",
    ),
    "family": (changed('["causal"]', '["x"]'), r"families: .*'x': no such family of evidence; expected some of survey"),
    "family as a path": (changed('["causal"]', '["../../../x"]'), "families: .*no such family of evidence"),
    "family twice": (changed('["causal"]', '["causal", "causal"]'), "families: .*'causal' stands twice"),
    "no family": (changed('["causal"]', "[]"), "families: .*at least 1 item"),
    "scope": (
        changed('"city", "gyeyang"]', '"city", "nowhere"]'),
        "'nowhere': no such scope; expected some of",
    ),
    "no scope": (changed('["city", "gyeyang"]', "[]"), "scopes: .*at least 1 item"),
    "no variant": (
        changed('[variants.mine]\ncity = "incheon-2020-actual"\ndistrict = "gyeyang-2020-actual"\n', "[variants]\n"),
        "variants: .*at least 1 item",
    ),
    "variant as a path": (
        changed("[variants.mine]", '[variants."../x"]'),
        r"variants\.\.\./x.*expected letters",
    ),
    "policy": (
        changed('"gyeyang-2020-actual"', '"gyeyang-2099"'),
        r"variants\.mine\.district: gyeyang-2099: no such",
    ),
    "policy by pattern": (
        changed('"gyeyang-2020-actual"', '"*"'),
        r"variants\.mine\.district: '\*': expected the",
    ),
    "policy by file": (
        changed('"gyeyang-2020-actual"', '"my.toml"'),
        r"variants\.mine\.district: my\.toml: no such",
    ),
    "no programme": (changed('"incheon-2020-actual"', '"none"'), r"variants\.mine\.city: none: the world without any"),
    "one policy twice": (changed('"gyeyang-2020-actual"', '"incheon-2020-actual"'), "the city's policy as well"),
    "only some with a district": (
        STUDY + SECOND,
        r"variants\.second\.district: missing; expected one, as in other",
    ),
    "same titles": (
        STUDY + SECOND + 'district = "gyeyang-2020-actual"\n',
        r"variants\.second\.title_ko: '.*': the title of mine as well",
    ),
    "title in one language": (
        changed("[uncert", 'title_ko = "가"\n[uncert'),
        "title_ko, title_en: expected both",
    ),
    "promises nothing": (
        changed("2020-03-01", "2018-07-01").replace("2020-04-15", "2018-07-31"),
        r"variants\.mine: gyeyang-2020-actual: promises nothing from 2018-07-01 to 2018-07-31",
    ),
    "event": (
        changed('event = "gyeyang-event"', 'event = "eyeyang"'),
        "uncertain_budget.event: 'eyeyang': no budget",
    ),
    "event is the rest": (
        changed('rest = "gyeyang-plus"', 'rest = "gyeyang-event"'),
        "rest: 'gyeyang-event': expected",
    ),
    "shares": (changed("event_share_low = 0.2", "event_share_low = 0.9"), "event_share_low: 0.9: expected at most"),
    "too much money": (changed("505_000_000", "10_000_000_000_001"), "total_krw: 10000000000001: "),
    "scale": (changed("scale = 0.001", "scale = 0.0001"), r"size\.scale: 0\.0001: .*0\.0005"),
    "unknown key": (changed("[size]", 'colour = "red"\n[size]'), "uncertain_budget.colour: 'red': "),
    "no wish": (STUDY + "[enough]\nhalfwidth_won = 0\n", "enough: half-width 0"),
}


@pytest.mark.parametrize(("text", "told"), WRONG.values(), ids=WRONG)
def test_a_wrong_study_is_told_on_one_line(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=told) as error:
        studied(tmp_path, text)
    assert "\n" not in str(error.value) and str(error.value).startswith(str(tmp_path / "study.toml"))
    assert len(str(error.value)) < 1200
    assert [path.name for path in tmp_path.iterdir()] == ["study.toml"]


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        ("2018-01-01", "2018-07-31", r"variants\.mine: data/fees\.csv: no fee up to .* on 2018-01-01"),
        ("2035-01-01", "2035-02-01", r"variants\.mine: start: 2035-01-01: expected a date between"),
    ],
)
def test_days_without_data_are_told_before_anything_is_run(start: str, end: str, told: str, tmp_path: Path) -> None:
    text = changed('district = "gyeyang-2020-actual"\n', "").replace('"incheon-2020-actual"', '"always.toml"')
    text = text[: text.index("[uncertain")] + text[text.index("[size]") :]
    (tmp_path / "always.toml").write_text(ALWAYS, encoding="utf-8")
    study = studied(tmp_path, text.replace("2020-03-01", start).replace("2020-04-15", end))
    with pytest.raises(InputError, match=told) as error:
        ensemble_of(study, load_city_data(), 1)
    assert "\n" not in str(error.value)
    assert datetime.date.fromisoformat(start) == study.definition.start


def test_two_files_of_one_name_are_told(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for folder in (tmp_path, tmp_path / "sub"):
        (folder / "trial.toml").write_text(POLICY + f'description = "{folder.name}"\n', encoding="utf-8")
    second = '[variants.second]\ncity = "incheon-2020-actual"\ndistrict = "sub/trial.toml"\n'
    text = changed('"gyeyang-2020-actual"', '"trial.toml"') + second
    with pytest.raises(InputError, match=r"sub/trial\.toml: .*/trial\.toml has the same name; expected files of other"):
        studied(tmp_path, text)


def test_policies_by_file_lie_beside_the_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    (tmp_path / "trial-2.toml").write_text(POLICY, encoding="utf-8")
    study = studied(tmp_path, changed('"gyeyang-2020-actual"', '"trial-2.toml"'))
    assert study.worlds("mine") == {"baseline": "none", "city": "incheon-2020-actual", "district": "trial-2"}
    assert study.titles("mine")["ko"] == {"title": "가", "short": "가", "note": ""}
    assert study.is_own_money and "trial-2.toml" in study.files


def test_whose_money_is_added_is_read_from_the_policies(tmp_path: Path) -> None:
    assert studied(tmp_path, STUDY).is_own_money
    assert not studied(tmp_path, changed('focus_district = "gyeyang"', 'focus_district = "seo"')).is_own_money
    assert not studied(tmp_path, changed('focus_district = "gyeyang"\n', "")).is_own_money


def test_the_city_and_the_district_always_count(tmp_path: Path) -> None:
    text = changed('scopes = ["city", "gyeyang"]\n', "")
    assert studied(tmp_path, text).definition.counted_scopes == ("city", "gyeyang")
    text = changed('scopes = ["city", "gyeyang"]', 'scopes = ["seo"]')
    assert studied(tmp_path, text).definition.counted_scopes == ("city", "gyeyang", "seo")


@pytest.mark.parametrize("case", ["name above", "name absolute", "family as a path", "no family", "no scope", "event"])
def test_the_command_refuses_with_exit_code_two_and_writes_nothing(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.toml").write_text(WRONG[case][0], encoding="utf-8")
    ran = CliRunner().invoke(app, ["study", "study.toml", "--workers", "1"])
    assert isinstance(ran.exception, InputError), ran.output
    assert [path.name for path in tmp_path.iterdir()] == ["study.toml"]
