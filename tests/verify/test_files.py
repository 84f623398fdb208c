"""A changed digit in any file of a report is found, and the place is told."""

import re
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eum.verify import files
from eum.verify.files import compare_bytes, compare_folders
from eum.verify.findings import Difference, found_differences


def _zip(path: Path, members: dict[str, str]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name), text)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "built"
    (folder / "tables").mkdir(parents=True)
    (folder / "brief.ko.html").write_text("<p>\n<data>770</data>원\n</p>\n", encoding="utf-8")
    (folder / "brief.ko.pdf").write_bytes(b"%PDF-1.7\n\x00\x01770")
    (folder / "tables" / "ladder.csv").write_text("a,b\n1,2\n3,4\n")
    (folder / "provenance.json").write_text('{\n "value": 770\n}\n')
    for suffix in ("xlsx", "hwpx"):
        _zip(folder / f"brief.ko.{suffix}", {"one.xml": "<v>1</v>\n", "two.xml": "<v>770</v>\n"})
    return folder


def test_an_archive_that_unpacks_to_gigabytes_is_different_and_not_unpacked(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_MOST_BYTES", 1_000_000)
    monkeypatch.setattr(zipfile.ZipFile, "read", _small_read)
    copy = tmp_path / "copy"
    shutil.copytree(built, copy)
    with zipfile.ZipFile(copy / "brief.ko.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("one.xml", "<v>1</v>\n")
        archive.writestr("two.xml", b"0" * 2_000_000)
    findings = compare_folders(copy, built)
    assert {finding.where for finding in findings} == {"brief.ko.xlsx/one.xml, line 1", "brief.ko.xlsx/two.xml, line 1"}
    assert "expected at most 1000000" in files._read(zipfile.ZipFile(copy / "brief.ko.xlsx"), "two.xml").decode()


_READ = zipfile.ZipFile.read


def _small_read(archive: zipfile.ZipFile, part: str) -> bytes:
    assert archive.getinfo(part).file_size < 1_000_000, "unpacked"
    return _READ(archive, part)


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("brief.ko.html", "brief.ko.html, line 2"),
        ("brief.ko.pdf", "brief.ko.pdf, byte 12"),
        ("tables/ladder.csv", "tables/ladder.csv, line 3"),
        ("provenance.json", "provenance.json, line 2"),
        ("brief.ko.xlsx", "brief.ko.xlsx/two.xml, line 1"),
        ("brief.ko.hwpx", "brief.ko.hwpx/two.xml, line 1"),
    ],
)
def test_a_changed_digit_is_found_where_it_is(built: Path, tmp_path: Path, name: str, where: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(built, copy)
    assert compare_folders(copy, built) == []
    if name.endswith(("xlsx", "hwpx")):
        _zip(copy / name, {"one.xml": "<v>1</v>\n", "two.xml": "<v>779</v>\n"})
    else:
        content = (copy / name).read_bytes()
        (copy / name).write_bytes(content.replace(b"770", b"779").replace(b"3,4", b"3,5"))
    (finding,) = compare_folders(copy, built)
    assert finding.where.startswith(where.rpartition(",")[0]) and finding.where.split(",")[0] == where.split(",")[0]
    if not name.endswith("pdf"):
        assert finding.where == where and "expected" in finding.what


def test_missing_and_foreign_files_are_found(built: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(built, copy)
    (copy / "brief.ko.pdf").unlink()
    (copy / "note.txt").write_text("mine")
    assert compare_folders(copy, built) == [
        Difference("brief.ko.pdf", "is missing"),
        Difference("note.txt", "does not belong to the report"),
    ]


def test_a_broken_archive_is_found() -> None:
    (finding,) = compare_bytes("tables.ko.xlsx", b"no zip", b"PK")
    assert finding.where.startswith("tables.ko.xlsx")


def test_the_first_cells_that_differ_are_told() -> None:
    one = pd.DataFrame({"a": [1.0, np.nan, 3.0], "b": ["x", None, "z"]})
    assert found_differences(one, one.copy(), "t") == []
    two = one.assign(a=[1.0, np.nan, np.nextafter(3.0, 4.0)])
    (finding,) = found_differences(one, two, "t")
    assert finding.where == "t, line 4, a" and re.match(r"3\.0; expected 3\.00", finding.what)
    assert found_differences(one, one.iloc[:2], "t") == [Difference("t", "3 rows; expected 2")]
    assert "columns a, b; expected a" in found_differences(one, one[["a"]], "t")[0].what
    assert found_differences(one, one.assign(b=[None, None, "z"]), "t")[0].where == "t, line 2, b"
