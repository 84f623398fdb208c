"""Who does the work: this process, processes of this machine, or a Dask cluster; the same bits from each.

A finished task is a sealed folder of Parquet tables (`eum.artifacts`). Processes of this machine write it themselves;
workers of a cluster need no disk in common with the process that asks: they send the bytes, and it writes them. A
worker that is killed loses the task it was at; that task alone is run again.
"""

import asyncio
import importlib.metadata
import ipaddress
import json
import logging
import pickle
import re
import signal
import socket
import traceback
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import islice
from multiprocessing import resource_tracker
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from eum.artifacts import fingerprint, is_whole, new_folder
from eum.errors import InputError, UnitError
from eum.extras import extra
from eum.jit import RESULT_PACKAGES, source_hash
from eum.policy.files import list_policies, load_policy
from eum.stored import SUFFIX, parquet_bytes

if TYPE_CHECKING:
    from distributed import Client, Future
    from distributed.security import Security

TaskTables = dict[str, pd.DataFrame]
_LIBRARIES = ("numpy", "pandas", "numba", "scipy", "pyarrow")
_WAIT_SECONDS = 10
"""How long a cluster may take to answer, and to have a worker."""

# No files beside the results, no pages about itself; a long compilation is no reason to give a worker up.
_DASK: dict[str, object] = {
    "distributed.scheduler.worker-ttl": None,
    "distributed.admin.large-graph-warning-threshold": 2**40,
    "distributed.admin.low-level-log-length": 100,
    "distributed.admin.log-length": 100,
    "distributed.nanny.pre-spawn-environ": {},
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}
_LEAVE_CTRL_C_TO_THE_PARENT = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"


class OpenClusterWarning(UserWarning):
    """A cluster on other machines whose connections are neither encrypted nor authenticated."""


class Task(NamedTuple):
    """A piece of work that can be done anywhere and any time: its name, a function of a module, its argument."""

    name: str
    work: Callable[[Any], TaskTables]
    argument: Any


class Failure(NamedTuple):
    """Why a unit has no tables: on one line, and where in the code."""

    told: str
    trace: str


TaskOutcome = dict[str, bytes] | Failure | None
"""Tables by name as Parquet, why there are none, or nothing more to do: they are kept."""


@cache
def environment_fingerprint() -> str:
    """Return sixteen hex digits of what a unit's tables depend on beside its argument: code, policies, libraries."""
    policies = {name: load_policy(name).hash for name in list_policies()}
    versions = {name: importlib.metadata.version(name) for name in _LIBRARIES}
    parts = [source_hash(RESULT_PACKAGES), json.dumps(policies), json.dumps(versions)]
    return fingerprint(*parts)


def _told(error: BaseException) -> str:
    line = " ".join(str(error).split())
    return line if isinstance(error, InputError) else f"{type(error).__name__}: {line}"


def identity(folder: Path) -> str:
    """Return what the folder of a finished task is of: the fingerprint of its work, and its name."""
    return f"task {folder.parent.name} {folder.name}"


def write_task_result(folder: Path, content: dict[str, bytes]) -> None:
    """Write the tables of a unit to a folder, which appears only when all are there."""
    with new_folder(folder, identity(folder)) as made:
        for table, parquet in content.items():
            (made / f"{table}{SUFFIX}").write_bytes(parquet)


def task_outcome(unit: Task, folder: Path | None) -> TaskOutcome:
    """Do the work of a unit here; keep it below a folder or, without one, return it. An error is told, not raised.

    Ctrl-C goes through. A unit that is kept already is left alone.
    """
    if folder is not None and is_whole(folder / unit.name, identity(folder / unit.name)):
        return None
    try:
        content = {name: parquet_bytes(table) for name, table in unit.work(unit.argument).items()}
        if folder is None:
            return content
        write_task_result(folder / unit.name, content)
    except Exception as error:
        return Failure(_told(error), traceback.format_exc())
    return None


def _outcome_of_sent(sent: bytes, folder: Path | None, expected: str) -> TaskOutcome:
    """Do the work of a unit that came from another process, if it means the same here as there."""
    if environment_fingerprint() != expected:
        return Failure("the worker has other code, policies or libraries; expected those of this command", "")
    try:
        unit = pickle.loads(sent)
    except Exception as error:
        return Failure(_told(error), traceback.format_exc())
    return task_outcome(unit, folder)


def _require_answer(cluster: str) -> None:
    """Raise InputError, at once where that can be known, unless something listens at the address of a cluster."""
    scheme, _, place = cluster.rpartition("://")
    host, _, port = place.rpartition(":")
    if scheme not in ("", "tcp", "tls"):
        return
    if not host or not re.fullmatch("[0-9]{1,5}", port):
        raise InputError(f"--cluster: {cluster}: expected the address of a Dask scheduler, like tcp://host:8786")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=_WAIT_SECONDS) as connection:
            is_here = _is_this_machine(connection)
        with ThreadPoolExecutor(1) as beside:
            beside.submit(asyncio.run, _greeting(cluster)).result()
    except (OSError, ValueError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error) or "no answer"
        text = f"--cluster: {cluster}: {reason}; expected the address of a Dask scheduler with workers"
        raise InputError(text) from None
    except (TypeError, RuntimeError) as error:
        expected = "expected the certificates of that cluster in Dask's configuration (distributed.comm.tls)"
        raise InputError(f"--cluster: {cluster}: {error}; {expected}") from None
    if scheme != "tls" and not is_here:
        told = "anybody who can reach that port, or the line to it, can run code as its workers and as this command"
        warnings.warn(f"--cluster: {cluster}: neither encrypted nor authenticated: {told}", OpenClusterWarning, 2)


def _is_this_machine(connection: socket.socket) -> bool:
    own, other = connection.getsockname()[0], connection.getpeername()[0]
    return own == other or ipaddress.ip_address(other.partition("%")[0]).is_loopback


async def _greeting(address: str) -> None:
    """Connect to a scheduler as a client would, and leave. Certificates are those of Dask's configuration."""
    with extra("cluster"):
        from distributed.comm.core import connect
        from distributed.security import Security

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    # The library's own limit does not hold for closing a connection whose other end says nothing.
    async with asyncio.timeout(_WAIT_SECONDS + 1):
        greeted = await connect(address, timeout=_WAIT_SECONDS, **Security().get_connection_args("client"))
        await greeted.close()


@contextmanager
def _signals_left_to_this_process() -> Iterator[None]:
    """Start processes that never see Ctrl-C or the end of a terminal: the one that started them ends them.

    They inherit what is blocked here. This thread sees afterwards what came meanwhile.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    blocked = {signal.SIGINT, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
    try:
        # Where it is started by the first worker it would unblock Ctrl-C again.
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class InProcessExecutor:
    """Works in this process, one unit after another."""

    def start(self) -> None:
        """Nothing to start."""

    def failures(self, units: Iterable[Task], folder: Path) -> Generator[tuple[str, Failure | None]]:
        """Keep the tables of every unit below a folder; yield the unit's name, and why where it failed."""
        for unit in units:
            outcome = task_outcome(unit, folder)
            yield unit.name, outcome if isinstance(outcome, Failure) else None

    def close(self) -> None:
        """Nothing to close."""


class DaskExecutor:
    """Works in fresh processes of this machine, or on the Dask cluster of an address, started when first needed."""

    def __init__(self, n_workers: int, cluster: str) -> None:
        if cluster:
            _require_answer(cluster)
        self._n_workers, self._cluster = n_workers, cluster
        self._opened = ExitStack()
        self._started: Client | None = None

    def _local(self) -> "tuple[str, Security]":
        """Start workers on this machine; return their scheduler's address and the certificate that opens it.

        A port of this machine is open to all its users: both sides must show a certificate that only this process and
        its workers have, in memory.
        """
        with extra("cluster"):
            import cryptography  # noqa: F401  # distributed makes the certificate with it
            import dask
            from distributed import LocalCluster
            from distributed.security import Security

        self._opened.enter_context(dask.config.set(_DASK))
        security = Security.temporary()
        with _signals_left_to_this_process():
            cluster = LocalCluster(
                n_workers=self._n_workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                protocol="tls://",
                security=security,
                dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": False},
                memory_limit=0,
                silence_logs=logging.CRITICAL,
                preload=[_LEAVE_CTRL_C_TO_THE_PARENT],
            )
        self._opened.enter_context(cluster)
        return str(cluster.scheduler_address), security

    def start(self) -> None:
        """Start the workers, or find those of the cluster. Raises InputError where there are none."""
        self._client()

    def _client(self) -> "Client":
        with extra("cluster"):
            from distributed import Client

        if self._started is not None:
            return self._started
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        address, security = (self._cluster, None) if self._cluster else self._local()
        try:
            client = Client(address, timeout=_WAIT_SECONDS, set_as_default=False, security=security)
            self._opened.enter_context(client)
            client.wait_for_workers(1, timeout=_WAIT_SECONDS)
        except (OSError, ValueError, TimeoutError) as error:
            text = f"--cluster: {address}: {_told(error)}; expected the address of a Dask scheduler with workers"
            raise InputError(text) from None
        self._started = client
        return client

    def failures(self, units: Iterable[Task], folder: Path) -> Generator[tuple[str, Failure | None]]:
        """Keep the tables of every unit below a folder; yield, as they finish, its name, and why where it failed.

        A worker has one unit at a time, so a killed one takes no other's blame, and this process holds no more however
        many there are. Workers that join a cluster later get their share.
        """
        with extra("cluster"):
            from distributed import as_completed

        client, waiting = self._client(), iter(units)
        flying: dict[object, tuple[str, Future]] = {}
        ready = as_completed(loop=client.loop)
        seen_by_workers = None if self._cluster else folder

        def send() -> None:
            n_free = max(1, sum(client.nthreads().values())) - len(flying)
            for unit in islice(waiting, max(0, n_free)):
                sent = pickle.dumps(unit)
                future = client.submit(_outcome_of_sent, sent, seen_by_workers, environment_fingerprint(), pure=False)
                flying[future.key] = (unit.name, future)
                ready.add(future)

        try:
            send()
            for future in ready:
                name, _ = flying.pop(future.key)
                send()
                outcome = self._outcome(future)
                if isinstance(outcome, dict):
                    write_task_result(folder / name, outcome)
                yield name, outcome if isinstance(outcome, Failure) else None
        finally:
            client.cancel([future for _, future in flying.values()], force=True)

    def _outcome(self, future: "Future") -> TaskOutcome:
        with extra("cluster"):
            from distributed import CancelledError, KilledWorker

        try:
            outcome: TaskOutcome = future.result()
            return outcome
        except KilledWorker as error:
            told = f"its worker was killed each of {error.allowed_failures + 1} times (too little memory?)"
            return Failure(told, "")
        except CancelledError:
            where = self._cluster or "this machine"
            raise UnitError(f"the workers of {where} are gone; what was finished is kept") from None
        except Exception as error:
            return Failure(_told(error), traceback.format_exc())

    def close(self) -> None:
        """Stop the workers that were started here; those of an address go on."""
        self._started = None
        self._opened.close()
