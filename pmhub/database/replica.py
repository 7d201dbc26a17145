"""Reads from a replica of PostgreSQL; all of this is idle unless `REPLICA_URL` is set.

A request that only reads does so from the replica, from its first row to its last. Always read from
the primary: whatever writes, the admin pages, the engine and jobs; the user and their rights, so
that a withdrawn role or token ends at once; and everything for a user who has just written, until
the replica is sure to have what they wrote. Three bounds make that sure:

    a look every `EVERY`        does the replica have all that the primary had `BEHIND` ago?
    no                          all read from the primary, until a look says yes
    written within `PINNED`     this user reads from the primary; longer than the two together

A replica that is away, paused or too far behind thus costs the primary's time and nothing else. One
that dies in the midst of a request costs that request a 503, with Retry-After.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest
from django.utils import timezone

log = logging.getLogger(__name__)

ALIAS = "replica"
# Seconds; PAUSE is between tries of a replica that does not answer.
EVERY, BEHIND, PAUSE = 1.0, 2.0, 5.0
PINNED = timedelta(seconds=10)
NOTED = timedelta(seconds=1)  # how often a user's writes are noted
# Always read from the primary: users, tokens and sessions, and jobs, which their owners look at
# right after they started them.
PRIMARY = frozenset({"pmhub.user", "pmhub.token", "sessions.session", "pmhub.job", "pmhub.jobpart"})

_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


class Router:
    """Chooses the database for each query: for reads, the one from which the request reads."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        """Return the replica if the request may read this model from it, else the primary."""
        return DEFAULT_DB_ALIAS if model._meta.label_lower in PRIMARY else alias()

    def db_for_write(self, model: Any, **hints: Any) -> str:
        """Return the primary."""
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        """Return True: both databases hold the same rows."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """Return whether this database is the primary; only that one is migrated."""
        return db == DEFAULT_DB_ALIAS


@contextmanager
def reading(request: HttpRequest) -> Iterator[None]:
    """Allow reads inside the block to come from the replica, for this request."""
    before = _request.set(request)
    try:
        yield
    finally:
        _request.reset(before)


def alias() -> str:
    """Return the alias of the database to read from: it is chosen at the first read of a request
    and stays to its end."""
    request: Any = _request.get()
    if request is None:
        return DEFAULT_DB_ALIAS
    if not hasattr(request, "reads_from"):
        request.reads_from = DEFAULT_DB_ALIAS  # for reads made while choosing
        if not has_just_written(request.user) and watch.may_be_read():
            request.reads_from = ALIAS
    return request.reads_from


def stay_on_primary() -> None:
    """Read from the primary in this request, which must not miss what was committed before it."""
    request: Any = _request.get()
    if request is not None:
        request.reads_from = DEFAULT_DB_ALIAS


def connection() -> BaseDatabaseWrapper:
    """Return the connection to read from, for SQL outside the ORM."""
    return connections[alias()]


def has_just_written(user: Any) -> bool:
    """Return whether the replica may lack what this user wrote; True for a user who is not signed
    in, who has nothing to read."""
    if not user.is_authenticated:
        return True
    return user.wrote_at is not None and timezone.now() - user.wrote_at < PINNED


def note_write(user: Any) -> None:
    """Note on the user's row that they have just written. Each request reads that row anyway, so
    that a client without cookies is recognised too."""
    now = timezone.now()
    if not user.is_authenticated or (user.wrote_at and now - user.wrote_at < NOTED):
        return
    try:
        get_user_model()._default_manager.filter(pk=user.pk).update(wrote_at=now)
    except (DatabaseError, InterfaceError) as error:
        # The write is done, so answer. Without the primary nothing is read from the replica either.
        log.warning("Not noted that user %s wrote: %s", user.pk, error)


class ReplicaWatch:
    """Checks whether the replica may be read from; all threads of a process share one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0.0
        self._fit = False
        self._primary: list[tuple[float, str]] = []  # (moment, position in the write-ahead log)

    def may_be_read(self) -> bool:
        """Return whether the replica answers and is at most `BEHIND` seconds behind, as last
        checked."""
        if self._is_due():
            self._fit = self._look()
        return self._fit and self._answers()

    def _is_due(self) -> bool:
        """Return True to one thread at a time when the next check is due; the other threads use the
        last result."""
        now = time.monotonic()
        with self._lock:
            due = now >= self._next
            if due:
                self._next = now + EVERY
        return due

    def _look(self) -> bool:
        now = time.monotonic()
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute("SELECT pg_current_wal_insert_lsn()::text")
            self._primary.append((now, cursor.fetchone()[0]))
        while now - self._primary[0][0] > BEHIND:
            self._primary.pop(0)
        try:
            with connections[ALIAS].cursor() as cursor:
                cursor.execute(
                    "SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= %s::pg_lsn",
                    [self._primary[0][1]],
                )
                return bool(cursor.fetchone()[0])
        except (DatabaseError, InterfaceError) as error:
            return self._is_away(error)

    def _answers(self) -> bool:
        """Return whether the replica can be connected to: the connection may have been lost since
        the last check."""
        try:
            connections[ALIAS].cursor().close()
        except (DatabaseError, InterfaceError) as error:
            self._fit = self._is_away(error)
        return self._fit

    def _is_away(self, error: Exception) -> bool:
        log.warning("The replica is not read from: %s", error)
        self._next = time.monotonic() + PAUSE
        return False


watch = ReplicaWatch()
