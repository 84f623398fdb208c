"""What is written into a folder stays there: a link in it is replaced, or refused by name, never followed."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from eum.cli.options import place, write_csv
from eum.errors import InputError
from eum.output.dashboard.build import export
from eum.output.report.build import build_report

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Return a folder with a file that is somebody else's."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    return folder


def test_a_table_takes_the_place_of_a_link(elsewhere: Path, tmp_path: Path) -> None:
    (tmp_path / "t.csv").symlink_to(elsewhere / "mine.txt")
    write_csv(pd.DataFrame({"x": [1.5]}), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == "x\n1.5\n" and not (tmp_path / "t.csv").is_symlink()
    assert (elsewhere / "mine.txt").read_text() == "mine"


def test_a_page_takes_the_place_of_a_link(eum: Callable, elsewhere: Path, tmp_path: Path) -> None:
    (tmp_path / "card.md").symlink_to(elsewhere / "mine.txt")
    assert eum("history", "coverage", "--out", str(tmp_path / "card.md")).returncode == 0
    assert (elsewhere / "mine.txt").read_text() == "mine"
    assert not (tmp_path / "card.md").is_symlink()


def test_a_report_is_not_written_through_a_link(
    elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eum.output.report.build.read_study", lambda folder: None)
    (tmp_path / "report").symlink_to(elsewhere)
    with pytest.raises(InputError, match=rf"report: is a link; expected a folder, as {elsewhere}$"):
        build_report(tmp_path / "study", tmp_path / "report")
    assert os.listdir(elsewhere) == ["mine.txt"]


def test_an_exported_page_takes_the_place_of_a_link(
    elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eum.output.dashboard.build.dashboard_html", lambda stored: "page")
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "index.html").symlink_to(elsewhere / "mine.txt")
    export({}, tmp_path / "page")
    assert (elsewhere / "mine.txt").read_text() == "mine"
    assert (tmp_path / "page" / "index.html").read_text() == "page"


def test_a_link_to_a_folder_is_told_before_any_work(eum: Callable, elsewhere: Path, tmp_path: Path) -> None:
    (tmp_path / "r").symlink_to(elsewhere)
    done = eum("run", "gyeyang-2020-actual", "--out", str(tmp_path / "r"), "--replace")
    assert done == (2, "", f"eum: {tmp_path / 'r'}: is a link to a folder; expected its own name, {elsewhere}\n")


def test_a_device_is_no_place_for_a_result() -> None:
    with pytest.raises(InputError, match="/dev/null: is a device or a pipe; expected a file or a folder"):
        place(Path("/dev/null"))
