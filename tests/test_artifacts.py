"""Files and folders that eum keeps are whole or not there."""

import os
from pathlib import Path

import pytest

from eum import artifacts
from eum.artifacts import fingerprint, publish_folder, write_whole


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_a_file_takes_its_name_with_all_that_it_holds(tmp_path: Path) -> None:
    path = write_whole(tmp_path / "a.txt", "원\n")
    assert path.read_bytes() == "원\n".encode()
    write_whole(path, b"\0new")
    assert path.read_bytes() == b"\0new" and names(tmp_path) == {"a.txt"}


def test_a_file_that_cannot_be_finished_leaves_the_old_one_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_whole(tmp_path / "a.txt", "old")

    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(artifacts.os, "fsync", no_space)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, "new")
    assert path.read_text() == "old" and names(tmp_path) == {"a.txt"}


def test_the_disk_has_a_file_before_the_name_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(artifacts.os, "fsync", lambda handle: (order.append("flush"), fsync(handle))[1])
    monkeypatch.setattr(artifacts.os, "replace", lambda a, b: (order.append("name"), replace(a, b))[1])
    write_whole(tmp_path / "a.txt", "new")
    assert order.index("flush") < order.index("name") and order[-1] == "flush"


def made(folder: Path, text: str) -> Path:
    (folder / "tables").mkdir(parents=True)
    (folder / "tables" / "a").write_text(text)
    return folder


def test_a_folder_replaces_an_older_one_whole(tmp_path: Path) -> None:
    made(tmp_path / "final", "old")
    (tmp_path / "final" / "stray").touch()
    publish_folder(made(tmp_path / "partial", "new"), tmp_path / "final")
    assert names(tmp_path) == {"final", "final/tables", "final/tables/a"}
    assert (tmp_path / "final" / "tables" / "a").read_text() == "new"


def test_the_older_folder_comes_back_where_the_new_one_cannot_take_its_place(tmp_path: Path) -> None:
    made(tmp_path / "final", "old")
    with pytest.raises(OSError):
        publish_folder(tmp_path / "missing", tmp_path / "final")
    assert (tmp_path / "final" / "tables" / "a").read_text() == "old"


def test_a_fingerprint_moves_with_every_part_and_its_type() -> None:
    found = {fingerprint(1), fingerprint("1"), fingerprint(1, 1), fingerprint((1, 1)), fingerprint("1\n1")}
    assert len(found) == 5
    assert fingerprint("a", 2) == fingerprint("a", 2) and len(fingerprint(1, digits=32)) == 32
