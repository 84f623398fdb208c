"""`eum dashboard` as a user meets it."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from eum.cli import app
from eum.errors import InputError
from eum.output.dashboard.stored import read_answers, write_answers
from eum.output.surrogate.definition import load_page
from eum.output.surrogate.version import version_of

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture
def answers(stored: dict[str, Any], tmp_path: Path) -> Path:
    """Return a file of made-up answers."""
    file = tmp_path / "answers.json"
    write_answers(file, stored)
    return file


def test_the_page_is_exported_to_a_folder(answers: Path, tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["dashboard", "--answers", str(answers), "--output", str(tmp_path / "page")])
    assert told.exit_code == 0
    assert told.output.strip() == f"Page: {tmp_path / 'page' / 'index.html'}"


def test_answers_of_another_version_are_told_on_a_plain_line(
    stored: dict[str, Any], answers: Path, tmp_path: Path
) -> None:
    write_answers(answers, {**stored, "version": "0" * 16})
    told = CliRunner().invoke(app, ["dashboard", "--answers", str(answers), "--output", str(tmp_path / "page")])
    assert told.exit_code == 0
    assert "another version" in told.output.splitlines()[0] and "eum dashboard --rebuild" in told.output


def test_the_version_stored_is_that_of_code_data_and_policies(stored: dict[str, Any]) -> None:
    assert stored["version"] == version_of(load_page("page-gyeyang")[1])


def test_missing_answers_are_told_on_one_line(tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["dashboard", "--answers", str(tmp_path / "none.json")])
    assert isinstance(told.exception, InputError) and "none.json: no stored answers" in str(told.exception)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"definition": "x" * 32}, "definition: "),
        ({"definition": {}}, "definition.name: "),
    ],
)
def test_answers_that_are_something_else_are_told_by_name(
    change: dict[str, Any], message: str, stored: dict[str, Any], answers: Path, tmp_path: Path
) -> None:
    answers.write_text(json.dumps({**stored, **change}), encoding="utf-8")
    told = CliRunner().invoke(app, ["dashboard", "--answers", str(answers), "--output", str(tmp_path / "page")])
    assert isinstance(told.exception, InputError) and f"answers.json: {message}" in str(told.exception)


def test_a_rebuild_of_a_small_definition_gives_answers_that_the_page_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    designs = REPOSITORY / "designs"
    text = (designs / "page-gyeyang.toml").read_text(encoding="utf-8")
    text = text.replace('name = "page-gyeyang"', 'name = "small"\nfamilies = ["causal"]')
    for long, short in (
        ("n_draws = 10", "n_draws = 1"),
        ("n_per_lever = 6", "n_per_lever = 3"),
        ("n_held_out = 3", "n_held_out = 1"),
    ):
        text = text.replace(long, short)
    text = (
        text.replace("end = 2020-06-30", "end = 2020-05-10")
        .replace(", 2020-05-31]", "]")
        .replace("step = 0.5\nbend = 2.8", "step = 5\nbend = 2.8")
    )
    (tmp_path / "small.toml").write_text(text, encoding="utf-8")
    for template in designs.glob("gyeyang-variant*.toml"):
        (tmp_path / template.name).write_text(template.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr("eum.cli.dashboard.DEFINITION", str(tmp_path / "small.toml"))
    file = tmp_path / "answers.json"
    told = CliRunner().invoke(app, ["dashboard", "--rebuild", "--answers", str(file), "--workers", "1"])
    assert told.exit_code == 0, told.output
    found = read_answers(file)
    assert len(found["worlds"]) == 2 and {row["instruments"] for row in found["errors"]} >= {"all", "fee_percent"}
    told = CliRunner().invoke(app, ["dashboard", "--answers", str(file), "--output", str(tmp_path / "page")])
    assert told.exit_code == 0 and (tmp_path / "page" / "index.html").is_file()


def test_the_page_is_served_until_it_is_stopped(answers: Path) -> None:
    command = [sys.executable, "-c", "from eum.cli import main; main()"]
    command += ["dashboard", "--answers", str(answers), "--no-open", "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "sim")}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None and running.stderr is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/", running.stdout.readline())
        assert found is not None
        with urllib.request.urlopen(found[0]) as answer:
            assert b"<!doctype html>" in answer.read(100)
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=30) == 130
        assert running.stderr.read().startswith("eum: stopped")
