"""The page as a file: whole, in both languages, and put only where nothing else is."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eum.errors import InputError
from eum.output.dashboard.build import SCRIPTS, dashboard_html, dashboard_phrases, export
from eum.output.dashboard.stored import STORED, read_answers, write_answers
from eum.output.report.i18n import LANGUAGES
from eum.output.surrogate.predict import to_json_array, unpacked

TEMPLATES = Path(__file__).resolve().parents[3] / "sim" / "eum" / "output" / "dashboard" / "templates"
_NAMES = re.compile(r"\{(\w+)\}")


def test_both_languages_say_the_same_things() -> None:
    korean, english = (dashboard_phrases(language) for language in LANGUAGES)
    assert korean.keys() == english.keys()
    for key in korean:
        assert set(_NAMES.findall(korean[key])) == set(_NAMES.findall(english[key])), key


def test_every_phrase_the_page_asks_for_is_there() -> None:
    asked = re.compile(r"""word\((?:"([\w.]+)"|`([\w.]+)`)""")
    texts = [path.read_text(encoding="utf-8") for path in TEMPLATES.iterdir()]
    keys = {a or b for text in texts for a, b in asked.findall(text)}
    keys |= {key for text in texts for key in re.findall(r'data-(?:word|label)="([\w.]+)"', text)}
    assert len(keys) > 100
    assert keys <= dashboard_phrases("ko").keys()


def test_every_script_is_on_the_page_and_none_is_long() -> None:
    assert {path.stem for path in TEMPLATES.glob("*.js")} == set(SCRIPTS)
    for path in TEMPLATES.iterdir():
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path.name


def test_the_same_answers_give_the_same_bytes(stored: dict[str, Any]) -> None:
    assert dashboard_html(stored) == dashboard_html(stored)


def test_text_of_a_policy_cannot_end_the_script(stored: dict[str, Any]) -> None:
    told = dashboard_html({**stored, "template": "# </script><b>"})
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


def test_a_disk_that_is_full_leaves_no_folder(
    stored: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, _: str) -> None:
        path.parent.mkdir()
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("eum.output.dashboard.build.write_whole", full)
    with pytest.raises(OSError, match="No space left"):
        export(stored, tmp_path / "page")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "no stored answers"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", ".*"),
        ("{}", "version: missing"),
    ],
)
def test_wrong_answers_are_refused_on_one_line(text: str | None, told: str, tmp_path: Path) -> None:
    file = tmp_path / "answers.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(InputError, match=f"answers.json: {told}.*eum dashboard --rebuild") as refused:
        read_answers(file)
    assert "\n" not in str(refused.value)


def _changed(stored: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return stored answers with the value at a path of keys and places replaced."""
    whole = json.loads(json.dumps(stored))
    *way, last = (int(key) if key.isdigit() else key for key in path.split("."))
    inner = whole
    for key in way:
        inner = inner[key]
    inner[last] = value
    return dict(whole)


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("definition", "x" * 80, "definition: "),
        ("definition.name", "../elsewhere", "definition.name: "),
        ("version", 5, "version: "),
        ("scale", 0, "scale: "),
        ("levers.0.low", 99, "levers.0: "),
        ("levers.0.step", 0, "levers.0.step: "),
        ("worlds.1.draw", 7, "worlds: expected the centre and the draws"),
        ("city.narrow.data", "AAAA", "city.narrow: shape .* expected as many numbers"),
        ("city.narrow.data", "not base 64", "city.narrow: data: expected base 64"),
        ("city.narrow.shape", [1, 1, 1], "city.narrow: shape 1x1x1"),
        ("parts.0.matrix", {"shape": [0], "type": "f8", "data": ""}, "parts.0.matrix: shape 0: expected"),
        ("parts.1.places.type", "f2", "parts.1.places.type: "),
        ("errors", [], "errors: "),
        ("errors.0.within_95", "much", "errors.0.within_95: "),
        ("presets.0.day.0", 1.5, "presets.0.day.0: "),
        ("template", None, "template: "),
    ],
)
def test_answers_that_were_changed_are_refused_by_name(
    stored: dict[str, Any], path: str, value: object, told: str, tmp_path: Path
) -> None:
    file = tmp_path / "answers.json"
    file.write_text(json.dumps(_changed(stored, path, value)), encoding="utf-8")
    with pytest.raises(InputError, match=f"answers.json: {told}"):
        read_answers(file)


def test_a_figure_that_is_no_number_is_refused(stored: dict[str, Any], tmp_path: Path) -> None:
    array = unpacked(stored["parts"][0]["narrow"])
    array[0, 0, 0] = np.nan
    file = tmp_path / "answers.json"
    file.write_text(json.dumps(_changed(stored, "parts.0.narrow", to_json_array(array))), encoding="utf-8")
    with pytest.raises(InputError, match=r"parts\.0\.narrow: data: expected finite numbers"):
        read_answers(file)


def test_stored_answers_are_taken_as_they_are(stored: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "answers.json"
    write_answers(file, stored)
    assert read_answers(file) == stored
    whole, rng = file.read_bytes(), np.random.default_rng(1)
    for at, bit in rng.integers((len(whole) - 1, 8), size=(200, 2)):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
        with pytest.raises(InputError, match=r"answers\.json: .*eum dashboard --rebuild"):
            read_answers(file)


def test_the_answers_that_come_with_eum_are_those_of_its_page() -> None:
    found = read_answers(STORED)
    families = found["definition"]["families"]
    assert {world["family"] for world in found["worlds"]} == set(families)
    stated = {(row["output"], row["family"], row["instruments"]) for row in found["errors"]}
    assert {("own.net_city_sales", family, "all") for family in ("all", *families)} <= stated
    assert len(dashboard_html(found)) < 3_000_000
