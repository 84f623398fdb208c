"""A bad policy file is answered on one line: the file, the key, the value, what was expected."""

from pathlib import Path

import pytest

from eum.errors import InputError
from eum.policy.files import check_policy, load_policy

GOOD = """
title_ko = "시험"
title_en = "Trial"

[[city]]
start = 2020-01-01
end = 2020-02-29
tiers = [{ from_krw = 0, to_krw = 300_000, rate_percent = 4 }, { from_krw = 300_000, rate_percent = 1.25 }]
national_percent = 31.0
city_percent = 69.0
budget = "city-cashback"
source = "incheonin-71641"

[[city]]
start = 2020-03-01
announced = 2020-02-27
tiers = [{ from_krw = 0, rate_percent = 10 }]
national_percent = 31.0
city_percent = 69.0
budget = "city-cashback"
source = "incheonin-71641"

[[top_up]]
start = 2020-03-16
district = "gyeyang"
tiers = [{ from_krw = 0, to_krw = 300_000, rate_percent = 1 }]
budget = "gyeyang"
source = "dynews-20200221"

[[plus]]
start = 2020-03-16
area = "gyeyang"
discount_low_percent = 1
discount_high_percent = 7
top_up_percent = 2
card = "any"
in_kind = ["publicity"]
budget = "gyeyang"
source = "dynews-20200221"

[[fee_support]]
start = 2020-03-16
district = "gyeyang"
rate_percent = 0.5
plus_shops = true
ordinary_shops_up_to_krw = 1_000_000_000
budget = "gyeyang"
source = "dynews-20200221"

[[district_card]]
district = "gyeyang"
launch = 2020-03-16
source = "dynews-20200221"

[[budget]]
id = "city-cashback"
payer = "city"
purpose = "cashback"
amount_krw = 83_800_000_000
source = "opticnews-33554"
confidence = "A"

[[budget]]
id = "gyeyang"
payer = "gyeyang"
purpose = "programme"
amount_krw = 505_000_000
source = "incheontoday-119643"
confidence = "A"
"""

TIERS = "tiers = [{ from_krw = 0, to_krw = 300_000, rate_percent = 4 }, { from_krw = 300_000,"
FEE = "rate_percent = 0.5"
EVENT = "to_krw = 300_000, rate_percent = 1 }"
DISTRICTS = "expected one of the districts jung, dong, michuhol, yeonsu, namdong, bupyeong, gyeyang, seo,"

BAD = [
    ("unknown district", "gyeyang", "gyeyan", "top_up[0].district: 'gyeyan': " + DISTRICTS),
    ("unknown area", 'area = "gyeyang"', 'area = "gyeyan"', "plus[0].area: 'gyeyan': " + DISTRICTS),
    (
        "unknown payer",
        'payer = "gyeyang"',
        'payer = "state"',
        "budget[1].payer: 'state': expected city or one",
    ),
    (
        "rate of 150 %",
        FEE,
        "rate_percent = 150",
        "fee_support[0].rate_percent: 150: expected less than or equal to 100",
    ),
    ("negative rate", FEE, "rate_percent = -1", "fee_support[0].rate_percent: -1: expected greater"),
    ("no number", FEE, "rate_percent = nan", "fee_support[0].rate_percent: nan: expected"),
    ("too fine a rate", FEE, "rate_percent = 0.505", "0.505: expected at most two decimals"),
    ("rate in quotation marks", FEE, 'rate_percent = "1"', "rate_percent: '1': expected a number"),
    ("discount of 8 %", "discount_high_percent = 7", "discount_high_percent = 8", "less than or equal to 7"),
    (
        "overlapping tiers",
        "{ from_krw = 300_000,",
        "{ from_krw = 200_000,",
        "city[0].tiers: tier up to 300000"
        " overlaps the tier from 200000; expected each tier to start where the last ends",
    ),
    (
        "tiers with a gap",
        "{ from_krw = 300_000,",
        "{ from_krw = 400_000,",
        "city[0].tiers: tier up to 300000"
        " leaves a gap to the tier from 400000; expected each tier to start where the last ends",
    ),
    (
        "tier after one without end",
        TIERS,
        "tiers = [{ from_krw = 0, rate_percent = 4 }, { from_krw = 300_000,",
        "tier up to no end overlaps the tier from 300000",
    ),
    (
        "tier upside down",
        "from_krw = 0, " + EVENT,
        "from_krw = 0, to_krw = 0, rate_percent = 1 }",
        "top_up[0].tiers[0].to_krw: 0: expected greater than 0",
    ),
    ("won with a point", "amount_krw = 505_000_000", "amount_krw = 505e6", "expected a whole number"),
    ("negative budget", "amount_krw = 505_000_000", "amount_krw = -1", "budget[1].amount_krw: -1: expected"),
    (
        "endless budget",
        "amount_krw = 505_000_000",
        "amount_krw = 10_000_000_000_001",
        "expected at most 1000000",
    ),
    (
        "end before start",
        "end = 2020-02-29",
        "end = 2019-02-28",
        "city[0]: end 2019-02-28 lies before start 2020-01-01; expected it on or after",
    ),
    (
        "overlapping periods",
        "end = 2020-02-29",
        "end = 2020-03-01",
        "city: period from 2020-01-01 overlaps the one from 2020-03-01; expected one at a time",
    ),
    (
        "known after the fact",
        "announced = 2020-02-27",
        "announced = 2020-03-02",
        "city[1]: announced 2020-03-02, after its start 2020-03-01; expected it by then",
    ),
    (
        "date in quotation marks",
        "launch = 2020-03-16",
        'launch = "2020-03-16"',
        "district_card[0].launch: '2020-03-16': expected a date such as 2020-03-16, without quotation marks",
    ),
    ("no such day", "launch = 2020-03-16", "launch = 2020-02-30", "not valid TOML"),
    (
        "funding not whole",
        "city_percent = 69.0\nbudget",
        "city_percent = 68.0\nbudget",
        "city[0]: funding adds up to 99 percent; expected 100",
    ),
    (
        "unknown budget",
        'budget = "gyeyang"',
        'budget = "gyeyan"',
        "top_up[0].budget: 'gyeyan': expected the id of a [[budget]]: city-cashback, gyeyang",
    ),
    (
        "limit between the bands",
        "1_000_000_000",
        "900_000_000",
        "fee_support[0].ordinary_shops_up_to_krw:"
        " 900000000: expected 0 or a bound of the sales bands: 300000000, 500000000, 1000000000, 3000000000",
    ),
    (
        "unknown key",
        "plus_shops = true",
        "plus_shops = true\ncap = 3",
        "fee_support[0].cap: 3: unknown key; expected one that the schema of policies has",
    ),
    ("missing key", 'purpose = "cashback"\n', "", "budget[0].purpose: missing; expected a value"),
    ("no title", 'title_en = "Trial"\n', "", "title_en: missing; expected a value"),
    ("no source", 'source = "opticnews-33554"', 'source = ""', "budget[0].source: '': expected some text"),
    ("yes in words", "plus_shops = true", 'plus_shops = "yes"', "plus_shops: 'yes': expected true or false"),
    (
        "confidence of no letter",
        'confidence = "A"',
        'confidence = "E"',
        "budget[0].confidence: 'E': expected 'A', 'B'",
    ),
    (
        "a hash of one's own",
        'title_ko = "시험"',
        'title_ko = "시험"\nhash = "1"',
        "hash: '1': computed on loading",
    ),
    (
        "card after the promise",
        "launch = 2020-03-16",
        "launch = 2020-04-01",
        "top_up[0].district: 'gyeyang': expected a [[district_card]] of it launched by 2020-03-16",
    ),
    ("no TOML", "[[plus]]", "[[plus]", "not valid TOML"),
]


def written(folder: Path, text: str, name: str = "trial") -> Path:
    """Write a policy file and return its path."""
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def changed(old: str, new: str) -> str:
    """Return the good policy with the first place of a text changed."""
    assert old in GOOD
    head, tail = GOOD.split(old, 1)
    return head + new + tail


def told(path: Path) -> str:
    """Return what is said of a policy file that must not load."""
    with pytest.raises(InputError) as caught:
        load_policy(path)
    return str(caught.value)


def test_a_good_policy_loads_and_nothing_is_wrong_with_it(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    assert check_policy(path) == []
    assert load_policy(path).name == "trial"


@pytest.mark.parametrize(("old", "new", "expected"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_bad_policy_is_answered_on_one_line(tmp_path: Path, old: str, new: str, expected: str) -> None:
    path = written(tmp_path, changed(old, new))
    message = told(path)
    assert message.startswith(str(path))
    assert expected in message
    assert "\n" not in message
    assert check_policy(path)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ('[[budget]]\nid = "spare"', "budget: 'spare' pays for nothing; expected a layer that draws on it"),
        ('[[budget]]\nid = "gyeyang"', "budget: id 'gyeyang' stands twice; expected each once"),
    ],
    ids=["unused budget", "budget named twice"],
)
def test_a_budget_without_a_place_is_refused(tmp_path: Path, more: str, expected: str) -> None:
    rest = 'payer = "seo"\npurpose = "none"\namount_krw = 1\nsource = "assumption"\nconfidence = "J"\n'
    assert expected in told(written(tmp_path, f"{GOOD}\n{more}\n{rest}"))


def test_a_first_tier_above_zero_is_refused(tmp_path: Path) -> None:
    text = changed("tiers = [{ from_krw = 0, rate_percent = 10", "tiers = [{ from_krw = 5, rate_percent = 10")
    assert "city[1].tiers: first tier from 5; expected 0" in told(written(tmp_path, text))


def test_more_tiers_than_the_day_can_hold_are_refused(tmp_path: Path) -> None:
    tiers = [f"{{ from_krw = {i}, to_krw = {i + 1}, rate_percent = 1 }}" for i in range(5)]
    text = changed("[{ from_krw = 0, " + EVENT + "]", f"[{', '.join(tiers)}]")
    assert "top_up[0].tiers: expected at most 4 items" in told(written(tmp_path, text))


def test_a_discount_from_high_to_low_is_refused(tmp_path: Path) -> None:
    text = changed("discount_high_percent = 7", "discount_high_percent = 0.5")
    assert "plus[0]: discount from 1 to 0.5 percent; expected the low end" in told(written(tmp_path, text))


def test_a_plus_top_up_without_a_budget_is_refused(tmp_path: Path) -> None:
    text = changed('in_kind = ["publicity"]\nbudget = "gyeyang"\n', 'in_kind = ["publicity"]\n')
    assert "plus[0]: top_up_percent without a budget" in told(written(tmp_path, text))


def test_every_fault_is_listed_and_the_first_is_reported(tmp_path: Path) -> None:
    text = changed(FEE, "rate_percent = 150").replace('in_kind = ["publicity"]', 'in_kind = ["flowers"]')
    path = written(tmp_path, text)
    assert len(check_policy(path)) == 2
    assert told(path).endswith("(and 1 more)")


def test_a_missing_policy_is_answered_with_the_names_there_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gyeyang-2021: no such policy; expected a \.toml file or one of: .*none"):
        load_policy("gyeyang-2021")
    with pytest.raises(InputError, match=r"missing\.toml: no such policy"):
        load_policy(tmp_path / "missing.toml")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "trial.toml"
    path.write_bytes(b"title = \xff\xfe")
    assert told(path) == f"{path}: not text in UTF-8; expected a TOML file"


def test_a_fault_in_an_extension_names_its_own_file_and_place(tmp_path: Path) -> None:
    base = written(tmp_path, GOOD, "base")
    own = (
        'extends = "base"\ntitle_ko = "시험"\ntitle_en = "Trial"\n[[fee_support]]\nstart = 2020-01-01\n'
        'district = "seo"\nrate_percent = 150\nplus_shops = true\nordinary_shops_up_to_krw = 0\n'
        'budget = "gyeyang"\nsource = "assumption"\n'
    )
    path = written(tmp_path, own)
    assert told(path).startswith(f"{path}: fee_support[0].rate_percent: 150: ")
    path = written(tmp_path, own.replace("150", "1").replace('"gyeyang"', '"seo"'))
    assert told(path).startswith(f"{path}: fee_support[0].budget: 'seo': expected the id of a [[budget]]")
    base.write_text(changed(FEE, "rate_percent = 150"), encoding="utf-8")
    assert told(path).startswith(f"{base}: fee_support[0].rate_percent: 150: ")


def test_a_policy_that_extends_itself_is_refused(tmp_path: Path) -> None:
    written(tmp_path, 'extends = "trial"\ntitle_ko = "가"\ntitle_en = "A"\n', "other")
    path = written(tmp_path, 'extends = "other"\ntitle_ko = "가"\ntitle_en = "A"\n')
    assert "extends itself; expected another policy" in told(path)


def test_an_unknown_base_is_named_with_the_file_that_wants_it(tmp_path: Path) -> None:
    path = written(tmp_path, 'extends = "nowhere"\ntitle_ko = "가"\ntitle_en = "A"\n')
    assert told(path).startswith(f"{path}: extends: nowhere: no such policy; expected")


def test_the_hash_follows_the_promises_and_not_the_comments(tmp_path: Path) -> None:
    first = load_policy(written(tmp_path, GOOD)).hash
    assert load_policy(written(tmp_path, "# a comment\n" + GOOD)).hash == first
    assert load_policy(written(tmp_path, changed(FEE, "rate_percent = 0.6"))).hash != first


def test_a_policy_is_read_again_once_a_file_of_it_has_changed_or_is_gone(tmp_path: Path) -> None:
    base, own = tmp_path / "base.toml", tmp_path / "own.toml"
    base.write_text('title_ko = "가"\ntitle_en = "first"\n', encoding="utf-8")
    own.write_text('extends = "base"\ntitle_ko = "나"\ntitle_en = "own"\n', encoding="utf-8")
    first = load_policy(own)
    assert load_policy(own) is first
    own.write_text('extends = "base"\ntitle_ko = "나"\ntitle_en = "another"\n', encoding="utf-8")
    assert load_policy(own).title_en == "another"
    base.unlink()
    with pytest.raises(InputError, match="base: no such policy"):
        load_policy(own)


def test_a_link_to_a_policy_has_its_own_name(tmp_path: Path) -> None:
    there, link = tmp_path / "there.toml", tmp_path / "link.toml"
    there.write_text('title_ko = "가"\ntitle_en = "first"\n', encoding="utf-8")
    link.symlink_to(there)
    assert [load_policy(path).name for path in (there, link)] == ["there", "link"]
