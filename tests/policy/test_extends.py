"""A policy may extend several others; what two of them share is there once."""

from pathlib import Path

import pytest

from eum.errors import InputError
from eum.policy.files import load_policy, policy_path

TITLES = 'title_ko = "가"\ntitle_en = "A"\n'
CARD = '[[district_card]]\ndistrict = "seo"\nlaunch = 2019-05-01\nsource = "24news-179433"\n'


def city(id: str, start: str, end: str) -> str:
    promise = f'[[city]]\nid = "{id}"\nstart = {start}\nend = {end}\ntiers = [{{ from_krw = 0, rate_percent = 5 }}]\n'
    paid = f'national_percent = 0\ncity_percent = 100\nbudget = "{id}-money"\nsource = "assumption"\n'
    pot = f'[[budget]]\nid = "{id}-money"\npayer = "city"\npurpose = "cashback"\namount_krw = 1_000\n'
    return f'{promise}{paid}{pot}source = "assumption"\nconfidence = "J"\n'


@pytest.fixture
def family(tmp_path: Path) -> Path:
    """A card that two years share, and a file that extends both."""
    (tmp_path / "card.toml").write_text(TITLES + CARD, encoding="utf-8")
    for name in ("2019", "2020"):
        text = f'extends = "card"\n{TITLES}' + city(f"year-{name}", f"{name}-01-01", f"{name}-12-31")
        (tmp_path / f"first-{name}.toml").write_text(text, encoding="utf-8")
    return tmp_path


def written(folder: Path, text: str) -> Path:
    path = folder / "both.toml"
    path.write_text(text + TITLES, encoding="utf-8")
    return path


def test_layers_of_all_come_in_their_order_and_shared_ones_once(family: Path) -> None:
    policy = load_policy(written(family, 'extends = ["first-2019", "first-2020"]\n'))
    assert [p.id for p in policy.city] == ["year-2019", "year-2020"]
    assert [b.id for b in policy.budget] == ["year-2019-money", "year-2020-money"]
    assert [c.district for c in policy.district_card] == ["seo"]


def test_layers_of_any_of_them_can_be_removed_or_changed(family: Path) -> None:
    changes = 'extends = ["first-2019", "first-2020"]\nremove = ["year-2019", "year-2019-money"]\n'
    path = family / "both.toml"
    path.write_text(f"{changes}{TITLES}[override.year-2020]\nend = 2020-06-30\n", encoding="utf-8")
    (period,) = load_policy(path).city
    assert (period.id, str(period.end)) == ("year-2020", "2020-06-30")


def test_a_list_of_anything_but_names_is_refused(family: Path) -> None:
    with pytest.raises(InputError, match=r"both\.toml: extends: 3: expected the name of a policy"):
        load_policy(written(family, 'extends = ["first-2019", 3]\n'))
    with pytest.raises(InputError, match=r"both\.toml: extends: nowhere: no such policy"):
        load_policy(written(family, 'extends = ["first-2019", "nowhere"]\n'))


def test_a_programme_elsewhere_is_found_by_its_name() -> None:
    path = policy_path("hong-kong-2021")
    assert path.parent.name == "elsewhere" and load_policy(path).name == "hong-kong-2021"


def test_the_whole_record_is_one_year_on_top_of_the_other() -> None:
    periods = [len(load_policy(f"incheon-{year}").city) for year in range(2018, 2027)]
    assert periods == sorted(set(periods)), "each year adds to the one before"
    assert load_policy("incheon-history").city == load_policy("incheon-2026").city
