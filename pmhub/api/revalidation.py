"""ETags: an answer that the client has is not sent again, and one that is kept is not computed
again.

The ETag of a computed answer is a digest of its bytes. The answer itself is kept in this process by
the stamp of the tables it was read from (`database/touches.py`), by its address and its reader:
until one of these tables is touched, nothing of it is read again, whatever else is committed. The
tables are those that its SQL named, noted while it ran. Where one of them leaves no touches, the
moment of the database takes the stamp's place.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from django.utils.translation import get_language
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub.access.grants import Reader
from pmhub.api.etags import ANY, tags
from pmhub.api.json_rendering import dumps
from pmhub.caching import BoundedCache, KnownTables, quarter
from pmhub.database import replica, touches

# The moment of the database. A replica's snapshot does not name the running transactions, so
# two of its snapshots may look alike: there the moment is the replayed place in the primary's log.
MOMENT = """
SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()::text
ELSE pg_current_snapshot()::text END
"""
PRIVATE = "private, no-store"
MOST = 4_000_000  # bytes of answers that a process keeps
View = Callable[..., Any]
T = TypeVar("T")

answers = BoundedCache(MOST)
read_from = KnownTables()


def revalidated(method: View) -> View:
    """Wrap a method that returns data as a method of a view: it answers the data, kept in memory
    where that is possible, with an ETag, or 304."""

    @functools.wraps(method)
    def view(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        kind = type(self), method.__name__, tuple(sorted(request.query_params))
        return cached_answer(request, kind, lambda: method(self, request, *args, **kwargs))

    return view


def cached_answer(request: Request, kind: Hashable, make: Callable[[], Any]) -> Response:
    """Return the answer with its ETag: made now, unless it is kept, or 304 when the client has it.
    Answers of one `kind` are read from the same tables."""
    tables = read_from.of(kind)
    # The stamp is read before the data, which may then be newer than it, never older.
    key = _key(request, tables) if tables else None
    answer = key and answers.get(key)
    if not answer:
        with touches.note_topics() as read:
            body = dumps(make())
        answer = body, digest(body)
        if key and read <= tables:
            answers.put(key, answer, len(body))
        read_from.add(kind, read)
    return answered(request, *answer)


def read_with_etag(request: Request, kind: Hashable, read: Callable[[], T]) -> tuple[T, str]:
    """Return what `read` returns, and an ETag of all that it depends on, for an answer that is sent
    in pieces; the ETag is empty where none can be told. The pieces that are read later come from
    the same tables."""
    while True:
        tables = read_from.of(kind)
        key = _key(request, tables) if tables else None  # before the data, as in `cached_answer`
        with touches.note_topics() as noted:
            data = read()
        if noted <= tables:
            return data, digest(repr(key).encode()) if key else ""
        read_from.add(kind, noted)


def _key(request: Request, tables: frozenset[str]) -> Hashable:
    """Return a key of all that an answer depends on; a false value where that cannot be told."""
    if touches.UNTOUCHED in tables:
        stamp: Any = moment()
    else:
        stamp = touches.stamp([(table, 0) for table in sorted(tables)])
    reader = request.user.pk, Reader(request.user).key
    return stamp and (stamp, request.build_absolute_uri(), reader, get_language(), quarter())


def moment() -> str:
    """Return a text that stays the same until a transaction is committed; empty within a
    transaction, whose own changes the snapshot does not show."""
    connection = replica.connection()
    if connection.in_atomic_block:
        return ""
    with connection.cursor() as cursor:
        cursor.execute(MOMENT)
        snapshot: str = cursor.fetchone()[0]
        return snapshot


def digest(data: Any) -> str:
    """Return a short digest of an answer, for its ETag."""
    body = data if isinstance(data, bytes) else dumps(data)
    return hashlib.blake2b(body, digest_size=8).hexdigest()


def answered(request: Request, data: Any, etag: str = "") -> Response:
    """Return the answer with its ETag (by default a digest of its bytes), or 304 when the client
    has it."""
    body = data if isinstance(data, bytes) else dumps(data)
    etag = etag or digest(body)
    return not_modified(request, etag=etag) or private(Response(body), etag)


def shared_answer(
    request: Request, etag: str, make: Callable[[], Any], *, is_current: Callable[[], bool]
) -> Response:
    """Return the answer of an ETag, which is the same for all who may see it. It is made now unless
    it is cached, and cached only if `is_current` says that the ETag is still right, so that nothing
    newer is ever cached under an old ETag."""
    if unchanged := not_modified(request, etag=etag):
        return unchanged
    key = "made once", etag, request.build_absolute_uri(), get_language()
    body: bytes | None = answers.get(key)
    if body is None:
        body = dumps(make())
        if is_current():
            answers.put(key, body, len(body))
    return private(Response(body), etag)


def not_modified(request: Request, *, etag: str) -> Response | None:
    """Return 304 when the client has the answer with this ETag, else None."""
    given = request.headers.get("If-None-Match")
    if given is None or request.method not in ("GET", "HEAD"):
        return None
    names = tags("If-None-Match", given)
    return private(Response(status=304), etag) if etag and {ANY, etag} & {*names} else None


def private(response: Response, etag: str) -> Response:
    """Return the response with its ETag, with which the client asks again; no cache may keep it."""
    response["ETag"] = f'"{etag}"'
    response["Cache-Control"] = PRIVATE
    return response
