"""What is told of a policy is all that it promises: sentences and rate tables read back, in Korean and English."""

import datetime
from pathlib import Path

import pandas as pd
import pytest

from eum.dimensions import AGE_BANDS, DISTRICTS, HOUSEHOLDS, SECTORS, WEEKDAYS
from eum.errors import InputError
from eum.policy.files import list_policies, load_policy
from eum.policy.rate_table import in_force_on, policy_from_table, rate_table, read_rate_table, short_views, write_table
from eum.policy.semantics import promised_terms
from eum.policy.text.formats import WON_EN, WON_KO
from eum.policy.text.render import policy_from_sentences, policy_sentences
from eum.policy.text.words import policy_words


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("name", list_policies())
def test_sentences_of_a_shipped_policy_tell_all_that_it_promises(name: str, language: str) -> None:
    policy = load_policy(name)
    assert promised_terms(policy_from_sentences(policy_sentences(policy, language), language)) == promised_terms(policy)


@pytest.mark.parametrize("name", list_policies())
def test_a_rate_table_and_its_csv_hold_all_that_a_shipped_policy_promises(name: str, tmp_path: Path) -> None:
    policy = load_policy(name)
    table = rate_table(policy)
    assert promised_terms(policy_from_table(table)) == promised_terms(policy)
    write_table(table, tmp_path / "rates.csv")
    assert promised_terms(policy_from_table(read_rate_table(tmp_path / "rates.csv"))) == promised_terms(policy)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_what_is_no_sentence_is_refused_with_its_line(language: str) -> None:
    lines = [*policy_sentences(load_policy("gyeyang-2020-actual"), language), "The city gives everybody everything."]
    with pytest.raises(InputError, match=rf"line {len(lines)}: 'The city .*expected a sentence"):
        policy_from_sentences(lines, language)


def test_sentences_that_contradict_each_other_make_no_policy() -> None:
    lines = policy_sentences(load_policy("incheon-2020-actual"), "en")
    with pytest.raises(InputError, match="overlaps the one from"):
        policy_from_sentences([*lines, lines[0]], "en")


def test_a_table_with_an_unknown_clause_or_column_is_refused(tmp_path: Path) -> None:
    table = rate_table(load_policy("incheon-2020-actual"))
    with pytest.raises(InputError, match=r"clause: 'tax\[0\]': expected a layer"):
        policy_from_table(table.assign(clause="tax[0]"))
    with pytest.raises(InputError, match="rate: unknown column"):
        policy_from_table(table.assign(rate=1))
    path = tmp_path / "rates.csv"
    path.write_text("clause,rate\ncity[0],3\n", encoding="utf-8")
    with pytest.raises(InputError, match="rate: unknown column"):
        read_rate_table(path)
    path.write_text("clause,start\ncity[0],soon\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"start: .*expected"):
        read_rate_table(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty; expected a rate table"),
        ("clause,clause\ncity[0],x\n", "clause: stands twice"),
        ("clause\n    ,2020-09-30,0\n", "line 2: 3 cells; expected 1"),
        ("clause,start,end,amount_districts\ngrant[0],1979-05-27T07:32:00Z\n", "line 2: 2 cells; expected 4"),
        ("clause,start\ncity[0],1979-05-27T07:32:00Z\n", "line 2: start: '1979-05-27T07:32:00Z': expected a date"),
        ("clause,tier_to_krw\ncity[0],3e5\n", "line 2: tier_to_krw: '3e5': expected a whole number"),
        ("clause,tier_to_krw\ncity[0]," + "9" * 30 + "\n", "tier_to_krw: '9*': expected a whole number"),
        ("clause,tier_rate_percent\ncity[0],inf\n", "tier_rate_percent: 'inf': expected a number"),
        ("clause,event\ncity[0],maybe\n", "event: 'maybe': expected True or False"),
        ('clause\n"city[0]\n', "expected a rate table in CSV"),
    ],
)
def test_a_file_that_is_no_rate_table_is_reported_with_its_line(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=rf"rates\.csv: .*{message}"):
        read_rate_table(path)


def test_a_table_that_a_spreadsheet_saved_is_read(tmp_path: Path) -> None:
    table, path = rate_table(load_policy("incheon-2020-actual")), tmp_path / "rates.csv"
    write_table(table, path)
    path.write_text(path.read_text(encoding="utf-8-sig").replace("False", "FALSE"), encoding="utf-8-sig")
    assert promised_terms(policy_from_table(read_rate_table(path))) == promised_terms(
        load_policy("incheon-2020-actual")
    )


def test_numbers_and_dates_of_a_sentence_that_cannot_be_are_reported() -> None:
    line = "9999-12-31부터: 시 즉시 할인, 월 사용액 한도 없이 6 % (국비 0 %, 지방비 100 %, 예산 pot)"
    with pytest.raises(InputError, match=r"told: city\[0\]\.budget: 'pot': expected the id of a"):
        policy_from_sentences([line], "ko")
    with pytest.raises(InputError, match=r"line 1: .*month must be in 1\.\.12; expected dates and numbers"):
        policy_from_sentences([line.replace("9999-12", "9999-13")], "ko")
    many = policy_sentences(load_policy("incheon-2020-actual"), "en")[0].replace("500,000 won", "9" * 5000 + " won")
    with pytest.raises(InputError, match="expected dates and numbers that can be read"):
        policy_from_sentences([many], "en")


def test_the_rows_of_a_date_are_those_in_force() -> None:
    table = in_force_on(rate_table(load_policy("gyeyang-2020-actual")), datetime.date(2020, 3, 15))
    assert "city[1]" in set(table["clause"]) and "city[0]" not in set(table["clause"])
    assert not {"top_up[0]", "plus[0]", "plus[3]", "district_card[4]"} & set(table["clause"])
    views = short_views(table)
    assert views["city"]["tier_rate_percent"].tolist() == ["10", "1"]
    assert "districts" not in views["city"]


def _keys(tree: dict[str, object], prefix: str = "") -> list[str]:
    return [
        name
        for key, value in tree.items()
        for name in (_keys(value, f"{prefix}{key}.") if isinstance(value, dict) else [prefix + key])
    ]


def test_both_languages_have_words_for_the_same() -> None:
    assert set(_keys(policy_words("ko"))) == set(_keys(policy_words("en")))


@pytest.mark.parametrize("language", ["ko", "en"])
def test_lists_of_words_are_in_the_order_of_the_vocabulary(language: str) -> None:
    lists = {"districts": DISTRICTS, "sectors": SECTORS, "ages": AGE_BANDS, "weekdays": WEEKDAYS}
    for group, codes in lists.items():
        assert tuple(policy_words(language)[group]) == codes
    assert tuple(policy_words(language)["households"]) == HOUSEHOLDS


@pytest.mark.parametrize("language", ["ko", "en"])
def test_places_trades_and_ages_have_one_word_in_policies_and_in_reports(language: str) -> None:
    from eum.output.report.i18n import load_words

    for group, label in (("districts", "district"), ("sectors", "sector"), ("ages", "age_band")):
        for code, word in policy_words(language)[group].items():
            assert word.lower() == load_words(language).label(label, code).lower()


@pytest.mark.parametrize(
    ("krw", "ko"),
    [(0, "0원"), (9_999, "9,999원"), (50_000, "5만원"), (1_005_000, "100.5만원"), (12_345, "12,345원"),
     (252_500_000, "2.525억원"), (72_800_000_000, "728억원"), (10**13, "10조원"),
     (1_234_500_000_000, "12,345억원"), (100_000_001, "100,000,001원")],
)  # fmt: skip
def test_won_are_written_in_the_units_people_use_and_read_back_to_the_won(krw: int, ko: str) -> None:
    assert WON_KO.write(krw) == ko
    assert WON_KO.read(ko) == krw
    assert WON_EN.read(WON_EN.write(krw)) == krw


def test_an_empty_table_is_the_policy_that_promises_nothing() -> None:
    table = rate_table(load_policy("none"))
    assert isinstance(table, pd.DataFrame) and table.empty
    assert policy_from_table(table).is_empty
