"""Many units: the same bytes from any workers; what is killed costs one unit; what is finished stays."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import dask
import pytest
from distributed import LocalCluster
from distributed.comm import connect
from distributed.security import Security

from eum.errors import InputError, UnitError
from eum.runner import executors
from eum.runner.tasks import Task, TaskRunner, work_fingerprint
from tests.runner.trivial_units import Marked, fails, marked_square, square, squares

REPOSITORY = Path(__file__).resolve().parents[2]


def files(folder: Path) -> dict[str, bytes]:
    """Return the content of all files below a folder."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Return the address of a Dask cluster with workers of two threads each."""
    options = {"n_workers": 2, "threads_per_worker": 2, "host": "127.0.0.1", "dashboard_address": None}
    with LocalCluster(**options) as cluster:
        yield cluster.scheduler_address


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of seven units done in this process."""
    folder = tmp_path_factory.mktemp("alone")
    TaskRunner(folder).run(squares(7), "mark")
    return folder


def test_processes_give_the_same_bytes_as_this_process(alone: Path, tmp_path: Path) -> None:
    with TaskRunner(tmp_path, 2) as many:
        many.run(squares(7), "mark")
    assert files(tmp_path) == files(alone)
    assert len(files(alone)) == 21, "two tables and their sums of each"


@pytest.mark.parametrize("scheme", ["tcp", "tls"])
def test_who_does_not_hold_the_certificate_cannot_reach_the_workers_of_this_machine(scheme: str) -> None:
    crew = executors.DaskExecutor(1, "")
    crew.start()
    assert crew._started is not None
    addresses = [crew._started.scheduler.address, *crew._started.scheduler_info()["workers"]]
    other = Security.temporary().get_connection_args("client") if scheme == "tls" else {}
    try:
        for address in addresses:
            place = address.partition("://")[2]
            with pytest.raises(OSError):
                asyncio.run(connect(f"{scheme}://{place}", timeout=1, **other))
    finally:
        crew.close()


def test_a_cluster_given_by_its_address_gives_the_same_bytes(alone: Path, tmp_path: Path, address: str) -> None:
    for name in ("first", "second"):
        with TaskRunner(tmp_path / name, cluster=address) as many:
            many.run(squares(7), "mark")
        assert files(tmp_path / name) == files(alone), "the cluster outlives who asks"


def test_tables_are_stacked_in_the_order_of_the_units(alone: Path) -> None:
    kept = TaskRunner(alone).run(list(reversed(squares(7))), "mark")
    assert list(kept["words"]["word"][::2]) == [f"no {i}" for i in range(6, -1, -1)]
    assert list(kept["squares"].index) == list(range(350))
    assert kept.of("square-003")["squares"].equals(square(3)["squares"])


def test_a_killed_worker_costs_its_own_unit_only(alone: Path, tmp_path: Path) -> None:
    marks = [Marked(i, tmp_path, fatal=(2, 5, 5)) for i in range(7)]
    with TaskRunner(tmp_path / "out", 2) as many:
        many.run([Task(f"square-{m.number:03d}", marked_square, m) for m in marks], "mark")
    assert files(tmp_path / "out") == files(alone)
    assert [m.n_runs for m in marks] == [1, 1, 2, 1, 1, 3, 1]


def test_a_unit_that_kills_every_worker_is_given_up_by_name(tmp_path: Path) -> None:
    marks = [Marked(i, tmp_path, fatal=(1,) * 9) for i in range(3)]
    units = [Task(f"square-{m.number:03d}", marked_square, m) for m in marks]
    with (
        TaskRunner(tmp_path / "out", 2) as many,
        pytest.raises(UnitError, match=r"unit square-001: .*killed each of 4 times"),
    ):
        many.run(units, "mark")


@pytest.mark.parametrize("n_workers", [1, 2])
def test_a_unit_that_fails_says_its_name_and_the_finished_ones_stay(n_workers: int, tmp_path: Path) -> None:
    units = [Task(f"unit-{i}", fails, i) for i in range(4)]
    with TaskRunner(tmp_path, n_workers) as many:
        with pytest.raises(
            UnitError, match=r"^unit unit-3: ZeroDivisionError: three is one too many \(.*txt\)"
        ) as told:
            many.run(units, "mark")
        assert "\n" not in str(told.value)
        missing = [u.name for u in many.missing(units, "mark")]
        assert missing[-1] == "unit-3" and len(missing) <= n_workers, "others may be on their way"
        assert "in fails" in (many.folder / "mark" / "unit-3.error.txt").read_text()
        with pytest.raises(UnitError, match=r"^unit unit-4: four\.csv: 4: expected 5 \("):
            many.run([Task("unit-4", fails, 4)], "mark")


def test_finished_units_are_not_run_again_and_others_marks_are_not_taken_up(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    many = TaskRunner(tmp_path, on_unit=lambda n_done, n: told.append((n_done, n)))
    for n, mark in ((2, "a"), (3, "a"), (3, "a"), (1, "b")):
        many.run(squares(n), mark)
    assert told == [(0, 2), (1, 2), (2, 2), (2, 3), (3, 3), (3, 3), (0, 1), (1, 1)]


def running(place: Path, n_workers: int) -> subprocess.Popen[bytes]:
    """Start twelve slow units in a session of their own and wait until some are finished."""
    (place / "marks").mkdir(parents=True)
    command = [sys.executable, "-m", "tests.runner.trivial_units", str(place), str(place / "marks"), str(n_workers)]
    process = subprocess.Popen(command, cwd=REPOSITORY, start_new_session=True, stderr=subprocess.PIPE)
    for _ in range(600):
        if len(list(place.glob("units/mark/square-*/words.parquet"))) >= 2:
            return process
        time.sleep(0.05)
    process.kill()
    raise AssertionError("no unit in half a minute")


def alive(group: int) -> bool:
    """Return whether any process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
@pytest.mark.parametrize("n_workers", [1, 2])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_or_stopped_parent_goes_on_where_it_was(n_workers: int, how: signal.Signals, tmp_path: Path) -> None:
    process = running(tmp_path, n_workers)
    # A terminal sends Ctrl-C to all; kill -9 meets the parent alone.
    (os.kill if how == signal.SIGKILL else os.killpg)(process.pid, how)
    _, told = process.communicate(timeout=30)
    assert process.returncode != 0
    for _ in range(200):
        if not alive(process.pid):
            break
        time.sleep(0.05)
    assert not alive(process.pid), "workers end with their parent"
    assert how == signal.SIGKILL or told.count(b"Traceback") == told.count(b"\neum.errors.StoppedError") == 1

    marks = [Marked(i, tmp_path / "marks") for i in range(12)]
    units = [Task(f"square-{m.number:03d}", marked_square, m) for m in marks]
    many = TaskRunner(tmp_path)
    names = {u.name for u in units}
    finished = names - {u.name for u in many.missing(units, "mark")}
    assert 2 <= len(finished) < 12
    before = [m.n_runs for m in marks]
    many.run(units, "mark")
    again = {u.name for u, m, n in zip(units, marks, before, strict=True) if m.n_runs > n}
    assert again == names - finished


_PEAK = """
import resource, sys
from pathlib import Path
from eum.runner.tasks import TaskRunner
from tests.runner.trivial_units import squares
if __name__ == "__main__":
    with TaskRunner(Path(sys.argv[1]), 2) as many:
        many.run(squares(int(sys.argv[2])), "mark")
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux")
def test_the_memory_of_the_parent_does_not_grow_with_the_units(tmp_path: Path) -> None:
    script = tmp_path / "peak.py"
    script.write_text(_PEAK, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": f"{REPOSITORY / 'sim'}{os.pathsep}{REPOSITORY}"}
    peak = {}
    for n in (20, 200):
        command = [sys.executable, str(script), str(tmp_path / str(n)), str(n)]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        peak[n] = int(done.stdout) / 1024
    assert peak[200] < peak[20] + 15, f"MiB: {peak}"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return Dask's configuration of a cluster's certificates, which lie in files."""
    made, folder = Security.temporary(), tmp_path_factory.mktemp("certificates")
    (folder / "ca.pem").write_text(str(made.tls_ca_file))
    (folder / "key.pem").write_text(str(made.tls_client_key))
    tls = {"ca-file": "ca.pem"}
    for role in ("client", "scheduler", "worker"):
        tls |= {f"{role}.cert": "ca.pem", f"{role}.key": "key.pem"}
    return {f"distributed.comm.tls.{name}": str(folder / file) for name, file in tls.items()}


def test_a_cluster_with_certificates_works_for_who_has_them(
    alone: Path, tmp_path: Path, certificates: dict[str, str]
) -> None:
    with (
        dask.config.set(certificates),
        LocalCluster(n_workers=1, host="127.0.0.1", protocol="tls://", dashboard_address=None) as cluster,
        TaskRunner(tmp_path, cluster=cluster.scheduler_address) as many,
    ):
        assert cluster.scheduler_address.startswith("tls://")
        many.run(squares(7), "mark")
        assert files(tmp_path) == files(alone)
        refused = r"^--cluster: tls://\S+: .*expected "
        with (
            dask.config.set(dict.fromkeys(certificates)),
            pytest.raises(InputError, match=refused + "the certificates"),
        ):
            TaskRunner(tmp_path, cluster=cluster.scheduler_address)
        with pytest.raises(InputError, match=refused + "the address of a Dask scheduler"):
            place = cluster.scheduler_address.removeprefix("tls://")
            with dask.config.set({"distributed.comm.tls.ca-file": _other_ca(tmp_path)}):
                TaskRunner(tmp_path, cluster=f"tls://{place}")


def _other_ca(folder: Path) -> str:
    path = folder / "other.pem"
    path.write_text(str(Security.temporary().tls_ca_file))
    return str(path)


def test_an_open_cluster_of_another_machine_is_warned_of(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        TaskRunner(tmp_path, cluster=address)
    monkeypatch.setattr(executors, "_is_this_machine", lambda connection: False)
    with pytest.warns(
        executors.OpenClusterWarning, match=r"--cluster: tcp://\S+: neither .* can run code as its workers"
    ):
        TaskRunner(tmp_path, cluster=address)


def test_a_port_that_speaks_something_else_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "_WAIT_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(InputError, match=f"--cluster: {place}: .*expected the address of a Dask scheduler"):
            TaskRunner(tmp_path, cluster=place)


def test_a_worker_with_other_code_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(executors, "environment_fingerprint", lambda: "other")
    with (
        TaskRunner(tmp_path, cluster=address) as many,
        pytest.raises(UnitError, match="unit square-000: the worker has other"),
    ):
        many.run(squares(1), "mark")


def test_no_cluster_at_the_address_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "_WAIT_SECONDS", 2)
    for address in ("127.0.0.1:1", "nowhere"):
        with pytest.raises(InputError, match=f"--cluster: {address}: "), TaskRunner(tmp_path, cluster=address):
            pass
    assert not list(tmp_path.iterdir()), "nothing half-written"


def test_the_fingerprint_changes_with_every_part() -> None:
    marks = {
        work_fingerprint(),
        work_fingerprint("a"),
        work_fingerprint("b"),
        work_fingerprint("a", "b"),
        work_fingerprint("b", "a"),
    }
    assert len(marks) == 5
