"""A whole installation for the tests, each part of which may be killed: PostgreSQL, Redis, web,
worker and beat, started with the commands of ./run."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import redis
from django.db import connection, connections

from pmhub.embedded import binaries, postgres, run
from pmhub.embedded import redis as embedded_redis
from pmhub.embedded.child_processes import Child, ChildProcesses
from pmhub.embedded.folder import Folder
from tests import databases, ports

SOON = 60  # seconds; nothing here waits as long unless it is broken
ENVIRONMENT = {"DEBUG": "false", "SECURE_COOKIES": "false", "LOG_LEVEL": "WARNING"}


def within(seconds: float, condition: Callable[[], object], what: str) -> float:
    """Wait until the condition holds, or fail; return the seconds."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() < began + seconds, what
        time.sleep(0.02)
    return time.monotonic() - began


class Rig:
    """The parts by name, and the faults that they can have; `product` is web, worker and beat in
    one."""

    def __init__(self, folder: Folder, processes: ChildProcesses) -> None:
        self.folder, self.processes = folder, processes
        self.port, self.starts = ports.free(), 0
        self.logs: dict[str, Path] = {}
        self.parts: dict[str, Child] = {}
        self.env = {
            **os.environ,
            **ENVIRONMENT,
            "DATABASE_URL": postgres.url(folder),
            "REDIS_URL": embedded_redis.url(folder),
        }

    def start(self, *names: str) -> None:
        """Start parts and wait until they answer; worker and beat answer nobody."""
        for name in names:
            self.parts[name] = getattr(self, f"_start_{name}")()

    def _start_postgres(self) -> Child:
        # Not without care: what it said is committed has to outlive its crash.
        return postgres.start(self.processes, self.folder)

    def _start_redis(self) -> Child:
        return embedded_redis.start(self.processes, self.folder, careless=True)

    def _start_web(self) -> Child:
        child = self._run("web", run.web_command(self.port))
        within(SOON, lambda: self.status("/livez"), "the web server does not answer")
        return child

    def _start_worker(self) -> Child:
        return self._run("worker", run.worker_command("INFO"))

    def _start_beat(self) -> Child:
        return self._run("beat", run.beat_command(self.folder, "WARNING"))

    def _start_product(self) -> Child:
        child = self._run("product", run.product_command(self.folder, self.port))
        within(SOON, lambda: self.status("/livez"), "the web server does not answer")
        return child

    def _run(self, name: str, command: list[str]) -> Child:
        self.starts += 1
        self.logs[name] = self.folder.logs / f"{self.starts:03}-{name}.log"
        return self.processes.start(name, command, env=self.env, log=self.logs[name])

    def is_working(self) -> bool:
        """Return whether the worker is ready to take hints."""
        return " ready." in self.logs["worker"].read_text()

    def kill(self, name: str, sign: signal.Signals = signal.SIGKILL) -> None:
        """End a part, with the processes that it has started."""
        child = self.parts.pop(name)
        os.kill(child.process.pid, sign)
        child.process.wait(SOON)
        self.processes.wait(child)

    @contextmanager
    def without(self, name: str, sign: signal.Signals = signal.SIGKILL) -> Iterator[None]:
        """Kill a part meanwhile, and start it again at the end."""
        self.kill(name, sign)
        yield
        self.start(name)

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """Freeze a part meanwhile: it takes connections and answers nothing."""
        pid = self.parts[name].process.pid
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def children_of(self, name: str) -> list[int]:
        """Return the ids of the processes that a part has started."""
        pid = self.parts[name].process.pid
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(child) for child in listed.split()]

    def redis(self) -> redis.Redis:
        """Return a client of the rig's Redis."""
        return redis.Redis(unix_socket_path=str(self.folder.sockets / "redis.sock"))

    def status(self, path: str) -> int:
        """Return the status with which the web server answers a GET; 0 if it does not answer."""
        try:
            client = HTTPConnection("127.0.0.1", self.port, timeout=SOON)
            client.request("GET", path)
            return client.getresponse().status
        except (OSError, HTTPException):
            return 0

    @contextmanager
    def database(self) -> Iterator[None]:
        """Let Django's connection in this thread lead to the rig's database meanwhile."""
        ours = connection.copy()
        ours.settings_dict |= {"NAME": "pmhub", "HOST": str(self.folder.sockets)}
        ours.settings_dict |= {"USER": "pmhub", "PASSWORD": "", "PORT": ""}
        kept = connections["default"]
        connections["default"] = ours
        try:
            yield
        finally:
            ours.close()
            connections["default"] = kept


def _trust_the_system() -> None:
    """Turn fsync off: what the operating system was given outlives any kill of a process, and on a
    busy machine waiting for the disk would be most of the time of a crash."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER SYSTEM SET fsync = off")
        cursor.execute("SELECT pg_reload_conf()")


def _copy_tables(into: str) -> None:
    """Copy the tables of the tests' empty database, which every migration has made."""
    empty, _ = databases.make_templates()
    dump = [str(binaries.postgres("pg_dump")), "--no-owner", databases.dsn(empty)]
    tables = subprocess.run(dump, check=True, capture_output=True).stdout
    load = [str(binaries.postgres("psql")), "--quiet", "--set=ON_ERROR_STOP=1", into]
    subprocess.run(load, input=tables, stdout=subprocess.DEVNULL, check=True)


@contextmanager
def rig(path: Path) -> Iterator[Rig]:
    """Yield a rig with the tables in its database; web, worker and beat are still to be started."""
    folder = Folder(path)
    with folder.lock() as lock:
        processes = ChildProcesses(folder, lock)
        try:
            made = Rig(folder, processes)
            made.start("postgres", "redis")
            _copy_tables(made.env["DATABASE_URL"])
            with made.database():
                _trust_the_system()
                yield made
        finally:
            processes.end()
            shutil.rmtree(folder.sockets)
