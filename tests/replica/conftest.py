"""A streaming replica of the tests' own PostgreSQL, and requests that may read from it."""

import copy
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.conf import settings as configured
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from pmhub.database import replica
from pmhub.embedded import binaries, postgres
from pmhub.embedded.child_processes import ChildProcesses
from pmhub.embedded.folder import Folder
from tests.prepared_statements import text_behind


class Standby:
    """The replica: a copy of the whole server, taken while that runs, which follows it from then
    on."""

    def __init__(self, folder: Folder, processes: ChildProcesses) -> None:
        self.folder, self.processes = folder, processes
        primary = connection.settings_dict
        self.user = primary["USER"]
        with connection.cursor() as cursor:
            # Other tests write much meanwhile, and what they wrote must not be gone too soon.
            cursor.execute("ALTER SYSTEM SET wal_keep_size = '1GB'")
            cursor.execute("SELECT pg_reload_conf()")
        postgres.run(
            [
                *(binaries.postgres("pg_basebackup"), "--pgdata", folder.path / "postgres"),
                *("--host", primary["HOST"], "--username", primary["USER"]),
                *("--write-recovery-conf", "--checkpoint=fast", "--no-sync"),
            ]
        )

    def start(self) -> None:
        """Start the replica and wait until it answers."""
        self.child = postgres.start(self.processes, self.folder, careless=True)

    def stop(self) -> None:
        """Stop the replica, which cuts off whoever reads from it."""
        self.child.end()
        self.processes.children.remove(self.child)
        # As every request begins, but for those of Django's test client.
        there: Any = connections[replica.ALIAS]
        there.health_check_done = False

    def ask(self, sql: str) -> Any:
        """Return the replica's answer to SQL, by a connection beside those of the tests."""
        way = {"host": self.folder.sockets, "user": self.user, "dbname": "postgres"}
        with closing(psycopg2.connect(**way)) as beside, beside.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0]

    def pause(self) -> None:
        """Stop following: what is committed from here on does not come to the replica."""
        self.ask("SELECT pg_wal_replay_pause()")
        self._wait("SELECT pg_get_wal_replay_pause_state() = 'paused'")

    def catch_up(self) -> None:
        """Follow again, and wait until the replica has all that is committed by now."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_wal_insert_lsn()::text")
            (position,) = cursor.fetchone()
        self.ask("SELECT CASE WHEN pg_is_wal_replay_paused() THEN pg_wal_replay_resume() END")
        self._wait(f"SELECT pg_last_wal_replay_lsn() >= '{position}'")

    def _wait(self, sql: str) -> None:
        for _ in range(3000):
            if self.ask(sql):
                return
            time.sleep(0.02)
        raise TimeoutError(sql)


@pytest.fixture(scope="module")
def server(
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Standby]:
    """The running replica."""
    if not Path(connection.settings_dict["HOST"]).is_dir():
        pytest.skip("a server of yours is not copied: unset DATABASE_URL")
    folder = Folder(tmp_path_factory.mktemp("replica"))
    with folder.lock() as lock:
        processes = ChildProcesses(folder, lock)
        try:
            with django_db_blocker.unblock():
                standby = Standby(folder, processes)
            standby.start()
            # Named before the first test begins, and a mirror, for nobody to empty it.
            there = copy.deepcopy(connection.settings_dict) | {"HOST": str(folder.sockets)}
            there["TEST"] = {**there["TEST"], "MIRROR": "default"}
            connections.settings[replica.ALIAS] = there
            yield standby
        finally:
            connections.settings.pop(replica.ALIAS, None)
            processes.end()


@pytest.fixture
def standby(
    server: Standby, transactional_db: None, demo: Any, settings: Any, monkeypatch: Any
) -> Iterator[Standby]:
    """The replica with the demo in it, read from as where `REPLICA_URL` is set, however far it is
    behind: tests of the bounds set these."""
    settings.DATABASE_ROUTERS = ["pmhub.database.replica.Router"]
    settings.MIDDLEWARE = [*configured.MIDDLEWARE, "pmhub.middleware.Replica"]
    monkeypatch.setattr(replica, "watch", replica.ReplicaWatch())
    monkeypatch.setattr(replica, "BEHIND", 3600.0)
    monkeypatch.setattr(replica, "EVERY", 0.0)
    connections.settings[replica.ALIAS]["NAME"] = connection.settings_dict["NAME"]
    server.catch_up()  # the database of this test is as new as the test
    try:
        replica.watch.may_be_read()  # what the primary has now is what must be there
        server.catch_up()
        yield server
        server.catch_up()
    finally:
        connections[replica.ALIAS].close()


@pytest.fixture
def served() -> Callable[[Callable[[], Any]], tuple[Any, str, str]]:
    """`served(request)`: the answer, and the SQL that the primary and the replica did for it."""

    def serve(request: Callable[[], Any]) -> tuple[Any, str, str]:
        primary = CaptureQueriesContext(connection)
        copied = CaptureQueriesContext(connections[replica.ALIAS])
        with primary, copied:
            answer = request()
        return answer, *(
            " ".join(text_behind(each["sql"]) for each in side) for side in (primary, copied)
        )

    return serve
