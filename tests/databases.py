"""The databases in which tests run: one with the demo and all its figures, and an empty one.

Both are copies of templates, which are made once for each state of the code. A test that commits
spoils its copy: before the next test, that is taken back, or a fresh copy is made.
"""

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg2
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connection, connections
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT, make_dsn

from pmhub import demo
from pmhub.embedded.folder import CHECKOUT
from programmes.rollup import worker
from programmes.rollup.ranges import simulations as ranges
from tests.restoring import Undoing

# The files that decide the tables of a database, and those that decide the rows of the demo.
SHAPE = [
    "*/migrations/*.py", "*/triggers.py", "*/database/past.py", "*/models/**/*.py",
    "requirements/run.txt",
]  # fmt: skip
ROWS = ["pmhub/**/*.py", "programmes/**/*.py", "projects/**/*.py", "benefits/**/*.py"]
DEMO = "pmhub/demo/portfolio.json"
TEMPLATE = "pmhub_template_"
MADE_BY_ONE = 4_201_337  # the lock of whoever makes the templates
# A machine that is busy with other things may stall any statement, and what waits for it.
PATIENT = (
    " -c statement_timeout=120s -c lock_timeout=30s"
    " -c transaction_timeout=0 -c idle_in_transaction_session_timeout=0"
)


def fingerprint(*patterns: str, more: str = "") -> str:
    """Return a short hash of the content of files."""
    digest = hashlib.sha256(more.encode())
    for path in sorted(path for pattern in patterns for path in CHECKOUT.glob(pattern)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def dsn(name: str) -> str:
    """Return the connection string of a database on the tests' server, for PostgreSQL's own
    programs."""
    given = connection.get_connection_params()
    where = {key: given[key] for key in ("host", "port", "user", "password") if key in given}
    return make_dsn(dbname=name, **where)


@contextmanager
def server() -> Iterator[Any]:
    """Return a cursor outside all the tests' databases. Each statement is its own transaction,
    without a time limit, since a machine may stall."""
    patient = {"dbname": "postgres", "options": "-c statement_timeout=0 -c lock_timeout=0"}
    ours = psycopg2.connect(**connection.get_connection_params() | patient)
    ours.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
    try:
        with ours.cursor() as cursor:
            yield cursor
    finally:
        ours.close()


def copy(cursor: Any, template: str, name: str) -> None:
    """Make a database a copy of another, in the place of the one with its name."""
    cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')


class Copy:
    """This process's copy of a template. Its connection stays open while tests use the other copy:
    a new one would read the tables and prepare statements again."""

    def __init__(self, template: str, name: str) -> None:
        self.template, self.name = template, name
        self.connection = connections.create_connection(DEFAULT_DB_ALIAS)
        self.undoing: Undoing | None = None
        self.is_fresh = False

    def enter(self) -> None:
        """Switch the next test to this copy, without what earlier tests committed."""
        connections[DEFAULT_DB_ALIAS] = self.connection
        self.connection.settings_dict["NAME"] = self.name  # shared with those of other threads
        if not self.is_fresh:
            self.freshen()
        if self.undoing:
            self.undoing.note()

    def freshen(self) -> None:
        """Take back what was written to the copy, or copy the template again."""
        with server() as cursor:
            if not (self.undoing and self.undoing.undo(cursor)):
                self.connection.close()
                copy(cursor, self.template, self.name)
            if self.undoing is None and tells_what_is_written(cursor):
                self.undoing = Undoing(self.connection)
        self.is_fresh = True


class Databases:
    """The two databases of this process; `now` is the one in which tests run."""

    def __init__(self) -> None:
        """Make the templates that do not exist yet."""
        empty, full = make_templates()
        given = connections.settings[DEFAULT_DB_ALIAS]["OPTIONS"]
        given |= {"options": given["options"] + PATIENT, "connect_timeout": 60}
        suffix = os.environ.get("PYTEST_XDIST_WORKER", "")
        self.empty = Copy(empty, f"pmhub_test_{suffix}_empty")
        self.full = Copy(full, f"pmhub_test_{suffix}_demo")
        self.now = self.empty

    def enter(self, *, with_demo: bool) -> None:
        """Switch to the database with the demo, or to the empty one."""
        self.now = self.full if with_demo else self.empty
        self.now.enter()

    def spoil(self) -> None:
        """Note that a test may have committed to the present database."""
        self.now.is_fresh = False


def names() -> tuple[str, str]:
    """Return the names of the templates for this state of the code: the empty one, and the one with
    the demo."""
    # The demo's records are as old as the day they were loaded on.
    rows = fingerprint(*SHAPE, *ROWS, DEMO, more=os.environ["DAY_OF_DEMO"])
    return TEMPLATE + fingerprint(*SHAPE), TEMPLATE + rows


def make_templates() -> tuple[str, str]:
    """Make the templates that do not exist, and return their names."""
    empty, full = names()
    with server() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MADE_BY_ONE])  # migrating takes long
        with suppress(psycopg2.Error):  # on a server where we may not
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_walinspect")
        there = templates(cursor)
        for old in there - {empty, full}:
            cursor.execute(f'DROP DATABASE "{old}" WITH (FORCE)')
        if empty not in there:
            make(cursor, "template1", empty, migrate)
        if full not in there:
            make(cursor, empty, full, load)
    return empty, full


def tells_what_is_written(cursor: Any) -> bool:
    """Return whether we may read the log of the server, as a superuser may allow."""
    cursor.execute("SELECT FROM pg_proc WHERE proname = 'pg_get_wal_block_info'")
    return bool(cursor.rowcount)


def templates(cursor: Any) -> set[str]:
    """Return the names of the existing templates."""
    cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [TEMPLATE])
    return {name for (name,) in cursor.fetchall()}


def make(cursor: Any, base: str, name: str, fill: Callable[[], None]) -> None:
    """Make a template. It gets its name only once it is filled completely."""
    copy(cursor, base, "pmhub_unfinished")
    connection.settings_dict["NAME"] = "pmhub_unfinished"
    fill()
    connection.close()
    cursor.execute(f'ALTER DATABASE pmhub_unfinished RENAME TO "{name}"')


def migrate() -> None:
    """Make the tables."""
    call_command("migrate", verbosity=0, interactive=False)


def load() -> None:
    """Load the demo, compute its figures and ranges, and have PostgreSQL analyse the tables."""
    demo.load()
    worker.drain()
    deque(ranges.simulate(), maxlen=0)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")  # a busy machine takes its time
        cursor.execute("ANALYZE")


def forget() -> None:
    """Remove the templates, so that they are made again."""
    with server() as cursor:
        for name in templates(cursor):
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
