"""`eum page` as a user meets it."""

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

from sim.choice.page_definition import load_page
from sim.choice.versions import version_of
from sim.cli import app
from sim.errors import InputError

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def answers(stored: dict[str, Any], tmp_path: Path) -> Path:
    """Return a file of made-up answers."""
    file = tmp_path / "answers.json"
    file.write_text(json.dumps(stored), encoding="utf-8")
    return file


def test_the_page_is_exported_to_a_folder(answers: Path, tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["page", "--answers", str(answers), "--output", str(tmp_path / "page")])
    assert told.exit_code == 0
    assert told.output.strip() == f"Page: {tmp_path / 'page' / 'index.html'}"


def test_answers_of_another_version_are_told_on_a_plain_line(
    stored: dict[str, Any], answers: Path, tmp_path: Path
) -> None:
    answers.write_text(json.dumps({**stored, "version": "0" * 16}), encoding="utf-8")
    told = CliRunner().invoke(app, ["page", "--answers", str(answers), "--output", str(tmp_path / "page")])
    assert told.exit_code == 0
    assert "another version" in told.output.splitlines()[0] and "eum page --rebuild" in told.output


def test_the_version_stored_is_that_of_code_data_and_policies(stored: dict[str, Any]) -> None:
    assert stored["version"] == version_of(load_page("page-gyeyang")[1])


def test_missing_answers_are_told_on_one_line(tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["page", "--answers", str(tmp_path / "none.json")])
    assert isinstance(told.exception, InputError) and "none.json: no stored answers" in str(told.exception)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"definition": "x" * 32}, "definition: expected a table"),
        ({"definition": {}}, "definition.name: expected text"),
    ],
)
def test_answers_that_are_something_else_are_told_by_name(
    change: dict[str, Any], message: str, stored: dict[str, Any], answers: Path, tmp_path: Path
) -> None:
    answers.write_text(json.dumps({**stored, **change}), encoding="utf-8")
    told = CliRunner().invoke(app, ["page", "--answers", str(answers), "--output", str(tmp_path / "page")])
    assert isinstance(told.exception, InputError) and f"answers.json: {message}" in str(told.exception)


def test_the_page_is_served_until_it_is_stopped(answers: Path) -> None:
    command = [sys.executable, "-c", "from sim.cli import main; main()"]
    command += ["page", "--answers", str(answers), "--no-open", "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
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
