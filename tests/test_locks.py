"""One process at a time writes a result; a lock ends with the process that held it."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from eum import locks
from eum.errors import BusyError, FolderWarning
from eum.locks import claimed

_HOLD = """
import sys, time
from pathlib import Path
from eum.locks import claimed
with claimed(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_another_process_is_refused_by_number_until_the_first_one_is_gone(tmp_path: Path) -> None:
    place = tmp_path / "below" / "result"
    holder = subprocess.Popen([sys.executable, "-c", _HOLD, str(place)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    with pytest.raises(BusyError, match=rf"result: another command of eum writes here \(process {holder.pid} on "):
        claimed(place).__enter__()
    with claimed(place.with_name("other")):
        pass
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    with claimed(place):
        (place.parent / "kept").touch()
    assert os.listdir(place.parent) == ["kept"], "the lock of who was killed is gone, too"


def test_a_thread_may_claim_again_what_it_has_and_another_may_not(tmp_path: Path) -> None:
    refused: list[BaseException] = []

    def other() -> None:
        try:
            with claimed(tmp_path / "result"):
                pass
        except BusyError as error:
            refused.append(error)

    with claimed(tmp_path / "result"):
        with claimed(tmp_path / "result"):
            pass
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert len(refused) == 1 and not list(tmp_path.iterdir())


def test_folders_made_for_a_claim_go_where_nothing_came_to_be_in_them(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), claimed(tmp_path / "a" / "b" / "result"):
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())
    with claimed(tmp_path / "a" / "b" / "result"):
        (tmp_path / "a" / "b" / "result").mkdir()
    assert (tmp_path / "a" / "b" / "result").is_dir()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such lock")
def test_a_file_system_without_locks_is_named_and_work_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(locks.fcntl, "flock", no_locks)
    with pytest.warns(FolderWarning, match="keeps no locks"), claimed(tmp_path / "result"):
        pass
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_the_name_held_and_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(locks.os, "write", full)
    with claimed(tmp_path / "result"):
        assert len(os.listdir(tmp_path)) == 1
    assert not list(tmp_path.iterdir())
