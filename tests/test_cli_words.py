"""What the command prints: the same keys in both languages, nothing left in English, records that machines can read."""

import ast
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

from eum.cli.language import KOREAN, LANGUAGES, NAMES, _speaking, in_words, phrases, translator
from eum.cli.screen import print_json, print_story
from eum.cli.story import _CLASSES, print_resident
from eum.dimensions import AGE_BANDS, CLASSES, DISTRICTS, EFFECTS, EVIDENCE, SALES_BANDS, SECTORS

SOURCES = Path(__file__).resolve().parents[1] / "sim" / "eum"
SLOW = pytest.mark.slow
SHORT = ("--scale", "0.0005", "--period", "2020-03-16..2020-03-18")


def fields(phrase: str) -> list[str]:
    """Return the names of the fields of a phrase, in alphabetical order."""
    return sorted(re.findall(r"\{(\w+)\}", phrase))


def test_both_languages_have_the_same_keys_and_fields() -> None:
    english, korean = (phrases(language) for language in LANGUAGES)
    assert list(english) == list(korean) and len(english) > 200
    for key, phrase in english.items():
        assert set(fields(korean[key])) <= set(fields(phrase)), key
        assert re.search("[가-힣]", korean[key]) or key in {"measure.points", "compare.dates"} or "{" in phrase, key


def printed() -> Iterator[str]:
    """Yield the text of every string in the code, a blank for each value in it, low lines as blanks."""
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (str(part.value) if isinstance(part, ast.Constant) else "\0" for part in node.values)
                yield "".join(parts).replace("_", " ")
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value.replace("_", " ")


def test_every_english_phrase_is_still_what_the_code_prints() -> None:
    corpus = "\n".join(printed()) + " city city value added second round"
    for key, phrase in phrases("en").items():
        for part in re.split(r"\{\w+\}", phrase):
            for words in re.findall(r"[A-Za-z][\w' ]*[A-Za-z]", part):
                found = words.replace("_", " ") in corpus
                assert found, f"{key}: {words!r} is printed nowhere: change both files of words"


def test_codes_of_the_model_have_korean_words() -> None:
    with _speaking(KOREAN):
        for code in (*DISTRICTS, *SECTORS, *SALES_BANDS, *AGE_BANDS, *EVIDENCE, *EFFECTS):
            assert re.search("[가-힣]", in_words(code)), code
    assert set(_CLASSES) | {"new"} == set(CLASSES)


def test_sentences_are_translated_one_by_one_and_names_are_left() -> None:
    text = "Result: runs/city. One seed, priors at their centres: no interval (see --seeds, --draws). Unknown words."
    assert in_words(text) == text, "English is as it is printed"
    with _speaking(KOREAN):
        assert in_words("From city to net city sales: what the change costs and does (scale 0.01)") == (
            "city에서 net city sales(으)로 바꿀 때의 비용과 효과 (인구 표본비율 0.01)"
        )
        assert in_words("  paid by gyeyang (억원)") == "  계양구 부담 (억원)"
        assert in_words("- Members join by the model's own rule.") == "- 가입자: 모형의 규칙에 따라 가입."
        assert in_words("Won of the day. Unknown words.") == "그날의 금액(원). Unknown words."
        assert in_words("1,234.5") == "1,234.5"
    assert {"policy", "other", "folder"} <= NAMES


ALLOWED = re.compile(
    r"eum .*|--[a-z]+|[\w/.-]+\.(?:json|csv|py|parquet)|Parquet|pandas|DuckDB"  # commands, options, files
    r"|\w+\[\d+\]|\$\w+|[a-z0-9]+(?:-[a-z0-9]+)+|결과: .*|QR|/\S+"  # clauses, variables, policies, budgets
)
"""What stays as it is in any language."""


def english_left(text: str) -> list[str]:
    """Return the English words of a Korean text, without names, options and files."""
    return re.findall(r"[A-Za-z]{2,}", ALLOWED.sub("", text))


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "incheon-2020-actual", *SHORT, "--out", "r"),
        ("compare", "incheon-2020-actual", "gyeyang-2020-actual", *SHORT, "--seeds", "2", "--full"),
        ("compare", "incheon-2020-actual", "gyeyang-2020-actual", *SHORT, "--engine", "expected"),
        ("history", "replay", "2020-03-01", "2020-03-31", "--scale", "0.0005", "--out", "r"),
        ("explain", "resident", "840", "--scale", "0.0005", "--period", "2020-03-01..2020-04-30"),
        ("explain", "shop", "100", *SHORT),
        ("validate", "patterns", "--scale", "0.0005", "--seeds", "1", "--workers", "1"),
        ("policy", "check", "gyeyang-2020-actual"),
        ("data", "check"),
        pytest.param(("compare", "incheon-2020-actual", "gyeyang-2020-actual", *SHORT, "--draws", "2"), marks=SLOW),
        pytest.param(("decide", "regret", "incheon-2020-actual", "gyeyang-2020-actual", "--draws", "1", "--grid-points",
                      "0", "--period", "2020-03-16..2020-03-18"), marks=SLOW),
        pytest.param(("validate", "ablation", *SHORT, "--seeds", "1", "--workers", "1"), marks=SLOW),
    ],
    ids=lambda words: " ".join(words[:2]),
)  # fmt: skip
def test_nothing_is_left_in_english(
    arguments: tuple[str, ...], eum: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = eum(*arguments, "--lang", "ko")
    assert done.returncode == 0, done.stderr
    assert re.search("[가-힣]", done.stdout) and english_left(done.stdout) == []
    steps = [line for line in done.stderr.splitlines() if line.startswith(("Next", "다음"))]
    assert all(line.startswith("다음 단계: eum ") for line in steps)
    assert english_left(done.stderr) == [], "progress and hints are Korean too"


def descriptions() -> Iterator[str]:
    """Yield what the displays of progress say of their tasks, a word or a number in place of each value."""
    places = {"many_beside": 1, "add_task": 0, "_answered": 2}
    for path in (SOURCES / "cli").glob("*.py"), (SOURCES / "analysis").rglob("*.py"):
        for node in (node for file in path for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))):
            name = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
            if name in places:
                said = node.args[places[name]]
                if isinstance(said, ast.Constant):
                    yield said.value
                elif isinstance(said, ast.JoinedStr):
                    yield ast.unparse(said)


def test_every_display_of_progress_has_korean_words() -> None:
    values = {"len(setting.policies)": "2", "request.family": "causal", "evidence": "causal", "definition.name": "a-b",
              "traced.what.capitalize()": "Shop", "traced.number": "7"}  # fmt: skip
    found = [re.sub(r"^f'|'$|\{([^{}]*)\}", lambda part: values.get(part[1], ""), text) for text in descriptions()]
    assert len(found) > 20
    with _speaking(KOREAN):
        for text in found:
            assert english_left(in_words(text).replace("a-b", "")) == [], text


def test_a_thread_speaks_the_language_chosen_when_its_display_was_made() -> None:
    with _speaking(KOREAN):
        words = translator()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(words, "Running seeds").result() == "시드별 모의실험"
        assert pool.submit(in_words, "Running seeds").result() == "Running seeds"


def test_the_language_comes_from_the_environment_and_an_option_is_stronger(
    eum: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EUM_LANG", "ko")
    assert "빠진 것도 틀린 것도 없습니다" in eum("data", "check").stdout
    assert "complete, nothing wrong" in eum("data", "check", "--lang", "en").stdout
    assert "complete, nothing wrong" in eum("--lang", "en", "data", "check").stdout
    monkeypatch.delenv("EUM_LANG")
    assert "complete, nothing wrong" in eum("data", "check").stdout, "and it ends with the command"


def test_records_are_all_that_is_printed(eum: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = eum("run", "incheon-2020-actual", *SHORT, "--evidence", "causal", "--out", "r", "--json", "--lang", "ko")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["result"] == "r"
    costs = [row for row in found["comparison"] if row["measure"] == "fiscal cost"]
    assert [row["unit"] for row in costs] == ["krw"] and costs[0]["value"] > 1e9 and costs[0]["low"] is None


def test_records_hold_no_value_that_json_lacks(capsys: pytest.CaptureFixture[str]) -> None:
    days = pd.to_datetime(["2020-03-16", None])
    print_json({"rows": pd.DataFrame({"a": [1.5, float("nan")], "b": [float("inf"), 1.0], "day": days})}, folder="r")
    found = json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(name))
    assert found["rows"][0] == {"a": 1.5, "b": None, "day": "2020-03-16 00:00:00"}
    assert found["rows"][1] == {"a": None, "b": 1.0, "day": None} and found["folder"] == "r"


def test_policies_have_records_too(eum: Callable) -> None:
    (checked,) = json.loads(eum("policy", "check", "gyeyang-2020-actual", "--json").stdout)["policies"]
    assert checked["policy"] == "gyeyang-2020-actual" and len(checked["promises_ko"]) == len(checked["promises_en"])
    rates = json.loads(eum("policy", "table", "gyeyang-2020-actual", "--json").stdout)["rates"]
    assert {"city[0]", "top_up[0]"} <= {row["clause"] for row in rates}


# ---- the story


def purchase(**changed: object) -> dict[str, object]:
    """Return a row of a resident's story, with some values changed."""
    row: dict[str, object] = {
        "date": "2020-03-16", "sector": "restaurants_cafes",
        "place_baseline": "online", "place_policy": "gyeyang, small shop", "shop_baseline": -1, "shop_policy": 7,
        "krw_baseline": 70_630, "krw_policy": 70_630, "by_card_baseline": False,
        "by_card_policy": True, "cashback_krw_baseline": 0, "cashback_krw_policy": 7_063, "new_krw": 0,
        "class": "retained_online", "differs": True, "cause": "city cashback 10 % (city[0])",
    }  # fmt: skip
    return {**row, **changed}


def test_a_purchase_is_printed_in_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    rows = pd.DataFrame([purchase(), purchase(differs=False, date="2020-03-17")])
    print_resident(rows, "p", "none")
    message = " ".join(capsys.readouterr().out.split())
    assert message == (
        "2020-03-16 restaurants cafes, 70,630 won. With p: gyeyang, small shop, by card. Without a policy: online, "
        "without the card. Cashback 7,063 won; without a policy 0 won. Cause: city cashback 10 % (city[0]). "
        "Counterfactual: it would have been spent online. 1 of 2 purchases differ from those without a policy. "
        "1 of these are card payments; the cashback of all is 7,063 won more."
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_story_is_at_most_80_columns_wide(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    from rich.cells import cell_len

    rows = pd.DataFrame(
        [purchase(new_krw=630, krw_baseline=70_000, cause="; ".join(["city cashback 10 % (city[0])"] * 9))]
    )
    with _speaking(language):
        print_resident(rows, "a-policy-of-a-long-name-2020", "another-policy-of-a-long-name")
        print_story("x " * 300, indent=6)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 12 and max(map(cell_len, lines)) <= 80
