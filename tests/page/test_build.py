"""The page as a file: whole, in both languages, and put only where nothing else is."""

import re
from pathlib import Path
from typing import Any

import pytest

from sim.errors import InputError
from sim.page.build import SCRIPTS, STORED, export, page, phrases, read_answers
from sim.report.words import LANGUAGES

TEMPLATES = Path(__file__).resolve().parents[2] / "sim" / "page" / "templates"
_NAMES = re.compile(r"\{(\w+)\}")


def test_both_languages_say_the_same_things() -> None:
    korean, english = (phrases(language) for language in LANGUAGES)
    assert korean.keys() == english.keys()
    for key in korean:
        assert set(_NAMES.findall(korean[key])) == set(_NAMES.findall(english[key])), key


def test_every_phrase_the_page_asks_for_is_there() -> None:
    asked = re.compile(r"""word\((?:"([\w.]+)"|`([\w.]+)`)""")
    texts = [path.read_text(encoding="utf-8") for path in TEMPLATES.iterdir()]
    keys = {a or b for text in texts for a, b in asked.findall(text)}
    keys |= {key for text in texts for key in re.findall(r'data-(?:word|label)="([\w.]+)"', text)}
    assert len(keys) > 100
    assert keys <= phrases("ko").keys()


def test_every_script_is_on_the_page_and_none_is_long() -> None:
    assert {path.stem for path in TEMPLATES.glob("*.js")} == set(SCRIPTS)
    for path in TEMPLATES.iterdir():
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path.name


def test_the_same_answers_give_the_same_bytes(stored: dict[str, Any]) -> None:
    assert page(stored) == page(stored)


def test_text_of_a_policy_cannot_end_the_script(stored: dict[str, Any]) -> None:
    told = page({**stored, "template": "# </script><b>"})
    assert "</script><b>" not in told


def test_a_page_is_written_beside_nothing_else(stored: dict[str, Any], tmp_path: Path) -> None:
    folder = tmp_path / "page"
    assert export(stored, folder) == folder / "index.html"
    assert export(stored, folder).is_file() and len(list(folder.iterdir())) == 1
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="holds something else than a page"):
        export(stored, other)
    assert [path.name for path in other.iterdir()] == ["mine.txt"]
    with pytest.raises(InputError, match="is a file"):
        export(stored, other / "mine.txt")


@pytest.mark.parametrize(("text", "told"), [(None, "no stored answers"), ("{", "not JSON"), ("{}", "version: missing")])
def test_wrong_answers_are_told_on_one_line(text: str | None, told: str, tmp_path: Path) -> None:
    file = tmp_path / "answers.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(InputError, match=f"answers.json: {told}.*eum page --rebuild"):
        read_answers(file)


def test_the_answers_that_come_with_eum_are_those_of_its_page() -> None:
    found = read_answers(STORED)
    families = found["definition"]["families"]
    assert {world["family"] for world in found["worlds"]} == set(families)
    stated = {(row["output"], row["family"]) for row in found["errors"]}
    assert {("own.net_city_sales", family) for family in ("all", *families)} <= stated
    assert len(page(found)) < 3_000_000
