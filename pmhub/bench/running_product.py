"""The product as `./run` starts it, on the database of the benchmark, and who asks it over HTTP."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from pmhub.bench import memory
from pmhub.embedded import run
from pmhub.embedded.child_processes import Child, ChildProcesses
from pmhub.embedded.folder import Folder

LEVEL = "ERROR"  # the level from which lines are logged
BEGIN = 3  # seconds until a worker has started its processes and they have looked for work
# Rate limits far beyond reach, for all requests come from one address and one user.
WIDE = dict.fromkeys(("LIMIT_ADDRESS", "LIMIT_USER", "LIMIT_TOKEN"), "100000000/1000000")


class Unanswered(Exception):
    """A server refused what was asked, or failed."""


@dataclass(frozen=True, slots=True)
class Running:
    """The running product: its address and the process that was started for it."""

    address: str
    child: Child

    def processes(self) -> list[int]:
        """Return the started process and all its descendants."""
        return memory.process_tree(self.child.process.pid)

    def megabytes(self) -> float:
        """Return the proportional set size of all its processes."""
        return sum(map(memory.proportional_kib, self.processes())) / 1024


class Client:
    """Sends requests to a server over one connection that stays open."""

    def __init__(self, address: str, headers: Mapping[str, str]) -> None:
        self._connection = HTTPConnection(urlsplit(address).netloc, timeout=60)
        self._headers = headers

    def __call__(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> HTTPMessage:
        """Return the headers of an answer whose body was read to its end; raises Unanswered for a
        refusal."""
        self._connection.request(method, path, body, {**self._headers, **headers})
        response = self._connection.getresponse()
        said = response.read()
        if response.status >= 400:  # an HTTP error
            raise Unanswered(f"{path}: {response.status} {said[:200]!r}")
        return response.headers


@contextmanager
def started() -> Iterator[tuple[ChildProcesses, Folder, dict[str, str]]]:
    """Inside the block, have no child processes yet, a folder for them, and their environment."""
    with tempfile.TemporaryDirectory() as path:
        folder = Folder(Path(path))
        with folder.lock() as lock:
            processes = ChildProcesses(folder, lock)
            try:
                yield processes, folder, environment()
            finally:
                processes.end()


@contextmanager
def running() -> Iterator[Running]:
    """Inside the block, have the product running, with as many processes as `./run` starts."""
    with started() as (processes, folder, env):
        port = run.choose_port(None)
        command = run.product_command(folder, port)
        child = processes.start("pmhub", command, env=env, log=folder.logs / "pmhub")
        run.wait_for_web(processes, port)
        product = Running(f"http://127.0.0.1:{port}", child)
        Client(product.address, {})("/livez")  # the server listens before it has loaded everything
        time.sleep(BEGIN)
        yield product


def environment() -> dict[str, str]:
    """Return the environment in which child processes find the benchmark's database."""
    at = connection.settings_dict
    where = f"?host={at['HOST']}" if at["HOST"].startswith("/") else ""
    host = "" if where else f"{at['HOST']}:{at['PORT'] or 5432}"
    secret = f":{at['PASSWORD']}" if at["PASSWORD"] else ""
    return {
        **run.MEMORY, **run.QUIET, **os.environ, **WIDE,
        "DATABASE_URL": f"postgresql://{at['USER']}{secret}@{host}/{at['NAME']}{where}",
        "SECRET_KEY": settings.SECRET_KEY,
        "LOG_LEVEL": LEVEL,
    }  # fmt: skip


def used_by(processes: Iterable[int]) -> float:
    """Return the milliseconds of CPU that processes have used, in all their threads."""
    return sum(map(_used, processes))


def _used(pid: int) -> float:
    used = 0
    for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with suppress(OSError):  # the thread has ended
            used += int(thread.read_text().split()[0])
    return used / 1e6


def sessions() -> list[int]:
    """Return the processes of PostgreSQL that serve this database, but not us."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return [pid for (pid,) in cursor.fetchall()]
