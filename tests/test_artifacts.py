"""Files and folders that eum keeps are whole or not there."""

import os
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from eum import artifacts
from eum.artifacts import (
    SUMS,
    SealedFolder,
    fingerprint,
    is_whole,
    new_folder,
    publish_folder,
    remove,
    remove_leftovers,
    temporary_beside,
    write_whole,
)
from eum.errors import DamagedError

LARGEST_PROCESS = 2**22 + 1
"""Above the largest number that Linux gives a process."""


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


# ---- what a stopped process leaves


def test_what_a_process_that_is_gone_left_is_removed_and_what_one_still_writes_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    mine = temporary_beside(path)
    gone = mine.with_name(mine.name.replace(f".{os.getpid()}.", f".{LARGEST_PROCESS}."))
    other = temporary_beside(tmp_path / "b.txt")
    for left in (mine, other):
        left.write_text("half")
    (gone / "tables").mkdir(parents=True)
    write_whole(path, "new")
    assert names(tmp_path) == {"a.txt", other.name} and not mine.exists(), "its own temporary file took the name"
    gone.mkdir()
    remove_leftovers(path)
    assert names(tmp_path) == {"a.txt", other.name}


def test_an_older_folder_whose_place_was_never_taken_comes_back(tmp_path: Path) -> None:
    made(tmp_path / "final", "old")
    aside = artifacts._aside(tmp_path / "final")
    (tmp_path / "final").rename(aside)
    remove_leftovers(tmp_path / "final")
    assert names(tmp_path) == {"final", "final/tables", "final/tables/a"}
    made(aside, "older")
    remove_leftovers(tmp_path / "final")
    assert names(tmp_path) == {"final", "final/tables", "final/tables/a"}, "removed once its place is taken"


def test_a_folder_that_is_stopped_at_any_change_is_whole_after_the_next_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each change of the file system in turn is the last one that happens."""
    changes = ("replace", "unlink", "rmdir", "mkdir", "fsync", "link")
    real = {name: getattr(os, name) for name in changes}
    for stop in range(1000):
        place = tmp_path / str(stop)
        write_sealed(place / "final", "old")
        done = 0

        def counted(name: str, *arguments: Any, last: int = stop, **more: Any) -> Any:
            nonlocal done
            done += 1
            if done > last:
                raise KeyboardInterrupt
            return real[name](*arguments, **more)

        for name in changes:
            monkeypatch.setattr(artifacts.os, name, partial(counted, name))
        try:
            write_sealed(place / "final", "new")
            stopped = False
        except KeyboardInterrupt:
            stopped = True
        for name in changes:
            monkeypatch.setattr(artifacts.os, name, real[name])
        remove_leftovers(place / "final")
        assert (place / "final" / "a").read_text() in ("old", "new") and is_whole(place / "final", "a test")
        write_sealed(place / "final", "new")
        assert names(place) == {"final", "final/a", f"final/{SUMS}"}, f"stopped after {stop}"
        if not stopped:
            break
    assert 5 < stop < 999


# ---- sealed folders


def write_sealed(folder: Path, text: str) -> Path:
    with new_folder(folder, "a test") as fresh:
        (fresh / "a").write_text(text)
    return folder


def test_a_sealed_folder_says_what_it_is_of_and_what_is_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "final"
    with new_folder(folder, "a test", beside=["report"]) as fresh:
        for name in ("b", "tables/a", "report/c"):
            (fresh / name).parent.mkdir(exist_ok=True)
            (fresh / name).write_text(name)
    sealed = SealedFolder(folder)
    assert sealed.of == "a test" and list(sealed.sums) == ["b", "tables/a"]
    assert sealed.read("tables/a") == b"tables/a" and not sealed.damage(["report"])
    assert sealed.damage() == [("report/c", "is not in SHA256SUMS")]
    done = subprocess.run(["sha256sum", "--check", "--strict", SUMS], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout == "b: OK\ntables/a: OK\n"


def test_every_kind_of_damage_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "final"
    with new_folder(folder, "a test") as fresh:
        for name in "abcd":
            (fresh / name).write_text(name)
    (folder / "a").write_text("A")
    (folder / "b").unlink()
    (folder / "e").touch()
    (folder / "d").unlink()
    (folder / "d").symlink_to(folder / "c")
    expected = {"a": "is not what was written", "b": "is missing", "e": "is not in", "d": "is a link"}
    found = dict(SealedFolder(folder).damage())
    assert found.keys() == expected.keys() and all(found[name].startswith(what) for name, what in expected.items())
    for name in ("a", "b", "e"):
        with pytest.raises(DamagedError, match=f"final/{name}: "):
            SealedFolder(folder).read(name)


def test_every_flipped_bit_of_a_folder_is_noticed(tmp_path: Path) -> None:
    folder = write_sealed(tmp_path / "final", "content")
    for path in (folder / "a", folder / SUMS):
        whole = path.read_bytes()
        for bit in range(8 * len(whole)):
            flipped = bytearray(whole)
            flipped[bit // 8] ^= 1 << bit % 8
            path.write_bytes(flipped)
            assert not is_whole(folder, "a test"), (path.name, bit)
            with pytest.raises(DamagedError):
                SealedFolder(folder).read("a")
        path.write_bytes(whole)
    assert is_whole(folder, "a test") and not is_whole(folder, "another")


def test_a_link_is_replaced_or_removed_and_never_followed(tmp_path: Path) -> None:
    write_whole(tmp_path / "real", "old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_whole(tmp_path / "link", "new")
    assert not (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "old"
    write_sealed(tmp_path / "folder", "kept")
    (tmp_path / "other").symlink_to(tmp_path / "folder")
    remove(tmp_path / "other")
    assert (tmp_path / "folder" / "a").read_text() == "kept" and not (tmp_path / "other").exists()
