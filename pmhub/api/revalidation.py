"""ETags: what was sent is not sent again, and often not even computed again.

The ETag of a computed answer has two parts: a digest of its bytes, and a mark of the moment it was
read at. The mark is made of the database's snapshot: while it is the same, no transaction has been
committed since, so nothing that could be read has changed and nothing needs to be read. Once it
has moved on, the digest tells whether this answer was touched.
"""

from __future__ import annotations

import functools
import hashlib
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from pmhub import replica
from pmhub.api.etags import ANY, tags
from pmhub.api.rendering import dumps

# The moment of the database. A replica's snapshot does not name the transactions under way, so
# that two of them may look alike: there it is how much of the primary's log has been replayed.
MOMENT = """
SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()::text
ELSE pg_current_snapshot()::text END
"""
# Midnight comes at a quarter of an hour in every time zone; with it come another status date,
# another day of a role.
QUARTER = 900
View = Callable[..., Any]


def revalidated(method: View) -> View:
    """Make a view of a function that returns data: answered with an ETag, or 304 unread."""

    @functools.wraps(method)
    def view(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        mark = mark_of(request)  # before the data: they may be newer than their mark, never older
        return held(request, mark=mark) or answered(
            request, method(self, request, *args, **kwargs), mark=mark
        )

    return view


def mark_of(request: Request) -> str:
    """What stays the same for one address and reader until a transaction is committed.

    Nothing within a transaction, whose own changes its snapshot does not show.
    """
    connection = replica.connection()
    if connection.in_atomic_block:
        return ""
    with connection.cursor() as cursor:
        cursor.execute(MOMENT)
        (moment,) = cursor.fetchone()
    quarter = int(time.time()) // QUARTER
    told = (moment, quarter, settings.VERSION, request.user.pk, request.build_absolute_uri())
    return digest(repr(told).encode())


def digest(data: Any) -> str:
    """A short validator of an answer."""
    body = data if isinstance(data, bytes) else dumps(data)
    return hashlib.blake2b(body, digest_size=8).hexdigest()


def answered(request: Request, data: Any, etag: str = "", *, mark: str = "") -> Response:
    """The answer with its ETag (by default, of its bytes), or 304 when the client has it."""
    body = data if isinstance(data, bytes) else dumps(data)
    etag = etag or digest(body)
    tag = f"{etag}.{mark}" if mark else etag
    return held(request, etag=etag) or private(Response(body), tag)


def held(request: Request, *, etag: str = "", mark: str = "") -> Response | None:
    """A 304 with the client's own ETag, when its first part is `etag` or its second `mark`."""
    given = request.headers.get("If-None-Match")
    if given is None or request.method not in ("GET", "HEAD"):
        return None
    for tag in tags("If-None-Match", given):
        if tag == ANY and etag:
            return private(Response(status=304), etag)
        first, _, second = tag.partition(".")
        if (etag and etag in (first, tag)) or (mark and mark == second):
            return private(Response(status=304), tag)
    return None


def private(response: Response, etag: str) -> Response:
    """The response, to be kept by its reader alone and asked about each time."""
    response["ETag"] = f'"{etag}"'
    response["Cache-Control"] = "private, no-cache"
    return response
